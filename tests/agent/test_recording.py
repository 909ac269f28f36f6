"""The agent imports the records of switches as they grow, and says once what is wrong with one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from phonesync import config as configuration
from tests.cdr.switch import Switch

pytestmark = pytest.mark.anyio


@pytest.fixture
def office(lab):
    """A lab whose switch writes a record."""

    class Office:
        file = lab.folder / "Master.csv"

        def agent(self):
            made = lab.agent()
            path = lab.write()
            path.write_text(
                path.read_text()
                + '[[cdr]]\nname = "pbx"\nkind = "asterisk"\npath = "Master.csv"\nevery = "2m"\n'
            )
            made.config = configuration.load(path, env={}, drivers=dict)
            return made

        def write(self, *lines):
            with self.file.open("a", encoding="utf-8") as out:
                out.writelines(lines)

        def kept(self):
            return [one.line.called for one in lab.store.cdr_lines(None, None)]

    return Office()


async def test_a_record_is_imported_at_once_and_then_as_often_as_it_says(lab, office, events):
    office.write(Switch().line(), "nonsense\n")
    agent = office.agent()
    await agent.records.work()
    assert office.kept() == ["raw:101"]
    office.write(Switch().line(dst="102"))
    await agent.records.work()
    assert office.kept() == ["raw:101"]
    lab.clock.instant += timedelta(minutes=2)
    await agent.records.work()
    assert office.kept() == ["raw:101", "raw:102"]
    names = [event for event in events() if "record" in event]
    assert names == ["line of a record left out", "record imported", "record imported"]


async def test_a_record_that_cannot_be_read_is_said_once_and_once_when_it_is_back(lab, office, events):
    agent = office.agent()
    for _ in range(2):
        await agent.records.work()
        lab.clock.instant += timedelta(minutes=2)
    office.write(Switch().line())
    await agent.records.work()
    names = [event for event in events() if "record" in event]
    assert names == ["record not imported", "record is right again", "record imported"]
    assert office.kept() == ["raw:101"]


async def test_an_equal_line_that_was_added_is_kept_too(lab, office):
    same = Switch(uniqueid=False).line()
    office.write(same)
    agent = office.agent()
    await agent.records.work()
    office.write(same)
    lab.clock.instant += timedelta(minutes=2)
    await agent.records.work()
    assert office.kept() == ["raw:101"] * 2
