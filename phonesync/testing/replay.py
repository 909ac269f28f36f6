"""Replays a recorded exchange to a driver: a phone without a network.

:class:`Replay` answers requests from the turns of a fixture, whatever order they come in; :func:`read` runs
a driver over it as the core would: sign in, read, sign out. An ``alter`` function stands between phone and
driver, for answers that are cut, foreign or broken.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from phonesync.driver.contract import Driver, PhoneContext, Variant
from phonesync.driver.session import Credentials, LoginFlow, Request, Response, SignedIn
from phonesync.errors import PhonesyncError, SessionExpired
from phonesync.model import CallLog, PhoneIdentity, PhoneStatus
from phonesync.testing.fixtures import Case, RecordedResponse, Turn

Alter = Callable[[int, RecordedResponse], RecordedResponse]
"""Number of a turn and its recorded answer to the answer that the driver gets."""

MOST_REQUESTS = 200
"""More than this in one read is a loop."""

NOT_FOUND = RecordedResponse(
    status=404,
    headers=(("Content-Type", "text/html"),),
    content=b"<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>",
)


class Nonconformity(AssertionError):
    """A driver broke a promise of the contract; the message says which, where and how."""


def as_recorded(_turn: int, response: RecordedResponse) -> RecordedResponse:
    """The answer unaltered."""
    return response


@dataclass(slots=True, kw_only=True)
class Replay:
    """A session that answers from recorded turns; implements :class:`phonesync.driver.session.Session`.

    Turns may be asked for in any order. Where several fit one request, they answer one after the other, and
    the last of them answers all that follow. A request that fits none is answered with 404 and noted.

    Attributes:
        turns: The exchange.
        clock: What :meth:`now` says.
        alter: Stands between the phone and the driver.
        lenient: Look at method and path only.
        sent: Every request, in order.
        answered: Number of the turn that answered each, or None.
        signed_in: What each sign-in brought.
        sign_in_ended: How many requests had been sent when each sign-in ended.
    """

    turns: tuple[Turn, ...]
    clock: datetime
    alter: Alter = as_recorded
    lenient: bool = False
    sent: list[Request] = field(default_factory=list)
    answered: list[int | None] = field(default_factory=list)
    signed_in: list[SignedIn] = field(default_factory=list)
    sign_in_ended: list[int] = field(default_factory=list)

    async def send(self, request: Request, /) -> Response:
        """Answers from the first fitting turn that has not answered yet, else from the last fitting one.

        Raises:
            Nonconformity: The driver does not come to an end.
        """
        if len(self.sent) >= MOST_REQUESTS:
            raise Nonconformity(f"The driver sent {MOST_REQUESTS} requests and would send more.")
        await asyncio.sleep(0)  # other conversations go on meanwhile, as on a network
        number = self.answering(request)
        self.sent.append(request)
        self.answered.append(number)
        answer = NOT_FOUND if number is None else self.alter(number, self.turns[number].response)
        return Response(
            status=answer.status,
            headers=answer.headers,
            content=answer.content,
            path=request.path,
            at=self.clock,
        )

    def answering(self, request: Request) -> int | None:
        """Number of the turn that answers a request, or None where none fits."""
        fitting = [
            number
            for number, turn in enumerate(self.turns)
            if turn.request.matches(request, lenient=self.lenient)
        ]
        fresh = [number for number in fitting if number not in self.answered]
        return next(iter(fresh or fitting[-1:]), None)

    def now(self) -> datetime:
        """The fixture's clock."""
        return self.clock

    @property
    def unrecorded(self) -> tuple[Request, ...]:
        """Requests that no turn answers."""
        pairs = zip(self.sent, self.answered, strict=True)
        return tuple(request for request, number in pairs if number is None)


class SignedInReplay:
    """A replay behind a vendor's sign-in, as the core runs it.

    Args:
        replay: The phone.
        flow: The vendor's sign-in.
        credentials: What it offers.
        signed_in: A session that is open already, or None.
    """

    def __init__(
        self, replay: Replay, flow: LoginFlow, credentials: Credentials, *, signed_in: SignedIn | None = None
    ) -> None:
        self._replay = replay
        self._flow = flow
        self._credentials = credentials
        self._signed_in = signed_in or SignedIn()

    async def sign_in(self) -> None:
        """Runs the sign-in to its end."""
        steps = self._flow.sign_in(self._credentials, now=self._replay.clock)
        self._signed_in = await self._ended(steps)
        self._replay.signed_in.append(self._signed_in)
        self._replay.sign_in_ended.append(len(self._replay.sent))

    async def _ended(self, steps: Generator[Request, Response, SignedIn]) -> SignedIn:
        try:
            request = next(steps)
            while True:
                request = steps.send(await self._replay.send(request))
        except StopIteration as end:
            found: SignedIn = end.value
            return found

    async def send(self, request: Request, /) -> Response:
        """Sends one request authorised, and again after one new sign-in where the session has expired."""
        response = await self._replay.send(self._flow.authorize(request, self._signed_in))
        if self._flow.is_expired(response):
            await self.sign_in()
            response = await self._replay.send(self._flow.authorize(request, self._signed_in))
            if self._flow.is_expired(response):
                raise SessionExpired("The session expired again right after a new sign-in.")
        return response

    async def sign_out(self) -> None:
        """Sends what ends the session, where the vendor has it."""
        last = self._flow.sign_out(self._signed_in)
        if last is not None:
            await self._replay.send(last)

    def now(self) -> datetime:
        """The fixture's clock."""
        return self._replay.clock


def replay_of(case: Case, *, alter: Alter = as_recorded, lenient: bool = False) -> Replay:
    """The phone of a fixture."""
    return Replay(turns=case.turns, clock=case.now, alter=alter, lenient=lenient)


def variant_of(driver: Driver, identity: PhoneIdentity, quirks: Mapping[str, str]) -> Variant:
    """What ``driver`` can do with a phone.

    Raises:
        Nonconformity: The driver does not know its own variant or quirks.
    """
    try:
        return driver.capabilities(identity, quirks=quirks)
    except PhonesyncError as error:
        raise Nonconformity(
            f"capabilities of {identity.variant} with quirks {dict(quirks)} raised {error!r}."
        ) from error


def context_of(driver: Driver, case: Case) -> PhoneContext:
    """What the core would tell ``driver`` about the phone of a fixture.

    Raises:
        Nonconformity: The driver does not know its own variant or quirks.
    """
    identity = PhoneIdentity(
        vendor=driver.vendor, variant=case.variant, model=case.model, firmware=case.firmware
    )
    return PhoneContext(
        identity=identity,
        variant=variant_of(driver, identity, case.quirks),
        quirks=case.quirks,
        experimental=case.experimental,
    )


@asynccontextmanager
async def signed_in(
    driver: Driver, case: Case, replay: Replay, credentials: Credentials | None = None
) -> AsyncIterator[SignedInReplay]:
    """A signed-in session with the phone of a fixture, signed out at the end."""
    flow = driver.login_flow(phone=context_of(driver, case))
    session = SignedInReplay(replay, flow, credentials or case.credentials, signed_in=case.signed_in)
    if case.signed_in is None:
        await session.sign_in()
    try:
        yield session
    finally:
        await session.sign_out()


async def read(driver: Driver, case: Case, replay: Replay, credentials: Credentials | None = None) -> CallLog:
    """Signs in, reads the call lists, signs out.

    Raises:
        PhoneError: As the driver raises it.
    """
    async with signed_in(driver, case, replay, credentials) as session:
        return await driver.read_call_log(session, phone=context_of(driver, case))


async def read_status(driver: Driver, case: Case, replay: Replay) -> PhoneStatus:
    """Signs in, reads clock and settings, signs out.

    Raises:
        PhoneError: As the driver raises it.
    """
    async with signed_in(driver, case, replay) as session:
        return await driver.read_status(session, phone=context_of(driver, case))
