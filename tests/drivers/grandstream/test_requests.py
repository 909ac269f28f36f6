"""The exact requests of every dialect and fault, as they leave the transport."""

from datetime import timedelta
from hashlib import md5, sha256

import pytest

from drivers.grandstream import DRIVER
from phonesync.errors import (
    LockedOut,
    PhoneError,
    SessionExpired,
    SignInRefused,
    UnexpectedResponse,
    Unsupported,
)
from tests.drivers.grandstream.talks import CREDENTIALS, NOW, asked, connecting, phone, read, visit

pytestmark = pytest.mark.anyio

PASSWORD = CREDENTIALS.password
SID, ROLE, NONCE = "4f0c" * 15 + "4f0", "ab" * 32, "n3k8s0d7f6g5h4j3k2l1m0n9b8v7c6x"
SESSION = f'{{"response":"success","body":{{"sid":"{SID}","role":"{ROLE}"}}}}'
OFFER = f'{{"response":"success","body":"{NONCE}"}}'
LOGOUT = '{"response":"success","body":"logout"}'
NO_ROWS = '{"response":"success","body":[]}'
ENDED = '{"response":"error","body":{"status":"session-expired"}}'
NO_CALL = '"{"res" : "error", "msg" : "get last call failed"}"'
GMI_IN = '{"res": "success", "msg": "0"}'
GMI_ENDED = '"{"res": "error", "msg": "authentication required"}"'

ACCESS = f"POST /cgi-bin/access access={sha256(b'admin').hexdigest()}"
DIGEST = sha256(f"{PASSWORD}{NONCE}".encode()).hexdigest()
DOLOGIN = f"POST /cgi-bin/dologin username=admin&password={DIGEST}"
GMI_LOGIN = f"GET /manager?action=login&Username=admin&format=json&Secret={PASSWORD}"
LAST = [f"GET /manager?action=getlastcall&type={code}&format=json" for code in range(3)]


def answers(httpx_mock, *bodies):
    for body in bodies:
        if isinstance(body, int):
            httpx_mock.add_response(status_code=body, text="<html>no</html>")
        else:
            httpx_mock.add_response(text=body)


def header(httpx_mock, number, name):
    return httpx_mock.get_requests()[number].headers.get(name)


# --- challenge ------------------------------------------------------------------------------------------


async def test_a_challenge_with_the_cookie_sid(httpx_mock):
    answers(httpx_mock, OFFER, SESSION, NO_ROWS, LOGOUT)
    log = await read(phone("grp26-history", experimental=True))
    assert asked(httpx_mock) == [ACCESS, DOLOGIN, "GET /cgi-bin/callhistories", "POST /cgi-bin/dologout"]
    for number in range(4):
        assert header(httpx_mock, number, "Referer") == "http://192.0.2.11/"
        assert header(httpx_mock, number, "Origin") == "http://192.0.2.11"
        assert header(httpx_mock, number, "X-Requested-With") == "XMLHttpRequest"
    assert [header(httpx_mock, number, "Cookie") for number in range(4)] == [
        None,
        None,
        f"sid={SID}",
        f"sid={SID}",
    ]
    assert header(httpx_mock, 0, "Content-Type") == "application/x-www-form-urlencoded"
    assert header(httpx_mock, 3, "Content-Length") == "0"
    assert all(snapshot.silent for snapshot in log.snapshots)


async def test_a_challenge_with_the_cookies_session_identity_and_sid_in_the_query(httpx_mock):
    answers(httpx_mock, OFFER, SESSION, NO_ROWS, LOGOUT)
    log = await read(phone("gxp21-history", experimental=True))
    assert asked(httpx_mock)[2:] == [f"GET /cgi-bin/callhistories?sid={SID}", "POST /cgi-bin/dologout"]
    cookies = f"session-role={ROLE}; session-identity={SID}"
    assert [header(httpx_mock, number, "Cookie") for number in (2, 3)] == [cookies, cookies]
    assert [answer.path for answer in log.raw] == ["/cgi-bin/callhistories"]


async def test_the_cookies_of_a_session_can_be_settled_by_a_quirk(httpx_mock):
    answers(httpx_mock, OFFER, SESSION, NO_ROWS, LOGOUT)
    await read(phone("gxp21-history", experimental=True, session="sid"))
    assert asked(httpx_mock)[2] == "GET /cgi-bin/callhistories"
    assert header(httpx_mock, 2, "Cookie") == f"sid={SID}"


@pytest.mark.parametrize(
    ("verdict", "kind", "words"),
    [
        ('{"response":"error","body":"wrong4"}', SignInRefused, "4 attempts are left"),
        ('{"response":"error","body":"wrong"}', SignInRefused, "user or password"),
        ('{"response":"error","body":"something new"}', SignInRefused, "user or password"),
        ('{"response":"error","body":"locked","lockTime":5}', LockedOut, "5 minutes"),
        ('{"response":"error","body":"locked"}', LockedOut, "locked"),
        ('{"response":"error","body":"lockout","lockTime":true}', LockedOut, "locked"),
        (401, SignInRefused, "user or password"),
        (403, UnexpectedResponse, "`url`"),
        ("<html>Forbidden</html>", UnexpectedResponse, "forbids"),
        (500, UnexpectedResponse, "status 500"),
        ("<html>welcome</html>", UnexpectedResponse, "not an answer to a sign-in"),
    ],
)
async def test_a_password_is_offered_once_whatever_is_answered(httpx_mock, verdict, kind, words):
    answers(httpx_mock, OFFER, verdict)
    with pytest.raises(kind, match=words):
        await read(phone("grp26-history", experimental=True))
    assert asked(httpx_mock) == [ACCESS, DOLOGIN]


async def test_a_lock_is_taken_for_minutes_which_is_the_longer_reading(httpx_mock):
    answers(httpx_mock, OFFER, '{"response":"error","body":"locked","lockTime":5}')
    with pytest.raises(LockedOut) as caught:
        await read(phone("grp26-history", experimental=True))
    assert caught.value.until == NOW + timedelta(minutes=5)


@pytest.mark.parametrize("offer", [404, 403, "{}", '{"response":"success","body":""}', "<html></html>"])
async def test_no_password_goes_out_without_a_challenge(httpx_mock, offer):
    answers(httpx_mock, offer)
    with pytest.raises(UnexpectedResponse):
        await read(phone("gxp21-history", experimental=True))
    assert asked(httpx_mock) == [ACCESS]


@pytest.mark.parametrize("ended", [401, ENDED, '{"response":"error","body":"session-expired"}'])
async def test_an_ended_session_is_renewed_once(httpx_mock, ended):
    answers(httpx_mock, OFFER, SESSION, ended, LOGOUT, OFFER, SESSION, NO_ROWS, LOGOUT)
    await read(phone("grp26-history", experimental=True))
    history, logout = "GET /cgi-bin/callhistories", "POST /cgi-bin/dologout"
    assert asked(httpx_mock) == [ACCESS, DOLOGIN, history, logout, ACCESS, DOLOGIN, history, logout]


async def test_a_session_that_ends_again_is_not_renewed_again(httpx_mock):
    answers(httpx_mock, OFFER, SESSION, ENDED, LOGOUT, OFFER, SESSION, ENDED, LOGOUT)
    with pytest.raises(SessionExpired):
        await read(phone("grp26-history", experimental=True))


async def test_the_history_is_not_asked_for_unless_that_was_allowed(httpx_mock):
    answers(httpx_mock, OFFER, SESSION, LOGOUT)
    with pytest.raises(Unsupported, match="experimental = true"):
        await read(phone("grp26-history"))
    assert asked(httpx_mock) == [ACCESS, DOLOGIN, "POST /cgi-bin/dologout"]


async def test_a_history_that_is_forbidden_or_missing_is_kept_for_a_look(httpx_mock):
    answers(httpx_mock, OFFER, SESSION, 404, LOGOUT)
    with pytest.raises(UnexpectedResponse, match="status 404") as caught:
        await read(phone("gxp21-history", experimental=True))
    assert (caught.value.content, SID in str(caught.value), caught.value.path) == (
        b"<html>no</html>",
        False,
        "/cgi-bin/callhistories",
    )


# --- plain form ------------------------------------------------------------------------------------------


async def test_a_plain_form_and_values_by_short_names(httpx_mock):
    answers(
        httpx_mock, SESSION, '{"response":"success","body":{"68":"1.0.7.79","P67":"00005E005304","P64":"x"}}'
    )
    context = phone("gxp16-form", model="GXP1625")
    found = await visit(context, lambda session: DRIVER.read_status(session, phone=context))
    assert asked(httpx_mock) == [
        f"POST /cgi-bin/dologin username=admin&password={PASSWORD}",
        f"POST /cgi-bin/api.values.get request=68:P67:P64&sid={SID}",
    ]
    assert header(httpx_mock, 0, "Referer") == "http://192.0.2.11/"
    assert header(httpx_mock, 1, "Cookie") == f"session-role={ROLE}; session-identity={SID}"
    assert "CVE-2026-2329" in found.warnings[0]
    assert "1.0.7.81" in found.warnings[0]


async def test_older_firmware_takes_the_password_alone(httpx_mock):
    answers(httpx_mock, '{"response":"success","body":{"sid":"a31f08c2"}}')
    with pytest.raises(Unsupported, match="Events only"):
        await read(phone("gxp16-form", login_fields="password"))
    assert asked(httpx_mock) == [f"POST /cgi-bin/dologin password={PASSWORD}"]


# --- GMI --------------------------------------------------------------------------------------------------


async def test_gmi_asks_for_each_type_and_none_stops_the_others(httpx_mock):
    httpx_mock.add_response(text=GMI_IN, headers={"Set-Cookie": "session=5c1f7e20; path=/"})
    answers(httpx_mock, NO_CALL, NO_CALL, NO_CALL)
    log = await read(phone("gxv-gmi"))
    assert asked(httpx_mock) == [GMI_LOGIN, *LAST]
    assert [header(httpx_mock, number, "Cookie") for number in range(4)] == [None, *["session=5c1f7e20"] * 3]
    assert [(item.list_code, item.silent, item.newest_only) for item in log.snapshots] == [
        ("0", True, True),
        ("1", True, True),
        ("2", True, True),
    ]


async def test_gmi_signs_in_again_where_authentication_is_required(httpx_mock):
    answers(httpx_mock, GMI_IN, NO_CALL, GMI_ENDED, "Response=Success\r\n", NO_CALL, NO_CALL)
    await read(phone("gxv-gmi"))
    assert asked(httpx_mock) == [GMI_LOGIN, LAST[0], LAST[1], GMI_LOGIN, LAST[1], LAST[2]]


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        ('"{"res": "error", "msg" : "authentication failed"}"', SignInRefused),
        ("Response=Error\r\nMessage=authentication failed\r\n", SignInRefused),
        (403, SignInRefused),
        ('{"response":"error","body":"locked","lockTime":1}', LockedOut),
        (404, UnexpectedResponse),
        ("<html></html>", UnexpectedResponse),
    ],
)
async def test_gmi_is_offered_the_password_once_and_never_shows_it(httpx_mock, verdict, kind):
    answers(httpx_mock, verdict)
    with pytest.raises(kind) as caught:
        await read(phone("gxv-gmi"))
    assert asked(httpx_mock) == [GMI_LOGIN]
    error = caught.value
    assert PASSWORD not in f"{error} {error!r} {getattr(error, 'path', '')} {getattr(error, 'excerpt', '')}"


async def test_gmi_has_one_answer_for_wrong_and_locked_and_the_sentence_says_both(httpx_mock):
    answers(httpx_mock, '"{"res": "error", "msg" : "authentication failed"}"')
    with pytest.raises(SignInRefused, match="is wrong, or sign-in is locked") as caught:
        await read(phone("gxv-gmi"))
    assert "wait until a lock must have ended" in caught.value.hint


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ('"{"res" : "error", "msg" : "wrong type format"}"', UnexpectedResponse),
        ('"{"res": "error", "msg" : "command not found"}"', Unsupported),
        ('{"res":"success","msg":[]}', UnexpectedResponse),
        ('{"res":"success","msg":[{"id":"1"}]}', UnexpectedResponse),
        ('{"res":"success","msg":["x"]}', UnexpectedResponse),
        ('"just text"', UnexpectedResponse),
        (500, UnexpectedResponse),
    ],
)
async def test_what_is_no_newest_call_is_an_error_and_ends_the_read(httpx_mock, answer, kind):
    answers(httpx_mock, GMI_IN, answer)
    with pytest.raises(kind):
        await read(phone("gxv-gmi"))
    assert asked(httpx_mock) == [GMI_LOGIN, LAST[0]]


# --- loginrealm, old forms, DECT -----------------------------------------------------------------------------


@pytest.mark.parametrize("offer", ["1804289383\r\n", '{"response":"success","body":"1804289383"}'])
async def test_a_loginrealm_is_read_bare_and_as_the_body_of_an_answer(httpx_mock, offer):
    answers(httpx_mock, offer, '{"Response":"Success"}')
    with pytest.raises(Unsupported, match="not documented"):
        await read(phone("gxv33-realm"))
    secret = md5(f"gmiadmin:1804289383:{PASSWORD}".encode()).hexdigest()
    assert asked(httpx_mock) == [
        "GET /cgi-bin/loginrealm",
        f"GET /cgi-bin/login?Username=gmiadmin&Secret={secret}",
    ]


@pytest.mark.parametrize("offer", [404, "", "zz", "<html></html>", "a" * 65])
async def test_no_digest_goes_out_without_a_random_number(httpx_mock, offer):
    answers(httpx_mock, offer)
    with pytest.raises(UnexpectedResponse):
        await read(phone("gxv33-realm"))
    assert asked(httpx_mock) == ["GET /cgi-bin/loginrealm"]


@pytest.mark.parametrize(
    ("action", "sent"),
    [
        ("/dologin.htm", f"POST /dologin.htm Login=Login&P2={PASSWORD}&gnkey=0b82"),
        ("/cgi-bin/dologin", f"POST /cgi-bin/dologin P2={PASSWORD}&Login=Login&gnkey=0b82"),
    ],
)
async def test_the_old_forms_are_posted_to_where_they_lead(httpx_mock, action, sent):
    form = f'<html><form action="{action}"><input name="P2"></form></html>'
    answers(httpx_mock, form)
    httpx_mock.add_response(text="<html>Status</html>", headers={"Set-Cookie": "session_id=71c0"})
    with pytest.raises(Unsupported, match="CDR"):
        await read(phone("gxp-html"))
    assert asked(httpx_mock) == ["GET /", sent]
    answers(httpx_mock, form, form)
    with pytest.raises(SignInRefused):
        await read(phone("gxp-html"))
    answers(httpx_mock, form, "<html>Status</html>")
    with pytest.raises(UnexpectedResponse):
        await read(phone("gxp-html"))
    answers(httpx_mock, "<html>Status</html>")
    with pytest.raises(UnexpectedResponse):
        await read(phone("gxp-html"))


async def test_a_dect_base_is_asked_for_nothing(httpx_mock):
    with pytest.raises(Unsupported, match="DP7xx"):
        await read(phone("dp7"))
    assert asked(httpx_mock) == []


# --- identification --------------------------------------------------------------------------------------------

PROBES = [
    "GET /",
    "GET /cgi-bin/api.values.get?request=phone_model:1395",
    "GET /json/configs/model.define.js",
    "GET /manager?action=product&time=0",
    "GET /cgi-bin/loginrealm",
]
DEFINE = '{{"model":"{}","oem_id":"0","vendor_name":"Grandstream"}}'
VALUES = '{{"response":"success","body":{{"phone_model":"{}","1395":"0"}}}}'


@pytest.mark.parametrize(
    ("told", "variant"),
    [
        ([VALUES.format("GXP1625")], "gxp16-form"),
        ([VALUES.format("GXP1780")], "gxp16-form"),
        ([VALUES.format("GXP1450")], "gxp16-form"),
        ([VALUES.format("GXP2124")], "gxp16-form"),
        ([VALUES.format("GXP2170")], "gxp21-history"),
        ([VALUES.format("DP750")], "dp7"),
        ([404, DEFINE.format("WP826")], "grp26-history"),
        ([404, DEFINE.format("GRP2601W")], "grp26-history"),
        ([404, DEFINE.format("GHP621W")], "grp26-history"),
        ([404, 404, "Response=Success\r\nProduct=GXP2200\r\n"], "gxv-gmi"),
        ([404, 404, "Response=Success\r\nProduct=GXV3275\r\n"], "gxv-gmi"),
        ([404, 404, "Response=Success\r\nProduct=GXV3370\r\n"], "gxv33-realm"),
        ([404, 404, 404, "1804289383"], "gxv33-realm"),
    ],
)
async def test_a_phone_is_recognised_by_probes_alone(httpx_mock, told, variant):
    answers(httpx_mock, "<html><title>x</title></html>", *told)
    async with connecting() as connection:
        found = await DRIVER.identify(connection)
    assert found.variant == variant
    assert asked(httpx_mock) == PROBES[: len(told) + 1]


async def test_names_asked_for_before_sign_in_stay_short():
    names = PROBES[1].partition("request=")[2]
    assert len(names) < 32


@pytest.mark.parametrize("model", ["HT801", "GDS3710", "UCM6302"])
async def test_other_products_of_the_maker_are_no_phones(httpx_mock, model):
    answers(httpx_mock, "<html></html>", VALUES.format(model))
    async with connecting() as connection:
        assert await DRIVER.identify(connection) is None


async def test_an_unknown_model_asks_for_a_word_in_the_configuration(httpx_mock):
    answers(httpx_mock, "<html></html>", VALUES.format("WP999"))
    async with connecting() as connection:
        with pytest.raises(PhoneError, match=r"WP999.*Set `variant`"):
            await DRIVER.identify(connection)


async def test_a_server_that_demands_a_password_at_once_is_not_asked_on(httpx_mock):
    answers(httpx_mock, 401)
    async with connecting() as connection:
        assert await DRIVER.identify(connection) is None
    assert asked(httpx_mock) == ["GET /"]


# --- nothing that writes ------------------------------------------------------------------------------------------

WRITING = (
    "removecall",
    "update",
    "values.post",
    "sys_operation",
    "save",
    "reboot",
    "delete",
    "upload",
    "put",
)


@pytest.mark.parametrize("variant", sorted(DRIVER.variants))
async def test_nothing_is_ever_asked_that_changes_the_phone(httpx_mock, variant):
    for _ in range(12):
        httpx_mock.add_response(text=OFFER if variant.endswith("history") else SESSION, is_optional=True)
    context = phone(variant, experimental=True)

    async def everything(session):
        await DRIVER.read_status(session, phone=context)
        return await DRIVER.read_call_log(session, phone=context)

    with pytest.raises(PhoneError):
        await visit(context, everything)
    sent = [line.replace("update_session=false", "") for line in asked(httpx_mock)]
    assert not [line for line in sent if any(word in line for word in WRITING)]
