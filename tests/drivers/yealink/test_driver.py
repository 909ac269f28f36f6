"""The async half: which requests in which order, and what becomes of answers around the lists."""

import json

import pytest

from drivers.yealink import DRIVER, status
from phonesync.driver.contract import Driver
from phonesync.errors import (
    LockedOut,
    PhoneBusy,
    PhoneUnreachable,
    SignInRefused,
    UnexpectedResponse,
    Unsupported,
)
from phonesync.model import PhoneStatus
from tests.drivers.yealink.talks import NOW, ScriptedSession, phone, response

EMPTY_SERVLET = response('<script>g_callloglist = g_json.ParseJSON("{}");</script>')
EMPTY_JSON = response('{"ret":"ok","data":{"calls":[]}}')
STATUS = response(
    '<script>g_localtime = "2025.03.06_15.00.07"; g_dataAccStatus = g_json.ParseJSON("{\\"Account1\\":'
    '\\"201@pbx.example:2\\",\\"Account2\\":\\"\\",\\"Other\\":\\"x@y\\",\\"Account0\\":\\"x@y\\"}");</script>'
)
WHO = response('{"ret":"ok","data":{"wui.device.mac":"00005E005301","wui.device.firmware":"96.86.0.75"}}')
GONE = response("<html>404</html>", status=404)


def test_the_driver_keeps_the_contract():
    assert isinstance(DRIVER, Driver)
    assert (DRIVER.name, DRIVER.vendor) == ("yealink", "yealink")


@pytest.mark.anyio
async def test_servlet_phones_are_asked_for_the_lists_first_and_then_for_the_clock():
    session = ScriptedSession(EMPTY_SERVLET, STATUS)
    log = await DRIVER.read_call_log(session, phone=phone("v84-servlet"))
    assert session.paths == [
        "GET /servlet?m=mod_data&p=contacts-callinfo&q=load",
        "GET /servlet?m=mod_data&p=status&q=load",
    ]
    assert (log.clock.wall.hour, log.clock.at) == (15, NOW)
    assert log.accounts == {1: "201"}
    assert [answer.path for answer in log.raw] == ["/servlet?m=mod_data&p=contacts-callinfo&q=load"]


@pytest.mark.anyio
async def test_json_phones_are_warmed_up_as_a_browser_does():
    session = ScriptedSession(WHO, EMPTY_JSON, response('{"ret":"ok","data":"2025-03-06 15:00:07"}'))
    log = await DRIVER.read_call_log(session, phone=phone("v86-json"))
    t = int(NOW.timestamp() * 1000)
    assert session.paths == [
        f"POST /api/common/info?p=ContactsCalllog&t={t}",
        f"GET /api/contacts/calllog?type=0&p=ContactsCalllog&t={t}",
        f"GET /api/time/localtime?p=StatusGeneral&t={t}",
    ]
    assert (log.mac, log.firmware, log.clock.wall.second) == ("00005e005301", "96.86.0.75", 7)


@pytest.mark.anyio
@pytest.mark.parametrize("variant", ["v70-basic", "v72-form"])
async def test_phones_that_show_no_clock_are_asked_once(variant):
    page = {
        "v70-basic": '<script>var Cfgdata2="";</script>',
        "v72-form": "".join(
            f'<div id="Call{code}ListContent"><table></table></div>'
            for code in ("Dialed", "Missed", "Received")
        ),
    }
    session = ScriptedSession(response(page[variant]))
    log = await DRIVER.read_call_log(session, phone=phone(variant))
    assert (len(session.asked), log.clock) == (1, None)
    assert all(snapshot.entries == () for snapshot in log.snapshots)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "clock",
    [
        GONE,
        response(""),
        response("{}"),
        response('{"ret":"ok","data":"soon"}'),
        response('<script>g_localtime = "2025'),
    ],
)
async def test_a_clock_that_cannot_be_read_spoils_nothing(clock):
    log = await DRIVER.read_call_log(ScriptedSession(EMPTY_SERVLET, clock), phone=phone("v84-servlet"))
    assert (log.clock, len(log.snapshots)) == (None, 4)
    log = await DRIVER.read_call_log(ScriptedSession(GONE, EMPTY_JSON, clock), phone=phone("v86-json"))
    assert (log.clock, log.mac, len(log.snapshots)) == (None, None, 4)


class Breaking(ScriptedSession):
    async def send(self, request, /):
        if not self.waiting:
            raise PhoneUnreachable("gone")
        return await super().send(request)


@pytest.mark.anyio
async def test_a_phone_that_goes_away_before_the_clock_was_not_read():
    with pytest.raises(PhoneUnreachable):
        await DRIVER.read_call_log(Breaking(EMPTY_SERVLET), phone=phone("v84-servlet"))


@pytest.mark.anyio
async def test_an_unreadable_generation_is_refused_with_a_sentence_and_without_a_request():
    session = ScriptedSession()
    with pytest.raises(Unsupported, match="v80 and v81"):
        await DRIVER.read_call_log(session, phone=phone("v80-blob"))
    assert session.asked == []


@pytest.mark.anyio
async def test_an_answer_that_is_no_list_says_where_and_is_kept():
    with pytest.raises(UnexpectedResponse) as caught:
        await DRIVER.read_call_log(ScriptedSession(response("<html></html>")), phone=phone("v84-servlet"))
    error = caught.value
    assert (error.variant, error.status, error.content) == ("v84-servlet", 200, b"<html></html>")
    assert error.path == "/servlet?m=mod_data&p=contacts-callinfo&q=load"
    with pytest.raises(UnexpectedResponse, match="status 500"):
        await DRIVER.read_call_log(ScriptedSession(response(status=500)), phone=phone("v84-servlet"))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("variant", "answer", "kind"),
    [
        ("v70-basic", response(status=401), SignInRefused),
        ("v84-servlet", response('{"authstatus":"lock","locktime":"3"}', status=403), LockedOut),
        ("v84-servlet", response('<div id="_RES_INFO_">{"authstatus":"lock"}</div>'), LockedOut),
        ("v86-json", response('{"ret":"failed","error":{"msg":"auth_err_user_busy"}}'), PhoneBusy),
    ],
)
async def test_a_lock_a_refusal_or_somebody_else_in_place_of_the_list_is_named(variant, answer, kind):
    answers = (WHO, answer) if variant == "v86-json" else (answer,)
    with pytest.raises(kind):
        await DRIVER.read_call_log(ScriptedSession(*answers), phone=phone(variant))


@pytest.mark.anyio
async def test_the_status_of_a_v70_phone_names_its_model():
    session = ScriptedSession(response('<script>var devtype="T20P";</script>'))
    assert await DRIVER.read_status(session, phone=phone("v70-basic")) == PhoneStatus(model="T20P")
    assert session.paths == ["GET /cgi-bin/ConfigManApp.com?Id=1"]


@pytest.mark.anyio
async def test_the_mac_is_asked_of_phonecfg_only_with_the_quirk():
    lines = "FirmwareVersion=124.86.0.75\nMACAddress=00005E005301\nAccount0=1|a|b|c|d|201@pbx.example\njunk\n"
    session = ScriptedSession(GONE, response(lines))
    found = await DRIVER.read_status(session, phone=phone("v86-servlet", phonecfg="use"))
    assert (found.mac, found.firmware, found.accounts) == ("00005e005301", "124.86.0.75", {1: "201"})
    assert session.paths[1] == "GET /servlet?phonecfg=get&accounts=1&fw=1"
    session = ScriptedSession(STATUS)
    assert (await DRIVER.read_status(session, phone=phone("v86-servlet"))).mac is None


@pytest.mark.anyio
@pytest.mark.parametrize("code", [401, 403, 404, 400, 405])
async def test_a_phonecfg_that_is_not_allowed_leaves_the_mac_unknown(code):
    session = ScriptedSession(response(status=code))
    found = await DRIVER.read_status(session, phone=phone("v72-form", phonecfg="use"))
    assert found == PhoneStatus()
    assert len(session.asked) == 1


@pytest.mark.anyio
async def test_settings_are_asked_one_by_one_and_left_unknown_where_refused():
    refused = response('{"ret":"failed","data":false,"error":{"msg":"error_invalid_cfg_info"}}')
    off = response('{"ret":"ok","data":{"features.save_call_history":"0"}}')
    odd = response('{"ret":"ok","data":{"features.call_log_merge.enable":"maybe"}}')
    session = ScriptedSession(WHO, refused, off, odd, GONE)
    found = await DRIVER.read_status(session, phone=phone("v86-json"))
    assert (found.zone, found.history_enabled, found.merging_enabled, found.clock) == (
        None,
        False,
        None,
        None,
    )
    assert [json.loads(request.content)["keys"] for request in session.asked[1:4]] == [
        ["local_time.time_zone"],
        ["features.save_call_history"],
        ["features.call_log_merge.enable"],
    ]


@pytest.mark.parametrize(
    ("text", "mac"),
    [
        ("00:00:5E:00:53:01", "00005e005301"),
        ("00-00-5e-00-53-01", "00005e005301"),
        ("00005E005301", "00005e005301"),
        ("000000000000", None),
        ("ff:ff:ff:ff:ff:ff", None),
        ("00005E0053", None),
        ("zz005E005301", None),
        ("", None),
        (None, None),
    ],
)
def test_a_mac_is_twelve_digits_that_mean_something(text, mac):
    assert status.mac_address(text) == mac


FORBIDDEN = ("dial", "hangup", "delete", "clear", "write", "reboot", "autop", "Command", "key=", "upload")


@pytest.mark.anyio
@pytest.mark.parametrize("variant", ["v70-basic", "v72-form", "v84-servlet", "v86-servlet", "v86-json"])
async def test_nothing_is_ever_asked_that_changes_the_phone(variant):
    session = ScriptedSession(*[response('{"ret":"ok","data":{"calls":[]}}')] * 9)
    try:
        await DRIVER.read_call_log(session, phone=phone(variant))
    except UnexpectedResponse:
        assert session.asked
    await DRIVER.read_status(session, phone=phone(variant, phonecfg="use"))
    assert not [path for path in session.paths if any(word in path for word in FORBIDDEN)]
