"""Emulated phones that report their calls and fetch their phonebooks by themselves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from phonesync.driver.emulation import Fetch, Happening, PhoneMemory
from phonesync.farm.client import PhoneClient
from phonesync.farm.reporting import (
    Losses,
    Outgoing,
    Reply,
    happening_of,
    happenings,
    is_out,
    spread_outages,
)
from phonesync.farm.simulation import FarmWorld, SimulatedClock
from phonesync.farm.spec import FarmSpec
from phonesync.farm.telephony import Leg
from phonesync.model import EventKind, ListName
from tests.farm.toys import kind, kinds

START = datetime(2025, 10, 6, 4, 0, tzinfo=UTC)


@dataclass
class ToySide:
    """Reports everything once it was told an address, and fetches one book."""

    memory: PhoneMemory
    base: str = ""
    taken: list[bytes] = field(default_factory=list)

    def take_settings(self, text: str) -> None:
        self.base = text

    def fetches(self) -> tuple[Fetch, ...]:
        return (Fetch(url=f"{self.base}/book.xml", every_s=3600.0),) if self.base else ()

    def fetched(self, fetch: Fetch, *, status: int, content: bytes) -> None:
        if status == 200:
            self.taken.append(content)
            self.memory.directory.take_book(fetch.url, [("Known", [("work", content.decode())])])

    def report(self, happening: Happening) -> str | None:
        return f"{self.base}/{happening.kind}?c={happening.call_id}&n={happening.name}" if self.base else None


def leg(list_name: ListName, *, talk_s: float | None) -> Leg:
    answered = None if talk_s is None else START + timedelta(seconds=5)
    ended = START + timedelta(seconds=20 if talk_s is None else 5 + talk_s)
    return Leg(
        extension="101", account="101", list_name=list_name, number="84955550123", name="Olga", started=START,
        answered=answered, ended=ended, call_id="a-1@pbx.example",
    )  # fmt: skip


def world() -> FarmWorld:
    spec = FarmSpec(phones=3, mix={"toy-plain": 1}, seed=1, chaos=0, start=START, days=2)
    return FarmWorld(spec, kinds(kind(side=ToySide)), SimulatedClock(START))


def told(farm: FarmWorld, deliver, **losses) -> None:
    reporting = farm.let_report(deliver, Losses(**losses))
    for desk in farm.desks.values():
        reporting.instruct(desk, "http://192.0.2.10:8080/x")


@pytest.mark.parametrize(
    ("list_name", "talk_s", "kinds"),
    [
        (ListName.RECEIVED, 60, ["incoming", "established", "terminated"]),
        (ListName.PLACED, 60, ["outgoing", "established", "terminated"]),
        (ListName.PLACED, None, ["outgoing", "cancelled", "terminated"]),
        (ListName.MISSED, None, ["incoming", "missed", "terminated"]),
        (ListName.FORWARDED, None, ["incoming", "forwarded", "terminated"]),
    ],
)
def test_a_call_happens_in_order(list_name, talk_s, kinds):
    happened = list(happenings(leg(list_name, talk_s=talk_s), ends_missed=True))
    assert [kind for _, kind in happened] == kinds
    assert [at for at, _ in happened] == sorted(at for at, _ in happened)
    quiet = list(happenings(leg(ListName.MISSED, talk_s=None), ends_missed=False))
    assert [kind for _, kind in quiet] == ["incoming", "missed"]


def test_only_the_end_knows_the_talk_time():
    answered = leg(ListName.RECEIVED, talk_s=60)
    assert happening_of(answered, EventKind.TERMINATED).duration_s == 60
    assert happening_of(answered, EventKind.ESTABLISHED).duration_s == 0


def test_phones_report_every_call_at_its_instant_and_fetch_once_an_hour():
    farm, sent = world(), []

    def deliver(outgoing: Outgoing, answered) -> None:
        sent.append((farm.now, outgoing))
        answered(Reply(status=200, content=b"201"))

    told(farm, deliver)
    farm.advance_to(START + timedelta(hours=9))
    reports = [one for _, one in sent if "book.xml" not in one.url]
    assert farm.reporting.calls
    assert len(reports) == sum(len(call.heard) for call in farm.reporting.calls.values())
    assert all(
        call.is_known and call.start_is_known and not call.unheard for call in farm.reporting.calls.values()
    )
    first = next(iter(farm.reporting.calls.values()))
    at = next(at for at, one in sent if first.leg.call_id in one.url)
    assert timedelta(0) < at - first.leg.started < timedelta(seconds=1)
    assert 3 * 8 <= farm.reporting.fetches <= 3 * 9
    assert set(farm.reporting.took_book) == set(farm.desks)
    assert all(desk.memory.directory.name_of("201") == "Known" for desk in farm.desks.values())


def test_what_is_lost_is_known_to_be_unheard_and_doubles_arrive_twice():
    farm, heard = world(), []

    def deliver(outgoing: Outgoing, answered) -> None:
        heard.append(outgoing.url)
        answered(Reply(status=200))

    told(farm, deliver, lost=0.3, doubled=0.3, late=0.1)
    farm.advance_to(START + timedelta(hours=10))
    calls = farm.reporting.calls.values()
    assert sum(call.unheard for call in calls) > 0
    assert len(heard) > len(set(heard))
    assert sum(len(call.heard) for call in calls) == sum("book.xml" not in url for url in heard)


def test_nobody_hears_what_is_sent_while_the_receiver_is_down():
    farm = world()
    told(farm, lambda _outgoing, answered: answered(None))
    farm.advance_to(START + timedelta(hours=8))
    assert farm.reporting.calls
    assert not any(call.is_known for call in farm.reporting.calls.values())
    assert farm.reporting.took_book == {}


def test_outages_lie_apart_and_inside_the_run():
    outages = spread_outages(start=START, days=10, number=2, hours=3.0, seed=1)
    assert len(outages) == 2
    assert outages[0][1] < outages[1][0] < START + timedelta(days=10)
    assert is_out(outages, outages[0][0])
    assert not is_out(outages, outages[0][1])


@pytest.mark.network
@pytest.mark.anyio
async def test_the_client_sends_raw_spaces_and_letters_and_survives_whatever_answers():
    seen, replies = [], []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n<book/>" if len(seen) == 1 else b"nonsense\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = PhoneClient()
    for url in (
        f"http://127.0.0.1:{port}/e/in?n=Анна К",
        f"http://127.0.0.1:{port}/again",
        "http://127.0.0.1:1/",
    ):
        client.deliver(Outgoing(phone="desk-101", url=url, headers=(("User-Agent", "Toy"),)), replies.append)
        await client.settle()
    server.close()
    assert "GET /e/in?n=Анна К HTTP/1.1\r\n".encode() in seen[0]
    assert b"User-Agent: Toy" in seen[0]
    assert replies == [Reply(status=200, content=b"<book/>"), None, None]
