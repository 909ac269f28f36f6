"""Polls that other commands ask of the running agent, through the store."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import structlog

from phonesync.agent.values import PollResult
from phonesync.errors import StoreError
from phonesync.store.records import PhoneStanding, PollRequest

if TYPE_CHECKING:
    from phonesync.agent.writer import StoreWriter

_log = structlog.get_logger(__name__)


class Requests:
    """Takes requests from the store and answers them with the result of the poll that served them.

    Args:
        writer: The thread in front of the store.
        force: Polls a phone as soon as possible; False where it is being polled at this moment, so that the
            request has to wait for the poll after it.
    """

    def __init__(self, writer: StoreWriter, *, force: Callable[[str], bool]) -> None:
        self._writer = writer
        self._force = force
        self._taken: dict[str, list[int]] = {}
        self._ids: set[int] = set()
        self._away = False

    @property
    def is_away(self) -> bool:
        """Whether the store could not be used when it was last looked at."""
        return self._away

    async def take(self, known: Collection[str]) -> None:
        """Looks for new requests and has their phones polled; answers those about unknown phones at once.

        Args:
            known: Names of the configured phones.
        """
        try:
            waiting = await self._writer.run(lambda store: store.open_requests())
        except StoreError as error:
            self._say_away(error)
            return
        self._away = False
        for request in waiting:
            if request.id in self._ids:
                continue
            if request.phone not in known:
                await self._answer(request.id, _unknown(request))
            elif self._force(request.phone):
                self._ids.add(request.id)
                self._taken.setdefault(request.phone, []).append(request.id)

    async def answer(self, result: PollResult) -> None:
        """Answers the requests that a poll has served."""
        for number in self._taken.pop(result.name, []):
            await self._answer(number, result)
            self._ids.discard(number)

    def has(self, name: str) -> bool:
        """Whether somebody waits for a poll of this phone."""
        return name in self._taken

    async def _answer(self, number: int, result: PollResult) -> None:
        await self._writer.keep(lambda store: store.finish_request(number, result.to_json()))

    def _say_away(self, error: StoreError) -> None:
        if not self._away:
            self._away = True
            _log.warning("requests cannot be looked for", error=str(error))


def _unknown(request: PollRequest) -> PollResult:
    text = (
        f"The running agent does not know a phone named {request.phone}; "
        "make it read its configuration again (SIGHUP) or start it anew."
    )
    return PollResult(
        name=request.phone, ok=False, error=text, error_kind="ConfigError", standing=PhoneStanding.NEW
    )
