"""One poll of one phone, from the state the store remembers to the transaction that ends it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import structlog

from phonesync.agent import health
from phonesync.agent.attempt import Attempt, Marker, Remembered, Taken, due_of, is_moved
from phonesync.agent.marks import Marks
from phonesync.agent.reading import Access, Visit, driver_of
from phonesync.agent.taking import take_failure, take_read
from phonesync.agent.turns import Turns
from phonesync.agent.values import UNJUDGED, Due, Polled, PollResult, Stop
from phonesync.agent.words import refused_sentence, unjudged_sentence
from phonesync.agent.writer import StoreWriter
from phonesync.clock import Clock
from phonesync.config import resolve_password
from phonesync.driver.contract import Driver, implied_variant
from phonesync.driver.session import Credentials
from phonesync.errors import (
    ConfigError,
    DriverError,
    LockedOut,
    PhoneError,
    PhonesyncError,
    SignInRefused,
    Unsupported,
)
from phonesync.model import PhoneIdentity
from phonesync.store.records import PhoneStanding, PhoneState
from phonesync.transport import Target, Transport

if TYPE_CHECKING:
    from phonesync.config import Config, PhoneConfig
    from phonesync.store.repository import Store

_log = structlog.get_logger(__name__)

_NOTHING = Remembered()

T = TypeVar("T")


class Poller:
    """Polls phones, one poll at a time for each phone.

    Args:
        config: The configuration.
        store: The store.
        transport: Opens conversations with phones.
        drivers: Installed drivers by name.
        clock: Where time comes from.
        rng: Where jitter comes from.
        env: Environment variables that passwords may come from; the process's own by default.
        writer: The thread in front of the store, where it is shared.

    Attributes:
        turns: Whoever speaks to a phone beside it takes its turn here.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        transport: Transport,
        drivers: Mapping[str, Driver],
        clock: Clock,
        *,
        rng: Random | None = None,
        env: Mapping[str, str] | None = None,
        writer: StoreWriter | None = None,
    ) -> None:
        self._writer = writer or StoreWriter(store, clock=clock)
        self._transport = transport
        self._drivers = drivers
        self._clock = clock
        self._rng = rng or Random()
        self._env = os.environ if env is None else env
        self._marks = Marks()
        self.turns = Turns()
        self._memory: dict[str, Remembered] = {}
        self._config = config
        self._phones: dict[str, PhoneConfig] = {}
        self.configure(config)

    def configure(self, config: Config) -> frozenset[str]:
        """Goes by another configuration from the next poll on; forgets what it knew of changed phones.

        Returns:
            Names of the phones that are reached in another way now.
        """
        before, self._config = self._phones, config
        self._phones = {phone.name: phone for phone in config.phones}
        for name in list(self._memory):
            if self._phones.get(name) != before.get(name):
                del self._memory[name]
        return frozenset(
            name for name, phone in self._phones.items() if name in before and is_moved(before[name], phone)
        )

    def longest(self, phone: PhoneConfig) -> timedelta:
        """The longest time between two reads of a phone."""
        return phone.poll or self._config.agent.poll

    async def poll(self, name: str, *, forced: bool = False) -> PollResult:
        """Polls one phone and tells what came of it; see :meth:`attempt`."""
        return (await self.attempt(name, forced=forced)).result

    async def attempt(self, name: str, *, forced: bool = False) -> Polled:
        """Polls one phone: load, connect, identify, sign in, read, sign out, decide, commit.

        A phone that refused these credentials, or has locked sign-in, is not spoken to.

        Args:
            name: Of a configured phone the store knows.
            forced: A person asked for it: the phone is asked anew what it is.

        Raises:
            StoreError: The store cannot be used.
        """
        async with self.turns.of(name):
            return await self._attempt(name, forced=forced)

    async def _attempt(self, name: str, *, forced: bool) -> Polled:
        phone, zone = self._phones[name], self._config.zone_of(self._phones[name])
        begun = self._clock.monotonic()
        state = await self._writer.keep(lambda store: store.phone(name))
        try:
            credentials = self.credentials(phone)
        except ConfigError as error:
            return await self._fail(self.finished(phone, zone, state, None), error, begun)
        stop = self.stop_for(phone, state, credentials)
        if stop is not None:
            return await self._left_alone(state, stop)
        marker = self.marker(phone, state, credentials)
        visit = self.visit(phone, state, credentials, marker, anew=forced)
        try:
            log = await visit.read(marker.session)
        except (PhoneError, DriverError, ConfigError) as error:
            failed = self.finished(phone, zone, state, credentials, visit, marker)
            return await self._fail(failed, error, begun)
        done = self.finished(phone, zone, state, credentials, visit, marker)
        taken = await self.keep(done, lambda store, attempt: take_read(store, attempt, log))
        return self._polled(phone, taken, readable=True, begun=begun)

    def visit(
        self, phone: PhoneConfig, state: PhoneState, credentials: Credentials, marker: Marker, *, anew: bool
    ) -> Visit:
        """A conversation with a phone, ready to begin.

        Args:
            phone: As configured.
            state: As remembered.
            credentials: As resolved.
            marker: Told before user and password go out.
            anew: Ask the phone what it is, even where that is remembered.
        """
        memory = self._memory.get(phone.name, _NOTHING)
        access = Access(
            target=Target(name=phone.name, url=phone.url, tls=phone.tls, tls_legacy=phone.tls_legacy),
            certificate=state.certificate,
            credentials=credentials,
            driver=phone.driver,
            variant=phone.variant,
            identity=self._configured_identity(phone, state) or self._known_identity(state, anew=anew),
            quirks=phone.quirks,
            experimental=phone.experimental,
            swapped=state.swapped,
            kept=memory.kept,
            known=memory.answers,
        )
        return Visit(
            access,
            transport=self._transport,
            drivers=self._drivers,
            clock=self._clock,
            offering=marker,
        )

    def marker(self, phone: PhoneConfig, state: PhoneState, credentials: Credentials) -> Marker:
        """What is to be told before a phone is signed in to.

        Args:
            phone: As configured.
            state: As the store has it.
            credentials: As resolved.
        """
        return Marker(self._writer, state, url=phone.url, credentials=credentials, marks=self._marks)

    def credentials(self, phone: PhoneConfig) -> Credentials:
        """User and password of a phone, looked up now.

        Raises:
            ConfigError: The password cannot be had.
        """
        password = resolve_password(self._config, phone, env=self._env)
        return Credentials(username=phone.username, password=password)

    def stopped(self, state: PhoneState) -> Stop | None:
        """Why a phone waits for a person, or None where it may be read.

        Args:
            state: As remembered, of a configured phone.
        """
        if state.refused_credentials is None and state.offered_credentials is None:
            return None
        phone = self._phones[state.name]
        try:
            credentials = self.credentials(phone)
        except ConfigError as error:
            # They cannot be had at all, so what was stopped stays stopped.
            return Stop(text=str(error), kind=ConfigError.__name__, due=None)
        return self._stopped_for(phone, state, credentials)

    async def proven(self, phone: PhoneConfig, state: PhoneState, credentials: Credentials) -> bool:
        """Whether a phone has let these very credentials in before."""
        return await self._marks.proven(state.proven_credentials, phone.url, credentials)

    def stop_for(self, phone: PhoneConfig, state: PhoneState, credentials: Credentials) -> Stop | None:
        """Why a phone must not be signed in to now, or None where it may.

        Args:
            phone: As configured.
            state: As remembered.
            credentials: As resolved.
        """
        stop = self._stopped_for(phone, state, credentials)
        if stop is not None:
            return stop
        waits: list[tuple[datetime, str, str]] = []
        if state.locked_until is not None:
            free = state.locked_until + timedelta(seconds=health.LOCK_MARGIN_S)
            waits.append((free, LockedOut.__name__, f"{phone.name} has locked sign-in"))
        if state.sign_in_lost_at is not None:
            free = state.sign_in_lost_at + timedelta(seconds=health.UNANSWERED_S)
            waits.append((free, UNJUDGED, f"The last sign-in to {phone.name} got no verdict"))
        if not waits or max(waits)[0] <= self._clock.now():
            return None
        free, kind, why = max(waits)
        text = f"{why}; it is left alone until {free:%Y-%m-%d %H:%M:%S} UTC."
        due = Due(at=free, deadline=free, slow=state.failures >= health.SLOW_AFTER)
        return Stop(text=text, kind=kind, due=due)

    def _stopped_for(self, phone: PhoneConfig, state: PhoneState, credentials: Credentials) -> Stop | None:
        if self._marks.fits(state.refused_credentials, phone.url, credentials, in_doubt=True):
            text = f"{phone.name} refused the sign-in. {refused_sentence(phone.name)}"
            return Stop(text=text, kind=SignInRefused.__name__, due=None)
        if self._marks.fits(state.offered_credentials, phone.url, credentials, in_doubt=True):
            return Stop(text=unjudged_sentence(phone.name), kind=UNJUDGED, due=None)
        return None

    async def _left_alone(self, state: PhoneState, stop: Stop) -> Polled:
        """The result for a phone that was not spoken to."""
        if stop.due is None and state.standing is not PhoneStanding.REFUSED:
            before, state = state, health.after_stop(state, text=stop.text, kind=stop.kind)
            await self._writer.keep(lambda store: store.save_state(state, before=before))
        result = PollResult(
            name=state.name, ok=False, error=stop.text, error_kind=stop.kind, standing=state.standing
        )
        return Polled(result=result, due=stop.due)

    def _configured_identity(self, phone: PhoneConfig, state: PhoneState) -> PhoneIdentity | None:
        """What the configuration says the phone is: by its variant, or by a driver that implies one."""
        driver = self._drivers.get(phone.driver) if phone.driver else None
        implied = None if driver is None else implied_variant(driver)
        variant = phone.variant or (None if implied is None else implied.name)
        if variant is None:
            return None
        driver = driver or driver_of(self._drivers, vendor=None, variant=variant)
        if driver is None:
            return None
        return PhoneIdentity(
            vendor=driver.vendor,
            variant=variant,
            model=state.model,
            firmware=state.firmware,
            mac=state.mac,
        )

    def _known_identity(self, state: PhoneState, *, anew: bool) -> PhoneIdentity | None:
        """What the phone is remembered to be; None where it is to be asked again.

        A phone may have new firmware after it was away, and any day.
        """
        asked = self._memory.get(state.name, _NOTHING).identified_at
        if anew or asked is None or self._clock.now() - asked >= health.DAY:
            return None
        if state.failures or state.standing is not PhoneStanding.UP:
            return None
        if state.vendor is None or state.variant is None:
            return None
        return PhoneIdentity(
            vendor=state.vendor,
            variant=state.variant,
            model=state.model,
            firmware=state.firmware,
            mac=state.mac,
        )

    async def keep(self, attempt: Attempt, take: Callable[[Store, Attempt], T]) -> T:
        """Takes an attempt into the store; decided on a state loaded afresh where it does not work at once.

        Args:
            attempt: The attempt.
            take: What takes it.

        Raises:
            StoreError: The store cannot be used.
        """
        tries = 0

        def work(store: Store) -> T:
            nonlocal tries
            tries += 1
            if tries == 1:
                return take(store, attempt)
            return take(store, replace(attempt, stored=store.phone(attempt.phone.name)))

        return await self._writer.keep(work)

    def finished(
        self,
        phone: PhoneConfig,
        zone: ZoneInfo,
        state: PhoneState,
        credentials: Credentials | None,
        visit: Visit | None = None,
        marker: Marker | None = None,
    ) -> Attempt:
        """An attempt that has ended now, ready to be taken into the store.

        Args:
            phone: As configured when it began.
            zone: Of its wall clock.
            state: As remembered when it began.
            credentials: As resolved, or None where they could not be.
            visit: The conversation, or None where there was none.
            marker: What was told before sign-in, or None where there was no conversation.
        """
        memory = self._memory.get(phone.name, _NOTHING)
        now = self._clock.now()
        if visit is not None:
            asked = now if visit.identified else memory.identified_at
            memory = replace(memory, identified_at=asked, kept=visit.kept)
        return Attempt(
            phone=phone,
            credentials=credentials,
            visit=visit,
            before=state,
            stored=state if marker is None else marker.state,
            offered=None if marker is None else marker.offered,
            memory=memory,
            zone=zone,
            poll=self.longest(phone),
            now=now,
            rng=self._rng,
        )

    async def _fail(self, attempt: Attempt, error: PhonesyncError, begun: float) -> Polled:
        taken = await self.keep(attempt, lambda store, again: take_failure(store, again, error))
        variant = None if attempt.visit is None else attempt.visit.variant
        readable = not isinstance(error, Unsupported) and (variant is None or variant.readable)
        return self._polled(attempt.phone, taken, readable=readable, begun=begun)

    def _polled(self, phone: PhoneConfig, taken: Taken, *, readable: bool, begun: float) -> Polled:
        """Remembers, says what is to be said, and plans the next read."""
        state = taken.state
        # Of a phone that was changed or removed meanwhile nothing is known: it may be another one.
        if self._phones.get(state.name) == phone:
            self._memory[state.name] = taken.memory
        if taken.said is not None:
            say = {"info": _log.info, "warning": _log.warning, "error": _log.error}[taken.said.level]
            say(taken.said.event, phone=state.name, text=taken.said.text)
        for remark in taken.remarks:
            _log.warning("phone remark", phone=state.name, text=remark)
        took = self._clock.monotonic() - begun
        _log.debug("phone polled", phone=state.name, ok=taken.ok, new=taken.new, took_s=round(took, 3))
        result = PollResult(
            name=state.name,
            ok=taken.ok,
            lists=taken.lists,
            new=taken.new,
            error=None if taken.ok else state.last_error,
            error_kind=None if taken.ok else state.error_kind,
            took_s=took,
            standing=state.standing,
            readable=readable,
        )
        return Polled(result=result, due=due_of(state, taken.memory.deadline))
