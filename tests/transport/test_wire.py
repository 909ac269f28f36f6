"""What goes on the wire, byte for byte, and which redirects are followed."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from phonesync.driver.session import Request, Response, Session
from phonesync.errors import DriverError, UnexpectedResponse
from phonesync.transport import Bounds, Connection, Target, Transport, wire

from .raw_phone import PATIENT, TickingClock, answers, ok, raw_phone

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("reading")]

ODD_PATHS = [
    "/servlet?m=mod_data&p=contacts-callinfo&q=load",
    "/cgi-bin/ConfigManApp.com?Id=34",
    "/a%2fb%2Fc%41//d/../e/./f",
    "/x?pwd=a+b%2B%20%FE&empty=&&=?/#not-a-fragment",
    "/x?[{|}]^`\"<>\\'~!$()*,;:@",
    "/%",
    "//double",
    "/?",
]


@pytest.mark.anyio
@pytest.mark.parametrize("path", ODD_PATHS)
async def test_a_path_goes_on_the_wire_byte_for_byte(path):
    async with raw_phone(answers(ok())) as phone:
        async with Transport(clock=TickingClock()).connect(phone.target()) as connection:
            response = await connection.send(Request(path=path))
        assert phone.requests[0].split(b"\r\n")[0] == f"GET {path} HTTP/1.1".encode()
        assert response.path == path


@pytest.mark.anyio
async def test_a_transport_in_place_of_sockets_finds_the_exact_path():
    seen = []

    def answer(request):
        seen.append(request.extensions["target"])
        return httpx.Response(200, content=b"x")

    transport = Transport(clock=TickingClock(), http=lambda _: httpx.MockTransport(answer))
    async with transport.connect(Target(name="a", url="http://192.0.2.11")) as connection:
        assert (await connection.send(Request(path='/x?a="b"'))).content == b"x"
        assert connection.certificate is None
    assert seen == [b'/x?a="b"']


@pytest.mark.anyio
async def test_headers_keep_their_order_and_case_and_defaults_follow():
    given = (
        ("Referer", "x"),
        ("X-CSRFToken", "t"),
        ("cookie", "A=1; b=2"),
        ("Accept", "a/b"),
        ("X-Again", "1"),
        ("X-Again", "2"),
    )
    async with raw_phone(answers(ok())) as phone:
        async with Transport(clock=TickingClock()).connect(phone.target()) as connection:
            await connection.send(Request(path="/", headers=given))
        lines = phone.requests[0].decode().split("\r\n")[1:-2]
        host = phone.url.removeprefix("http://")
        assert lines == [
            f"Host: {host}",
            *(f"{name}: {value}" for name, value in given),
            "Accept-Encoding: gzip, deflate",
            "User-Agent: phonesync",
        ]


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("content", [b"", b"a=1&b=\xfe\xff", b"x" * 100_000])
async def test_a_post_always_states_its_length(method, content):
    async with raw_phone(answers(ok())) as phone:
        async with Transport(clock=TickingClock()).connect(phone.target()) as connection:
            await connection.send(Request(path="/", method=method, content=content))
        head, _, body = phone.requests[0].partition(b"\r\n\r\n")
        assert head.lower().count(b"content-length") == 1
        assert b"Content-Length: %d" % len(content) in head
        assert b"Transfer-Encoding" not in head
        assert body == content


@pytest.mark.anyio
async def test_a_get_states_no_length():
    async with raw_phone(answers(ok())) as phone:
        async with Transport(clock=TickingClock()).connect(phone.target()) as connection:
            await connection.send(Request(path="/"))
        assert b"content-length" not in phone.requests[0].lower()


@pytest.mark.anyio
async def test_head_and_body_of_a_small_request_leave_in_one_piece():
    pieces = []

    class Phone(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport

        def data_received(self, data):
            pieces.append(data)
            self.transport.write(ok())

    server = await asyncio.get_running_loop().create_server(Phone, "127.0.0.1", 0)
    target = Target(name="a", url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server, Transport(clock=TickingClock()).connect(target) as connection:
        await connection.send(Request(path="/", method="POST", content=b"a=1"))
    assert len(pieces) == 1
    assert pieces[0].endswith(b"\r\n\r\na=1")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "request_",
    [
        Request(path="no-slash"),
        Request(path="/with space"),
        Request(path="/привет"),
        Request(path="/a\r\nX: planted-secret"),
        Request(path="/", headers=(("Content-Length", "5"),)),
        Request(path="/", headers=(("Host", "elsewhere"),)),
        Request(path="/", headers=(("Accept-Encoding", "br"),)),
        Request(path="/", headers=(("X-A", "planted-secret\r\nX-B: 1"),)),
        Request(path="/", headers=(("X-A", "planted-secret €"),)),
        Request(path="/", headers=(("X A", "planted-secret"),)),
        Request(path="/", method="G ET"),
    ],
    ids=lambda request: repr(request)[:50],
)
async def test_what_http_cannot_carry_is_refused_before_a_byte_is_sent(request_):
    async with raw_phone(answers(ok())) as phone:
        async with Transport(clock=TickingClock()).connect(phone.target()) as connection:
            with pytest.raises(DriverError) as caught:
                await connection.send(request_)
        assert "planted-secret" not in str(caught.value)
        assert not phone.received


@pytest.mark.anyio
async def test_an_answer_keeps_its_headers_in_order_and_says_when_it_came():
    clock = TickingClock()
    reply = ok(b"x", b"X-Odd: 1", b"set-COOKIE: A=1; Path=/", b"Set-Cookie: B=2")
    async with (
        raw_phone(answers(reply)) as phone,
        Transport(clock=clock).connect(phone.target()) as connection,
    ):
        response = await connection.send(Request(path="/"))
        assert response.headers == (
            ("Content-Length", "1"),
            ("X-Odd", "1"),
            ("set-COOKIE", "A=1; Path=/"),
            ("Set-Cookie", "B=2"),
        )
        assert response.cookies == {"A": "1", "B": "2"}
        assert response.at == connection.now() == clock.instant
        assert response.took_s == 0.25


@pytest.mark.anyio
async def test_cookies_are_never_sent_by_themselves():
    async with raw_phone(answers(ok(b"x", b"Set-Cookie: JSESSIONID=planted; Path=/"))) as phone:
        async with Transport(clock=TickingClock()).connect(phone.target()) as connection:
            await connection.send(Request(path="/one"))
            await connection.send(Request(path="/two"))
        assert b"cookie" not in phone.requests[1].lower()


@pytest.mark.anyio
async def test_the_environment_has_no_say(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login admin password planted\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with raw_phone(answers(ok())) as phone:
        async with Transport(clock=TickingClock()).connect(phone.target()) as connection:
            await connection.send(Request(path="/"))
        assert b"authorization" not in phone.requests[0].lower()


def moved(location, status=b"302 Found"):
    return ok(b"moved", b"Location: " + location.encode("latin-1"), status=status)


async def follow(phone, request):
    async with Transport(clock=TickingClock(), bounds=PATIENT).connect(phone.target()) as connection:
        return await connection.send(request)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("location", "line"),
    [
        ("/new?a=%2F&b='\"", b"GET /new?a=%2F&b='\" HTTP/1.1"),
        ("new", b"GET /dir/new HTTP/1.1"),
        ("?q=2", b"GET /dir/page?q=2 HTTP/1.1"),
        ("{url}/abs", b"GET /abs HTTP/1.1"),
        ("{url}", b"GET / HTTP/1.1"),
        ("/with space\xe9", b"GET /with%20space%E9 HTTP/1.1"),
    ],
)
async def test_a_redirect_on_the_same_phone_is_followed_when_asked(location, line):
    replies = []

    async def script(line, _request):
        await line.say(replies.pop(0))

    async with raw_phone(script) as phone:
        replies += [moved(location.format(url=phone.url)), ok(b"there")]
        response = await follow(phone, Request(path="/dir/page?q=1", follow_redirects=True))
        assert response.content == b"there"
        assert phone.requests[1].split(b"\r\n")[0] == line
        assert response.path.encode() == line.split(b" ")[1]


@pytest.mark.anyio
async def test_a_redirect_is_handed_on_unless_asked_to_follow():
    async with raw_phone(answers(moved("/new"))) as phone:
        response = await follow(phone, Request(path="/"))
        assert (response.status, response.header("location"), response.content) == (302, "/new", b"moved")
        assert len(phone.requests) == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "first"), [(b"302 F", b"GET"), (b"303 S", b"GET"), (b"307 T", b"POST"), (b"308 P", b"POST")]
)
async def test_a_post_becomes_a_get_only_where_the_status_says_so(status, first):
    request = Request(
        path="/",
        method="POST",
        content=b"a=1",
        headers=(("Content-Type", "x"), ("X-A", "1")),
        follow_redirects=True,
    )
    async with raw_phone(answers(moved("/new", status), ok())) as phone:
        await follow(phone, request)
        second = phone.requests[1]
        assert second.startswith(first + b" /new ")
        assert (b"Content-Type" in second, second.endswith(b"a=1")) == (first == b"POST",) * 2
        assert b"X-A: 1" in second


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("http://127.0.0.2/x", "http://127.0.0.2/x"),
        ("https://127.0.0.1/x?token=planted0secret", "https://127.0.0.1/x"),
        ("http://127.0.0.1:1/x", "http://127.0.0.1:1/x"),
        ("//127.0.0.9/x", "http://127.0.0.9/x"),
        ("http://admin:planted0secret@{host}/x", "http://127.0.0.1"),
        ("javascript:alert(1)", "javascript:"),
        ("http://[", "an address that cannot be read"),
    ],
)
async def test_a_redirect_elsewhere_is_an_error_that_says_where_to(location, shown):
    async def script(line, _request):
        await line.say(moved(location.format(host=line.phone.url.removeprefix("http://"))))

    async with raw_phone(script) as phone:
        with pytest.raises(UnexpectedResponse) as caught:
            await follow(phone, Request(path="/", follow_redirects=True))
        assert f"redirects elsewhere, to {shown}" in caught.value.message
        assert "planted0secret" not in str(caught.value)
        assert caught.value.status == 302
        assert len(phone.requests) == 1


@pytest.mark.anyio
async def test_a_redirect_to_https_hints_at_the_url_to_write():
    async with raw_phone(answers(moved("https://127.0.0.1/"))) as phone:
        with pytest.raises(UnexpectedResponse) as caught:
            await follow(phone, Request(path="/", follow_redirects=True))
        assert caught.value.hint == 'Write url = "https://127.0.0.1".'


@pytest.mark.anyio
async def test_five_redirects_are_followed():
    async with raw_phone(answers(*[moved("/again")] * 5, ok(b"there"))) as phone:
        assert (await follow(phone, Request(path="/", follow_redirects=True))).content == b"there"


@pytest.mark.anyio
async def test_redirects_end_after_five():
    async with raw_phone(answers(moved("/again"))) as phone:
        with pytest.raises(UnexpectedResponse, match="more than 5 times"):
            await follow(phone, Request(path="/", follow_redirects=True))
        assert len(phone.requests) == 6


@pytest.mark.anyio
async def test_a_redirect_without_an_address_is_handed_on():
    async with raw_phone(answers(ok(b"", status=b"302 Found"))) as phone:
        assert (await follow(phone, Request(path="/", follow_redirects=True))).status == 302


def test_a_connection_is_a_session():
    kind: type[Session] = Connection
    assert kind is Connection


def test_what_a_request_hides_goes_on_the_wire_and_is_shown_nowhere():
    for path, target in (
        ("/manager?action=login", "/manager?action=login&Secret=a%2Bb"),
        ("/x", "/x?Secret=a%2Bb"),
    ):
        request = Request(path=path, hidden="Secret=a%2Bb")
        sent = wire.outgoing(request, base=httpx.URL("http://192.0.2.11"), bounds=Bounds(), phone="desk")
        assert sent.extensions["target"] == target.encode()
        assert "a%2Bb" not in repr(request)


def test_a_redirect_does_not_carry_on_what_a_request_hides():
    request = Request(path="/login", hidden="Secret=x", follow_redirects=True)
    answer = Response(
        status=302, headers=(("Location", "/home"),), path="/login", at=datetime(2026, 3, 2, tzinfo=UTC)
    )
    step = wire.redirected(request, answer, base=httpx.URL("http://192.0.2.11"))
    assert (step.path, step.target) == ("/home", "/home")
