"""What ``phonesync farm`` and ``phonesync farm verify`` do."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from phonesync import config as configuration
from phonesync import registry
from phonesync.clock import SystemClock
from phonesync.errors import ConfigError
from phonesync.farm import verifying
from phonesync.farm.callscore import LEARNING_DAYS, score_calls
from phonesync.farm.calltruth import read_truth
from phonesync.farm.client import PhoneClient
from phonesync.farm.config_out import render_config
from phonesync.farm.direct import attempt
from phonesync.farm.outside import Wishes
from phonesync.farm.perfect import Reading
from phonesync.farm.reporting import Losses
from phonesync.farm.settings import SettingsFolder
from phonesync.farm.simulation import FarmWorld
from phonesync.farm.spec import FarmSpec, with_calls
from phonesync.farm.stage import on_stage
from phonesync.store.call_records import CallFilter
from phonesync.store.repository import open_store

_log = structlog.get_logger(__name__)

_SHOWN = 5

LOOK_S = 1.0
"""How often it is looked whether settings of a phone have come or changed."""

FOR_EVER_DAYS = 36_500.0

BEHIND = timedelta(days=3)
"""The office has been calling for so long when its phones are stood up, so that their lists hold rows; on any
day there is a working day in it."""


def serve(
    *,
    phones: int,
    mix: Mapping[str, int],
    seed: int,
    chaos: int,
    config_out: Path | None = None,
    settings: Path | None = None,
) -> None:
    """Runs emulated phones on loopback addresses, in real time, until interrupted.

    Args:
        phones: How many.
        mix: Weight of each kind.
        seed: The same seed makes the same office.
        chaos: How badly the phones behave, 0 to 3.
        config_out: Where to write a configuration for them; never over an existing file.
        settings: A folder of settings for them, one file for each phone; None: they do nothing by themselves.

    Raises:
        ConfigError: The file exists, the folder is none, or an address cannot be listened on.
    """
    clock = SystemClock()
    start = clock.now() - BEHIND
    spec = FarmSpec(phones=phones, mix=mix, seed=seed, chaos=chaos, start=start, days=FOR_EVER_DAYS)
    world = FarmWorld(spec, registry.emulators(), clock)
    if config_out is not None:
        _write_config(world, config_out)
    client = PhoneClient()
    reporting = world.let_report(client.deliver, Losses())
    folder = None if settings is None else SettingsFolder(settings, world, reporting)
    asyncio.run(_serve(world, folder))


def verify(
    *,
    days: int,
    phones: int,
    mix: Mapping[str, int],
    seed: int,
    chaos: int,
    poll: timedelta,
    store: verifying.StoreAt | None = None,
    wishes: Wishes = verifying.NOTHING,
    calls: bool = False,
    tells_groups: bool = True,
    keep: Path | None = None,
) -> bool:
    """Steps office and agent through days without sleeping, prints the score, and tells whether it passed.

    Passed means: nothing lost, doubled, invented or unconfessed, no false gap, and nothing late; at chaos
    level 3 only nothing lost and nothing invented.

    Args:
        days: Simulated days.
        phones: How many.
        mix: Weight of each kind.
        seed: The same seed gives the same run.
        chaos: How badly the phones behave, 0 to 3.
        poll: The longest time between two reads.
        store: The empty store to use; a temporary file by default.
        wishes: What the phones do by themselves: report calls, fetch phonebooks.
        calls: The office's switch can do everything, clocks are wrong, and the joining of calls is scored.
        tells_groups: The configuration tells the groups of such an office; else they have to be learned.
        keep: A new or empty folder to keep configuration, store and truth in.

    Raises:
        ConfigError: The folder cannot be used.
        PlanRefused: The store holds something already.
        StoreError: The store cannot be used.
    """
    spec = FarmSpec(phones=phones, mix=mix, seed=seed, chaos=chaos, start=verifying.START, days=days)
    if calls:
        spec = with_calls(spec, tells_groups=tells_groups)
    if keep is not None:
        _make_empty(keep)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("stepping", total=days * 24)

        def observe(done: verifying.Progress) -> None:
            hours = (done.now - verifying.START) / timedelta(hours=1)
            said = f"{done.now:%Y-%m-%d %H:%M}  {done.calls} calls  {done.reads} reads"
            progress.update(task, completed=hours, description=said)

        verdict = verifying.verify(spec, poll=poll, observe=observe, folder=keep, store=store, wishes=wishes)
    _print(verdict)
    return passed(verdict, chaos=chaos)


def oracle(folder: Path) -> bool:
    """Scores the calls of a run that was kept, beside an oracle, and tells whether they passed.

    Args:
        folder: As ``farm verify --calls --keep`` wrote it.

    Raises:
        ConfigError: It is no such folder.
        StoreError: Its store cannot be used.
    """
    truth = read_truth(folder)
    config = configuration.load(folder / "config.toml")
    with closing(open_store(config.store.url, clock=SystemClock(), base=folder)) as store:
        card = score_calls(truth, store.calls(CallFilter()))
    sys.stdout.write(card.markdown())
    return card.passed


def trial(
    *,
    days: int,
    phones: int,
    mix: Mapping[str, int],
    seed: int,
    events: float,
    tells_groups: bool = True,
) -> bool:
    """Joins the rows of a perfect reader, prints the score beside an oracle, and tells whether they passed.

    Args:
        days: Simulated days.
        phones: How many.
        mix: Weight of each kind.
        seed: The same seed gives the same run.
        events: Share of the phones that report their calls.
        tells_groups: The configuration tells the groups; else they have to be learned.
    """
    spec = FarmSpec(phones=phones, mix=mix, seed=seed, chaos=0, start=verifying.START, days=days)
    told = with_calls(spec, tells_groups=tells_groups)
    card = attempt(told, registry.emulators(), Reading(events=events)).card(learning_days=LEARNING_DAYS)
    sys.stdout.write(card.markdown())
    return card.passed


def _make_empty(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        filled = any(folder.iterdir())
    except OSError as error:
        raise ConfigError(f"--keep {folder} cannot be used: {error.strerror}.") from error
    if filled:
        raise ConfigError(f"--keep {folder} is not empty.", hint="Name a new folder.")


def passed(verdict: verifying.Verdict, *, chaos: int) -> bool:
    """Whether a verdict is what the chaos level asks for."""
    card = verdict.card
    if verdict.wrong_passwords or verdict.intrusions:
        return False
    parts = (verdict.names, verdict.reports, verdict.joined)
    if not all(part is None or part.passed for part in parts):
        return False
    if chaos > 2:  # noqa: PLR2004  the level at which phones are swapped and answers broken
        return not card.lost.count and not card.invented.count
    return card.clean and card.in_time


def _print(verdict: verifying.Verdict) -> None:
    sys.stdout.write(verdict.card.markdown())
    failed = ", ".join(f"{kind} {count}" for kind, count in verdict.failed.items()) or "none"
    sys.stdout.write(
        f"\n{verdict.calls} calls, {verdict.polls} polls; failed polls: {failed};"
        f" wrong passwords seen by phones: {verdict.wrong_passwords};"
        f" requests no reader may send: {len(verdict.intrusions)}.\n"
    )
    for intrusion in verdict.intrusions[:_SHOWN]:
        sys.stdout.write(f"- {intrusion}\n")
    for part in (verdict.names, verdict.reports, verdict.joined):
        if part is not None:
            sys.stdout.write(f"\n{part.markdown()}")


def _write_config(world: FarmWorld, path: Path) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(render_config(world))
    except FileExistsError as error:
        raise ConfigError(f"{path} exists already.", hint="Name another file, or remove it first.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error


async def _serve(world: FarmWorld, settings: SettingsFolder | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with on_stage(world):
        kinds = Counter(desk.kind.name for desk in world.desks.values())
        _log.info("farm stands", phones=len(world.desks), kinds=dict(kinds))
        for desk in world.desks.values():
            sys.stdout.write(f"{desk.name}  {desk.kind.name}  {desk.url}\n")
        with suppress(BrokenPipeError):
            sys.stdout.flush()
        while not stop.is_set():
            if settings is not None:
                settings.look()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_S)
