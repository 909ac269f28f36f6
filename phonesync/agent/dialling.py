"""Letting a phone dial: one short conversation, after the poll in hand and before the next.

Politeness counts double here. What dials is sent once, whatever comes of it; a password goes out only where
it has let us in before; a phone that has refused one is left alone for a while. Nothing that a phone says to
an order changes how it is read, but for a lock, which a poll would make longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from phonesync.agent.checking import NotTried
from phonesync.agent.taking import take_check
from phonesync.driver.contract import Driver, PhoneContext
from phonesync.driver.dialling import (
    DialOrder,
    DialRefused,
    DialRoute,
    DialsNumbers,
    Steps,
    can_be_dialled,
)
from phonesync.errors import ConfigError, LockedOut, PhoneBusy, PhoneError, SignInRefused, Unsupported

if TYPE_CHECKING:
    from phonesync.agent.poller import Poller
    from phonesync.agent.writer import StoreWriter
    from phonesync.clock import Clock
    from phonesync.config import Config, PhoneConfig
    from phonesync.driver.session import Credentials
    from phonesync.store.records import PhoneState

PATIENCE_S = 20.0
"""So long the end of a poll is waited for, seconds."""

AGAIN_S = 5.0
"""Who asks for the same number within so many seconds has clicked twice."""

REFUSED_S = 600.0
"""A phone that refused user or password is not told to dial again before that, seconds."""

NOT_ALLOWED = (
    "This phone is told to dial in a way that nobody has shown on one of its kind: write "
    "`experimental = true` into its table to have it tried."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """A phone that has taken an order.

    Attributes:
        phone: Its name.
        confirmed: It has said that it dials; else only that it has understood.
    """

    phone: str
    confirmed: bool


class Dialler:
    """Lets phones dial, one order at a time for each.

    Args:
        config: Gives the configuration in force.
        poller: Knows how to reach a phone, and which ones must be left alone.
        writer: The thread in front of the store.
        clock: Where time comes from.
    """

    def __init__(
        self, config: Callable[[], Config], poller: Poller, writer: StoreWriter, clock: Clock
    ) -> None:
        self._config = config
        self._poller = poller
        self._writer = writer
        self._clock = clock
        self._lately: dict[str, tuple[str, float]] = {}
        self._refused: dict[str, tuple[Credentials, float, str]] = {}

    async def dial(self, name: str, number: str) -> Dialled:
        """Lets a phone dial.

        Args:
            name: Of a configured phone that the store knows.
            number: Digits, ``+``, ``*`` and ``#``, as somebody would press them there.

        Raises:
            DialRefused: The phone does not.
            PhoneBusy: It is being read, or was just told to dial that number.
            PhoneError: It could not be reached, refused the password, or said what is not understood.
            NotTried: It must be left alone, or its password has never been proven.
            ConfigError: The number cannot be dialled, or the password cannot be had.
            StoreError: The store cannot be used.
        """
        if not can_be_dialled(number):
            raise ConfigError(f'"{number}" cannot be dialled: only digits, +, * and # can.')
        phone = self._config().phone(name)
        turn = self._poller.turns.of(name)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await turn.acquire()
        except TimeoutError:
            raise PhoneBusy(f"{name} is being read just now.", hint="Try again in a moment.") from None
        try:
            return await self._ordered(phone, number)
        finally:
            turn.release()

    async def _ordered(self, phone: PhoneConfig, number: str) -> Dialled:
        now = self._clock.monotonic()
        last, at = self._lately.get(phone.name, ("", 0.0))
        if last == number and now - at < AGAIN_S:
            raise PhoneBusy(f"{phone.name} was told to dial that a moment ago.")
        state = await self._writer.keep(lambda store: store.phone(phone.name))
        credentials = self._poller.credentials(phone)
        await self._may_be_asked(phone, state, credentials)
        dial = self._config().outlets.dial
        line = next((int(line) for line, user in phone.lines.items() if user == phone.extension), 1)
        order = DialOrder(number=number, account=phone.extension, server=dial.server, line=line)
        settled = False
        try:
            route = await self._made(phone, state, credentials, order)
        except PhoneError as error:
            # What it did not take may be asked for again at once; what was lost on the way may ring.
            settled = not is_unsettled(error)
            if isinstance(error, SignInRefused):
                self._refused[phone.name] = (credentials, self._clock.monotonic(), error.message)
            raise
        finally:
            if not settled:
                self._lately[phone.name] = (number, self._clock.monotonic())
        return Dialled(phone=phone.name, confirmed=route.confirms)

    async def _may_be_asked(self, phone: PhoneConfig, state: PhoneState, credentials: Credentials) -> None:
        if not phone.enabled:
            raise NotTried(f"{phone.name} is switched off in the configuration.")
        stop = self._poller.stop_for(phone, state, credentials)
        if stop is not None:
            raise NotTried(stop.text)
        with_these, at, said = self._refused.get(phone.name, (None, 0.0, ""))
        if with_these == credentials and self._clock.monotonic() - at < REFUSED_S:
            raise NotTried(f"{said} It is not told to dial again for {REFUSED_S / 60:g} minutes.")
        if not await self._poller.proven(phone, state, credentials):
            raise NotTried(
                f"phonesync has never signed in to {phone.name} with this password, so it does not offer it.",
                hint=f"An administrator runs `phonesync check {phone.name}` once.",
            )

    async def _made(
        self, phone: PhoneConfig, state: PhoneState, credentials: Credentials, order: DialOrder
    ) -> DialRoute:
        marker = self._poller.marker(phone, state, credentials)
        visit = self._poller.visit(phone, state, credentials, marker, anew=False)
        taken: list[DialRoute] = []

        def begin(driver: Driver, context: PhoneContext) -> Steps:
            dials, route = _route(driver, context)
            taken.append(route)
            return dials.dial(order, credentials, phone=context)

        try:
            await visit.order(begin)
        except LockedOut as error:
            zone, locked = self._config().zone_of(phone), error
            attempt = self._poller.finished(phone, zone, state, credentials, visit, marker)
            await self._poller.keep(attempt, lambda store, again: take_check(store, again, locked))
            raise
        return taken[0]


def _route(driver: Driver, phone: PhoneContext) -> tuple[DialsNumbers, DialRoute]:
    """How a phone is told to dial.

    Raises:
        Unsupported: No way is known, or an experimental one that nobody allowed.
    """
    variant, model = phone.variant, phone.identity.model
    route = None
    if isinstance(driver, DialsNumbers):
        route = driver.dial_route(variant=variant.name, model=model)
        if route is not None and (phone.experimental or not route.experimental):
            return driver, route
    if route is not None:
        raise Unsupported(NOT_ALLOWED)
    raise Unsupported(f"No way is known to let {model or variant.title} phones dial.")


def is_unsettled(error: PhoneError) -> bool:
    """Whether it may ring all the same: the order may have reached the phone."""
    settled = (DialRefused, NotTried, Unsupported, SignInRefused, LockedOut, PhoneBusy)
    return not isinstance(error, settled)
