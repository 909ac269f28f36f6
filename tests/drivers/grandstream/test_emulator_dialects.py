"""What the emulated Grandstream dialects promise, each by the words of the vendor sheet."""

import json
from xml.etree import ElementTree as ET

import pytest

from drivers.grandstream.emulator import EMULATORS
from drivers.grandstream.emulator_base import LONGEST_NAME
from phonesync.farm.faults import Disturbable
from phonesync.model import ListName
from tests.drivers.grandstream import emulated as sheet
from tests.drivers.grandstream.emulated import Browser, body

CHALLENGE = ("gxp21-history", "grp26-history")
SIGN_IN = {
    "gxv-gmi": sheet.gmi_sign_in,
    "gxp21-history": sheet.challenge,
    "grp26-history": sheet.challenge,
    "gxp16-form": sheet.form_sign_in,
    "gxp-html": sheet.html_sign_in,
    "gxv33-realm": sheet.realm_sign_in,
}


# ---- all of them ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EMULATORS)
def test_kinds_and_variants_bear_the_same_names_and_can_be_disturbed(kind):
    assert EMULATORS[kind].variant == kind
    assert isinstance(sheet.emulated(kind)[0], Disturbable)


@pytest.mark.parametrize("kind", SIGN_IN)
def test_the_right_password_is_let_in_and_counts_nothing(kind):
    for phone, _ in sheet.habits(kind):
        SIGN_IN[kind](Browser(phone))
        assert (phone.sign_ins, phone.wrong_passwords, phone.intrusions) == (1, 0, [])


@pytest.mark.parametrize("kind", SIGN_IN)
def test_five_wrong_passwords_lock_the_sign_in_for_five_minutes(kind):
    phone, memory = sheet.emulated(kind)
    http = Browser(phone)
    for _ in range(5):
        SIGN_IN[kind](http, "wrong")
    assert phone.wrong_passwords == 5
    SIGN_IN[kind](http)
    assert (phone.sign_ins, phone.refused_while_locked) == (0, 1)
    memory.wait(minutes=5)
    SIGN_IN[kind](http)
    assert phone.sign_ins == 1


@pytest.mark.parametrize("kind", SIGN_IN)
def test_a_lock_by_somebody_else_and_a_reboot(kind):
    phone, _ = sheet.emulated(kind)
    phone.lock_out()
    SIGN_IN[kind](Browser(phone))
    assert phone.sign_ins == 0
    phone.reboot()
    SIGN_IN[kind](Browser(phone))
    assert (phone.sign_ins, phone.wrong_passwords) == (1, 0)


@pytest.mark.parametrize("kind", CHALLENGE)
def test_the_attempts_left_and_the_minutes_of_the_lock_are_said(kind):
    phone, memory = sheet.emulated(kind)
    http = Browser(phone)
    said = [json.loads(sheet.challenge(http, "wrong").content) for _ in range(5)]
    assert [one["body"] for one in said] == ["wrong4", "wrong3", "wrong2", "wrong1", "locked"]
    assert said[-1] == {"response": "error", "body": "locked", "lockTime": 5}
    memory.wait(minutes=3, seconds=1)
    assert json.loads(sheet.challenge(http).content)["lockTime"] == 2
    assert body(http.get("/cgi-bin/api-get_lockout")) == "lockout"


@pytest.mark.parametrize("kind", ["gxp21-history", "grp26-history", "gxp16-form"])
def test_a_post_without_referer_or_length_is_refused_before_the_password_is_looked_at(kind):
    for phone, _ in sheet.habits(kind, 8):
        http = Browser(phone)
        fields = {"username": "admin", "password": "wrong"}
        for headers in ({"Referer": ""}, {"Referer": "http://192.0.2.66/"}):
            answer = http.post("/cgi-bin/dologin", fields, **headers)
            assert b"Forbidden" in answer.content
            assert answer.status == 403 or kind == "gxp16-form"
        assert http.post("/cgi-bin/dologin", **{"Content-Length": ""}).status == 411
        assert phone.wrong_passwords == 0


@pytest.mark.parametrize("kind", CHALLENGE)
def test_on_some_phones_origin_is_as_mandatory_as_referer(kind):
    answers = [Browser(phone).post("/cgi-bin/access", Origin="") for phone, _ in sheet.habits(kind)]
    assert {answer.status for answer in answers} == {200, 403}


@pytest.mark.parametrize("kind", ["gxp16-form", "gxv33-realm", "dp7", *CHALLENGE])
def test_no_phone_is_sent_a_long_name_unnoticed(kind):
    for phone, _ in sheet.habits(kind, 8):
        if Browser(phone).get("/cgi-bin/api.values.get?request=phone_model").status == 200:
            Browser(phone).get(f"/cgi-bin/api.values.get?request={'x' * 65}")
            assert len(phone.intrusions) == 1


# ---- GMI --------------------------------------------------------------------------------------------------


def test_gmi_shows_the_newest_row_of_each_type_and_nothing_else():
    printed = set()
    for phone, _ in sheet.habits("gxv-gmi"):
        http = Browser(phone)
        assert sheet.last_call(http, 0) == "authentication required"
        sheet.gmi_sign_in(http)
        assert sheet.last_call(http, 1) == [{"id": "40", "number": "204", "account": "0", "isVideo": "0"}]
        answered = sheet.last_call(http, 0)[0]
        assert answered["number"] in {"", "anonymous"}
        assert sheet.last_call(http, 2)[0]["account"] == "1"
        assert sheet.last_call(http, 3) == "wrong type format"
        printed.add(http.get("/manager?action=getlastcall&type=1&format=json").content)
    assert {text[:1] for text in printed} == {b'"', b"{"}
    assert any(b'"isVideo", "0"' in text for text in printed)
    assert any(
        json.loads(text)["res"] == "success"
        for text in printed
        if text[:1] == b"{" and b'"isVideo" :' in text
    )


def test_gmi_says_in_words_that_there_is_no_call():
    phone, memory = sheet.emulated("gxv-gmi")
    memory.kept = ()
    http = Browser(phone)
    sheet.gmi_sign_in(http)
    assert sheet.last_call(http, 0) == "get last call failed"


def test_gmi_refuses_and_counts_whoever_deletes():
    phone, memory = sheet.emulated("gxv-gmi")
    http = Browser(phone)
    http.get("/manager?action=removecall&flag=0&id=15")
    assert len(phone.intrusions) == 1
    sheet.gmi_sign_in(http)
    answer = http.get("/manager?action=removecall&flag=1&id=0&format=json")
    assert sheet.lenient(answer.content.decode())["res"] == "error"
    assert len(phone.intrusions) == 2
    assert memory.kept == sheet.ROWS


def test_gmi_ends_the_session_of_the_same_user_and_one_left_alone_for_900_seconds():
    phone, memory = sheet.emulated("gxv-gmi")
    ours, person = Browser(phone), Browser(phone)
    sheet.gmi_sign_in(ours)
    sheet.gmi_sign_in(person, user="admin")
    assert isinstance(sheet.last_call(ours, 0), list)
    sheet.gmi_sign_in(person)
    assert sheet.last_call(ours, 0) == "authentication required"
    memory.wait(seconds=900)
    assert sheet.last_call(person, 0) == "authentication required"


def test_gmi_tells_its_product_to_anybody_and_speaks_text_without_format():
    phone, _ = sheet.emulated("gxv-gmi", model="GXP2200")
    http = Browser(phone)
    assert http.get("/manager?action=product&time=0").content == b"Response=Success\r\nProduct=GXP2200\r\n"
    assert http.get("/manager?action=status").content.startswith(b"Response=Error\r\n")
    sheet.gmi_sign_in(http)
    shown = json.loads(http.get("/manager?action=status&format=json").content)["Data"]
    assert [one["Number"] for one in shown] == ["201", "202"]


# ---- challenge --------------------------------------------------------------------------------------------


def history(http: Browser) -> list[tuple[str, str, str]]:
    """Number, time and type of every row, in either form."""
    content = http.get(f"/cgi-bin/callhistories?sid={sheet.sid_of(http)}").content
    if content.startswith(b"<?xml"):
        rows = [{one.tag: one.text or "" for one in call} for call in ET.fromstring(content)]
    else:
        rows = json.loads(content)["body"]
    return [(one["number"], one["time"][-8:], one["type"]) for one in rows]


@pytest.mark.parametrize("kind", CHALLENGE)
def test_the_guessed_history_shows_every_row_newest_first_in_both_forms(kind):
    forms = set()
    for phone, _ in sheet.habits(kind):
        http = Browser(phone)
        sheet.challenge(http)
        rows = history(http)
        assert [(number, time) for number, time, _ in rows] == [
            ("", "14:41:31"),
            ("204", "14:40:31"),
            ("84955550100", "14:30:31"),
            ("84955550101", "14:29:31"),
            ("+74955550100", "14:07:31"),
        ]
        forms.add(http.get(f"/cgi-bin/callhistories?sid={sheet.sid_of(http)}").content[:9])
    assert len(forms) == 2


@pytest.mark.parametrize("kind", CHALLENGE)
def test_a_session_left_alone_for_a_minute_ends_unless_it_is_refreshed(kind):
    for phone, memory in sheet.habits(kind, 16):
        http = Browser(phone)
        sheet.challenge(http)
        memory.wait(seconds=45)
        assert http.post("/cgi-bin/dorefresh").status == 200
        memory.wait(seconds=45)
        assert history(http)
        memory.wait(seconds=60)
        config = http.get(f"/cgi-bin/config_get?pvalues=67&sid={sheet.sid_of(http)}")
        assert (config.status, body(config)) == (200, {"status": "session-expired"})
        assert http.get("/cgi-bin/api-get_accounts").status == 401


@pytest.mark.parametrize("kind", CHALLENGE)
def test_settings_are_read_by_number_and_unknown_ones_are_empty(kind):
    phone, _ = sheet.emulated(kind)
    http = Browser(phone)
    sheet.challenge(http)
    found = json.loads(http.get(f"/cgi-bin/config_get?pvalues=67,64,:dnd&sid={sheet.sid_of(http)}").content)
    assert [one["value"] for one in found["configs"]] == ["00005e005301", "TZQ-3", ""]


@pytest.mark.parametrize("kind", CHALLENGE)
def test_signing_out_ends_the_session(kind):
    phone, _ = sheet.emulated(kind)
    http = Browser(phone)
    sheet.challenge(http)
    assert body(http.post("/cgi-bin/dologout")) == "logout"
    assert phone.sign_outs == 1
    assert b"14:41" not in http.get(f"/cgi-bin/callhistories?sid={sheet.sid_of(http)}").content


@pytest.mark.parametrize("kind", CHALLENGE)
def test_a_nonce_opens_once(kind):
    phone, _ = sheet.emulated(kind)
    http = Browser(phone)
    sent = []
    original = http.post
    http.post = lambda target, fields=None, **more: (sent.append(fields), original(target, fields, **more))[1]
    sheet.challenge(http)
    assert body(original("/cgi-bin/dologin", sent[-1])) == "wrong4"


def test_gxp21_wants_both_cookies_and_mostly_the_sid_in_the_query():
    wants = set()
    for phone, _ in sheet.habits("gxp21-history"):
        http = Browser(phone)
        sheet.challenge(http)
        sid = sheet.sid_of(http)
        assert body(http.get("/cgi-bin/config_get?pvalues=67")) == {"status": "session-expired"}
        wants.add(b"14:41" in http.get("/cgi-bin/callhistories").content)
        http.cookie = f"sid={sid}"
        assert b"14:41" not in http.get(f"/cgi-bin/callhistories?sid={sid}").content
    assert wants == {True, False}


def test_some_grp26_have_one_session_for_each_account():
    kept = set()
    for phone, _ in sheet.habits("grp26-history"):
        http = Browser(phone)
        sheet.challenge(http)
        phone.occupy("192.0.2.250")
        kept.add(b"14:41" in http.get("/cgi-bin/callhistories").content)
    assert kept == {True, False}


@pytest.mark.parametrize("kind", CHALLENGE)
def test_each_says_what_it_is_to_anybody(kind):
    for phone, memory in sheet.habits(kind, 16):
        http = Browser(phone)
        answers = [
            http.get("/json/configs/model.define.js"),
            http.get("/cgi-bin/api.values.get?request=phone_model:1395"),
        ]
        assert any(memory.model.encode() in answer.content for answer in answers)


# ---- plain form -------------------------------------------------------------------------------------------


def test_gxp16_wants_hand_built_cookies_and_the_sid():
    phone, memory = sheet.emulated("gxp16-form")
    http = Browser(phone)
    sid = body(sheet.form_sign_in(http))["sid"]
    asked = {"request": "P35:P47:phone_model:nothing", "sid": sid}
    assert body(http.post("/cgi-bin/api.values.get", asked)) == {
        "P35": "201",
        "P47": "pbx.example",
        "phone_model": memory.model,
    }
    http.cookie = f"session-identity={sid}"
    assert body(http.post("/cgi-bin/api.values.get", asked)) == {"status": "session-expired"}


@pytest.mark.parametrize(
    ("firmware", "crashes"), [("1.0.4.33", True), ("1.0.7.79", True), ("1.0.7.81", False)]
)
def test_a_long_name_crashes_gxp16_until_1_0_7_81_and_is_counted_on_all(firmware, crashes):
    phone, memory = sheet.emulated("gxp16-form", firmware=firmware)
    http = Browser(phone)
    fits = http.get(f"/cgi-bin/api.values.get?request=phone_model:{'x' * LONGEST_NAME}")
    assert (fits.hung_up, phone.intrusions) == (False, [])
    answer = http.get(f"/cgi-bin/api.values.get?request=phone_model:{'x' * (LONGEST_NAME + 1)}")
    assert (answer.hung_up, len(phone.intrusions)) == (crashes, 1)
    assert http.get("/").hung_up is crashes
    memory.wait(minutes=1)
    assert not http.get("/").hung_up


def test_gxp16_answers_cti_to_the_password_and_does_nothing_it_is_ordered_to():
    phone, _ = sheet.emulated("gxp16-form")
    http = Browser(phone)
    assert body(http.get("/cgi-bin/api-get_phone_status?passcode=wrong")) == "failed"
    http.get("/cgi-bin/api-sys_operation?request=REBOOT")
    http.post("/cgi-bin/api.values.post", {"P64": "x"})
    assert (phone.wrong_passwords, len(phone.intrusions)) == (1, 2)


# ---- the rest ---------------------------------------------------------------------------------------------


def test_the_old_forms_take_a_password_alone_and_name_their_address_in_every_failure():
    for number in range(3):
        phone, memory = sheet.emulated("gxp-html", number)
        http = Browser(phone)
        assert b"dologin" in sheet.html_sign_in(http, "wrong").content
        assert b"dologin" in http.get("/status.htm").content
        shown = sheet.html_sign_in(http).content
        assert memory.model.encode() in shown
        assert b"dologin" not in shown
        assert b"dologin" not in http.get("/status.htm").content
        http.post("/cgi-bin/update" if memory.model == "GXP1450" else "/update.htm", {"P270": "x"})
        assert len(phone.intrusions) == 1


def test_gxv33_gives_a_realm_that_opens_once_and_little_without_a_sign_in():
    for phone, memory in sheet.habits("gxv33-realm", 8):
        http = Browser(phone)
        asked = "/cgi-bin/api.values.get?request=phone_model:68"
        assert body(http.get(asked)) == {"phone_model": memory.model}
        sheet.realm_sign_in(http)
        assert body(http.get(asked))["68"] == memory.firmware
        assert http.get("/cgi-bin/callhistories").status == 404


def test_dp7_answers_cti_and_shows_no_list():
    phone, _ = sheet.emulated("dp7")
    http = Browser(phone)
    passcode = sheet.quote(sheet.PASSWORD)
    accounts = body(http.get(f"/cgi-bin/api-get_accounts?passcode={passcode}"))
    assert [one["sip_id"] for one in accounts] == ["201", "202"]
    lines = body(http.get(f"/cgi-bin/api-get_line_status?passcode={passcode}"))
    assert {one["state"] for one in lines} == {"idle"}
    assert body(http.get("/cgi-bin/api-get_accounts?passcode=no")) == "failed"
    assert http.get("/cgi-bin/callhistories").status == 404


def test_lists_bear_the_names_of_the_kind():
    assert EMULATORS["gxv-gmi"].newest_only
    assert {name for name, kind in EMULATORS.items() if kind.experimental} == set(CHALLENGE)
    assert ListName.FORWARDED not in EMULATORS["gxv-gmi"].lists
