"""vCards 2.1, 3.0 and 4.0: files, folders, and whatever strangers put into them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.contacts import vcard
from phonesync.contacts.vcard import parse, read
from phonesync.errors import SourceError
from phonesync.model import NumberKind


def card(*lines, version="3.0", end="\r\n"):
    return end.join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def harvest(content):
    return parse(content if isinstance(content, bytes) else content.encode(), file="cards.vcf")


def shown(brought):
    return [(one.name, *(number.number for number in one.numbers)) for one in brought.found]


def test_a_card_of_version_2_1_with_quoted_printable_in_several_lines():
    brought = harvest(
        card(
            "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2=D0=B0=D0=BD=D0=BE=",
            "=D0=B2;=D0=9F=D1=91=D1=82=D1=80;=D0=AE.",
            "TEL;CELL;VOICE:+7 916 111-22-33",
            "TEL;WORK;FAX:8 495 1234567",
            "NOTE;ENCODING=QUOTED-PRINTABLE:not a number:=",
            "TEL:666",
            version="2.1",
        )
    )
    assert shown(brought) == [("Иванов Пётр Ю.", "+7 916 111-22-33", "8 495 1234567")]
    assert [number.kind for number in brought.found[0].numbers] == [NumberKind.MOBILE, NumberKind.FAX]
    assert brought.remarks == ()


def test_a_card_of_version_2_1_in_a_windows_charset():
    quoted = "".join(f"={byte:02X}" for byte in "Иванов;Пётр".encode("cp1251"))
    content = card(f"N;CHARSET=WINDOWS-1251;ENCODING=QUOTED-PRINTABLE:{quoted}", "TEL:5", version="2.1")
    assert shown(harvest(content)) == [("Иванов Пётр", "5")]


def test_a_file_in_one_byte_a_letter_is_read_too():
    content = card("FN:Иванов Пётр", "TEL;HOME:5", version="2.1").encode("cp1251")
    assert shown(harvest(content)) == [("Иванов Пётр", "5")]


def test_a_card_of_version_3_0_with_folded_lines_groups_and_a_picture():
    brought = harvest(
        card(
            "FN:Анна Щук",
            " ина",
            "ORG:Ромашка;Продажи;Юг",
            "UID:7f-1",
            "item1.TEL;TYPE=WORK,VOICE;TYPE=pref:201",
            "PHOTO;ENCODING=b;TYPE=JPEG:AAAA",
            " BBBB",
            "this line is nothing at all",
        )
    )
    (one,) = brought.found
    assert (one.name, one.company, one.department, one.uid) == (
        "Анна Щукина",
        "Ромашка",
        "Продажи Юг",
        "7f-1",
    )
    assert [(number.number, number.kind) for number in one.numbers] == [("201", NumberKind.WORK)]


def test_a_card_of_version_4_0_with_quoted_lists_of_types_and_uris():
    brought = harvest(
        card(
            "FN:Anna",
            "UID:urn:uuid:4f",
            'TEL;VALUE=uri;TYPE="home,voice":tel:+7-495-123-45-67',
            'TEL;TYPE="voice,cell";VALUE=uri:tel:+7-916-000-00-00;ext=5',
            "TEL;TYPE=text:7",
            version="4.0",
        )
    )
    (one,) = brought.found
    assert [(number.number, number.kind.value) for number in one.numbers] == [
        ("+7-495-123-45-67", "home"),
        ("+7-916-000-00-00;ext=5", "mobile"),
        ("7", "other"),
    ]
    assert one.uid == "urn:uuid:4f"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_bad_card_is_told_with_line_and_reason_and_its_neighbours_go_in(end):
    brought = harvest(
        card("FN:A", "TEL:1", end=end)
        + card("FN:Half a", "name", "TEL:2", end=end)
        + card("FN;CHARSET=klingon;ENCODING=QUOTED-PRINTABLE:=D0", "TEL:3", end=end)
        + card("TEL:4", end=end)
        + card("FN:Silent", end=end)
        + end.join(["BEGIN:VCARD", "FN:Open", "TEL:5", ""])
        + card("FN:B", "TEL:nothing", "TEL:6", end=end)
    )
    assert shown(brought) == [("A", "1"), ("B", "6")]
    assert [str(remark) for remark in brought.remarks] == [
        "cards.vcf:9: the card cannot be read: this line is no part of a vCard",
        "cards.vcf:14: the card cannot be read: unknown encoding: klingon",
        "cards.vcf:17: has no name",
        'cards.vcf:21: "Silent" has no number',
        "cards.vcf:25: the card has no end",
        'cards.vcf:28: "nothing" is no number',
    ]


def test_a_name_is_taken_from_where_there_is_one():
    names = ["N:Иванов;Пётр;;;", "NICKNAME:Petya", "ORG:Ромашка", "EMAIL:p@example"]
    for at, expected in enumerate(["Иванов Пётр", "Petya", "Ромашка", "p@example"]):
        assert shown(harvest(card("FN:", *names[at:], "TEL:5")))[0][0] == expected


@pytest.mark.parametrize("version", ["2.1", "3.0", "4.0"])
def test_a_comma_does_not_cut_a_name(version):
    assert (
        shown(harvest(card("FN:Ромашка, снабжение", "TEL:5", version=version)))[0][0] == "Ромашка, снабжение"
    )
    escaped = card("FN:Ромашка\\, снабжение\\; юг", "N:a\\;b;c", "TEL:5", version=version)
    assert shown(harvest(escaped))[0][0] == "Ромашка, снабжение; юг"
    quoted = card("FN;encoding=quoted-printable:A=2C B", "TEL:5", version=version)
    assert shown(harvest(quoted))[0][0] == "A, B"


@pytest.mark.parametrize(
    "line", ["TEL;a" + "," * 5000, "TEL;a" + "=," * 5000, 'TEL;a="' + '","' * 3000, "TEL;" * 9000]
)
def test_a_line_made_to_take_for_ever_takes_no_time(line):
    brought = harvest(card("FN:A", line, "TEL:1") + card("FN:B", "TEL:2"))
    assert shown(brought) == [("B", "2")]
    assert len(brought.remarks) == 1


def test_a_property_without_an_end_is_told():
    brought = harvest(card("FN:A", *["TEL:1", *[" 1"] * 70_000]) + card("FN:B", "TEL:2"))
    assert shown(brought) == [("B", "2")]
    assert "more than 65536 letters" in brought.remarks[0].reason


def test_colons_semicolons_and_commas_in_quotation_marks_are_no_ends():
    (one,) = harvest(card('FN;X-A="a:b;c,d";CHARSET=UTF-8:Anna: one', 'item.TEL;TYPE="home,voice",x:5')).found
    assert one.name == "Anna: one"
    assert one.numbers[0].kind == NumberKind.HOME


def test_a_folder_is_read_file_by_file(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two.VCF").write_text(card("FN:B", "TEL:2"))
    (tmp_path / "a.vcf").write_text(card("FN:A", "TEL:1"))
    (tmp_path / "c.vcf").write_text("nothing")
    (tmp_path / "readme.txt").write_text(card("FN:No", "TEL:9"))
    brought = read(tmp_path)
    assert shown(brought) == [("A", "1"), ("B", "2")]
    assert [str(remark) for remark in brought.remarks] == ["c.vcf: has no card"]
    assert shown(read(tmp_path / "a.vcf")) == [("A", "1")]


def test_a_file_too_large_in_a_folder_spoils_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr("phonesync.contacts.files.LARGEST", 200)
    (tmp_path / "a.vcf").write_text(card("FN:A", "TEL:1"))
    (tmp_path / "b.vcf").write_text(card("FN:B", "TEL:1") * 10)
    brought = read(tmp_path)
    assert shown(brought) == [("A", "1")]
    assert "larger than" in brought.remarks[0].reason


def test_a_missing_file_and_too_many_cards_are_told(tmp_path, monkeypatch):
    with pytest.raises(SourceError, match="does not exist"):
        read(tmp_path / "none.vcf")
    monkeypatch.setattr(vcard, "MOST_CARDS", 2)
    with pytest.raises(SourceError, match="more than 2 cards"):
        harvest(card("FN:A", "TEL:1") * 3)


def test_hostile_names_stay_as_far_as_they_are_names():
    long = "Ж" * 300
    forty = [f"TEL:{number}" for number in range(40)]
    brought = harvest(card("FN:a\x00b\x1b[31m\u202e<>&\"' 😀 مرحبا", "TEL:5") + card(f"FN:{long}", *forty))
    assert brought.found[0].name == "a b [31m<>&\"' 😀 مرحبا"
    assert brought.found[1].name == long
    assert len(brought.found[1].numbers) == 40


lines = st.text(st.characters(exclude_categories=(), exclude_characters="\r\n"), max_size=40)
properties = st.one_of(
    lines,
    st.builds("{}{}:{}".format, st.sampled_from(["FN", "N", "TEL", "ORG", "UID", "X", "item1.TEL"]),
              st.sampled_from(["", ";TYPE=CELL", ';TYPE="a,b"', ";ENCODING=QUOTED-PRINTABLE", ";ENCODING=b",
                               ";CHARSET=x;QUOTED-PRINTABLE", ";VALUE=uri"]), lines),
)  # fmt: skip


@given(hostile=st.lists(properties, max_size=6), version=st.sampled_from(["2.1", "3.0", "4.0", "x"]))
def test_a_hostile_card_spoils_no_other(hostile, version):
    hostile = [line for line in hostile if not line.strip().upper().startswith(("BEGIN", "END"))]
    good = card("FN:Anna", "TEL:5")
    content = good + card(*hostile, version=version) + good.replace("Anna", "Boris")
    names = [one.name for one in harvest(content.encode("utf-8", "replace")).found]
    assert names[0] == "Anna"
    assert names[-1] == "Boris"


@given(content=st.binary(max_size=300))
def test_rubbish_gives_cards_or_remarks(content):
    for data in (content, b"BEGIN:VCARD\r\n" + content + b"\r\nEND:VCARD\r\n", b"\xff\xfe" + content):
        with suppress(SourceError):
            assert all(one.name and one.numbers for one in harvest(data).found)
