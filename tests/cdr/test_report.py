"""The report on joined calls in a store: both sides, and what coverage had to say of what is missing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from phonesync import config
from phonesync.calls.loss import phone_days
from phonesync.cdr.report import Report
from tests.store.desk import minute
from tests.store.offices import BORIS, Office, join_all
from tests.store.test_cdr_witness import means, record

PHONES = "".join(
    f'[[phone]]\nname = "desk-{n}"\nurl = "http://192.0.2.{n}"\nextension = "{n}"\n' for n in (101, 102, 103)
)


@pytest.fixture
def report(tmp_path, store):
    path = tmp_path / "config.toml"
    path.write_text(
        f'[site]\nname = "s"\ntimezone = "UTC"\ncountry = "RU"\nextension_length = 3\n{PHONES}',
        encoding="utf-8",
    )
    loaded = config.load(path, env={}, drivers=dict)

    def report():
        join_all(store, means=means())
        return Report(loaded, store, since=None, until=None)

    return report


def test_calls_stand_on_one_side_or_on_both(store, report):
    office = Office(store)
    office.ring(minute(0), answered=BORIS)
    office.ring(minute(20), answered=BORIS, number="84955550002")
    office.read_all(minute(60))
    store.take_cdr("pbx", [*record("1.1", minute(0), by="102", talk=60), *record("1.2", minute(40))], None)
    pairs = list(report().pairs())
    assert [(pair.record is not None, pair.call is not None) for pair in pairs] == [
        (True, True), (False, True), (True, False),
    ]  # fmt: skip
    days = phone_days(report().seen())
    assert [(day.phone, day.rang, day.expected, day.known, day.unconfessed) for day in days] == [
        ("desk-101", 2, 1, 0, 1), ("desk-102", 2, 2, 1, 1), ("desk-103", 2, 1, 0, 1), ("", 6, 4, 1, 3),
    ]  # fmt: skip


def test_what_nobody_has_read_yet_is_confessed(store, report):
    office = Office(store)
    office.read_all(minute(10))
    store.take_cdr("pbx", record("1.1", minute(40)), None)
    *_, total = phone_days(report().seen())
    assert (total.expected, total.confessed, total.unconfessed) == (3, 3, 0)


def test_days_are_looked_at_one_after_another(store, report):
    for n in range(3):
        store.take_cdr("pbx", record(f"1.{n}", minute(0) + timedelta(hours=23 * n)), None)
    starts = [pair.record.started_at for pair in report().pairs()]
    assert starts == [minute(0) + timedelta(hours=23 * n) for n in range(3)]


def test_without_a_record_there_is_nothing_to_report(report):
    assert (report().span, list(report().pairs())) == (None, [])
