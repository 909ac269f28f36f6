"""The pure half: bytes to rows, there and back, and cut at every byte."""

import html
import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.yealink.call_log import PAGES, parse_basic, parse_form, parse_json, parse_servlet
from phonesync.errors import UnexpectedResponse
from phonesync.model import CallLogEntry, WallTime

FIXTURES = Path(__file__).parent / "fixtures"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

NUMBERS = st.text("0123456789+*#,-() ", min_size=1, max_size=20).filter(lambda text: text == text.strip())
NAMES = st.text(max_size=30).filter(lambda text: not text or text.strip())
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31)).map(lambda at: at.replace(microsecond=0))


def expected_short(
    code: str, at: datetime, number: str, shown_at: str, host: str | None = None
) -> CallLogEntry:
    wall = WallTime(
        year=None, month=at.month, day=at.day, hour=at.hour, minute=at.minute, weekday=at.weekday()
    )
    return CallLogEntry(list_code=code, remote_number=number, remote_host=host, shown_at=shown_at, wall=wall)


# --- there and back ----------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from("123"), MOMENTS, NUMBERS), max_size=12))
def test_v70_rows_come_back(rows):
    records, expected = [], {}
    for code, at, number in rows:
        date, clock = f"{DAYS[at.weekday()]}, {MONTHS[at.month - 1]} {at.day}", f"{at:%H:%M}"
        records.append(f"{code}ÿ{date}ÿ{clock}ÿÿÿÿ{number}" + "\xfe")
        expected.setdefault(code, []).append(expected_short(code, at, number, f"{date} {clock}"))
    page = f'<html><script>var Cfgdata2="{"".join(records)}";</script></html>'
    lists = parse_basic(page.encode("latin-1"))
    assert lists.rows == expected
    assert lists.unknown == set()


@given(st.lists(st.tuples(st.sampled_from(["Dialed", "Missed", "Received"]), MOMENTS, NUMBERS), max_size=12))
def test_v72_rows_come_back(rows):
    tables = {"Dialed": "", "Missed": "", "Received": ""}
    expected: dict[str, list[CallLogEntry]] = {"Dialed": [], "Missed": [], "Received": []}
    for code, at, number in rows:
        words = (DAYS[at.weekday()], MONTHS[at.month - 1], f"{at.day:02}")
        script = " ".join(f'T("{word}")' for word in words)
        clock = f"{at:%H:%M}"
        tables[code] += (
            f"<tr><td>1</td><td><script>{script}</script></td><td>{clock}</td><td>?</td><td>?</td>"
            f"<td>{html.escape(number)}@pbx.example</td></tr>"
        )
        shown_at = f"{' '.join(words)} {clock}"
        expected[code].append(expected_short(code, at, number, shown_at, "pbx.example"))
    body = "".join(f'<div id="Call{c}ListContent"><table>{rows}</table></div>' for c, rows in tables.items())
    assert parse_form(f"<html><body>{body}</body></html>".encode()).rows == expected


RECORDS = st.tuples(
    st.sampled_from("1234"),
    MOMENTS,
    NUMBERS,
    NAMES,
    st.none() | st.integers(0, 10**5),
    st.integers(1, 99),
)


def record(at, number, name, duration, count, *, key) -> dict[str, str]:
    return {
        "local_name": "201",
        "remote_display": name,
        "remote_name": number,
        "remote_server": "",
        key: f"{at:%Y.%m.%d_%H.%M.%S}",
        "duration": "" if duration is None else str(duration),
        "number_of_times": str(count),
    }


def expected_row(code, at, number, name, duration, count) -> CallLogEntry:
    wall = WallTime(
        year=at.year, month=at.month, day=at.day, hour=at.hour, minute=at.minute, second=at.second
    )
    return CallLogEntry(
        list_code=code,
        account="201",
        remote_number=number,
        remote_name=name.replace("\0", "�") or None,
        shown_at=f"{at:%Y.%m.%d_%H.%M.%S}",
        wall=wall,
        duration_s=duration,
        count=count,
    )


@given(st.lists(RECORDS, max_size=12), st.booleans(), st.booleans())
def test_servlet_rows_come_back(rows, inner_ascii, outer_ascii):
    tree: dict[str, dict[str, dict[str, str]]] = {code: {} for code in "1234"}
    expected: dict[str, list[CallLogEntry]] = {code: [] for code in "1234"}
    for code, *rest in rows:
        tree[code][str(len(tree[code]))] = record(*rest, key="born_tick_datetime")
        expected[code].append(expected_row(code, *rest))
    literal = json.dumps(json.dumps(tree, ensure_ascii=inner_ascii), ensure_ascii=outer_ascii)
    page = f"<html><script>var g_callloglist = g_json.ParseJSON({literal});</script></html>"
    lists = parse_servlet(page.encode())
    assert lists.rows == expected
    assert lists.unknown == set()


@given(st.lists(RECORDS, max_size=12), st.booleans(), st.booleans())
def test_json_rows_come_back(rows, as_text, ascii_only):
    calls, expected = [], {}
    for code, *rest in rows:
        calls.append({"type": code if as_text else int(code), **record(*rest, key="datetime")})
        expected.setdefault(code, []).append(expected_row(code, *rest))
    body = json.dumps({"ret": "ok", "data": {"calls": calls}}, ensure_ascii=ascii_only)
    lists = parse_json(body.encode())
    assert lists.rows == expected
    assert lists.unknown == set()


# --- cut, foreign, damaged ---------------------------------------------------------------------------------

CALL_LISTS = [
    (path, variant)
    for variant, case in {
        "v70-basic": "T20P_9.70.0.140/three_lists",
        "v72-form": "T46G_28.72.0.30/three_lists",
        "v84-servlet": "T46S_66.84.0.15/names_and_withheld",
        "v86-json": "T46U_108.86.0.20/names_withheld_merged",
    }.items()
    for path in (FIXTURES / case).glob("call_lists.*")
]


@pytest.mark.parametrize(("path", "variant"), CALL_LISTS, ids=[variant for _, variant in CALL_LISTS])
def test_a_list_cut_at_any_byte_is_an_error_or_whole(path, variant):
    content = path.read_bytes()
    parse = PAGES[variant].parse
    whole = parse(content)
    assert sum(len(rows) for rows in whole.rows.values()) >= 5
    errors = 0
    for length in range(len(content)):
        try:
            lists = parse(content[:length])
        except UnexpectedResponse:
            errors += 1
        else:
            assert lists.rows == whole.rows, length
    assert errors > 0.8 * len(content)


@pytest.mark.parametrize("variant", PAGES)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html></html>",
        b"{}",
        b"[]",
        b"null",
        b'{"ret":"ok"}',
        b'{"ret":"ok","data":[]}',
        b'{"ret":"failed","data":{"calls":[]}}',
        b'<html><script>var g_callloglist = "";</script></html>',
        b'<html><div id="CallDialedListContent"></div></html>',
        b"not found",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_call_list_is_never_an_empty_list(variant, content):
    with pytest.raises(UnexpectedResponse):
        PAGES[variant].parse(content)


@given(st.binary(max_size=200), st.sampled_from(list(PAGES)))
def test_no_bytes_break_a_parser(content, variant):
    with pytest.raises(UnexpectedResponse):
        PAGES[variant].parse(content)


# --- v70 ---------------------------------------------------------------------------------------------------


def v70(*records: str) -> bytes:
    return f'<script>var Cfgdata2="{"þ".join(records)}";</script>'.encode("latin-1")


def test_a_short_record_is_passed_over_and_counted():
    lists = parse_basic(v70("1ÿThu, Mar 6ÿ14:05", "2ÿThu, Mar 6ÿ14:05ÿÿÿÿ204", "3", ""))
    assert len(lists.rows["2"]) == 1
    assert lists.unknown == {"Cfgdata2: 2 records with fewer than 7 fields, passed over"}


def test_fields_that_nobody_reads_are_reported_where_they_hold_something():
    lists = parse_basic(v70("2ÿThu, Mar 6ÿ14:05ÿ201ÿÿÿ204ÿx"))
    assert lists.unknown == {"Cfgdata2[3]", "Cfgdata2[7]"}


def test_bytes_between_the_separators_are_untouched():
    row = parse_basic('<script>var Cfgdata2="2ÿThu, Mar 6ÿ14:05ÿÿÿÿ+7 (495) é";'.encode("latin-1")).rows["2"][
        0
    ]
    assert row.remote_number == "+7 (495) é"


def test_an_unknown_type_keeps_its_rows():
    assert len(parse_basic(v70("4ÿThu, Mar 6ÿ14:05ÿÿÿÿ204")).rows["4"]) == 1


@pytest.mark.parametrize(
    "bad",
    [
        "xÿThu, Mar 6ÿ14:05ÿÿÿÿ204",
        "2ÿÿ14:05ÿÿÿÿ204",
        "2ÿDo, Mär 6ÿ14:05ÿÿÿÿ204",
        "2ÿThu, Mar 32ÿ14:05ÿÿÿÿ204",
        "2ÿSat, Feb 30ÿ14:05ÿÿÿÿ204",
        "2ÿThu, Mar 6ÿ25:05ÿÿÿÿ204",
        "2ÿThu, Mar 6ÿ2:05 PMÿÿÿÿ204",
        "2ÿThu, Mar 6 2025ÿ14:05ÿÿÿÿ204",
    ],
)
def test_one_unreadable_v70_row_refuses_the_answer(bad):
    good = "2ÿThu, Mar 6ÿ14:05ÿÿÿÿ204"
    with pytest.raises(UnexpectedResponse):
        parse_basic(v70(good, bad))


def test_a_quote_inside_the_text_refuses_the_answer():
    with pytest.raises(UnexpectedResponse, match="quote"):
        parse_basic(v70('2ÿThu, Mar 6ÿ14:05ÿ201ÿThe "Door"ÿÿ204'))


# --- v72 ---------------------------------------------------------------------------------------------------

ROW = (
    '<tr><td>1</td><td><script>T("Thu") T("Mar") T("06")</script></td><td>09:40</td><td>?</td><td>?</td>'
    "<td>84955550123@pbx.example</td></tr>"
)


def v72(missed: str, *, more: str = "", end: str = "</body></html>") -> bytes:
    empty = "".join(
        f'<div id="Call{code}ListContent"><table></table></div>' for code in ("Dialed", "Received")
    )
    return f'<html><body>{empty}<div id="CallMissedListContent">{missed}</div>{more}{end}'.encode()


def test_header_and_empty_rows_are_no_calls():
    head = "<tr><th>1</th><th>2</th><th>3</th><th>4</th><th>5</th><th>6</th></tr><tr><td>&nbsp;</td></tr><tr></tr>"
    lists = parse_form(v72(f"<table>{head}{ROW}</table>"))
    assert [len(rows) for rows in lists.rows.values()] == [0, 1, 0]


@pytest.mark.parametrize(
    "missed",
    [
        "",
        "<p>loading</p>",
        f"<table>{ROW}<tr><td>1</td><td><script>T('Thu') T('Mar') T('06')</script></td></tr></table>",
        f"<table>{ROW}<tr><td>09:40</td><td>204</td></tr></table>",
        f"<table>{ROW.replace('09:40', '9.40')}</table>",
        f"<table>{ROW.replace('Mar', 'März')}</table>",
        f"<table>{ROW.replace('84955550123@pbx.example', '<script>number(1)</script>')}</table>",
        "<table>" + ROW.replace('T("06")', 'T("06") T("2025")') + "</table>",
    ],
)
def test_a_list_in_another_form_refuses_the_page(missed):
    with pytest.raises(UnexpectedResponse):
        parse_form(v72(missed))


def test_a_page_without_its_end_is_cut():
    with pytest.raises(UnexpectedResponse, match="cut"):
        parse_form(v72("<table></table>", end=""))


def test_the_sample_of_the_sheet_alone_lacks_two_lists():
    with pytest.raises(UnexpectedResponse, match="lacks the list Dialed"):
        parse_form(f'<div id="CallMissedListContent"><table>{ROW}</table></div>'.encode())


def test_a_forwarded_list_is_taken_where_every_row_passes():
    more = f'<div id="CallForwardedListContent"><table>{ROW}</table></div>'
    lists = parse_form(v72("<table></table>", more=more))
    assert len(lists.rows["Forwarded"]) == 1


def test_a_forwarded_list_in_another_form_is_reported_and_spoils_nothing():
    more = '<div id="CallForwardedListContent"><p>none</p></div>'
    lists = parse_form(v72(f"<table>{ROW}</table>", more=more))
    assert "Forwarded" not in lists.rows
    assert lists.unknown == {"CallForwardedListContent, in a form that is not known"}
    assert len(lists.rows["Missed"]) == 1


def test_bytes_that_are_not_utf8_are_reported():
    page = v72(f"<table>{ROW}</table>", more="<p>~</p>").replace(b"~", b"\xcc")
    assert parse_form(page).unknown == {"bytes that are not UTF-8"}


# --- v82 to v87 --------------------------------------------------------------------------------------------

AT = datetime(2025, 3, 6, 14, 5, 31)


def servlet(tree: object) -> bytes:
    return f"<script>g_callloglist = g_json.ParseJSON({json.dumps(json.dumps(tree))});</script>".encode()


def calls(*records: object) -> bytes:
    return json.dumps({"ret": "ok", "data": {"calls": list(records)}}).encode()


def good(**changes: object) -> dict[str, object]:
    return {**record(AT, "204", "", 65, 1, key="born_tick_datetime"), **changes}


def test_running_keys_are_numbers_not_text():
    tree = {"1": {str(n): good(remote_name=str(n)) for n in (10, 2, 0, 11, 1)}}
    assert [row.remote_number for row in parse_servlet(servlet(tree)).rows["1"]] == [
        "0",
        "1",
        "2",
        "10",
        "11",
    ]


def test_a_type_without_records_may_be_an_array_and_an_unknown_type_keeps_its_rows():
    lists = parse_servlet(servlet({"1": [], "2": [good()], "7": {"0": good()}}))
    assert [(code, len(rows)) for code, rows in lists.rows.items()] == [("1", 0), ("2", 1), ("7", 1)]


def test_a_type_written_in_two_ways_loses_no_row():
    assert len(parse_servlet(servlet({"1": {"0": good()}, "01": {"0": good()}})).rows["1"]) == 2


def test_unknown_fields_are_reported_by_name():
    tree = {"1": {"0": good(photo="x", line=1)}}
    assert parse_servlet(servlet(tree)).unknown == {"photo", "line"}


def test_a_display_name_that_ends_the_script_does_not_end_the_list():
    literal = json.dumps(json.dumps({"1": {"0": good(remote_display="</script><b>")}}))
    page = f"<script>g_callloglist = g_json.ParseJSON({literal});</script>".encode()
    assert b"</script><b>" in page
    assert parse_servlet(page).rows["1"][0].remote_name == "</script><b>"


def test_a_duration_in_another_form_is_reported_and_not_claimed():
    lists = parse_servlet(servlet({"1": {"0": good(duration="an hour")}}))
    assert lists.rows["1"][0].duration_s is None
    assert lists.unknown == {"duration, in a form that is not known"}


@pytest.mark.parametrize(
    "bad",
    [
        good(born_tick_datetime=""),
        good(born_tick_datetime="2025.02.30_10.00.00"),
        good(born_tick_datetime="2025.03.06_24.00.00"),
        good(born_tick_datetime="06.03.2025_10.00.00"),
        good(born_tick_datetime="2025-03-06 10:00:00"),
        good(born_tick_datetime="1741260651"),
        good(number_of_times="many"),
        good(remote_name=[]),
        {key: value for key, value in good().items() if key != "remote_name"},
        {key: value for key, value in good().items() if key != "born_tick_datetime"},
        "text",
        None,
    ],
)
def test_one_unreadable_record_refuses_the_answer(bad):
    with pytest.raises(UnexpectedResponse):
        parse_servlet(servlet({"1": {"0": good(), "1": bad}}))
    if isinstance(bad, dict):
        bad = {("datetime" if key == "born_tick_datetime" else key): value for key, value in bad.items()}
        bad["type"] = 1
    with pytest.raises(UnexpectedResponse):
        parse_json(calls(bad))


@pytest.mark.parametrize("tree", [{"1": {"a": good()}}, {"x": {}}, {"1": "none"}, {"1": None}])
def test_a_tree_of_another_form_is_refused(tree):
    with pytest.raises(UnexpectedResponse):
        parse_servlet(servlet(tree))


@pytest.mark.parametrize("kind", [None, "", "x", True, [], -1, 1.5])
def test_a_call_without_a_type_refuses_the_answer(kind):
    with pytest.raises(UnexpectedResponse):
        parse_json(calls({**record(AT, "204", "", 1, 1, key="datetime"), "type": kind}))


def test_calls_at_two_places_are_refused():
    with pytest.raises(UnexpectedResponse, match="one array"):
        parse_json(b'{"ret":"ok","data":{"calls":[]},"more":{"calls":[]}}')


def test_a_record_named_twice_is_refused_because_one_would_be_lost():
    inner = '{"1":{"0":%s,"0":%s}}' % ((json.dumps(good()),) * 2)
    with pytest.raises(UnexpectedResponse, match="twice"):
        parse_servlet(f"<script>g_callloglist = g_json.ParseJSON({json.dumps(inner)});</script>".encode())
