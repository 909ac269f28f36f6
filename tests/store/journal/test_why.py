from __future__ import annotations

from dataclasses import replace

import pytest

from phonesync.calls.values import CallDirection
from phonesync.errors import ConfigError
from phonesync.journal.access import Scope
from phonesync.journal.filters import JournalFilter, Tab
from tests.store.desk import minute
from tests.store.journal.conftest import ALL, ANNAS, EVER
from tests.store.journal.said import keep_user
from tests.store.offices import VERA


def why(journal, wanted, scope=ALL, *, number="5550002", since=0, until=120, at=600):
    span = {"since": minute(since), "until": minute(until)}
    return journal.store.journal_why(wanted, scope, number=number, **span, seen_from=journal.asked(at))


def test_each_field_that_hides_a_call_is_named(day):
    wanted = replace(
        EVER, tab=Tab.RECEIVED, phones=(VERA,), directions=(CallDirection.OUTBOUND,), talk_from=5
    )
    (one,) = why(day, wanted).calls
    assert day.called([one.call]) == ["missed"]
    assert one.hidden_by == ("tab", "directions", "talk_from")
    assert why(day, EVER).calls[0].hidden_by == ()


def test_days_and_marks_as_spam_hide_calls_too(day):
    spam = next(tag for tag in day.store.tags() if tag.name == "spam")
    day.store.tag_number("+74955550002", spam.id, user_id=keep_user(day.store, "Anna"))
    (one,) = why(day, JournalFilter(), at=60 * 24 * 30).calls
    assert one.hidden_by == ("period", "spam")


def test_calls_out_of_reach_are_not_told(day):
    nobody = Scope(owner="Owner 999")
    assert why(day, EVER, nobody).calls == ()
    assert not why(day, EVER, nobody).reaches_all
    assert why(day, EVER).reaches_all
    assert len(why(day, EVER, ANNAS).calls) == 1


def test_who_may_not_see_numbers_cannot_ask_by_one(day):
    with pytest.raises(ConfigError, match="are hidden from your role"):
        why(day, EVER, replace(ALL, masked=True))
    assert len(why(day, EVER, replace(ALL, masked=True), number="").calls) == 5


def test_time_that_is_not_proven_and_phones_that_were_not_read_are_told(day):
    assert why(day, EVER).gaps == ()
    assert why(day, EVER).away == ()
    later = why(day, EVER, since=590, until=700, at=660)
    assert [(gap.phone, gap.since, gap.until) for gap in later.gaps][:1] == [
        ("desk-101", minute(600), minute(660))
    ]
    assert [one.phone for one in later.away] == ["desk-101", "desk-102", "desk-103"]
    assert later.away[0].last_read == minute(600)
    mine = why(day, EVER, ANNAS, since=590, until=700, at=660)
    assert [one.phone for one in mine.away] == ["desk-101"]


def test_rows_that_wait_to_be_joined_are_told(day):
    day.say("new", VERA, "missed", 601)
    day.office.read(VERA, minute(602))
    assert why(day, EVER).waiting == 1


def test_figures_say_how_much_of_the_phones_time_is_proven(day):
    def coverage(wanted, at, scope=ALL):
        return day.store.journal_counts(wanted, scope, seen_from=day.asked(at)).coverage

    day.office.read(VERA, minute(1200))
    assert coverage(EVER, 600) == 1.0
    assert 0.5 < coverage(EVER, 1200) < 1.0
    assert coverage(replace(EVER, phones=(VERA,)), 1200) == 1.0
    assert coverage(EVER, 1200, ANNAS) < 1.0
    assert coverage(EVER, 1200, Scope()) is None
    assert coverage(replace(EVER, sites=("omsk",)), 1200) is None
