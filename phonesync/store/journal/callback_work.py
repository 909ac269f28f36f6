"""The methods of the store that are about what people do of call-backs: steps kept for ever, and the list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, insert, or_, select

from phonesync.calls.callbacks import CallBack
from phonesync.journal.access import Scope
from phonesync.journal.callback_states import Standing, Step, Work, standing, steps_of
from phonesync.journal.marks import SPAM, NoSuchMark
from phonesync.spelling import N_
from phonesync.store import call_finding
from phonesync.store import callbacks as kept
from phonesync.store.callback_records import ListedCallback
from phonesync.store.chunks import chunks
from phonesync.store.part import StorePart
from phonesync.store.tables import (
    CALLBACK_WORK,
    CALLBACKS,
    JOINED_ENTRIES,
    NUMBER_TAGS,
    PRIVATE_CALLS,
    TAGS,
    USERS,
)

PAGE = 200
"""Call-backs fetched at a time; between pages no transaction is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbacksWanted:
    """Which call-backs a reader wants.

    Attributes:
        now: UTC.
        opened_before: Open ones opened later are given the time to get through, UTC.
        owners: Whose the reader's own are, besides those of the scope's departments; see ``owners_of``.
        only_waiting: Only those that still need something.
        owner: Only this person's, extension's or group's; None for any.
        department: Only of this department; None for any.
        since: Opened at this instant or later, UTC.
        until: Opened before this instant, UTC.
        parties: Only of these callers; empty for any.
    """

    now: datetime
    opened_before: datetime
    owners: frozenset[str] = frozenset()
    only_waiting: bool = True
    owner: str | None = None
    department: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    parties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalCallback:
    """A call-back as the journal shows it.

    Attributes:
        id: Of the call-back: the missed call that opened it. All its former names find it too.
        listed: The call-back, with what was shown of its caller.
        standing: How it stands.
        work: What was done about it, oldest first.
    """

    id: str
    listed: ListedCallback
    standing: Standing
    work: tuple[Work, ...] = ()

    @property
    def callback(self) -> CallBack:
        """The call-back itself."""
        return self.listed.callback


class CallbackWorkPart(StorePart):
    """Steps that people take about call-backs."""

    def journal_callbacks(self, scope: Scope, wanted: CallbacksWanted) -> Iterator[JournalCallback]:
        """Call-backs that a reader reaches, by opening, fetched in pages as they are taken.

        Callers marked as spam are left out, and callers of a call that somebody else keeps private.
        """
        query = _query(scope, wanted)
        after: tuple[datetime, int] | None = None
        while True:
            page = query if after is None else query.where(_behind(after))
            with self._database.read() as connection:
                rows = connection.execute(page.limit(PAGE)).mappings().all()
                found = _standing(connection, [kept.listed(row) for row in rows], wanted.now)
            yield from (one for one in found if one.standing.is_waiting or not wanted.only_waiting)
            if len(rows) < PAGE:
                return
            after = rows[-1]["opened_at"], rows[-1]["id"]

    def journal_callback(
        self, any_id: str, scope: Scope, *, owners: frozenset[str], now: datetime
    ) -> JournalCallback | None:
        """One call-back that a reader reaches; None where there is none.

        Args:
            any_id: Of the call that opened it, or of one of its entries.
            scope: Whose calls the reader reaches.
            owners: As in :class:`CallbacksWanted`.
            now: UTC.
        """
        wanted = CallbacksWanted(now=now, opened_before=now, owners=owners, only_waiting=False)
        query = _query(scope, wanted)
        with self._database.read() as connection:
            call_id = call_finding.call_of(connection, any_id)
            row = connection.execute(query.where(CALLBACKS.c.first_call == call_id)).mappings().first()
            return None if row is None else _standing(connection, [kept.listed(row)], now)[0]

    def work_on_callback(
        self,
        one: CallBack,
        step: Step,
        *,
        user_id: int | None,
        until: datetime | None = None,
        reason: str | None = None,
    ) -> None:
        """Keeps what somebody did about a call-back, for ever.

        Args:
            one: The call-back.
            step: What was done.
            user_id: Who did it.
            until: For ``snoozed``, UTC.
            reason: Why, or None.

        Raises:
            NoSuchMark: The call-back is not there any more.
        """
        place = CALLBACKS.c.party == one.party, CALLBACKS.c.owner == (one.owner or "")
        row = {
            "party": one.party,
            "owner": one.owner or "",
            "opened_at": one.opened_at,
            "step": step.value,
            "user_id": user_id,
            "at": self._clock.now(),
            "until": until,
            "reason": reason,
        }
        with self._database.write() as connection:
            if not connection.execute(select(exists().where(*place))).scalar_one():
                raise NoSuchMark(N_("There is no such call-back any more."))
            connection.execute(insert(CALLBACK_WORK), row)

    def callback_standings(
        self, listed: Iterable[ListedCallback], now: datetime
    ) -> Iterator[tuple[ListedCallback, Standing]]:
        """Call-backs, each with how it stands, in the same order."""
        rows = iter(listed)
        while some := list(islice(rows, PAGE)):
            with self._database.read() as connection:
                found = _standing(connection, some, now)
            yield from ((one.listed, one.standing) for one in found)


def _standing(connection: Connection, some: Sequence[ListedCallback], now: datetime) -> list[JournalCallback]:
    work = _work(connection, {one.callback.party for one in some})
    found = []
    for one in some:
        steps = work.get((one.callback.party, one.callback.owner or ""), ())
        stands = standing(one.callback, steps, now)
        mine = steps_of(one.callback, steps)
        found.append(JournalCallback(id=one.callback.first_call, listed=one, standing=stands, work=mine))
    return found


def _work(connection: Connection, parties: Collection[str]) -> Mapping[tuple[str, str], list[Work]]:
    found: defaultdict[tuple[str, str], list[Work]] = defaultdict(list)
    query = select(CALLBACK_WORK, USERS.c.shown_name.label("user"))
    query = query.outerjoin(USERS, USERS.c.id == CALLBACK_WORK.c.user_id).order_by(CALLBACK_WORK.c.id)
    for some in chunks(sorted(parties)):
        for row in connection.execute(query.where(CALLBACK_WORK.c.party.in_(some))).mappings():
            found[row["party"], row["owner"]].append(
                Work(
                    step=Step(row["step"]),
                    at=row["at"],
                    opened_at=row["opened_at"],
                    user_id=row["user_id"],
                    user=row["user"],
                    until=row["until"],
                    reason=row["reason"],
                )
            )
    return found


def _query(scope: Scope, wanted: CallbacksWanted) -> Select[Any]:
    query = kept.narrowed(wanted, only_open=wanted.only_waiting)
    if wanted.parties:
        query = query.where(CALLBACKS.c.party.in_(wanted.parties))
    return query.where(_reached(scope, wanted.owners), ~_is_spam(), ~_is_private(scope))


def _behind(after: tuple[datetime, int]) -> ColumnElement[bool]:
    at, number = after
    return or_(CALLBACKS.c.opened_at > at, and_(CALLBACKS.c.opened_at == at, CALLBACKS.c.id > number))


def _reached(scope: Scope, owners: frozenset[str]) -> ColumnElement[bool]:
    """Which call-backs a scope reaches; ``owners`` are those of its own employee."""
    if scope.everybody:
        return CALLBACKS.c.id.is_not(None)
    own = owners if scope.owner is not None else frozenset()
    return or_(
        CALLBACKS.c.owner.in_(sorted(own)),
        CALLBACKS.c.department.in_(sorted(scope.departments)),
    )


def _is_spam() -> ColumnElement[bool]:
    return exists().where(
        NUMBER_TAGS.c.party == CALLBACKS.c.party,
        NUMBER_TAGS.c.tag_id == TAGS.c.id,
        TAGS.c.name == SPAM,
        TAGS.c.built_in,
    )


def _is_private(scope: Scope) -> ColumnElement[bool]:
    """Somebody else keeps the call private that opened it."""
    return exists().where(
        JOINED_ENTRIES.c.call_id == CALLBACKS.c.first_call,
        PRIVATE_CALLS.c.entry_id == JOINED_ENTRIES.c.entry_id,
        PRIVATE_CALLS.c.owner != (scope.owner or ""),
    )
