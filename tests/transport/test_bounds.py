"""No answer, however long or however tightly packed, takes more memory than its bound."""

import gzip
import itertools
import zlib

import httpx
import pytest

from phonesync.driver.session import Request
from phonesync.errors import PhoneUnreachable, UnexpectedResponse
from phonesync.transport import Target, Transport
from phonesync.transport.body import Body

from .raw_phone import PATIENT, TickingClock, answers, ok, raw_phone

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("reading")]

PAGE = b"<html>" + bytes(range(256)) * 20 + b"</html>"
MOST = PATIENT.body_bytes


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED = {
    "gzip": gzip.compress(PAGE),
    "x-gzip": gzip.compress(PAGE[:3000]) + gzip.compress(PAGE[3000:]),
    "deflate": zlib.compress(PAGE),
    " Deflate ": raw_deflate(PAGE),
    "identity": PAGE,
    "": PAGE,
}


async def fetch(phone, path="/list"):
    async with Transport(clock=TickingClock(), bounds=PATIENT).connect(phone.target()) as connection:
        return await connection.send(Request(path=path))


async def refusal(phone, path="/list") -> UnexpectedResponse:
    with pytest.raises(UnexpectedResponse) as caught:
        await fetch(phone, path)
    return caught.value


def chunked(*chunks):
    parts = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(parts)


@pytest.mark.anyio
@pytest.mark.parametrize("encoding", PACKED)
async def test_every_encoding_offered_is_decoded(encoding):
    reply = ok(PACKED[encoding], b"Content-Encoding: " + encoding.encode())
    async with raw_phone(answers(reply)) as phone:
        assert (await fetch(phone)).content == PAGE


@pytest.mark.parametrize("encoding", PACKED)
def test_pieces_of_any_size_decode_to_the_same_page(encoding):
    for size in (1, 2, 7, 1000):
        body = Body(phone="a", encoding=encoding, most=MOST)
        for start in range(0, len(PACKED[encoding]), size):
            body.feed(PACKED[encoding][start : start + size])
        assert body.finish() == PAGE


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", " Deflate "])
def test_compressed_data_cut_anywhere_are_never_a_shorter_page(encoding):
    packed = PACKED[encoding]
    boundary = len(gzip.compress(PAGE[:3000])) if encoding == "x-gzip" else 0
    for length in range(1, len(packed)):
        if length == boundary:
            continue  # between two members nothing shows that another one was to come
        body = Body(phone="a", encoding=encoding, most=MOST)
        body.feed(packed[:length])
        with pytest.raises(UnexpectedResponse, match="it was cut"):
            body.finish()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", " Deflate "])
def test_anything_behind_the_end_of_compressed_data_is_damage(encoding):
    body = Body(phone="a", encoding=encoding, most=MOST)
    with pytest.raises(UnexpectedResponse, match="are damaged"):
        body.feed(PACKED[encoding] + b"more")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_an_empty_body_may_claim_any_encoding(encoding):
    assert Body(phone="a", encoding=encoding, most=MOST).finish() == b""


@pytest.mark.parametrize("limit", [len(PAGE) - 1, len(PAGE)])
@pytest.mark.parametrize("encoding", PACKED)
def test_the_bound_is_exact(encoding, limit):
    body = Body(phone="a", encoding=encoding, most=limit)
    if limit == len(PAGE):
        body.feed(PACKED[encoding])
        assert body.finish() == PAGE
    else:
        with pytest.raises(UnexpectedResponse, match=f"more than {limit} bytes"):
            body.feed(PACKED[encoding])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        (b"gzip", gzip.compress(bytes(50_000_000))),
        (b"deflate", zlib.compress(bytes(50_000_000))),
        (b"deflate", raw_deflate(bytes(50_000_000))),
        (b"gzip", gzip.compress(bytes(1000)) * 1000),
    ],
    ids=["gzip", "deflate", "raw deflate", "many members"],
)
async def test_a_compressed_bomb_stops_at_the_bound(encoding, bomb):
    # In chunks, since a declared length would end it before it is looked at.
    reply = chunked(bomb).replace(b"\r\n\r\n", b"\r\nContent-Encoding: " + encoding + b"\r\n\r\n", 1)
    async with raw_phone(answers(reply + b"0\r\n\r\n")) as phone:
        error = await refusal(phone)
        assert f"more than {MOST} bytes" in error.message
        assert len(error.content) <= MOST + 1


@pytest.mark.anyio
@pytest.mark.parametrize("encoding", [b"br", b"zstd", b"gzip, gzip", b"compress", b"\xff"])
async def test_an_encoding_that_was_not_offered_is_refused(encoding):
    async with raw_phone(answers(ok(b"x", b"Content-Encoding: " + encoding))) as phone:
        error = await refusal(phone)
        assert "was not offered" in error.message


@pytest.mark.anyio
async def test_damaged_compressed_data_are_refused():
    async with raw_phone(answers(ok(b"not gzip at all", b"Content-Encoding: gzip"))) as phone:
        assert "gzip data are damaged" in (await refusal(phone)).message


@pytest.mark.anyio
async def test_a_body_too_long_by_its_own_word_is_refused_unread():
    async def script(line, _request):
        await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        await line.hang()

    async with raw_phone(script) as phone:
        assert f"more than {MOST} bytes" in (await refusal(phone)).message


@pytest.mark.anyio
@pytest.mark.parametrize(
    "head", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]
)
async def test_an_endless_body_stops_at_the_bound(head):
    async def script(line, _request):
        await line.say(head)
        while True:
            await line.say(b"3e8\r\n" + b"x" * 1000 + b"\r\n")

    async with raw_phone(script) as phone:
        error = await refusal(phone)
        assert f"more than {MOST} bytes" in error.message
        assert (error.status, error.path) == (200, "/list")
        assert error.content.strip(b"x3e8\r\n") == b""


@pytest.mark.anyio
@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\n", b"", b"HTTP/1.1 100 Continue\r\n\r\n"])
async def test_a_flood_of_headers_stops_at_the_bound(start):
    sent = 0

    async def script(line, _request):
        nonlocal sent
        await line.say(start)
        for number in itertools.count():
            piece = (
                b"HTTP/1.1 100 Continue\r\n\r\n"
                if b"100" in start
                else b"X-Flood-%d: aaaaaaaaaaaaa\r\n" % number
            )
            await line.say(piece)
            sent += len(piece)

    async with raw_phone(script) as phone:
        error = await refusal(phone)
        assert "endless head" in error.message or "broke HTTP" in error.message


@pytest.mark.anyio
async def test_a_single_endless_header_stops_at_the_bound():
    async def script(line, _request):
        await line.say(b"HTTP/1.1 200 OK\r\nX-Flood: ")
        while True:
            await line.say(b"a" * 1000)

    async with raw_phone(script) as phone:
        assert "endless head" in (await refusal(phone)).message


@pytest.mark.anyio
async def test_a_long_head_within_the_bound_is_read_with_the_body_behind_it():
    reply = ok(PAGE, *(b"X-Long-%02d: %b" % (number, b"a" * 80) for number in range(35)))
    assert PATIENT.header_bytes - 1000 < reply.index(b"\r\n\r\n") < PATIENT.header_bytes
    async with raw_phone(answers(reply)) as phone:
        response = await fetch(phone)
        assert response.content == PAGE
        assert len(response.headers) == 36


@pytest.mark.anyio
async def test_an_error_says_what_is_known_of_the_answer():
    reply = ok(b"\x1f\x8b", b"Content-Type: text/html", b"Content-Encoding: gzip", status=b"203 Odd")
    async with raw_phone(answers(reply)) as phone:
        error = await refusal(phone, "/list?m=mod_data&pwd=planted")
        assert (error.status, error.content_type) == (203, "text/html")
        assert error.path == "/list?m=mod_data&pwd=***"


@pytest.mark.anyio
async def test_a_simulated_answer_shorter_than_its_length_is_cut_as_well():
    def answer(_request):
        return httpx.Response(200, headers={"Content-Length": "10"}, stream=httpx.ByteStream(b"four"))

    transport = Transport(clock=TickingClock(), http=lambda _: httpx.MockTransport(answer))
    async with transport.connect(Target(name="a", url="http://192.0.2.11")) as connection:
        with pytest.raises(PhoneUnreachable, match="ended before its declared length"):
            await connection.send(Request(path="/"))
