"""A simulated office, its phones and its switch: what the switch wrote finds the calls that phones tell."""

import pytest

from phonesync import config, registry
from phonesync.calls.cdr import switch_calls
from phonesync.calls.joining import join
from phonesync.calls.loss import Seen, ends_of, phone_days
from phonesync.calls.matching import clock_ahead_s, match
from phonesync.calls.values import CallDirection, Disposition, Knowledge
from phonesync.calls.witnessing import witnessed_all
from phonesync.cdr.reading import RecordReader
from phonesync.farm import perfect
from phonesync.farm.habits import Calls
from phonesync.farm.perfect import Reading
from phonesync.farm.spec import ALL_MEANINGS, CALLS_MIX, FarmSpec, WrongClocks
from phonesync.farm.truth import TruthLog
from phonesync.farm.verifying import START
from tests.cdr.office import lines_of
from tests.cdr.switch import Switch

FAST_S = 40
"""So far the switch's clock is ahead."""


class Lived:
    """A day of an office: the joined calls, and the lines of its switch as they were read."""

    def __init__(self, folder, monkeypatch) -> None:
        self.true = []
        keep = TruthLog.call
        monkeypatch.setattr(TruthLog, "call", lambda log, call: (self.true.append(call), keep(log, call))[1])
        spec = FarmSpec(
            phones=30, mix=CALLS_MIX, seed=3, chaos=0, start=START, days=1, calls=Calls.RICH,
            meanings=ALL_MEANINGS, clocks=WrongClocks(),
        )  # fmt: skip
        world = perfect.lived_through(spec, registry.emulators())
        self.groups = perfect.groups_of(world.office.staff)
        kept = list(perfect.rows(world, Reading()))
        self.call_of = {one.row.id: one.recording.call for one in kept}
        self.calls = join([one.row for one in kept], Knowledge(groups=self.groups))
        self.lines = self.read(folder, world.office.staff.extension_length)

    def read(self, folder, extension_length):
        switch = Switch("Europe/Moscow", new=True, fast_s=FAST_S)
        written = [line for call in self.true for line in lines_of(switch, call)]
        (folder / "Master.csv").write_text("".join(written), encoding="utf-8")
        (folder / "config.toml").write_text(
            '[site]\nname = "farm"\ntimezone = "Europe/Moscow"\ncountry = "RU"\narea_code = "495"\n'
            f"extension_length = {extension_length}\n"
            '[[cdr]]\nname = "pbx"\nkind = "asterisk"\npath = "Master.csv"\n',
            encoding="utf-8",
        )
        loaded = config.load(folder / "config.toml", env={}, drivers=dict)
        with RecordReader(loaded, loaded.cdr[0], folder / "Master.csv") as reader:
            batch = reader.batch()
        assert batch is not None
        assert (len(batch.lines), batch.remarks) == (len(written), ())
        return [new.line for new in batch.lines]


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        return Lived(tmp_path_factory.mktemp("office"), monkeypatch)


@pytest.fixture(scope="module")
def records(lived):
    return switch_calls(lived.lines)


@pytest.fixture(scope="module")
def clocks(lived, records):
    return {"pbx": clock_ahead_s(lived.calls, records)}


def true_id(record):
    return int(record.lines[0].unique_id.partition(".")[2])


def test_the_lines_of_a_call_are_one_call(lived, records):
    assert len(records) == len({true_id(record) for record in records})


def test_the_clock_of_the_switch_is_found(clocks):
    assert clocks["pbx"] == pytest.approx(FAST_S, abs=2)


def test_each_record_finds_its_own_call_or_none(lived, records, clocks):
    matches = match(lived.calls, records, clocks)
    of_call = {call.id: {lived.call_of[entry] for entry in call.entry_ids} for call in lived.calls}
    wrong = [call for call, at in matches.record_of.items() if true_id(records[at]) not in of_call[call]]
    assert wrong == []
    assert len(matches.record_of) >= 0.95 * len(records)


def test_most_of_what_the_switch_saw_is_known_and_nothing_is_invented(lived, records, clocks):
    calls = {call.id: call for call in lived.calls}
    matches = match(lived.calls, records, clocks)
    call_of = {at: calls[call] for call, at in matches.record_of.items()}
    seen = []
    for at, record in enumerate(records):
        for end in ends_of(record):
            known = at in call_of and any(leg.extension == end.extension for leg in call_of[at].legs)
            known = None if at in matches.unclear else known
            seen.append(
                Seen(phone=end.extension, day=record.started_at.date(), end=end, known=known, confessed=False)
            )
    *_, total = phone_days(seen)
    assert total.expected > 500
    assert total.loss < 0.03


def test_what_the_switch_adds_is_true(lived, records, clocks):
    true = {call.id: call for call in lived.true}
    after, _ = witnessed_all(lived.calls, records, clocks, lived.groups)
    told = rung = 0
    for call in after:
        (number, *others) = {lived.call_of[entry] for entry in call.entry_ids}
        if others or call.ring_s is None or true[number].ways:
            continue
        told += 1
        legs = [leg for leg in true[number].legs if leg.answered] or list(true[number].legs)
        until = min(leg.answered or leg.ended for leg in legs)
        rung += abs((until - true[number].started).total_seconds() - call.ring_s) <= 3
    assert told > 200
    assert rung >= 0.98 * told
    missed = [call for call in after if call.disposition is Disposition.MISSED]
    assert missed
    assert all(call.direction is not CallDirection.OUTBOUND for call in missed)
