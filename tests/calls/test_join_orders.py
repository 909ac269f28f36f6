"""Joining depends on the rows alone: not on their order, and not on what was joined before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from phonesync.calls.joining import join
from phonesync.calls.linking import Stretch, components, extent, keys, linked, neighbourhood
from phonesync.calls.values import Bounds, Group, Knowledge, Ringing
from phonesync.model import ListName, TimeOf
from tests.calls.made import MONDAY
from tests.calls.test_explaining import row

GROUPS = (
    Group(name="Sales", number="600", members=("101", "102", "103")),
    Group(name="Workshop", members=("104", "105"), ringing=Ringing.IN_TURN, step_s=15.0),
    Group(name="Stores", members=("103", "104"), ringing=Ringing.PICKUP),
)
OFFICE = Knowledge(groups=GROUPS)
PARTIES = {"84955550101": "+74955550101", "84955550102": "+74955550102", "101": "ext:101", "600": "ext:600"}
CLOCKS = (Bounds(low=0.0, high=0.0), Bounds(low=58.0, high=61.0), None)


@st.composite
def rows(draw):
    number = draw(st.sampled_from([*PARTIES, None]))
    list_name = draw(st.sampled_from([*ListName, None]))
    answered = list_name in (ListName.RECEIVED, ListName.PLACED)
    at = MONDAY + timedelta(seconds=draw(st.integers(0, 150)))
    return {
        "phone": f"desk-{draw(st.integers(101, 105))}",
        "list_name": list_name,
        "number": number,
        "party": None if number is None else PARTIES[number],
        "at": at,
        "resolution_s": draw(st.sampled_from([1, 1, 60])),
        "time_of": draw(st.sampled_from(list(TimeOf))),
        "clock": draw(st.sampled_from(CLOCKS)),
        "duration_s": draw(st.sampled_from([None, 0, 20, 90])) if answered else None,
        "call_id": draw(st.sampled_from([None, None, None, "a1", "b2"])),
        "first_seen_at": MONDAY + timedelta(hours=2),
        "unseen_at": draw(st.sampled_from([None, MONDAY - timedelta(hours=1)])),
    }


def numbered(made):
    return [row(id=f"row-{index}", **one) for index, one in enumerate(made)]


SOME = st.lists(rows(), min_size=1, max_size=7).map(numbered)


@settings(max_examples=60, deadline=None)
@given(SOME, st.randoms(use_true_random=False))
def test_rows_in_any_order_make_the_same_calls_and_each_is_in_one(some, chance):
    calls = join(some, OFFICE)
    mixed = list(some)
    chance.shuffle(mixed)
    assert join(mixed, OFFICE) == calls
    assert sorted(one for call in calls for one in call.entry_ids) == sorted(one.id for one in some)
    assert list(calls) == sorted(calls, key=lambda call: (call.started_at, call.id))
    assert all(len({leg.phone for leg in call.legs}) == len(call.legs) for call in calls)


class Rows:
    """Finds neighbours among some rows."""

    def __init__(self, some) -> None:
        self._some = some

    def by_keys(self, wanted: Mapping[str, Sequence[Stretch]]) -> Iterable:
        return [
            one
            for one in self._some
            for key in keys(one, OFFICE)
            if any(stretch.touches(extent(one)) for stretch in wanted.get(key, ()))
        ]

    def on_phones(self, wanted: Mapping[str, Sequence[Stretch]]) -> Iterable:
        return [
            one
            for one in self._some
            if any(stretch.touches(extent(one)) for stretch in wanted.get(one.phone, ()))
        ]

    def marked(self, entry_ids: Collection[str]) -> Iterable:
        return []

    def crowded(self, entry_ids: Collection[str]) -> Collection[str]:
        return ()


@settings(max_examples=60, deadline=None)
@given(SOME)
def test_a_row_is_joined_as_among_all_rows_by_its_neighbourhood_alone(some):
    calls = join(some, OFFICE)
    near = neighbourhood(some[:1], Rows(some), OFFICE)
    mine = {call.id: call for call in join(near, OFFICE)}
    assert all(mine[call.id] == call for call in calls if some[0].id in call.entry_ids)


@settings(max_examples=60, deadline=None)
@given(SOME)
def test_rows_that_are_linked_are_never_in_two_pieces_of_work(some):
    place = {one.id: index for index, part in enumerate(components(some, OFFICE)) for one in part}
    for one in some:
        for other in some:
            if linked(one, other, OFFICE):
                assert place[one.id] == place[other.id]
