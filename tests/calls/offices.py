"""Small offices whose rows Hypothesis makes up, and a place that finds neighbours among rows in memory."""

from datetime import timedelta

from hypothesis import strategies as st

from phonesync.calls.linking import extent, keys
from phonesync.calls.values import Apart, Bounds, Group, Knowledge, Ringing, Row, Together
from phonesync.model import ListName, Outcome, TimeOf
from tests.calls.made import MONDAY

EXTENSIONS = ("101", "102", "103", "111", "112")
INSIDE = (*(f"ext:{extension}" for extension in EXTENSIONS), "ext:600")
OUTSIDE = ("+74955550101", "+74955550102")
GROUPS = (
    Group(name="Sales", number="600", members=("101", "102", "103")),
    Group(name="Night", members=("111", "112", "101"), ringing=Ringing.IN_TURN, step_s=15.0),
    Group(name="Pick-up", members=("101", "111"), ringing=Ringing.PICKUP),
    Group(name="On", members=("102", "112"), ringing=Ringing.FORWARD),
)
CLOCKS = (Bounds(low=0.0, high=0.0), Bounds(low=-2.0, high=2.0), Bounds(low=55.0, high=65.0), None)


def sometimes(value):
    """Mostly None."""
    return st.sampled_from((None, None, None, None, value))


@st.composite
def a_row(draw, number):
    """Some row; phones keep to one meaning, as real ones do."""
    place = draw(st.integers(0, len(EXTENSIONS) - 1))
    list_name = draw(st.sampled_from((*ListName, *ListName, ListName.MISSED, ListName.RECEIVED, None)))
    inside = st.sampled_from(INSIDE) if list_name is ListName.PLACED else st.sampled_from((*INSIDE[:2], None))
    party = draw(st.sampled_from(OUTSIDE) if draw(st.integers(0, 2)) else inside)
    at = MONDAY + timedelta(seconds=draw(st.integers(0, 40)) * draw(st.sampled_from((1, 5, 15))))
    resolution_s = draw(st.sampled_from((1, 1, 60)))
    talked = list_name is ListName.RECEIVED or (list_name is ListName.PLACED and draw(st.booleans()))
    seen = at + timedelta(seconds=draw(st.sampled_from((200, 900, 90000))))
    return Row(
        id=f"{number:02}",
        phone=f"desk-{EXTENSIONS[place]}",
        extension=EXTENSIONS[place] if place or number % 4 else None,
        department=draw(sometimes("Sales")),
        list_name=list_name,
        number=None if party is None else party.removeprefix("ext:"),
        party=party,
        at=at if resolution_s == 1 else at.replace(second=0),
        resolution_s=resolution_s,
        time_of=draw(st.sampled_from(TimeOf)),
        clock=draw(st.sampled_from(CLOCKS)),
        heard=draw(st.sampled_from((False, False, False, True))),
        duration_s=draw(st.sampled_from((5, 20, 60, None))) if talked else None,
        ring_s=draw(st.sampled_from((None, None, None, 10, 200))),
        outcome=draw(st.sampled_from(Outcome)) if draw(st.integers(0, 5)) == 0 else None,
        call_id=draw(sometimes("one@192.0.2.1")),
        count=draw(sometimes(2)) or 1,
        first_seen_at=seen,
        unseen_at=draw(st.sampled_from((None, at - timedelta(seconds=60), seen - timedelta(seconds=190)))),
    )


@st.composite
def offices(draw, most=8):
    """Rows, and what is known of the office, marks among it."""
    number = draw(st.integers(2, most))
    rows = tuple(draw(a_row(index)) for index in range(number))
    ids = st.frozensets(st.sampled_from([row.id for row in rows]), min_size=1, max_size=3)
    mark = st.one_of(st.builds(Together, entries=ids), st.builds(Apart, one=ids, other=ids))
    marks = tuple(draw(st.lists(mark, max_size=2))) if draw(st.integers(0, 3)) == 0 else ()
    groups = draw(st.sampled_from((GROUPS, GROUPS, GROUPS[:1], ())))
    return rows, Knowledge(groups=groups, marks=marks)


class Remembered:
    """Finds neighbours among rows; what the store does with its tables.

    Args:
        rows: All there are.
        knowledge: Groups and marks.
    """

    def __init__(self, rows, knowledge) -> None:
        self.rows = list(rows)
        self.knowledge = knowledge

    def by_keys(self, wanted):
        return [
            row
            for row in self.rows
            if any(
                extent(row).touches(stretch)
                for key in keys(row, self.knowledge)
                for stretch in wanted.get(key, ())
            )
        ]

    def on_phones(self, wanted):
        return [
            row
            for row in self.rows
            if any(extent(row).touches(stretch) for stretch in wanted.get(row.phone, ()))
        ]

    def marked(self, entry_ids):
        found = set()
        for mark in self.knowledge.marks:
            entries = mark.entries if isinstance(mark, Together) else mark.one | mark.other
            if not entries.isdisjoint(entry_ids):
                found |= entries
        return [row for row in self.rows if row.id in found]

    def crowded(self, entry_ids):
        return ()
