"""An explanation says what was shown, what was concluded, what was left apart and what is not known."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from phonesync.calls.explaining import Shown, explain
from phonesync.calls.sentences import plain
from phonesync.calls.unknowns import coverage_said, unknowns
from phonesync.calls.values import Bounds, CallDirection, Disposition, LegOutcome, Party, Reason, Row, Rule
from phonesync.model import ListName, TimeOf
from tests.calls.made import MONDAY, call, later, leg

MOSCOW = ZoneInfo("Europe/Moscow")


def row(phone="desk-101", **changes):
    defaults = {
        "id": f"entry-{phone}",
        "extension": phone[-3:],
        "list_name": ListName.RECEIVED,
        "number": "84955550101",
        "party": "+74955550101",
        "at": MONDAY,
        "first_seen_at": later(minutes=10),
    }
    return Row(phone=phone, **defaults | changes)


def shown(*rows, **changes):
    return Shown(rows={one.id: one for one in rows}, zone_of=lambda _phone: MOSCOW, **changes)


def lines(made, *rows, **changes):
    return explain(made, shown(*(rows or (row(),)), **changes)).splitlines()


def test_an_explanation_argues_from_the_conclusion_to_what_is_not_known():
    made = call(
        ring_s=7,
        talk_s=65,
        legs=(leg(), leg("desk-102", LegOutcome.ANSWERED_ELSEWHERE)),
        reasons=(
            Reason(
                rule=Rule.RANG_TOGETHER,
                entry_ids=("entry-desk-102", "entry-desk-101"),
                said=plain("Both rang within 2 s."),
            ),
            Reason(
                rule=Rule.UNDECIDED,
                entry_ids=("entry-desk-102", "entry-desk-103"),
                said=plain("It fits two calls equally well."),
            ),
        ),
        uncertain=True,
        coverage=1.0,
        settled=True,
    )
    rows = (
        row(name="Petrova", duration_s=65, clock=Bounds(low=240.0, high=244.0)),
        row("desk-102", list_name=ListName.MISSED, resolution_s=60),
        row("desk-103", list_name=ListName.MISSED, extension=None, count=2),
    )
    said = shown(*rows, texts={"entry-desk-101": "02.02 12:00:00"}, calling="Petrova")
    assert explain(made, said) == (
        "Call entry-desk-101: inbound, answered.\n"
        "Petrova (84955550101) called 101, Monday 2 February 2026 at 12:00:00 (Europe/Moscow).\n"
        "101 answered after 7 s, and they spoke for 1:05.\n"
        "\n"
        "What the phones showed\n"
        "  [1] desk-101 (101): answered\n"
        '      It shows received, from 84955550101 "Petrova", at "02.02 12:00:00", 65 s.\n'
        "      Its clock was 240 to 244 s fast. That is when it began: truly between 11:55:56 and 11:56:01.\n"
        "  [2] desk-102 (102): rang, answered elsewhere\n"
        "      It shows missed, from 84955550101, at 12:00.\n"
        "      Its clock was right. That is when it began: truly between 12:00:00 and 12:01:00.\n"
        "\n"
        "Why this is one call\n"
        "  [1], [2] rang together: Both rang within 2 s.\n"
        "\n"
        "What was left apart\n"
        "  [2], [3] left apart: It fits two calls equally well.\n"
        "\n"
        "Rows left apart\n"
        "  [3] desk-103\n"
        "      It shows missed, from 84955550101, at 12:00:00, 2 calls in one row.\n"
        "      Its clock was right. That is when it began: truly at 12:00:00.\n"
        "\n"
        "What is not known\n"
        "  When it was answered: no report, no CDR and no time of a row tells.\n"
        "\n"
        "How much of it was seen\n"
        "  100% of the time of 2 phones is proven complete, a minute before and after."
    )


def test_a_row_left_apart_that_is_not_at_hand_is_named_all_the_same():
    reason = Reason(rule=Rule.SPLIT_BY_HAND, entry_ids=("entry-desk-101", "gone"), said=plain("By hand."))
    told = lines(call(reasons=(reason,)))
    assert "  [1], [2] put apart by hand: By hand." in told
    assert "Rows left apart" not in told
    assert "Why this is one call" not in told


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        (None, "Nothing tells how far its clock is off."),
        (Bounds(low=0, high=0), "Its clock was right."),
        (Bounds(low=-3, high=2), "Its clock was 3 s slow to 2 s fast."),
        (Bounds(low=-9, high=-5), "Its clock was 5 to 9 s slow."),
        (Bounds(low=5, high=5), "Its clock was 5 s fast."),
    ],
)
def test_an_explanation_says_how_far_a_clock_was_off(clock, said):
    assert any(said in line for line in lines(call(), row(clock=clock)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"time_of": TimeOf.RECORDED}, "That is when it was over: truly at 12:00:00."),
        (
            {"time_of": TimeOf.UNKNOWN, "either": (TimeOf.ANSWERED, TimeOf.START)},
            "That is when it was answered, or when it began if nobody answered: truly at 12:00:00.",
        ),
        (
            {"heard": True, "at": later(seconds=5)},
            "The report was sent between 12:00:03 and 12:00:06; no clock of the phone is in it.",
        ),
        ({"heard": True}, "reported at 12:00:00"),
        (
            {"timed": False, "unseen_at": MONDAY},
            "It was written between 11:58:00 and 12:10:00, by the reads before and after.",
        ),
        ({"timed": False}, "without a time"),
        ({"resolution_s": None}, "at 12:00."),
        (
            {"number": None, "party": None, "list_name": None},
            "in a list of unknown meaning, with a withheld number",
        ),
    ],
)
def test_an_explanation_says_what_the_time_of_a_row_is(changes, said):
    assert any(said in line for line in lines(call(), row(**changes)))


def test_a_time_of_another_day_has_its_date_and_one_of_a_doubled_hour_its_offset():
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    made = call(started_at=before)
    said = Shown(rows={"entry-desk-101": row(at=before)}, zone_of=lambda _phone: berlin)
    assert "at 02:30:00 (UTC+0200) (Europe/Berlin)" in explain(made, said)
    midnight = datetime(2026, 2, 2, 20, 59, 58, tzinfo=UTC)
    told = lines(call(started_at=midnight), row(at=midnight, resolution_s=60))
    assert any("between 23:59:58 and 00:00:58 on 3 February." in line for line in told)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"disposition": Disposition.MISSED}, "Nobody answered."),
        ({"disposition": Disposition.VOICEMAIL}, "It went to voicemail."),
        ({"disposition": Disposition.UNKNOWN}, "Whether anybody answered is not known."),
        ({"answered_by": None}, "Somebody answered."),
        ({"talk_s": 3661}, "101 answered, and they spoke for 1:01:01."),
        ({"group": "Sales"}, "The group Sales was called."),
        ({"keys": "12"}, "In the voice menu 12 was pressed."),
        ({"called": Party()}, "called the office,"),
        ({"calling": Party()}, "Somebody who withheld the number called"),
        ({"started_within_s": 59}, "(Europe/Moscow), give or take 59 s."),
    ],
)
def test_a_conclusion_is_said_in_words(changes, said):
    assert any(said in line for line in lines(call(**changes)))


def doubt(*entry_ids):
    return Reason(
        rule=Rule.UNDECIDED, entry_ids=("entry-desk-101", *entry_ids), said=plain("Nothing decides.")
    )


def test_what_is_left_apart_for_one_reason_stands_together():
    told = lines(call(reasons=(doubt("b", "c"), doubt("d"))))
    assert "  [2], [3]; [4] left apart, each for itself: Nothing decides." in told


def test_of_many_rows_left_apart_the_first_are_shown():
    names = [f"row-{number}" for number in range(15)]
    rows = [row(), *(row(f"desk-{200 + number}", id=name) for number, name in enumerate(names))]
    told = lines(call(reasons=(doubt(*names),)), *rows)
    assert "  and 3 more" in told
    assert "  [13] desk-211 (211)" in told
    assert "  [14] desk-212 (212)" not in told


def test_the_outcome_of_a_phone_stands_beside_its_first_row_only():
    told = lines(call(legs=(leg(entry_ids=("first", "second")),)), row(id="first"), row(id="second"))
    assert "  [1] desk-101 (101): answered" in told
    assert "  [2] desk-101 (101)" in told


def test_a_party_is_called_by_its_name_where_only_that_is_known():
    assert any(
        line.startswith("Petrova called 101,") for line in lines(call(calling=Party()), calling="Petrova")
    )


UNKNOWN = {"disposition": Disposition.UNKNOWN, "answered_by": None}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"answered_by": None}, "Who answered"),
        ({}, "How long they spoke"),
        ({"disposition": Disposition.MISSED}, "How long it rang"),
        ({"calling": Party()}, "Who called: the number was withheld"),
        ({"called": Party()}, "Which number was dialled"),
        ({**UNKNOWN, "direction": CallDirection.OUTBOUND}, "the row that placed it shows no talk time"),
        (
            {
                **UNKNOWN,
                "contested": True,
                "reasons": (Reason(rule=Rule.CROWDED, entry_ids=(), said=plain("Many.")),),
            },
            "too many calls may be this one to tell",
        ),
        ({**UNKNOWN, "contested": True}, "a row that was left apart says that somebody did"),
        ({**UNKNOWN, "coverage": 0.5}, "not every phone that could have is proven"),
        ({**UNKNOWN, "coverage": 1.0}, "no phone that is read tells"),
        ({**UNKNOWN, "unanswered": True}, "is not looked at yet"),
        (UNKNOWN, "no phone that is read tells"),
    ],
)
def test_whatever_is_not_known_has_its_reason(changes, said):
    assert any(said in sentence for sentence in unknowns(call(**changes)))


def test_nothing_is_missing_from_a_call_that_was_reported_in_full():
    full = call(ring_s=3, talk_s=60, answered_at=later(seconds=3), ended_at=later(seconds=63))
    assert list(unknowns(full)) == []
    assert list(unknowns(replace(full, disposition=Disposition.MISSED))) == []
    assert list(unknowns(replace(full, disposition=Disposition.VOICEMAIL))) == []


def test_an_answered_outbound_call_needs_nobody_named():
    assert not any(
        "Who answered" in one for one in unknowns(call(direction=CallDirection.OUTBOUND, answered_by=None))
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Not looked at yet."),
        (
            {"coverage": 0.75},
            "75% of the time of 1 phone is proven complete, a minute before and after. Later reads",
        ),
        ({"coverage": 1.0, "settled": True, "could_answer": ("desk-103",)}, "100% of the time of 2 phones"),
    ],
)
def test_coverage_is_said_with_its_phones_and_whether_it_may_grow(changes, said):
    assert coverage_said(call(**changes)).startswith(said)


def test_what_the_switch_recorded_stands_by_itself():
    said = Reason(
        rule=Rule.SWITCH, entry_ids=("entry-desk-101",), said=plain("The record pbx has this call.")
    )
    told = lines(call(reasons=(said,)))
    assert told[told.index("What the switch recorded") + 1] == "  The record pbx has this call."
    assert "Why this is one call" not in told


def test_every_rule_outcome_list_and_meaning_has_its_words():
    from phonesync.calls import explaining  # noqa: PLC0415  its tables, not its function

    assert set(explaining.RULES) == set(Rule)
    assert set(explaining._OUTCOMES) == set(LegOutcome)
    assert set(explaining._LISTS) == {None, *ListName}
    assert set(explaining._MEANINGS) == set(TimeOf)
    assert set(explaining._ENDS) == set(Disposition) - {Disposition.ANSWERED}
