"""Each sign-in, step by step: what is asked, what each answer means, and that no attempt is spent twice."""

import base64
import json
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from drivers.yealink import DRIVER
from phonesync.driver.crypto import md5_hex
from phonesync.driver.session import Request, SignedIn
from phonesync.errors import LockedOut, PhoneBusy, SignInRefused, UnexpectedResponse
from tests.drivers.yealink.talks import CREDENTIALS, NOW, phone, play, response

PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=1024)
MODULUS = f"{PRIVATE.public_key().public_numbers().n:0256x}"
PASSWORD = CREDENTIALS.password
COOKIE = ("Set-Cookie", "JSESSIONID=9c4e21f07ab3d658; path=/; HttpOnly")

LOGIN_FORM = (
    '<html><body><form name="formInput"><input name="username"><input name="pwd"></form></body></html>'
)
SERVLET_FORM = (
    f'<html><script>var g_strFirmware = "66.84.0.15"; var g_rsa_n = "{MODULUS}"; var g_rsa_e = "010001";'
    "</script></html>"
)
KEYS = json.dumps({"ret": "ok", "data": {"wui.common.rsaN": MODULUS, "wui.common.rsaE": "10001"}})
TOKEN = '{"ret":"ok","data":{"wui.common.token":"c0ffee12"}}'
LOCKED_PAGE = "<html><body>You are not authorized, please try again 3 minutes later</body></html>"


def opened(text: str) -> bytes:
    return PRIVATE.decrypt(bytes.fromhex(text), padding.PKCS1v15())


def unsealed(data: str, key: str, initial: str) -> str:
    plain_key, plain_initial = (bytes.fromhex(opened(text).decode()) for text in (key, initial))
    cipher = Cipher(algorithms.AES(plain_key), modes.CBC(plain_initial)).decryptor()
    return (cipher.update(base64.b64decode(data)) + cipher.finalize()).rstrip(b"\0").decode()


def fields(request: Request) -> dict[str, str]:
    return {
        name: values[0] for name, values in parse_qs(request.content.decode(), keep_blank_values=True).items()
    }


def header(request: Request, name: str) -> str | None:
    return dict(request.headers).get(name)


def flow(variant: str, **changes):
    return DRIVER.login_flow(phone=phone(variant, **changes))


def sign_in(variant: str, *answers, **changes):
    return play(flow(variant, **changes).sign_in(CREDENTIALS, now=NOW), *answers)


def result(content: str) -> str:
    return f'<html><div id="_RES_INFO_">{content}</div></html>'


# --- v70 ---------------------------------------------------------------------------------------------------


def test_v70_shows_the_password_by_basic_to_every_page():
    signed_in, asked = sign_in("v70-basic", response("status"))
    assert [request.path for request in asked] == ["/cgi-bin/ConfigManApp.com?Id=1"]
    authorised = flow("v70-basic").authorize(Request(path="/cgi-bin/ConfigManApp.com?Id=34"), signed_in)
    token = (header(authorised, "Authorization") or "").removeprefix("Basic ")
    assert base64.b64decode(token).decode() == f"admin:{PASSWORD}"
    assert flow("v70-basic").sign_out(signed_in) is None


def test_v70_never_signs_in_again_by_itself_because_a_401_is_a_refusal():
    assert not flow("v70-basic").is_expired(response(status=401))


# --- v71 to v73 --------------------------------------------------------------------------------------------


def test_v72_posts_the_form_with_the_cookie_of_its_page():
    answer = response(status=302, headers=[("Location", "/servlet?p=status&q=load"), ("Set-Cookie", "b=2")])
    signed_in, asked = sign_in("v72-form", response(LOGIN_FORM, headers=[COOKIE]), answer)
    assert asked[1].path == "/servlet?p=login&q=login"
    assert asked[1].content == b"username=admin&pwd=Blue-Anchor-42&jumpto=status&acc="
    assert header(asked[1], "Cookie") == "JSESSIONID=9c4e21f07ab3d658"
    assert signed_in.cookies == {"JSESSIONID": "9c4e21f07ab3d658", "b": "2"}


@pytest.mark.parametrize(
    "answer",
    [
        response(LOGIN_FORM),
        response(status=401),
        response(status=302, headers=[("Location", "/servlet?p=login&q=loginForm")]),
    ],
)
def test_v72_the_login_page_again_is_a_refusal(answer):
    error, asked = sign_in("v72-form", response(LOGIN_FORM), answer)
    assert isinstance(error, SignInRefused)
    assert len(asked) == 2


def test_v72_an_answer_that_is_neither_is_not_understood():
    error, _ = sign_in("v72-form", response(LOGIN_FORM), response("<html>welcome</html>"))
    assert isinstance(error, UnexpectedResponse)
    assert error.variant == "v72-form"


# --- v80 and v81 -------------------------------------------------------------------------------------------


def test_v80_seals_user_and_password_in_a_blob_with_its_digest():
    offer = response(f"{MODULUS},010001,fromthebody", headers=[COOKIE])
    done = response(status=302, headers=[("Location", "/servlet?p=status")])
    signed_in, asked = sign_in("v80-blob", offer, done)
    sent = fields(asked[1])
    digest, _, text = unsealed(sent["data"], sent["key"], sent["iv"]).partition(";")
    assert digest == f"MD5={md5_hex(text)}"
    assert text.startswith("rand=0.")
    assert text.endswith(f";sessionid=9c4e21f07ab3d658;username=admin;pwd={PASSWORD};")
    assert (sent["jumpto"], sent["acc"]) == ("status", "")
    assert header(asked[1], "Cookie") == "JSESSIONID=9c4e21f07ab3d658"
    assert signed_in.cookies == {"JSESSIONID": "9c4e21f07ab3d658"}


def test_v80_takes_the_session_of_the_body_where_no_cookie_is_set():
    done = response(status=302, headers=[("Location", "/")])
    signed_in, _ = sign_in("v80-blob", response(f"{MODULUS},010001,ab-12"), done)
    assert signed_in.cookies == {"JSESSIONID": "ab-12"}


@pytest.mark.parametrize("body", ["", "a,b", "zz,010001,ab", f"{MODULUS},010001,a b", LOGIN_FORM])
def test_v80_without_a_key_nothing_is_sent(body):
    error, asked = sign_in("v80-blob", response(body))
    assert isinstance(error, UnexpectedResponse)
    assert len(asked) == 1


def test_v80_200_is_a_refusal():
    error, _ = sign_in("v80-blob", response(f"{MODULUS},010001,ab"), response(LOGIN_FORM))
    assert isinstance(error, SignInRefused)


# --- v82 to v86 servlet ------------------------------------------------------------------------------------


def test_v84_seals_the_password_with_the_session_under_a_random_key():
    done = response(result('{"authstatus":"done"}'))
    signed_in, asked = sign_in("v84-servlet", response(SERVLET_FORM, headers=[COOKIE]), done)
    sent = fields(asked[1])
    fraction, session, password = unsealed(sent["pwd"], sent["rsakey"], sent["rsaiv"]).split(";")
    assert 0 < float(fraction) < 1
    assert (session, password, sent["username"]) == ("9c4e21f07ab3d658", PASSWORD, "admin")
    assert asked[1].path.startswith("/servlet?m=mod_listener&p=login&q=login&Rajax=0.")
    for letter in (b"+", b"/"):
        assert letter not in asked[1].content.split(b"rsakey")[0].split(b"pwd=")[1]
    assert signed_in.cookie_header() == "JSESSIONID=9c4e21f07ab3d658"


def test_v86_seals_the_password_alone():
    done = response(result('{"authstatus":"done"}'))
    _, asked = sign_in("v86-servlet", response(SERVLET_FORM, headers=[COOKIE]), done)
    assert sorted(fields(asked[1])) == ["pwd", "username"]
    assert opened(fields(asked[1])["pwd"]).decode() == PASSWORD


@pytest.mark.parametrize("said", ["none", "error_new_word"])
def test_v84_any_definite_no_is_a_refusal(said):
    answer = response(result(json.dumps({"authstatus": said})))
    error, asked = sign_in("v84-servlet", response(SERVLET_FORM, headers=[COOKIE]), answer)
    assert isinstance(error, SignInRefused)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "body", ["", "<html></html>", result("soon"), result("{}"), result('{"authstatus":1}')]
)
def test_v84_an_answer_without_verdict_is_not_understood(body):
    error, _ = sign_in("v84-servlet", response(SERVLET_FORM, headers=[COOKIE]), response(body))
    assert isinstance(error, UnexpectedResponse)
    assert PASSWORD not in str(error)


@pytest.mark.parametrize(
    "form", [response(SERVLET_FORM), response("<html></html>", headers=[COOKIE]), response(status=503)]
)
def test_v84_without_cookie_or_key_no_password_is_sent(form):
    error, asked = sign_in("v84-servlet", form)
    assert isinstance(error, UnexpectedResponse)
    assert len(asked) == 1


# --- v85 to v87 JSON ---------------------------------------------------------------------------------------


def test_json_seals_the_password_and_sends_the_token_with_every_request():
    done = response('{"ret":"ok","data":true}', headers=[("Content-Type", "text/html"), COOKIE])
    signed_in, asked = sign_in("v86-json", response(KEYS), done, response(TOKEN), origin="https://192.0.2.11")
    assert [request.method for request in asked] == ["POST"] * 3
    assert asked[0].path == f"/api/common/info?p=Login&t={int(NOW.timestamp() * 1000)}"
    assert asked[0].content == b'{"idlist":["wui.common.rsaN","wui.common.rsaE"]}'
    sealed = fields(asked[1])["pwd"]
    assert sealed.startswith("__WUI_ENC__:")
    assert opened(sealed.removeprefix("__WUI_ENC__:")).decode() == PASSWORD
    assert header(asked[2], "Cookie") == "JSESSIONID=9c4e21f07ab3d658"
    request = flow("v86-json", origin="https://192.0.2.11").authorize(Request(path="/api/x"), signed_in)
    assert header(request, "X-CSRFToken") == "c0ffee12"
    for each in (*asked, request):
        assert header(each, "Connection") == "close"
        assert header(each, "Origin") == "https://192.0.2.11"
        assert header(each, "Referer") == "https://192.0.2.11/"
        assert (header(each, "User-Agent") or "").startswith("Mozilla/")
        assert header(each, "Accept")


def test_json_signs_out_with_cookie_and_token():
    signed_in = SignedIn(cookies={"a": "1"}, values={"token": "c0ffee12"})
    request = flow("v86-json").sign_out(signed_in)
    assert (request.method, request.path) == ("POST", "/api/auth/logout")
    assert header(request, "Cookie") == "a=1"
    assert header(request, "X-CSRFToken") == "c0ffee12"
    assert header(request, "Origin") is None


def test_json_asks_for_the_key_by_a_plain_get_where_the_post_is_not_known():
    no = response("<html>405</html>", status=405)
    done = response('{"ret":"ok","data":true}')
    _, asked = sign_in("v86-json", no, response(KEYS), done, response(TOKEN))
    assert [f"{request.method} {request.path.partition('?')[0]}" for request in asked] == [
        "POST /api/common/info",
        "GET /api/common/info",
        "POST /api/auth/login",
        "POST /api/common/info",
    ]


def test_json_sends_the_password_plain_only_where_no_key_is_offered():
    done = response('{"ret":"ok","data":true}')
    _, asked = sign_in("v86-json", response('{"ret":"ok","data":{"wui.x":1}}'), done, response(TOKEN))
    assert fields(asked[1])["pwd"] == PASSWORD


@pytest.mark.parametrize(
    "data",
    [
        {"wui.common.rsaN": MODULUS},
        {"wui.common.rsaN": "no hex", "wui.common.rsaE": "10001"},
        {"wui.common.rsaN": MODULUS, "wui.common.rsaE": 65537},
    ],
)
def test_json_a_damaged_key_never_leads_to_a_plain_password(data):
    error, asked = sign_in("v86-json", response(json.dumps({"ret": "ok", "data": data})))
    assert isinstance(error, UnexpectedResponse)
    assert len(asked) == 1


def test_json_a_session_without_a_token_is_closed_again():
    done = response('{"ret":"ok","data":true}', headers=[COOKIE])
    error, asked = sign_in("v86-json", response(KEYS), done, response("{}"), response("{}"))
    assert isinstance(error, UnexpectedResponse)
    assert asked[-1].path == "/api/auth/logout"
    assert header(asked[-1], "Cookie") == "JSESSIONID=9c4e21f07ab3d658"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"msg": "error_username_or_password_is_wrong"}, SignInRefused),
        ({"msg": "error_new_word"}, SignInRefused),
        ({"msg": "auth_err_user_busy", "lineIp": "192.0.2.77"}, PhoneBusy),
        ({"webStatus": "lock", "lockTime": "3"}, LockedOut),
    ],
)
def test_json_failures_are_told_apart(error, kind):
    body = json.dumps({"ret": "failed", "data": False, "error": {**error, "phoneName": "T54W"}})
    raised, asked = sign_in("v86-json", response(KEYS), response(body))
    assert type(raised) is kind
    assert len(asked) == 2


def test_json_ok_without_true_is_a_refusal_and_garbage_is_not_understood():
    assert isinstance(
        sign_in("v86-json", response(KEYS), response('{"ret":"ok","data":false}'))[0], SignInRefused
    )
    for body in ("", "<html></html>", '{"ret":"soon"}', "[]"):
        assert isinstance(sign_in("v86-json", response(KEYS), response(body))[0], UnexpectedResponse)


def test_json_a_lock_told_with_the_keys_spends_no_attempt():
    body = json.dumps({"ret": "failed", "error": {"webStatus": "lock", "lockTime": 3}})
    error, asked = sign_in("v86-json", response(body))
    assert isinstance(error, LockedOut)
    assert len(asked) == 1


# --- locks, expiry, secrets --------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["v70-basic", "v72-form", "v80-blob", "v84-servlet"])
@pytest.mark.parametrize(
    ("answer", "minutes"),
    [
        (response('{"authstatus":"lock","locktime":"3"}', status=403), 3),
        (response(result('{"authstatus":"lock","locktime":12}')), 12),
        (response(result('{"authstatus":"lock"}')), None),
        (response(LOCKED_PAGE, status=403), 3),
        (response(LOCKED_PAGE.replace("3 minutes", "some time")), None),
    ],
)
def test_a_lock_is_told_with_its_end(variant, answer, minutes):
    before = {
        "v70-basic": (),
        "v72-form": (response(LOGIN_FORM),),
        "v80-blob": (response(f"{MODULUS},010001,ab"),),
        "v84-servlet": (response(SERVLET_FORM, headers=[COOKIE]),),
    }
    error, _ = sign_in(variant, *before[variant], answer)
    assert isinstance(error, LockedOut)
    assert error.until == (None if minutes is None else NOW + timedelta(minutes=minutes))


EXPIRED_PAGES = [
    response(LOGIN_FORM),
    response(SERVLET_FORM),
    response('<html><script>window.location ="/servlet?p=login&q=loginForm&jumpto=status"</script></html>'),
    response(status=401),
    response(status=302, headers=[("Location", "/servlet?m=mod_listener&p=login&q=loginForm")]),
    response(status=302, headers=[("Location", "https://192.0.2.11/")]),
]


@pytest.mark.parametrize("variant", ["v72-form", "v84-servlet", "v86-servlet"])
def test_a_way_to_sign_in_means_that_the_session_has_ended(variant):
    assert all(flow(variant).is_expired(answer) for answer in EXPIRED_PAGES)


@pytest.mark.parametrize("variant", ["v72-form", "v84-servlet", "v86-servlet"])
@pytest.mark.parametrize(
    "answer",
    [
        response("<html></html>"),
        response(b""),
        response(status=500),
        response(status=404),
        response(LOCKED_PAGE),
        response('{"authstatus":"lock","locktime":"3"}', status=403),
        response('<html><script>var g_strToken = "4f1c"; var g_rsa_n = "ab";</script></html>'),
        response("<script>g_callloglist</script><input name=pwd>"),
        response(status=302, headers=[("Location", "/servlet?p=status")]),
        response(status=401, path="/servlet?phonecfg=get"),
    ],
)
def test_anything_else_does_not(variant, answer):
    assert not flow(variant).is_expired(answer)


def test_json_expiry_is_told_from_other_failures():
    is_expired = flow("v86-json").is_expired
    failed = '{"ret":"failed","data":false,"error":{"msg":"%s"}}'
    for said in ("auth_err_not_login", "error_session_timeout", "error_token_invalid"):
        assert is_expired(response(failed % said))
    assert is_expired(response(status=401))
    assert is_expired(response(status=403))
    assert is_expired(response(status=302, headers=[("Location", "/")]))
    assert is_expired(response(LOGIN_FORM))
    for said in ("error_invalid_cfg_info", "auth_err_user_busy", "error_username_or_password_is_wrong"):
        assert not is_expired(response(failed % said))
    assert not is_expired(response(status=500))
    assert not is_expired(response("garbage"))
    assert not is_expired(response('{"ret":"ok","data":{"calls":[{"remote_name":"login"}]}}'))
    assert not is_expired(response(status=403, path="/api/time/localtime?p=x"))
    assert not is_expired(response('{"authstatus":"lock"}', status=403))


def test_phonecfg_gets_the_password_that_worked_and_no_cookie():
    done = response(result('{"authstatus":"done"}'))
    signed_in, _ = sign_in("v86-servlet", response(SERVLET_FORM, headers=[COOKIE]), done)
    request = flow("v86-servlet").authorize(Request(path="/servlet?phonecfg=get"), signed_in)
    assert [name for name, _ in request.headers] == ["Authorization"]


def test_no_secret_shows_in_a_repr():
    done = response('{"ret":"ok","data":true}', headers=[COOKIE])
    signed_in, asked = sign_in("v86-json", response(KEYS), done, response(TOKEN))
    shown = f"{signed_in!r} {asked!r} {CREDENTIALS!r} {flow('v86-json')!r}"
    for secret in (PASSWORD, "c0ffee12", "9c4e21f07ab3d658"):
        assert secret not in shown
