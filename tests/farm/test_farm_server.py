"""The farm's server over real sockets: exact bytes, many addresses, bounds, certificates."""

import asyncio
import hashlib
import ssl
from collections.abc import Callable

import httpx
import pytest

from phonesync.errors import ConfigError
from phonesync.farm.faults import Fault, FaultKind, FaultPlan
from phonesync.farm.server import FarmServer
from phonesync.transport.tls import shared_context
from tests.farm.doubles import PAGE, Plain, Stubborn

pytestmark = [pytest.mark.network, pytest.mark.anyio]


async def talk(url: str, *pieces: bytes) -> bytes:
    """Sends raw bytes and returns all that comes until the connection ends."""
    host, port = httpx.URL(url).host, httpx.URL(url).port
    reader, writer = await asyncio.open_connection(host, port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
    try:
        async with asyncio.timeout(30):
            return await reader.read()
    finally:
        writer.close()


async def until(reached: Callable[[], bool]) -> None:
    """Lets the server go on until something is so."""
    async with asyncio.timeout(30):
        while not reached():  # noqa: ASYNC110  the server offers no event for it, and needs none
            await asyncio.sleep(0.001)


async def shown_certificate(url: str, context: ssl.SSLContext) -> tuple[str, str]:
    """Fingerprint and TLS version of one new connection."""
    host, port = httpx.URL(url).host, httpx.URL(url).port
    _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    tls = writer.get_extra_info("ssl_object")
    writer.transport.abort()
    return hashlib.sha256(tls.getpeercert(binary_form=True)).hexdigest(), tls.version()


async def test_exactly_the_bytes_of_the_answer_go_out():
    async with FarmServer() as farm:
        url = await farm.add("127.0.2.1", 0, Plain())
        sent = await talk(url, b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        old = await talk(url, b"GET /old HTTP/1.1\r\nHost: a\r\n\r\n")
    head = b"HTTP/1.1 200 OK\r\ncontent-TYPE: text/html\r\nContent-Length: 573\r\nConnection: close\r\n\r\n"
    assert sent == head + PAGE
    assert old == b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nuntil the end"


async def test_a_request_may_come_in_pieces_and_two_may_come_at_once():
    phone = Plain()
    async with FarmServer() as farm:
        url = await farm.add("127.0.2.1", 0, phone)
        await talk(url, b"PO", b"ST /a HTTP/1.1\r\nContent-Le", b"ngth: 5\r\n", b"\r\nhe", b"llo",
                   b"GET /b HTTP/1.1\r\n\r\nGET /old HTTP/1.1\r\n\r\n")  # fmt: skip
    assert [(seen.method, seen.target, seen.content) for seen in phone.seen] == [
        ("POST", "/a", b"hello"),
        ("GET", "/b", b""),
        ("GET", "/old", b""),
    ]


async def test_one_connection_serves_many_requests_and_http_1_0_only_one():
    phone = Plain()
    async with FarmServer() as farm:
        url = await farm.add("127.0.2.1", 0, phone)
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            for _ in range(3):
                assert (await http.get("/x")).content == PAGE
            assert farm.connections == 1
        assert (await talk(url, b"GET /x HTTP/1.0\r\n\r\n")).endswith(PAGE)
        assert phone.seen[0].peer == "127.0.0.1"
        assert not phone.seen[0].secure


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 66_000, 431),
    ],
)
async def test_a_request_that_cannot_be_read_is_refused(request_bytes, status):
    phone = Plain()
    async with FarmServer() as farm:
        url = await farm.add("127.0.2.1", 0, phone)
        answer = await talk(url, request_bytes)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert phone.seen == []


async def test_many_phones_stand_on_addresses_of_their_own_and_one_may_go():
    async with FarmServer() as farm:
        phones = [Plain() for _ in range(30)]
        first = await farm.add("127.0.3.1", 0, phones[0])
        port = httpx.URL(first).port
        urls = [first] + [
            await farm.add(f"127.0.3.{number}", port, phone) for number, phone in enumerate(phones[1:], 2)
        ]
        async with httpx.AsyncClient(trust_env=False) as http:
            await asyncio.gather(*(http.get(f"{url}/{number}") for number, url in enumerate(urls)))
            assert [phone.seen[0].target for phone in phones] == [f"/{number}" for number in range(30)]
            await farm.remove(urls[4])
            with pytest.raises(httpx.ConnectError):
                await http.get(urls[4])
            assert (await http.get(urls[5])).status_code == 200


async def test_an_emulator_may_be_exchanged_while_its_phone_stands():
    async with FarmServer() as farm:
        url = await farm.add("127.0.2.1", 0, Plain())
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            assert (await http.get("/")).content == PAGE
            farm.phone(url).emulator = Stubborn()
            assert (await http.post("/", content=b"echo")).content == b"echo"


async def test_one_connection_too_many_is_reset_and_a_closed_one_makes_room():
    async with FarmServer(max_connections=2) as farm:
        url = await farm.add("127.0.2.1", 0, Plain())
        host, port = httpx.URL(url).host, httpx.URL(url).port
        held = [await asyncio.open_connection(host, port) for _ in range(2)]
        with pytest.raises(ConnectionResetError):
            await talk(url, b"GET / HTTP/1.1\r\n\r\n")
        held[0][1].transport.abort()
        await until(lambda: farm.connections == 1)
        assert (await talk(url, b"GET /old HTTP/1.1\r\n\r\n")).endswith(b"until the end")
        held[1][1].transport.abort()


async def test_only_loopback_addresses_are_served_and_a_taken_port_is_said_in_a_sentence():
    async with FarmServer() as farm:
        with pytest.raises(ConfigError, match=r"loopback addresses only, not on 0\.0\.0\.0"):
            await farm.add("0.0.0.0", 0, Plain())
        url = await farm.add("127.0.2.1", 0, Plain())
        with pytest.raises(ConfigError, match=r"cannot listen on 127\.0\.2\.1, port \d+"):
            await farm.add("127.0.2.1", httpx.URL(url).port, Plain())


async def test_each_secure_phone_shows_a_certificate_of_its_own():
    async with FarmServer() as farm:
        urls = [await farm.add(f"127.0.2.{number}", 0, Plain(), secure=True) for number in (1, 2)]
        strict = shared_context(verify=False, legacy=False)
        shown = [await shown_certificate(url, strict) for url in urls]
        assert [farm.phone(url).certificate.fingerprint for url in urls] == [pair[0] for pair in shown]
        assert shown[0][0] != shown[1][0]
        assert {pair[1] for pair in shown} == {"TLSv1.3"}
        async with httpx.AsyncClient(base_url=urls[0], verify=False, trust_env=False) as http:
            for _ in range(2):
                assert (await http.get("/x")).content == PAGE


async def test_a_certificate_changes_while_the_plan_says_so_or_for_good():
    plan = FaultPlan()
    async with FarmServer() as farm:
        url = await farm.add("127.0.2.1", 0, Plain(), secure=True, faults=plan)
        strict = shared_context(verify=False, legacy=False)
        before = await shown_certificate(url, strict)
        plan.set(Fault(kind=FaultKind.CHANGED_CERTIFICATE))
        changed = await shown_certificate(url, strict)
        assert changed == await shown_certificate(url, strict) != before
        plan.clear()
        assert await shown_certificate(url, strict) == before
        farm.phone(url).renew_certificate()
        assert (await shown_certificate(url, strict))[0] not in {before[0], changed[0]}


async def test_a_phone_with_old_tls_only_is_reached_by_a_legacy_context_only():
    async with FarmServer() as farm:
        url = await farm.add("127.0.2.1", 0, Plain(), secure=True)
        farm.phone(url).faults.set(Fault(kind=FaultKind.OLD_TLS))
        with pytest.raises(ssl.SSLError):
            await shown_certificate(url, shared_context(verify=False, legacy=False))
        fingerprint, version = await shown_certificate(url, shared_context(verify=False, legacy=True))
        assert version == "TLSv1"
        assert fingerprint == farm.phone(url).certificate.fingerprint


async def test_plain_bytes_at_a_secure_phone_end_the_connection():
    async with FarmServer() as farm:
        url = await farm.add("127.0.2.1", 0, Plain(), secure=True)
        answer = await talk(url, b"GET / HTTP/1.1\r\n\r\n")
        assert b"HTTP" not in answer
        async with httpx.AsyncClient(base_url=url, verify=False, trust_env=False) as http:
            assert (await http.get("/")).content == PAGE


async def test_a_reader_that_stops_reading_stops_an_endless_body_too():
    plan = FaultPlan()
    plan.set(Fault(kind=FaultKind.ENDLESS, piece=60_000))
    async with FarmServer() as farm:
        url = await farm.add("127.0.2.1", 0, Plain(), faults=plan)
        reader, writer = await asyncio.open_connection(httpx.URL(url).host, httpx.URL(url).port, limit=1000)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await until(lambda: any(not conversation._writable.is_set() for conversation in farm._open))
        (conversation,) = farm._open
        assert conversation._transport.get_write_buffer_size() < 200_000
        writer.write(b"GET /ignored HTTP/1.1\r\n\r\n")
        for _ in range(200):
            assert len(await reader.readexactly(100_000)) == 100_000
        writer.transport.abort()
        await until(lambda: not farm.connections)


async def test_leaving_the_farm_breaks_what_is_still_being_sent():
    plan = FaultPlan()
    plan.set(Fault(kind=FaultKind.ENDLESS))
    async with FarmServer() as farm:
        url = await farm.add("127.0.2.1", 0, Plain(), faults=plan)
        reader, writer = await asyncio.open_connection(httpx.URL(url).host, httpx.URL(url).port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await reader.readexactly(3000)
    with pytest.raises(ConnectionResetError):
        await reader.read()
    assert farm.connections == 0
    writer.transport.abort()
