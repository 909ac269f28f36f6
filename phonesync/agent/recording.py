"""Imports what switches add to their records, beside the reads; files are read in a thread of their own.

What goes wrong with a record is said once when it begins and once when it is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog

from phonesync.agent.writer import StoreWriter
from phonesync.cdr import clocking, taking
from phonesync.cdr.reading import RecordReader
from phonesync.cdr.taking import Imported
from phonesync.clock import Clock
from phonesync.errors import SourceError

if TYPE_CHECKING:
    from phonesync.config import CdrConfig, Config

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """The last import of a record.

    Attributes:
        record: As it was configured.
        due: When it is due again, UTC.
        wrong: What was wrong with it, or "".
    """

    record: CdrConfig
    due: datetime
    wrong: str = ""


class Records:
    """Imports every record in its time.

    Args:
        config: Gives the configuration in force.
        writer: The thread in front of the store.
        clock: Where time comes from.
    """

    def __init__(self, config: Callable[[], Config], *, writer: StoreWriter, clock: Clock) -> None:
        self._config, self._writer, self._clock = config, writer, clock
        self._reader = writer.beside()
        self._tried: dict[str, Tried] = {}

    async def work(self) -> None:
        """Imports what is due, one record after the other; at once where it is new or was configured anew.

        Raises:
            StoreError: The store cannot be used.
        """
        config = self._config()
        for record in config.cdr:
            tried = self._tried.get(record.name)
            if tried is None or tried.record != record or tried.due <= self._clock.now():
                await self._import(config, record)

    async def _import(self, config: Config, record: CdrConfig) -> None:
        before = self._tried.get(record.name)
        wrong = "" if before is None else before.wrong
        # Before anything else: a mistake of ours ends this round, and the next one goes on with the others.
        self._tried[record.name] = Tried(record=record, due=self._clock.now() + record.every, wrong=wrong)
        try:
            done = await self._taken(config, record)
        except SourceError as error:
            if not wrong:
                _log.warning("record not imported", record=record.name, error=error.message)
            wrong = error.message
        else:
            if wrong:
                _log.info("record is right again", record=record.name)
            wrong = ""
            await self._say(record, done)
        self._tried[record.name] = Tried(record=record, due=self._clock.now() + record.every, wrong=wrong)

    async def _taken(self, config: Config, record: CdrConfig) -> Imported:
        path = taking.place_of(config, record)
        reached = await self._reader.keep(lambda store: store.cdr_reached(record.name))
        done = Imported(source=record.name, file=path.name)
        reader = RecordReader(config, record, path, reached=reached)
        await self._reader.run(lambda _: reader.open())
        try:
            while (batch := await self._reader.run(lambda _: reader.batch())) is not None:
                keep = partial(taking.take, record=record, batch=batch, follow=True)
                taken = await self._writer.keep(keep)
                reader.took(taken)
                if taken is not None:
                    done = done.with_batch(batch, taken)
        finally:
            reader.close()
        return done

    async def _say(self, record: CdrConfig, done: Imported) -> None:
        for remark in done.remarks:
            _log.warning("line of a record left out", record=record.name, line=str(remark))
        if done.new:
            _log.info("record imported", record=record.name, new=done.new, known=done.known, bad=done.bad)
            await self._writer.keep(lambda store: clocking.learn(store, record.name))
