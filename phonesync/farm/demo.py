"""The demo: an emulated office in a hurry, and the agent that keeps up with it, on one screen."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from phonesync import config as configuration
from phonesync import registry
from phonesync.agent.agent import Agent
from phonesync.agent.commands import Beside
from phonesync.agent.values import PollResult
from phonesync.config import Config
from phonesync.errors import PhonesyncError
from phonesync.farm.clicking import let_dial
from phonesync.farm.config_out import render_config
from phonesync.farm.desk import Desk
from phonesync.farm.simulation import FarmWorld
from phonesync.farm.spec import FarmSpec
from phonesync.farm.stage import HurriedClock, on_stage
from phonesync.ledger.values import SpanState
from phonesync.logs import silenced
from phonesync.secrets.files import replace_file
from phonesync.secrets.keyring import KEY_MODE, Key, ring_text
from phonesync.store.repository import Store, open_store
from phonesync.transport import Bounds, Transport

START = datetime(2025, 10, 6, 5, 30, tzinfo=UTC)
"""A Monday, 08:30 in the office."""

BEHIND = timedelta(days=5)
"""Calls the phones have behind them, so that their lists are as full as on a real desk."""

BY_DAY, BY_NIGHT = 300.0, 7200.0
"""Five minutes of office hours a second; nights and weekends pass in seconds."""

ZONE_HOURS = 3.0

UNHURRIED = Bounds(request_s=1e9, total_s=1e9)
"""Bounds count by the clock handed in; a hurried minute is over before a phone can answer."""

_LOOK_S = 1.0
_LINE_EVERY = 5
_DESKS_SHOWN = 12
_POLL = "30m"
_PORT = 8080
_JOURNAL = """
[web]
listen = "127.0.0.1:%d"

[journal]
session_idle = "366d"
session_end = "366d"
link = "366d"

[dial]
enabled = true
server = "%s"
"""
"""Where the journal is, times so long that hurried hours end nothing, and phones that dial at a click."""


@dataclass(slots=True)
class Tally:
    """What the agent has done so far, as the picture shows it.

    Attributes:
        lost_before: Rows the phones had forgotten before the agent came.
        reads: Polls that ended.
        failed: Those of them that failed.
        kept: Entries in the store.
        rows: Phone to rows shown at its last read.
        new: Phone to entries kept of it.
        errors: Phone to what went wrong at its last read.
    """

    lost_before: int = 0
    reads: int = 0
    failed: int = 0
    kept: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    new: dict[str, int] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def note(self, result: PollResult, _late_s: float) -> None:
        """One poll has ended."""
        self.reads += 1
        if result.ok:
            self.kept += result.new
            self.rows[result.name] = sum(result.lists.values())
            self.new[result.name] = self.new.get(result.name, 0) + result.new
            self.errors.pop(result.name, None)
        else:
            self.failed += 1
            self.errors[result.name] = result.error or "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The web side of the demo, which stands above the farm.

    Attributes:
        beside: Makes what runs beside the agent.
        invite: Takes users in; their roles, and links that sign in once.
    """

    beside: Beside
    invite: Callable[[Store, Config], Sequence[tuple[str, str]]]


def run(*, phones: int, seed: int, front: Front) -> None:
    """Shows the demo until interrupted; also without a terminal, then a line every few seconds.

    Args:
        phones: How many.
        seed: The same seed makes the same office.
        front: Serves the journal.

    Raises:
        ConfigError: A loopback address cannot be listened on.
        StoreError: The temporary folder cannot hold a store.
    """
    with TemporaryDirectory(prefix="phonesync-demo-") as folder:
        asyncio.run(_demo(Path(folder), phones=phones, seed=seed, front=front))


async def _demo(folder: Path, *, phones: int, seed: int, front: Front) -> None:
    kinds = registry.emulators().items()
    # Lists that an experimental reader reads, or that show their newest row only, are no part of a first
    # impression: the former are allowed phone by phone, the latter hide what comes between two reads.
    plain = {name: kind for name, kind in kinds if kind.readable and not kind.experimental}
    mix = {name: 1 for name, kind in plain.items() if not kind.newest_only}
    spec = FarmSpec(phones=phones, mix=mix, seed=seed, chaos=1, start=START - BEHIND, days=36_500)
    clock = HurriedClock(START, by_day=BY_DAY, by_night=BY_NIGHT, zone_hours=ZONE_HOURS)
    world = FarmWorld(spec, registry.emulators(), clock)
    world.advance_to(START)
    let_dial(world)
    path = folder / "config.toml"
    server = next(iter(world.desks.values())).memory.server
    journal = _JOURNAL % (_free_port(), server)
    path.write_text(render_config(world, poll=_POLL, experimental=True) + journal, encoding="utf-8")
    # So that a second factor can be tried: its secret is sealed with it.
    replace_file(folder / "phonesync.key", ring_text([Key.new()]), mode=KEY_MODE)
    config = configuration.load(path)
    tally = Tally(lost_before=world.truth.tally["evicted"])
    with open_store(config.store.url, clock=clock, base=folder) as store:
        links = front.invite(store, config)
        agent = Agent(
            config,
            store,
            Transport(clock=clock, bounds=UNHURRIED),
            registry.drivers(),
            clock,
            observe=tally.note,
        )
        async with on_stage(world):
            with silenced():
                watching = asyncio.create_task(_watch(world, store, tally, agent, links=links))
                try:
                    await agent.run(beside=front.beside(agent, store))
                finally:
                    watching.cancel()
                    await agent.close()
    _say_goodbye(world, tally)


async def _watch(
    world: FarmWorld, store: Store, tally: Tally, agent: Agent, *, links: Sequence[tuple[str, str]]
) -> None:
    """Draws the picture until cancelled; ends the demo where there is nobody left to see it."""
    console = Console()
    if console.is_terminal:
        with Live(console=console, auto_refresh=False, screen=True) as live:
            while True:
                live.update(Group(_picture(world, store, tally), Text(), _doors(links)), refresh=True)
                await asyncio.sleep(_LOOK_S)
    sys.stdout.writelines(f"{role:<14} {link}\n" for role, link in links)
    while True:
        try:
            sys.stdout.write(f"{_line(world, store, tally)}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            # Nobody reads any more; the interpreter must not try to flush what is left.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            agent.stop()
            return
        await asyncio.sleep(_LOOK_S * _LINE_EVERY)


def _gaps(store: Store) -> int:
    return sum(row.state is not SpanState.COMPLETE and row.since is not None for row in store.coverage())


def _recorded(world: FarmWorld, tally: Tally) -> int:
    """Rows that the agent could know: those still on a phone when it came, and all since."""
    return world.truth.tally["recorded"] - tally.lost_before


def _forgotten(world: FarmWorld, tally: Tally) -> int:
    return world.truth.tally["evicted"] - tally.lost_before


def _line(world: FarmWorld, store: Store, tally: Tally) -> str:
    office = world.now.astimezone(world.spec.zoneinfo)
    return (
        f"{office:%a %d %b %H:%M}  calls {world.calls}  rows recorded {_recorded(world, tally)}"
        f"  kept {tally.kept}  forgotten by phones {_forgotten(world, tally)}"
        f"  gaps {_gaps(store)}  reads {tally.reads} ({tally.failed} failed)"
    )


def _picture(world: FarmWorld, store: Store, tally: Tally) -> Group:
    office = world.now.astimezone(world.spec.zoneinfo)
    head = Text.assemble(
        ("phonesync demo", "bold"),
        f"   {len(world.desks)} emulated phones, office time {office:%A %d %B %Y %H:%M}",
        ("   Ctrl-C ends it", "dim"),
    )
    figures = Table.grid(padding=(0, 3))
    for name, value, style in (
        ("calls made", world.calls, ""),
        ("rows recorded by phones", _recorded(world, tally), ""),
        ("rows kept by phonesync", tally.kept, "bold green"),
        ("rows the phones forgot already", _forgotten(world, tally), "yellow"),
        ("gaps stated", _gaps(store), "red"),
        ("reads", f"{tally.reads} ({tally.failed} failed)", ""),
    ):
        figures.add_row(name, Text(str(value), style=style))
    return Group(head, Text(), figures, Text(), _desks(world, tally))


def _desks(world: FarmWorld, tally: Tally) -> Table:
    table = Table(title="Busiest phones", title_justify="left")
    for heading in ("phone", "kind", "owner", "on the phone", "kept", "says"):
        table.add_column(heading, justify="right" if heading in {"on the phone", "kept"} else "left")
    busiest = sorted(world.desks.values(), key=lambda desk: -tally.new.get(desk.name, 0))
    for desk in busiest[:_DESKS_SHOWN]:
        table.add_row(*_cells(desk, tally))
    return table


def _doors(links: Sequence[tuple[str, str]]) -> Table:
    """Where to look at the journal, as whom."""
    table = Table(title="Open the journal, once as each", title_justify="left", show_header=False, box=None)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ignore")
    for role, link in links:
        table.add_row(role, Text(link))
    return table


def _free_port() -> int:
    """The usual port for a site, or another one where something listens there."""
    for port in (_PORT, 0):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(tried.getsockname()[1])
    return _PORT


def _cells(desk: Desk, tally: Tally) -> tuple[str, ...]:
    return (
        desk.name,
        desk.kind.name,
        desk.employee.name,
        str(len(desk.memory)),
        str(tally.new.get(desk.name, 0)),
        tally.errors.get(desk.name, "")[:40],
    )


def _say_goodbye(world: FarmWorld, tally: Tally) -> None:
    said = (
        f"Kept {tally.kept} rows of {_recorded(world, tally)};"
        f" the phones themselves still remember {sum(len(desk.memory) for desk in world.desks.values())}.\n"
    )
    try:
        sys.stdout.write(said)
    except OSError as error:
        raise PhonesyncError(f"The result cannot be written: {error.strerror}.") from error
