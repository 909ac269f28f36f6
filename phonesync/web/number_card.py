"""The card of a number: all that was ever spoken with it, or with the contact that has it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from fastapi import HTTPException

from phonesync.calls.values import CallDirection
from phonesync.journal.access import Permission
from phonesync.journal.filters import Commented, JournalFilter, Period
from phonesync.journal.shown_names import Names
from phonesync.web.callback_desk import Desk
from phonesync.web.marking import seen_marks
from phonesync.web.seeing import saw_number

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.journal.marks import Comment
    from phonesync.phonebook.winner import KeptContact
    from phonesync.store.journal.records import Counts, Cursor, JournalCall, JournalPage
    from phonesync.web.asking import Asked
    from phonesync.web.call_rows import CallRow
    from phonesync.web.callback_desk import ShownCallback

MOST_NUMBERS = 20
"""Numbers of one contact that are looked at."""

COMMENTED = 30
"""Calls whose comments stand on a card: the newest ones."""

CALLBACKS, MOST_CALLBACKS = 20, 2000
"""Call-backs on a card, the newest ones, and how many are looked at for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberCard:
    """A number, as its reader may see it.

    Attributes:
        party: The number: E.164, ``raw:`` and what is shown, or ``ext:`` and an extension.
        parties: It, and the contact's other numbers with which there are calls in reach.
        contact: What the contact is called that has it; None without one, and where names are masked.
        wanted: The filter that leads to its calls.
        page: Some of them.
        counts: Figures of all of them.
        comments: On its calls, the newest call first; with the first page alone.
        callbacks: Those in reach, open and closed, newest first; with the first page alone.
    """

    party: str
    parties: tuple[str, ...]
    contact: str | None
    wanted: JournalFilter
    page: JournalPage
    counts: Counts
    comments: tuple[tuple[JournalCall, tuple[Comment, ...]], ...] = ()
    callbacks: tuple[ShownCallback, ...] = ()

    def name(self, rows: list[CallRow]) -> str | None:
        """What it is called: by its contact, else by the newest of some calls that names it."""
        if self.contact is not None:
            return self.contact
        for row in rows:
            ends = {row.calling.party: row.calling, row.called.party: row.called}
            outside = row.called if row.call.direction is CallDirection.OUTBOUND else row.calling
            end = ends.get(self.party) or (outside if row.party == self.party else None)
            if end is not None and end.name is not None:
                return end.name
        return None


def card_of(
    request: Request, this: Asked, party: str, *, alone: bool, before: Cursor | None, limit: int
) -> NumberCard:
    """The card of a number. That it is looked at is noted in the audit log.

    Args:
        request: What was asked.
        this: Who asks.
        party: The number.
        alone: Only it, whatever other numbers its contact has.
        before: Where the page before ended; None for the first.
        limit: Calls of the page at most.

    Raises:
        HTTPException: The reader reaches no call with it; 404.
        ConfigError: Numbers are masked for the reader, and it is one outside.
        StoreError: It could not be noted.
    """
    newest = _newest(this, party)
    if newest is None:
        raise HTTPException(404)
    saw_number(request, this.reader, party, newest.call.id)
    contact = None if this.reader.scope.masked else _contact(this, party, newest)
    others = () if alone or contact is None else _others(this, party, contact)
    wanted = _with(party, *others)
    store, scope = this.ground.store, this.reader.scope
    card = NumberCard(
        party=party,
        parties=wanted.parties,
        contact=None if contact is None else contact.contact.name,
        wanted=wanted,
        page=store.journal_page(wanted, scope, this.viewpoint, before=before, limit=limit),
        counts=store.journal_counts(wanted, scope, this.viewpoint),
    )
    if before is not None:
        return card
    return replace(
        card, comments=_comments(this, wanted), callbacks=_callbacks(request, this, wanted.parties)
    )


def _with(*parties: str) -> JournalFilter:
    return JournalFilter(period=Period.EVER, parties=parties, spam=True)


def _newest(this: Asked, party: str) -> JournalCall | None:
    """The newest call with a number that the reader reaches, among as many as a page looks at."""
    found = this.ground.store.journal_page(_with(party), this.reader.scope, this.viewpoint, limit=1)
    return next(iter(found.calls), None)


def _contact(this: Asked, party: str, newest: JournalCall) -> KeptContact | None:
    """The contact that the reader's own phone shows for a number; else the phone of the newest call."""
    legs = newest.call.legs
    own = next((leg.phone for leg in legs if leg.owner == this.reader.owner), legs[0].phone)
    return Names(this.ground.config(), this.ground.store).contact(own, party)


def _others(this: Asked, party: str, contact: KeptContact) -> tuple[str, ...]:
    """The contact's other numbers with which there are calls: no more of it is told than they tell."""
    numbers = dict.fromkeys(one for one in contact.canonicals if one is not None and one != party)
    return tuple(one for one in list(numbers)[:MOST_NUMBERS] if _newest(this, one) is not None)


def _comments(this: Asked, wanted: JournalFilter) -> tuple[tuple[JournalCall, tuple[Comment, ...]], ...]:
    commented = replace(wanted, comments=Commented.WITH)
    found = this.ground.store.journal_page(commented, this.reader.scope, this.viewpoint, limit=COMMENTED)
    said = ((one, seen_marks(this.ground.store, one, this.reader).comments) for one in found.calls)
    return tuple((one, comments) for one, comments in said if comments)


def _callbacks(request: Request, this: Asked, parties: tuple[str, ...]) -> tuple[ShownCallback, ...]:
    if not this.reader.may(Permission.CALLBACKS):
        return ()
    found = Desk(request, this.reader).listed(after=None, only_waiting=False, parties=parties)
    return tuple(reversed(deque(islice(found, MOST_CALLBACKS), maxlen=CALLBACKS)))
