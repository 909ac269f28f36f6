"""What a switch recorded: its lines, and the calls they speak of. Pure.

A switch writes one line for each pair of ends it connected or tried to: a call to a ring group has a line for
each member, a transferred call one for each leg. Asterisk gives the lines of one channel one ``uniqueid``,
and all channels of one call one ``linkedid``; FreePBX finds the lines of a call by both (its ``cdr`` module
follows them until no line is new), and so does this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from phonesync.calls.values import Disposition
from phonesync.numbering import EXTENSION

RAW = "raw:"
"""Begins what is written of a party that has no canonical form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrLine:
    """One line of a switch's own record.

    Attributes:
        id: In the order in which lines were taken.
        source: Name of the ``[[cdr]]`` it came from.
        started_at: When the switch began it, UTC, by the switch's own clock.
        within_s: It began at most so many seconds after ``started_at``: the hour that the end of summer time
            doubles, where nothing decides it.
        answered_at: UTC, or None.
        ended_at: UTC, or None.
        calling: Canonical, ``raw:`` and the text as written, or None where withheld.
        called: The number dialled, in the same form; None where there is none.
        answered_by: The extension that answered, or None.
        extensions: Every extension that was called or that calls.
        group_number: The number of a group or queue, where the line itself shows that it is one.
        disposition: ``answered``, ``no_answer``, ``busy``, ``failed``, ``voicemail``; ``unknown`` where the
            switch itself answered and nobody else did.
        ring_s: Seconds from the start to the answer, or to the end where nobody answered; None where unknown.
        talk_s: Seconds from the answer to the end, or None.
        keys: Keys pressed in a voice menu, or None.
        recording: Name of the recording, or None.
        unique_id: Of the channel, or None.
        linked_id: Of the call, or None.
    """

    id: int = 0
    source: str
    started_at: datetime
    within_s: int = 0
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    calling: str | None = None
    called: str | None = None
    answered_by: str | None = None
    extensions: tuple[str, ...] = ()
    group_number: str | None = None
    disposition: Disposition
    ring_s: int | None = None
    talk_s: int | None = None
    keys: str | None = None
    recording: str | None = None
    unique_id: str | None = None
    linked_id: str | None = None

    @property
    def rung(self) -> tuple[str, ...]:
        """The extensions that were called."""
        return tuple(one for one in self.extensions if f"{EXTENSION}{one}" != self.calling)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchCall:
    """One call as the switch recorded it.

    Attributes:
        lines: Its lines, by start and id; at least one.
        calling: Who called: canonical, ``raw:`` and the text, or None.
        called: The number first dialled, in the same form.
        rung: Extensions that were called, in that order.
        answered_by: Extensions that answered, in that order.
        group_number: Of the group or queue first called, or None.
        disposition: What became of it.
        keys: Keys pressed in a voice menu, or None.
        recording: Name of its recording, or None.
    """

    lines: tuple[CdrLine, ...]
    calling: str | None
    called: str | None
    rung: tuple[str, ...]
    answered_by: tuple[str, ...]
    group_number: str | None
    disposition: Disposition
    keys: str | None
    recording: str | None

    @property
    def source(self) -> str:
        """Name of the ``[[cdr]]`` it came from."""
        return self.lines[0].source

    @property
    def line_ids(self) -> tuple[int, ...]:
        """Ids of its lines."""
        return tuple(line.id for line in self.lines)

    @property
    def started_at(self) -> datetime:
        """When it reached the switch, UTC, by the switch's clock."""
        return self.lines[0].started_at

    @property
    def within_s(self) -> int:
        """It began at most so many seconds after ``started_at``."""
        return self.lines[0].within_s

    @property
    def ended_at(self) -> datetime | None:
        """When its last line ended, UTC, by the switch's clock, or None."""
        return max((line.ended_at for line in self.lines if line.ended_at is not None), default=None)

    @property
    def answered_line(self) -> CdrLine | None:
        """The line of the first answer, or None where nobody answered."""
        return next((line for line in self.lines if line.disposition is Disposition.ANSWERED), None)

    @property
    def answered_at(self) -> datetime | None:
        """When it was answered first, UTC, by the switch's clock, or None."""
        return None if self.answered_line is None else self.answered_line.answered_at

    @property
    def rang_at(self) -> datetime:
        """When the switch first called somebody, UTC, by its clock; a menu comes before that."""
        called = (line for line in self.lines if line.disposition is not Disposition.UNKNOWN)
        return next(called, self.lines[0]).started_at

    @property
    def ring_s(self) -> int | None:
        """Seconds from when somebody was first called to the answer or the end."""
        until = self.answered_at if self.answered_line is not None else _last_ring(self.lines)
        return None if until is None else max(0, round((until - self.rang_at).total_seconds()))


def _last_ring(lines: Sequence[CdrLine]) -> datetime | None:
    """When the last of some lines that nobody answered stopped ringing; menu and voicemail ring nowhere."""
    silent = (Disposition.VOICEMAIL, Disposition.UNKNOWN)
    rang = (line for line in lines if line.disposition not in silent)
    return max((line.ended_at for line in rang if line.ended_at is not None), default=None)


def switch_calls(lines: Iterable[CdrLine]) -> tuple[SwitchCall, ...]:
    """The calls that some lines speak of, by start and first line; lines in any order give the same.

    Args:
        lines: Of any sources; all lines of a call, or it comes out as several.
    """
    ordered = sorted(lines, key=lambda line: (line.started_at, line.source, line.id))
    return tuple(_switch_call(group) for group in _grouped(ordered))


def _grouped(lines: Sequence[CdrLine]) -> Iterator[list[CdrLine]]:
    """Lines that share an id, directly or by way of others; each group in the order of the lines."""
    parent = list(range(len(lines)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    first: dict[tuple[str, str], int] = {}
    for at, line in enumerate(lines):
        for name in {line.unique_id, line.linked_id} - {None}:
            assert name is not None
            other, mine = root(first.setdefault((line.source, name), at)), root(at)
            parent[max(other, mine)] = min(other, mine)
    groups: dict[int, list[CdrLine]] = {}
    for at, line in enumerate(lines):
        groups.setdefault(root(at), []).append(line)
    yield from groups.values()


def _switch_call(lines: Sequence[CdrLine]) -> SwitchCall:
    first = next((line for line in lines if line.called is not None), lines[0])
    rung = tuple(dict.fromkeys(extension for line in lines for extension in line.rung))
    answered = (line.answered_by for line in lines if line.disposition is Disposition.ANSWERED)
    return SwitchCall(
        lines=tuple(lines),
        calling=lines[0].calling,
        called=first.called,
        rung=rung,
        answered_by=tuple(dict.fromkeys(one for one in answered if one is not None)),
        group_number=_group_number(lines, first.called, rung),
        disposition=_disposition(lines),
        keys=next((line.keys for line in lines if line.keys is not None), None),
        recording=next((line.recording for line in lines if line.recording is not None), None),
    )


def _group_number(lines: Sequence[CdrLine], called: str | None, rung: Sequence[str]) -> str | None:
    """The group first called: shown as one by a line, or a number at which several others rang."""
    shown = next((line.group_number for line in lines if line.group_number is not None), None)
    if shown is not None or called is None or called.startswith("+"):
        return shown
    number = bare(called)
    others = {extension for line in lines if line.called == called for extension in line.rung}
    return number if len(others) > 1 and number not in rung else None


def _disposition(lines: Sequence[CdrLine]) -> Disposition:
    """What became of a call of several lines: the best that became of any."""
    became = {line.disposition for line in lines}
    order = (
        Disposition.ANSWERED, Disposition.VOICEMAIL, Disposition.NO_ANSWER, Disposition.BUSY,
        Disposition.FAILED,
    )  # fmt: skip
    return next((one for one in order if one in became), Disposition.UNKNOWN)


def bare(party: str) -> str:
    """A party without the mark of its form: the extension, the number, the text as written."""
    return party.removeprefix(EXTENSION).removeprefix(RAW)
