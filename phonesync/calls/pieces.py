"""A piece: rows that are certainly of one ringing, and what is left of its three instants. Pure.

A row is taken into a piece where its times fit, its phone has no part in it yet, and there is a reason beyond
mere fitting: both are sharp and agree to seconds, the phones are of one group, or the caller's own phone says
whom it called.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from phonesync.calls.linking import calls_inside, groups_of, is_placed
from phonesync.calls.marks import Marks
from phonesync.calls.timing import Moments, hull, is_answered, moments
from phonesync.calls.values import Group, Knowledge, Ringing, Row
from phonesync.model import ListName, Outcome
from phonesync.numbering import EXTENSION

SKEW_S = 1.5
"""The phones of a group begin and stop to ring within so many seconds of one another."""

SHARP_S = 8.0
"""An instant known to so many seconds is sharp: nobody gives up, dials again and is put through in less."""

TALK_TOLERANCE_S, TALK_TOLERANCE = 3, 0.03
"""Two phones count one talk alike to so many seconds, or to such a share of it, whichever is more."""

MOST_READINGS = 6
"""Of a piece; beyond, they are taken together."""


class Sharpness(IntEnum):
    """What a row tells to seconds; the first are placed first."""

    START = 0
    STOP = 1
    NEITHER = 2


@dataclass(frozen=True, slots=True)
class View:
    """A row and what joining asks of it again and again.

    Attributes:
        row: The row.
        readings: Its moments, one for each thing its time may mean.
        answered: This phone answered, or reached whom it called; None where its row does not say.
        placed: This phone called.
        groups: That its extension belonged to.
        sharpness: What it tells to seconds.
    """

    row: Row
    readings: tuple[Moments, ...]
    answered: bool | None
    placed: bool
    groups: tuple[Group, ...]
    sharpness: Sharpness

    @property
    def took(self) -> bool:
        """It rang here, and here it was answered."""
        return not self.placed and bool(self.answered)

    @property
    def sent_on(self) -> bool:
        """The phone says that it forwarded the call."""
        return self.row.list_name is ListName.FORWARDED or self.row.outcome is Outcome.FORWARDED

    @property
    def kind(self) -> tuple[object, ...]:
        """What nobody can tell two rows of one phone apart by, where it is equal."""
        row = self.row
        return row.phone, row.list_name, row.at, row.duration_s, row.outcome, row.heard


def view(row: Row, knowledge: Knowledge) -> View:
    """Looks at a row once."""
    readings = moments(row)
    if all(one.start.width <= SHARP_S for one in readings):
        sharpness = Sharpness.START
    elif all(one.stop.width <= SHARP_S for one in readings):
        sharpness = Sharpness.STOP
    else:
        sharpness = Sharpness.NEITHER
    return View(
        row=row,
        readings=readings,
        answered=is_answered(row),
        placed=is_placed(row),
        groups=groups_of(row, knowledge),
        sharpness=sharpness,
    )


class Piece:
    """Rows of one ringing; grows row by row.

    Args:
        first: Its first row.
        marks: What was put apart by hand.

    Attributes:
        views: Its rows, in the order in which they were taken.
        readings: What its three instants may have been, one for each joint reading of its rows.
    """

    def __init__(self, first: View, marks: Marks) -> None:
        self.views = [first]
        self.readings = first.readings
        self._marks = marks

    @property
    def rows(self) -> list[Row]:
        """Its rows."""
        return [one.row for one in self.views]

    @property
    def phones(self) -> frozenset[str]:
        """Phones that have a part in it."""
        return frozenset(one.row.phone for one in self.views)

    @property
    def moments(self) -> Moments:
        """The hull of its readings."""
        return hull(self.readings)

    @property
    def taker(self) -> View | None:
        """Where it was answered."""
        return next((one for one in self.views if one.took), None)

    @property
    def caller(self) -> View | None:
        """The phone it was placed on."""
        return next((one for one in self.views if one.placed), None)

    @property
    def kind(self) -> frozenset[tuple[object, ...]]:
        """What nobody can tell two pieces apart by, where it is equal."""
        return frozenset(one.kind for one in self.views)

    def take(self, one: View) -> None:
        """Takes a row that fits."""
        self.readings = self.fits(one)
        assert self.readings, "only what fits is taken"
        self.views.append(one)

    def fits(self, one: View) -> tuple[Moments, ...]:
        """The joint readings if the row were of this piece; none where it cannot be."""
        if one.row.phone in self.phones or self._marks.keep_apart(
            [one.row.id], [row.id for row in self.rows]
        ):
            return ()
        if (one.took and self.taker is not None) or (one.placed and self.caller is not None):
            return ()
        if self._talks_differ(one):
            return ()
        return _together(self.readings, one)

    def reason_for(self, one: View, knowledge: Knowledge) -> str | None:
        """Why a row that fits is of this piece, beyond fitting; None where there is no reason."""
        if self._mirrors(one, knowledge):
            return "mirrored"
        if any(shared_groups(one, other) for other in self.views):
            return "group"
        if one.row.party is None:
            return None
        return "sharp" if self._is_sharp_with(one) else None

    def _is_sharp_with(self, one: View) -> bool:
        mine = self.moments
        return any(
            (mine.start.width <= SHARP_S and other.start.width <= SHARP_S)
            or (mine.stop.width <= SHARP_S and other.stop.width <= SHARP_S)
            for other in one.readings
        )

    def _mirrors(self, one: View, knowledge: Knowledge) -> bool:
        """One of the two placed the call, and says that it was to the other or to the other's group."""
        if one.placed:
            return any(calls(one.row, other.row, knowledge) for other in self.views)
        caller = self.caller
        return caller is not None and calls(caller.row, one.row, knowledge)

    def _talks_differ(self, one: View) -> bool:
        """Both phones talked, for times that are not those of one talk; sharp starts count for more."""
        other = self.caller if not one.placed else self.taker
        if other is None or not one.answered or not other.answered or self._is_sharp_with(one):
            return False
        return talks_differ(one.row, other.row)


def talks_differ(one: Row, other: Row) -> bool:
    """Whether two talk times, where both are known, are not those of one talk."""
    if one.duration_s is None or other.duration_s is None:
        return False
    most = max(one.duration_s, other.duration_s)
    return abs(one.duration_s - other.duration_s) > max(TALK_TOLERANCE_S, TALK_TOLERANCE * most)


def shared_groups(one: View, other: View) -> list[Group]:
    """Groups of which both ring together."""
    if one.placed or other.placed:
        return []
    return [group for group in one.groups if group in other.groups and group.ringing is Ringing.TOGETHER]


def calls(placed: Row, ringing: Row, knowledge: Knowledge) -> bool:
    """Whether the one phone says that it called the other, or a group of the other's."""
    if not is_placed(placed) or is_placed(ringing) or not calls_inside(placed) or placed.party is None:
        return False
    if ringing.extension is not None and placed.party == f"{EXTENSION}{ringing.extension}":
        return True
    dialled = placed.party.partition(":")[2]
    return any(group.number == dialled for group in groups_of(ringing, knowledge))


def _together(readings: Iterable[Moments], one: View) -> tuple[Moments, ...]:
    found: dict[Moments, None] = {}
    for mine in readings:
        for other in one.readings:
            joint = mine.cut(other, SKEW_S)
            if joint is not None:
                # Those who did not answer know nothing of the end.
                found[Moments(joint.start, joint.stop, other.end if one.answered else mine.end)] = None
    if len(found) <= MOST_READINGS:
        return tuple(found)
    return (hull(tuple(found)),)
