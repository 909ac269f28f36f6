"""``phonesync check``, ``run`` and ``poll``: what they ask of the agent, and how its answers are shown."""

import json
import subprocess
import sys
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from phonesync.agent import commands
from phonesync.agent.values import INTERNAL, NO_ANSWER, CheckItem, CheckResult, PollResult
from phonesync.cli import agent as agent_commands
from phonesync.errors import ConfigError
from phonesync.store.records import PhoneStanding
from phonesync.web import running

GOOD = PollResult(
    name="desk-101",
    ok=True,
    lists={"placed": 12, "missed": 3},
    new=2,
    took_s=0.84,
    standing=PhoneStanding.UP,
)
DOWN = PollResult(
    name="desk-102",
    ok=False,
    error="No route to desk-102.\x1b[2J",
    error_kind="PhoneUnreachable",
    standing=PhoneStanding.DOWN,
)
UNREADABLE = PollResult(
    name="desk-102",
    ok=False,
    error="The list of v80 is not known.",
    error_kind="Unsupported",
    standing=PhoneStanding.UNSUPPORTED,
    readable=False,
)


@pytest.fixture
def agent(monkeypatch, folder):
    """Stands in for the agent: notes what it is asked, answers what it is told to."""

    class Agent:
        asked = None
        answers = ()

        def answer(self, config, names):
            self.asked = names
            return list(self.answers)

    agent = Agent()
    monkeypatch.setattr(commands, "poll", agent.answer)
    monkeypatch.setattr(commands, "check", agent.answer)
    return agent


@pytest.fixture
def password(run, monkeypatch):
    monkeypatch.setenv("PHONE_PASSWORD", "sesame")


def test_poll_shows_a_line_for_each_phone(run, agent, password):
    agent.answers = (GOOD, DOWN)
    outcome = run("poll")
    assert agent.asked == ["desk-101", "desk-102"]
    assert outcome.code == 4
    assert outcome.out.splitlines() == [
        "desk-101: placed 12, missed 3; 2 new; 0.8 s",
        "desk-102: not read: No route to desk-102.\\x1b[2J",
    ]


def test_poll_json_is_one_object_a_line_and_nothing_else(run, agent, password):
    agent.answers = (GOOD, DOWN)
    outcome = run("poll", "--json")
    assert [row["name"] for row in outcome.rows] == ["desk-101", "desk-102"]
    assert json.loads(outcome.out.splitlines()[0]) == json.loads(GOOD.to_json())
    assert outcome.code == 4


def test_poll_of_named_phones_asks_for_each_once(run, agent, password):
    agent.answers = (GOOD,)
    assert run("poll", "desk-102", "desk-101", "desk-102").code == 0
    assert agent.asked == ["desk-102", "desk-101"]


def test_a_phone_without_a_readable_list_is_no_failure(run, agent, password):
    agent.answers = (GOOD, UNREADABLE)
    outcome = run("poll")
    assert outcome.code == 0
    assert "desk-102: not readable: The list of v80 is not known." in outcome.out


@pytest.mark.parametrize(("kind", "code"), [(INTERNAL, 70), (NO_ANSWER, 4)])
def test_a_poll_that_did_not_happen_has_its_exit_code(run, agent, password, kind, code):
    result = PollResult(name="desk-101", ok=False, error="No.", error_kind=kind, standing=PhoneStanding.UP)
    agent.answers = (result,)
    assert run("poll", "desk-101").code == code


@pytest.mark.parametrize("command", ["poll", "check"])
def test_an_unknown_name_is_told_before_anything_is_read(run, agent, password, command):
    outcome = run(command, "desk-11")
    assert outcome.code == 2
    assert 'Unknown phone "desk-11"; did you mean "desk-101"?' in outcome.err
    assert agent.asked is None


@pytest.mark.parametrize("command", ["poll", "check", "run"])
def test_missing_passwords_are_told_before_anything_is_read(run, agent, command):
    outcome = run(command)
    assert outcome.code == 2
    assert "the environment variable PHONE_PASSWORD is not set (for desk-101, desk-102)" in outcome.err
    assert agent.asked is None


def test_a_running_agent_has_its_own_passwords(run, agent, store):
    agent.answers = (GOOD,)
    with store.agent_lock():
        assert run("poll", "desk-101").code == 0
    assert agent.asked == ["desk-101"]


def test_check_shows_each_finding_in_words(run, agent, password):
    agent.answers = (
        CheckResult(
            name="desk-101",
            items=(
                CheckItem(what="reachable", ok=True, text="answers in 0.1 s"),
                CheckItem(what="zone", ok=None, text="cannot be read on this generation"),
            ),
        ),
    )
    outcome = run("check", "desk-101")
    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        "config.toml is right (sites: 2, phones: 3, drivers: cisco, fanvil, flyingvoice, gigaset, grandstream, htek, mitel, snom, yealink).",
        "desk-101",
        "  ok     reachable  answers in 0.1 s",
        "  note   zone       cannot be read on this generation",
    ]


def test_check_that_finds_something_wrong_ends_with_4(run, agent, password):
    agent.answers = (
        CheckResult(name="desk-101", items=(CheckItem(what="sign_in", ok=False, text="refused"),)),
    )
    outcome = run("check", "desk-101")
    assert outcome.code == 4
    assert "  WRONG  sign_in  refused" in outcome.out


def test_run_hands_the_agent_a_way_to_read_the_configuration_again(run, folder, password, monkeypatch):
    seen = []

    def agent(config, *, reload, beside):
        assert beside is agent_commands.beside
        seen.append(config)
        seen.append(reload())
        monkeypatch.delenv("PHONE_PASSWORD")
        with pytest.raises(ConfigError, match="PHONE_PASSWORD is not set"):
            reload()

    monkeypatch.setattr(commands, "run", agent)
    assert run("run").code == 0
    assert seen[0] == seen[1]
    assert [phone.name for phone in seen[0].phones] == ["desk-101", "desk-102", "desk-103"]


@pytest.mark.anyio
@pytest.mark.parametrize("listen", [None, "127.0.0.1:0"])
async def test_the_server_runs_beside_the_agent_only_where_the_configuration_wants_one(monkeypatch, listen):
    served = []

    @asynccontextmanager
    async def serving(agent, store):
        served.append((agent, store))
        yield

    monkeypatch.setattr(running, "beside", serving)
    agent = SimpleNamespace(config=SimpleNamespace(web=SimpleNamespace(listen=listen)))
    async with agent_commands.beside(agent, "store"):
        assert served == ([(agent, "store")] if listen else [])


def test_without_a_server_nothing_of_it_is_loaded():
    words = "import sys, phonesync.agent.commands, phonesync.cli.agent; print('fastapi' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
