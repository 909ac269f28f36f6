"""Every documented way of breaking HTTP, byte by byte over real sockets; what means nothing stays an error."""

import asyncio
import contextlib
import gzip
from dataclasses import replace
from random import Random

import httpx
import pytest

from phonesync.agent.reading import Access, Visit
from phonesync.clock import SystemClock
from phonesync.driver.session import Credentials, Request
from phonesync.errors import DriverError, PhoneError, PhoneTimeout, PhoneUnreachable, UnexpectedResponse
from phonesync.model import no_quirks
from phonesync.transport import Transport
from phonesync.transport.answer import HeadReader, content_of
from tests.system import broken_http
from tests.toyvendor.driver import ToyDriver

from .malformed import BODY, HOPELESS, LENGTH, ODD, Odd, mutated
from .raw_phone import PATIENT, TickingClock, answers, ok, raw_phone

pytestmark = [pytest.mark.network, pytest.mark.anyio]

GET = Request(path="/list")
POST = Request(path="/login", method="POST", content=b"a=1")


def named(odd):
    return odd.name


def said(sent, *, bytewise=True, close=True):
    """A script: the answer, each byte in a packet of its own, and then the end of the connection."""

    async def script(line, _request):
        if bytewise:
            for byte in sent:
                await line.say(bytes([byte]))
                await asyncio.sleep(0)
        else:
            await line.say(sent)
        if close:
            line.writer.close()

    return script


async def fetch(phone, request=GET, *, bounds=PATIENT, leniently=True):
    async with Transport(clock=TickingClock(), bounds=bounds).connect(phone.target()) as connection:
        await connection.read_answers(leniently=leniently)
        return await connection.send(request)


async def fault(phone, request=GET, *, bounds=PATIENT, leniently=True) -> PhoneError:
    with pytest.raises(PhoneError) as caught:
        await fetch(phone, request, bounds=bounds, leniently=leniently)
    return caught.value


@pytest.mark.parametrize("bytewise", [True, False])
@pytest.mark.parametrize("odd", ODD, ids=named)
async def test_what_a_broken_answer_means_is_understood(odd, bytewise):
    async with raw_phone(said(odd.sent, bytewise=bytewise)) as phone:
        response = await fetch(phone, POST)
    assert (response.status, response.content) == (odd.status, BODY)
    for name, value in odd.headers:
        assert response.header(name) == value
    assert dict(response.cookies) == dict(odd.cookies)


@pytest.mark.parametrize("odd", ODD, ids=named)
async def test_the_strict_transport_understands_it_too_or_says_that_http_was_broken(odd):
    async with raw_phone(said(odd.sent, bytewise=False)) as phone:
        if odd.strict:
            assert (await fetch(phone, leniently=False)).content == BODY
        else:
            error = await fault(phone, leniently=False)
            assert isinstance(error, UnexpectedResponse)
            assert "broke HTTP" in error.message


@pytest.mark.parametrize("odd", ODD, ids=named)
async def test_it_is_cut_nowhere_unnoticed_but_where_nothing_marks_its_end(odd):
    length = 0

    async def script(line, _request):
        await line.say(odd.sent[:length])
        line.writer.close()

    async with raw_phone(script) as phone:
        for length in range(len(odd.sent)):
            try:
                content = (await fetch(phone)).content
            except (PhoneUnreachable, UnexpectedResponse):
                continue
            assert BODY.startswith(content), length
            assert content == BODY or not odd.marked, length


@pytest.mark.parametrize("sent", HOPELESS)
async def test_what_means_nothing_is_an_error_of_the_phone(sent):
    async with raw_phone(said(sent)) as phone:
        error = await fault(phone)
        assert isinstance(error, PhoneUnreachable | UnexpectedResponse)
        assert "desk-101" in error.message
        assert ("speaks TLS" in error.message) == sent.startswith(b"\x15\x03")


async def test_a_connection_is_used_again_behind_a_faultless_answer_only():
    faultless = Odd(name="faultless", sent=ok(BODY), kept=True)
    for odd in (faultless, *ODD):
        # One that is not kept may end only at the read bound: the phone never closes.
        bounds = PATIENT if odd.kept else replace(PATIENT, read_s=0.15)
        async with (
            raw_phone(answers(odd.sent)) as phone,
            Transport(clock=TickingClock(), bounds=bounds).connect(phone.target()) as connection,
        ):
            await connection.read_answers(leniently=True)
            for _ in range(2):
                with contextlib.nullcontext() if odd.kept else contextlib.suppress(PhoneTimeout):
                    await connection.send(POST)
            assert phone.connections == (1 if odd.kept else 2), odd.name


async def test_neither_a_length_nor_a_close_ends_at_the_read_bound():
    async def script(line, _request):
        await line.say(b"HTTP/1.0 200 OK\r\n\r\n" + BODY)
        await line.fall_silent(PATIENT.read_s)

    async with raw_phone(script) as phone:
        error = await fault(phone)
        assert isinstance(error, PhoneTimeout)
        assert "stopped in the middle of its answer" in error.message


@pytest.mark.parametrize(
    "start",
    [
        b"#!",
        b"#!/bin/sh\n" * 10,
        b"HTTP/1.0 200 OK\r\nno-colon\r\n",
        b"HTTP/1.1 200 OK\r\nX: y\r\n ",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
async def test_an_endless_head_ends_at_its_bound(start):
    async def script(line, _request):
        while True:
            await line.say(start)
            await asyncio.sleep(0)

    async with raw_phone(script) as phone:
        error = await fault(phone)
        assert isinstance(error, UnexpectedResponse)
        assert "endless head" in error.message


@pytest.mark.parametrize("start", [b"1" * 10_000, b"1;" + b"x" * 10_000, b"0\r\n" + b"X: y\r\n" * 2000])
async def test_an_endless_line_between_chunks_ends_at_its_bound(start):
    sent = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + start
    async with raw_phone(said(sent, bytewise=False, close=False)) as phone:
        error = await fault(phone)
        assert isinstance(error, UnexpectedResponse)
        assert "endless line between chunks" in error.message


async def test_a_body_without_a_length_has_the_same_bound_packed_or_not():
    most = PATIENT.body_bytes
    packed = gzip.compress(bytes(100 * most))
    for head, body in ((b"", bytes(most + 1)), (b"Content-Encoding: gzip\r\n", packed)):
        sent = b"#!/bin/sh\nHTTP/1.0 200 OK\r\n" + head + b"\r\n" + body
        async with raw_phone(said(sent, bytewise=False, close=False)) as phone:
            error = await fault(phone)
            assert isinstance(error, UnexpectedResponse)
            assert "more than 20000 bytes" in error.message


async def test_a_packed_body_without_a_length_that_is_cut_is_noticed():
    sent = b"HTTP/1.0 200 OK\nContent-Encoding: gzip\n\n" + gzip.compress(BODY * 10)
    async with raw_phone(said(sent[:-9], bytewise=False)) as phone:
        assert "data end too early" in (await fault(phone)).message


async def test_no_secret_of_a_broken_answer_is_told():
    async with raw_phone(said(b"token=0123456789abcdef0123\r\n\r\n")) as phone:
        error = await fault(phone)
        assert "0123456789abcdef" not in f"{error}{error.excerpt}"


async def test_a_redirect_of_a_broken_answer_is_followed_on_the_same_phone_only():
    def moved(where):
        return b"#!/bin/sh\nHTTP/1.0 302\nLocation: " + where + b"\n\n"

    follow = replace(GET, follow_redirects=True)
    async with raw_phone(answers(moved(b"/there"), ok(BODY), close=True)) as phone:
        assert (await fetch(phone, follow)).content == BODY
        assert phone.requests[1].startswith(b"GET /there ")
    async with raw_phone(answers(moved(b"http://192.0.2.99/"), close=True)) as phone:
        assert "redirects elsewhere" in (await fault(phone, follow)).message


async def test_going_over_to_the_other_reader_closes_the_connection_first():
    async with (
        raw_phone(answers(ok(BODY))) as phone,
        Transport(clock=TickingClock(), bounds=PATIENT).connect(phone.target()) as connection,
    ):
        for leniently in (False, True, True, False):
            await connection.read_answers(leniently=leniently)
            assert connection.reads_leniently == leniently
            assert (await connection.send(GET)).content == BODY
        assert phone.connections == 3
        assert not connection.broke_http


async def test_a_request_that_is_no_http_is_not_sent():
    async with raw_phone(answers(ok())) as phone:
        with pytest.raises(DriverError):
            await fetch(phone, Request(path="/", headers=(("Cookie", "a=b\r\nX-Other: c"),)))
        assert phone.requests == []


async def test_an_answer_to_head_has_no_body_whatever_it_declares():
    async with raw_phone(said(b"HTTP/1.0 200 OK\r\n" + LENGTH + b"\r\n", close=False)) as phone:
        assert (await fetch(phone, Request(path="/", method="HEAD"))).content == b""


ANSWERS = 3_000


async def test_thousands_of_mutated_answers_bring_a_value_or_an_error_of_the_phone():
    """Over real sockets; `make verify` sends ten thousand of each of its seeds."""
    tally = await broken_http.run(answers=ANSWERS, seed=1)
    assert tally.strange == []
    assert sum(tally.outcomes.values()) == ANSWERS
    assert min(tally.outcomes[name] for name in broken_http.ALLOWED) > 10


@pytest.mark.parametrize("seed", range(300))
async def test_an_answer_means_the_same_however_it_is_cut_into_packets(seed):
    rng = Random(seed)
    sent = mutated(rng)
    cuts = [rng.randrange(1, 1 + rng.choice((1, 5, 100))) for _ in sent]
    assert whole(sent, [len(sent)]) == whole(sent, [1] * len(sent)) == whole(sent, cuts)


def whole(sent, cuts):
    """Head and body of an answer that arrives in pieces of these lengths, or what is wrong with it."""
    reader, head, content, body = HeadReader(), None, None, b""
    try:
        for length in cuts:
            piece, sent = sent[:length], sent[length:]
            if content is None:
                head = reader.feed(piece)
                if head is None:
                    continue
                content, piece = content_of(head, method="GET", line_bytes=10_000), reader.rest
            if not content.done:
                body += content.feed(piece)
        if content is None:
            return None
        if not content.done:
            content.end()
    except httpx.RemoteProtocolError as error:
        # What had come of an illegal status line differs; that there is none does not.
        return str(error).partition(":")[0]
    return head.status, head.headers, body


CALLS = (
    b'<calls time="2025-03-06 11:10:00"><list code="out"/><list code="in"/><list code="lost"/>'
    b'<list code="away"/></calls>'
)
PAGES = {
    b"/about.xml": b'<phone maker="Toy" model="Toy20" firmware="2.0"/>',
    b"/account.xml": b"<account/>",
    b"/calls.xml": CALLS,
}


NO_QUIRKS = no_quirks()


class OddToyDriver(ToyDriver):
    """Its phones break HTTP, and its data may say so."""

    def __init__(self, *, lenient_http) -> None:
        self._lenient_http = lenient_http

    def capabilities(self, identity, *, quirks=NO_QUIRKS):
        return replace(super().capabilities(identity, quirks=quirks), lenient_http=self._lenient_http)


class Unasked:
    """Told of user and password, as the agent is; here nobody asks."""

    def __init__(self) -> None:
        self.told = []

    async def offer(self):
        self.told.append("offer")

    async def accepted(self):
        self.told.append("accepted")


async def visited(*, lenient_http, broken=frozenset(PAGES)):
    """One read of a toy phone that breaks HTTP on some pages; the paths that were asked for."""

    async def script(line, request):
        path = request.split(b" ")[1]
        head = b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n"
        await line.say((b"#!/bin/sh\n" if path in broken else b"") + head + PAGES[path])
        line.writer.close()

    async def no_mark(_variant):
        return

    async with raw_phone(script) as phone:
        credentials = Credentials(username="admin", password="planted")
        access = Access(target=phone.target(), certificate=None, credentials=credentials)
        visit = Visit(
            access,
            transport=Transport(clock=SystemClock(), bounds=PATIENT),
            drivers={"toy": OddToyDriver(lenient_http=lenient_http)},
            clock=SystemClock(),
            offering=Unasked(),
        )
        try:
            return await visit.read(no_mark), [r.split(b" ")[1] for r in phone.requests]
        except UnexpectedResponse as error:
            return error, [r.split(b" ")[1] for r in phone.requests]


async def test_a_phone_that_breaks_http_is_identified_leniently_and_read_so_by_its_variant():
    log, asked = await visited(lenient_http=True)
    assert [snapshot.list_code for snapshot in log.snapshots] == ["out", "in", "lost", "away"]
    assert asked == [b"/about.xml", b"/about.xml", b"/account.xml", b"/calls.xml"]


async def test_a_phone_that_breaks_http_behind_the_sign_in_only_is_read_by_its_variant():
    log, asked = await visited(lenient_http=True, broken={b"/calls.xml"})
    assert len(log.snapshots) == 4
    assert asked == [b"/about.xml", b"/account.xml", b"/calls.xml"]


async def test_a_variant_that_keeps_to_http_is_not_read_leniently_however_it_was_identified():
    error, asked = await visited(lenient_http=False)
    assert "broke HTTP" in error.message
    assert asked == [b"/about.xml", b"/about.xml", b"/account.xml"]
