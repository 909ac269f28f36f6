# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""The store with everything in it joined into calls, for commands that show them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from phonesync.agent import joining
from phonesync.config import Config
from phonesync.store.repository import Store

MOST_SHOWN = 20
"""Entries that are named one by one."""

if TYPE_CHECKING:
    from collections.abc import Mapping

    from phonesync.agent.joining import Joined, Observe


def bring_up_to_date(config: Config, store: Store) -> None:
    """Joins what waits, unless an agent holds the store: it does so itself.

    Raises:
        StoreError: The store cannot be used.
    """
    if not store.agent_is_running():
        with shown() as observe:
            joining.bring_up_to_date(config, store, observe=observe)


def recompute(config: Config, store: Store) -> str:
    """Joins all entries anew, and says how many; a running agent is left to do it.

    Raises:
        StoreError: The store cannot be used.
    """
    if store.agent_is_running():
        store.queue_all()
        return f"The running agent joins all {store.queued()} entries anew."
    with shown() as observe:
        done = joining.recompute(config, store, observe=observe)
    return "\n".join([f"Joined {done} entries anew.", *_set_aside(store.entries_set_aside())])


def _set_aside(entries: "Mapping[str, str]") -> "Iterator[str]":
    """Entries that joining stumbles over, in words."""
    if not entries:
        return
    yield f"{len(entries)} could not be joined and stand in no call; please report it:"
    for entry_id, sentence in islice(entries.items(), MOST_SHOWN):
        yield f"- {entry_id}: {sentence}"
    if len(entries) > MOST_SHOWN:
        yield f"- and {len(entries) - MOST_SHOWN} more"


@contextmanager
def shown() -> "Iterator[Observe]":
    """A progress bar on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("joining", visible=False)

        def observe(come: "Joined") -> None:
            progress.update(
                task,
                completed=come.done,
                total=come.of,
                visible=True,
                description=f"joining {come.done} of {come.of}",
            )

        yield observe
