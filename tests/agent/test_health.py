"""How a phone fares."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.agent import health
from phonesync.agent.health import Circumstances, after_failure, after_read
from phonesync.errors import (
    CertificateChanged,
    LockedOut,
    NotIdentified,
    PhoneBusy,
    PhoneTimeout,
    PhoneUnreachable,
    PlanRefused,
    SessionExpired,
    SignInRefused,
    UnexpectedResponse,
    Unsupported,
)
from phonesync.store.records import PhoneStanding, PhoneState

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POLL = timedelta(minutes=10)
UP = PhoneState(
    name="desk", incarnation="desk#1", standing=PhoneStanding.UP, last_read=NOW - timedelta(minutes=9)
)
TRANSIENT = [
    PhoneUnreachable("No connection."),
    PhoneTimeout("Too slow."),
    SessionExpired("Expired."),
    UnexpectedResponse("No list."),
    NotIdentified("Unknown."),
    CertificateChanged("Another certificate."),
]


def around(*, now: datetime = NOW, deadline_s: float | None = None, **values) -> Circumstances:
    deadline = None if deadline_s is None else now + timedelta(seconds=deadline_s)
    return Circumstances(now=now, poll=POLL, deadline=deadline, **values)


def failed(state: PhoneState, error, **values) -> health.Verdict:
    return after_failure(state, error, around(**values), Random(1))


def read(state: PhoneState, now: datetime = NOW) -> health.Verdict:
    return after_read(state, next_due=now + POLL, reason="because", now=now)


@given(failures=st.integers(1, 10_000), seed=st.integers())
def test_back_off_grows_to_a_quarter_of_an_hour_and_never_beyond(failures, seed):
    wait = health.back_off(failures, Random(seed)).total_seconds()
    full = min(900.0, 30.0 * 2.0 ** min(failures - 1, 6))
    assert full * 0.75 <= wait <= full


def test_phones_lost_together_do_not_return_together():
    waits = {health.back_off(4, Random(seed)) for seed in range(20)}
    assert len(waits) == 20


@given(failures=st.integers(1, 60), seconds=st.integers(-100_000, 100_000), seed=st.integers())
def test_a_retry_is_never_later_than_the_deadline_needs_nor_impolite(failures, seconds, seed):
    at = health.retry_at(failures, around(deadline_s=seconds), Random(seed))
    wait = (at - NOW).total_seconds()
    assert 22.5 <= wait <= 900.0
    if seconds > 0:
        assert wait <= max(seconds, health.POLITE_S)
    elif failures <= health.PRESSED_FAILURES:
        assert wait <= health.PRESSED_RETRY_S
    else:
        assert wait <= health.PRESSED_SLOWEST_S


@given(seconds=st.integers(-1000, 5000), poll=st.integers(1, 5000))
def test_the_next_read_lies_at_the_deadline_or_the_interval_but_not_impolitely_soon(seconds, poll):
    at, reason = health.next_read(
        NOW,
        poll=timedelta(seconds=poll),
        deadline=NOW + timedelta(seconds=seconds),
        reason="missed could overflow",
    )
    wait = (at - NOW).total_seconds()
    polite = min(60.0, poll)
    assert wait == max(polite, min(poll, seconds))
    assert ("could overflow" in reason) is (seconds < poll)
    assert ("polite" in reason) is (min(poll, seconds) < polite)


@pytest.mark.parametrize("error", TRANSIENT, ids=lambda error: type(error).__name__)
def test_a_phone_that_goes_down_is_spoken_of_once_and_again_when_it_is_back(error):
    state, said = UP, []
    for minute in range(0, 200, 20):
        verdict = failed(state, error, now=NOW + timedelta(minutes=minute))
        state = verdict.state
        said.append(verdict.said)
    assert [item.event for item in said if item] == ["phone is down"]
    assert said[0] is not None
    assert (state.standing, state.failures, state.down_since) == (PhoneStanding.DOWN, 10, NOW)
    assert (state.last_error, state.error_kind) == (str(error), type(error).__name__)
    back = read(state, NOW + timedelta(minutes=192))
    assert back.said is not None
    assert (back.said.event, back.said.text) == ("phone is back", "Is read again after 3 h 12 min.")
    assert (back.state.standing, back.state.failures, back.state.down_since) == (PhoneStanding.UP, 0, None)
    assert (back.state.last_error, back.state.error_kind) == (None, None)
    assert read(back.state).said is None


def test_the_first_good_read_is_said():
    verdict = read(replace(UP, standing=PhoneStanding.NEW, last_read=None))
    assert verdict.said is not None
    assert verdict.said.event == "phone read first time"


def test_a_refused_password_stops_the_phone_until_a_person_acts():
    verdict = failed(UP, SignInRefused("Refused."), credentials="hash")
    state = verdict.state
    assert (state.standing, state.next_due, state.refused_credentials) == (
        PhoneStanding.REFUSED,
        None,
        "hash",
    )
    assert "phonesync phones retry desk" in str(state.last_error)
    assert verdict.said is not None
    assert verdict.said.level == "error"
    assert failed(state, SignInRefused("Refused."), credentials="hash").said is None


def test_a_good_read_forgets_refusal_and_lock():
    state = replace(UP, refused_credentials="hash", locked_until=NOW, standing=PhoneStanding.REFUSED)
    after = read(state).state
    assert (after.refused_credentials, after.locked_until) == (None, None)


@given(minutes=st.none() | st.integers(-5, 600))
def test_a_locked_phone_is_left_alone_until_the_lock_has_ended(minutes):
    until = None if minutes is None else NOW + timedelta(minutes=minutes)
    state = failed(UP, LockedOut("Locked.", until=until)).state
    assert state.standing is PhoneStanding.DOWN
    assert state.refused_credentials is None
    assert state.next_due is not None
    assert state.locked_until is not None
    assert state.next_due >= max(state.locked_until, NOW) + timedelta(seconds=health.LOCK_MARGIN_S)
    if until is None:
        assert state.locked_until > NOW
    else:
        assert state.locked_until == until


@given(deadline=st.none() | st.integers(-1000, 1000), seed=st.integers())
def test_a_busy_phone_is_read_later_and_is_no_failure(deadline, seed):
    verdict = after_failure(UP, PhoneBusy("Somebody."), around(deadline_s=deadline), Random(seed))
    state = verdict.state
    assert (state.standing, state.failures, state.down_since) == (PhoneStanding.UP, 0, None)
    assert state.next_due is not None
    wait = (state.next_due - NOW).total_seconds()
    assert 120 <= wait <= 300
    if deadline is not None:
        assert wait <= max(deadline, 120)


def test_a_busy_phone_is_spoken_of_once():
    first = failed(UP, PhoneBusy("Somebody."))
    assert first.said is not None
    assert failed(first.state, PhoneBusy("Somebody.")).said is None


def test_a_session_of_our_own_in_the_way_is_waited_out_once():
    verdict = failed(replace(UP, open_session=True), PhoneBusy("Somebody."), session_was_open=True)
    state = verdict.state
    assert "we left open" in str(state.last_error)
    assert state.next_due == NOW + timedelta(seconds=health.OWN_IDLE_S)
    assert state.open_session is False
    assert failed(state, PhoneBusy("Somebody.")).state.last_error == "Somebody."


def test_a_phone_that_was_down_and_is_busy_is_back():
    down = failed(UP, PhoneTimeout("Slow.")).state
    verdict = failed(down, PhoneBusy("Somebody."), now=NOW + timedelta(minutes=5))
    assert verdict.said is not None
    assert verdict.said.event == "phone is back"
    assert verdict.state.standing is PhoneStanding.UP


def test_a_phone_never_read_stays_new_while_it_is_busy():
    new = replace(UP, standing=PhoneStanding.NEW, last_read=None)
    assert failed(new, PhoneBusy("Somebody.")).state.standing is PhoneStanding.NEW
    down = replace(new, standing=PhoneStanding.DOWN, down_since=NOW)
    assert failed(down, PhoneBusy("Somebody.")).state.standing is PhoneStanding.NEW


def test_an_unsupported_phone_is_looked_at_once_a_day():
    verdict = failed(UP, Unsupported("Its list page is not known."))
    state = verdict.state
    assert (state.standing, state.failures) == (PhoneStanding.UNSUPPORTED, 0)
    assert state.next_due == NOW + timedelta(days=1)
    assert verdict.said is not None
    assert failed(state, Unsupported("Its list page is not known.")).said is None


def test_a_held_phone_is_still_fetched_and_says_what_to_do():
    verdict = failed(UP, PlanRefused("The rows fit in two ways."))
    state = verdict.state
    assert (state.standing, state.next_due, state.failures) == (PhoneStanding.HELD, NOW + POLL, 0)
    assert "phonesync phones retry desk" in str(state.last_error)
    assert verdict.said is not None
    assert failed(state, PlanRefused("The rows fit in two ways.")).said is None
    assert failed(state, PhoneBusy("Somebody.")).state.standing is PhoneStanding.HELD
    assert read(state).said is not None


@pytest.mark.parametrize("deadline_s", [None, -1, 30])
def test_a_sign_in_without_a_verdict_is_repeated_only_after_five_minutes(deadline_s):
    state = failed(UP, PhoneTimeout("Slow."), unanswered=True, deadline_s=deadline_s).state
    assert (state.standing, state.error_kind) == (PhoneStanding.DOWN, "PhoneTimeout")
    assert state.next_due == NOW + timedelta(minutes=5)


@pytest.mark.parametrize("error", [*TRANSIENT, LockedOut("Locked.", until=NOW + timedelta(minutes=3))])
def test_a_password_that_never_worked_and_got_no_verdict_stops_the_phone(error):
    new = replace(UP, standing=PhoneStanding.NEW, last_read=None)
    verdict = failed(new, error, unanswered=True, unjudged=True, credentials="hash")
    state = verdict.state
    assert (state.standing, state.next_due) == (PhoneStanding.REFUSED, None)
    assert (state.offered_credentials, state.refused_credentials) == ("hash", None)
    assert state.locked_until == (error.until if isinstance(error, LockedOut) else None)
    assert str(error) in str(state.last_error)
    assert "phonesync phones retry desk" in str(state.last_error)
    assert verdict.said is not None
    assert verdict.said.level == "error"
    assert failed(state, error, unjudged=True, credentials="hash").said is None


def test_a_password_that_is_refused_has_not_worked_any_more():
    before = replace(UP, proven_credentials="hash")
    assert failed(before, SignInRefused("Refused."), credentials="hash").state.proven_credentials is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (11520, "3 h 12 min"), (90000, "1 d 1 h")],
)
def test_spans_are_told_in_two_units(seconds, words):
    assert health.in_words(timedelta(seconds=seconds)) == words
