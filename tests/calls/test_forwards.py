"""Where a phone's calls go that it sends on."""

from dataclasses import replace

from phonesync.calls.forwards import forwards
from phonesync.calls.values import Ringing
from phonesync.model import ListName, Outcome
from tests.calls.made import later
from tests.calls.rows import forwarded, missed, received


def sent(times, target="122", extension="101"):
    """Calls that a phone sent on to another, one every hour, each of another caller."""
    found = []
    for number in times:
        at, party = number * 3600, f"+7495555{number:04}"
        found += [
            forwarded(extension, at, at + 12, ring_s=12, party=party),
            received(target, at + 12, at + 20, at + 60, party=party),
        ]
    return found


def test_three_calls_that_rang_at_one_phone_next_show_where_a_phones_calls_go():
    (found,) = forwards(sent(range(3)))
    assert (found.ringing, found.members, found.seen) == (Ringing.FORWARD, ("101", "122"), 3)
    assert later(seconds=0) <= found.since <= later(seconds=13)
    assert later(hours=2) <= found.until
    assert forwards(sent(range(2))) == []


def test_where_calls_go_to_many_phones_nothing_is_learned():
    assert forwards([*sent(range(3)), *sent(range(3, 6), target="123")]) == []
    (found,) = forwards([*sent(range(6)), *sent(range(6, 8), target="123")])
    assert found.members == ("101", "122")


def test_a_forwarded_call_that_rang_nowhere_says_nothing():
    lost = [forwarded("101", at, at + 12, ring_s=12, party="+74955559999") for at in (20000, 30000)]
    (found,) = forwards([*sent(range(3)), *lost])
    assert found.seen == 3


def test_what_rings_later_or_at_the_phone_itself_was_not_sent_there():
    rows = sent(range(3))
    late = [
        row
        if row.extension == "101"
        else missed("122", index * 3600 + 20 + index * 9, index * 3600 + 50, party=row.party)
        for index, row in ((number // 2, row) for number, row in enumerate(rows))
    ]
    assert forwards(late) == []
    assert forwards(sent(range(3), target="101")) == []


def sent_by_way(times, wait=25, party=None, target="122"):
    """Calls that 101 sent on to a phone that shows nothing, which sent them on to another after ``wait`` seconds."""
    found = []
    for number in times:
        at, caller = number * 3600, party or f"+7495556{number:04}"
        again = at + 12 + wait + number % 2
        rang = missed(target, again, again + 9, party=caller)
        found += [forwarded("101", at, at + 12, ring_s=12, party=caller), rang]
    return found


def test_where_a_call_always_rings_again_so_much_later_a_phone_between_shows_nothing():
    (found,) = forwards(sent_by_way(range(5)))
    assert (found.ringing, found.members, found.seen) == (Ringing.FORWARD, ("101", "122"), 5)
    assert found.step_s == 25.0
    assert later(seconds=0) <= found.since <= later(seconds=13)
    assert later(hours=4) <= found.until
    assert forwards(sent_by_way(range(4))) == []


def test_both_where_calls_ring_at_once_and_where_they_ring_later_are_learned():
    found = forwards([*sent(range(10, 14)), *sent_by_way(range(5), target="123")])
    assert {one.members: one.step_s for one in found} == {("101", "122"): None, ("101", "123"): 25.0}
    (once,) = forwards([*sent(range(10, 14)), *sent_by_way(range(5))])
    assert once.step_s is None


def test_later_rings_of_one_caller_of_other_lengths_or_of_rough_times_are_no_way():
    assert forwards(sent_by_way(range(5), party="+74955559999")) == []
    assert forwards(sent_by_way(range(5), wait=70)) == []
    rows = [*sent_by_way(range(5)), *sent_by_way(range(5, 10), target="123")]
    assert forwards(rows) == []
    rough = [
        replace(row, resolution_s=60) if row.extension == "122" else row for row in sent_by_way(range(5))
    ]
    assert forwards(rough) == []


def test_callers_who_hang_up_and_dial_again_themselves_are_no_way():
    again = [row for number in range(9) for row in sent_by_way([number], wait=8 + 3 * (number % 4))]
    assert forwards(again) == []


def test_what_reports_alone_call_sent_on_is_sent_on():
    rows = [
        replace(row, list_name=ListName.MISSED, outcome=Outcome.FORWARDED, heard=True)
        if row.extension == "101"
        else row
        for row in sent(range(3))
    ]
    assert [one.members for one in forwards(rows)] == [("101", "122")]


def test_rows_that_do_not_say_when_or_who_teach_nothing():
    rows = sent(range(3))
    assert forwards([replace(row, clock=None) for row in rows]) == []
    assert forwards([replace(row, uncertain=True) for row in rows]) == []
    assert forwards([replace(row, party=None) for row in rows]) == []
    assert len(forwards([replace(row, clock=None, heard=True) for row in rows])) == 1


def test_who_sends_a_call_on_again_is_where_the_first_phones_calls_go():
    found = []
    for number in range(4):
        at, party = number * 3600, f"+7495555{number:04}"
        found.append(forwarded("101", at, at + 12, party=party))
        again = number % 2
        found.append((forwarded if again else missed)("105", at + 12, at + 22, party=party))
        if again:
            found.append(missed("122", at + 22, at + 40, party=party))
    (learned, *_) = forwards(found)
    assert (learned.members, learned.seen) == (("101", "105"), 4)
