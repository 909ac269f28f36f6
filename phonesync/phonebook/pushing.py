"""What to write to a phone so that it holds a phonebook, and what never to touch there. Pure.

Ours is what we have a record of: the phone, the phone's id of the contact where it gives one, and the hash of
what was written; and what lies in a group of our own exactly as we would write it. Everything else belongs
to people, and so does a contact of ours that somebody has edited since (:mod:`.matching`).

A record says ``sent`` before a contact goes out and ``there`` once it was read back or accepted. A push that
was cut leaves ``sent``: before anything is written again, it is held against what the phone holds. Where the
phone cannot be read, what was sent counts as written: doubling is worse than missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from phonesync.driver.phonebooks import BookLimits, HeldContact, PushRoute
from phonesync.errors import PlanRefused
from phonesync.model import BookEntry
from phonesync.phonebook.contents import bare, digest, lines, name_key
from phonesync.phonebook.matching import Match, match
from phonesync.phonebook.push_values import Action, PushPlan, PushRecord, PushState, PushStep


def plan_push(
    wanted: Sequence[BookEntry],
    *,
    held: Sequence[HeldContact] | None,
    records: Sequence[PushRecord],
    route: PushRoute,
    limits: BookLimits,
    again: bool = False,
    same: Callable[[str], str] = bare,
) -> PushPlan:
    """What to write so that the phone holds ``wanted`` beside all that people have there.

    Args:
        wanted: Most wanted first, as the phone will hold them (``PhonebookSink.fitted``).
        held: All that the phone holds, or None where it cannot be read.
        records: What we wrote to this phone before.
        route: How it is written to.
        limits: What fits.
        again: Where the phone cannot be read: write once more what may have been lost.
        same: What two spellings of one number have in common.

    Raises:
        PlanRefused: Nothing is wanted of a phone to which contacts were pushed.
    """
    if not wanted and records:
        raise PlanRefused(
            f"The phonebook of this phone is empty, and {len(records)} contacts were pushed to it before.",
            hint="Nothing is changed; `phonesync contacts sources` tells why it may be empty.",
        )
    planner = _Planner(route=route, limits=limits, records={one.contact: one for one in records}, same=same)
    wanted = planner.apart(wanted)
    if held is None:
        planner.blind(wanted, again=again)
        return planner.plan(typed=None)
    matched = match(held, records, wanted, route=route)
    planner.seeing(wanted, matched)
    return planner.plan(typed=matched.foreign)


@dataclass(slots=True, kw_only=True)
class _Planner:
    """A plan in the making.

    Attributes:
        numbers: Number that stands on the phone, or will, to the name it stands under.
        names: Likewise names, where two contacts may not share one.
        room: Contacts that may still be added; None where nobody knows a limit.
    """

    route: PushRoute
    limits: BookLimits
    records: Mapping[str, PushRecord]
    same: Callable[[str], str]
    steps: list[PushStep] = field(default_factory=list)
    settled: list[PushRecord] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    room: int | None = None

    def plan(self, *, typed: tuple[HeldContact, ...] | None) -> PushPlan:
        return PushPlan(
            steps=tuple(self.steps), settled=tuple(self.settled), gone=tuple(self.gone), typed=typed
        )

    def apart(self, wanted: Sequence[BookEntry]) -> list[BookEntry]:
        """The wanted contacts with each number once: where it is wanted most."""
        taken: dict[str, str] = {}
        left: list[BookEntry] = []
        for entry in wanted:
            fit = self._without(entry, taken)
            if fit is not None:
                left.append(fit)
                taken |= {self.same(one.number): entry.name for one in fit.numbers}
            elif entry.contact not in self.records:
                self._step(Action.LEAVE, entry, "its numbers stand under another name of this phonebook")
        return left

    # Phones that can be read.

    def seeing(self, wanted: Sequence[BookEntry], matched: Match) -> None:
        for held in matched.foreign:
            self._take(held.name, held)
        asked = {entry.contact for entry in wanted}
        leaving = [one for one in self.records.values() if one.contact not in asked]
        staying = sum(self._unwanted(record, matched) for record in leaving)
        if self.limits.entries is not None:
            self.room = max(0, self.limits.entries - len(matched.foreign) - staying)
        present = [entry for entry in wanted if entry.contact in matched.ours]
        others = self._stuck(present, matched)
        for entry in present:
            if not self._may_remove(entry.contact, matched):
                self._use()
                self._present(entry, matched, others)
        for entry in present:
            if self._may_remove(entry.contact, matched):
                self._yielding(entry, matched, others)
        for entry in wanted:
            if entry.contact not in matched.ours:
                self._missing(entry, matched)
        order = {entry.contact: place for place, entry in enumerate(wanted)}
        self.steps.sort(key=lambda step: order.get(step.contact, len(order)))

    def _may_remove(self, contact: str, matched: Match) -> bool:
        return self.route.removes and contact in matched.sure

    def _unwanted(self, record: PushRecord, matched: Match) -> bool:
        """What becomes of a contact of ours that is wanted no more; True where it stays on the phone."""
        held = matched.ours.get(record.contact)
        if held is None:
            self.gone.append(record.contact)
            return False
        if self._may_remove(record.contact, matched):
            self._step(Action.REMOVE, record, "wanted no more", held=held)
            return False
        self._take(record.name, held)
        self._settle(record, matched)
        self._step(Action.BY_HAND, record, "wanted no more: a person must remove it", held=held)
        return True

    def _yielding(self, entry: BookEntry, matched: Match, others: Mapping[str, str]) -> None:
        """A contact of ours that could make room for what people typed."""
        if self._use():
            self._present(entry, matched, others)
            return
        held = matched.ours[entry.contact]
        reason = "makes room: what people typed and what is wanted more fill the phone"
        self._step(Action.REMOVE, entry, reason, held=held)

    def _stuck(self, present: Sequence[BookEntry], matched: Match) -> Mapping[str, str]:
        """Numbers that none of ours may be changed to: they stand on the phone and stay under another name.

        A contact of ours that can be neither changed nor removed keeps its numbers from the others, which
        may make another one stuck.
        """
        waiting = {entry.contact: entry for entry in present}
        while True:
            others = dict(self.numbers)
            stuck = [entry for entry in waiting.values() if self._is_stuck(entry, matched, others)]
            if not stuck:
                return others
            for entry in stuck:
                self._take(entry.name, matched.ours[entry.contact])
                del waiting[entry.contact]

    def _is_stuck(self, entry: BookEntry, matched: Match, others: Mapping[str, str]) -> bool:
        if self._is_kept(entry, matched, others):
            return False
        if self._without(entry, others) is None:
            return not self._may_remove(entry.contact, matched)
        return not (self.route.changes and entry.contact in matched.sure)

    def _present(self, entry: BookEntry, matched: Match, others: Mapping[str, str]) -> None:
        """A wanted contact of ours that stands on the phone."""
        record, held = self.records.get(entry.contact), matched.ours[entry.contact]
        fit = self._without(entry, others)
        if self._is_kept(entry, matched, others):
            self._take(entry.name, held)
            self._settle(record or _adopted(entry, held), matched, entry=entry)
            self._step(Action.KEEP, entry, "as wanted", held=held)
            return
        assert record is not None, "what has no record stands there as wanted"
        if fit is not None and self.route.changes and entry.contact in matched.sure:
            self._claim(fit)
            self._settle(record, matched)
            self._step(Action.CHANGE, entry, "not as wanted any more", entry=fit, held=held)
        elif fit is None and self._may_remove(entry.contact, matched):
            self._step(Action.REMOVE, entry, "its numbers stand under another name", held=held)
        else:
            self._take(entry.name, held)
            self._settle(record, matched)
            why = "its numbers stand under another name" if fit is None else "it cannot be changed from here"
            reason = f"not as wanted any more, and {why}: a person must edit or remove it"
            self._step(Action.BY_HAND, entry, reason, held=held)

    def _is_kept(self, entry: BookEntry, matched: Match, others: Mapping[str, str]) -> bool:
        """Whether a contact of ours stands there as it is wanted, or as far as that is possible."""
        record, held = self.records.get(entry.contact), matched.ours[entry.contact]
        fit = self._without(entry, others)
        if record is None:  # in our own group, exactly as wanted
            return True
        if self._is_as(entry, held, record) or (fit is not None and self._is_as(fit, held, record)):
            return True
        # A number in another spelling is worth a change, but not a person's time.
        changes = self.route.changes and entry.contact in matched.sure
        return not changes and self._is_alike(entry, record)

    def _is_alike(self, entry: BookEntry, record: PushRecord) -> bool:
        """The same name and, however they are spelled, the same numbers as were written."""
        written = {self.same(number) for number in record.numbers.splitlines()}
        wanted = {self.same(one.number) for one in entry.numbers}
        return written == wanted and name_key(entry.name) == name_key(record.name)

    def _is_as(self, entry: BookEntry, held: HeldContact, record: PushRecord) -> bool:
        wanted = digest(entry.name, entry.numbers)
        if self.route.reads_numbers:
            return digest(held.name, held.numbers) == wanted
        return record.digest == wanted

    def _missing(self, entry: BookEntry, matched: Match) -> None:
        """A wanted contact of which the phone holds nothing that is ours."""
        if entry.contact in matched.edited:
            reason = "somebody has edited it on the phone: left to them"
            self._step(Action.LEAVE, entry, reason, held=matched.edited[entry.contact])
            return
        fit = self._without(entry, self.numbers)
        if fit is None:
            holder = next(
                self.numbers[key] for one in entry.numbers if (key := self.same(one.number)) in self.numbers
            )
            self._step(Action.LEAVE, entry, f"its numbers are on the phone already, as {holder}")
        elif self._bars_names() and name_key(entry.name) in self.names:
            self._step(Action.LEAVE, entry, "a contact of this name is on the phone already")
        elif not self._use():
            self._step(Action.LEAVE, entry, "there is no room for it")
        else:
            self._claim(fit)
            again = entry.contact in self.records
            reason = "pushed before, and not on the phone" if again else "not on the phone"
            self._step(Action.ADD, entry, reason, entry=fit)

    # Phones that cannot be read.

    def blind(self, wanted: Sequence[BookEntry], *, again: bool) -> None:
        asked = {entry.contact for entry in wanted}
        if self.limits.entries is not None:
            self.room = max(0, self.limits.entries - len(self.records))
        for record in self.records.values():
            if record.contact not in asked:
                self._step(Action.BY_HAND, record, "wanted no more: a person must remove it")
        for entry in wanted:
            self._unseen(entry, again=again)

    def _unseen(self, entry: BookEntry, *, again: bool) -> None:
        record = self.records.get(entry.contact)
        as_sent = record is not None and record.digest == digest(entry.name, entry.numbers)
        if record is not None and not (as_sent or self._is_alike(entry, record)):
            self._step(Action.BY_HAND, entry, "not as it was pushed any more: a person must edit it")
        elif record is not None and record.state is PushState.THERE:
            self._step(Action.KEEP, entry, "the phone has accepted it")
        elif record is not None and not again:
            reason = "sent once without an answer; the phone cannot be asked, so it is not sent twice"
            self._step(Action.LEAVE, entry, reason)
        elif record is None and not self._use():
            self._step(Action.LEAVE, entry, "there is no room for it")
        else:
            self._step(Action.ADD, entry, "not pushed yet" if record is None else "sent again", entry=entry)

    # Both.

    def _step(
        self,
        action: Action,
        of: BookEntry | PushRecord,
        reason: str,
        *,
        entry: BookEntry | None = None,
        held: HeldContact | None = None,
    ) -> None:
        self.steps.append(
            PushStep(action=action, contact=of.contact, name=of.name, reason=reason, entry=entry, held=held)
        )

    def _settle(self, record: PushRecord, matched: Match, *, entry: BookEntry | None = None) -> None:
        """Keeps what reading has proven of a contact that is there."""
        held = matched.ours[record.contact]
        seen = digest(held.name, held.numbers) if self.route.reads_numbers else record.digest
        proven = PushRecord(
            contact=record.contact,
            name=record.name if entry is None else entry.name,
            digest=seen,
            state=PushState.THERE,
            held_id=matched.ids.get(record.contact),
            numbers=lines(held.numbers) if self.route.reads_numbers else record.numbers,
        )
        if proven != self.records.get(record.contact):
            self.settled.append(proven)

    def _use(self) -> bool:
        """Takes room for one contact; False where there is none."""
        if self.room is None:
            return True
        self.room -= 1
        return self.room >= 0

    def _bars_names(self) -> bool:
        return self.limits.unique_names or not self.route.reads_numbers

    def _take(self, name: str, held: HeldContact) -> None:
        """What stands on the phone and stays."""
        self.names.add(name_key(held.name))
        for one in held.numbers:
            self.numbers.setdefault(self.same(one.number), held.name or name)

    def _claim(self, entry: BookEntry) -> None:
        """What will stand there."""
        self.names.add(name_key(entry.name))
        for one in entry.numbers:
            self.numbers.setdefault(self.same(one.number), entry.name)

    def _without(self, entry: BookEntry, numbers: Mapping[str, str]) -> BookEntry | None:
        """The entry without numbers that stand on the phone under another contact; None if none is left."""
        left = tuple(one for one in entry.numbers if self.same(one.number) not in numbers)
        if left == entry.numbers:
            return entry
        return BookEntry(contact=entry.contact, name=entry.name, numbers=left) if left else None


def _adopted(entry: BookEntry, held: HeldContact) -> PushRecord:
    """The record of a contact in our own group of which the record was lost."""
    return PushRecord(
        contact=entry.contact,
        name=entry.name,
        digest=digest(held.name, held.numbers),
        state=PushState.THERE,
        numbers=lines(held.numbers),
    )
