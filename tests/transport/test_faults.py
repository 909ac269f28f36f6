"""Each thing that can go wrong below HTTP, alone, over real sockets."""

import asyncio
import errno
import socket
import ssl
from dataclasses import replace

import httpx
import pytest

from phonesync.driver.session import Request
from phonesync.errors import (
    ConfigError,
    DriverError,
    PhoneError,
    PhoneTimeout,
    PhoneUnreachable,
    UnexpectedResponse,
)
from phonesync.transport import Bounds, Target, Transport
from tests.passing import pass_time, turns

from .raw_phone import PATIENT, TickingClock, answers, ok, raw_phone

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("reading")]

GET = Request(path="/list")
POST = Request(path="/login", method="POST", content=b"a=1")
BODY = b"<html>" + b"row " * 20 + b"</html>"


async def fetch(phone, request=GET, *, bounds=PATIENT, **settings):
    async with Transport(clock=TickingClock(), bounds=bounds).connect(phone.target(**settings)) as connection:
        return await connection.send(request)


async def fault(phone, request=GET, *, bounds=PATIENT, **settings) -> PhoneError:
    with pytest.raises(PhoneError) as caught:
        await fetch(phone, request, bounds=bounds, **settings)
    return caught.value


@pytest.mark.anyio
async def test_a_refused_connection_is_said_in_words():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"  # bound, not listening
        async with Transport(clock=TickingClock()).connect(Target(name="desk-101", url=url)) as connection:
            with pytest.raises(PhoneUnreachable, match=rf"Phone desk-101 at {url} refused the connection"):
                await connection.send(GET)


@pytest.mark.anyio
async def test_a_get_is_repeated_once_after_a_reset_before_the_answer():
    async def script(line, _request):
        if line.phone.connections == 1:
            line.reset()
        else:
            await line.say(ok(b"second"))

    async with raw_phone(script) as phone:
        assert (await fetch(phone)).content == b"second"
        assert phone.connections == 2


@pytest.mark.anyio
async def test_a_get_is_repeated_once_only():
    async def script(line, _request):
        line.reset()

    async with raw_phone(script) as phone:
        error = await fault(phone)
        assert isinstance(error, PhoneUnreachable)
        assert "reset" in error.message
        assert phone.connections == 2


@pytest.mark.anyio
@pytest.mark.parametrize("how", ["reset", "close"])
async def test_a_post_is_never_repeated(how):
    async def script(line, _request):
        line.reset() if how == "reset" else line.writer.close()

    async with raw_phone(script) as phone:
        assert isinstance(await fault(phone, POST), PhoneUnreachable)
        assert len(phone.requests) == 1


@pytest.mark.anyio
async def test_a_get_sent_once_is_not_repeated():
    async def script(line, _request):
        line.reset()

    async with (
        raw_phone(script) as phone,
        Transport(clock=TickingClock()).connect(phone.target()) as connection,
    ):
        with pytest.raises(PhoneUnreachable):
            await connection.send_once(GET)
        assert phone.connections == 1
        with pytest.raises(PhoneUnreachable):
            await connection.send(replace(GET, once=True))
        assert phone.connections == 2


@pytest.mark.anyio
async def test_a_request_that_is_to_wait_goes_out_after_its_time_by_the_clock_of_the_core():
    clock = TickingClock()
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    clock.sleep = sleep
    async with (
        raw_phone(answers(ok(b"done"))) as phone,
        Transport(clock=clock).connect(phone.target()) as connection,
    ):
        assert (await connection.send(replace(GET, wait_s=0.5))).content == b"done"
    assert slept == [0.5]


@pytest.mark.anyio
async def test_a_connection_closed_without_an_answer_is_named():
    async def script(line, _request):
        line.writer.close()

    async with raw_phone(script) as phone:
        error = await fault(phone)
        assert isinstance(error, PhoneUnreachable)
        assert "closed the connection without an answer" in error.message


@pytest.mark.anyio
@pytest.mark.parametrize("sent", [b"HTTP/1.1 200 O", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour"])
async def test_a_reset_after_the_first_answer_byte_is_not_repeated(sent):
    async def script(line, _request):
        await line.say(sent)
        await asyncio.sleep(0.05)
        line.reset()

    async with raw_phone(script) as phone:
        error = await fault(phone)
        assert isinstance(error, PhoneUnreachable | UnexpectedResponse)
        assert phone.connections == 1


@pytest.mark.anyio
async def test_a_hanging_phone_ends_at_the_read_bound_and_is_asked_once():
    async def script(line, _request):
        await line.hang()

    async with raw_phone(script) as phone:
        error = await fault(phone, bounds=replace(PATIENT, read_s=0.15))
        assert isinstance(error, PhoneTimeout)
        assert "did not answer: nothing came for 0.15 s" in error.message
        assert phone.connections == 1


@pytest.mark.anyio
async def test_a_phone_that_stops_in_its_answer_ends_at_the_read_bound():
    async def script(line, _request):
        await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nsome")
        await line.fall_silent(PATIENT.read_s)

    async with raw_phone(script) as phone:
        error = await fault(phone)
        assert isinstance(error, PhoneTimeout)
        assert "stopped in the middle" in error.message


@pytest.mark.anyio
@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
async def test_an_endless_slow_drip_ends_at_the_bound_of_one_request(start):
    async def script(line, _request):
        await line.say(start)
        while True:
            await line.say(b"a")
            await asyncio.sleep(0.02)

    async with raw_phone(script) as phone:
        error = await fault(phone, bounds=replace(PATIENT, request_s=0.5))
        assert isinstance(error, PhoneTimeout)
        assert "longer than 0.5 s in all" in error.message


@pytest.mark.anyio
async def test_a_whole_conversation_is_bounded_but_a_sign_out_may_follow():
    async with raw_phone(answers(ok())) as phone:
        async with Transport(clock=TickingClock(), bounds=PATIENT).connect(phone.target()) as connection:
            await connection.send(GET)
            pass_time(PATIENT.total_s)
            with pytest.raises(PhoneTimeout, match=r"longer than 90 s in all"):
                await connection.send(GET)
            assert (await connection.send_last(POST)).status == 200
        assert len(phone.requests) == 2


@pytest.mark.anyio
@pytest.mark.parametrize(("gone_s", "ends_at_s"), [(0, 60), (29, 60), (31, 90)])
async def test_a_request_that_takes_too_long_names_the_bound_it_ran_into(gone_s, ends_at_s):
    async def script(line, _request):
        await line.fall_silent(60)

    unheard = replace(PATIENT, read_s=600)
    async with (
        raw_phone(script) as phone,
        Transport(clock=TickingClock(), bounds=unheard).connect(phone.target()) as connection,
    ):
        pass_time(gone_s)
        with pytest.raises(PhoneTimeout, match=rf"longer than {ends_at_s} s in all"):
            await connection.send(GET)


@pytest.mark.anyio
async def test_a_phone_that_accepts_nobody_ends_at_the_connect_bound():
    with socket.socket() as sock, socket.socket() as first, socket.socket() as second:
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        for waiting in (first, second):  # fill its queue, which nobody empties
            waiting.setblocking(False)
            waiting.connect_ex(sock.getsockname())
        target = Target(name="desk-101", url=f"http://127.0.0.1:{sock.getsockname()[1]}")
        barred = replace(PATIENT, connect_s=0.4)
        async with Transport(clock=TickingClock(), bounds=barred).connect(target) as connection:
            with pytest.raises(PhoneTimeout, match=r"did not accept a connection within 0\.4 s"):
                await connection.send(GET)


@pytest.mark.anyio
async def test_a_phone_that_takes_no_request_ends_at_the_read_bound():
    server = socket.socket()
    with server:
        server.bind(("127.0.0.1", 0))
        server.listen()  # the system accepts, nobody reads
        target = Target(name="desk-101", url=f"http://127.0.0.1:{server.getsockname()[1]}")
        unread = replace(PATIENT, read_s=0.15)
        async with Transport(clock=TickingClock(), bounds=unread).connect(target) as connection:
            with pytest.raises(PhoneTimeout, match="took none of the request"):
                await connection.send(Request(path="/", method="POST", content=bytes(16 * 1024 * 1024)))


@pytest.mark.anyio
@pytest.mark.parametrize("secure", [False, True])
async def test_a_long_request_and_a_long_answer_arrive_whole(secure, paper):
    page = bytes(range(256)) * 12_000
    wide = Bounds(body_bytes=len(page))
    lengths = []

    async def script(line, request):
        lengths.append(len(request.partition(b"\r\n\r\n")[2]))
        await line.say(ok(page))

    async with raw_phone(script, tls=paper.server_context() if secure else None) as phone:
        response = await fetch(phone, Request(path="/", method="POST", content=page), bounds=wide)
        assert response.content == page
        assert lengths == [len(page)]


@pytest.mark.anyio
async def test_a_hanging_tls_handshake_ends_at_the_connect_bound():
    async with raw_phone(answers(ok())) as phone:  # waits for the end of an HTTP head that never comes
        phone.url = phone.url.replace("http", "https")
        failing = asyncio.create_task(fault(phone, POST))
        while not phone.connections:  # noqa: ASYNC110  the phone's doing
            await asyncio.sleep(0.01)
        await turns()
        pass_time(PATIENT.connect_s)
        error = await failing
        assert isinstance(error, PhoneTimeout)
        assert "did not finish the TLS handshake within 10 s" in error.message
        assert phone.requests == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "status", [b"500 Internal Server Error", b"404 Not Found", b"401 Unauthorized", b"302 Found"]
)
async def test_any_status_is_handed_on_as_it_is(status):
    async with raw_phone(answers(ok(b"no", b"Location: http://192.0.2.9/[", status=status))) as phone:
        response = await fetch(phone)
        assert (response.status, response.content) == (int(status[:3]), b"no")
        assert response.header("location") == "http://192.0.2.9/["


@pytest.mark.anyio
@pytest.mark.parametrize("how", ["close", "reset"])
async def test_an_answer_cut_at_any_byte_of_a_declared_length_is_never_a_shorter_one(how):
    whole = ok(BODY, b"Content-Type: text/html")
    length = 0

    async def script(line, _request):
        await line.say(whole[:length])
        if how == "reset":
            line.reset()
        else:
            line.writer.close()

    async with raw_phone(script) as phone:
        for length in range(len(whole)):
            error = await fault(phone)
            assert isinstance(error, PhoneUnreachable | UnexpectedResponse), length


@pytest.mark.anyio
async def test_an_answer_cut_at_any_byte_of_its_chunks_is_never_a_shorter_one(reading):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    whole = head + b"5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n"
    length = 0

    async def script(line, _request):
        await line.say(whole[:length])
        line.writer.close()

    async with raw_phone(script) as phone:
        for length in range(len(whole)):
            if reading == "lenient" and length >= whole.index(b"\n0\r\n") + len("\n0\r\n"):
                assert (await fetch(phone)).content == b"abcdefgh"  # the last chunk is the end mark
                continue
            error = await fault(phone)
            assert isinstance(error, PhoneUnreachable | UnexpectedResponse), length
        length = len(whole)
        assert (await fetch(phone)).content == b"abcdefgh"


@pytest.mark.anyio
async def test_an_answer_without_a_length_is_what_came_until_the_close_and_its_head_cut_is_an_error():
    head = b"HTTP/1.0 200 OK\r\nServer: mini\r\n\r\n"
    whole = head + BODY
    length = 0

    async def script(line, _request):
        await line.say(whole[:length])
        line.writer.close()

    async with raw_phone(script) as phone:
        for length in range(len(whole) + 1):
            if length < len(head):
                assert isinstance(await fault(phone), PhoneUnreachable | UnexpectedResponse), length
            else:
                # Nothing marks this cut: the end mark that a parser looks for does.
                assert (await fetch(phone)).content == whole[len(head) : length]


@pytest.mark.anyio
async def test_an_answer_without_a_length_that_ends_in_a_reset_is_an_error():
    async def script(line, _request):
        await line.say(b"HTTP/1.0 200 OK\r\n\r\n" + BODY)
        await asyncio.sleep(0.05)
        line.reset()

    async with raw_phone(script) as phone:
        error = await fault(phone)
        assert isinstance(error, PhoneUnreachable)
        assert "in the middle of its answer" in error.message


@pytest.mark.anyio
async def test_what_is_not_http_is_an_unexpected_response_without_the_secrets_in_it():
    async with raw_phone(answers(b"SSH-2.0 token=0123456789abcdef0123\r\n\r\n", close=True)) as phone:
        error = await fault(phone)
        assert isinstance(error, UnexpectedResponse)
        assert "broke HTTP" in error.message
        assert "0123456789abcdef" not in str(error)
        assert error.__cause__ is None
        assert error.__suppress_context__


@pytest.mark.anyio
async def test_two_lengths_that_disagree_are_an_error_but_to_a_lenient_reader(reading):
    async with raw_phone(
        answers(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\nabcd")
    ) as phone:
        if reading == "lenient":
            assert (await fetch(phone)).content == b"abcd"
            return
        assert isinstance(await fault(phone), UnexpectedResponse)


@pytest.mark.anyio
async def test_an_unknown_transfer_encoding_is_an_error():
    async with raw_phone(answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")) as phone:
        assert isinstance(await fault(phone), UnexpectedResponse)


@pytest.mark.anyio
async def test_a_broken_header_of_an_old_phone_is_tolerated():
    odd = ok(
        b"x", b"Content-Type: text/html; charset=%s", b"Set-Cookie: HttpOnly", status=b"401 Unauthorized"
    )
    async with raw_phone(answers(odd)) as phone:
        response = await fetch(phone)
        assert response.header("content-type") == "text/html; charset=%s"
        assert response.cookies == {}


@pytest.mark.anyio
async def test_http_spoken_to_a_tls_port_says_so(paper):
    async with raw_phone(answers(ok()), tls=paper.server_context()) as phone:
        phone.url = phone.url.replace("https", "http")
        error = await fault(phone)
        assert isinstance(error, UnexpectedResponse | PhoneUnreachable)
        assert "https://" in error.hint or "without an answer" in error.message


@pytest.mark.anyio
async def test_a_connection_closed_while_idle_is_opened_anew():
    async with (
        raw_phone(answers(ok(b"one"), ok(b"two"), close=True)) as phone,
        Transport(clock=TickingClock()).connect(phone.target()) as connection,
    ):
        assert (await connection.send(POST)).content == b"one"
        await asyncio.sleep(0.05)
        assert (await connection.send(POST)).content == b"two"
        assert phone.connections == 2


@pytest.mark.anyio
async def test_requests_of_one_conversation_share_one_connection_and_never_overlap():
    together = 0
    most = 0

    async def script(line, _request):
        nonlocal together, most
        together += 1
        most = max(most, together)
        await asyncio.sleep(0.01)
        together -= 1
        await line.say(ok())

    async with (
        raw_phone(script) as phone,
        Transport(clock=TickingClock()).connect(phone.target()) as connection,
    ):
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(connection.send(GET))
        assert most == 1
        assert phone.connections == 1


@pytest.mark.anyio
async def test_a_cancelled_request_leaves_a_conversation_that_still_works():
    first = asyncio.Event()

    async def script(line, request):
        if b"/slow" in request:
            first.set()
            await line.hang()
        await line.say(ok(b"after"))

    async with (
        raw_phone(script) as phone,
        Transport(clock=TickingClock()).connect(phone.target()) as connection,
    ):
        task = asyncio.create_task(connection.send(Request(path="/slow")))
        await first.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await connection.send(GET)).content == b"after"


def broken_transport(exc):
    def refuse(_request):
        raise exc

    return lambda _target: httpx.MockTransport(refuse)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("raised", "kind", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), PhoneUnreachable, "was not found"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), PhoneUnreachable, "no route to phone desk-101"),
        (OSError(errno.EMFILE, "Too many open files"), PhoneUnreachable, "no file descriptor left"),
        (
            OSError(errno.EADDRNOTAVAIL, "Cannot assign"),
            PhoneUnreachable,
            "could not be reached: Cannot assign",
        ),
        (
            TimeoutError(errno.ETIMEDOUT, "Connection timed out"),
            PhoneTimeout,
            "does not answer on the network",
        ),
        (ConnectionResetError(errno.ECONNRESET, "reset"), PhoneUnreachable, "broke the connection"),
        (BrokenPipeError(errno.EPIPE, "pipe"), PhoneUnreachable, "broke the connection"),
        (httpx.ConnectError("no"), PhoneUnreachable, "refused the connection"),
        (httpx.ConnectTimeout("no"), PhoneTimeout, "accept a connection within"),
        (httpx.ReadTimeout("no"), PhoneTimeout, "did not answer"),
        (httpx.WriteTimeout("no"), PhoneTimeout, "took none of the request"),
        (httpx.PoolTimeout("no"), PhoneTimeout, "does not answer"),
        (httpx.ReadError("no"), PhoneUnreachable, "broke the connection"),
        (httpx.RemoteProtocolError("odd"), UnexpectedResponse, "broke HTTP: odd"),
        (ssl.SSLError(1, "odd"), PhoneUnreachable, "TLS with phone desk-101 at .* failed: no reason given"),
        (httpx.DecodingError("odd"), PhoneUnreachable, "could not be reached: DecodingError"),
    ],
    ids=lambda value: getattr(value, "__name__", None) or repr(value)[:40],
)
async def test_every_error_from_below_becomes_one_of_ours_that_names_the_phone(raised, kind, words):
    transport = Transport(clock=TickingClock(), http=broken_transport(raised))
    async with transport.connect(Target(name="desk-101", url="http://192.0.2.11")) as connection:
        with pytest.raises(kind, match=words) as caught:
            await connection.send(GET)
        assert type(caught.value) is kind
        assert "desk-101" in caught.value.message


@pytest.mark.anyio
async def test_a_fault_of_the_driver_is_not_blamed_on_the_phone():
    transport = Transport(
        clock=TickingClock(), http=broken_transport(httpx.LocalProtocolError("secret-value"))
    )
    async with transport.connect(Target(name="desk-101", url="http://192.0.2.11")) as connection:
        with pytest.raises(DriverError) as caught:
            await connection.send(GET)
        assert "secret-value" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": "192.0.2.11"}, "no http address"),
        ({"url": "ftp://192.0.2.11"}, "no http address"),
        ({"url": "http://"}, "no http address"),
        ({"url": "http://192.0.2.11/servlet"}, "holds a path"),
        ({"url": "http://192.0.2.11?x=1"}, "holds a path"),
        ({"url": "http://[::1"}, "cannot be read"),
        ({"url": "http://admin:planted-secret@192.0.2.11"}, "holds a user name or password"),
        ({"url": "https://192.0.2.11", "tls": "pinned"}, "is not known"),
        ({"url": "https://192.0.2.11", "tls": "pin:sha256:abc"}, "not a SHA-256"),
        ({"url": "https://192.0.2.11", "tls": "pin"}, "not a SHA-256"),
    ],
)
def test_a_wrong_address_or_tls_setting_is_one_sentence(settings, words):
    with pytest.raises(ConfigError, match=words) as caught:
        Target(name="desk-101", **settings)
    assert "planted-secret" not in str(caught.value)
    assert "desk-101" in caught.value.message


def test_a_pin_may_be_written_with_colons_and_capitals():
    pin = "AB:" * 31 + "CD"
    assert Target(name="a", url="https://192.0.2.11:8443", tls=f"pin:sha256:{pin}").pin == "ab" * 31 + "cd"
