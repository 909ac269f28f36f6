"""The server over real sockets: what phones send is understood, what nobody may send is refused and bounded."""

import asyncio
import ssl
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import serialization

from phonesync.clock import SystemClock
from phonesync.config import WebConfig
from phonesync.errors import ConfigError
from phonesync.farm.certificates import self_signed
from phonesync.web.protocol import Bounds
from phonesync.web.server import serving
from tests.passing import pass_time
from tests.web.conftest import QUICK, server_of, status, told

pytestmark = pytest.mark.anyio

GET = b"GET /b/t/file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


async def test_a_request_is_answered_without_telling_what_answers(echo):
    async with server_of(echo) as port:
        answer = await told(port, GET)
    assert status(answer) == 200
    assert b"\r\nserver:" not in answer.lower()
    assert b"\r\ndate: " in answer.lower()


@pytest.mark.parametrize(
    ("line", "query"),
    [
        (b"GET /e/t/in?r=1&n=Olga Smirnova HTTP/1.1", b"r=1&n=Olga%20Smirnova"),
        (b"GET /e/t/in?n=\xce\xeb\xfc\xe3\xe0 x#y HTTP/1.1", b"n=%CE%EB%FC%E3%E0%20x%23y"),
        (b"GET /e/t/in?n=a b", b"n=a%20b"),
        (b"GET /e/t/in?n=a b HTTP/1.7", b"n=a%20b"),
        (b"GET http://192.0.2.5/e/t/in?n=a b HTTP/1.1", b"n=a%20b"),
        (b"GET /e/t/in?n=x?y=z&&=% HTTP/1.1", b"n=x?y=z&&=%"),
    ],
)
async def test_a_line_that_breaks_http_is_understood_byte_by_byte(echo, line, query):
    content = line + b"\r\nUser-Agent: Yealink SIP-T46G\r\nConnection: close\r\n\r\n"
    async with server_of(echo) as port:
        answer = await told(port, *(bytes([byte]) for byte in content))
    assert status(answer) == 200
    assert [(seen.path, seen.query) for seen in echo.seen] == [("/e/t/in", query)]


async def test_a_phone_of_http_09_needs_no_empty_line(echo):
    async with server_of(echo) as port:
        answer = await told(port, b"GET /e/t/in?n=a b\r\n", half_close=True)
    assert status(answer) == 200
    assert echo.seen[0].query == b"n=a%20b"


async def test_bare_line_feeds_end_lines(echo):
    async with server_of(echo) as port:
        answer = await told(port, b"GET /e/t/in HTTP/1.1\nHost: a\nConnection: close\n\n")
    assert status(answer) == 200
    assert echo.seen[0].headers[b"host"] == b"a"


async def test_a_peer_that_has_closed_its_side_still_gets_its_answer(echo):
    async with server_of(echo) as port:
        assert status(await told(port, GET, half_close=True)) == 200


async def test_requests_on_one_connection_are_answered_in_turn(echo):
    put = b"PUT /b/t/file HTTP/1.1\r\nContent-Length: 5\r\n\r\nGET /"
    async with server_of(echo) as port:
        answer = await told(port, GET.replace(b"Connection: close\r\n", b"") + put + GET)
    assert [answer.count(b"seen %d" % number) for number in (1, 2, 3)] == [1, 1, 1]
    assert [(seen.method, seen.body) for seen in echo.seen] == [("GET", b""), ("PUT", b"GET /"), ("GET", b"")]


async def test_a_body_in_chunks_is_taken_and_ends_the_connection(echo):
    head = b"PUT /b/t/file HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with server_of(echo) as port:
        answer = await told(port, head, b"3\r\nabc\r\n", b"0\r\n\r\n", b"GET /x HTTP/1.1\r\n\r\n", pause=0.02)
    assert answer.count(b"HTTP/1.1 200") == 1
    assert [seen.body for seen in echo.seen] == [b"abc"]


async def test_more_than_a_head_may_hold_is_refused_and_logged_once(echo, lines):
    long = b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n"
    async with server_of(echo) as port:
        assert [status(await told(port, long)) for _ in range(5)] == [431] * 5
        assert status(await told(port, b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 4000)) == 431
    assert not echo.seen
    refused = [line for line in lines if line["event"] == "refused"]
    assert [line["reason"] for line in refused] == ["A request had too long a head."]


async def test_a_body_too_long_is_refused_before_it_is_sent(echo, lines):
    async with server_of(echo) as port:
        head = b"PUT /b/t/file HTTP/1.1\r\nContent-Length: 4194305\r\n\r\n"
        assert status(await told(port, head)) == 413
    assert not echo.seen
    assert [line["reason"] for line in lines if line["event"] == "refused"] == [
        "A request had too long a body."
    ]


async def test_chunks_that_grow_too_long_are_refused_under_way(echo):
    async with server_of(echo, bounds=Bounds(body_bytes=1000)) as port:
        head = b"PUT /b/t/file HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        answer = await told(port, head, *([b"100\r\n" + b"a" * 256 + b"\r\n"] * 8))
    assert status(answer) == 413
    assert not echo.seen


async def test_a_head_that_trickles_in_is_cut_off(echo, lines):
    async with server_of(echo, bounds=QUICK) as port:
        answer = await told(port, *(bytes([byte]) for byte in GET[:40]), pause=0.03)
    assert status(answer) == 408
    assert not echo.seen
    assert [line["reason"] for line in lines if line["event"] == "refused"] == [
        "A request did not come in time."
    ]


async def test_a_body_that_trickles_in_is_cut_off(echo):
    async with server_of(echo, bounds=QUICK) as port:
        head = b"PUT /b/t/file HTTP/1.1\r\nContent-Length: 100\r\n\r\n"
        assert status(await told(port, head, *([b"a"] * 30), pause=0.03)) == 408
    assert not echo.seen


async def test_an_answer_that_nobody_takes_is_cut_off(lines):
    async def large(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a" * 50_000_000})

    async with server_of(large, bounds=QUICK) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        for _ in range(100):
            await asyncio.sleep(0.05)
            if any(line["event"] == "refused" for line in lines):
                break
        writer.close()
    assert [line["reason"] for line in lines if line["event"] == "refused"] == [
        "An answer was not taken in time."
    ]


@pytest.mark.parametrize(("path", "whole"), [(b"/export", True), (b"/b/token/book.xml", False)])
async def test_an_answer_of_the_site_may_take_as_long_as_it_is_taken(path, whole):
    async def slow(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(8):
            await send({"type": "http.response.body", "body": b"piece", "more_body": True})
            await asyncio.sleep(0.1)
        await send({"type": "http.response.body", "body": b"the end"})

    async with server_of(slow, bounds=QUICK) as port:
        answer = await told(port, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (b"the end" in answer) is whole


async def test_a_connection_without_a_word_ends_in_silence(echo, lines):
    async with server_of(echo, bounds=QUICK) as port:
        assert await told(port) == b""
    assert not [line for line in lines if line["event"] == "refused"]


async def test_one_peer_gets_only_so_many_connections(echo, lines):
    bounds = Bounds(per_peer=3)
    async with server_of(echo, bounds=bounds) as port:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        assert status(await told(port, GET)) == 503
        assert status(await told(port, GET, source="127.0.0.2")) == 200
        for _, writer in idle:
            writer.close()
            await writer.wait_closed()
        for _ in range(50):
            if status(await told(port, GET)) == 200:
                break
            await asyncio.sleep(0.02)
        assert status(await told(port, GET)) == 200
    assert len([line for line in lines if line["event"] == "refused"]) == 1


async def test_all_peers_together_get_only_so_many_connections(echo):
    async with server_of(echo, bounds=Bounds(connections=2)) as port:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        assert status(await told(port, GET, source="127.0.0.9")) == 503
        for _, writer in idle:
            writer.close()


@pytest.mark.parametrize(
    "content",
    [
        b"CONNECT a:443 HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_what_is_no_request_is_refused(echo, content):
    async with server_of(echo) as port:
        assert status(await told(port, content)) == 400
    assert not echo.seen


async def test_a_proxy_that_is_trusted_says_who_asks(echo):
    forwarded = GET.replace(b"Host: a", b"X-Forwarded-For: 192.0.2.77\r\nX-Forwarded-Proto: https")
    async with server_of(echo, trusted_proxies=("127.0.0.0/30",)) as port:
        await told(port, forwarded)
        await told(port, forwarded, source="127.0.0.9")
    assert [(seen.client, seen.scheme) for seen in echo.seen] == [
        ("192.0.2.77", "https"),
        ("127.0.0.9", "http"),
    ]


async def test_nobody_is_believed_where_no_proxy_is_trusted(echo):
    async with server_of(echo) as port:
        await told(port, GET.replace(b"Host: a", b"X-Forwarded-For: 192.0.2.77"))
    assert echo.seen[0].client == "127.0.0.1"


async def test_a_trusted_proxy_may_open_more_connections_than_a_peer(echo):
    async with server_of(echo, bounds=Bounds(per_peer=1), trusted_proxies=("127.0.0.1",)) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        assert status(await told(port, GET)) == 200
        writer.close()


def write_pair(folder):
    pem = self_signed("127.0.0.1").pem
    end = pem.index(b"-----BEGIN CERTIFICATE")
    (folder / "web.key").write_bytes(pem[:end])
    (folder / "web.crt").write_bytes(pem[end:])


@pytest.fixture
def pair(tmp_path):
    write_pair(tmp_path)
    return tmp_path


def spoil(folder, how):
    if how == "missing":
        (folder / "web.crt").unlink()
    elif how == "other key":
        certificate = (folder / "web.crt").read_bytes()
        write_pair(folder)
        (folder / "web.crt").write_bytes(certificate)
    elif how == "no pem":
        (folder / "web.crt").write_bytes(b"not a certificate")
    else:
        key = serialization.load_pem_private_key((folder / "web.key").read_bytes(), None)
        locked = serialization.BestAvailableEncryption(b"sesame")
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
        (folder / "web.key").write_bytes(key.private_bytes(*form, locked))


async def test_with_a_pair_only_tls_is_answered(echo, pair):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with server_of(echo, base=pair, certificate="web.crt", private_key="web.key") as port:
        assert status(await told(port, GET, ssl=context)) == 200
        assert await told(port, GET) == b""
    assert [seen.scheme for seen in echo.seen] == ["https"]


@pytest.mark.parametrize("legacy", [False, True])
async def test_old_tls_is_spoken_only_where_it_is_allowed(echo, pair, legacy):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLS"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    keys = {"certificate": "web.crt", "private_key": "web.key", "tls_legacy": legacy}
    async with server_of(echo, base=pair, **keys) as port:
        if legacy:
            assert status(await told(port, GET, ssl=context)) == 200
        else:
            with pytest.raises((ssl.SSLError, ConnectionResetError)):
                await told(port, GET, ssl=context)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("missing", "web.crt cannot be read: no such file"),
        ("other key", "are no usable pair: key values mismatch"),
        ("no pem", "are no usable pair"),
        ("locked", "are no usable pair: the key has a password"),
    ],
)
async def test_a_pair_that_cannot_be_used_is_one_sentence(echo, pair, broken, message):
    spoil(pair, broken)
    with pytest.raises(ConfigError, match=message):
        async with server_of(echo, base=pair, certificate="web.crt", private_key="web.key"):
            pass


async def test_a_port_in_use_is_one_sentence(echo):
    async with server_of(echo) as port:
        with pytest.raises(
            ConfigError, match=rf"127.0.0.1:{port} cannot be listened at: address already in use"
        ):
            async with server_of(echo, listen=f"127.0.0.1:{port}"):
                pass


async def test_an_ipv4_peer_bears_its_own_name_on_a_socket_for_both(echo):
    async with server_of(echo, host="[::]") as port:
        await told(port, GET)
    assert echo.seen[0].client == "127.0.0.1"


async def test_without_listen_nothing_is_served(echo):
    config = SimpleNamespace(web=WebConfig(), base=None)
    async with serving(config, echo, clock=SystemClock()) as place:
        assert place is None


async def test_the_end_of_the_server_ends_every_connection(echo):
    async with server_of(echo) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET.replace(b"Connection: close\r\n", b""))
        await reader.readuntil(b"seen 1")
    assert await asyncio.wait_for(reader.read(), 30) == b""
    writer.close()


async def test_a_long_answer_may_take_long_as_long_as_some_of_it_is_taken():
    async def long(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for left in reversed(range(250)):
            await send({"type": "http.response.body", "body": b"x" * 64_000, "more_body": left > 0})

    async with server_of(long, bounds=Bounds(answer_s=10)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**16)
        writer.write(GET)
        taken, passed_s = 0, 0.0
        while piece := await reader.read(200_000):
            taken += len(piece)
            pass_time(0.5)
            passed_s += 0.5
        writer.close()
    assert taken > 16_000_000
    assert passed_s > 10
