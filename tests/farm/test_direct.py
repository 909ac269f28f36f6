"""The joining put to the test on a perfect reader's rows, with groups told or learned."""

import pytest

from phonesync import registry
from phonesync.calls.values import Disposition
from phonesync.farm import commands
from phonesync.farm.direct import attempt
from phonesync.farm.perfect import Reading
from phonesync.farm.spec import CALLS_MIX, FarmSpec, with_calls
from phonesync.farm.verifying import START


@pytest.mark.parametrize("tells_groups", [True, False])
def test_rows_of_an_office_are_joined_and_scored(tells_groups):
    spec = FarmSpec(phones=20, mix=CALLS_MIX, seed=1, chaos=0, start=START, days=1)
    trial = attempt(with_calls(spec, tells_groups=tells_groups), registry.emulators(), Reading())
    figures = trial.card(learning_days=0.0).learned
    assert figures.rows == len(trial.kept) > 300
    assert figures.oracle.precision == 1.0
    assert figures.pairs.precision > 0.99
    assert figures.ours.recall > 0.9
    assert any(call.disposition is Disposition.MISSED for call in trial.calls)


def test_the_score_of_a_perfect_reader_is_printed(capsys):
    passed = commands.trial(days=1, phones=3, mix=CALLS_MIX, seed=1, events=0.5)
    assert "the oracle's own recall" in capsys.readouterr().out
    assert passed
