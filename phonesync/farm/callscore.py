"""Scores joined calls against what truly happened, and against what an oracle could know: pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import TypeVar

from phonesync.calls.values import Call, Disposition
from phonesync.farm.callcard import CallFigures, CallsCard
from phonesync.farm.calltruth import CallsTruth, TruthRow, after, up_to
from phonesync.farm.card import Finding
from phonesync.farm.oracle import decide
from phonesync.farm.pairing import count_pairs, kindest
from phonesync.farm.recordings import CallFact

LEARNING_DAYS = 3.0

Part = TypeVar("Part", bound=Hashable)


def score_calls(
    truth: CallsTruth, calls: Iterable[Call], *, learning_days: float = LEARNING_DAYS
) -> CallsCard:
    """Scores a whole run.

    Args:
        truth: Which entries truly are one call.
        calls: Every call of the store.
        learning_days: The first days, which are scored apart.
    """
    stated = tuple(calls)
    known = decide([row.witness() for row in truth.rows], truth.groups)
    return CallsCard(
        learning_days=learning_days,
        learning=_Score(up_to(truth, learning_days), stated, known).figures(),
        learned=_Score(after(truth, learning_days), stated, known).figures(),
    )


class _Score:
    def __init__(self, truth: CallsTruth, calls: Sequence[Call], known: Mapping[str, int]) -> None:
        self._facts = truth.calls
        self._rows = {row.entry: row for row in truth.rows}
        self._known = {entry: number for entry, number in known.items() if entry in self._rows}
        ours = {entry: call for call in calls for entry in call.entry_ids if entry in self._rows}
        self._calls = {call.id: call for call in ours.values()}
        self._stated: Mapping[str, str] = {
            entry: ours[entry].id if entry in ours else f"no call of {entry}" for entry in self._rows
        }
        self._looks = {row.entry: row.looks for row in truth.rows}
        self._plain = {row.entry: row.call for row in truth.rows}
        self._true = kindest(self._plain, self._stated, self._looks)

    def figures(self) -> CallFigures:
        found = {name: Finding() for name in ("wrong", "apart", "misnamed", "not_missed")}
        self._find_wrong(found["wrong"])
        self._find_apart(found["apart"])
        decided, right = self._answered(found["misnamed"])
        missed, really = self._missed(found["not_missed"])
        return CallFigures(
            rows=len(self._rows),
            true_calls=len(set(self._plain.values())),
            calls=len(self._calls),
            pairs=count_pairs(self._true, self._stated),
            oracle=count_pairs(self._plain, self._known),
            ours=count_pairs(self._oracles(), self._stated),
            decided=decided,
            answered_right=right,
            missed=missed,
            missed_right=really,
            uncertain=sum(call.uncertain for call in self._calls.values()),
            **{name: finding.figure() for name, finding in found.items()},
        )

    def _oracles(self) -> Mapping[str, int]:
        """What the oracle rightly puts together: where it is mistaken, nobody is to follow it."""
        rightly: dict[tuple[int, int], int] = {}
        known = {
            entry: rightly.setdefault((number, self._plain[entry]), len(rightly))
            for entry, number in self._known.items()
        }
        return kindest(known, self._stated, self._looks)

    def _find_wrong(self, found: Finding) -> None:
        for rows in _parts(self._stated).values():
            for one, other in combinations(rows, 2):
                if self._true[one] != self._true[other]:
                    found.add(self._tell(one, other), cause=self._cause(one, other))

    def _find_apart(self, found: Finding) -> None:
        known = self._oracles()
        for rows in _parts(known).values():
            for one, other in combinations(rows, 2):
                if self._stated[one] != self._stated[other]:
                    found.add(self._tell(one, other), cause=self._cause(one, other))

    def _answered(self, found: Finding) -> tuple[int, int]:
        """Calls the oracle decides, and those of them where who answered is right."""
        oracles, decided, right = _parts(self._known), 0, 0
        for number, rows in _parts(self._true).items():
            whole = oracles.get(self._known.get(rows[0], 0), [])
            if set(whole) != set(rows):
                continue
            decided += 1
            fact = self._facts[number]
            first = fact.answered_by[0] if fact.answered_by else None
            call = self._calls.get(self._most(rows))
            if call is not None and call.answered_by == first:
                right += 1
                continue
            said = "nothing" if call is None else f"{call.answered_by} in call {call.id}"
            found.add(f"{said}, truly {first}: {self._tell(*rows[:2])}", cause=_ways(fact))
        return decided, right

    def _missed(self, found: Finding) -> tuple[int, int]:
        stated = really = 0
        for call_id, rows in _parts(self._stated).items():
            call = self._calls.get(call_id)
            if call is None or call.disposition is not Disposition.MISSED:
                continue
            stated += 1
            fact = self._facts[Counter(self._true[row] for row in rows).most_common(1)[0][0]]
            if fact.missed:
                really += 1
            else:
                found.add(f"call {call_id}: {self._tell(*rows[:2])}", cause=_ways(fact))
        return stated, really

    def _most(self, rows: Sequence[str]) -> str:
        """The call that most of these rows were put into."""
        return Counter(self._stated[row] for row in rows).most_common(1)[0][0]

    def _cause(self, one: str, other: str) -> str:
        first, second = self._facts[self._true[one]], self._facts[self._true[other]]
        if first is second:
            cause = _ways(first)
        elif first.id in {second.repeat_of, second.id} or second.id == first.repeat_of:
            cause = "repeat caller"
        else:
            cause = f"{first.kind} and {second.kind}"
        coarse = any(self._rows[entry].facts.resolution_s > 1 for entry in (one, other))
        return f"{cause}, minute resolution" if coarse else cause

    def _tell(self, *entries: str) -> str:
        return "; ".join(_tell_row(self._rows[entry], self._facts[self._true[entry]]) for entry in entries)


def _ways(fact: CallFact) -> str:
    return " and ".join(fact.ways) or str(fact.kind)


def _tell_row(row: TruthRow, fact: CallFact) -> str:
    truth = row.recording
    return (
        f"{row.entry} of call {fact.id} ({truth.phone} {truth.list_name} {row.party or 'withheld'}, truly"
        f" {truth.started:%Y-%m-%d %H:%M:%S}Z to {truth.recorded:%H:%M:%S}Z, shows {row.facts.time_of} to"
        f" {row.facts.resolution_s} s{', reported' if row.heard else ''})"
    )


def _parts(of: Mapping[str, Part]) -> dict[Part, list[str]]:
    parts: defaultdict[Part, list[str]] = defaultdict(list)
    for entry in sorted(of):
        parts[of[entry]].append(entry)
    return dict(parts)
