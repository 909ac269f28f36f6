"""The agent imports contacts in their time, and says once what is wrong with a source."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import anyio
import pytest

from phonesync import config as configuration
from phonesync.agent import errands as module
from phonesync.clock import SystemClock
from phonesync.contacts import taking
from phonesync.contacts.reading import harvest

pytestmark = pytest.mark.anyio

HEAD = "ФИО;Телефон\n"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def office(lab):
    """A lab with one source of contacts, and what turns it."""

    class Office:
        file = lab.folder / "staff.csv"
        more = ""

        def config(self):
            path = lab.write()
            path.write_text(
                path.read_text()
                + f'[[contacts]]\nname = "staff"\nkind = "csv"\npath = "staff.csv"\nevery = "30m"\n{self.more}'
            )
            return path

        def rows(self, *rows):
            self.file.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")

        def agent(self, **more):
            made = lab.agent(**more)
            made.config = self.loaded()
            return made

        def loaded(self):
            return configuration.load(self.config(), env={}, drivers=dict)

        def names(self):
            return [kept.contact.name for kept in lab.store.contacts()]

    return Office()


async def test_a_source_is_imported_at_once_and_then_as_often_as_it_says(lab, office, events):
    office.rows("Anna;201")
    agent = office.agent()
    await agent.imports.work()
    assert office.names() == ["Anna"]
    office.rows("Anna;201", "Boris;202")
    lab.clock.advance(lab.clock.now() + 29 * MINUTE)
    await agent.imports.work()
    assert office.names() == ["Anna"]
    lab.clock.advance(lab.clock.now() + MINUTE)
    await agent.imports.work()
    assert office.names() == ["Anna", "Boris"]
    lab.clock.advance(lab.clock.now() + 30 * MINUTE)
    await agent.imports.work()
    assert events() == ["contacts imported", "contacts imported"]


async def test_a_source_configured_anew_is_imported_at_once(lab, office):
    office.rows("Anna;201")
    agent = office.agent()
    await agent.imports.work()
    office.rows("Anna;201", "Boris;202")
    office.more = "precedence = 3\n"
    agent.config = office.loaded()
    await agent.imports.work()
    assert office.names() == ["Anna", "Boris"]


async def test_a_source_that_is_away_is_told_once_tried_soon_and_told_once_when_it_is_back(
    lab, office, events, logged
):
    agent = office.agent()
    for _ in range(4):
        await agent.imports.work()
        lab.clock.advance(lab.clock.now() + 5 * MINUTE)
    assert events() == ["contacts not imported"]
    assert "staff.csv does not exist" in logged[0]["error"]
    assert "does not exist" in lab.store.contact_source("staff").error
    office.rows("Anna;201")
    await agent.imports.work()
    assert events() == ["contacts not imported", "contacts are right again", "contacts imported"]
    assert lab.store.contact_source("staff").error is None


async def test_a_source_that_turned_empty_is_held_told_once_and_confirmed_by_hand(lab, office, events):
    office.rows("Anna;201", "Boris;202")
    agent = office.agent()
    await agent.imports.work()
    office.rows()
    for _ in range(3):
        lab.clock.advance(lab.clock.now() + 30 * MINUTE)
        await agent.imports.work()
    assert events() == ["contacts imported", "contacts not imported"]
    assert office.names() == ["Anna", "Boris"]
    taking.confirm(lab.store, agent.config.contact_source("staff"))
    lab.clock.advance(lab.clock.now() + 30 * MINUTE)
    await agent.imports.work()
    assert office.names() == []
    assert events()[2:] == ["contacts are right again", "contacts imported"]


async def test_a_source_imported_by_hand_at_the_same_time_is_left_alone(lab, office, monkeypatch, events):
    office.rows("Anna;201")
    agent = office.agent()

    def fetch(config, source, known, *, env):
        brought = harvest(config, source, state=known.state, kept=known.kept, env=env)
        office.rows("Anna;201", "Boris;202")
        monkeypatch.undo()
        taking.import_source(config, lab.store, source, clock=lab.clock)
        return brought

    monkeypatch.setattr(taking, "fetch", fetch)
    await agent.imports.work()
    assert office.names() == ["Anna", "Boris"]
    assert events() == []


async def test_a_source_at_which_we_fail_keeps_no_other_one_from_its_turn(lab, office, monkeypatch):
    office.rows("Anna;201")
    office.more = '[[contacts]]\nname = "guests"\nkind = "csv"\npath = "guests.csv"\n'
    (lab.folder / "guests.csv").write_text(f"{HEAD}Boris;202\n", encoding="utf-8")
    agent = office.agent()
    tried = []

    def fetch(config, source, known, *, env):
        tried.append(source.name)
        if source.name == "staff":
            raise ZeroDivisionError
        return harvest(config, source, state=known.state, kept=known.kept, env=env)

    monkeypatch.setattr(taking, "fetch", fetch)
    with pytest.raises(ZeroDivisionError):
        await agent.imports.work()
    await agent.imports.work()
    assert (tried, office.names()) == (["staff", "guests"], ["Boris"])
    lab.clock.advance(lab.clock.now() + 5 * MINUTE)
    monkeypatch.undo()
    await agent.imports.work()
    assert office.names() == ["Boris", "Anna"]


async def test_a_slow_source_keeps_neither_the_loop_nor_the_store_waiting(lab, office, monkeypatch):
    office.rows("Anna;201")
    agent = office.agent(threaded=True)
    door, entered = threading.Event(), threading.Event()

    def fetch(config, source, known, *, env):
        entered.set()
        assert door.wait(30)
        return harvest(config, source, state=known.state, kept=known.kept, env=env)

    monkeypatch.setattr(taking, "fetch", fetch)
    task = asyncio.create_task(agent.imports.work())
    assert await asyncio.to_thread(entered.wait, 30)
    assert await agent.writer.run(lambda store: store.phones()) == []
    assert not task.done()
    door.set()
    await task
    assert office.names() == ["Anna"]
    assert await agent.close()


async def test_the_password_of_a_source_comes_from_the_environment_of_the_agent(lab, office, logged):
    office.more = (
        '[[contacts]]\nname = "dav"\nkind = "carddav"\nurl = "http://127.0.0.1:1/"\n'
        'username = "u"\npassword = { env = "NOT_SET" }\n'
    )
    office.rows("Anna;201")
    await office.agent().imports.work()
    assert "NOT_SET is not set" in logged[-1]["error"]
    assert office.names() == ["Anna"]


async def test_a_running_agent_imports_by_itself(lab, office, monkeypatch):
    monkeypatch.setattr(module, "LOOK_S", 1)
    lab.clock = SystemClock()
    office.rows("Anna;201")
    agent = office.agent(threaded=True)
    task = asyncio.create_task(agent.run())
    try:
        with anyio.fail_after(20):
            while not office.names():  # noqa: ASYNC110  what is waited for lies in the store
                await asyncio.sleep(0.05)
    finally:
        agent.stop()
        await task
