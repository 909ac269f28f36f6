"""A lab: a real store, a real configuration, and invented phones behind the real transport."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from structlog.testing import capture_logs

from phonesync import config as configuration
from phonesync.agent.agent import Agent
from phonesync.agent.poller import Poller
from phonesync.agent.roster import introduce
from phonesync.agent.writer import StoreWriter
from phonesync.config import Config
from phonesync.store.records import PhoneState
from phonesync.store.repository import Store, open_store
from phonesync.transport import Transport
from tests import stores
from tests.agent.desks import Desk, DeskDriver, StillClock, Wires

DRIVERS = {"desk": DeskDriver()}


@dataclass
class Lab:
    """What a test of the agent needs; ``phones`` and ``more`` are written into its configuration."""

    folder: Path
    clock: StillClock = field(default_factory=StillClock)
    wires: Wires = field(default_factory=Wires)
    keys: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=lambda: {"PASSWORD": "right"})
    poll: str = "10m"
    site: str = "Office"
    agent_keys: str = ""
    concurrency: int = 5
    stores: list[Store] = field(default_factory=list)

    def add(self, name: str = "desk-101", *, keys: str = "", **knobs) -> Desk:
        """One more phone, with further keys of its configuration."""
        number = len(self.wires) + 1
        knobs.setdefault("mac", f"00005e0053{number:02x}")
        desk = self.wires[name] = Desk(clock=self.clock, **knobs)
        self.keys[name] = keys or f'url = "http://192.0.2.{number}"'
        return desk

    def write(self) -> Path:
        phones = "".join(
            f'[[phone]]\nname = "{name}"\npassword = {{ env = "PASSWORD" }}\n{keys}\n'
            for name, keys in self.keys.items()
        )
        file = self.folder / "config.toml"
        file.write_text(
            f'[agent]\npoll = "{self.poll}"\nconcurrency = {self.concurrency}\n{self.agent_keys}'
            f'[site]\nname = "{self.site}"\ntimezone = "UTC"\ncountry = "RU"\n{phones}'
        )
        return file

    @property
    def config(self) -> Config:
        return configuration.load(self.write(), env={}, drivers=lambda: DRIVERS)

    @property
    def store(self) -> Store:
        """The store as this process has it open; :meth:`restart` opens it anew."""
        if not self.stores:
            self.restart()
        return self.stores[-1]

    @property
    def transport(self) -> Transport:
        return Transport(clock=self.clock, http=self.wires)

    def restart(self) -> None:
        """What a new process would start from."""
        stores.lay(self.folder / "lab.db")
        self.stores.append(
            open_store("sqlite:///lab.db", clock=self.clock, base=self.folder, busy_timeout_s=0.05)
        )

    def poller(self, **more) -> Poller:
        config = self.config
        introduce(self.store, config)
        more.setdefault("writer", StoreWriter(self.store, clock=self.clock, threaded=False))
        return Poller(
            config, self.store, self.transport, DRIVERS, self.clock, rng=Random(1), env=self.env, **more
        )

    def agent(self, **more) -> Agent:
        more.setdefault("threaded", False)
        return Agent(
            self.config,
            self.store,
            self.transport,
            DRIVERS,
            self.clock,
            rng=Random(1),
            env=self.env,
            **more,
        )

    def state(self, name: str = "desk-101") -> PhoneState:
        return self.store.phone(name)

    def numbers(self) -> list[str | None]:
        return [entry.remote_number for entry in self.store.entries()]


@pytest.fixture
def lab(tmp_path):
    made = Lab(folder=tmp_path)
    yield made
    for store in made.stores:
        store.close()


@pytest.fixture
def logged():
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def events(logged) -> Callable[[], list[str]]:
    """The events said so far, in order."""
    return lambda: [line["event"] for line in logged if line["log_level"] != "debug"]
