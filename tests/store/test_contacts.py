"""Contacts in the store: an import is taken as a whole, and readers see what it left."""

import pytest

from phonesync.errors import StaleState
from phonesync.model import Contact, ContactNumber, NumberKind
from phonesync.store import contacts
from phonesync.store.contact_records import ContactImport, ContactSourceState, KeptContact
from tests.store.desk import minute


def contact(uid, *numbers, source="office", name=None, at=0, **more):
    return KeptContact(
        contact=Contact(
            source=source,
            uid=uid,
            name=name or f"Name {uid}",
            numbers=tuple(ContactNumber(number=number, kind=NumberKind.MOBILE) for number in numbers),
            company="Ромашка",
        ),
        canonicals=tuple(number if number.startswith("+") else None for number in numbers),
        digest=f"of {uid} {numbers}",
        changed_at=minute(at),
        **more,
    )


def taken(*put, gone=(), before="", digest="1", source="office", at=0):
    return ContactImport(
        source=source, kind="csv", put=put, gone=gone, before=before, digest=digest, at=minute(at), bad_rows=2
    )


def test_what_an_import_brings_is_read_back_as_it_was(store):
    anna = contact("1", "+74951234567", "101", card="/c/1.vcf", etag='"7"')
    nobody = contact("2", name="Пётр \U0001f600 «Ё»")
    store.take_contacts(taken(anna, nobody))
    assert list(store.contacts()) == [anna, nobody]
    assert store.contact_source("office") == ContactSourceState(
        name="office",
        kind="csv",
        tried_at=minute(0),
        imported_at=minute(0),
        contacts=2,
        digest="1",
        bad_rows=2,
    )


def test_the_next_import_changes_adds_and_removes(store):
    store.take_contacts(taken(contact("1", "+74951234567"), contact("2", "+74951234568"), contact("3")))
    store.take_contacts(taken(contact("9", "5", source="other"), source="other"))
    changed = contact("2", "+74951234569", "7", name="Other name", at=5)
    new = contact("4", "8", at=5)
    store.take_contacts(taken(changed, new, gone=("1",), before="1", digest="2", at=5))
    found = {kept.contact.uid: kept for kept in store.contacts(source="office")}
    assert found["2"] == changed
    assert found["4"].changed_at == minute(5)
    assert found["3"].changed_at == minute(0)
    assert set(found) == {"2", "3", "4"}
    assert [kept.contact.uid for kept in store.contacts(source="other")] == ["9"]
    assert store.contact_source("office").contacts == 3


def test_contacts_are_found_by_a_number(store):
    one, two = contact("1", "5", "+74951234567"), contact("2", "+74951234567")
    store.take_contacts(taken(one, two, contact("3", "+74951234568")))
    assert list(store.contacts(canonical="+74951234567")) == [one, two]
    assert list(store.contacts(canonical="+74950000000")) == []


@pytest.mark.parametrize("page", [1, 3, 7])
def test_contacts_are_read_in_pages(store, monkeypatch, page):
    monkeypatch.setattr(contacts, "PAGE", page)
    monkeypatch.setattr(contacts, "AT_ONCE", 2)
    all_of_them = [contact(str(n), *map(str, range(n % 4))) for n in range(7)]
    store.take_contacts(taken(*all_of_them))
    assert list(store.contacts()) == all_of_them
    assert list(store.contacts(source="office")) == all_of_them


def test_the_version_changes_exactly_when_contacts_change(store):
    empty = store.contacts_version()
    store.note_contact_source("office", kind="csv", at=minute(0), error="away")
    assert store.contacts_version() == empty
    store.take_contacts(taken(contact("1"), digest="a"))
    first = store.contacts_version()
    assert first != empty
    store.take_contacts(taken(before="a", digest="a", at=9))
    store.hold_contacts("office", kind="csv", at=minute(10), why="empty", digest="e", bad_rows=0)
    assert store.contacts_version() == first
    store.take_contacts(taken(contact("1", "5"), before="a", digest="b"))
    assert store.contacts_version() not in (first, empty)
    store.take_contacts(taken(gone=("1",), before="b", digest="c"))
    assert store.contacts_version() == empty


def test_an_import_decided_on_older_contacts_is_refused_and_changes_nothing(store, place):
    store.take_contacts(taken(contact("1"), digest="a"))
    before = place.dump()
    with pytest.raises(StaleState, match="office"):
        store.take_contacts(taken(contact("2"), gone=("1",), before="other", digest="b"))
    assert place.dump() == before


def test_a_source_that_fails_keeps_its_contacts(store):
    store.take_contacts(taken(contact("1")))
    store.note_contact_source("office", kind="csv", at=minute(3), error="The file does not exist.")
    state = store.contact_source("office")
    assert (state.tried_at, state.imported_at) == (minute(3), minute(0))
    assert (state.error, state.contacts) == ("The file does not exist.", 1)
    assert [kept.contact.uid for kept in store.contacts()] == ["1"]
    store.take_contacts(taken(contact("1"), before="1", digest="1", at=4))
    assert store.contact_source("office").error is None


def test_only_what_is_held_can_be_confirmed(store):
    store.take_contacts(taken(contact("1"), digest="a"))
    assert not store.confirm_contacts("office", "a")
    store.hold_contacts("office", kind="csv", at=minute(1), why="it is empty", digest="e", bad_rows=1)
    assert not store.confirm_contacts("office", "f")
    assert store.confirm_contacts("office", "e")
    state = store.contact_source("office")
    assert (state.held, state.held_digest, state.confirmed_digest) == ("it is empty", "e", "e")
    store.take_contacts(taken(gone=("1",), before="a", digest="e", at=2))
    state = store.contact_source("office")
    assert (state.held, state.held_digest, state.confirmed_digest) == (None, None, None)


def test_a_source_is_forgotten_with_its_contacts_and_no_other(store):
    store.take_contacts(taken(contact("1", "5"), contact("2")))
    store.take_contacts(taken(contact("1", "5", source="other"), source="other"))
    assert store.forget_contact_source("office") == 2
    assert [state.name for state in store.contact_sources()] == ["other"]
    assert [kept.contact.source for kept in store.contacts()] == ["other"]
    assert store.contact_source("office") is None


def test_names_fold_without_case_and_accents():
    assert contacts.folded("Ёлкина ÉCLAIR") == "елкина eclair"


def test_what_no_database_takes_becomes_storable(store):
    store.take_contacts(taken(contact("1", "5\x006", name="a\ud800b")))
    (kept,) = store.contacts()
    assert kept.contact.name == "a\ufffdb"
    assert kept.contact.numbers[0].number == "5\ufffd6"
