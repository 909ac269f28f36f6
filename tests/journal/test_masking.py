from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from phonesync.calls.sentences import plain
from phonesync.calls.values import Call, CallDirection, Disposition, Leg, LegOutcome, Party, Reason, Rule
from phonesync.journal.filters import JournalFilter
from phonesync.journal.masking import hidden, masked, masked_filter, masked_number

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def leg(owner, extension):
    return Leg(
        phone=f"desk-{extension}", extension=extension, owner=owner, department=None, list_name=None,
        outcome=LegOutcome.ANSWERED, entry_ids=(f"e{extension}",), started_at=AT, talk_s=5,
    )  # fmt: skip


def call(**more):
    values: dict[str, Any] = {
        "id": "e101", "direction": CallDirection.INBOUND, "disposition": Disposition.ANSWERED,
        "started_at": AT, "started_within_s": 0, "answered_at": None, "ended_at": None, "ring_s": 3, "talk_s": 5,
        "calling": Party(number_shown="84955550012", e164="+74955550012", name="Olga"),
        "called": Party(number_shown="101", extension="101", name="Anna"),
        "answered_by": "101", "legs": (leg("Anna", "101"),), "uncertain": False,
        "reasons": (Reason(rule=Rule.ALONE, entry_ids=("e101",), said=plain("+74955550012 rang on 2026-03-02.")),),
        "keys": "1234", "recording": "84955550012.wav",
    }  # fmt: skip
    return Call(**values | more)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+74955550012", "+7495•••••12"),
        ("84955550012", "8495•••••12"),
        ("5550012", "•••••12"),
        ("112", "•12"),
        ("12", "••"),
        ("anonymous", "•"),
        ("8 (495) 555-00-12", "8495•••••12"),
    ],
)
def test_a_masked_number_shows_its_beginning_and_its_end(number, shown):
    assert masked_number(number) == shown


def test_a_masked_call_says_no_number_and_no_name_of_the_outside():
    seen = masked(call())
    assert seen.calling == Party(number_shown="8495•••••12", e164="+7495•••••12")
    assert seen.called == call().called
    assert (seen.keys, seen.recording) == (None, None)
    assert seen.reasons[0].text == "+7495•••••12 rang on 2026-03-02."
    assert seen.entry_ids == call().entry_ids


def test_a_withheld_number_has_nothing_to_mask():
    assert masked(call(calling=Party())).calling == Party()


def test_a_hidden_call_says_that_it_was_and_with_nobody():
    seen = hidden(call(), {"Anna"})
    assert seen.calling == Party()
    assert seen.called == call().called
    assert (seen.reasons, seen.keys, seen.recording) == ((), None, None)
    assert (seen.talk_s, seen.answered_by, seen.legs) == (5, "101", call().legs)


def test_a_hidden_internal_call_keeps_the_phones_of_its_employee_alone():
    inside = call(
        direction=CallDirection.INTERNAL, calling=Party(extension="101"), called=Party(extension="103"),
        answered_by="103", legs=(leg("Anna", "101"), leg("Vera", "103")),
    )  # fmt: skip
    seen = hidden(inside, {"Anna"})
    assert (seen.calling, seen.called) == (Party(extension="101"), Party())
    assert seen.answered_by is None
    assert [one.owner for one in seen.legs] == ["Anna"]


def test_a_hidden_call_of_which_no_phone_is_the_employee_s_keeps_its_phones():
    inside = call(direction=CallDirection.INTERNAL)
    assert hidden(inside, {"Boris"}).legs == inside.legs


def test_a_filter_is_told_without_the_numbers_in_it_or_parts_of_them():
    wanted = JournalFilter(
        search="Anna 555-00-01", parties=("+74955550001",), regions=("+7495",), talk_from=60
    )
    said = masked_filter(wanted)
    assert said == "party=+7495•••••01 region=+7495 q=Anna •••••01 talk_from=60"
    assert masked_filter(JournalFilter()) == ""
