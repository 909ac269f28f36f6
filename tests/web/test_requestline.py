"""Request lines of phones, mended; and everything else, left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.web.requestline import METHODS, end_of, is_simple, mended


def line_of(head):
    return mended(head + b"\r\n\r\n").split(b"\r\n")[0]


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        (b"GET /e/t/in?r=1 HTTP/1.1", b"GET /e/t/in?r=1 HTTP/1.1"),
        (b"GET /e/t/in?n=Olga Smirnova HTTP/1.1", b"GET /e/t/in?n=Olga%20Smirnova HTTP/1.1"),
        (b"GET /e/t/in?n=a b  c HTTP/1.0", b"GET /e/t/in?n=a%20b%20%20c HTTP/1.0"),
        ("GET /e/t/in?n=Ольга HTTP/1.1".encode(), b"GET /e/t/in?n=%D0%9E%D0%BB%D1%8C%D0%B3%D0%B0 HTTP/1.1"),
        ("GET /e/t/in?n=Ольга HTTP/1.1".encode("cp1251"), b"GET /e/t/in?n=%CE%EB%FC%E3%E0 HTTP/1.1"),
        (b'GET /e/t/in?r=*98#&n="x"<y> HTTP/1.1', b"GET /e/t/in?r=*98%23&n=%22x%22%3Cy%3E HTTP/1.1"),
        (b"GET /e/t/in?n=$remote HTTP/1.1", b"GET /e/t/in?n=$remote HTTP/1.1"),
        (b"GET /e/t/in?n=100% HTTP/1.1", b"GET /e/t/in?n=100% HTTP/1.1"),
        (b"GET /e/t/in?n=%D0%9E HTTP/1.1", b"GET /e/t/in?n=%D0%9E HTTP/1.1"),
        (b"GET /e/t/in?n=HTTP/1.1 is a name HTTP/1.1", b"GET /e/t/in?n=HTTP/1.1%20is%20a%20name HTTP/1.1"),
        (b"GET /e/t/in", b"GET /e/t/in HTTP/1.0"),
        (b"GET /e/t/in?n=Olga Smirnova", b"GET /e/t/in?n=Olga%20Smirnova HTTP/1.0"),
        (b"get /e/t/in http/1.1", b"GET /e/t/in HTTP/1.1"),
        (b"GET  /e/t/in  HTTP/1.1 ", b"GET /e/t/in HTTP/1.1"),
        (b"GET /e/t/in \t HTTP/1.1\t ", b"GET /e/t/in HTTP/1.1"),
        (b"GET /e/t/in HTTP/1", b"GET /e/t/in HTTP/1.0"),
        (b"GET /e/t/in HTTP/1.2", b"GET /e/t/in HTTP/1.0"),
        (b"GET /e/t/in HTTP/2.0", b"GET /e/t/in HTTP/1.0"),
        (b"GET http://192.0.2.5:8080/e/t/in?r=1 HTTP/1.1", b"GET /e/t/in?r=1 HTTP/1.1"),
        (b"GET http://192.0.2.5 HTTP/1.1", b"GET / HTTP/1.1"),
        (b"GET e/t/in HTTP/1.1", b"GET /e/t/in HTTP/1.1"),
        (b"GET", b"GET / HTTP/1.0"),
        (b"PUT /b/t/00005e005301-contact.xml HTTP/1.1", b"PUT /b/t/00005e005301-contact.xml HTTP/1.1"),
    ],
)
def test_a_line_of_a_phone_is_mended(sent, line):
    assert line_of(sent) == line


def test_a_line_of_blanks_is_mended_in_one_pass():
    # One that tries anew from every blank is still at it tomorrow.
    assert line_of(b"GET " + b" " * 1_000_000 + b"x") == b"GET /x HTTP/1.0"


@pytest.mark.parametrize(
    "sent", [b"CONNECT a:1 HTTP/1.1", b"PRI * HTTP/2.0", b"\x16\x03\x01", b"TRACE /b HTTP/1.1"]
)
def test_what_no_phone_sends_is_refused(sent):
    with pytest.raises(ValueError, match="not a request"):
        mended(sent + b"\r\n\r\n")


def test_headers_stay_as_they_are():
    head = "GET / HTTP/1.1\nHost: a\nUser-Agent: Телефон  x \nX: y".encode() + b"\n\n"
    assert mended(head) == "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: Телефон  x \r\nX: y\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("content", "end"),
    [
        (b"GET / HTTP/1.1\r\n\r\nbody", 18),
        (b"GET / HTTP/1.1\n\nbody", 16),
        (b"GET / HTTP/1.1\n\r\nbody", 17),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", None),
    ],
)
def test_a_head_ends_behind_its_empty_line(content, end):
    assert end_of(content) == end


def test_one_line_without_a_version_may_be_all_there_is():
    assert is_simple(b"GET /e/t/in?n=a b\r\n")
    assert not is_simple(b"GET /e/t/in?n=a b")
    assert not is_simple(b"GET /e/t/in HTTP/1.1\r\n")
    assert not is_simple(b"GET /e/t/in\r\nHost: a\r\n")


@given(
    method=st.sampled_from(sorted(METHODS)),
    target=st.binary(max_size=80),
    version=st.sampled_from([b"", b" HTTP/1.1"]),
)
def test_whatever_an_address_holds_the_line_has_three_words_of_ascii(method, target, version):
    target = target.replace(b"\n", b"")
    method_out, path, version_out = line_of(method + b" /" + target + version).split(b" ")
    assert method_out == method
    assert path.startswith(b"/")
    assert path.isascii()
    assert path.decode().isprintable()
    assert version_out in (b"HTTP/1.0", b"HTTP/1.1")


@given(target=st.from_regex(rb"/[A-Za-z0-9/?&=%._~+-]{0,60}", fullmatch=True))
def test_an_address_without_fault_is_never_changed(target):
    assert line_of(b"GET " + target + b" HTTP/1.1") == b"GET " + target + b" HTTP/1.1"
