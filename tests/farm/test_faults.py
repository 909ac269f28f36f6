"""Each fault as a reader meets it: the same over a socket and without one."""

import gzip
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import anyio
import httpx
import pytest

from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse
from phonesync.errors import CertificateChanged, DriverError
from phonesync.farm.certificates import self_signed, server_context
from phonesync.farm.faults import Fault, FaultKind, FaultPlan, for_target
from phonesync.farm.inprocess import InProcessTransport
from phonesync.farm.server import FarmServer
from phonesync.farm.wire import WiredPhone, render_head, whole
from tests.farm.doubles import LIST, PAGE, Plain, Stubborn

WAYS = ["socket", "in process"]
SIGNED_IN = {"Cookie": "in=1"}
HEAD = len(b"HTTP/1.1 200 OK\r\ncontent-TYPE: text/html\r\nContent-Length: 573\r\nConnection: close\r\n\r\n")


class Hands:
    """A clock that only moves when somebody waits on it."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime(2025, 3, 6, tzinfo=UTC) + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds


@asynccontextmanager
async def reached(
    way: str, phone: object, plan: FaultPlan, *, read_s: float = 5.0, secure: bool = False
) -> AsyncIterator[httpx.AsyncClient]:
    timeout = httpx.Timeout(5.0, read=read_s)
    if way == "in process":
        wired = WiredPhone(host="127.0.4.1", port=81, emulator=phone, secure=secure, faults=plan)
        network = InProcessTransport({("127.0.4.1", 81): wired})
        async with httpx.AsyncClient(transport=network, base_url=wired.url, timeout=timeout) as http:
            yield http
        return
    async with FarmServer() as farm:
        url = await farm.add("127.0.4.1", 0, phone, secure=secure, faults=plan)
        async with httpx.AsyncClient(base_url=url, timeout=timeout, verify=False, trust_env=False) as http:
            yield http


def plan_of(kind: FaultKind, **parameters) -> FaultPlan:
    plan = FaultPlan()
    plan.set(Fault(kind=kind, **parameters))
    return plan


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(kind=FaultKind.RESET), httpx.ReadError),
        (Fault(kind=FaultKind.RESET, acted=True), httpx.ReadError),
        (Fault(kind=FaultKind.GARBAGE), httpx.RemoteProtocolError),
        (Fault(kind=FaultKind.CUT), httpx.RemoteProtocolError),
        (Fault(kind=FaultKind.CUT, at_byte=572), httpx.RemoteProtocolError),
        (Fault(kind=FaultKind.CUT, in_head=True), httpx.RemoteProtocolError),
        (Fault(kind=FaultKind.CUT, in_head=True, at_byte=30), httpx.RemoteProtocolError),
        (Fault(kind=FaultKind.CUT, in_head=True, at_byte=HEAD), httpx.RemoteProtocolError),
        (Fault(kind=FaultKind.CUT, in_head=True, at_byte=HEAD + 572), httpx.RemoteProtocolError),
    ],
    ids=lambda value: f"{value.kind}-{value.at_byte}-{value.in_head}" if isinstance(value, Fault) else "",
)
async def test_a_broken_answer_is_an_error(way, fault, error):
    phone, plan = Plain(), FaultPlan()
    plan.set(fault)
    async with reached(way, phone, plan) as http:
        with pytest.raises(error):
            await http.get("/x")
        plan.clear()
        assert (await http.get("/x")).content == PAGE
    assert plan.shown == {fault.kind: 1}
    seen_while_broken = fault.acted or fault.kind is FaultKind.CUT
    assert len(phone.seen) == 1 + seen_while_broken


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("at_byte", [0, 1, 300, 572, 573])
async def test_a_cut_without_a_length_looks_like_a_shorter_answer(way, at_byte):
    plan = plan_of(FaultKind.CUT, at_byte=at_byte, with_length=False)
    async with reached(way, Plain(), plan) as http:
        answer = await http.get("/x")
    assert answer.content == PAGE[:at_byte]
    assert "Content-Length" not in answer.headers


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("acted", [False, True])
async def test_a_phone_that_hangs_runs_into_the_readers_time_out(way, acted):
    phone = Plain()
    async with reached(way, phone, plan_of(FaultKind.HANG, acted=acted), read_s=0.05) as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.get("/x")
        with anyio.fail_after(30):
            while len(phone.seen) < acted:  # noqa: ASYNC110  the reader may have gone before the phone looks
                await anyio.sleep(0.01)
    assert len(phone.seen) == acted


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("kind", "status"), [(FaultKind.SERVER_ERROR, 500), (FaultKind.NOT_FOUND, 404), (FaultKind.REDIRECT, 302)]
)
async def test_a_wrong_status_replaces_the_answer(way, kind, status):
    phone = Plain()
    async with reached(way, phone, plan_of(kind)) as http:
        answer = await http.get("/x")
    assert answer.status_code == status
    assert answer.headers.get("Location", "") == ("http://192.0.2.66/elsewhere" if status == 302 else "")
    assert phone.seen == []


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
async def test_an_endless_body_goes_on_until_the_reader_leaves(way):
    async with reached(way, Plain(), plan_of(FaultKind.ENDLESS, piece=60_000)) as http:
        received = b""
        async with http.stream("GET", "/x") as answer:
            async for piece in answer.aiter_raw():
                received += piece
                if len(received) > 1_000_000:
                    break
    assert received.startswith(PAGE * 3)


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
async def test_a_dripping_answer_arrives_whole_if_the_reader_waits(way):
    plan = plan_of(FaultKind.DRIP, piece=64, delay_s=0.001)
    async with reached(way, Plain(), plan) as http:
        assert (await http.get("/x")).content == PAGE
        assert (await http.get("/x")).content == PAGE


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [FaultKind.DRIP, FaultKind.SLOW])
async def test_an_answer_slower_than_the_reader_waits_is_a_time_out(way, kind):
    async with reached(way, Plain(), plan_of(kind, delay_s=30.0), read_s=0.05) as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.get("/x")


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
async def test_a_late_answer_is_whole(way):
    async with reached(way, Plain(), plan_of(FaultKind.SLOW, delay_s=0.01)) as http:
        assert (await http.get("/x")).content == PAGE


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
async def test_the_login_page_comes_instead_of_the_list_although_the_session_is_good(way):
    phone, plan = Plain(), FaultPlan()
    plan.set(Fault(kind=FaultKind.LOGIN_PAGE), when=for_target(LIST), times=1)
    async with reached(way, phone, plan) as http:
        http.headers.update(SIGNED_IN)
        assert (await http.get("/x")).content == PAGE
        assert (await http.get(LIST)).content == b"<html>login</html>"
        assert (await http.get(LIST)).content == PAGE
    assert plan.shown == {FaultKind.LOGIN_PAGE: 1}


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FaultKind.LOCKED, b"locked"),
        (FaultKind.BUSY, b"busy with 192.0.2.250"),
        (FaultKind.EXPIRED, b"expired"),
    ],
)
async def test_faults_in_the_vendors_words_are_asked_of_the_emulator(way, kind, words):
    async with reached(way, Plain(), plan_of(kind)) as http:
        assert (await http.get("/x")).content == words


@pytest.mark.anyio
async def test_an_emulator_that_cannot_be_disturbed_says_so():
    async with reached("in process", Stubborn(), plan_of(FaultKind.LOCKED)) as http:
        with pytest.raises(DriverError, match="emulator Stubborn cannot show the fault locked"):
            await http.get("/x")


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
async def test_bombs_are_small_on_the_wire_and_huge_behind_it(way):
    async with reached(way, Plain(), plan_of(FaultKind.COMPRESSED_BOMB, size=8_000_001)) as http:
        async with http.stream("GET", "/x") as answer:
            squeezed = b"".join([piece async for piece in answer.aiter_raw()])
        assert len(squeezed) < 20_000
        assert len(gzip.decompress(squeezed)) == 8_000_001
    async with reached(way, Plain(), plan_of(FaultKind.ENTITY_BOMB)) as http:
        bomb = await http.get("/x")
    assert len(bomb.content) < 2000
    assert bomb.content.count(b"&l10;") == 10


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
async def test_wrong_content_is_a_page_of_something_else(way):
    async with reached(way, Plain(), plan_of(FaultKind.WRONG_CONTENT)) as http:
        assert "Welcome to your router" in (await http.get("/x")).text
    async with reached(way, Plain(), plan_of(FaultKind.WRONG_CONTENT, content=b"tea")) as http:
        assert (await http.get("/x")).content == b"tea"


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
async def test_a_phone_that_is_offline_answers_nothing(way):
    phone = Plain()
    async with reached(way, phone, plan_of(FaultKind.OFFLINE)) as http:
        with pytest.raises((httpx.ConnectTimeout, httpx.ReadError)):
            await http.get("/x")
    assert phone.seen == []


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
async def test_old_tls_fails_in_the_handshake(way):
    phone = Plain()
    async with reached(way, phone, plan_of(FaultKind.OLD_TLS), secure=True) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("/x")
    assert phone.seen == []


@pytest.mark.anyio
async def test_in_process_old_tls_lets_a_legacy_reader_in_and_a_changed_certificate_nobody():
    plan = plan_of(FaultKind.OLD_TLS)
    wired = WiredPhone(host="127.0.4.1", port=443, emulator=Plain(), secure=True, faults=plan)
    network = InProcessTransport({("127.0.4.1", 443): wired}, tls_legacy=True)
    async with httpx.AsyncClient(transport=network, base_url="https://127.0.4.1") as http:
        assert (await http.get("/x")).content == PAGE
        plan.set(Fault(kind=FaultKind.CHANGED_CERTIFICATE))
        with pytest.raises(CertificateChanged, match="shows another certificate"):
            await http.get("/x")


@pytest.mark.anyio
async def test_in_process_an_unknown_address_or_the_wrong_scheme_does_not_connect():
    plain = WiredPhone(host="127.0.4.1", port=80, emulator=Plain())
    secure = WiredPhone(host="127.0.4.1", port=443, emulator=Plain(), secure=True)
    network = InProcessTransport({("127.0.4.1", 80): plain, ("127.0.4.1", 443): secure})
    async with httpx.AsyncClient(transport=network) as http:
        assert (await http.get("http://127.0.4.1/x")).content == PAGE
        with pytest.raises(httpx.ConnectError):
            await http.get("http://127.0.4.2/x")
        with pytest.raises(httpx.ConnectError):
            await http.get("https://127.0.4.1:80/x")
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get("http://127.0.4.1:443/x")


@pytest.mark.anyio
async def test_in_process_slowness_moves_the_injected_clock_and_nothing_else():
    plan, clock = FaultPlan(), Hands()
    wired = WiredPhone(host="127.0.4.1", port=80, emulator=Plain(), faults=plan)
    network = InProcessTransport({("127.0.4.1", 80): wired}, clock=clock)
    timeout = httpx.Timeout(15.0, connect=5.0)
    async with httpx.AsyncClient(transport=network, base_url="http://127.0.4.1", timeout=timeout) as http:
        for fault, seconds, error in (
            (Fault(kind=FaultKind.SLOW, delay_s=4.0), 4.0, None),
            (Fault(kind=FaultKind.DRIP, delay_s=2.0, piece=100), 12.0, None),
            (Fault(kind=FaultKind.HANG), 15.0, httpx.ReadTimeout),
            (Fault(kind=FaultKind.SLOW, delay_s=99.0), 15.0, httpx.ReadTimeout),
            (Fault(kind=FaultKind.OFFLINE), 5.0, httpx.ConnectTimeout),
        ):
            plan.set(fault)
            before = clock.passed
            if error is None:
                assert (await http.get("/x")).content == PAGE
            else:
                with pytest.raises(error):
                    await http.get("/x")
            assert clock.passed - before == seconds


@pytest.mark.anyio
async def test_in_process_the_emulator_sees_the_request_as_sent():
    phone = Plain()
    network = InProcessTransport(
        {("127.0.4.1", 80): WiredPhone(host="127.0.4.1", port=80, emulator=phone)}, peer="192.0.2.5"
    )
    async with httpx.AsyncClient(transport=network) as http:
        await http.post("http://127.0.4.1/a?b=%20c&d", content=b"body", headers={"X-Thing": "1"})
    seen = phone.seen[0]
    assert (seen.method, seen.target, seen.content) == ("POST", "/a?b=%20c&d", b"body")
    assert (seen.peer, seen.secure, seen.header("x-thing")) == ("192.0.2.5", False, "1")


def request(target: str) -> EmulatedRequest:
    return EmulatedRequest(method="GET", target=target)


def test_a_plan_asks_its_callable_first_and_then_its_rules_in_order():
    reset, hang, slow = (Fault(kind=kind) for kind in (FaultKind.RESET, FaultKind.HANG, FaultKind.SLOW))
    plan = FaultPlan(decide=lambda asked: reset if asked.target == "/a" else None)
    plan.add(hang, times=1)
    plan.add(slow, when=for_target("b"))
    asked = ["/a", "/b", "/b", "/c"]
    assert [plan.of_request(request(target)) for target in asked] == [reset, hang, slow, None]
    assert plan.shown == {FaultKind.RESET: 1, FaultKind.HANG: 1, FaultKind.SLOW: 1}


def test_faults_of_connections_and_of_requests_do_not_mix():
    plan = plan_of(FaultKind.OLD_TLS)
    plan.add(Fault(kind=FaultKind.HANG))
    assert plan.of_request(request("/")).kind is FaultKind.HANG
    assert plan.of_connection().kind is FaultKind.OLD_TLS


def test_an_old_certificate_is_loaded_at_a_lowered_level_only(tmp_path):
    old = self_signed("127.0.0.1", old=True)
    assert server_context(old).get_ciphers()
    chain = tmp_path / "old.pem"
    chain.write_bytes(old.pem)
    strict = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    strict.set_ciphers("DEFAULT:@SECLEVEL=2")
    with pytest.raises(ssl.SSLError, match="KEY_TOO_SMALL"):
        strict.load_cert_chain(chain)


def test_a_certificate_is_never_the_same_twice_and_never_shows_its_key():
    first, second = self_signed("phone.example"), self_signed("phone.example")
    assert first.fingerprint != second.fingerprint
    assert b"PRIVATE KEY" in first.pem
    assert "PRIVATE KEY" not in repr(first)


def test_a_status_without_a_name_and_a_close_of_the_phones_own_are_sent_as_they_are():
    odd = EmulatedResponse(status=299, headers=(("CONNECTION", "close"),))
    assert (
        render_head(odd, length=0, close=True)
        == b"HTTP/1.1 299 \r\nCONNECTION: close\r\nContent-Length: 0\r\n\r\n"
    )
    assert whole(odd).ending.name == "CLOSE"
