"""The methods of the store that are about the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, func, select

from phonesync.clock import Clock
from phonesync.journal.access import Scope
from phonesync.journal.filters import JournalFilter
from phonesync.journal.marks import Tag
from phonesync.journal.periods import bounds
from phonesync.store import call_finding
from phonesync.store.engine import Database
from phonesync.store.journal import choices, counting, finding, parties, proven, searching, showing, ways, why
from phonesync.store.journal.conditions import of_filter, of_scope, refuse_masked
from phonesync.store.journal.finding import Wanted
from phonesync.store.journal.records import (
    NO_OFFICE,
    Choices,
    Counts,
    Cursor,
    JournalCall,
    JournalPage,
    Office,
    Viewpoint,
)
from phonesync.store.part import StorePart
from phonesync.store.tables import JOIN_QUEUE

ANY = JournalFilter()
_QUEUED = select(func.count()).select_from(JOIN_QUEUE)

PAGE = 500
"""Calls of one page of an export; between pages no transaction is open."""


class JournalPart(StorePart):
    """Calls as somebody may see them. What a scope does not reach, no method hands out or counts."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        super().__init__(database, clock=clock)
        self._contact_names = searching.ContactNames()
        self._proven = proven.Proven(clock)

    def journal_page(
        self,
        wanted: JournalFilter,
        scope: Scope,
        seen_from: Viewpoint,
        *,
        before: Cursor | None = None,
        limit: int = 50,
    ) -> JournalPage:
        """Calls newest first, by ``started_at`` and id.

        Args:
            wanted: Which.
            scope: What the reader reaches.
            seen_from: Zone, instant and office of the reader.
            before: ``next`` of the page before, or None for the first.
            limit: So many at most. A page may hold fewer and still name a next one: where few calls fit, it
                ends after so many looked at.

        Raises:
            ConfigError: The filter asks for numbers or names that are masked for the reader.
        """
        with self._database.read() as connection:
            looked_for = self._wanted(connection, wanted, scope, seen_from)
            found = finding.page(connection, looked_for, before, limit)
            calls = showing.shown(connection, found.rows, scope)
        return JournalPage(calls=tuple(calls), next=found.next)

    def journal_calls(
        self, wanted: JournalFilter, scope: Scope, seen_from: Viewpoint
    ) -> Iterator[JournalCall]:
        """All calls of a filter, newest first, fetched in pages as they are taken; see :meth:`journal_page`.

        Raises:
            ConfigError: The filter asks for numbers or names that are masked for the reader.
        """
        before: Cursor | None = None
        while True:
            page = self.journal_page(wanted, scope, seen_from, before=before, limit=PAGE)
            yield from page.calls
            if page.next is None:
                return
            before = page.next

    def said_of(self, call_ids: Sequence[str]) -> Mapping[str, tuple[tuple[Tag, ...], int]]:
        """Tags of some calls, by name, and how many comments there are, whoever asks; by the calls' ids."""
        with self._database.read() as connection:
            return showing.said_of(connection, call_ids)

    def journal_call(self, any_id: str, scope: Scope) -> JournalCall | None:
        """The call of an entry, or of a name that an entry bore once.

        Returns:
            None where no call holds such an entry, or the scope does not reach it.
        """
        with self._database.read() as connection:
            call_id = call_finding.call_of(connection, any_id)
            if call_id is None:
                return None
            query = showing.by_ids([call_id]).where(*of_scope(scope))
            rows = connection.execute(query).mappings().all()
            return next(iter(showing.shown(connection, rows, scope)), None)

    def journal_counts(self, wanted: JournalFilter, scope: Scope, seen_from: Viewpoint) -> Counts:
        """The figures above the list.

        Args:
            wanted: Which calls.
            scope: What the reader reaches.
            seen_from: Zone, instant and office of the reader.

        Raises:
            ConfigError: The filter asks for numbers or names that are masked for the reader.
        """
        with self._database.read() as connection:
            looked_for = self._wanted(connection, wanted.without("tab"), scope, seen_from)
            found = counting.counts(connection, looked_for, wanted.tab)
            known = self._proven.of(connection, proven.phones_of(connection, wanted, scope, seen_from.office))
        now = seen_from.now
        until = now if looked_for.until is None else min(now, looked_for.until)
        return replace(found, coverage=proven.share(known.values(), looked_for.since, until))

    def journal_hidden(self, wanted: JournalFilter, scope: Scope, seen_from: Viewpoint) -> Mapping[str, int]:
        """How many more calls there would be without each field that is set; fields that hide none left out.

        Only as many of the newest calls are looked at as figures look at.

        Raises:
            ConfigError: The filter asks for numbers or names that are masked for the reader.
        """
        with self._database.read() as connection:
            count = counting.how_many(connection, self._wanted(connection, wanted, scope, seen_from))
            more = {
                name: counting.how_many(
                    connection, self._wanted(connection, wanted.without(name), scope, seen_from)
                )
                - count
                for name in wanted.set_fields
            }
        return {name: number for name, number in more.items() if number > 0}

    def learn_parties(self, *, limit: int = 2000) -> bool:
        """Takes in the numbers of some of the calls that a store of an earlier version held already.

        Args:
            limit: So many calls at most, in one transaction.

        Returns:
            Whether there are more.
        """
        with self._database.read() as connection:
            if parties.is_complete(connection):
                return False
        with self._database.write() as connection:
            return parties.learn_more(connection, limit, self._clock.now())

    def journal_why(
        self,
        wanted: JournalFilter,
        scope: Scope,
        seen_from: Viewpoint,
        *,
        number: str,
        since: datetime,
        until: datetime,
    ) -> why.Why:
        """What is known of calls that somebody looks for in vain.

        Args:
            wanted: The filter of the list.
            scope: What the reader reaches; calls out of reach are not told.
            number: A part of the number or of the name, however written; empty for any.
            since: Begun at this instant or later, UTC.
            until: Begun before this instant, UTC.
            seen_from: Zone, instant and office of the reader.

        Raises:
            ConfigError: Numbers and names are masked for the reader.
        """
        searched = replace(why.ANYTHING, search=number)
        with self._database.read() as connection:
            looked_for = self._wanted(connection, searched, scope, seen_from)
            looked_for = replace(looked_for, since=since, until=until)
            found = finding.page(connection, looked_for, None, why.MOST)
            calls = showing.shown(connection, found.rows, scope)
            span = bounds(wanted, seen_from.zone, seen_from.now)
            hidden = [
                why.hidden_by(connection, call, wanted, scope, seen_from.office, span) for call in calls
            ]
            known = self._proven.of(connection, proven.phones_of(connection, ANY, scope, seen_from.office))
            end = min(until, seen_from.now)
            return why.Why(
                calls=tuple(
                    why.HiddenCall(call=call, hidden_by=fields)
                    for call, fields in zip(calls, hidden, strict=True)
                ),
                reaches_all=scope.everybody,
                waiting=int(connection.execute(_QUEUED).scalar_one()),
                gaps=tuple(islice(why.gaps_of(known, since, end), why.MOST)) if since < end else (),
                away=tuple(why.away(connection, known, end)),
            )

    def journal_choices(self, scope: Scope, *, office: Office = NO_OFFICE) -> Choices:
        """What a filter can be made of, as far as the scope reaches."""
        with self._database.read() as connection:
            return choices.choices(connection, scope, office)

    def _wanted(
        self, connection: Connection, wanted: JournalFilter, scope: Scope, seen_from: Viewpoint
    ) -> Wanted:
        """A filter as it is looked for."""
        refuse_masked(wanted, scope)
        since, until = bounds(wanted, seen_from.zone, seen_from.now)
        sought = None
        if wanted.search:
            sought = searching.sought(connection, wanted.search, seen_from.office, self._contact_names)
        way = None if sought is None else sought.way
        party = None if sought is None or way is not None else sought.condition
        if way is None:
            way = ways.chosen(connection, wanted, scope, seen_from.office)
        implied = () if way is None else way.implied
        conditions = of_filter(wanted, scope, seen_from.office, party=party, implied=implied)
        return Wanted(conditions=conditions, since=since, until=until, way=way)
