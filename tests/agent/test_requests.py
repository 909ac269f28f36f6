"""Requests of other commands, while the store or the phone is not ready for them."""

from __future__ import annotations

import pytest

from phonesync.agent.requests import Requests
from phonesync.agent.roster import introduce
from phonesync.agent.values import PollResult
from phonesync.agent.writer import StoreWriter
from phonesync.errors import StoreBusy
from phonesync.store.records import PhoneStanding

pytestmark = pytest.mark.anyio


class Desk:
    """Whether the phone is being polled at this moment."""

    def __init__(self) -> None:
        self.running = False
        self.forced: list[str] = []

    def force(self, name: str) -> bool:
        if not self.running:
            self.forced.append(name)
        return not self.running


@pytest.fixture
def writer(lab):
    lab.add("a")
    introduce(lab.store, lab.config)
    return StoreWriter(lab.store, clock=lab.clock, threaded=False)


async def test_a_request_met_during_a_poll_is_served_by_the_poll_after_it(lab, writer):
    desk = Desk()
    requests = Requests(writer, force=desk.force)
    wish = lab.store.request_poll("a")
    desk.running = True
    await requests.take({"a"})
    assert (desk.forced, requests.has("a")) == ([], False)
    desk.running = False
    await requests.take({"a"})
    await requests.take({"a"})
    assert (desk.forced, requests.has("a")) == (["a"], True)
    await requests.answer(PollResult(name="a", ok=True, standing=PhoneStanding.UP))
    assert not requests.has("a")
    answered = lab.store.request(wish.id)
    assert answered is not None
    assert PollResult.from_json(str(answered.outcome)).ok


async def test_a_store_that_is_away_is_said_once_and_asked_again(lab, writer, events, monkeypatch):
    desk = Desk()
    requests = Requests(writer, force=desk.force)
    lab.store.request_poll("a")
    pending = lab.store.open_requests

    def away():
        raise StoreBusy("The store is locked.")

    monkeypatch.setattr(lab.store, "open_requests", away)
    await requests.take({"a"})
    await requests.take({"a"})
    assert events() == ["requests cannot be looked for"]
    monkeypatch.setattr(lab.store, "open_requests", pending)
    await requests.take({"a"})
    assert desk.forced == ["a"]
