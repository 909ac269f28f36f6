"""The phone's side of a poll: connect, identify, sign in, read, sign out.

A :class:`Visit` remembers what it learned even where it fails: the identity, the certificate, and whether a
web session may have been left open.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, TypeVar

from phonesync import registry
from phonesync.clock import Clock
from phonesync.driver.contract import Driver, PhoneContext, Variant
from phonesync.driver.dialling import Steps
from phonesync.driver.session import Credentials, Session, SignedIn
from phonesync.errors import (
    DriverError,
    LockedOut,
    NotIdentified,
    PhoneBusy,
    SignInRefused,
    UnexpectedResponse,
    Unsupported,
)
from phonesync.model import CallLog, PhoneIdentity, no_quirks
from phonesync.transport import Connection, SignedInSession, Target, Transport

T = TypeVar("T")
Mark = Callable[[Variant], Awaitable[None]]
"""Called right before sign-in, with the variant in force."""


class Offering(Protocol):
    """Told of user and password on their way."""

    async def offer(self) -> None:
        """They are about to go out."""
        ...

    async def accepted(self) -> None:
        """The phone has let them in."""
        ...


Use = Callable[[Session, Driver, PhoneContext], Awaitable[T]]
"""What is done between sign-in and sign-out."""

_MOST_STEPS = 4
"""Requests of one order to dial; the longest known takes two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSession:
    """A web session kept for the next read, because this generation has no sign-out.

    Attributes:
        variant: Name of the variant it was opened for.
        credentials: What it was opened with; with others it is not used.
        signed_in: What the sign-in brought.
    """

    variant: str
    credentials: Credentials
    signed_in: SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What it takes to read one phone.

    Attributes:
        target: Where it is.
        certificate: SHA-256 pinned at first use, hex, or None.
        credentials: User and password.
        driver: Name of the configured driver, or None for any.
        variant: Name of the configured variant, or None for the identified one.
        identity: What the phone is known to be, or None to identify it anew.
        quirks: As configured.
        experimental: Routes that rest on a path alone are allowed.
        swapped: Variants for which it was ordered to exchange the two list codes in conflict.
        kept: A session kept from an earlier read, on generations without a sign-out.
        known: Fingerprints of the answers of the last good read.
    """

    target: Target
    certificate: str | None
    credentials: Credentials
    driver: str | None = None
    variant: str | None = None
    identity: PhoneIdentity | None = None
    quirks: Mapping[str, str] = field(default_factory=no_quirks)
    experimental: bool = False
    swapped: tuple[str, ...] = ()
    kept: KeptSession | None = None
    known: frozenset[bytes] = frozenset()


class Visit:
    """One conversation with one phone, and what it learned.

    Attributes:
        identity: What the phone is, or None before that is known.
        identified: It was asked in this visit, not remembered.
        variant: The variant in force, quirks applied, or None before that is known.
        certificate: SHA-256 of the certificate seen, hex, or None.
        signed_in: A session is or was open, a new one or a kept one.
        accepted: The phone let these very credentials in, in this visit.
        offered: User and password may have reached the phone.
        unanswered: A sign-in broke off without a verdict: the phone may have counted a wrong password.
        kept: The session to use at the next read, or None.
        left_open: A web session may be open on the phone afterwards; None where no sign-in was sent, or
            where it was turned away.
        at: The instant before the lists were asked for, UTC.
        driver: The driver that speaks to the phone, or None before that is known.
        context: What that driver is told about it, or None.
        opened: What the sign-in brought, or None.
    """

    def __init__(
        self,
        access: Access,
        *,
        transport: Transport,
        drivers: Mapping[str, Driver],
        clock: Clock,
        offering: Offering,
    ) -> None:
        self._access = access
        self._offering = offering
        self._transport = transport
        self._drivers = drivers
        self._clock = clock
        self.identity: PhoneIdentity | None = None
        self.identified = False
        self.variant: Variant | None = None
        self.certificate: str | None = access.certificate
        self.signed_in = False
        self.accepted = False
        self.offered = False
        self.unanswered = False
        self.kept = access.kept
        self.left_open: bool | None = None
        self.at: datetime = clock.now()
        self.driver: Driver | None = None
        self.context: PhoneContext | None = None
        self.opened: SignedIn | None = None

    async def read(self, before_sign_in: Mark) -> CallLog:
        """Reads every list of the phone.

        Args:
            before_sign_in: Called right before sign-in.

        Raises:
            PhoneError: The phone could not be read.
            DriverError: No or more than one driver fits.
        """
        return await self.make(before_sign_in, self.read_lists)

    async def read_lists(self, session: Session, driver: Driver, phone: PhoneContext) -> CallLog:
        """Reads the lists in a session that is open, and notes the instant before."""
        self.at = self._clock.now()
        return await driver.read_call_log(session, phone=phone)

    async def make(self, before_sign_in: Mark, use: Use[T], *, unread: bool = False) -> T:
        """Connects, identifies, signs in, has ``use`` done, and signs out whatever came of it.

        Args:
            before_sign_in: Called right before sign-in.
            use: What to do in the session.
            unread: Sign in also where the lists may not be read, if it is known how.

        Raises:
            PhoneError: The phone could not be read.
            DriverError: No or more than one driver fits.
        """
        access = self._access
        async with self._transport.connect(access.target, certificate=access.certificate) as connection:
            try:
                driver, phone = await self._recognised(connection)
                if not phone.may_read and not (unread and phone.variant.does("sign_in")):
                    raise Unsupported(phone.variant.refusal)
                await before_sign_in(phone.variant)
                return await self._in_session(connection, driver, phone, use)
            except UnexpectedResponse as error:
                if error.content and not error.excerpt:
                    error.excerpt = connection.excerpt(error.content)
                raise
            finally:
                self.certificate = connection.certificate or self.certificate

    async def order(self, begin: Callable[[Driver, PhoneContext], Steps]) -> None:
        """Connects and sends an order, each request of it once and without a web session.

        Args:
            begin: Gives the order's requests.

        Raises:
            PhoneError: The phone did not take it, or nobody knows whether it did.
            DriverError: No or more than one driver fits.
        """
        access = self._access
        async with self._transport.connect(access.target, certificate=access.certificate) as connection:
            connection.hide(access.credentials.password)
            driver, phone = await self._recognised(connection)
            steps = begin(driver, phone)
            try:
                request = next(steps)
                for _ in range(_MOST_STEPS):
                    request = steps.send(await connection.send_once(request, whole=True))
            except StopIteration:
                return
            finally:
                steps.close()
                self.certificate = connection.certificate or self.certificate
            raise DriverError(f"The order of {driver.name} to {access.target.name} does not end.")

    async def _recognised(self, connection: Connection) -> tuple[Driver, PhoneContext]:
        access = self._access
        identity = access.identity
        driver = None if identity is None else self._driver_of(identity)
        if identity is None or driver is None:
            driver, identity = await self._identified(connection)
            self.identified = True
        if access.variant is not None:
            identity = replace(identity, variant=access.variant)
        swap = swap_order(driver, identity.variant, access.swapped) is not None
        variant = variant_of(driver, identity, access.quirks, swap=swap)
        self.driver, self.identity, self.variant = driver, identity, variant
        await connection.read_answers(leniently=variant.lenient_http)
        context = self.context = PhoneContext(
            identity=identity,
            variant=variant,
            quirks=access.quirks,
            experimental=access.experimental,
            origin=access.target.url.rstrip("/"),
            known=access.known,
        )
        return driver, context

    async def _identified(self, connection: Connection) -> tuple[Driver, PhoneIdentity]:
        """Driver and identity; asked once more, leniently, where HTTP was broken and no driver fitted."""
        try:
            return await registry.identify(connection, self._drivers, only=self._access.driver)
        except (UnexpectedResponse, NotIdentified):
            if not connection.broke_http or connection.reads_leniently:
                raise
        await connection.read_answers(leniently=True)
        return await registry.identify(connection, self._drivers, only=self._access.driver)

    def _driver_of(self, identity: PhoneIdentity) -> Driver | None:
        """The driver that speaks a remembered variant; None where it is no longer installed."""
        if self._access.driver is not None:
            driver = self._drivers.get(self._access.driver)
            return driver if driver is not None and identity.variant in driver.variants else None
        return driver_of(self._drivers, vendor=identity.vendor, variant=identity.variant)

    async def _in_session(
        self, connection: Connection, driver: Driver, phone: PhoneContext, use: Use[T]
    ) -> T:
        session = self._session(connection, driver, phone)
        self.left_open = True
        try:
            await session.sign_in()
            if session.accepted:
                await self._offering.accepted()
            self.signed_in = True
            self.opened = session.signed_in
            return await use(session, driver, phone)
        except (SignInRefused, LockedOut, PhoneBusy):
            self.left_open = None
            raise
        finally:
            self.accepted, self.offered = session.accepted, session.offered
            self.unanswered = session.unanswered
            self.kept = _kept(phone.variant, self._access.credentials, session.signed_in)
            if phone.variant.signs_out:
                await session.sign_out()
                if self.signed_in:
                    self.left_open = session.left_open

    def _session(self, connection: Connection, driver: Driver, phone: PhoneContext) -> SignedInSession:
        kept = self._access.kept
        opened_for = (phone.variant.name, self._access.credentials)
        usable = kept is not None and (kept.variant, kept.credentials) == opened_for
        return SignedInSession(
            connection,
            driver.login_flow(phone=phone),
            self._access.credentials,
            signed_in=kept.signed_in if kept is not None and usable else None,
            before_offer=self._offering.offer,
        )


def _kept(variant: Variant, credentials: Credentials, signed_in: SignedIn | None) -> KeptSession | None:
    if variant.signs_out or signed_in is None:
        return None
    return KeptSession(variant=variant.name, credentials=credentials, signed_in=signed_in)


def variant_of(driver: Driver, identity: PhoneIdentity, quirks: Mapping[str, str], *, swap: bool) -> Variant:
    """The variant in force: as identified, with the configured quirks, and the swap asked for.

    A swap exchanges what two list codes mean. A quirk of the configuration that settles the meaning of one
    of them stands above it.

    Args:
        driver: The phone's driver.
        identity: What the phone is.
        quirks: As configured.
        swap: Exchange the two codes in conflict.

    Raises:
        DriverError: The driver does not have that variant.
    """
    if identity.variant not in driver.variants:
        raise DriverError(
            f'The driver {driver.name} has no variant "{identity.variant}".',
            hint='`phonesync drivers` lists the variants; variant = "…" in the phone\'s table sets one.',
        )
    variant = driver.capabilities(identity, quirks=quirks)
    if not swap or variant.swap is None:
        return variant
    one, other = variant.swap
    exchanged = {
        f"type_{one}": variant.lists[other].value,
        f"type_{other}": variant.lists[one].value,
    }
    if exchanged.keys() & quirks.keys():
        return variant
    return driver.capabilities(identity, quirks={**quirks, **exchanged})


def swap_order(driver: Driver, variant: str, swapped: Sequence[str]) -> str | None:
    """The variant whose order exchanges the two list codes in conflict on ``variant``; None where none does.

    An order says what two codes of a phone mean. It is kept when the phone's firmware becomes one of another
    variant with the same two codes in conflict: there the codes are exchanged if they would mean something
    else than was said. An order given for the variant itself stands above that, and a later one above an
    earlier one.

    Args:
        driver: The phone's driver.
        variant: The variant in question.
        swapped: The variants for which the exchange was ordered, the latest last.
    """
    if variant in swapped:
        return variant
    own = driver.variants.get(variant)
    for ordered in reversed(swapped):
        other = driver.variants.get(ordered)
        if own is None or own.swap is None or other is None or other.swap is None:
            continue
        if set(other.swap) != set(own.swap):
            continue
        one, two = other.swap
        said = {one: other.lists[two], two: other.lists[one]}
        if set(said.values()) == {own.lists[code] for code in said}:
            return ordered if any(own.lists[code] is not name for code, name in said.items()) else None
    return None


def driver_of(drivers: Mapping[str, Driver], *, vendor: str | None, variant: str) -> Driver | None:
    """The driver that has a variant of that name, of that vendor where one is given; None if none has."""
    fitting = (
        driver
        for driver in drivers.values()
        if variant in driver.variants and vendor in (None, driver.vendor)
    )
    return next(fitting, None)
