"""The card of a number: its contact's whole history, for whoever reaches it, on the page and by the API."""

from __future__ import annotations

import pytest

from phonesync.model import Contact, ContactNumber
from phonesync.numbering import canonical
from phonesync.phonebook.winner import KeptContact
from phonesync.store.contact_records import ContactImport
from tests.web.pages.test_call_card import call_at
from tests.web.pages.test_calls import figures, seen, words
from tests.web.showcase import NOW, PLAN

HARBOUR = "+74955550106"
KOWALSKI = "+74955550102"
LUMEN = "+74955550104"


@pytest.fixture
def joined(show):
    """Harbour Logistics has a second number, under which Kowalski & Sons was known."""
    numbers = ("84955550106", "84955550102", "84955550199")
    harbour = KeptContact(
        contact=Contact(
            source="crm",
            uid="Harbour Logistics",
            name="Harbour Logistics",
            numbers=tuple(ContactNumber(number=one) for one in numbers),
        ),
        canonicals=tuple(canonical(PLAN, one) for one in numbers),
        digest="two",
        changed_at=NOW,
    )
    show.store.take_contacts(
        ContactImport(
            source="crm",
            kind="csv",
            put=(harbour,),
            gone=("Kowalski & Sons",),
            digest="crm 2",
            before="crm",
            at=NOW,
        )
    )
    return show


def api(show, role, party, **params):
    return show.asker(role).get(f"/api/v1/numbers/{party}", params=params)


def test_a_contact_with_several_numbers_shows_the_calls_of_all_of_them(joined):
    page = seen(joined.asker("head").get(f"/numbers/{HARBOUR}"))
    assert words(page.cssselect("h1")[0]) == "Harbour Logistics"
    assert figures(page)["Calls"] == "4"
    assert "+7 495 555-01-02" in page.text_content()
    assert "555-01-99" not in page.text_content()
    alone = seen(joined.asker("head").get(f"/numbers/{HARBOUR}?alone=1"))
    assert figures(alone)["Calls"] == "2"
    assert "All numbers of this contact" in alone.text_content()
    told = api(joined, "head", HARBOUR).json()
    assert (told["numbers"], told["name"]) == ([HARBOUR, KOWALSKI], "Harbour Logistics")
    assert len(told["calls"]) == told["counts"]["tabs"]["all"] == 4
    assert (told["first"][:10], told["last"][:10]) == ("2026-03-03", "2026-03-04")
    assert api(joined, "head", HARBOUR, alone=True).json()["numbers"] == [HARBOUR]


def test_a_page_of_a_card_leads_to_the_next(joined):
    first = api(joined, "head", HARBOUR, limit=3).json()
    second = api(joined, "head", HARBOUR, limit=3, cursor=first["next"]).json()
    assert [len(one["calls"]) for one in (first, second)] == [3, 1]
    assert (second["next"], second["comments"], second["callbacks"]) == (None, [], [])
    assert second["last"] == first["last"]


def test_nothing_of_a_contact_is_told_that_is_out_of_reach(joined):
    other = api(joined, "head", "+78125550103")
    assert other.status_code == 404
    joined.store.hide_call(call_at(joined, 0, "10:15"), "Anna Orlova", user_id=None, hidden=True)
    told = api(joined, "head", HARBOUR).json()
    assert told["counts"]["tabs"]["all"] == 3
    assert api(joined, "analyst", HARBOUR).status_code == 400
    inside = api(joined, "analyst", "ext:101")
    assert inside.json()["numbers"] == ["ext:101"]
    assert inside.json()["comments"] == inside.json()["callbacks"] == []
    assert joined.asker("employee").get(f"/numbers/{HARBOUR}").status_code == 200
    assert joined.asker("auditor").get(f"/numbers/{HARBOUR}").status_code == 403


def test_call_backs_of_a_number_are_told_open_and_closed(show):
    page = seen(show.asker("administrator").get(f"/numbers/{HARBOUR}"))
    assert "missed today 14:26" in page.text_content()
    waiting = api(show, "administrator", HARBOUR).json()["callbacks"]
    assert [one["state"] for one in waiting] == ["open"]
    assert "reached today 15:05" in seen(show.asker("head").get(f"/numbers/{LUMEN}")).text_content()
    closed = api(show, "head", LUMEN).json()["callbacks"]
    assert [(one["state"], one["closed_how"]) for one in closed] == [("closed", "called_back")]


def test_comments_are_told_and_none_of_private_calls(show):
    call = call_at(show, 0, "13:08")
    said = api(show, "head", "+74955550101").json()["comments"]
    assert [(one["call_id"], one["text"]) for one in said] == [(call, "Wants the offer by Friday.")]
    show.store.hide_call(call, "Anna Orlova", user_id=None, hidden=True)
    assert api(show, "head", "+74955550101").json()["comments"] == []
    assert "offer" not in show.asker("head").get(f"/calls/{call}").text
    assert "offer" in show.asker("employee").get(f"/calls/{call}").text
