from __future__ import annotations

from dataclasses import replace

import pytest

from phonesync.errors import ConfigError
from phonesync.journal.access import Scope
from phonesync.model import Contact, ContactNumber, NumberKind
from phonesync.store.contact_records import ContactImport, KeptContact
from phonesync.store.journal import finding, searching
from tests.store.desk import minute
from tests.store.journal.conftest import ALL, ANNAS, EVER
from tests.store.offices import ANNA, VERA


def imported(store, **numbers):
    """Takes a book in, in the place of what it held."""
    before = store.contact_source("book")
    put = tuple(
        KeptContact(
            contact=Contact(
                source="book", uid="1", name=name, numbers=(ContactNumber(number=number, kind=NumberKind.WORK),)
            ),
            canonicals=(number,), digest=name, changed_at=minute(0),
        )
        for name, number in numbers.items()
    )  # fmt: skip
    store.take_contacts(
        ContactImport(
            source="book", kind="own", put=put, gone=(), digest=str(numbers),
            before=before.digest if before else "", at=minute(0),
        )
    )  # fmt: skip


@pytest.fixture
def known(journal):
    """Calls with numbers and names of many kinds."""
    journal.say("Mikhail", ANNA, "received", 10, number="84955550001", remote_name="Михаил Харитонов")
    journal.say("José", ANNA, "missed", 20, number="88125550002", remote_name="José Müller")
    journal.say("feature code", ANNA, "placed", 30, number="*98")
    journal.say("colleague", ANNA, "placed", 40, number="103")
    journal.say("colleague", VERA, "received", 40, number="101")
    journal.say("withheld", ANNA, "missed", 50, number="anonymous")
    journal.join()
    return journal


def found(journal, text, **more):
    return journal.found(replace(EVER, search=text), **more)


@pytest.mark.parametrize(
    "text",
    ["84955550001", "+7 (495) 555-00-01", "8 495 555", "7495555", "0001", "5-00-01", "8 (495) 555-00-01"],
)
def test_a_number_is_found_by_any_part_in_any_spelling(known, text):
    assert found(known, text) == ["Mikhail"]


@pytest.mark.parametrize("text", ["Харитонов", "ХАРИТ", "kharitonov", "михаил хар", "Mikhail", "itonov mik"])
def test_a_name_is_found_by_any_part_in_either_script(known, text):
    assert found(known, text) == ["Mikhail"]


@pytest.mark.parametrize("text", ["jose", "JOSÉ", "muller", "Müller"])
def test_a_name_is_found_without_its_accents(known, text):
    assert found(known, text) == ["José"]


@pytest.mark.parametrize(("text", "calls"), [("98", "feature code"), ("103", "colleague"), ("2", "José")])
def test_short_parts_and_odd_numbers_are_found_too(known, text, calls):
    assert found(known, text) == [calls]


def test_an_employee_is_found_by_name(known):
    assert found(known, "owner 103") == ["colleague"]


def test_what_was_never_shown_is_not_found(known):
    assert found(known, "31337") == []
    assert found(known, "nobody") == []
    assert found(known, "()") == []


def test_a_name_and_a_number_must_both_fit(known):
    assert found(known, "Михаил 495") == ["Mikhail"]
    assert found(known, "Михаил 812") == []


def test_a_contact_is_found_by_its_name_as_it_is_now(known, store):
    imported(store, **{"Пётр Ёлкин": "+78125550002"})
    assert found(known, "елкин") == ["José"]
    assert found(known, "elkin") == ["José"]
    imported(store, Somebody="+78125550002")
    assert found(known, "елкин") == []


@pytest.mark.parametrize(
    ("most", "held"),
    [(0, 0), (0, 9), (9, 9)],
    ids=["calls are tested", "calls are tested by what is held", "numbers are looked up"],
)
def test_many_numbers_are_found_as_few_are(known, monkeypatch, store, most, held):
    monkeypatch.setattr(searching, "MANY_NUMBERS", 1)
    monkeypatch.setattr(searching, "MANY_FOUND", most)
    monkeypatch.setattr(searching, "MANY_HELD", held)
    monkeypatch.setattr(searching, "MANY_NAMED", 1)
    imported(store, Harald="+78125550002")
    assert found(known, "55") == ["José", "Mikhail"]
    assert found(known, "harald") == ["José"]
    assert found(known, "har") == ["José", "Mikhail"]
    assert found(known, "8") == ["feature code", "José"]
    assert found(known, "10") == found(known, "owner") == found(known, "0")
    assert found(known, "5550 mik har") == ["Mikhail"]


def test_numbers_that_fit_several_terms_are_named_where_those_of_one_are_looked_up(known, monkeypatch):
    monkeypatch.setattr(searching, "MANY_NUMBERS", 0)
    assert found(known, "5550 har") == found(known, "5550 mik har") == ["Mikhail"]


def test_pages_of_many_numbers_go_on_where_the_one_before_ended(journal, monkeypatch):
    monkeypatch.setattr(searching, "MANY_NUMBERS", 1)
    monkeypatch.setattr(finding, "AHEAD", 1)
    # Close together at the end, far apart before: spans of time of every length are needed.
    at = (0, 40, 700, 3000, 3003, 3006, 3009)
    for n, minutes in enumerate(at):
        journal.say(f"call {n}", ANNA, "missed", minutes, number=f"8495555000{n % 4}")
    journal.join()
    wanted, pages, before = replace(EVER, search="5550"), [], None
    while len(pages) < 2 * len(at):
        page = journal.store.journal_page(wanted, ALL, journal.asked(), before=before, limit=2)
        pages += journal.called(page.calls)
        if page.next is None:
            break
        before = page.next
    assert pages == [f"call {n}" for n in reversed(range(len(at)))]
    assert found(journal, "5550", scope=ANNAS) == pages


@pytest.mark.parametrize("tails", [0, 1, 2, searching.MANY_TAILS])
def test_all_of_several_terms_must_fit_however_many_numbers_fit_each(known, monkeypatch, tails):
    monkeypatch.setattr(searching, "MANY_TAILS", tails)
    assert found(known, "55500 Харитонов") == ["Mikhail"]
    assert found(known, "0001 Харитонов Михаил") == ["Mikhail"]
    assert found(known, "495 Muller") == []


def test_an_employee_finds_only_what_she_reaches(known):
    known.ring("for Vera", 70, number="88125550002", phones=(VERA,), answered=VERA)
    known.join()
    assert found(known, "5550002") == ["for Vera", "José"]
    assert found(known, "5550002", scope=ANNAS) == ["José"]


def test_a_reader_without_numbers_cannot_find_out_by_searching(known):
    masked = replace(ALL, masked=True)
    for wanted in (
        replace(EVER, search="495"),
        replace(EVER, parties=("+74955550001",)),
        replace(EVER, regions=("+74955550",)),
    ):
        with pytest.raises(ConfigError, match="are hidden from your role"):
            known.found(wanted, masked)
    assert known.found(replace(EVER, regions=("+7495",)), masked) == ["Mikhail"]
    assert known.found(replace(EVER, parties=("ext:103",)), masked) == ["colleague"]


def test_names_of_a_number_are_kept_as_phones_show_them(known):
    known.say("again", VERA, "received", 90, number="84955550001", remote_name="Миша")
    known.join()
    assert found(known, "misa") == ["again", "Mikhail"]
    assert found(known, "Харитонов") == ["again", "Mikhail"]


@pytest.fixture
def hidden_callers(journal):
    """Callers who withheld their number, in the ways of phones, beside others."""
    journal.say("no number", ANNA, "received", 10, number=None)
    journal.say("a word", ANNA, "missed", 30, number=" Anonymous ")
    journal.say("a name", VERA, "missed", 50, number="84955550001", remote_name="Anonymous Art Ltd")
    journal.say("made", ANNA, "placed", 70, number=None)
    journal.say("other", ANNA, "missed", 90, number="84955550002")
    journal.join()
    return journal


def test_withheld_callers_are_found_by_a_filter(hidden_callers):
    assert hidden_callers.found(replace(EVER, withheld=True)) == ["a word", "no number"]
    assert hidden_callers.found(replace(EVER, withheld=False)) == ["other", "made", "a name"]
    assert hidden_callers.found(replace(EVER, withheld=True), Scope(owner="Owner 103")) == []


def test_withheld_callers_are_found_by_words_beside_names_that_hold_them(hidden_callers):
    for text in ("скрыт", "withheld", "hidden number"):
        assert hidden_callers.found(replace(EVER, search=text)) == ["a word", "no number"]
    assert hidden_callers.found(replace(EVER, search="anon")) == ["a name", "a word", "no number"]
    assert hidden_callers.found(replace(EVER, search="аноним"), ANNAS) == ["a word", "no number"]
    counts = hidden_callers.store.journal_counts(
        replace(EVER, search="withheld"), ALL, seen_from=hidden_callers.asked()
    )
    assert sum(counts.tabs.values()) > 0
    assert hidden_callers.found(replace(EVER, search="withheld 495")) == []


def test_who_withheld_the_number_of_a_private_call_is_not_told(hidden_callers):
    call = next(
        iter(
            hidden_callers.store.journal_calls(
                replace(EVER, withheld=True), ALL, seen_from=hidden_callers.asked()
            )
        )
    )
    hidden_callers.store.hide_call(call.call.id, "Owner 101", user_id=None, hidden=True)
    assert hidden_callers.found(replace(EVER, withheld=True), ALL) == ["no number"]
