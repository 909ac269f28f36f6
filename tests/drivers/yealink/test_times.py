from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.yealink import times
from drivers.yealink.quirks import VARIANTS
from phonesync.model import CallLogEntry, WallTime

SERVLET = VARIANTS["v84-servlet"]
START = datetime(2025, 3, 6, 14, 0)


def entry(at: datetime, *, code: str = "1", year: bool = True) -> CallLogEntry:
    wall = WallTime(
        year=at.year if year else None,
        month=at.month,
        day=at.day,
        hour=at.hour,
        minute=at.minute,
        second=at.second if year else None,
    )
    return CallLogEntry(list_code=code, shown_at=str(at), wall=wall)


def rows(*minutes: int, year: bool = True) -> list[CallLogEntry]:
    return [entry(START + timedelta(minutes=minute), year=year) for minute in minutes]


def shown(given_rows, order=None):
    found, notes = times.snapshots({"1": given_rows}, variant=SERVLET, order=order)
    return list(found[0].entries), notes


def test_rows_are_taken_for_newest_first():
    assert shown(rows(9, 8, 7, 6, 5, 4, 3)) == (rows(9, 8, 7, 6, 5, 4, 3), ())


def test_clearly_oldest_first_is_turned_and_reported():
    assert shown(rows(1, 2, 3, 4, 5, 6)) == (rows(6, 5, 4, 3, 2, 1), (times.OLDEST_FIRST_SEEN,))
    assert shown(rows(1, 2, 3, 4, 5, 6, year=False))[1] == (times.OLDEST_FIRST_SEEN,)


@pytest.mark.parametrize("minutes", [(1, 2), (1, 2, 3, 4, 5), (9, 1, 2, 3, 4, 5, 0), (5, 5, 5, 5, 5, 5, 5)])
def test_a_clock_that_was_set_does_not_turn_a_list(minutes):
    assert shown(rows(*minutes)) == (rows(*minutes), ())


def test_the_votes_of_all_lists_count_together():
    lists = {"1": rows(1, 2, 3, 4), "2": rows(1, 2, 3)}
    found, _ = times.snapshots(lists, variant=SERVLET, order=None)
    assert found[1].entries == tuple(rows(3, 2, 1))


def test_the_quirk_settles_the_order_silently():
    assert shown(rows(1, 2, 3, 4, 5, 6), order="newest_first") == (rows(1, 2, 3, 4, 5, 6), ())
    assert shown(rows(2, 1), order="oldest_first") == (rows(1, 2), ())


def test_new_year_does_not_turn_a_list_without_years():
    newest_first = [entry(datetime(2025, 1, 3) - timedelta(days=step), year=False) for step in range(8)]
    assert shown(newest_first) == (newest_first, ())
    assert shown(newest_first[::-1])[0] == newest_first


def test_every_list_of_the_variant_gets_a_snapshot_and_unknown_codes_keep_theirs():
    found, notes = times.snapshots({"9": rows(1)}, variant=SERVLET, order=None)
    assert [(each.list_code, len(each.entries)) for each in found] == [
        ("1", 0),
        ("2", 0),
        ("3", 0),
        ("4", 0),
        ("9", 1),
    ]
    assert notes == ("list 9",)


@given(st.lists(st.integers(0, 10**6), min_size=7, unique=True))
def test_sorted_lists_of_seven_are_put_right_whichever_way_they_stand(minutes):
    right = rows(*sorted(minutes, reverse=True))
    assert shown(right)[0] == right
    assert shown(right[::-1])[0] == right


@pytest.mark.parametrize(
    "text",
    ["2025.03.06_15.00.07", " 2025.03.06_15.00.07\n", "2025-03-06 15:00:07"],
)
def test_the_clock_is_read_in_both_forms(text):
    assert times.clock_time(text) == WallTime(year=2025, month=3, day=6, hour=15, minute=0, second=7)


@pytest.mark.parametrize(
    "text",
    ["", "ok", "2025-03-06", "2025-03-06 15:00", "2025.13.06_15.00.07", "25-03-06 15:00:07", "1741260651"],
)
def test_any_other_text_is_no_clock(text):
    assert times.clock_time(text) is None
