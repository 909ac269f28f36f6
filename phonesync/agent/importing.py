"""Imports contacts at set times, beside the reads and in a thread of their own.

What goes wrong with a source is said once when it begins and once when it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from phonesync.agent.writer import StoreWriter
from phonesync.clock import Clock
from phonesync.config.contacts import ContactSourceConfig
from phonesync.contacts import taking
from phonesync.contacts.importing import Decision
from phonesync.contacts.reading import plans_of
from phonesync.errors import PlanRefused, SourceError, StaleState
from phonesync.numbering import DialPlan

if TYPE_CHECKING:
    from phonesync.config import Config

_log = structlog.get_logger(__name__)

LOOK_S = 5
"""How often it is looked whether a source is due."""

SOON = timedelta(minutes=5)
"""A source that could not be read is tried again after so long, where its own time is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """The last import of a source.

    Attributes:
        source: As it was configured.
        plans: Dial plans that its numbers were read by.
        due: When it is due again, UTC.
        wrong: What was wrong with it, or "".
    """

    source: ContactSourceConfig
    plans: tuple[DialPlan, ...]
    due: datetime
    wrong: str


class Imports:
    """Imports every source in its time.

    Args:
        config: Gives the configuration in force.
        writer: The thread in front of the store.
        clock: Where time comes from.
        env: Environment variables that passwords may come from; the process's own by default.
    """

    def __init__(
        self,
        config: Callable[[], Config],
        *,
        writer: StoreWriter,
        clock: Clock,
        env: Mapping[str, str] | None,
    ) -> None:
        self._config, self._writer, self._clock, self._env = config, writer, clock, env
        # A source may take minutes; an agent that stops does not wait for such a thread.
        self._reader = writer.beside()
        self._tried: dict[str, Tried] = {}

    async def work(self) -> None:
        """Imports what is due, one source after the other; at once where it is new or was configured anew.

        Raises:
            StoreError: The store cannot be used.
        """
        config = self._config()
        for source in config.contact_sources:
            tried, plans = self._tried.get(source.name), plans_of(config, source)
            anew = tried is None or (tried.source, tried.plans) != (source, plans)
            if anew or (tried is not None and tried.due <= self._clock.now()):
                await self._import(config, source, plans)

    async def _import(self, config: Config, source: ContactSourceConfig, plans: tuple[DialPlan, ...]) -> None:
        wrong, after = "", source.every
        # Before anything else: a mistake of ours ends this round, and the next one goes on with the others.
        again = self._clock.now() + min(source.every, SOON)
        self._tried[source.name] = Tried(source=source, plans=plans, due=again, wrong=self._wrong(source))
        try:
            self._say(source, await self._taken(config, source))
        except SourceError as error:
            wrong, after = "not read", min(source.every, SOON)
            self._say_wrong(source, wrong, error.message)
        except PlanRefused as error:
            wrong = "held"
            self._say_wrong(source, wrong, error.message)
        except StaleState:
            # Somebody imports the same source by hand; what that brought is as good.
            wrong = self._wrong(source)
        due = self._clock.now() + after
        self._tried[source.name] = Tried(source=source, plans=plans, due=due, wrong=wrong)

    async def _taken(self, config: Config, source: ContactSourceConfig) -> Decision:
        known = await self._reader.keep(lambda store: taking.before(store, source))
        try:
            brought = await self._reader.run(lambda _: taking.fetch(config, source, known, env=self._env))
        except SourceError as error:
            failed = error
            await self._writer.keep(lambda store: taking.note(store, source, failed, clock=self._clock))
            raise
        made = await self._reader.run(
            lambda _: taking.decided(config, source, known, brought, clock=self._clock)
        )
        return await self._writer.keep(lambda store: taking.take(store, source, made, clock=self._clock))

    def _wrong(self, source: ContactSourceConfig) -> str:
        tried = self._tried.get(source.name)
        return "" if tried is None else tried.wrong

    def _say(self, source: ContactSourceConfig, made: Decision) -> None:
        if self._wrong(source):
            _log.info("contacts are right again", source=source.name)
        if made.new or made.changed or made.gone:
            _log.info(
                "contacts imported", source=source.name, contacts=made.total, new=made.new,
                changed=made.changed, gone=made.gone, bad_rows=made.change.bad_rows,
            )  # fmt: skip

    def _say_wrong(self, source: ContactSourceConfig, wrong: str, error: str) -> None:
        if self._wrong(source) != wrong:
            _log.warning("contacts not imported", source=source.name, error=error)
