"""Planted secrets never come out; the shape of an answer does."""

import base64
import json
import logging
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.driver.session import Request
from phonesync.errors import PhoneError
from phonesync.transport import Transport, redact

from .raw_phone import PATIENT, TickingClock, answers, ok, raw_phone

HEX = "9f3a1c5e7b2d4860"


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("pwd=hunter2&user=admin", "pwd=***&user=admin"),
        ('{"password": "hunter2", "ret": "ok"}', '{"password": "***", "ret": "ok"}'),
        (r"{\"g_token\":\"hunter2\",\"ret\":\"ok\"}", r"{\"g_token\":\"***\",\"ret\":\"ok\"}"),
        ('var g_strToken = "hunter2"; x', 'var g_strToken = "***"; x'),
        ("g_rsa_n = 'C0FFEE'; g_rsa_e='010001'", "g_rsa_n = '***'; g_rsa_e='***'"),
        ('password="hunter2', 'password="***'),
        ("Set-Cookie: JSESSIONID=hunter2; Path=/\r\nServer: x", "Set-Cookie: *** Server: x"),
        ("authorization: Basic aHVudGVyMg==\nnext", "authorization: *** next"),
        ("sent Basic aHVudGVyMg== there", "sent Basic *** there"),
        ('<input type="password" value="hunter2">', '<input type="password" value="***">'),
        ("<input value='hunter2' name=csrf_token>", "<input value='***' name=csrf_token>"),
        ('<meta name="csrf-token" content="hunter2">', '<meta name="csrf-token" content="***">'),
        ("<Password>hunter2</Password><Ok>yes</Ok>", "<Password>***</Password><Ok>yes</Ok>"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----", "***"),
        (f"id {HEX} end", "id *** end"),
        ("aa:bb:cc:dd:ee:ff:00:11:22 end", "*** end"),
        ("data dGhpcyBpcyBhIHNlY3JldCBrZXk5 end", "data *** end"),
        ("call 84955550123 now", "call ########### now"),
        ("+7 (495) 555-01-23, 201@pbx.example", "+# (###) ###-##-##, ###@pbx.example"),
        ('"datetime":"2025.03.06_14.05.31"', '"datetime":"####.##.##_##.##.##"'),
        ("HTTP 404 of 3 lists", "HTTP 404 of 3 lists"),
        ('{"authstatus":"lock","locktime":"3"}', '{"authstatus":"lock","locktime":"3"}'),
        ("<html>\x00\x07\n\t two  words</html>", "<html> two words</html>"),
    ],
)
def test_what_looks_like_a_secret_is_masked_and_the_shape_stays(page, shown):
    assert redact.excerpt(page.encode()) == shown


def forms(secret):
    return [
        secret,
        quote(secret, safe=""),
        quote(secret, safe="").lower(),
        base64.b64encode(secret.encode()).decode(),
        secret.encode().hex(),
        json.dumps(secret),
        secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
    ]


@pytest.mark.parametrize("secret", ["hunter2", "p&<w>\"d'é", "пароль", "a+b/c=d e", "x"])
def test_a_known_secret_is_masked_in_every_form_it_may_take(secret):
    for form in forms(secret):
        shown = redact.excerpt(f"[{form}]".encode(), secrets=[secret])
        assert shown in {"[***]", '["***"]'}, form


@given(
    secret=st.text(alphabet=st.characters(codec="utf-8"), min_size=6, max_size=30),
    before=st.text(max_size=50),
    after=st.text(max_size=50),
)
def test_no_known_secret_comes_out_whatever_stands_around_it(secret, before, after):
    if secret in redact.MASK or secret in before + after:
        return
    shown = redact.text(f"{before}\n{secret}\n{after}", secrets=[secret])
    assert secret not in shown


@given(st.binary(max_size=3000))
def test_any_bytes_have_an_excerpt_of_bounded_length_on_one_line(content):
    shown = redact.excerpt(content)
    assert len(shown) <= 301
    assert "\n" not in shown
    assert "\x00" not in shown


@given(st.integers(4000, 4200), st.integers(10_000, 10**12))
def test_a_secret_across_the_end_of_the_window_does_not_come_out_in_halves(at, number):
    token = f"{number:x}" * 8
    content = (" " * at + token + " end" + " " * 20_000).encode()
    assert token[:6] not in redact.excerpt(content)


@pytest.mark.parametrize(
    "page",
    ["<" * 5000, "a=" * 5000, '"' * 5000, '\\"' * 5000, "1 " * 5000, "name='" * 2000, "<a name=" * 2000],
)
def test_hostile_pages_are_redacted_in_one_pass(page):
    for _ in range(20):  # a pattern that backtracks would not come to an end here
        redact.excerpt(page.encode())


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/servlet?m=mod_data&p=contacts-callinfo&q=load", "/servlet?m=mod_data&p=contacts-callinfo&q=load"),
        ("/cgi-bin/ConfigManApp.com?Id=34", "/cgi-bin/ConfigManApp.com?Id=34"),
        ("/x?username=admin&pwd=hunter2", "/x?username=admin&pwd=***"),
        ("/x?t=1741262731000&num=84955550123", "/x?t=***&num=***"),
        (f"/x?sid={HEX}&{HEX}&", "/x?sid=***&***&"),
        ("/api/auth/login", "/api/auth/login"),
        (f"/s/{HEX}/x", "/s/***/x"),
    ],
)
def test_a_path_keeps_what_says_which_page_it_was(path, shown):
    assert redact.path(path) == shown


def test_a_known_secret_is_masked_in_a_path_however_plain_it_looks():
    assert redact.path("/x?a=plain&plain", secrets=["plain"]) == "/x?a=***&***"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "reply",
    [
        ok(b"hunter2 " * 9999),
        ok(b"hunter2", b"Content-Encoding: br; hunter2"),
        b"hunter2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nhunter2\r\n\r\n",
        b"HTTP/1.1 hunter2 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: hunter2\r\n\r\n",
        ok(b"hunter2", b"Location: http://192.0.2.9/hunter2?x=hunter2&hunter2#hunter2", status=b"302 Found"),
        ok(b"hunter2", b"Location: http://hunter2:hunter2@192.0.2.9/", status=b"302 Found"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhunter2",
        b"",
    ],
)
async def test_no_error_names_the_password_in_words_excerpt_path_or_cause(reply):
    request = Request(
        path="/login?pwd=hunter2",
        headers=(("Authorization", "Basic hunter2"), ("Cookie", "hunter2")),
        follow_redirects=True,
    )
    async with (
        raw_phone(answers(reply, close=True)) as phone,
        Transport(clock=TickingClock(), bounds=PATIENT).connect(phone.target()) as connection,
    ):
        connection.hide("hunter2")
        with pytest.raises(PhoneError) as caught:
            await connection.send(request)
    error = caught.value
    shown = f"{error} {error!r} {getattr(error, 'excerpt', '')} {getattr(error, 'path', '')}"
    while error is not None:
        shown += str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert "hunter2" not in shown


@pytest.mark.anyio
async def test_the_libraries_below_log_no_address_and_no_header(caplog):
    caplog.set_level(logging.DEBUG)
    async with (
        raw_phone(answers(ok(b"x", b"Set-Cookie: SID=hunter2"))) as phone,
        Transport(clock=TickingClock()).connect(phone.target()) as connection,
    ):
        await connection.send(Request(path="/login?pwd=hunter2", headers=(("Cookie", "hunter2"),)))
    assert "hunter2" not in caplog.text
    assert "/login" not in caplog.text
