"""``phonesync contacts``: import, look up, edit."""

import re

import pytest

from phonesync.cli.contact_rows import CONTACT_FIELDS, FOUND_FIELDS
from phonesync.contacts.source_states import SOURCE_FIELDS
from tests import stores

SOURCES = """\
[[contacts]]
name = "staff"
kind = "csv"
path = "staff.csv"
[[contacts]]
name = "omsk"
kind = "csv"
path = "omsk.csv"
site = "Omsk"
precedence = 5
"""
STAFF = "ФИО;Внутренний;Мобильный\nИванов;101;+7 916 111-22-33\nПетров;102;8 916 444-55-66\nСидоров;;\n"
OMSK = "Name;Phone\nIvan;89161112233\n"


@pytest.fixture
def sources(folder):
    stores.lay(folder / "phonesync.db")
    config = folder / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + SOURCES, encoding="utf-8")
    (folder / "staff.csv").write_text(STAFF, encoding="cp1251")
    (folder / "omsk.csv").write_text(OMSK, encoding="utf-8")
    return folder


@pytest.fixture
def imported(sources, run):
    assert run("contacts", "import").code == 0
    return sources


def test_all_sources_are_imported_and_what_did_not_go_in_is_listed(sources, run):
    done = run("contacts", "import")
    assert done.code == 0
    assert done.out.splitlines() == [
        "staff: 2 contacts; 2 new, 0 changed, 0 gone; 1 did not go in",
        '  staff.csv:4: "Сидоров" has no number',
        "omsk: 1 contacts; 1 new, 0 changed, 0 gone; 0 did not go in",
    ]
    assert (
        run("contacts", "import", "omsk").out
        == "omsk: 1 contacts; 0 new, 0 changed, 0 gone; 0 did not go in\n"
    )


def test_a_source_that_cannot_be_read_keeps_its_contacts_and_the_others_go_on(imported, run):
    (imported / "staff.csv").unlink()
    (imported / "omsk.csv").write_text(OMSK + "Olga;5\n", encoding="utf-8")
    done = run("contacts", "import")
    assert done.code == 6
    assert "staff.csv does not exist" in done.err
    assert "omsk: 2 contacts; 1 new" in done.out
    rows = {row["name"]: row for row in run("contacts", "sources", "--format", "jsonl").rows}
    assert rows["staff"]["contacts"] == 2
    assert "does not exist" in rows["staff"]["error"]
    assert tuple(rows["staff"]) == SOURCE_FIELDS


def test_a_source_that_turned_empty_is_held_until_exactly_that_is_confirmed(imported, run):
    (imported / "staff.csv").write_text("ФИО;Телефон\n", encoding="utf-8")
    held = run("contacts", "import", "staff")
    assert held.code == 5
    assert "it holds nothing any more; 2 contacts would go" in held.err
    assert "phonesync contacts import staff --confirm" in held.err
    assert "held: it holds nothing" in run("contacts", "sources").out
    (imported / "staff.csv").unlink()
    assert run("contacts", "import", "staff").code == 6
    shown = run("contacts", "sources").out
    assert re.search("not read: .*does not exist.*; held: it holds nothing", shown)
    (imported / "staff.csv").write_text("ФИО;Телефон\nНовый;5\n", encoding="utf-8")
    other = run("contacts", "import", "staff", "--confirm")
    assert other.code == 5
    assert "2 of 2 contacts would go (100 %)" in other.err
    confirmed = run("contacts", "import", "staff", "--confirm")
    assert confirmed.code == 0
    assert confirmed.out == "staff: 1 contacts; 1 new, 0 changed, 2 gone; 0 did not go in\n"
    again = run("contacts", "import", "staff", "--confirm")
    assert again.code == 2
    assert "nothing to confirm" in again.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("import", "stuff"), 'Unknown source of contacts "stuff"; did you mean "staff"?'),
        (("import", "--confirm"), "--confirm needs the names"),
        (("list", "--source", "stuff"), 'did you mean "staff"?'),
        (("find", "5", "--phone", "desk-11"), 'Unknown phone "desk-11"'),
        (("forget", "staff"), "staff is a source in force"),
        (("forget", "own"), "own is a source in force"),
        (("forget", "nobody"), 'Unknown source of contacts "nobody"'),
        (("rm", "7"), "no contact of its own with the id 7"),
        (("edit", "7", "--name", "x"), "no contact of its own with the id 7"),
        (("add", "Anna"), '"Anna" has no number'),
        (("add", " ", "--number", "5"), "A contact needs a name"),
        (("add", "Anna", "--number", "mobil=5"), 'unknown kind of number "mobil"; did you mean "mobile"?'),
        (("add", "Anna", "--number", "none"), '"none" is no number'),
    ],
)
def test_a_mistake_is_one_sentence(imported, run, words, told):
    done = run("contacts", *words)
    assert done.code == 2
    assert told in done.err


def test_without_a_source_there_is_nothing_to_import(folder, run):
    done = run("contacts", "import")
    assert done.code == 2
    assert "No source of contacts is configured" in done.err
    assert "No source of contacts is configured" in run("contacts", "sources").err


def test_contacts_are_listed_and_searched_without_case_and_accents(imported, run):
    rows = run("contacts", "list", "--format", "jsonl").rows
    assert [row["name"] for row in rows] == ["Иванов", "Петров", "Ivan"]
    assert tuple(rows[0]) == CONTACT_FIELDS
    assert rows[0]["numbers"] == [
        {"number": "101", "kind": "work", "canonical": "ext:101"},
        {"number": "+7 916 111-22-33", "kind": "mobile", "canonical": "+79161112233"},
    ]
    assert [
        row["name"] for row in run("contacts", "list", "--search", "ПЕТРОВ", "--format", "jsonl").rows
    ] == ["Петров"]
    assert run("contacts", "list", "--source", "own").err == "No contacts.\n"


@pytest.mark.parametrize(
    "number", ["89161112233", "+7 916 111 22 33", "sip:+79161112233@pbx.example;user=phone"]
)
def test_find_says_who_wins_on_which_phone_and_why(imported, run, number):
    rows = run("contacts", "find", number, "--format", "jsonl").rows
    assert [(row["name"], row["phones"], row["shown"], row["seen"], row["why"]) for row in rows] == [
        ("Иванов", ["desk-101"], True, True, "no other contact that these phones see has this number"),
        ("Ivan", ["desk-101"], False, False, "only for site Omsk"),
        ("Ivan", ["desk-102", "desk-103"], True, True, "precedence 5 is before 10"),
        ("Иванов", ["desk-102", "desk-103"], False, True, "precedence 5 is before 10"),
    ]
    assert tuple(rows[0]) == FOUND_FIELDS
    table = run("contacts", "find", number, "--phone", "desk-102").out
    assert table.count("desk-102") == 2
    assert "desk-101" not in table


def test_find_reads_an_internal_number_by_the_dial_plan_of_each_phone(imported, run):
    rows = run("contacts", "find", "101", "--format", "jsonl").rows
    assert [(row["canonical"], row["phones"], row["name"]) for row in rows] == [
        ("ext:101", ["desk-101"], "Иванов")
    ]


def test_find_says_where_there_is_nobody_and_where_there_is_no_number(imported, run):
    assert run("contacts", "find", "89160000000").err == "No contact has +79160000000.\n"
    assert run("contacts", "find", "*98").err == "*98 is no number that can be looked up.\n"


def test_conflicts_are_the_numbers_of_which_a_phone_sees_several_contacts(imported, run):
    (row,) = run("contacts", "conflicts", "--format", "jsonl").rows
    assert (row["canonical"], row["phones"], row["shown"]["name"]) == (
        "+79161112233",
        ["desk-102", "desk-103"],
        "Ivan",
    )
    assert [(other["name"], other["why"]) for other in row["others"]] == [
        ("Иванов", "precedence 5 is before 10")
    ]
    assert "lowest precedence" in run("contacts", "conflicts").out


def test_own_contacts_are_added_changed_and_removed_and_come_first(imported, run):
    added = run(
        "contacts",
        "add",
        "Директор",
        "--number",
        "101",
        "--number",
        "mobile=8 916 111-22-33",
        "--company",
        "Мы",
    )
    assert added.code == 0
    own = added.out.split()[1].rstrip(":")
    first = run("contacts", "find", "101", "--format", "jsonl").rows[0]
    assert (first["name"], first["why"]) == ("Директор", "precedence 0 is before 10")
    assert run("contacts", "edit", own, "--name", "Шеф", "--company", "").code == 0
    (row,) = run("contacts", "list", "--source", "own", "--format", "jsonl").rows
    assert (row["name"], row["company"], [number["kind"] for number in row["numbers"]]) == (
        "Шеф",
        None,
        ["work", "mobile"],
    )
    assert run("contacts", "edit", own.removeprefix("own/"), "--number", "home=5").code == 0
    (row,) = run("contacts", "list", "--source", "own", "--format", "jsonl").rows
    assert [number["kind"] for number in row["numbers"]] == ["home"]
    assert run("contacts", "rm", own).code == 0
    assert run("contacts", "find", "101", "--format", "jsonl").rows[0]["name"] == "Иванов"


def test_contacts_of_a_source_taken_out_stay_do_not_count_and_go_on_order(imported, run):
    config = imported / "config.toml"
    config.write_text(
        config.read_text(encoding="utf-8").partition('[[contacts]]\nname = "omsk"')[0], encoding="utf-8"
    )
    rows = run("contacts", "find", "89161112233", "--phone", "desk-102", "--format", "jsonl").rows
    assert [(row["name"], row["shown"], row["why"]) for row in rows] == [
        ("Иванов", True, "no other contact that these phones see has this number"),
        ("Ivan", False, "its source is not configured any more"),
    ]
    assert "not in the configuration" in run("contacts", "sources").out
    assert run("contacts", "forget", "omsk").out == "1 contacts of omsk removed.\n"
    assert [row["name"] for row in run("contacts", "sources", "--format", "jsonl").rows] == ["staff"]


def test_hostile_names_steer_no_terminal(imported, run):
    (imported / "omsk.csv").write_text("Name;Phone\n\x1b[31mEve\u202e;5\n", encoding="utf-8")
    assert "\x1b" not in run("contacts", "import", "omsk", "--confirm").err
    run("contacts", "import", "omsk")
    run("contacts", "import", "omsk", "--confirm")
    out = run("contacts", "list").out
    assert "[31mEve" in out
    assert "\x1b" not in out
    assert "\u202e" not in out
