"""Files that grow and are rotated: each line once, on every kind of database."""

import pytest

from phonesync.contacts.values import Place
from tests.cdr.switch import Switch


@pytest.fixture
def file(tmp_path):
    return tmp_path / "Master.csv"


def added(file, *lines):
    with file.open("a", encoding="utf-8") as out:
        out.writelines(lines)


def counts(done):
    return done.new, done.known, done.bad


def test_an_import_twice_is_as_good_as_one(office, imported, kept, file):
    added(file, Switch().line(), Switch().line(dst="102"))
    assert counts(imported(office())) == (2, 0, 0)
    assert counts(imported(office())) == (0, 0, 0)
    assert counts(imported(office(), "Master.csv")) == (0, 2, 0)
    assert len(kept()) == 2


def test_only_what_was_added_is_read(office, imported, file):
    added(file, Switch().line())
    imported(office())
    added(file, Switch().line(dst="102"))
    assert counts(imported(office())) == (1, 0, 0)


def test_equal_lines_of_one_file_are_told_apart_also_where_one_was_added_later(office, imported, kept, file):
    same = Switch(uniqueid=False, userfield=False).line()
    added(file, same, same)
    assert counts(imported(office())) == (2, 0, 0)
    added(file, same)
    assert imported(office()).new == 1
    assert counts(imported(office(), "Master.csv")) == (0, 3, 0)
    assert len(kept()) == 3


def test_a_line_without_its_end_is_left_for_the_next_import(office, imported, kept, file):
    whole, cut = Switch().line(), Switch().line(dst="102")
    added(file, whole, cut[:-30])
    done = imported(office())
    assert (counts(done), done.unfinished) == ((1, 0, 0), Place(file="Master.csv", line=2))
    added(file, cut[-30:])
    done = imported(office())
    assert (counts(done), done.unfinished) == ((1, 0, 0), None)
    assert [line.called for line in kept()] == ["ext:101", "ext:102"]


def test_the_rest_of_a_rotated_file_is_read_before_the_new_one(office, imported, kept, file, tmp_path):
    switch = Switch()
    added(file, *(switch.line(dst=str(101 + n)) for n in range(3)))
    imported(office())
    added(file, switch.line(dst="104"))
    (tmp_path / "Master.csv.2").write_text(Switch().line(dst="900"), encoding="utf-8")
    file.rename(tmp_path / "Master.csv.1")
    added(file, switch.line(dst="105"))
    assert counts(imported(office())) == (2, 0, 0)
    assert [line.called for line in kept()] == [f"ext:{101 + n}" for n in range(5)]


def test_a_file_that_was_cut_short_is_read_from_its_beginning(office, imported, file):
    switch = Switch()
    added(file, switch.line(), switch.line())
    imported(office())
    file.write_text(switch.line(dst="103"), encoding="utf-8")
    assert counts(imported(office())) == (1, 0, 0)
