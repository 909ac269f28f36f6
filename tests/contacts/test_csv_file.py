"""CSV as spreadsheets write it: any encoding, delimiter and headings; a broken row spoils no other."""

import csv
import io
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.contacts import csv_file, headings, text
from phonesync.contacts.csv_file import parse
from phonesync.errors import SourceError

RUSSIAN = (
    "Фамилия;Имя;Отчество;Рабочий телефон;Мобильный телефон;Отдел\r\n"
    "Иванов;Пётр;Юрьевич;8 (495) 123-45-67;+7 916 111-22-33;Продажи\r\n"
    "Щукина;Анна;;201;;Снабжение\r\n"
)
WESTERN = (
    "Name,Business Phone,Mobile Phone\r\nMüller Jörg,030 1234567,\r\nÉclair François,,5\r\nNuñez Ana,6,7\r\n"
)


def harvest(content, **more):
    given_ = {"file": "staff.csv", "columns": {}} | more
    return parse(content if isinstance(content, bytes) else content.encode(), **given_)


def shown(brought):
    return [(one.name, *(number.number for number in one.numbers)) for one in brought.found]


def remarks(brought):
    return [str(remark) for remark in brought.remarks]


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("cp1251", b""),
        ("cp866", b""),
        ("mac_cyrillic", b""),
    ],
)
def test_every_encoding_in_which_excel_writes_russian_is_recognised(encoding, mark):
    brought = harvest(mark + RUSSIAN.encode(encoding))
    assert shown(brought) == [
        ("Иванов Пётр Юрьевич", "8 (495) 123-45-67", "+7 916 111-22-33"),
        ("Щукина Анна", "201"),
    ]
    assert [one.department for one in brought.found] == ["Продажи", "Снабжение"]
    assert [number.kind for number in brought.found[0].numbers] == ["work", "mobile"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp850", "mac_roman"])
def test_every_encoding_in_which_excel_writes_western_names_is_recognised(encoding):
    names = [name for name, *_ in shown(harvest(WESTERN.encode(encoding)))]
    assert names == ["Müller Jörg", "Éclair François", "Nuñez Ana"]


def test_a_configured_encoding_is_taken_as_it_is():
    assert shown(harvest("Name;Phone\nИван;5\n".encode("koi8-r"), encoding="koi8-r")) == [("Иван", "5")]
    with pytest.raises(SourceError, match="cannot be read as idna"):
        harvest(b"Name;Phone\n\xff..;5\n", encoding="idna")


def test_one_broken_byte_does_not_make_a_utf8_file_another_one():
    rows = "".join(f"Иванов {n};{n}\n" for n in range(20)).encode()
    brought = harvest("ФИО;Телефон\n".encode() + rows + b"Petr\xff;77\n")
    assert len(brought.found) == 21
    assert shown(brought)[-1] == ("Petr\ufffd", "77")


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_delimiter_and_line_end_is_recognised(delimiter, end):
    lines = [["ФИО", "Телефон", "Заметка"], ["Иванов И.", "5", "a"], ["Петров П.", "6", "b"]]
    assert shown(harvest(end.join(delimiter.join(line) for line in lines))) == [
        ("Иванов И.", "5"),
        ("Петров П.", "6"),
    ]


def test_a_line_that_names_the_delimiter_is_believed():
    assert shown(harvest("sep=|\r\nName|Phone\r\nA, B|5\r\n")) == [("A, B", "5")]


def test_a_configured_delimiter_and_configured_columns_are_used():
    columns = {"name": ("Staff",), "work": ("Line", "Второй"), "id": ("Nr",)}
    brought = harvest("Nr:Staff:Line:Второй:Mobile\n7:Anna:5:6:8\n", delimiter=":", columns=columns)
    assert shown(brought) == [("Anna", "5", "6", "8")]
    assert brought.found[0].uid == "7"
    with pytest.raises(
        SourceError, match=r'staff.csv:1: unknown heading "Stuff"; did you mean "Staff"'
    ) as refused:
        harvest("Staff;Phone\nA;5\n", columns={"name": ("Stuff",)})
    assert "columns.name" in refused.value.hint


def test_headings_that_nobody_knows_are_told_with_what_to_write():
    with pytest.raises(
        SourceError, match=r"staff.csv:2: no heading of a name and of a number.*Кто, Что"
    ) as refused:
        harvest("\nКто;Что\nA;5\n")
    assert "columns = " in refused.value.hint


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        *(("ФИО", "name"), ("Ф.И.О.", "name"), ("Full Name", "name"), ("Имя", "first"), ("Surname", "last")),
        *(("Business Phone 2", "work"), ("Phone 1 - Value", "work"), ("Phone 1 - Type", None)),
        *(("Моб. тел.", "mobile"), ("Сотовый", "mobile"), ("Mobile Phone", "mobile"), ("Cell", "mobile")),
        *(("Домашний телефон", "home"), ("Home Phone", "home"), ("Факс", "fax"), ("Business Fax", "fax")),
        *(("Внутренний номер", "work"), ("Доб.", "work"), ("Extension", "work"), ("Номер", "work")),
        *(("Табельный номер", "id"), ("Номер счёта", None), ("Домен", None), ("E-mail Address", None)),
        *(("Другой телефон", "other"), ("Organization 1 - Name", "company"), ("Подразделение", "department")),
    ],
)
def test_headings_are_known_in_russian_and_english(heading, role):
    assert headings.role_of(heading) == role


def test_what_is_wrong_is_told_with_its_line_and_reason_and_the_rest_goes_in():
    brought = harvest(
        "ФИО;Телефон;Мобильный\r\n"
        '"Длинный;""Я""\r\nв две строки";5;\r\n'
        ";6;\r\n"
        "Молчун;;\r\n"
        '"Открыт;7;\r\n'
        "Сокращён;7,4951E+10;8\r\n"
        "Слова;нет;9\r\n"
        '5" труба;10;\r\n'
        ";;\r\n"
        "Короткий;11\r\n"
    )
    assert shown(brought) == [
        ('Длинный;"Я" в две строки', "5"),
        ("Сокращён", "8"),
        ("Слова", "9"),
        ('5" труба', "10"),
        ("Короткий", "11"),
    ]
    assert remarks(brought) == [
        "staff.csv:4: has no name",
        'staff.csv:5: "Молчун" has no number',
        "staff.csv:6: a quotation mark is opened and never closed",
        'staff.csv:7: "7,4951E+10" was shortened by a spreadsheet; its digits are lost',
        'staff.csv:8: "нет" is no number',
    ]
    assert [remark.kept for remark in brought.remarks] == [False, False, False, True, True]


def test_one_cell_may_hold_several_numbers_and_what_keeps_them_from_being_sums():
    brought = harvest(
        'Name;Phone\nA;\'+7 495 1, 8 495 2\nB;"=""8495"""\nC;tel:+7-495-3\nD;sip:5@pbx;user=phone\n'
    )
    assert shown(brought)[:3] == [("A", "+7 495 1", "8 495 2"), ("B", "8495"), ("C", "+7-495-3")]
    assert shown(harvest('Name;Phone\nD;"sip:5@pbx;user=phone"\n')) == [("D", "sip:5@pbx;user=phone")]


def test_what_is_dialled_after_a_number_is_no_internal_number_of_ours():
    assert shown(harvest("Name;Phone\nA;8 495 1234567, доб. 201\nB;доб. 202\n")) == [
        ("A", "8 495 1234567"),
        ("B", "доб. 202"),
    ]


def test_an_empty_file_holds_nothing():
    for content in (b"", b"\n\n", "ФИО;Телефон\n".encode()):
        assert harvest(content).found == ()


def test_a_file_may_not_be_endless(monkeypatch):
    monkeypatch.setattr(csv_file, "MOST_ROWS", 3)
    with pytest.raises(SourceError, match="more than 3 rows"):
        harvest("Name;Phone\n" + "A;5\n" * 4)


cells = st.text(st.characters(exclude_categories=()), max_size=30)


def written(rows):
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue()


@given(rows=st.lists(st.tuples(cells, cells, cells), max_size=8))
def test_hostile_rows_lose_no_good_row(rows):
    good = [("Anna", "5", ""), ("Борис", "+7 495 123-45-67", "6")]
    content = written([("ФИО", "Телефон", "Мобильный"), good[0], *rows, good[1]])
    brought = harvest(content.encode("utf-8", "surrogatepass"), encoding="utf-8")
    found = shown(brought)
    assert found[:1] == [("Anna", "5")]
    assert found[-1] == ("Борис", "+7 495 123-45-67", "6")
    for one in brought.found:
        assert one.name.isprintable() or re.search("[\u200c\u200d]", one.name)
        assert not re.search("[\ud800-\udfff\x00]", one.name)


@given(content=st.binary(max_size=300))
def test_rubbish_gives_rows_or_one_sentence(content):
    for data in (content, b"Name;Phone\n" + content, b"\xff\xfe" + content, b'"Name";Phone\n"' + content):
        with suppress(SourceError):
            assert all(one.name and one.numbers for one in harvest(data).found)


@given(content=st.binary(max_size=200))
def test_every_file_has_an_encoding(content):
    decoded, encoding = text.decode(content, None, file="x")
    assert isinstance(decoded, str)
    assert encoding == text.recognised(content)
