"""The pure half: rows by recognised names, settings, weaknesses, variants."""

import pytest

from drivers.grandstream import call_log, identify, quirks, status
from drivers.grandstream.answers import gmi, locked
from phonesync.errors import DriverError, UnexpectedResponse
from phonesync.model import TimeOf
from tests.drivers.grandstream.talks import NOW, response

ROW = '{"number":"205","type":"missed","time":"2026-03-06 14:05"}'


def body(*rows):
    return f'{{"response":"success","body":[{",".join(rows)}]}}'.encode()


def test_rows_are_taken_newest_first_whichever_way_they_stand():
    later = ROW.replace("14:05", "14:09").replace("205", "206")
    for rows in ((ROW, later), (later, ROW)):
        found = call_log.parse_history(body(*rows)).rows["2"]
        assert [row.remote_number for row in found] == ["206", "205"]
    assert found[0].wall.second is None


def test_a_bare_list_of_rows_is_taken_too():
    assert len(call_log.parse_history(f"[{ROW}]".encode()).rows["2"]) == 1


@pytest.mark.parametrize("mark", ["-", "/", "."])
def test_a_date_may_have_other_marks(mark):
    row = ROW.replace("2026-03-06", f"2026{mark}03{mark}06")
    (found,) = call_log.parse_history(body(row)).rows["2"]
    assert (found.wall.month, found.wall.day, found.shown_at) == (3, 6, f"2026{mark}03{mark}06 14:05")


@pytest.mark.parametrize("content", [b"<CallHistories/>", b"<history>\n</history>"])
def test_a_history_with_nothing_in_it_shows_no_call_and_proves_nothing(content):
    assert call_log.parse_history(content).silent


@pytest.mark.parametrize("content", [b"<html/>", b"<CallHistories>none</CallHistories>", b'<calls of="0"/>'])
def test_other_bare_pages_are_no_history(content):
    with pytest.raises(UnexpectedResponse):
        call_log.parse_history(content)


def test_attributes_of_xml_are_fields_and_unknown_ones_are_reported():
    content = (
        b'<calls><c Call-Type="in" Phone_Number="205" start_time="2026-03-06T14:05:31" codec="opus"/></calls>'
    )
    lists = call_log.parse_history(content)
    assert [(row.remote_number, row.wall.second) for row in lists.rows["0"]] == [("205", 31)]
    assert lists.unknown == {"codec"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"response":"error","body":"failed"}',
        b'{"response":"success","body":true}',
        body('"x"'),
        body(ROW, "{}"),
        body(ROW.replace("missed", "lost")),
        body(ROW.replace("2026-03-06 14:05", "06.03.2026 2:05 PM")),
        body(ROW.replace("03-06", "02-30")),
        body(ROW.replace('"205"', "205.5")),
        body(ROW.replace('"number"', '"number":"1","phone_number"')),
        body(ROW)[:-3],
        b"<calls><c type='in' number='1' time='2026-03-06 14:05'/><page/></calls>",
        b"<c type='in' number='1' time='2026-03-06 14:05'/>",
        b"<html><body>Sign in</body></html>",
    ],
)
def test_everything_else_is_refused_whole(content):
    with pytest.raises(UnexpectedResponse):
        call_log.parse_history(content)


@pytest.mark.parametrize(
    "text",
    [
        '{"res":"success","msg":[{"id":"1","number":"2","account":"0","isVideo":"0"}]}',
        '"{"res":"success","msg":[{"id":"1","number":"2","account":"0","isVideo", "0"}]}"',
        '"{\\"res\\":\\"success\\",\\"msg\\":[{\\"id\\":\\"1\\",\\"number\\":\\"2\\",\\"account\\":\\"0\\",\\"isVideo\\":\\"0\\"}]}"',
    ],
)
def test_the_vendors_own_way_of_writing_json_is_read(text):
    assert gmi(response(text))["msg"] == [{"id": "1", "number": "2", "account": "0", "isVideo": "0"}]


@pytest.mark.parametrize("text", ['"', '""', '"1"', "[1]", '"{"res":"success"', "Response=Success"])
def test_what_is_no_object_is_none(text):
    assert gmi(response(text)) is None


def test_a_lock_without_a_believable_time_has_no_end():
    assert locked("12345", at=NOW).until is None
    assert locked(None, at=NOW).until is None


@pytest.mark.parametrize(
    ("model", "firmware", "weak"),
    [
        ("GXP1625", "1.0.7.79", True),
        ("GXP1625", "1.0.4.138", True),
        ("GXP1610", "1.0.7.81", False),
        ("GXP1610", "1.0.8.2", False),
        ("GXP1610", None, True),
        ("GXP1610", "beta", True),
        ("GXP2170", "1.0.7.79", False),
        (None, "1.0.7.79", False),
    ],
)
def test_the_weakness_of_gxp16xx_is_named_with_what_mends_it(model, firmware, weak):
    found = status.weaknesses(model, firmware)
    assert bool(found) is weak
    assert not weak or ("CVE-2026-2329" in found[0] and "1.0.7.81" in found[0])


@pytest.mark.parametrize(
    ("text", "mac"),
    [("00:00:5E:00:53:01", "00005e005301"), ("000000000000", None), ("zz005E005301", None), (None, None)],
)
def test_a_mac_is_twelve_digits_that_mean_something(text, mac):
    assert status.mac_address(text) == mac


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"configs":1}', '{"configs":[1,{"pvalue":3,"value":"x"}]}']
)
def test_settings_that_cannot_be_read_are_unknown(content):
    found = status.config_status(response(content))
    assert (found.zone, found.mac, found.history_enabled, found.warnings) == (None, None, None, ())
    assert status.values_status(response(content), model="GXP1760").firmware is None


@pytest.mark.parametrize("word", ["2", "Disable"])
def test_a_call_log_switched_off_is_said(word):
    content = f'{{"configs":[{{"alias":"","pvalue":"182","value":"{word}"}}]}}'
    assert status.config_status(response(content)).history_enabled is False


def test_quirks_are_checked():
    assert quirks.variant_of("grp26-history", {"time_of": "start"}).time_of is TimeOf.START
    assert quirks.variant_of("gxv-gmi", {"time_of": "start"}).time_of is TimeOf.RECORDED
    for name, given in (("v1", {}), ("gxv-gmi", {"pool": "own"}), ("gxv-gmi", {"session": "token"})):
        with pytest.raises(DriverError):
            quirks.variant_of(name, given)


def test_only_phones_that_break_http_are_read_leniently():
    assert {name for name, variant in quirks.VARIANTS.items() if variant.lenient_http} == {
        "gxp16-form",
        "gxp-html",
    }


@pytest.mark.parametrize(
    "page",
    [
        '<html><form action="/cgi-bin/dologin"><input name="user"></form></html>',
        '<html><form action="/login"><input name="P2"></form></html>',
        '<html><form action="/dologin.htm"><input name="P2"></form>',
        "",
    ],
)
def test_another_form_is_not_taken_for_an_old_one(page):
    assert identify.form_identity(response(page)) is None


@pytest.mark.parametrize(
    "text", ["Response=Success\r\nProduct=GXP22", "Response=Error\r\n", "Product=GXP2200\r\n", "[1]"]
)
def test_a_cut_or_foreign_product_is_none(text):
    assert identify.product(response(text)) is None
    assert identify.defined_model(response(text)) is None
