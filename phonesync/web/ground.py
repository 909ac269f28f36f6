"""What every page and every answer of the API stands on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.agent.dialling import Dialled
    from phonesync.clock import Clock
    from phonesync.config import Config
    from phonesync.journal.access import Reader
    from phonesync.store.repository import Store

Identify = Callable[["Request"], "Reader | None"]
"""Who asks, by session or token; None for nobody. Called in a thread of its own."""


Dial = Callable[[str, str], "Dialled"]
"""Lets the phone of a name dial a number, and waits for what it says. Called in a thread of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What stands under the site.

    Attributes:
        config: The configuration in force.
        store: The store; its methods may be called from the threads that pages are made in.
        clock: Where "now" comes from.
        identify: Who asks.
        dial: Lets phones dial; None where no agent runs beside the site.
        authenticators: The clock of the devices that show codes, where it is another: people's devices follow
            the real one, whatever time it is in an office that is played.
    """

    config: Callable[[], Config]
    store: Store
    clock: Clock
    identify: Identify
    dial: Dial | None = None
    authenticators: Clock | None = None

    def code_time(self) -> datetime:
        """The present by the clock that codes of a second factor follow."""
        return (self.authenticators or self.clock).now()


def ground_of(request: Request) -> Ground:
    """The ground of the site that a request came to."""
    found = request.app.state.ground
    assert isinstance(found, Ground)
    return found
