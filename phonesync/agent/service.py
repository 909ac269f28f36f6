"""The agent as the machine around it sees it: the service manager's datagrams, the watchdog, ``/healthz``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from phonesync.agent.healthz import listening
from phonesync.agent.notify import Notifier
from phonesync.agent.vitals import Phase, Vitals, stalled, summary

_log = structlog.get_logger(__name__)

BEAT_S = 5.0
"""How often the line for ``systemctl status`` is looked at, unless the watchdog wants it more often."""

BEATS = 3
"""Signs of life within the watchdog's time."""


class Service:
    """Speaks for the agent while it runs.

    Args:
        env: Environment variables; none make it silent.
        health: Where ``/healthz`` is answered, or None.
        base: Folder that a relative path is relative to.

    Attributes:
        phase: Where the agent is in its life.
        refused_config: Why the configuration was not taken at the last SIGHUP, or "".
    """

    def __init__(self, *, env: Mapping[str, str], health: str | None = None, base: Path = Path()) -> None:
        self._notifier = Notifier(env)
        self._health = health
        self._base = base
        self._look: Callable[[], Vitals] = lambda: Vitals(phase=self.phase)
        self._stalled = False
        self._said = ""
        self.phase = Phase.STARTING
        self.refused_config = ""

    @asynccontextmanager
    async def watching(self, look: Callable[[], Vitals]) -> AsyncIterator[None]:
        """Watches the agent as long as the block lasts.

        Args:
            look: Gives its vitals.

        Raises:
            ConfigError: ``/healthz`` cannot be answered where the configuration says.
        """
        self._look = look
        async with listening(self._health, look, base=self._base):
            beating = asyncio.create_task(self._beat()) if self._notifier.is_heard else None
            try:
                yield
            finally:
                if beating is not None:
                    beating.cancel()

    def started(self) -> None:
        """The agent reads phones from now on."""
        self.phase = Phase.RUNNING
        self._notifier.ready(summary(self._look()))

    def reloading(self) -> None:
        """The configuration is being read again."""
        self._notifier.reloading()

    def reloaded(self, refused: str) -> None:
        """It was taken, or refused for a reason."""
        self.refused_config = refused
        self._notifier.ready(f"configuration not taken: {refused}" if refused else summary(self._look()))

    def stopping(self) -> None:
        """The agent was told to end."""
        self.phase = Phase.STOPPING
        self._notifier.stopping()

    async def _beat(self) -> None:
        """Signs of life, as long as the loop and the writer get on; without them the manager ends us."""
        limit_s = self._notifier.watchdog_s
        while True:
            vitals = self._look()
            if limit_s is not None:
                self._sign(stalled(vitals, limit_s=limit_s))
            self._say(summary(vitals))
            await asyncio.sleep(BEAT_S if limit_s is None else min(BEAT_S, limit_s / BEATS))

    def _sign(self, problems: list[str]) -> None:
        if not problems:
            self._notifier.alive()
        elif not self._stalled:
            _log.error(
                "no sign of life given", text=f"{'; '.join(problems)}: the watchdog may end this process."
            )
        self._stalled = bool(problems)

    def _say(self, text: str) -> None:
        if self.phase is Phase.RUNNING and text != self._said:
            self._said = text
            self._notifier.status(text)
