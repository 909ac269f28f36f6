"""``phonebook show``, ``plan`` and ``push`` as the command line calls them: taking turns with the agent.

Many phones allow one web session only. So where an agent runs on the store, it is asked to read the phone
first: a phone just read is left alone for a minute, which is longer than one conversation here takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from phonesync import registry
from phonesync.agent.agent import Agent
from phonesync.agent.bookmaking import Bookmaker
from phonesync.agent.checking import NotTried
from phonesync.agent.commands import ask, opened, take_lock
from phonesync.agent.push_values import PlannedPush, PushResult, ShownContacts
from phonesync.agent.pushing import Pusher, Wanted
from phonesync.clock import Clock, SystemClock
from phonesync.driver.contract import Driver
from phonesync.driver.phonebooks import BookLimits
from phonesync.errors import PhonesyncError
from phonesync.model import Phonebook
from phonesync.phonebook.building import CANARY
from phonesync.store.repository import Store
from phonesync.transport import Transport

if TYPE_CHECKING:
    from phonesync.config import Config

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What commands about contacts on phones work with.

    Attributes:
        wanted: What a phone is to hold.
        clock: Where time comes from.
        transport: Opens conversations with phones; real sockets where it is None.
        drivers: Drivers by name; the installed ones where it is None.
    """

    wanted: Wanted
    clock: Clock
    transport: Transport | None = None
    drivers: Mapping[str, Driver] | None = None


def means(config: Config) -> Means:
    """The usual ones: the phonebooks that are offered too, the machine's clock, real sockets.

    The dated contact that proves an offered book fresh is left out: most phones could never be told to
    change it.
    """
    clock, drivers = SystemClock(), registry.drivers()

    def wanted(store: Store, name: str, limits: BookLimits) -> Phonebook:
        book = Bookmaker(config, store, drivers, clock).book(name, limits=limits).book
        return replace(book, entries=tuple(one for one in book.entries if one.contact != CANARY))

    return Means(wanted=wanted, clock=clock, drivers=drivers)


def show(config: Config, name: str) -> ShownContacts:
    """What a phone holds now; see :func:`show_contacts`."""
    return asyncio.run(show_contacts(config, name, means(config)))


def plan(config: Config, name: str, *, again: bool) -> PlannedPush:
    """What a push would do now; see :func:`plan_contacts`."""
    return asyncio.run(plan_contacts(config, name, means(config), again=again))


def push(config: Config, name: str, *, again: bool) -> PushResult:
    """Writes to a phone; see :func:`push_contacts`."""
    return asyncio.run(push_contacts(config, name, means(config), again=again))


async def show_contacts(config: Config, name: str, by: Means) -> ShownContacts:
    """What a phone holds now.

    Raises:
        PhonesyncError: It cannot be read, or must be left alone; the sentence says why.
    """
    return await _once(config, name, by, lambda pusher: pusher.show(name))


async def plan_contacts(config: Config, name: str, by: Means, *, again: bool = False) -> PlannedPush:
    """What a push to a phone would do now.

    Raises:
        PlanRefused: An empty phonebook for a phone to which contacts were pushed.
        PhonesyncError: The phone cannot be read, or must be left alone; the sentence says why.
    """
    return await _once(config, name, by, lambda pusher: pusher.plan(name, again=again))


async def push_contacts(config: Config, name: str, by: Means, *, again: bool = False) -> PushResult:
    """Writes to a phone, conversation by conversation, until nothing is left or the phone takes no more.

    Args:
        config: The configuration.
        name: Of a configured phone.
        by: What it is done with.
        again: Where the phone cannot be read: write once more what may have been lost.

    Raises:
        PlanRefused: An empty phonebook for a phone to which contacts were pushed.
        PhonesyncError: It never came to a plan; the sentence says why.
    """
    done: PushResult | None = None
    async with opened(config, by.clock, by.transport, by.drivers) as (store, agent):
        pusher = Pusher(config, agent.poller, agent.writer, by.clock, wanted=by.wanted)
        while True:
            try:
                part = await _turn(store, agent, by.clock, name, lambda: pusher.push(name, again=again))
            except PhonesyncError as error:
                if done is None:
                    raise
                return replace(done, error=str(error))
            done = part if done is None else _joined(done, part)
            if done.error is not None or not part.left or not part.written:
                return done


def _joined(before: PushResult, part: PushResult) -> PushResult:
    """Two conversations of one push."""
    taken = {step.contact for step in part.written}
    refused = tuple(one for one in before.refused if one.step.contact not in taken)
    said = {one.step.contact for one in part.refused}
    return replace(
        part,
        written=(*before.written, *part.written),
        refused=(*(one for one in refused if one.step.contact not in said), *part.refused),
    )


async def _once(config: Config, name: str, by: Means, use: Callable[[Pusher], Awaitable[T]]) -> T:
    async with opened(config, by.clock, by.transport, by.drivers) as (store, agent):
        pusher = Pusher(config, agent.poller, agent.writer, by.clock, wanted=by.wanted)
        return await _turn(store, agent, by.clock, name, lambda: use(pusher))


async def _turn(store: Store, agent: Agent, clock: Clock, name: str, use: Callable[[], Awaitable[T]]) -> T:
    """Holds the store as an agent does, or has the running agent read the phone first.

    Raises:
        NotTried: The running agent could not read it, or does not answer.
    """
    with ExitStack() as held:
        if not take_lock(held, store):
            asked = await ask(store, agent.writer, [name], clock)
            result = asked.results.get(name)
            if result is None and not take_lock(held, store):
                raise NotTried(
                    f"The running agent does not answer whether {name} may be spoken to.",
                    hint="Its log says what it is doing; try again later.",
                )
            if result is not None and not result.ok and result.readable:
                raise NotTried(f"The running agent could not read {name} just now: {result.error}")
        return await use()
