"""Addresses, fetched and uploaded files, and numbers met, on both kinds of databases."""

from datetime import timedelta

import pytest

from phonesync.errors import ConfigError
from phonesync.store.book_records import MetNumber, ServedBook, ShownCaller
from phonesync.store.records import PhoneSpec
from tests.store.desk import START, entry, minute, read_of


@pytest.fixture
def office(store, desk):
    store.sync_phones([PhoneSpec(name="desk-102"), PhoneSpec(name="desk-103")])
    return store


def served(phone="desk-101", **more):
    fields = {
        "file": "phonebook.xml",
        "etag": '"a"',
        "entries": 3,
        "left_out": 0,
        "taken_at": START,
        "asked_at": START,
    }
    return ServedBook(phone=phone, **{**fields, **more})


def test_an_address_is_made_once_and_leads_to_its_phone(office):
    token = office.address_of("desk-101")
    assert len(token) == 22
    assert office.address_of("desk-101") == token
    assert office.phone_at(token) == "desk-101"
    other = office.address_of("desk-102")
    assert other != token
    assert office.addresses() == {token: "desk-101", other: "desk-102"}


def test_a_renewed_address_ends_the_one_before(office):
    before = office.address_of("desk-101")
    after = office.renew_address("desk-101")
    assert office.phone_at(before) is None
    assert office.phone_at(after) == "desk-101"
    assert office.address_of("desk-101") == after
    assert office.phone_at("") is None


def test_an_unknown_phone_has_no_address(office):
    for order in (office.address_of, office.renew_address):
        with pytest.raises(ConfigError, match="knows no phone"):
            order("desk-999")


def test_an_address_stays_with_its_phone_when_it_is_renamed(office):
    token = office.address_of("desk-101")
    office.address_of("desk-103")
    office.keep_own_book("desk-103", "a.xml", b"a")
    office.note_served([served("desk-103")])
    office.rename("desk-101", "desk-103")
    assert office.addresses() == {token: "desk-103"}
    assert office.served_books() == []


def test_a_renamed_phone_keeps_its_address_or_gets_the_one_made_for_its_new_name(office):
    made_before = office.address_of("desk-102")
    office.rename("desk-101", "desk-102")
    assert office.phone_at(made_before) == "desk-102"
    office.address_of("desk-103")
    office.rename("desk-102", "desk-103")
    assert office.addresses() == {made_before: "desk-103"}


def test_what_a_phone_fetched_last_is_known(office):
    office.note_served([served(), served("desk-102", file="b.xml"), served("desk-999")])
    later = served(
        etag='"b"', entries=4, left_out=2, taken_at=minute(5), asked_at=minute(9), agent="Yealink\0"
    )
    office.note_served([later])
    office.note_served([])
    assert [(book.phone, book.file, book.etag) for book in office.served_books()] == [
        ("desk-101", "phonebook.xml", '"b"'),
        ("desk-102", "b.xml", '"a"'),
    ]
    (found,) = office.served_books("desk-101")
    assert (found.entries, found.left_out, found.taken_at, found.asked_at) == (4, 2, minute(5), minute(9))
    assert found.agent == "Yealink\ufffd"
    with pytest.raises(ConfigError):
        office.served_books("desk-999")


def test_a_phones_own_contacts_are_kept_as_they_came(office, clock):
    assert office.own_book("desk-101", "contact.xml") is None
    office.keep_own_book("desk-101", "contact.xml", b"\xff<one")
    clock.instant = minute(3)
    office.keep_own_book("desk-101", "contact.xml", b"<two")
    found = office.own_book("desk-101", "contact.xml")
    assert (found.content, found.at) == (b"<two", minute(3))
    assert office.own_book("desk-102", "contact.xml") is None
    with pytest.raises(ConfigError):
        office.keep_own_book("desk-999", "contact.xml", b"")


def test_own_contacts_of_the_phone_before_are_not_those_of_the_one_that_bears_its_name_now(office, clock):
    office.keep_own_book("desk-101", "contact.xml", b"<before")
    clock.instant += timedelta(minutes=1)
    office.new_incarnation("desk-101", mac=None, reason="replaced")
    assert office.own_book("desk-101", "contact.xml") is None
    office.keep_own_book("desk-101", "contact.xml", b"<now")
    assert office.own_book("desk-101", "contact.xml").content == b"<now"


@pytest.fixture
def busy(office):
    """Two phones with calls of the last days."""
    rows = [
        entry("a", remote_number="84951234567", remote_name="Olga", started_at=minute(1), count=2),
        entry("b", remote_number="84951234567", remote_name="84951234567", started_at=minute(2)),
        entry("c", remote_number="+74951234567", remote_name=None, started_at=minute(3)),
        entry("d", remote_number=None, started_at=minute(4)),
        entry("e", remote_number="old", started_at=START - timedelta(days=30)),
    ]
    office.commit(read_of(office.phone("desk-101"), minute(10), new=rows))
    others = [entry("f", remote_number="84951234567", started_at=minute(5)), entry("g", remote_number="102")]
    office.commit(read_of(office.phone("desk-102"), minute(10), new=others))
    return office


def test_numbers_met_are_counted_as_they_were_shown(busy):
    since = START - timedelta(days=1)
    assert busy.numbers_met(["desk-101"], since=since) == [
        MetNumber(number="84951234567", times=3, last_at=minute(2)),
        MetNumber(number="+74951234567", times=1, last_at=minute(3)),
    ]
    assert busy.numbers_met(["desk-102", "desk-101", "nobody"], since=since)[0] == MetNumber(
        number="84951234567", times=4, last_at=minute(5)
    )
    assert busy.numbers_met([], since=since) == []


def test_only_the_newest_rows_are_looked_at(busy):
    assert [met.number for met in busy.numbers_met(["desk-101"], since=START, most_rows=1)] == [
        "+74951234567"
    ]


def test_many_phones_are_asked_for_in_parts(busy, monkeypatch):
    monkeypatch.setattr("phonesync.store.books.NAMES_AT_ONCE", 1)
    met = busy.numbers_met(["desk-101", "desk-102"], since=START)
    assert (met[0].number, met[0].times, met[0].last_at) == ("84951234567", 4, minute(5))


def test_what_a_phone_shows_beside_its_numbers_is_counted(busy):
    assert busy.shown_callers("desk-101", since=START) == [
        ShownCaller(number="+74951234567", name=None, rows=1),
        ShownCaller(number="84951234567", name="84951234567", rows=1),
        ShownCaller(number="84951234567", name="Olga", rows=1),
    ]
    with pytest.raises(ConfigError):
        busy.shown_callers("desk-999", since=START)
