"""A real agent process killed at random instants, while it reads real sockets; the longer run is kill_run."""

from __future__ import annotations

import pytest

from tests.system.kill_run import run

pytestmark = [pytest.mark.network, pytest.mark.anyio]

KILLS = 3


async def test_an_agent_killed_again_and_again_loses_doubles_and_invents_nothing(tmp_path):
    killing = await run(tmp_path, kills=KILLS, phones=10, seed=7, chaos=0, last_s=3.0)
    card = killing.card()
    assert card.clean, card.markdown()
    assert card.untidy.count == 0
    assert killing.tally.kills == KILLS
    assert killing.tally.polls["ok"] > 0
    assert killing.wrong_passwords == 0
    with killing.store() as store:
        assert all(state.last_read is not None for state in store.phones())
