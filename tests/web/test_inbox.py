"""The inbox: stored before it answers, one transaction for many, doubles once, strangers refused."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from drivers.others import SNOM
from phonesync.clock import SystemClock
from phonesync.errors import StoreBusy, StoreError
from phonesync.web import inbox as module
from phonesync.web.app import make_app
from phonesync.web.inbox import Inbox
from phonesync.web.protocol import Bounds
from tests.agent.conftest import Lab
from tests.web.conftest import server_of, status, told

pytestmark = pytest.mark.anyio

QUERY = b"c=call-1&a=101&r=sip:84950000001@pbx.example&n=Anna & Co"


@pytest.fixture
def lab(tmp_path):
    made = Lab(folder=tmp_path)
    made.add(variant="desk-3", keys='url = "http://192.0.2.1"\ndriver = "desk"\nextension = "101"')
    yield made
    for store in made.stores:
        store.close()


async def opened(lab, *, threaded=False, **more):
    """An agent that knows its phones, its inbox, and the secret of the one phone."""
    agent = lab.agent(threaded=threaded)
    await agent.prepare()
    return agent, Inbox(agent.hearing, **more), lab.store.address_of("desk-101")


def kept(lab):
    return [report for waiting in lab.store.waiting_reports(limit=1000) for report in waiting.reports]


async def test_a_report_is_stored_before_it_is_answered_and_worked_out_after(lab):
    _, inbox, token = await opened(lab)
    seen = []
    inbox._work = lambda: seen.append(len(kept(lab)))
    assert await inbox.receive(token, "incoming", QUERY, peer="192.0.2.1") == 200
    assert seen == [1]
    (report,) = kept(lab)
    assert (report.event.call_id, report.event.remote_number) == ("call-1", "84950000001")
    assert (report.event.remote_name, report.event.account) == ("Anna & Co", "101")
    assert report.at == lab.clock.now()


async def test_a_delivered_report_is_in_its_entry(lab):
    _, inbox, token = await opened(lab)
    for word, seconds in (("incoming", 7), ("established", 60), ("terminated", 0)):
        assert await inbox.deliver(token, word, QUERY) == 200
        lab.clock.instant += timedelta(seconds=seconds)
    (entry,) = lab.store.entries()
    assert (entry.ring_s, entry.duration_s, entry.outcome) == (7, 60, "answered")


async def test_unknown_secrets_and_words_are_refused_and_logged_once(lab, lines):
    _, inbox, token = await opened(lab)
    for _ in range(3):
        assert await inbox.receive("x" * 22, "incoming", QUERY, peer="192.0.2.9") == 404
        assert await inbox.receive(token, "selfdestruct", QUERY, peer="192.0.2.9") == 404
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["refused"]
    assert token not in str(lines)
    assert kept(lab) == []


async def test_the_same_report_within_seconds_is_kept_once(lab):
    _, inbox, token = await opened(lab)
    inbox._work = lambda: None
    together = [inbox.receive(token, "incoming", QUERY, peer="") for _ in range(3)]
    assert await asyncio.gather(*together) == [200] * 3
    lab.clock.instant += timedelta(seconds=2)
    assert await inbox.receive(token, "incoming", QUERY, peer="") == 200
    assert len(kept(lab)) == 1
    lab.clock.instant += timedelta(seconds=5)
    assert await inbox.receive(token, "incoming", QUERY, peer="") == 200
    assert await inbox.receive(token, "missed", QUERY, peer="") == 200
    assert len(kept(lab)) == 3


async def test_reports_that_wait_together_are_one_transaction(lab):
    agent, inbox, token = await opened(lab)
    inbox._work = lambda: None
    batches = []
    keep = agent.hearing.keep

    async def noted(new):
        batches.append(len(new))
        return await keep(new)

    agent.hearing.keep = noted
    many = [inbox.receive(token, "missed", b"c=%d" % number, peer="") for number in range(module.AT_ONCE + 7)]
    assert set(await asyncio.gather(*many)) == {200}
    assert sum(batches) == module.AT_ONCE + 7
    assert len(batches) <= 3


async def test_more_than_may_wait_are_refused(lab):
    _, inbox, token = await opened(lab, most=3)
    await inbox.receive(token, "alive", b"", peer="")
    many = [inbox.receive(token, "missed", b"c=%d" % number, peer="") for number in range(5)]
    assert sorted(await asyncio.gather(*many)) == [200, 200, 200, 503, 503]
    # A phone that tries once more is not taken for a double of what was refused.
    assert await inbox.receive(token, "missed", b"c=4", peer="") == 200


async def test_a_store_that_is_away_for_a_moment_is_waited_for(lab):
    agent, inbox, token = await opened(lab)
    inbox._work = lambda: None
    keep, tries = agent.hearing.keep, []

    async def busy(new):
        tries.append(new)
        if len(tries) < 4:
            raise StoreBusy("It is locked.")
        return await keep(new)

    agent.hearing.keep = busy
    assert await inbox.receive(token, "missed", QUERY, peer="") == 200
    assert (len(tries), len(kept(lab))) == (4, 1)


async def test_a_store_that_stays_away_is_told_to_the_phone(lab, lines):
    agent, inbox, token = await opened(lab)
    begun = lab.clock.monotonic()

    async def busy(new):
        raise StoreBusy("It is locked.")

    agent.hearing.keep = busy
    assert await inbox.receive(token, "missed", QUERY, peer="") == 503
    assert lab.clock.monotonic() - begun <= module.PATIENCE_S + 1
    assert "reports not stored" in [line["event"] for line in lines]


async def test_a_store_that_cannot_even_be_asked_is_told_to_the_phone(lab, lines):
    agent, inbox, token = await opened(lab)

    async def broken(work):
        raise StoreError("It is damaged.")

    agent.writer.run = broken
    assert await inbox.receive(token, "missed", QUERY, peer="") == 503
    assert "report not taken in" in [line["event"] for line in lines]


async def test_entries_that_cannot_be_written_now_wait_for_the_next_report(lab, lines):
    agent, inbox, token = await opened(lab)
    work = agent.hearing.work

    async def broken():
        raise StoreError("It is damaged.")

    agent.hearing.work = broken
    assert await inbox.deliver(token, "missed", QUERY) == 200
    assert "reports not taken" in [line["event"] for line in lines]
    agent.hearing.work = work
    assert await inbox.deliver(token, "missed", b"c=call-2") == 200
    assert len(list(lab.store.entries())) == 2


async def test_a_phone_that_was_renamed_is_found_under_its_new_name(lab):
    agent, inbox, token = await opened(lab)
    assert await inbox.deliver(token, "incoming", QUERY) == 200
    lab.keys = {"desk-201": lab.keys.pop("desk-101")}
    lab.store.rename("desk-101", "desk-201")
    agent.hearing.config = lab.config
    assert await inbox.deliver(token, "missed", QUERY) == 200
    assert [entry.outcome for entry in lab.store.entries()] == ["missed"]


async def test_a_phone_that_left_the_configuration_is_a_stranger(lab):
    agent, inbox, token = await opened(lab)
    lab.keys = {}
    agent.hearing.config = lab.config
    assert await inbox.receive(token, "missed", QUERY, peer="") == 404


async def test_a_phone_of_which_nothing_is_known_is_understood_by_any_driver(lab):
    lab.keys["desk-101"] = 'url = "http://192.0.2.1"'
    _, inbox, token = await opened(lab)
    assert await inbox.receive(token, "missed", QUERY, peer="") == 200


async def test_a_phone_that_is_never_asked_is_understood_by_the_driver_that_it_names_alone(lab, monkeypatch):
    monkeypatch.setitem(Lab.poller.__globals__["DRIVERS"], "snom", SNOM)
    lab.keys["desk-101"] = 'url = "http://192.0.2.1"'
    _, inbox, token = await opened(lab)
    assert await inbox.receive(token, "in", QUERY, peer="") == 404
    lab.keys["desk-101"] += '\ndriver = "snom"'
    _, inbox, token = await opened(lab)
    assert await inbox.receive(token, "in", QUERY, peer="") == 200


async def test_secrets_and_doubles_are_remembered_within_bounds(lab, monkeypatch):
    monkeypatch.setattr(module, "MOST_RECENT", 5)
    _, inbox, token = await opened(lab)
    for number in range(20):
        await inbox.receive(f"stranger {number}", "missed", QUERY, peer="")
        await inbox.receive(token, "missed", b"c=%d" % number, peer="")
    assert (len(inbox._senders), len(inbox._recent)) == (1, 5)


async def test_hearing_ends_with_the_inbox(lab):
    agent, inbox, token = await opened(lab)
    assert await inbox.receive(token, "missed", QUERY, peer="") == 200
    await inbox.close()
    assert [entry.outcome for entry in lab.store.entries()] == ["missed"]
    (one,) = lab.store.listening()
    assert [span.since for span in one.heard] == []
    lab.clock.instant += timedelta(minutes=5)
    await agent.hearing.beat()
    (one,) = lab.store.listening()
    assert one.heard == []


async def test_a_phone_on_the_network_reports_with_blanks_and_without_values(lab):
    lab.clock = SystemClock()
    agent, inbox, token = await opened(lab, threaded=True)
    app = make_app(events=inbox)
    async with server_of(app, bounds=Bounds()) as port:
        request = f"GET /e/{token}/incoming?c=$call_id&a=101&r=84950000001&n=Anna A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        assert status(await told(port, request.encode())) == 200
        wrong = f"GET /e/{token[:-1]}x/incoming?c=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        assert status(await told(port, wrong.encode())) == 404
    await inbox.close()
    (entry,) = lab.store.entries()
    assert (entry.call_id, entry.remote_number, entry.remote_name) == (None, "84950000001", "Anna A")
    assert await agent.close()
