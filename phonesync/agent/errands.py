"""What the agent does beside reading phones: imports contacts and records, and sends what goes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from phonesync.agent.importing import LOOK_S, Imports
from phonesync.agent.outgoing import SEND_S, Outgoing
from phonesync.agent.recording import Records

if TYPE_CHECKING:
    from phonesync.agent.chores import Work
    from phonesync.agent.writer import StoreWriter
    from phonesync.clock import Clock
    from phonesync.config import Config


def errands(
    config: Callable[[], Config], writer: StoreWriter, clock: Clock, env: Mapping[str, str] | None
) -> tuple[Imports, Records, Outgoing]:
    """All errands.

    Args:
        config: Gives the configuration in force.
        writer: The thread in front of the store.
        clock: Where time comes from.
        env: Environment variables that passwords may come from; the process's own by default.
    """
    return (
        Imports(config, writer=writer, clock=clock, env=env),
        Records(config, writer=writer, clock=clock),
        Outgoing(config, writer=writer, clock=clock, env=env),
    )


def timed(imports: Imports, records: Records, outgoing: Outgoing) -> dict[str, tuple[int, Work]]:
    """Errand to how often it is done, seconds, and what it does."""
    return {
        "contacts": (LOOK_S, imports.work),
        "records": (LOOK_S, records.work),
        "outgoing": (SEND_S, outgoing.work),
    }
