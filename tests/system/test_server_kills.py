"""A server killed under a real agent that reads real sockets; the longer run is server_kills."""

from __future__ import annotations

import pytest

from tests import postgres
from tests.system.server_kills import PASSWORD_ENV, run

pytestmark = [pytest.mark.network, pytest.mark.anyio]

KILLS = 3


async def test_an_agent_whose_server_is_killed_again_and_again_loses_doubles_and_invents_nothing(
    tmp_path, monkeypatch
):
    if postgres.programs() is None:
        pytest.skip(postgres.NEEDED)
    monkeypatch.setenv(PASSWORD_ENV, postgres.PASSWORD)
    with postgres.running(in_memory=True) as server:
        killing = await run(tmp_path, server, kills=KILLS, phones=10, seed=7, last_s=3.0)
        card = killing.card()
        with killing.store() as store:
            assert all(state.last_read is not None for state in store.phones())
    assert card.clean, card.markdown()
    assert killing.tally.kills == KILLS
    assert killing.tally.polls["ok"] > 0
    assert killing.tally.unreported == 0
    assert killing.wrong_passwords == 0
