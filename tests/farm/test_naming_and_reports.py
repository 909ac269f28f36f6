"""The cards for names and reports: what they count as a mistake, and what they do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from phonesync.farm.directory import FarmDirectory
from phonesync.farm.naming import score_names
from phonesync.farm.recordings import PhoneFacts, Recording
from phonesync.farm.reported import score_reports
from phonesync.farm.reporting import ReportedCall
from phonesync.farm.telephony import Leg
from phonesync.farm.truth import TruthLog
from phonesync.ledger.values import SpanState
from phonesync.model import EventKind, ListName
from phonesync.store.records import CoverageRow, EntryRow
from tests.farm.toys import ZONE, kind

START = datetime(2025, 3, 3, 9, tzinfo=UTC)
NUMBER = "84955550123"
PHONE = "desk-101"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def truth(*, readable: bool = True, shown: bool = True, named: bool = True, seconds: float = 20) -> TruthLog:
    log = TruthLog(start=START)
    log.add_phone(PhoneFacts(name=PHONE, zone=ZONE, lists=tuple(ListName), readable=readable))
    row = Recording(
        id=1, phone=PHONE, device=1, list_name=ListName.MISSED, account="101", number=NUMBER, name="Olga",
        started=START, recorded=at(seconds), duration_s=0, call_id="c1", named=named,
    )  # fmt: skip
    row.completed = shown
    log.record(row)
    return log


def heard(*, kinds=((EventKind.INCOMING, True), (EventKind.MISSED, True)), call_id: str = "c1"):
    leg = Leg(
        extension="101", account="101", list_name=ListName.MISSED, number=NUMBER, name="", started=START,
        answered=None, ended=at(20), call_id=call_id,
    )  # fmt: skip
    call = ReportedCall(phone=PHONE, leg=leg, heard=list(kinds), first_heard_at=START)
    first = {PHONE: START} if kinds else {}
    return SimpleNamespace(calls={(PHONE, call_id): call}, first_heard=first, refused=[])


PLAIN = EntryRow(
    id="e1", phone=PHONE, extension="101", owner=None, department=None, list_name="missed",
    remote_number=NUMBER, remote_host=None, remote_name=None, line=1, started_at=START, resolution_s=1,
    clock_offset_s=None, time_of="start", shown_at=None, duration_s=None, occurrence=1, count=1, complete=True,
    uncertain=False, first_seen_at=START, last_seen_at=START, on_phone=True, sources=("list", "event"),
    call_id="c1",
)  # fmt: skip


def entry(**changes):
    return replace(PLAIN, **changes)


def card(entries, *, reporting=None, log=None, spans=(), outages=()):
    return score_reports(reporting or heard(), log or truth(), entries, spans, outages=outages)


def test_a_call_that_is_one_entry_from_the_second_it_began_passes():
    found = card([entry()])
    assert found.passed
    assert (found.calls, found.heard, found.unheard) == (1, 1, 0)
    assert "1 heard of" in found.markdown()


@pytest.mark.parametrize(
    ("entries", "mistake"),
    [
        ([], "lost"),
        ([entry(), entry(id="e2", sources=("event",))], "doubled"),
        ([entry(), entry(id="e2", call_id="nobody")], "invented"),
        ([entry(), entry(id="e2", call_id=None, sources=("event",), started_at=at(900))], "invented"),
        ([entry(started_at=at(3))], "inexact"),
        ([entry(remote_number="201")], "misjoined"),
        ([entry(sources=("event",))], "apart"),
    ],
)
def test_every_mistake_is_counted(entries, mistake):
    found = card(entries)
    assert getattr(found, mistake).count == 1
    assert not found.passed
    assert f"- {mistake}: " in found.markdown()


def test_a_report_that_was_answered_otherwise_is_counted():
    reporting = heard()
    reporting.refused.append("desk-101 404")
    assert card([entry()], reporting=reporting).refused.count == 1


def test_what_is_kept_twice_and_marked_is_no_mistake():
    found = card([entry(sources=("event",), uncertain=True)])
    assert (found.apart.count, found.ambiguous.count, found.passed) == (0, 1, True)


def test_a_call_whose_row_nobody_saw_may_be_known_by_its_reports_alone():
    assert card([entry(sources=("event",))], log=truth(shown=False)).passed


def test_a_call_of_which_nothing_was_heard_is_the_limit_of_the_method():
    found = card([], reporting=heard(kinds=()))
    assert (found.unheard, found.passed) == (1, True)


def test_a_late_report_of_the_beginning_need_not_be_exact():
    late = heard(kinds=((EventKind.INCOMING, False), (EventKind.MISSED, True)))
    assert card([entry(started_at=at(20))], reporting=late).passed


def test_an_entry_without_a_call_id_is_the_call_that_was_heard_then():
    assert card([entry(call_id=None, sources=("event",))], log=truth(shown=False)).passed


def span(state: SpanState, since: float, until: float | None) -> CoverageRow:
    return CoverageRow(
        phone=PHONE, list_name="missed", since=at(since), until=None if until is None else at(until),
        state=state, at_most=None, estimate=None, proven_until=None,
    )  # fmt: skip


def test_an_outage_must_be_a_gap_of_a_phone_known_by_reports_and_nothing_of_it_is_complete():
    log = truth(readable=False)
    outage = [(at(3600), at(7200))]
    gap = span(SpanState.GAP, 3600, 7200)
    assert card([entry()], log=log, spans=[gap], outages=outage).passed
    for spans in ([], [span(SpanState.UNKNOWN, 0, None)], [span(SpanState.GAP, 5000, 7200)]):
        assert card([entry()], log=log, spans=spans, outages=outage).silent_outage.count == 1
    assert card([entry()], log=log, spans=[span(SpanState.COMPLETE, 0, 10)]).claimed.count == 1
    # Before its first report nobody knew of the phone, and a list that is read is proven by reads.
    assert card([entry()], log=log, outages=[(at(-900), at(-100))]).passed
    assert card([entry()], spans=[span(SpanState.COMPLETE, 0, 10)], outages=outage).passed


def desk(**changes):
    return SimpleNamespace(
        name=PHONE, kind=kind(**changes), memory=SimpleNamespace(directory=FarmDirectory())
    )


def names(log, place, *, took=START, known=True):
    return score_names(log, [place], {} if took is None else {PHONE: took}, lambda _phone, _number: known)


def test_a_row_of_a_known_caller_counts_once_the_phone_has_its_book():
    assert (names(truth(), desk()).rows, names(truth(), desk()).named) == (1, 1)
    assert names(truth(), desk()).passed
    nameless = names(truth(named=False), desk())
    assert (nameless.named, nameless.share, nameless.passed) == (0, 0.0, False)
    assert "- nameless: " in nameless.markdown()


@pytest.mark.parametrize(
    ("place", "more"),
    [
        (desk(), {"took": at(30)}),
        (desk(), {"known": False}),
        (desk(shows_names=False), {}),
        (desk(), {"took": None}),
    ],
)
def test_other_rows_do_not_count(place, more):
    found = names(truth(named=False), place, **more)
    assert (found.rows, found.share, found.passed) == (0, 1.0, True)


def test_a_phone_without_a_book_is_told_by_its_kind():
    assert names(truth(), desk(), took=None).silent == {"toy-plain": 1}


def test_a_typed_contact_that_is_gone_fails_and_its_rows_do_not_count():
    place = desk()
    place.memory.directory.type_in("Olga", (("work", NUMBER),))
    assert names(truth(), place).rows == 0
    place.memory.directory.replace_own([])
    found = names(truth(), place)
    assert (found.typed, found.typed_gone.count, found.passed) == (1, 1, False)
