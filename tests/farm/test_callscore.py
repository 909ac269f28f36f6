"""Calls are scored by pairs, by who answered, and by whether the missed ones were; the truth can be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from phonesync import registry
from phonesync.calls.values import Call, CallDirection, Disposition, Group, Leg, LegOutcome, Party
from phonesync.errors import ConfigError
from phonesync.farm import perfect
from phonesync.farm.callscore import score_calls
from phonesync.farm.calltruth import CallsTruth, TruthRow, perfect_truth, read_truth, write_truth
from phonesync.farm.perfect import Reading
from phonesync.farm.recordings import CallFact, PhoneFacts, Recording
from phonesync.farm.spec import CALLS_MIX, FarmSpec, with_calls
from phonesync.farm.telephony import CallKind, Way
from phonesync.farm.verifying import START
from phonesync.model import ListName
from tests.farm.toys import ZONE

AT = datetime(2025, 10, 10, 9, tzinfo=UTC)
GROUP = Group(name="Sales", number="901", members=("101", "102"))
_ids = count(1)


def truth_row(
    entry: str,
    call: int,
    extension: str,
    list_name: ListName,
    begins: float,
    ends: float,
    *,
    talk_s: float = 0,
) -> TruthRow:
    ended = AT + timedelta(seconds=ends)
    recording = Recording(
        id=next(_ids),
        phone=f"desk-{extension}",
        device=1,
        list_name=list_name,
        account=extension,
        number="89165550001",
        name="",
        started=AT + timedelta(seconds=begins),
        recorded=ended,
        duration_s=int(talk_s),
        call=call,
        answered=ended - timedelta(seconds=talk_s) if talk_s else None,
    )
    facts = PhoneFacts(name=recording.phone, zone=ZONE, lists=tuple(ListName))
    looks = f"{recording.phone} {list_name} {recording.shown(facts)}"
    return TruthRow(
        entry=entry,
        extension=extension,
        party="+79165550001",
        heard=False,
        looks=looks,
        recording=recording,
        facts=facts,
    )


def truth(*rows: TruthRow, **facts: CallFact) -> CallsTruth:
    calls = {int(name[1:]): fact for name, fact in facts.items()}
    return CallsTruth(start=AT - timedelta(days=4), groups=(GROUP,), calls=calls, rows=rows)


def call(
    *entries: str,
    answered_by: str | None = None,
    disposition: Disposition = Disposition.UNKNOWN,
    uncertain: bool = False,
) -> Call:
    leg = Leg(
        phone="desk-101",
        extension="101",
        owner=None,
        department=None,
        list_name=ListName.MISSED,
        outcome=LegOutcome.UNKNOWN,
        entry_ids=entries,
        started_at=AT,
        talk_s=None,
    )
    return Call(
        id=entries[0],
        direction=CallDirection.INBOUND,
        disposition=disposition,
        started_at=AT,
        started_within_s=1,
        answered_at=None,
        ended_at=None,
        ring_s=None,
        talk_s=None,
        calling=Party(),
        called=Party(),
        answered_by=answered_by,
        legs=(leg,),
        uncertain=uncertain,
        reasons=(),
    )


GROUP_CALL = (
    truth_row("a", 1, "101", ListName.MISSED, 0.0, 10.0),
    truth_row("b", 1, "102", ListName.RECEIVED, 0.3, 40.0, talk_s=30),
)
AGAIN = truth_row("c", 2, "101", ListName.MISSED, 50.0, 70.0)
FACTS = {
    "c1": CallFact(id=1, kind=CallKind.GROUP, started=AT, answered_by=("102",), ways=(Way.TOGETHER,)),
    "c2": CallFact(id=2, kind=CallKind.GROUP, started=AT, missed=True, repeat_of=1),
}


def scored(*calls: Call, rows: Sequence[TruthRow] = (*GROUP_CALL, AGAIN)):
    return score_calls(truth(*rows, **FACTS), calls).learned


def test_calls_joined_rightly_pass():
    figures = scored(call("a", "b", answered_by="102"), call("c", disposition=Disposition.MISSED))
    assert (figures.pairs.precision, figures.pairs.recall, figures.ours.recall) == (1.0, 1.0, 1.0)
    assert (figures.decided, figures.answered_right) == (2, 2)
    assert (figures.missed, figures.missed_right) == (1, 1)
    assert figures.passed


def test_a_repeat_callers_row_in_the_first_call_is_a_wrong_pair_and_is_named_so():
    figures = scored(call("a", "b", "c", answered_by="102", uncertain=True))
    assert (figures.pairs.stated, figures.pairs.right) == (3, 1)
    assert figures.wrong.causes == {"repeat caller": 2}
    assert figures.uncertain_share == 1.0
    assert not figures.passed


def test_what_the_oracle_puts_together_and_is_left_apart_is_named_by_what_the_switch_did():
    figures = scored(call("a"), call("b", answered_by="102"), call("c"))
    assert figures.ours.recall == 0.0
    assert figures.apart.causes == {"ring group": 1}
    assert not figures.passed


def test_a_call_stated_as_missed_that_somebody_answered_is_told():
    figures = scored(call("a", "b", disposition=Disposition.MISSED), call("c", answered_by="101"))
    assert (figures.missed, figures.missed_right) == (1, 0)
    assert figures.not_missed.causes == {"ring group": 1}
    assert figures.misnamed.count == 2
    assert "truly 102" in figures.misnamed.examples[0]


def test_rows_without_a_call_are_a_call_each_and_answer_for_nothing():
    figures = scored(call("b", answered_by="102"))
    assert (figures.pairs.true, figures.pairs.stated, figures.answered_right) == (1, 0, 0)


def test_the_first_days_are_scored_apart():
    early = replace(GROUP_CALL[0].recording, started=AT - timedelta(days=3), id=99)
    rows = [replace(GROUP_CALL[0], recording=early), GROUP_CALL[1], AGAIN]
    card = score_calls(truth(*rows, **FACTS), [call("a", "b")])
    assert (card.learning.rows, card.learned.rows) == (1, 2)
    shown = card.markdown()
    assert "| calls | first 3 days | after | wanted |" in shown
    assert "the oracle's own recall" in shown
    assert card.passed is card.learned.passed


def test_the_truth_of_a_run_can_be_kept_and_scores_the_same(tmp_path):
    spec = FarmSpec(phones=12, mix=CALLS_MIX, seed=1, chaos=0, start=START, days=0.4)
    world = perfect.lived_through(with_calls(spec), registry.emulators())
    known = perfect_truth(world, perfect.rows(world, Reading()))
    write_truth(tmp_path, known)
    again = read_truth(tmp_path)
    assert again.calls == known.calls
    assert again.groups == known.groups
    assert [row.witness() for row in again.rows] == [row.witness() for row in known.rows]
    stated = [call(row.entry) for row in known.rows]
    assert score_calls(again, stated, learning_days=0.0) == score_calls(known, stated, learning_days=0.0)


@pytest.mark.parametrize("text", ["nothing\n", "[]\n", '{"start": 1}\n'])
def test_a_file_that_is_no_truth_is_refused(tmp_path, text):
    (tmp_path / "truth.jsonl").write_text(text)
    with pytest.raises(ConfigError, match=r"truth\.jsonl is no truth of a farm"):
        read_truth(tmp_path)


def test_a_folder_without_a_truth_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"truth\.jsonl cannot be read: No such file or directory\."):
        read_truth(tmp_path)
