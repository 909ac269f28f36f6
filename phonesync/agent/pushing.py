"""Contacts on phones: look, plan, write. One conversation each, by the rules of a poll.

Every write is recorded before it goes out and after the phone has taken it, in a small transaction each. So a
push may be cut anywhere: the next one finds in the record what may have arrived, and on the phone what has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from phonesync.agent.ordered import ordered
from phonesync.agent.poller import Poller
from phonesync.agent.push_values import PlannedPush, PushResult, Refusal, ShownContacts
from phonesync.driver.contract import Driver, PhoneContext, Variant
from phonesync.driver.phonebooks import BookLimits, HeldContact, PhonebookSink
from phonesync.driver.session import Session
from phonesync.errors import PhonesyncError, PlanRefused, PushRejected, Unsupported
from phonesync.model import BookEntry, Phonebook
from phonesync.numbering import canonical
from phonesync.phonebook.contents import bare, digest, lines
from phonesync.phonebook.matching import match
from phonesync.phonebook.push_values import Action, PushRecord, PushState, PushStep
from phonesync.phonebook.pushing import plan_push
from phonesync.store.records import PhoneState

if TYPE_CHECKING:
    from phonesync.agent.writer import StoreWriter
    from phonesync.clock import Clock
    from phonesync.config import Config
    from phonesync.store.repository import Store

T = TypeVar("T")

WRITING_S = 25.0
"""How long one conversation goes on writing. A conversation has 60 s in all, and so long does a running agent
leave a phone alone that it has just read; what is left follows in the next conversation."""

MOST_REFUSED = 5
"""Contacts refused in a row after which a phone is not asked any more: it is full, or takes none."""

Wanted: TypeAlias = Callable[["Store", str, BookLimits], Phonebook]
"""The phonebook that a phone of that name is to hold, within those limits."""

_NO_ROUTE = "No way is known to write contacts to {title} phones; offer them a phonebook to fetch instead."
_NOT_ALLOWED = (
    "Contacts are written to this phone in a way that rests on one client alone: write `experimental = true` "
    "into the phone's table to have it tried."
)


class Pusher:
    """Looks at and writes to the contacts of phones.

    Args:
        config: The configuration.
        poller: Knows how to reach a phone, and which ones must be left alone.
        writer: The thread in front of the store.
        clock: Where time comes from.
        wanted: What a phone is to hold.
    """

    def __init__(
        self, config: Config, poller: Poller, writer: StoreWriter, clock: Clock, *, wanted: Wanted
    ) -> None:
        self._config = config
        self._poller = poller
        self._writer = writer
        self._clock = clock
        self._wanted = wanted

    async def show(self, name: str) -> ShownContacts:
        """What a phone holds, read now.

        Raises:
            PhonesyncError: It cannot be read; the sentence says why.
        """

        async def look(talk: _Talk) -> ShownContacts:
            held = await talk.read()
            records = await self._records(talk)
            if talk.route is None:
                return ShownContacts(name=name, held=held)
            found = match(held, records, (), route=talk.route)
            of = {id(one): contact for contact, one in found.ours.items()}
            ours = {place: of[id(one)] for place, one in enumerate(held) if id(one) in of}
            return ShownContacts(name=name, held=held, ours=ours, note=talk.route.note)

        return await self._converse(name, look, writes=False)

    async def plan(self, name: str, *, again: bool = False) -> PlannedPush:
        """What a push would do now; nothing is written.

        Raises:
            PlanRefused: An empty phonebook for a phone to which contacts were pushed.
            PhonesyncError: The phone cannot be read; the sentence says why.
        """

        async def look(talk: _Talk) -> PlannedPush:
            return await self._planned(talk, again=again)

        return await self._converse(name, look)

    async def push(self, name: str, *, again: bool = False) -> PushResult:
        """Writes for the time of one conversation.

        Args:
            name: Of a configured phone that the store knows.
            again: Where the phone cannot be read: write once more what may have been lost.

        Raises:
            PlanRefused: An empty phonebook for a phone to which contacts were pushed.
            PhonesyncError: It never came to a plan; the sentence says why.
        """
        push = _Push(name)

        async def write(talk: _Talk) -> PushResult:
            push.planned = await self._planned(talk, again=again)
            await self._settle(talk, push.planned)
            push.left = list(push.planned.plan.orders)
            await self._write(talk, push)
            if talk.held is not None and (push.written or push.refused):
                talk.held = await talk.read()
                push.planned = await self._planned(talk, again=False)
                await self._settle(talk, push.planned)
                push.look_back()
            return push.result()

        try:
            return await self._converse(name, write)
        except PhonesyncError as error:
            if push.planned is None or isinstance(error, PlanRefused):
                raise
            return push.result(error=str(error))

    # One conversation.

    async def _converse(self, name: str, use: Callable[[_Talk], Awaitable[T]], *, writes: bool = True) -> T:
        order = await ordered(self._config, self._poller, self._writer, name)
        visit, state = order.visit, order.state

        async def before_sign_in(variant: Variant) -> None:
            assert visit.driver is not None, "it is known before anybody signs in"
            assert visit.context is not None
            _check(visit.driver, visit.context, state, writes=writes)
            await order.marker.session(variant)

        async def made(session: Session, driver: Driver, context: PhoneContext) -> T:
            assert isinstance(driver, PhonebookSink), "checked before sign-in"
            return await use(_Talk(session, driver, context, state))

        failed: PhonesyncError | None = None
        try:
            return await visit.make(before_sign_in, made, unread=True)
        except PhonesyncError as error:
            failed = error
            raise
        finally:
            await order.ended(self._config, self._poller, failed)

    async def _records(self, talk: _Talk) -> list[PushRecord]:
        return await self._writer.keep(lambda store: store.pushed(talk.incarnation))

    async def _planned(self, talk: _Talk, *, again: bool) -> PlannedPush:
        route = talk.route
        assert route is not None, "checked before sign-in"
        phone = self._config.phone(talk.name)
        limits = replace(route.limits, entries=phone.phonebook_entries or route.limits.entries)
        book = await self._writer.keep(lambda store: self._wanted(store, talk.name, limits))
        fits = [(entry.name, talk.fitted(entry)) for entry in book.entries]
        if route.reads and talk.held is None:
            talk.held = await talk.read()
        dial_plan = self._config.site_of(phone).dial_plan

        def same(number: str) -> str:
            return canonical(dial_plan, number) or bare(number)

        plan = plan_push(
            [fit for _, fit in fits if fit is not None],
            held=talk.held,
            records=await self._records(talk),
            route=route,
            limits=limits,
            again=again,
            same=same,
        )
        unfit = tuple(shown for shown, fit in fits if fit is None)
        return PlannedPush(name=talk.name, plan=plan, route=route, unfit=unfit)

    async def _settle(self, talk: _Talk, planned: PlannedPush) -> None:
        """Keeps what reading the phone has proven, before anything else is written."""
        plan = planned.plan
        await self._keep(talk, *plan.settled, gone=plan.gone)

    async def _keep(self, talk: _Talk, *records: PushRecord, gone: tuple[str, ...] = ()) -> None:
        await self._writer.keep(lambda store: store.keep_pushed(talk.incarnation, records, gone=gone))

    async def _write(self, talk: _Talk, push: _Push) -> None:
        begun = self._clock.monotonic()
        in_a_row = 0
        while push.left and in_a_row < MOST_REFUSED and self._clock.monotonic() - begun < WRITING_S:
            step = push.left[0]
            try:
                await self._make(talk, step)
            except PushRejected as error:
                push.refused.append(Refusal(step=step, text=str(error)))
                in_a_row += 1
            else:
                push.written.append(step)
                in_a_row = 0
            push.left.pop(0)

    async def _make(self, talk: _Talk, step: PushStep) -> None:
        """One write: recorded, sent, recorded.

        Raises:
            PushRejected: The phone refused it; the record is as it was.
        """
        if step.entry is None:
            assert step.held is not None, "only what stands there is removed"
            await talk.sink.remove_contact(talk.session, step.held, phone=talk.context)
            await self._keep(talk, gone=(step.contact,))
            return
        sent, undone = _records_of(step, step.entry, changes=step.action is Action.CHANGE)
        await self._keep(talk, sent)
        try:
            said = await talk.sink.write_contact(talk.session, step.entry, phone=talk.context, held=step.held)
        except PushRejected:
            await self._keep(talk, *undone, gone=() if undone else (step.contact,))
            raise
        held_id = sent.held_id or said
        await self._keep(talk, replace(sent, state=PushState.THERE, held_id=held_id, before=None))


def _check(driver: Driver, context: PhoneContext, state: PhoneState, *, writes: bool) -> None:
    """Spends no sign-in on what cannot come to anything.

    Args:
        driver: Of the phone.
        context: What it is.
        state: As remembered.
        writes: Contacts are to be written, now or later.

    Raises:
        Unsupported: No way is known, or an experimental one that nobody allowed.
        PlanRefused: Another phone answers than the one whose record is known.
    """
    if not isinstance(driver, PhonebookSink):
        raise Unsupported(f"The driver {driver.name} cannot speak to phones about their contacts.")
    route = driver.push_route(variant=context.variant.name)
    if writes and route is None:
        raise Unsupported(_NO_ROUTE.format(title=context.variant.title))
    if writes and route is not None and route.experimental and not context.experimental:
        raise Unsupported(_NOT_ALLOWED)
    mac = context.identity.mac
    if mac is not None and state.mac is not None and mac != state.mac:
        raise PlanRefused(
            f"Another phone answers under the name {state.name}: MAC {mac} instead of {state.mac}.",
            hint=f"Have it read first, so that its record begins anew: phonesync poll {state.name}",
        )


class _Talk:
    """A conversation with one phone about its contacts.

    Attributes:
        session: Signed in.
        sink: The driver's half that knows contacts.
        context: What the driver is told about the phone.
        name: Of the phone.
        incarnation: The physical phone.
        route: How contacts are written to it, or None.
        held: What it held when it was read last; None before that, and where it cannot be read.
    """

    def __init__(
        self, session: Session, sink: PhonebookSink, context: PhoneContext, state: PhoneState
    ) -> None:
        self.session = session
        self.sink = sink
        self.context = context
        self.name = state.name
        self.incarnation = state.incarnation
        self.route = sink.push_route(variant=context.variant.name)
        self.held: tuple[HeldContact, ...] | None = None

    async def read(self) -> tuple[HeldContact, ...]:
        """All that it holds."""
        return await self.sink.read_contacts(self.session, phone=self.context)

    def fitted(self, entry: BookEntry) -> BookEntry | None:
        """An entry as the phone will hold it."""
        return self.sink.fitted(entry, variant=self.context.variant.name)


class _Push:
    """A push in progress."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.planned: PlannedPush | None = None
        self.written: list[PushStep] = []
        self.refused: list[Refusal] = []
        self.left: list[PushStep] = []

    def look_back(self) -> None:
        """What was accepted and is not there was refused without a word; what is left is planned anew."""
        assert self.planned is not None, "it was planned before it was written"
        orders = {step.contact: step for step in self.planned.plan.orders}
        silent = [step for step in self.written if step.contact in orders]
        text = "The phone did not refuse it, and does not hold it."
        self.refused += [Refusal(step=step, text=text) for step in silent]
        self.written = [step for step in self.written if step.contact not in orders]
        refused = {refusal.step.contact for refusal in self.refused}
        self.left = [step for contact, step in orders.items() if contact not in refused]

    def result(self, *, error: str | None = None) -> PushResult:
        return PushResult(
            name=self.name,
            written=tuple(self.written),
            refused=tuple(self.refused),
            left=tuple(self.left),
            planned=self.planned,
            error=error,
        )


def _records_of(
    step: PushStep, entry: BookEntry, *, changes: bool
) -> tuple[PushRecord, tuple[PushRecord, ...]]:
    """The record that a write is on its way, and what to go back to where the phone refuses it."""
    sent = PushRecord(
        contact=step.contact,
        name=entry.name,
        digest=digest(entry.name, entry.numbers),
        numbers=lines(entry.numbers),
        state=PushState.SENT,
    )
    if not changes:
        return sent, ()
    assert step.held is not None, "only what stands there is changed"
    before = digest(step.held.name, step.held.numbers)
    old = PushRecord(
        contact=step.contact,
        name=step.held.name,
        digest=before,
        numbers=lines(step.held.numbers),
        state=PushState.THERE,
        held_id=step.held.id,
    )
    return replace(sent, held_id=step.held.id, before=before), (old,)
