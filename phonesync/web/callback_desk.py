"""The call-backs that a reader reaches, and what he does about them: for pages and API alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, HTTPException

from phonesync.errors import ConfigError
from phonesync.journal.access import Permission, Reader
from phonesync.journal.callback_figures import CallbackFigures, figures
from phonesync.journal.callback_states import Step, owners_of
from phonesync.journal.masking import masked_number
from phonesync.journal.named_callbacks import as_data, caller_name
from phonesync.journal.shown_names import Names
from phonesync.spelling import N_, worded
from phonesync.store.journal.callback_work import CallbacksWanted
from phonesync.web import guard
from phonesync.web.audit import note
from phonesync.web.ground import Ground, ground_of
from phonesync.web.marking import missing_is_404

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from starlette.requests import Request

    from phonesync.store.journal.callback_work import JournalCallback

Caller = Annotated[Reader, Depends(guard.Needs(Permission.CALLBACKS))]

LONGEST_REASON = 500
LONGEST_SNOOZE = timedelta(days=90)
MOST_FIGURES = 20_000
"""Call-backs that figures are made of: more are not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCallback:
    """A call-back as its reader may see it.

    Attributes:
        one: The call-back; without its number where the reader may not see numbers.
        name: Of its caller; None where nobody says, and where names are hidden.
        number: As it is dialled; None where it is hidden.
    """

    one: JournalCallback
    name: str | None
    number: str | None

    def data(self, now: datetime) -> dict[str, Any]:
        """As one JSON object, with its id."""
        return {"id": self.one.id, **as_data(self.one.listed, self.name, self.one.standing, now)}


class Desk:
    """Call-backs for one reader.

    Args:
        request: What was asked.
        reader: Who asks.
    """

    def __init__(self, request: Request, reader: Reader) -> None:
        self.request, self.reader = request, reader
        self.ground: Ground = ground_of(request)
        self.now = self.ground.clock.now()

    @cached_property
    def _names(self) -> Names:
        return Names(self.ground.config(), self.ground.store)

    @cached_property
    def owners(self) -> frozenset[str]:
        """Whose the reader's own are."""
        owner = self.reader.scope.owner
        return frozenset() if owner is None else owners_of(self.ground.config(), owner)

    def wanted(self, **more: Any) -> CallbacksWanted:
        """What is asked for, from this instant and for this reader."""
        window = self.ground.config().callbacks.window
        return CallbacksWanted(now=self.now, opened_before=self.now - window, owners=self.owners, **more)

    def listed(self, *, after: str | None = None, **more: Any) -> Iterator[ShownCallback]:
        """Call-backs by opening.

        Args:
            after: What :func:`place_of` said of the last one that was handed out.
            more: Fields of ``CallbacksWanted``.

        Raises:
            ConfigError: ``after`` is no place in the list.
        """
        wanted, at, last = self.wanted(**more), None, ""
        if after:
            at, last = _place(after)
            wanted = replace(wanted, since=at if wanted.since is None else max(at, wanted.since))
        skipping = bool(last)
        for one in self.ground.store.journal_callbacks(self.reader.scope, wanted):
            if skipping and one.callback.opened_at == at:
                skipping = one.id != last
                continue
            skipping = False
            yield self.shown(one)

    def one(self, any_id: str) -> JournalCallback:
        """A call-back that the reader reaches, by the call that opened it.

        Raises:
            HTTPException: There is none.
        """
        found = self.ground.store.journal_callback(
            any_id, self.reader.scope, owners=self.owners, now=self.now
        )
        if found is None:
            raise HTTPException(404)
        return found

    def shown(self, one: JournalCallback) -> ShownCallback:
        """A call-back as this reader may see it."""
        party = one.callback.party
        if not self.reader.scope.masked:
            number = one.listed.number_shown or party.rpartition(":")[2]
            return ShownCallback(one=one, name=caller_name(self._names, one.listed), number=number)
        hidden = masked_number(party)
        listed = replace(
            one.listed,
            callback=replace(one.callback, party=hidden),
            number_shown=hidden,
            name_shown=None,
        )
        return ShownCallback(one=replace(one, listed=listed), name=None, number=None)

    def figures(self, since: datetime | None, until: datetime | None) -> CallbackFigures:
        """The figures of what was opened in a span, of the first ``MOST_FIGURES`` of it."""
        wanted = self.wanted(only_waiting=False, since=since, until=until)
        found = self.ground.store.journal_callbacks(self.reader.scope, wanted)
        return figures([(one.callback, one.standing) for one in islice(found, MOST_FIGURES)], now=self.now)

    def do(self, any_id: str, step: Step, *, until: datetime | None, reason: str | None) -> JournalCallback:
        """Takes a step about a call-back.

        Args:
            any_id: The call that opened it.
            step: What is done.
            until: For ``snoozed``: not before then.
            reason: Why; needed for ``snoozed`` and ``done``.

        Returns:
            The call-back after it.

        Raises:
            HTTPException: There is no such call-back.
            ConfigError: The step cannot be taken so.
        """
        found, reason = self.one(any_id), " ".join((reason or "").split())
        if found.callback.closed_at is not None:
            raise ConfigError(N_("This caller has been reached: there is nothing left to do."))
        if step in (Step.SNOOZED, Step.DONE) and not reason:
            raise ConfigError(N_("Say why."))
        if len(reason) > LONGEST_REASON:
            raise ConfigError(worded(N_("The reason is longer than %(most)s letters."), most=LONGEST_REASON))
        if step is Step.SNOOZED and (
            until is None or until.tzinfo is None or not self.now < until <= self.now + LONGEST_SNOOZE
        ):
            raise ConfigError(N_("Say until when: a time from now on, within 90 days."))
        note(self.request, self.reader, "callback.change", found.id, step=step.value, reason=reason or None)
        missing_is_404(
            lambda: self.ground.store.work_on_callback(
                found.callback,
                step,
                user_id=self.reader.user_id,
                until=until if step is Step.SNOOZED else None,
                reason=reason or None,
            )
        )
        return self.one(any_id)


def place_of(one: JournalCallback) -> str:
    """Where a list goes on behind a call-back."""
    return f"{one.callback.opened_at.isoformat()}_{one.id}"


def _place(text: str) -> tuple[datetime, str]:
    instant, _, last = text.partition("_")
    try:
        at = datetime.fromisoformat(instant)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not last:
        raise ConfigError(
            worded(N_('"%(text)s" is no place in the list.'), text=text),
            hint=N_("Take the next page from the page before."),
        )
    return at, last
