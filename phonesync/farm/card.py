"""The score card: what a run got wrong, with examples, and what is counted apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of the card.

    Attributes:
        count: How many.
        causes: How many of each cause; they add up to ``count``.
        examples: The first few, in words.
    """

    count: int = 0
    causes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    examples: tuple[str, ...] = ()


class Finding:
    """Collects one figure."""

    def __init__(self) -> None:
        self._causes: Counter[str] = Counter()
        self._examples: dict[str, list[str]] = {}

    def add(self, example: str, *, cause: str = "") -> None:
        """One more; the first few of every cause are kept as examples."""
        self._causes[cause] += 1
        kept = self._examples.setdefault(cause, [])
        if len(kept) < EXAMPLES:
            kept.append(example)

    def figure(self) -> Figure:
        """What was found."""
        examples = [example for kept in self._examples.values() for example in kept]
        return Figure(
            count=self._causes.total(),
            causes=MappingProxyType({cause: n for cause, n in self._causes.most_common() if cause}),
            examples=tuple(examples[:EXAMPLES]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCard:
    """How a run went.

    Attributes:
        phones: Phones in the farm.
        reads: Completed reads.
        recorded: Rows the phones recorded themselves.
        shown: Rows some completed read showed, each counted once.
        entries: Entries kept.
        spans: Coverage spans stated.
        lost: Shown by a completed read, not kept.
        doubled: One recorded row kept as two entries.
        invented: An entry that no phone ever showed.
        unconfessed: A row no read ever showed, recorded inside a span stated complete; one more than a gap is
            said to hide at most; any complete span of a list that proves nothing.
        false_gap: A span stated incomplete although the reads contained the proof.
        late: Rows evicted unread although the phone could have been read in time, after the settling days.
        missed: All other rows evicted unread, by reason.
        invisible: Rows in complete spans that no reader can know of.
        indistinguishable: Rows shown under a text another row had too, never both in one read.
        by_count: Rows known only as part of the count of merged repeats.
        uncertain: Entries marked uncertain, by cause.
        misread: Entries whose duration, name or count is not what the phone showed last.
        weak_proof: Spans stated incomplete where a row survived, but not as the rules of proof ask; or where
            ids would prove it that nothing had tried.
        untidy: Coverage spans that overlap, or leave a hole between them.
        relabelled: Phones whose missed and received lists the reader exchanges.
    """

    phones: int
    reads: int
    recorded: int
    shown: int
    entries: int
    spans: int
    lost: Figure
    doubled: Figure
    invented: Figure
    unconfessed: Figure
    false_gap: Figure
    late: Figure
    missed: Figure
    invisible: Figure
    indistinguishable: Figure
    by_count: Figure
    uncertain: Figure
    misread: Figure
    weak_proof: Figure
    untidy: Figure
    relabelled: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Nothing lost, doubled, invented, unconfessed, and no false gap."""
        return not any(self.figure(name).count for name in MUST_BE_ZERO if name != "late")

    @property
    def in_time(self) -> bool:
        """No row was evicted unread that could have been read in time."""
        return not self.late.count

    @property
    def uncertain_share(self) -> float:
        """Share of the entries that are marked uncertain, 0 to 1."""
        return self.uncertain.count / self.entries if self.entries else 0.0

    def figure(self, name: str) -> Figure:
        """The figure of that name.

        Raises:
            KeyError: There is none.
        """
        if name not in MEANINGS:
            raise KeyError(name)
        found = getattr(self, name)
        assert isinstance(found, Figure)
        return found

    def markdown(self) -> str:
        """The card for a report, with causes and examples."""
        run = f"{self.phones} phones, {self.reads} completed reads, {self.recorded} rows recorded"
        lines = [
            f"{run}, {self.shown} shown, {self.entries} entries kept, {self.spans} coverage spans.",
            "",
            "| figure | count | wanted | meaning |",
            "|---|---:|---|---|",
        ]
        for name, meaning in MEANINGS.items():
            wanted = "0" if name in MUST_BE_ZERO else ""
            lines.append(f"| {_title(name)} | {self._shown_count(name)} | {wanted} | {meaning} |")
        lines += ["", *self._details()]
        if self.relabelled:
            lines.append(f"- lists exchanged by the reader: {', '.join(self.relabelled)}")
        return "\n".join(lines).rstrip() + "\n"

    def table(self) -> Table:
        """The card for a terminal."""
        from rich.table import Table  # noqa: PLC0415  rich is slow to import and only wanted on a terminal

        table = Table(
            title="Score", caption=f"{self.reads} reads of {self.phones} phones", title_justify="left"
        )
        for heading in ("figure", "count", "wanted", "causes"):
            table.add_column(heading, justify="right" if heading == "count" else "left")
        for name in MEANINGS:
            must = name in MUST_BE_ZERO
            style = ("red" if self.figure(name).count else "green") if must else None
            causes = _causes(self.figure(name))
            table.add_row(_title(name), self._shown_count(name), "0" if must else "", causes, style=style)
        return table

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        plain: dict[str, object] = {
            name: getattr(self, name)
            for name in ("phones", "reads", "recorded", "shown", "entries", "spans", "relabelled")
        }
        for name in MEANINGS:
            figure = self.figure(name)
            plain[name] = {
                "count": figure.count,
                "causes": dict(figure.causes),
                "examples": list(figure.examples),
            }
        return plain | {"uncertain_share": self.uncertain_share, "clean": self.clean, "in_time": self.in_time}

    def _shown_count(self, name: str) -> str:
        count = str(self.figure(name).count)
        return f"{count} ({self.uncertain_share:.3%})" if name == "uncertain" else count

    def _details(self) -> Iterable[str]:
        for name in MEANINGS:
            figure = self.figure(name)
            if not figure.count:
                continue
            yield f"- {_title(name)}" + (f": {_causes(figure)}" if figure.causes else "")
            yield from (f"  - {example}" for example in figure.examples)


def _title(name: str) -> str:
    return name.replace("_", " ")


def _causes(figure: Figure) -> str:
    return ", ".join(f"{cause} {count}" for cause, count in figure.causes.items())


MUST_BE_ZERO = ("lost", "doubled", "invented", "unconfessed", "false_gap", "late")

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "lost": "shown by a completed read, not kept",
        "doubled": "one recorded row kept as two entries",
        "invented": "an entry that no phone ever showed",
        "unconfessed": "never shown to any read, recorded inside a span stated complete",
        "false_gap": "a span stated incomplete although the reads contained the proof",
        "late": "evicted unread although a polite reader had time, before the phone left or once it was back",
        "missed": "evicted unread for other reasons",
        "invisible": "in a complete span, but no reader could know: deleted or lost between two reads",
        "indistinguishable": "shown under a text that another row had too, never both in one read",
        "by_count": "known only as part of the count of merged repeats",
        "uncertain": "entries marked uncertain",
        "misread": "entries whose duration, name or count is not what the phone showed",
        "weak_proof": "a row stayed, but re-dated, merged, out of order or by an untried id: not complete",
        "untidy": "coverage spans that overlap or leave a hole",
    }
)
