"""The spans of one name and list abut, though several phones may have borne the name.

Each physical phone begins with a span that is unknown since ever. Of a phone that took over a name, that span
begins where the last good read of its predecessors ends what they prove; of a list that a phone had, lost and
has again, where what is stated of it before ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

from phonesync.store.records import CoverageRow

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A span as one physical phone showed it.

    Attributes:
        number: Of the phone among those of its name.
        variant: What read it.
        list_code: The code it read the list under.
        row: The span.
    """

    number: int
    variant: str
    list_code: str
    row: CoverageRow

    @property
    def until(self) -> datetime:
        """Its end; far in the future while it is open."""
        return self.row.until or _NEVER

    def may_follow(self, other: Stated) -> bool:
        """False for lists that one variant shows side by side under one name."""
        return self.variant != other.variant or self.list_code == other.list_code


def abutting(spans: Iterable[Stated]) -> Iterator[CoverageRow]:
    """The spans of one phone's name, list by list, cut so that none begins before its predecessors end."""
    listed = sorted(spans, key=lambda span: (span.row.list_name, span.number, span.until))
    for _, of_list in groupby(listed, key=lambda span: span.row.list_name):
        ends: list[datetime] = []
        for _, of_phone in groupby(of_list, key=lambda span: span.number):
            found = list(of_phone)
            yield from _cut(found, max(ends, default=None))
            ends += [span.until for span in found]


def _cut(spans: Sequence[Stated], handed_over: datetime | None) -> Iterator[CoverageRow]:
    """The spans of one phone and list, oldest first, none of them before the hand-over."""
    for place, span in enumerate(spans):
        since = span.row.since
        if since is None:
            since = max((other.until for other in spans[:place] if span.may_follow(other)), default=None)
        if handed_over is not None:
            since = max(since or handed_over, handed_over)
        if since == span.row.since:
            yield span.row
        elif since is None or since < span.until:
            yield replace(span.row, since=since)
