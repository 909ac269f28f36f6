"""``phonesync phonebook``: what a phone would fetch, and how far names have come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from phonesync.model import Contact, ContactNumber
from phonesync.phonebook.winner import KeptContact
from phonesync.store.book_records import ServedBook
from phonesync.store.contact_records import ContactImport
from tests.cli.conftest import BASE, keep

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def standing_still():
    with time_machine.travel(NOW, tick=False):
        yield


def contact(name, number, canonical):
    return KeptContact(
        contact=Contact(source="own", uid=name, name=name, numbers=(ContactNumber(number=number),)),
        canonicals=(canonical,),
        digest=name,
        changed_at=NOW,
    )


@pytest.fixture
def named(store):
    """Two contacts, and rows of the last hour on desk-101."""
    contacts = (
        contact("Ольга", "84951234567", "+74951234567"),
        contact("Ivan", "101", "ext:101"),
    )
    store.take_contacts(
        ContactImport(source="own", kind="own", put=contacts, gone=(), digest="d", before="", at=NOW)
    )
    hour = NOW - timedelta(hours=1)
    rows = [
        ("a", "84951234567", "Ольга"),
        ("b", "84951234567", None),
        ("c", "88121234567", None),
        ("d", "anonymous", None),
    ]
    keep(
        store,
        "desk-101",
        *(
            replace(BASE, id=at, key=at, remote_number=number, remote_name=name, started_at=hour)
            for at, number, name in rows
        ),
    )
    return store


def test_the_file_a_phone_would_fetch_is_written_as_it_is(run, named):
    outcome = run("phonebook", "offered", "desk-101")
    assert outcome.code == 0
    assert outcome.out.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    assert "<Name>Ольга</Name><Telephone>84951234567</Telephone>" in outcome.out
    assert outcome.err == ""
    assert run("phonebook", "offered", "desk-101", "--file", "book.xml").out == outcome.out


def test_what_does_not_fit_is_said_beside_the_file(run, named, folder):
    path = folder / "config.toml"
    text = path.read_text(encoding="utf-8").replace(
        'extension = "101"', 'extension = "101"\nphonebook_entries = 1'
    )
    path.write_text(text, encoding="utf-8")
    outcome = run("phonebook", "offered", "desk-101")
    assert "1 of 2 contacts do not fit, own/Ivan among them." in outcome.err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("desk-111",), 2, 'did you mean "desk-101"?'),
        (("desk-102",), 4, "Nobody knows yet what phone desk-102 is"),
        (("desk-101", "--file", "phonebook.xml"), 4, "Yealink phones fetch no file phonebook.xml"),
        (("desk-101", "--file", "contact.xml"), 4, "only offered merged with the phone's own copy"),
    ],
)
def test_a_book_that_cannot_be_written_is_one_sentence(run, named, words, code, message):
    outcome = run("phonebook", "offered", *words)
    assert (outcome.code, message in outcome.err) == (code, True), outcome.err


def test_coverage_counts_what_the_phones_lists_show(run, named):
    taken = NOW - timedelta(hours=2)
    named.note_served(
        [
            ServedBook(
                phone="desk-101",
                file="book.xml",
                etag='"e"',
                entries=2,
                left_out=3,
                taken_at=taken,
                asked_at=NOW,
            )
        ]
    )
    first, second, third = run("phonebook", "coverage", "--format", "jsonl").rows
    assert (first["phone"], first["rows"], first["named"], first["could"]) == ("desk-101", 3, 1, 2)
    assert first["wanted"] == [
        {"number": "84951234567", "rows": 1, "known": True},
        {"number": "88121234567", "rows": 1, "known": False},
    ]
    assert (first["not_observable"], first["left_out"]) == (None, 3)
    assert (first["taken_at"], first["asked_at"]) == ("2026-03-02T07:00:00Z", "2026-03-02T09:00:00Z")
    assert (second["phone"], second["rows"], second["not_observable"]) == (
        "desk-102",
        None,
        "not identified yet",
    )
    assert third["phone"] == "desk-103"


def test_coverage_as_a_table_shows_shares_and_what_would_help(run, named):
    outcome = run("phonebook", "coverage", "desk-101")
    assert outcome.code == 0
    assert "1 (33 %)" in outcome.out
    assert "2 (66 %)" in outcome.out
    assert "84951234567 (1, in its book), 88121234567 (1)" in outcome.out
    assert "never" in outcome.out
    assert "not observable: not identified yet" in run("phonebook", "coverage").out


def test_a_phone_that_shows_no_list_cannot_be_observed(run, named):
    state = named.phone("desk-102")
    named.save_state(replace(state, vendor="snom", variant="snom-events"), before=state)
    (row,) = run("phonebook", "coverage", "desk-102", "--format", "jsonl").rows
    assert (row["rows"], row["not_observable"]) == (None, "it shows no list")


def test_a_phone_of_which_no_book_is_known_is_measured_by_what_its_owner_may_see(run, named):
    state = named.phone("desk-101")
    named.save_state(replace(state, vendor="gone", variant="gone"), before=state)
    (row,) = run("phonebook", "coverage", "desk-101", "--format", "jsonl").rows
    assert (row["rows"], row["could"]) == (3, 2)


def test_a_book_that_holds_not_all_is_measured_by_what_it_holds(run, named, folder):
    path = folder / "config.toml"
    text = path.read_text(encoding="utf-8").replace(
        'extension = "101"', 'extension = "101"\nphonebook_entries = 1'
    )
    path.write_text(text, encoding="utf-8")
    (row,) = run("phonebook", "coverage", "desk-101", "--format", "jsonl").rows
    assert (row["rows"], row["could"]) == (3, 2)


def test_a_renewed_address_is_another_one(run, named):
    before = named.address_of("desk-101")
    outcome = run("phonebook", "renew", "desk-101")
    assert outcome.out.startswith("desk-101 has a new address")
    after = named.address_of("desk-101")
    assert after != before
    assert after not in outcome.out
    assert run("phonebook", "renew", "desk-111").code == 2
