"""Answers that break HTTP: each documented or known deviation, what it means, and mutations of all of them."""

from dataclasses import dataclass
from random import Random

BODY = b'{"response":"success","body":{"sid":"0123","role":"admin"}}'
LENGTH = b"Content-Length: %d\r\n" % len(BODY)


@dataclass(frozen=True, kw_only=True)
class Odd:
    """One answer, sent before the phone closes the connection.

    Attributes:
        name: What is odd about it.
        sent: Its bytes.
        strict: The strict transport understands it too.
        marked: It shows its own end; else every cut of the body reads as a shorter one.
        kept: Not so odd: the connection may be used again behind it.
        status: What it means.
        headers: Some that must be found, the first of each name.
        cookies: What it sets.
    """

    name: str
    sent: bytes
    strict: bool = False
    marked: bool = True
    kept: bool = False
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()


KIND = ("Content-Type", "application/json")
ODD = (
    Odd(
        name="HTTP/1.0 with Set-Cookie: HttpOnly",
        sent=b"HTTP/1.0 200 OK\r\nSet-Cookie: HttpOnly\r\nContent-Type: application/json\r\n"
        + LENGTH
        + b"\r\n"
        + BODY,
        strict=True,
        headers=(KIND, ("Set-Cookie", "HttpOnly")),
    ),
    Odd(
        name="HTTP/1.0 with Set-Cookie: HttpOnly, no length",
        sent=b"HTTP/1.0 200 OK\r\nSet-Cookie: HttpOnly\r\nSet-Cookie: session-identity=0123;path=/\r\n\r\n"
        + BODY,
        strict=True,
        marked=False,
        cookies=(("session-identity", "0123"),),
    ),
    Odd(
        name="a shebang line before the status line",
        sent=b"#!/bin/sh\nHTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + BODY,
        marked=False,
        headers=(KIND,),
    ),
    Odd(
        name="a shebang line with a colon, and blank lines, before the status line",
        sent=b"\r\n#!/usr/bin/env a:b\r\n\r\nHTTP/1.0 200 OK\r\nContent-Type: application/json\r\n"
        + LENGTH
        + b"\r\n"
        + BODY,
        headers=(KIND,),
    ),
    Odd(
        name="a shebang line among the headers",
        sent=b"HTTP/1.0 200 OK\r\nServer: web\r\n#!/bin/sh\r\nContent-Type: application/json\r\n"
        + LENGTH
        + b"\r\n"
        + BODY,
        headers=(KIND, ("Server", "web")),
    ),
    Odd(
        name="a shebang line with a colon as the first header",
        sent=b"HTTP/1.0 200 OK\r\n#!/usr/bin/env a:b\nContent-Type: application/json\r\n\r\n" + BODY,
        marked=False,
        headers=(KIND,),
    ),
    Odd(
        name="no length in HTTP/1.1",
        sent=b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + BODY,
        strict=True,
        marked=False,
        headers=(KIND,),
    ),
    Odd(
        name="bare LF line ends",
        sent=b"HTTP/1.0 200 OK\nContent-Type: application/json\nContent-Length: %d\n\n" % len(BODY) + BODY,
        strict=True,
        headers=(KIND,),
    ),
    Odd(
        name="the same length twice",
        sent=b"HTTP/1.1 200 OK\r\n" + LENGTH * 2 + b"\r\n" + BODY,
        strict=True,
    ),
    Odd(
        name="the same length twice in one line",
        sent=b"HTTP/1.1 200 OK\r\nContent-Length: %d, %d\r\n\r\n" % (len(BODY), len(BODY)) + BODY,
        strict=True,
    ),
    Odd(
        name="two lengths, the greater one right",
        sent=b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n" + LENGTH + b"\r\n" + BODY,
        marked=False,
    ),
    Odd(
        name="two lengths, the lesser one right",
        sent=b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n" + LENGTH + b"\r\n" + BODY,
    ),
    *(
        Odd(
            name=f"a length of {value!r}",
            sent=b"HTTP/1.1 200 OK\r\nContent-Length: " + value + b"\r\n\r\n" + BODY,
            marked=False,
        )
        for value in (b"-1", b"many", b"", b"0x3b", b"59 bytes", b"\xd9\xa5\xd9\xa9", b"+59")
    ),
    Odd(
        name="a length of no number beside a right one",
        sent=b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n" + LENGTH + b"\r\n" + BODY,
    ),
    Odd(
        name="a header line without a colon",
        sent=b"HTTP/1.1 200 OK\r\nkeep-alive\r\nContent-Type: application/json\r\n" + LENGTH + b"\r\n" + BODY,
        headers=(KIND,),
    ),
    Odd(
        name="a header without a name, and one with blanks in and behind it",
        sent=b"HTTP/1.1 200 OK\r\n: x\r\nX Odd : y\r\nContent-Type : application/json\r\n"
        + LENGTH
        + b"\r\n"
        + BODY,
        headers=(KIND, ("X Odd", "y")),
    ),
    Odd(
        name="a folded header, and a fold that continues nothing",
        sent=b"HTTP/1.1 200 OK\r\n nothing: before\r\nX-Long: a\r\n\tb\r\n  c\r\n" + LENGTH + b"\r\n" + BODY,
        headers=(("X-Long", "a b c"),),
    ),
    Odd(
        name="control bytes in a header",
        sent=b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=a\x00b\r\nSet-Cookie: sid=a\rb\r\nSet-Cookie: sid=c\r\n"
        + LENGTH
        + b"\r\n"
        + BODY,
        cookies=(("sid", "c"),),
    ),
    Odd(name="no reason phrase", sent=b"HTTP/1.1 200\r\n" + LENGTH + b"\r\n" + BODY, strict=True, kept=True),
    Odd(
        name="a reason in UTF-8",
        sent=b"HTTP/1.1 404 \xd0\xbd\xd0\xb5\xd1\x82\r\n" + LENGTH + b"\r\n" + BODY,
        kept=True,
        strict=True,
        status=404,
    ),
    *(
        Odd(name=f"the status line {line!r}", sent=line + b"\r\n" + LENGTH + b"\r\n" + BODY, status=403)
        for line in (
            b"HTTP/1.1 403Forbidden",
            b"HTTP/1.1  403   Forbidden",
            b"http/1.1 403 forbidden",
            b"HTTP/1 403 Forbidden",
            b"HTTP 403 Forbidden",
            b" HTTP/1.1\t403",
        )
    ),
    Odd(
        name="interim answers before it",
        sent=b"HTTP/1.1 100 Continue\n\n#!/bin/sh\nHTTP/1.1 102\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n"
        + LENGTH
        + b"\r\n"
        + BODY,
    ),
    Odd(
        name="chunks with bare LF, extensions, blanks, trailers without a colon",
        sent=b"HTTP/1.0 200 OK\nTransfer-Encoding: Chunked\n\n 7 ;a=b\n"
        + BODY[:7]
        + b"\n%x\r\n" % (len(BODY) - 7)
        + BODY[7:]
        + b"\r\n0\nodd\n\n",
    ),
    Odd(
        name="chunks and a length",
        sent=b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BODY)
        + BODY
        + b"\r\n0\r\n\r\n",
        strict=True,
    ),
    Odd(
        kept=True,
        name="the identity transfer coding",
        sent=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n" + LENGTH + b"\r\n" + BODY,
    ),
    Odd(
        name="more bytes than its length",
        sent=b"HTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n" + BODY + b"\r\n\r\n",
        strict=True,
    ),
)

HOPELESS = (
    b"",
    b"<html><body>no head at all</body></html>",
    b"Content-Type: application/json\r\n\r\n" + BODY,
    b"HTTP/1.1 2x0 OK\r\n\r\n" + BODY,
    b"HTTP/1.1 099 No\r\n\r\n" + BODY,
    b"HTTP/1.1 2000 No\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: 9\r\n\r\nshort",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 17 + b"\r\nab\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"\x15\x03\x03\x00\x02\x02\x28",
)
"""Answers that mean nothing even to a lenient reader."""

PIECES = (
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b"\n\n",
        b":",
        b" ",
        b"\t",
        b"\x00",
        b"\xff\xfe",
        b"#!/bin/sh\n",
        b"HTTP/1.1 200 OK\r\n",
    ),
    *(
        b"Content-Length: ",
        b"Content-Length: 99999999\r\n",
        b"Content-Length: " + b"9" * 5000 + b"\r\n",
        b"HTTP/1.0 ",
        b"0\r\n\r\n",
    ),
    *(
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Content-Encoding: deflate\r\n",
        b"Content-Encoding: br\r\n",
    ),
    *(
        b"Location: /x\r\n",
        b"Location: http://[\r\n",
        b"Location: //\xff\xfe:99999/\r\n",
        b" 302 ",
        b" 304 ",
        b" 101 ",
        b" 999 ",
        b"ffffffffffffffff\r\n",
    ),
)


def mutated(rng: Random) -> bytes:
    """One of the answers above with a few places changed, taken out, doubled, cut, or filled with rubbish."""
    sent = bytearray(rng.choice(ODD).sent)
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(sent) + 1)
        length = rng.choice((1, 1, 2, 8, 40))
        match rng.randrange(6):
            case 0:
                del sent[at : at + length]
            case 1:
                sent[at : at + length] = rng.randbytes(length)
            case 2:
                sent[at:at] = sent[at : at + length] * rng.randrange(1, 4)
            case 3:
                sent[at:at] = rng.choice(PIECES)
            case 4:
                sent[at : at + length] = rng.choice(PIECES)
            case _:
                if rng.randrange(4) == 0:
                    del sent[at:]
    return bytes(sent)
