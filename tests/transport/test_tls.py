"""A certificate is judged before a byte of a request is sent; old phones are spoken to when allowed."""

import asyncio
import ssl

import pytest

from phonesync.driver.session import Request
from phonesync.errors import CertificateChanged, PhoneError, PhoneUnreachable
from phonesync.transport import Transport
from phonesync.transport.tls import shared_context

from .raw_phone import PATIENT, TickingClock, answers, issue, ok, raw_greeting, raw_listener, raw_phone

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("reading")]

LOGIN = Request(path="/login", method="POST", content=b"pwd=planted")


async def exchange(phone, request=LOGIN, *, certificate=None, **settings):
    transport = Transport(clock=TickingClock(), bounds=PATIENT)
    async with transport.connect(phone.target(**settings), certificate=certificate) as connection:
        assert connection.certificate is None
        response = await connection.send(request)
        return response.content, connection.certificate


async def refusal(phone, *, certificate=None, **settings) -> PhoneError:
    with pytest.raises(PhoneError) as caught:
        await exchange(phone, certificate=certificate, **settings)
    return caught.value


@pytest.mark.anyio
async def test_the_first_certificate_is_accepted_and_reported(paper):
    async with raw_phone(answers(ok(b"in")), tls=paper.server_context()) as phone:
        assert await exchange(phone) == (b"in", paper.sha256)


@pytest.mark.anyio
async def test_the_remembered_certificate_is_accepted(paper):
    async with raw_phone(answers(ok(b"in")), tls=paper.server_context()) as phone:
        assert await exchange(phone, certificate=paper.sha256) == (b"in", paper.sha256)


@pytest.mark.anyio
@pytest.mark.parametrize("request_", [LOGIN, Request(path="/")], ids=["post", "get"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
@pytest.mark.parametrize("how", ["tofu", "pin"])
async def test_a_changed_certificate_gets_not_one_request_byte(how, version, request_, paper, other_paper):
    settings = {"certificate": paper.sha256} if how == "tofu" else {"tls": f"pin:sha256:{paper.sha256}"}
    context = other_paper.server_context()
    context.maximum_version = version
    async with raw_listener(tls=context) as phone:
        with pytest.raises(CertificateChanged) as caught:
            await exchange(phone, request_, **settings)
        await asyncio.wait_for(phone.over.wait(), 30)
        assert phone.connections == 1
        assert phone.received == b""
    error = caught.value
    assert paper.sha256[:16] in error.message
    assert other_paper.sha256[:16] in error.message
    assert paper.sha256 not in str(error)
    assert ("phones retry desk-101" if how == "tofu" else "tls setting") in error.hint


@pytest.mark.anyio
async def test_the_listener_of_the_test_above_sees_every_byte_of_an_accepted_phone(paper):
    async with raw_listener(tls=paper.server_context()) as phone:
        with pytest.raises(PhoneError):
            await exchange(phone, certificate=paper.sha256)
        assert phone.received.endswith(b"pwd=planted")


@pytest.mark.anyio
async def test_a_certificate_that_changes_within_a_conversation_is_refused(paper, other_paper):
    context = paper.server_context()
    async with (
        raw_phone(answers(ok(b"in", b"Connection: close")), tls=context) as phone,
        Transport(clock=TickingClock()).connect(phone.target()) as connection,
    ):
        await connection.send(LOGIN)
        context.load_cert_chain(other_paper.chain)
        before = bytes(phone.received)
        with pytest.raises(CertificateChanged):
            await connection.send(LOGIN)
        assert phone.received == before
        assert connection.certificate == paper.sha256


@pytest.mark.anyio
async def test_a_matching_pin_is_accepted_however_it_is_written(paper):
    colons = ":".join(paper.sha256[at : at + 2] for at in range(0, 64, 2)).upper()
    async with raw_phone(answers(ok(b"in")), tls=paper.server_context()) as phone:
        for pin in (paper.sha256, colons):
            # The remembered one has no say beside a pin.
            assert (await exchange(phone, tls=f"pin:sha256:{pin}", certificate="0" * 64))[0] == b"in"


@pytest.mark.anyio
async def test_insecure_takes_any_certificate_and_still_reports_it(paper):
    async with raw_phone(answers(ok(b"in")), tls=paper.server_context()) as phone:
        assert await exchange(phone, tls="insecure", certificate="0" * 64) == (b"in", paper.sha256)


@pytest.mark.anyio
async def test_verify_refuses_a_self_signed_certificate_with_a_hint(paper):
    async with raw_phone(answers(ok(b"in")), tls=paper.server_context()) as phone:
        error = await refusal(phone, tls="verify")
        assert isinstance(error, PhoneUnreachable)
        assert "self-signed" in error.message
        assert 'tls = "tofu"' in error.hint
        assert phone.received == b""


@pytest.mark.anyio
async def test_verify_accepts_a_known_authority_and_checks_the_name(tmp_path, monkeypatch):
    authority = issue(tmp_path, "authority")
    # The authority's own certificate is among the trusted ones; the leaf names 127.0.0.1 only.
    leaf = issue(tmp_path, "leaf", by=authority)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.chain))
    shared_context.cache_clear()
    try:
        async with raw_phone(answers(ok(b"in")), tls=leaf.server_context()) as phone:
            assert await exchange(phone, tls="verify") == (b"in", leaf.sha256)
            phone.url = phone.url.replace("127.0.0.1", "localhost")
            error = await refusal(phone, tls="verify")
            assert isinstance(error, PhoneUnreachable)
            assert "refuses: Hostname mismatch" in error.message
    finally:
        shared_context.cache_clear()


@pytest.mark.anyio
async def test_a_phone_with_tls_1_0_only_is_refused_with_the_hint_that_helps(old_paper):
    async with raw_phone(answers(ok(b"in")), tls=old_paper.old_server_context()) as phone:
        error = await refusal(phone)
        assert isinstance(error, PhoneUnreachable)
        assert "tls_legacy = true" in error.hint
        assert "too old" in error.message or "TLS" in error.message
        assert phone.received == b""


@pytest.mark.anyio
async def test_a_phone_with_tls_1_0_and_a_short_key_is_read_when_allowed(old_paper, other_paper):
    async with raw_phone(answers(ok(b"in")), tls=old_paper.old_server_context()) as phone:
        assert await exchange(phone, tls_legacy=True) == (b"in", old_paper.sha256)
        error = await refusal(phone, tls_legacy=True, certificate=other_paper.sha256)
        assert isinstance(error, CertificateChanged)


@pytest.mark.anyio
async def test_a_short_key_on_new_tls_needs_no_legacy(old_paper):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(old_paper.chain)
    async with raw_phone(answers(ok(b"in")), tls=context) as phone:
        assert (await exchange(phone))[0] == b"in"


@pytest.mark.anyio
async def test_the_legacy_context_still_prefers_new_tls(paper):
    async with raw_phone(answers(ok(b"in")), tls=paper.server_context()) as phone:
        assert await exchange(phone, tls_legacy=True) == (b"in", paper.sha256)


@pytest.mark.anyio
async def test_tls_spoken_to_a_plain_port_says_so():
    async with raw_greeting(b"HTTP/1.1 400 Bad Request\r\n\r\n", "close") as phone:
        error = await refusal(phone)
        assert isinstance(error, PhoneUnreachable)
        assert "does not speak TLS on this port" in error.message


@pytest.mark.anyio
@pytest.mark.parametrize("how", ["reset", "close"])
async def test_a_handshake_broken_off_is_unreachable_and_hints_at_legacy(how):
    async with raw_greeting(b"", how) as phone:
        error = await refusal(phone)
        assert isinstance(error, PhoneUnreachable)
        assert "broke off the TLS handshake" in error.message
        assert "tls_legacy = true" in error.hint


def test_there_is_one_context_per_mode():
    contexts = {
        id(shared_context(verify=verify, legacy=legacy))
        for verify in (True, False)
        for legacy in (True, False)
        for _ in range(2)
    }
    assert len(contexts) == 4
    assert shared_context(verify=True, legacy=False).check_hostname
    assert shared_context(verify=False, legacy=False).minimum_version == ssl.TLSVersion.TLSv1_2
