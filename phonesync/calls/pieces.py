"""A piece: rows that are certainly of one ringing, and what is left of its three instants. Pure.

A row is taken into a piece where its times fit, its phone has no part in it yet, and there is a reason beyond
mere fitting: both are sharp and agree to seconds, the phones are of one group, or the caller's own phone says
whom it called.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, IntEnum

from phonesync.calls.linking import calls, groups_of, is_placed, is_sent_on, own_party
from phonesync.calls.marks import Marks
from phonesync.calls.timing import Moments, Span, hull, is_answered, moments, talks_differ
from phonesync.calls.values import Group, Knowledge, Ringing, Row
from phonesync.numbering import EXTENSION

SKEW_S = 1.5
"""The phones of a group begin and stop to ring within so many seconds of one another."""

SHARP_S = 8.0
"""An instant known to so many seconds is sharp: nobody gives up, dials again and is put through in less."""

WIDE_S = 300.0
"""A start that may lie anywhere within more says nothing."""

ENOUGH = 0.6
"""Where times alone would not do, so much of a group must have rung for its members to be of one call."""

LEARNED_ENOUGH = 3
"""Of a group that was only learned, so many at least: two phones ring at one time by chance."""

SURELY = 2
"""Of a group that a person stated: where so many rang at one second, the group was called."""

MOST_READINGS = 6
"""Of a piece; beyond, they are taken together."""


class Link(Enum):
    """Why a row is of a piece, beyond fitting."""

    MIRROR = "mirror"
    """One of the two phones placed the call, to the other or to its group."""
    SHARP = "sharp"
    """Both tell the same instant to seconds."""
    GROUP = "group"
    """They ring together by arrangement."""


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
        asks: The phone may have placed this call to hand another one over.
    """

    row: Row
    readings: tuple[Moments, ...]
    answered: bool | None
    placed: bool
    groups: tuple[Group, ...]
    sharpness: Sharpness
    asks: bool = False

    @property
    def took(self) -> bool:
        """It rang here, and here it was answered."""
        return not self.placed and bool(self.answered)

    @property
    def sent_on(self) -> bool:
        """The phone says that it forwarded the call."""
        return is_sent_on(self.row)

    @property
    def kind(self) -> tuple[object, ...]:
        """What nobody can tell two rows of one phone apart by, where it is equal."""
        row = self.row
        return row.phone, row.list_name, row.number, row.at, row.duration_s, row.outcome, row.heard


def view(row: Row, knowledge: Knowledge, *, asks: bool = False) -> View:
    """Looks at a row once.

    Args:
        row: The row.
        knowledge: The groups.
        asks: The phone may have placed this call to hand another one over.
    """
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
        asks=asks,
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
        self._on_trust: list[View] = []
        self._hull: tuple[tuple[Moments, ...], Moments] | None = None
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
        if self._hull is None or self._hull[0] is not self.readings:
            self._hull = self.readings, hull(self.readings)
        return self._hull[1]

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

    def take(self, one: View, knowledge: Knowledge) -> None:
        """Takes a row that fits."""
        joint = self.fits(one)
        assert joint, "only what fits is taken"
        if self.reason_for(one, knowledge) is Link.GROUP:
            self._on_trust.append(one)
        self.readings = joint
        self.views.append(one)

    def give_back(self) -> list[View]:
        """Takes out what is here for its group's sake alone, where too few of the group rang."""
        for one in self._on_trust:
            groups = {
                group for other in self.views if other is not one for group in shared_groups(one, other)
            }
            if any(self._rang_enough(group) for group in groups):
                continue
            out = list(self._on_trust)
            self.views = [other for other in self.views if other not in out]
            self._on_trust.clear()
            self.readings = self._read_again()
            return out
        return []

    def _rang_enough(self, group: Group) -> bool:
        ringing = [one for one in self.views if group in one.groups and not one.placed]
        if not group.learned and sum(one not in self._on_trust for one in ringing) >= SURELY:
            return True
        rang = len(ringing)
        return rang >= max(ENOUGH * len(group.members), LEARNED_ENOUGH if group.learned else 0)

    def _read_again(self) -> tuple[Moments, ...]:
        readings = self.views[0].readings
        for index, one in enumerate(self.views[1:]):
            readings = _together(readings, one, placed=not index and self.views[0].placed)
        return readings

    def precedes(self, other: Piece) -> bool:
        """Whether it certainly began first: by the times, or by a phone that has a row in both."""
        if self.moments.start.high < other.moments.start.low:
            return True
        return any(came_before(mine, theirs) for mine in self.views for theirs in other.views)

    def fits(self, one: View) -> tuple[Moments, ...]:
        """The joint readings if the row were of this piece; none where it cannot be."""
        if self._has_its_own(one) or self._marks.keep_apart([one.row.id], [row.id for row in self.rows]):
            return ()
        if self._is_taken(one):
            return ()
        if self._talks_differ(one):
            return ()
        return self._joint(one)

    def _is_taken(self, one: View) -> bool:
        """Somebody else answered, or placed the call."""
        other = self.taker if one.took else self.caller if one.placed else None
        return other is not None and other.row.phone != one.row.phone

    def _has_its_own(self, one: View) -> bool:
        """The phone has a part in it already: but a report and a row of its list may be two of one call."""
        others = [other for other in self.views if other.row.phone == one.row.phone]
        return bool(others) and not (len(others) == 1 and may_be_twice(others[0], one))

    def reason_for(self, one: View, knowledge: Knowledge) -> Link | None:
        """Why a row that fits is of this piece, beyond fitting; None where there is no reason."""
        if self._mirrors(one, knowledge):
            return Link.MIRROR
        if one.row.party is not None and not self._sends_on(one):
            dialled = not self._is_not_dialled(one, knowledge)
            if self._is_sharp_with(one, stops=dialled):
                return Link.SHARP
        return Link.GROUP if self._is_called_together(one) else None

    def _sends_on(self, one: View) -> bool:
        """One of two phones that no group links sent the call on: it rang there before, not at once."""
        return any(
            (one.sent_on or other.sent_on) and not shared_groups(one, other)
            for other in self.views
            if not (one.placed or other.placed)
        )

    def _is_not_dialled(self, one: View, knowledge: Knowledge) -> bool:
        """Another phone was dialled, or a hunt list in which others come before this one.

        Where it did not begin with the call, it rang later, for a call that had gone on from there, however
        near what follows is.
        """
        if self.caller is None:
            return False
        kind, _, dialled = (self.caller.row.party or "").partition(":")
        if f"{kind}:" != EXTENSION or dialled == one.row.extension:
            return False
        in_turn = (group for group in one.groups if group.ringing is Ringing.IN_TURN)
        is_later = any(group.number == dialled and group.members[0] != one.row.extension for group in in_turn)
        return is_later or dialled in knowledge.phones

    def company(self, one: View) -> int:
        """How many phones of one group with it rang in this piece."""
        return sum(bool(shared_groups(one, other)) for other in self.views)

    def _is_called_together(self, one: View) -> bool:
        """They are of one group, and nobody says that a member was dialled by its own number."""
        if not _is_narrow(self.readings) or not (_is_narrow(one.readings) or self._was_taken_by(one)):
            return False
        caller = self.caller
        if caller is not None and caller.row.party in {own_party(other.row) for other in self.views}:
            return False
        return any(shared_groups(one, other) for other in self.views)

    def _was_taken_by(self, one: View) -> bool:
        """The group was surely called, and of its members this one talked to the caller until just after."""
        if not one.took or hull(one.readings).end.width > WIDE_S:
            return False
        rang = [other for other in self.views if shared_groups(one, other) and other not in self._on_trust]
        return len(rang) >= SURELY

    def _is_sharp_with(self, one: View, *, stops: bool = True) -> bool:
        """The same instant is sharp in both, in readings that fit; exactly where they are of no one group.

        Args:
            one: The row.
            stops: It may be the end of the ringing too, not the start alone.
        """
        slack = SKEW_S if one.placed or any(shared_groups(one, other) for other in self.views) else 0.0
        return any(
            (
                (mine.start.width <= SHARP_S and other.start.width <= SHARP_S)
                or (stops and mine.stop.width <= SHARP_S and other.stop.width <= SHARP_S)
            )
            and mine.cut(other, slack) is not None
            for mine in self.readings
            for other in one.readings
        )

    def _joint(self, one: View) -> tuple[Moments, ...]:
        return _together(self.readings, one, placed=all(other.placed for other in self.views))

    def _mirrors(self, one: View, knowledge: Knowledge) -> bool:
        """The phone that placed the call says that it was to this one, or to its group."""
        caller = self.caller
        return caller is not None and calls(caller.row, one.row, knowledge)

    def _talks_differ(self, one: View) -> bool:
        """The one talked and the other did not, or not as long; sharp starts count for more than lengths."""
        other = self.taker if one.placed else self.caller
        if other is None or not (one.took or other.took):
            return False
        if False in {one.answered, other.answered}:
            return True
        if not talks_differ(one.row, other.row) or self._is_sharp_with(one):
            return False
        asking, asked = (one, other) if one.placed else (other, one)
        return not (asking.asks and (asked.row.duration_s or 0) > (asking.row.duration_s or 0))


def may_be_twice(one: View, other: View) -> bool:
    """Whether one is known by reports, the other by a list, and nothing else tells them apart."""
    same = one.row.list_name is other.row.list_name and one.row.party == other.row.party
    return same and one.row.heard is not other.row.heard


def came_before(one: View, other: View) -> bool:
    """Whether a phone itself has the one row before the other, both by the same clock.

    Whatever their times mean, the one call began first, unless the two went on at once.
    """
    mine, theirs = one.row, other.row
    return mine.phone == theirs.phone and mine.heard is theirs.heard and mine.at < theirs.at


def are_kin(one: View, other: View) -> bool:
    """Whether calls go from the one to the other by arrangement: they share a group or a department."""
    if not set(one.groups).isdisjoint(other.groups):
        return True
    return one.row.department is not None and one.row.department == other.row.department


def shared_groups(one: View, other: View) -> list[Group]:
    """Groups of which both ring together."""
    if one.placed or other.placed:
        return []
    return [group for group in one.groups if group in other.groups and group.ringing is Ringing.TOGETHER]


def _is_narrow(readings: Iterable[Moments]) -> bool:
    """Whichever of them is true, the start says something."""
    return all(reading.start.width <= WIDE_S for reading in readings)


def _together(readings: Iterable[Moments], one: View, *, placed: bool) -> tuple[Moments, ...]:
    """The joint readings of some rows and a further one.

    Args:
        readings: Of the rows there are.
        one: The further one.
        placed: There is only the phone that placed the call: it rings on where another phone stops.
    """
    found: dict[Moments, None] = {}
    for mine in readings:
        known = mine
        if placed and not one.took:
            known = Moments(mine.start, Span(mine.start.low, mine.stop.high + SKEW_S), mine.end)
        for other in one.readings:
            joint = known.cut(other, SKEW_S)
            if joint is not None:
                # Those who did not answer know nothing of the end.
                found[Moments(joint.start, joint.stop, other.end if one.answered else mine.end)] = None
    if len(found) <= MOST_READINGS:
        return tuple(found)
    return (hull(tuple(found)),)
