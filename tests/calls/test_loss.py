"""An outside measure of loss counts what lists must show, and nothing that they may leave out."""

from datetime import date

import pytest

from phonesync.calls.cdr import switch_calls
from phonesync.calls.loss import End, Seen, ends_of, phone_days
from phonesync.calls.values import Disposition
from tests.calls.test_cdr import answered, line

DAY = date(2026, 2, 2)


def ends(*lines):
    (record,) = switch_calls(lines)
    return [(end.extension, end.placed, end.expected) for end in ends_of(record)]


def test_who_answered_must_show_it_and_who_only_rang_need_not():
    assert ends(line(id=1, unique_id="1", extensions=("102",)), answered(id=2, unique_id="1")) == [
        ("102", False, False), ("101", False, True),
    ]  # fmt: skip


def test_where_nobody_answered_everybody_who_rang_must_show_it():
    rang = [line(id=n, unique_id="1", extensions=(f"10{n}",)) for n in (1, 2)]
    busy = line(id=3, unique_id="1", extensions=("103",), disposition=Disposition.BUSY)
    assert ends(*rang, busy) == [("101", False, True), ("102", False, True), ("103", False, False)]


def test_who_placed_a_call_must_show_it_whatever_became_of_it():
    assert ends(line(calling="ext:101", extensions=("101", "102"), disposition=Disposition.BUSY)) == [
        ("101", True, True), ("102", False, False),
    ]  # fmt: skip


def test_what_reached_nobody_has_no_end():
    assert ends(line(calling=None, extensions=(), disposition=Disposition.UNKNOWN)) == []


def seen(phone="desk-101", *, known=True, confessed=False, expected=True, day=DAY):
    end = End(extension="101", placed=False, expected=expected)
    return Seen(phone=phone, day=day, end=end, known=known, confessed=confessed)


def test_each_phone_and_day_is_counted_and_then_all():
    one, other, total = phone_days(
        [
            seen(),
            seen(known=False, confessed=True),
            seen(known=False),
            seen(known=None),
            seen(expected=False, known=False),
            seen("desk-102"),
        ]
    )
    assert (one.phone, one.day, one.rang, one.expected, one.known) == ("desk-101", DAY, 5, 3, 1)
    assert (one.lost, one.confessed, one.unconfessed) == (2, 1, 1)
    assert one.loss == pytest.approx(2 / 3)
    assert (other.phone, other.lost, other.loss) == ("desk-102", 0, 0.0)
    assert (total.phone, total.day, total.rang, total.expected, total.known) == ("", None, 6, 4, 2)


def test_nothing_expected_has_no_share():
    (total,) = phone_days([])
    assert (total.expected, total.loss) == (0, None)
