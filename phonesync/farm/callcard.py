"""The score card of calls: how many rows were rightly put together, and what was said of the calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from phonesync.farm.card import Figure
from phonesync.farm.pairing import Pairs

PRECISION = 0.9999
RECALL = 0.999
ANSWERED = 0.999
MISSED = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFigures:
    """What is counted over one stretch of a run.

    Attributes:
        rows: Entries that are known to be a recording.
        true_calls: True calls they are of.
        calls: Calls they were put into.
        pairs: Pairs of rows: truly of one call, put together, rightly put together.
        oracle: The same of the oracle.
        ours: Of the pairs the oracle rightly puts together, those that were put together.
        decided: True calls all of whose rows the oracle puts together.
        answered_right: Those of them where who answered first, or that nobody did, is stated rightly.
        missed: Calls stated as missed.
        missed_right: Those of them that nobody answered.
        uncertain: Calls marked uncertain.
        wrong: Pairs that were wrongly put together, by cause.
        apart: Pairs that the oracle puts together and that were left apart, by cause.
        misnamed: Decided calls where who answered is stated wrongly, by cause.
        not_missed: Calls stated as missed that somebody answered, by cause.
    """

    rows: int
    true_calls: int
    calls: int
    pairs: Pairs
    oracle: Pairs
    ours: Pairs
    decided: int
    answered_right: int
    missed: int
    missed_right: int
    uncertain: int
    wrong: Figure
    apart: Figure
    misnamed: Figure
    not_missed: Figure

    @property
    def answered_share(self) -> float:
        """Share of the decided calls where who answered is right; 1 where there are none."""
        return self.answered_right / self.decided if self.decided else 1.0

    @property
    def missed_share(self) -> float:
        """Share of the calls stated as missed that were; 1 where there are none."""
        return self.missed_right / self.missed if self.missed else 1.0

    @property
    def uncertain_share(self) -> float:
        """Share of the calls that are marked uncertain; 0 where there are none."""
        return self.uncertain / self.calls if self.calls else 0.0

    @property
    def passed(self) -> bool:
        """Every figure is as good as it is wanted."""
        return (
            self.pairs.precision >= PRECISION
            and self.ours.recall >= RECALL
            and self.answered_share >= ANSWERED
            and self.missed_share >= MISSED
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsCard:
    """How the joining of calls went.

    Attributes:
        learning_days: The first days, in which clocks, meanings and groups are still being learned.
        learning: Those days.
        learned: All days after them.
    """

    learning_days: float
    learning: CallFigures
    learned: CallFigures

    @property
    def passed(self) -> bool:
        """The days after learning are as good as they are wanted."""
        return self.learned.passed

    def markdown(self) -> str:
        """The card for a report."""
        first, rest = f"first {self.learning_days:g} days", "after"
        lines = ["| calls | " + first + " | " + rest + " | wanted |", "|---|---:|---:|---:|"]
        for (name, one, wanted), (_, other, _) in zip(
            _figures(self.learning), _figures(self.learned), strict=True
        ):
            lines.append(f"| {name} | {one} | {other} | {wanted} |")
        lines.append("")
        for name, meaning in _CONFUSIONS.items():
            figure = getattr(self.learned, name)
            if not figure.count:
                continue
            causes = ", ".join(f"{cause} {count}" for cause, count in figure.causes.items())
            lines.append(f"- {meaning}: {figure.count} ({causes})")
            lines += [f"  - {example}" for example in figure.examples]
        return "\n".join(lines).rstrip() + "\n"


_CONFUSIONS = {
    "wrong": "pairs wrongly put together",
    "apart": "pairs left apart that the oracle puts together",
    "misnamed": "calls where who answered is wrong",
    "not_missed": "calls stated as missed that somebody answered",
}


def _figures(of: CallFigures) -> Iterator[tuple[str, str, str]]:
    yield "entries", str(of.rows), ""
    yield "true calls of them", str(of.true_calls), ""
    yield "calls stated", str(of.calls), ""
    yield "pairs truly of one call", str(of.pairs.true), ""
    yield "pairs put together", str(of.pairs.stated), ""
    yield "precision", f"{of.pairs.precision:.5%}", f"{PRECISION:.2%}"
    yield "recall of all true pairs", f"{of.pairs.recall:.3%}", ""
    yield "pairs the oracle puts together", str(of.oracle.stated), ""
    yield "the oracle's own precision", f"{of.oracle.precision:.5%}", ""
    yield "the oracle's own recall", f"{of.oracle.recall:.3%}", ""
    yield "recall of those that are right", f"{of.ours.recall:.3%}", f"{RECALL:.1%}"
    yield "calls the oracle decides", str(of.decided), ""
    yield "who answered is right", f"{of.answered_share:.3%}", f"{ANSWERED:.1%}"
    yield "calls stated as missed", str(of.missed), ""
    yield "of these really missed", f"{of.missed_share:.3%}", f"{MISSED:.1%}"
    yield "calls marked uncertain", f"{of.uncertain} ({of.uncertain_share:.2%})", ""
