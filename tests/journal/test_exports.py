"""Exports, opened by what others wrote, hold the calls that went in, and nothing in them computes."""

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from phonesync.calls.values import Disposition, Party
from phonesync.journal import export_csv, export_definitions, export_jsonl, export_table, export_xlsx
from phonesync.journal.export_table import About, Exported
from phonesync.journal.named_calls import FIELDS, Named
from tests.calls import made

MOSCOW = ZoneInfo("Europe/Moscow")
ABOUT = About(at=made.MONDAY, by="olga", zone=MOSCOW, wanted=(("tab", "missed"), ("period", "30d")))
RUSSIAN = replace(ABOUT, language="ru", gettext=lambda text: {"Started": "Начало"}.get(text, text))


def exported(name="Петрова", *, tags=(), comments=0, **changes):
    call = made.call(**changes)
    return Exported(named=Named(call=call, calling=name, called="Иванов"), tags=tags, comments=comments)


def many(number):
    for at in range(number):
        yield exported(id=f"c{at}", started_at=made.later(minutes=at), talk_s=at)


def lines_of(path):
    return path.read_bytes().decode("utf-8-sig").split("\r\n")


FORMULAS = ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", "+7 (495) =1", "＝1+1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_of_csv_is_a_formula(tmp_path, text):
    path = tmp_path / "calls.csv"
    party = Party(number_shown=text)
    export_csv.write_csv(path, [exported(text, calling=party, owner=text, tags=(text,))], ABOUT)
    with path.open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    assert [row[name] for name in ("From: name", "From: number", "Employee", "Tags")] == [f"'{text}"] * 4


def test_csv_keeps_numbers_as_they_are_and_times_in_the_readers_zone(tmp_path):
    path = tmp_path / "calls.csv"
    late = exported(ring_s=5, talk_s=4000, tags=("important", "x"), comments=2, coverage=0.999)
    tally = export_csv.write_csv(path, [late], ABOUT)
    with path.open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    assert row["Started (Europe/Moscow)"] == "2026-02-02 12:00:00"
    assert (row["From: number"], row["To: number"]) == ("+74955550101", "101")
    assert (row["Ring time"], row["Talk time"], row["Coverage"]) == ("5", "4000", "99%")
    assert (row["Tags"], row["Comments"], row["Uncertain"]) == ("important, x", "2", "")
    assert (tally.rows, tally.coverage) == (1, 0.999)


def test_csv_has_a_mark_the_separator_of_its_language_and_quotes_around_every_text(tmp_path):
    path = tmp_path / "calls.csv"
    export_csv.write_csv(path, [exported('ООО "Ромашка", г. Москва;=1\r\nдом 2')], RUSSIAN)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    head, *rest = lines_of(path)
    assert head.startswith('"Начало (Europe/Moscow)";"Direction";')
    assert '"ООО ""Ромашка"", г. Москва;=1' in rest[0]
    export_csv.write_csv(path, [], ABOUT)
    assert lines_of(path)[0].count('","') == 17
    assert lines_of(path)[1:] == [""]


def sheets_of(path):
    book = openpyxl.load_workbook(path, read_only=True)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def test_a_workbook_holds_texts_dates_and_durations(tmp_path):
    path = tmp_path / "calls.xlsx"
    rows = [
        exported("=1+1", talk_s=90_061, coverage=0.999),
        exported("http://phone.example", calling=Party()),
    ]
    export_xlsx.write_xlsx(path, rows, ABOUT)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    head = [cell.value for cell in sheet[1]]
    cell = {name: sheet.cell(2, at) for at, name in enumerate(head, 1)}
    assert cell["Started (Europe/Moscow)"].value == datetime(2026, 2, 2, 12, 0)
    assert (cell["From: number"].value, cell["From: number"].data_type) == ("+74955550101", "s")
    assert (cell["To: number"].value, cell["To: number"].data_type) == ("101", "s")
    assert (cell["From: name"].value, cell["From: name"].data_type) == ("=1+1", "s")
    assert cell["Talk time"].value == timedelta(seconds=90_061)
    assert cell["Talk time"].number_format == "[h]:mm:ss"
    assert (cell["Coverage"].value, cell["Coverage"].number_format) == (0.99, "0%")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:R3")
    assert sheet.cell(3, 4).value is None
    assert sheet.cell(3, 5).hyperlink is None
    assert sheet.column_dimensions["E"].width > 20


def test_a_workbook_says_what_it_is_and_what_its_words_mean(tmp_path):
    path = tmp_path / "calls.xlsx"
    export_xlsx.write_xlsx(path, [exported(coverage=0.5), exported(coverage=None)], ABOUT)
    sheets = sheets_of(path)
    assert list(sheets) == ["Calls", "About", "Definitions"]
    assert dict(sheets["About"]) == {
        "Made": "2026-02-02 12:00:00",
        "Time zone": "Europe/Moscow",
        "Asked for by": "olga",
        "Filter": "tab: missed\nperiod: 30d",
        "Calls": "2",
        "Coverage": "50.0 %",
    }
    words = dict(sheets["Definitions"])
    assert {outcome.value.replace("_", " ") for outcome in Disposition} <= set(words)
    assert words["Department"] == "That of the group, else the owner's as it was then."


@pytest.mark.parametrize(("number", "parts"), [(0, [0]), (4, [4]), (5, [4, 1]), (8, [4, 4]), (9, [4, 4, 1])])
def test_a_full_sheet_goes_on_in_the_next(tmp_path, number, parts):
    path = tmp_path / "calls.xlsx"
    seen: list[int] = []
    tally = export_xlsx.write_xlsx(path, many(number), ABOUT, sheet_rows=5, observe=seen.append)
    sheets = sheets_of(path)
    names = ["Calls", "Calls 2", "Calls 3"][: len(parts)]
    assert list(sheets) == [*names, "About", "Definitions"]
    assert [len(sheets[name]) - 1 for name in names] == parts
    assert [row[-1] for name in names for row in sheets[name][1:]] == [f"c{at}" for at in range(number)]
    assert tally.rows == number


def test_lines_of_json_have_the_fields_of_the_command_line(tmp_path):
    path = tmp_path / "calls.jsonl"
    export_jsonl.write_jsonl(path, [exported("=1", tags=("spam",)), exported()], ABOUT)
    first, second = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    assert tuple(first) == (*FIELDS, "tags", "comments")
    assert (first["calling"]["name"], first["tags"]) == ("=1", ["spam"])
    assert second["calling"]["e164"] == "+74955550101"


class Ended(Exception):
    pass


@pytest.mark.parametrize("write", [export_csv.write_csv, export_jsonl.write_jsonl, export_xlsx.write_xlsx])
def test_an_export_can_be_ended_while_it_is_written(tmp_path, write):
    seen = []

    def observe(rows):
        seen.append(rows)
        if rows >= 500:
            raise Ended

    with pytest.raises(Ended):
        write(tmp_path / "calls", many(10_000), ABOUT, observe=observe)
    assert seen == [250, 500]
    assert [file.name for file in tmp_path.iterdir() if file.name != "calls"] == []


def test_the_definitions_are_those_of_the_reference():
    page = (Path(__file__).parents[2] / "docs" / "reference" / "definitions.md").read_text("utf-8")
    plain = page.replace("`", "").replace("[uncertain](fields.md#entries)", "uncertain")
    own = "Seen from the office"
    missing = [
        meaning
        for _, meaning in export_definitions.definitions(str)
        if meaning not in plain and not meaning.startswith(own)
    ]
    assert not missing


def test_no_share_is_rounded_up():
    assert [export_table.whole_percent(share) for share in (None, 0.9999, 1.0, 0.0)] == [None, 0.99, 1.0, 0.0]
    assert made.MONDAY.tzinfo is UTC
