"""Which groups hold since when, from one learning to the next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from phonesync.calls.group_history import KeptGroup, Verdict, groups_in_force, name_of, revised
from phonesync.calls.learned import Learned
from phonesync.calls.values import Group, Ringing

FIRST = datetime(2026, 2, 2, 8, tzinfo=UTC)
DEPARTMENTS = {"101": "Sales", "102": "Sales", "103": "Sales", "104": "Service"}


def day(number):
    return FIRST + timedelta(days=number)


def learned(*members, since=0, until=10, **changes):
    of = Learned(ringing=Ringing.TOGETHER, members=members, seen=9, since=day(since), until=day(until))
    return replace(of, **changes)


def kept(*members, number=1, verdict=None, ended_at=None, version=1, **changes):
    return KeptGroup(
        id=number,
        learned=learned(*members, **changes),
        verdict=verdict,
        ended_at=ended_at,
        version=version,
    )


def again(before, *found, looked_from=-4):
    return revised(before, found, looked_from=day(looked_from))


def in_force(*of, configured=()):
    return groups_in_force(configured, of, departments=DEPARTMENTS)


def test_what_is_learned_first_is_kept_and_holds():
    (one,) = again([], learned("101", "102"))
    assert (one.id, one.version, one.verdict) == (None, 1, None)
    (group,) = in_force(one)
    assert group == Group(
        name="101 + 102", members=("101", "102"), department="Sales", learned=True, since=day(-1)
    )


def test_a_group_that_is_seen_again_changes_nothing_of_joining():
    before = kept("101", "102")
    (after,) = again([before], learned("101", "102", since=3, until=12, seen=4))
    assert (after.version, after.learned.since, after.learned.until, after.learned.seen) == (
        1,
        day(0),
        day(12),
        4,
    )
    assert in_force(after) == in_force(before)


def test_what_joining_goes_by_counts_the_version_up():
    before = kept("101", "102", ringing=Ringing.IN_TURN, step_s=15.0)

    def after(**changes):
        (one,) = again([before], replace(before.learned, **changes))
        return one.version, one.learned.step_s, one.learned.members, one.learned.number

    assert after(step_s=16.0) == (1, 15.0, ("101", "102"), None)
    assert after(step_s=None) == (1, 15.0, ("101", "102"), None)
    assert after(step_s=20.0) == (2, 20.0, ("101", "102"), None)
    assert after(members=("102", "101")) == (2, 15.0, ("102", "101"), None)
    assert after(number="600") == (2, 15.0, ("101", "102"), "600")
    (same,) = again([kept("101", "102", number=1, step_s=None)], learned("101", "102"))
    assert same.version == 1


def test_a_group_that_never_was_one_holds_at_no_time():
    ((gone, new)) = again([kept("101", "102")], learned("101", "102", "103"))
    assert gone.ended_at == gone.holds_from
    assert not gone.in_force
    assert [group.members for group in in_force(gone, new)] == [("101", "102", "103")]


def test_a_group_whose_members_changed_ends_where_the_other_begins():
    before = kept("101", "102", "103")
    other = learned("101", "102", "103", "104", since=20)
    gone, _ = again([before], other, looked_from=12)
    assert gone.ended_at == day(20)
    assert in_force(gone)[0].until == day(20)
    (back, new) = again(
        [gone, kept("101", "102", "103", "104", number=2, since=20)], before.learned, looked_from=25
    )
    assert back.ended_at is None
    assert back.version == new.version == 3
    assert new.ended_at == day(19)


def test_a_group_that_nobody_calls_any_more_goes_on():
    before = kept("101", "102", "103")
    assert again([before], looked_from=12) == (before,)
    elsewhere = learned("101", "104", ringing=Ringing.IN_TURN, since=20)
    assert again([before], elsewhere, looked_from=12)[0] == before
    ended = kept("101", "102", ended_at=day(5))
    assert again([ended], looked_from=-4) == (ended,)


def test_what_a_person_said_stays():
    rejected, confirmed = (
        kept("101", "102", verdict=Verdict.REJECTED),
        kept("103", "104", number=2, verdict=Verdict.CONFIRMED),
    )
    assert again([rejected, confirmed], learned("101", "102", seen=99)) == (rejected, confirmed)
    (group,) = in_force(rejected, confirmed)
    assert (group.members, group.learned, group.department) == (("103", "104"), False, None)


def test_configured_and_confirmed_groups_win_over_learned_ones_of_the_same_members():
    configured = Group(name="Sales", members=("102", "101"), ringing=Ringing.IN_TURN)
    assert in_force(kept("101", "102"), configured=[configured]) == (configured,)
    turns = kept("101", "102", number=2, verdict=Verdict.CONFIRMED, ringing=Ringing.IN_TURN)
    (group,) = in_force(kept("101", "102"), turns)
    assert group.ringing is Ringing.IN_TURN


def test_a_learned_group_is_named_after_its_members():
    assert name_of(learned("101", "102")) == "101 + 102"
    assert name_of(learned("101", "102", ringing=Ringing.IN_TURN)) == "101 > 102"
    assert name_of(learned("101", "102", ringing=Ringing.FORWARD)) == "101 to 102"


def test_a_forward_is_known_by_who_sends_calls_on():
    there = kept("101", "102", ringing=Ringing.FORWARD)
    back = learned("102", "101", ringing=Ringing.FORWARD)
    elsewhere = learned("101", "103", ringing=Ringing.FORWARD, since=20)
    assert [one.learned.members for one in again([there], back, looked_from=12)] == [
        ("101", "102"),
        ("102", "101"),
    ]
    ended, _ = again([there], elsewhere, looked_from=12)
    assert ended.ended_at == day(20)
    assert len(in_force(there, kept("102", "101", number=2))) == 2


def test_a_forward_by_way_of_a_silent_phone_is_another_one_than_at_once():
    by_way = kept("101", "102", ringing=Ringing.FORWARD, step_s=25.0)
    elsewhere = learned("101", "103", ringing=Ringing.FORWARD, since=20)
    still, _ = again([by_way], elsewhere, looked_from=12)
    assert still.ended_at is None
    ended, at_once = again([by_way], learned("101", "102", ringing=Ringing.FORWARD, since=20), looked_from=12)
    assert (ended.ended_at, at_once.learned.step_s, at_once.ended_at) == (day(20), None, None)
    stated = Group(name="On", members=("101", "102"), ringing=Ringing.FORWARD)
    assert len(in_force(by_way, configured=[stated])) == 2
    assert len(in_force(by_way, configured=[replace(stated, step_s=20.0)])) == 1


def test_how_long_a_silent_phone_rings_is_known_to_less_than_what_is_followed():
    before = kept("101", "102", ringing=Ringing.FORWARD, step_s=25.0)
    (same,) = again([before], learned("101", "102", ringing=Ringing.FORWARD, step_s=25.9))
    (other,) = again([before], learned("101", "102", ringing=Ringing.FORWARD, step_s=26.1))
    assert (same.learned.step_s, other.learned.step_s) == (25.0, 26.1)
