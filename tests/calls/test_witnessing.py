"""The switch's record fills in what phones do not show, and never overrules a phone that answered."""

import pytest

from phonesync.calls.cdr import switch_calls
from phonesync.calls.values import CallDirection, Disposition, Group, LegOutcome, Party, Rule
from phonesync.calls.witnessing import witnessed, witnessed_all
from tests.calls.made import call, later, leg
from tests.calls.test_cdr import answered, line
from tests.calls.test_matching import OUT, PLACED, joined, moved

SALES = Group(name="Sales", number="600", members=("101", "102"), department="Trade")
LEARNED = Group(name="101-102", number="600", members=("101", "102"), learned=True)


def told(one, *lines, ahead_s=0.0, groups=(SALES, LEARNED)):
    (record,) = switch_calls(lines)
    after = witnessed(one, record, ahead_s, groups)
    assert after.reasons[-1].rule is Rule.SWITCH
    return after, after.reasons[-1].text


def missed(**changes):
    return joined(by=None, unanswered=True, **changes)


def test_ring_time_answer_and_end_are_filled_in():
    after, text = told(joined(talk_s=61), answered(keys="2", recording="a.wav"))
    assert (after.ring_s, after.answered_at, after.ended_at) == (9, later(seconds=9), later(seconds=69))
    assert (after.keys, after.recording, after.talk_s) == ("2", "a.wav", 60)
    assert text == (
        "The record pbx of the switch has this call: it was answered by 101 after 9 s, 2 was pressed, "
        "recorded as a.wav."
    )


def test_times_are_on_the_true_clock():
    after, _ = told(joined(), moved(answered(), 120), ahead_s=120.0)
    assert (after.answered_at, after.ended_at) == (later(seconds=9), later(seconds=69))


@pytest.mark.parametrize(("at", "began"), [(5, 5), (9, 9), (11, 0)])
def test_a_call_does_not_begin_after_its_answer_however_coarsely_its_start_is_known(at, began):
    after, _ = told(joined(at=at, started_within_s=60), answered())
    assert (after.answered_at, after.ring_s) == (later(seconds=9), 9)
    assert after.started_at == later(seconds=began)


def test_a_call_does_not_begin_after_its_end():
    after, _ = told(joined(at=80, started_within_s=60, talk_s=40), answered())
    assert (after.ring_s, after.answered_at) == (None, None)
    assert after.started_at == after.ended_at == later(seconds=69)


def test_what_phones_reported_stays():
    before = joined(ring_s=7, answered_at=later(seconds=7), ended_at=later(seconds=66), talk_s=60, keys=None)
    after, _ = told(before, answered())
    assert (after.ring_s, after.answered_at, after.ended_at) == (7, later(seconds=7), later(seconds=66))


@pytest.mark.parametrize(
    ("one", "switch"),
    [
        (joined(talk_s=40), answered()),
        (joined(at=20), answered()),
        (joined(), answered(answered_at=later())),
    ],
    ids=["it talked longer", "the phone rang later", "it was answered at once"],
)
def test_an_answer_of_the_switch_itself_is_no_answer_of_a_person(one, switch):
    after, _ = told(one, switch)
    assert (after.ring_s, after.answered_at) == (None, None)
    assert after.ended_at == later(seconds=69)


def test_a_menu_that_nobody_answered_is_no_ringing():
    after, _ = told(joined(at=6, talk_s=60), answered())
    assert (after.ring_s, after.answered_at) == (None, later(seconds=9))


def test_the_talk_of_a_call_that_was_handed_on_is_not_that_of_one_line():
    lines = [answered(id=1, unique_id="1"), answered(id=2, unique_id="1", started_at=later(seconds=69))]
    after, _ = told(joined(), *lines)
    assert (after.talk_s, after.ring_s) == (None, 9)


def test_nobody_answered_is_proven_by_the_switch():
    after, text = told(missed(), line())
    assert (after.disposition, after.unanswered) == (Disposition.MISSED, False)
    assert (after.ring_s, after.ended_at) == (20, later(seconds=20))
    assert text.endswith("nobody answered after 20 s.")


def test_an_unanswered_call_behind_a_menu_has_no_ring_time():
    after, _ = told(missed(at=12), line())
    assert (after.ring_s, after.ended_at) == (None, later(seconds=20))
    after, _ = told(missed(ring_s=5), line())
    assert after.ring_s == 5


def test_the_switch_itself_says_nothing_of_people():
    after, text = told(missed(), line(disposition=Disposition.UNKNOWN))
    assert (after.disposition, after.unanswered) == (Disposition.UNKNOWN, True)
    assert "the switch itself answered" in text


def test_an_answer_that_no_list_shows_is_the_switchs_word():
    after, text = told(missed(), answered(extensions=("101", "109"), answered_by="109"))
    assert (after.disposition, after.answered_by) == (Disposition.ANSWERED, "109")
    assert text.endswith("by 109 after 9 s; no phone's list shows that answer.")


def test_voicemail_is_said():
    after, _ = told(
        missed(), line(id=1, unique_id="1"), line(id=2, unique_id="1", disposition=Disposition.VOICEMAIL)
    )
    assert (after.disposition, after.voicemail, after.ring_s) == (Disposition.VOICEMAIL, True, 20)


@pytest.mark.parametrize("disposition", [Disposition.NO_ANSWER, Disposition.BUSY, Disposition.VOICEMAIL])
def test_a_phone_that_answered_keeps_its_word(disposition):
    before = joined(talk_s=60)
    after, text = told(before, line(disposition=disposition))
    assert (after.disposition, after.answered_by, after.voicemail) == (Disposition.ANSWERED, "101", False)
    assert (after.ring_s, after.ended_at) == (None, None)
    assert text.endswith("; phones say otherwise, and their word stays.")


def test_another_extension_that_answered_is_told():
    after, text = told(joined(), answered(extensions=("101", "102"), answered_by="102"))
    assert after.answered_by == "101"
    assert text.endswith("; a phone says that it answered, and its word stays.")


@pytest.mark.parametrize(
    ("switch", "disposition"),
    [
        (answered(**PLACED), Disposition.ANSWERED),
        (line(**PLACED), Disposition.NO_ANSWER),
        (line(**PLACED, disposition=Disposition.BUSY), Disposition.BUSY),
        (line(**PLACED, disposition=Disposition.FAILED), Disposition.FAILED),
    ],
)
def test_a_placed_call_is_told_what_became_of_it(switch, disposition):
    placed = joined(**OUT, legs=(leg(outcome=LegOutcome.PLACED),), disposition=Disposition.UNKNOWN)
    after, text = told(placed, switch)
    assert (after.disposition, after.answered_by) == (disposition, None)
    assert "list shows" not in text


@pytest.mark.parametrize(
    ("reported", "switch", "kept"),
    [
        (Disposition.NO_ANSWER, answered(**PLACED), True),
        (Disposition.ANSWERED, line(**PLACED), True),
        (Disposition.ANSWERED, answered(**PLACED), False),
        (Disposition.NO_ANSWER, line(**PLACED, disposition=Disposition.UNKNOWN), False),
    ],
)
def test_what_the_phone_that_placed_it_reported_stays(reported, switch, kept):
    placed = joined(**OUT, legs=(leg(outcome=LegOutcome.PLACED),), disposition=reported)
    after, text = told(placed, switch)
    assert after.disposition is reported
    assert ("phones say otherwise" in text) is kept


def test_a_busy_group_that_rang_is_missed_and_a_call_of_unknown_rows_is_what_the_switch_says():
    busy = line(disposition=Disposition.BUSY)
    assert told(missed(), busy)[0].disposition is Disposition.MISSED
    assert told(joined(by=None), busy)[0].disposition is Disposition.BUSY
    assert told(joined(by=None), line())[0].disposition is Disposition.MISSED


def test_what_a_phone_reported_of_an_unanswered_call_stays():
    before = joined(by=None, disposition=Disposition.REJECTED)
    assert told(before, line())[0].disposition is Disposition.REJECTED


def test_an_internal_call_that_ended_in_the_voicemail_was_answered_by_nobody():
    legs = (leg(outcome=LegOutcome.PLACED, talk_s=30), leg("desk-102", LegOutcome.ANSWERED_ELSEWHERE))
    before = call(
        direction=CallDirection.INTERNAL,
        calling=OUT["calling"],
        called=Party(number_shown="102", extension="102"),
        answered_by=None,
        legs=legs,
    )
    ends = {"calling": "ext:101", "called": "ext:102", "extensions": ("101", "102")}
    after, _ = told(before, line(**ends, disposition=Disposition.VOICEMAIL))
    assert (after.disposition, after.voicemail) == (Disposition.VOICEMAIL, True)


def test_the_group_dialled_has_its_configured_name_or_its_number():
    group = line(called="ext:600", group_number="600")
    after, text = told(missed(), group)
    assert (after.group, after.owner, after.department) == ("Sales", "Sales", "Trade")
    assert ", 600 was dialled" in text
    after, _ = told(missed(), group, groups=(LEARNED,))
    assert (after.group, after.department) == ("101-102", None)
    after, _ = told(missed(), group, groups=())
    assert (after.group, after.owner) == ("600", "600")
    after, _ = told(missed(group="Night"), group)
    assert after.group == "Night"


def test_calls_keep_their_order_and_those_that_fit_several_say_so():
    calls = [joined(0, by=None), joined(1, by=None), joined(2, at=600), joined(3, at=1200)]
    records = switch_calls([line(id=1), moved(answered(id=2), 600)])
    after, matches = witnessed_all(calls, records, {}, (), beside=[joined(9, at=9000)])
    assert [one.id for one in after] == [one.id for one in calls]
    assert [len(one.reasons) - 1 for one in after] == [1, 1, 1, 0]
    assert "none of them is taken" in after[0].reasons[-1].text
    assert matches.record_of == {"call-2": 1}
