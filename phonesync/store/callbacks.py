"""The methods of the store that are about call-backs: made anew from the calls of a party, and listed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from phonesync.calls.callbacks import (
    CallBack,
    CallbackRules,
    ClosedHow,
    PartyCall,
    callbacks,
    restart,
    touch,
)
from phonesync.calls.values import Call, CallDirection, Disposition
from phonesync.numbering import EXTENSION
from phonesync.store import applied
from phonesync.store.callback_records import CallbackFilter, ListedCallback
from phonesync.store.chunks import chunks
from phonesync.store.part import StorePart
from phonesync.store.tables import CALL_LEGS, CALLBACKS, CALLS, PHONES

T = TypeVar("T")

AT_ONCE = 100
"""Parties in one statement: an expression may be no deeper."""

PAGE = 500
"""Call-backs fetched at a time; between pages no transaction is open."""

_FIELDS = tuple(field.name for field in fields(CallBack))
_CALL = tuple(
    CALLS.c[name]
    for name in (
        *("id", "direction", "disposition", "started_at", "talk_s", "outside", "owner", "department"),
        *("calling_extension", "called_extension"),
    )
)


class CallbacksPart(StorePart):
    """Callers who were missed."""

    def refresh_callbacks(self, changed: Mapping[str, datetime | None], rules: CallbackRules) -> int:
        """Makes the call-backs of some parties anew, in one transaction.

        Args:
            changed: Party (E.164; ``ext:`` and the extension for internal calls) to the instant before
                which none of its calls has changed, UTC; None where nobody knows.
            rules: What they go by.

        Returns:
            How many call-backs are new, different or gone.
        """
        with self._database.write() as connection:
            return refresh(connection, changed, rules)

    def apply_callback_rules(self, rules: CallbackRules) -> bool:
        """Makes all call-backs anew where the rules are not those they were made with.

        Returns:
            Whether they were not.
        """
        text = _text(rules)
        with self._database.read() as connection:
            if applied.text(connection, "callbacks") == text:
                return False
        with self._database.write() as connection:
            parties = set(connection.execute(_outsides()).scalars())
            parties.update(connection.execute(select(CALLBACKS.c.party).distinct()).scalars())
            if rules.internal:
                parties.update(_extensions(connection))
            refresh(connection, dict.fromkeys(parties), rules)
            applied.keep(connection, "callbacks", text, at=self._clock.now())
        return True

    def callbacks(self, wanted: CallbackFilter) -> Iterator[ListedCallback]:
        """Call-backs by opening, fetched in pages as they are taken."""
        query = _query(wanted)
        onwards = query.where(
            tuple_(CALLBACKS.c.opened_at, CALLBACKS.c.id)
            > tuple_(
                bindparam("b_at", type_=CALLBACKS.c.opened_at.type),
                bindparam("b_id", type_=CALLBACKS.c.id.type),
            )
        )
        after: dict[str, object] = {}
        while True:
            with self._database.read() as connection:
                rows = connection.execute(onwards if after else query, after).mappings().all()
            yield from map(listed, rows)
            if len(rows) < PAGE:
                return
            after = {"b_at": rows[-1]["opened_at"], "b_id": rows[-1]["id"]}


# --- made anew ------------------------------------------------------------------------------------------


def refresh(connection: Connection, changed: Mapping[str, datetime | None], rules: CallbackRules) -> int:
    """Makes the call-backs of some parties anew; see :meth:`CallbacksPart.refresh_callbacks`.

    Args:
        connection: In a transaction that writes.
        changed: Party to the instant before which none of its calls has changed, UTC, or None.
        rules: What they go by.

    Returns:
        How many call-backs are new, different or gone.
    """
    wanted = sorted(party for party in changed if rules.internal or not party.startswith(EXTENSION))
    return sum(
        _refresh(connection, {party: changed[party] for party in some}, rules)
        for some in chunks(wanted, AT_ONCE)
    )


def touched(calls: Iterable[Call]) -> dict[str, datetime]:
    """The parties of calls that have changed, each with the earliest of these."""
    found: dict[str, datetime] = {}
    for call in sorted(calls, key=lambda call: call.started_at, reverse=True):
        ends = (call.calling.extension, call.called.extension)
        if call.direction is CallDirection.INTERNAL:
            found |= {f"{EXTENSION}{end}": call.started_at for end in ends if end is not None}
        elif call.outside is not None:
            found[call.outside] = call.started_at
    return found


def _refresh(connection: Connection, changed: Mapping[str, datetime | None], rules: CallbackRules) -> int:
    before: defaultdict[str, list[tuple[int, CallBack]]] = defaultdict(list)
    for row in connection.execute(select(CALLBACKS).where(CALLBACKS.c.party.in_(changed))).mappings():
        before[row["party"]].append((row["id"], _callback(row)))
    since = {
        party: None if at is None else restart((one for _, one in before[party]), at, rules.window)
        for party, at in changed.items()
    }
    calls = _calls(connection, since, rules)
    differing = 0
    for party, at in since.items():
        old = {
            (one.owner, one.first_call): (number, one)
            for number, one in before[party]
            if at is None or one.opened_at >= at
        }
        new = {(one.owner, one.first_call): one for one in callbacks(party, calls[party], rules)}
        differing += _replace(connection, old, new)
    return differing


def _replace(
    connection: Connection,
    old: Mapping[tuple[str | None, str], tuple[int, CallBack]],
    new: Mapping[tuple[str | None, str], CallBack],
) -> int:
    gone = [number for key, (number, _) in old.items() if key not in new]
    for some in chunks(gone, AT_ONCE):
        connection.execute(delete(CALLBACKS).where(CALLBACKS.c.id.in_(some)))
    changed = [(old[key][0], one) for key, one in new.items() if key in old and old[key][1] != one]
    for number, one in changed:
        connection.execute(update(CALLBACKS).where(CALLBACKS.c.id == number).values(**_values(one)))
    added = [_values(one) for key, one in new.items() if key not in old]
    if added:
        connection.execute(insert(CALLBACKS), added)
    return len(gone) + len(changed) + len(added)


def _calls(
    connection: Connection, since: Mapping[str, datetime | None], rules: CallbackRules
) -> Mapping[str, list[PartyCall]]:
    """The calls of some parties, as far as they decide whether these are to be called back."""
    query = select(*_CALL)
    if rules.zones:
        first = CALL_LEGS.c.call_id == CALLS.c.id, CALL_LEGS.c.ordinal == 0
        query = query.add_columns(PHONES.c.name.label("phone")).select_from(
            CALLS.outerjoin(CALL_LEGS, and_(*first)).outerjoin(PHONES, PHONES.c.id == CALL_LEGS.c.phone_id)
        )
    found: defaultdict[str, list[PartyCall]] = defaultdict(list)
    for row in connection.execute(query.where(or_(*map(_of, since, since.values())))).mappings():
        for party in _parties(row):
            call = _party_call(row, party) if party in since else None
            at = since.get(party)
            if call is not None and (at is None or call.at >= at):
                found[party].append(call)
    return found


def _of(party: str, since: datetime | None) -> ColumnElement[bool]:
    """Which calls are a party's."""
    if party.startswith(EXTENSION):
        extension = party.removeprefix(EXTENSION)
        wanted = and_(
            CALLS.c.direction == CallDirection.INTERNAL.value,
            or_(CALLS.c.calling_extension == extension, CALLS.c.called_extension == extension),
        )
    else:
        wanted = CALLS.c.outside == party
    return wanted if since is None else and_(wanted, CALLS.c.started_at >= since)


def _parties(row: RowMapping) -> Collection[str]:
    if row["direction"] != CallDirection.INTERNAL.value:
        return () if row["outside"] is None else (row["outside"],)
    ends = (row["calling_extension"], row["called_extension"])
    return {f"{EXTENSION}{extension}" for extension in ends if extension is not None}


def _party_call(row: RowMapping, party: str) -> PartyCall | None:
    what = touch(
        CallDirection(row["direction"]),
        Disposition(row["disposition"]),
        row["talk_s"],
        by_party=party == f"{EXTENSION}{row['calling_extension']}",
    )
    if what is None:
        return None
    return PartyCall(
        id=row["id"],
        at=row["started_at"],
        touch=what,
        owner=row["owner"],
        department=row["department"],
        phone=row.get("phone"),
    )


def _outsides() -> Select[Any]:
    """Parties that were missed."""
    missed = CALLS.c.disposition == Disposition.MISSED.value
    return select(CALLS.c.outside).where(CALLS.c.outside.is_not(None), missed).distinct()


def _extensions(connection: Connection) -> set[str]:
    internal = CALLS.c.direction == CallDirection.INTERNAL.value
    found = set(connection.execute(select(CALLS.c.calling_extension).where(internal).distinct()).scalars())
    found.update(connection.execute(select(CALLS.c.called_extension).where(internal).distinct()).scalars())
    return {f"{EXTENSION}{extension}" for extension in found if extension is not None}


def _text(rules: CallbackRules) -> str:
    """The rules as text that is the same for the same rules."""
    return json.dumps(
        {
            "target_s": rules.target.total_seconds(),
            "window_s": rules.window.total_seconds(),
            "week": rules.hours.week,
            "holidays": sorted(map(str, rules.hours.holidays)),
            "zone": str(rules.zone),
            "zones": {phone: str(zone) for phone, zone in sorted(rules.zones.items())},
            "internal": rules.internal,
        },
        ensure_ascii=False,
    )


# --- listed ---------------------------------------------------------------------------------------------


_WITH_CALL = (
    CALLBACKS.outerjoin(CALLS, CALLS.c.id == CALLBACKS.c.first_call)
    .outerjoin(CALL_LEGS, and_(CALL_LEGS.c.call_id == CALLBACKS.c.first_call, CALL_LEGS.c.ordinal == 0))
    .outerjoin(PHONES, PHONES.c.id == CALL_LEGS.c.phone_id)
)


class Wanted(Protocol):
    """What filters of call-backs share; None means "any"."""

    @property
    def opened_before(self) -> datetime: ...  # noqa: D102  as in CallbackFilter
    @property
    def owner(self) -> str | None: ...  # noqa: D102  likewise
    @property
    def department(self) -> str | None: ...  # noqa: D102  likewise
    @property
    def since(self) -> datetime | None: ...  # noqa: D102  likewise
    @property
    def until(self) -> datetime | None: ...  # noqa: D102  likewise


def _query(wanted: CallbackFilter) -> Select[Any]:
    return narrowed(wanted, only_open=wanted.only_open).limit(PAGE)


def narrowed(wanted: Wanted, *, only_open: bool) -> Select[Any]:
    """Call-backs of a filter with what :func:`listed` takes, by when they opened.

    Args:
        wanted: The filter.
        only_open: Only those that nothing has closed.
    """
    query = select(*CALLBACKS.c, CALLS.c.calling_number, CALLS.c.calling_name, PHONES.c.name.label("phone"))
    query = query.select_from(_WITH_CALL).order_by(CALLBACKS.c.opened_at, CALLBACKS.c.id)
    is_open = and_(CALLBACKS.c.closed_at.is_(None), CALLBACKS.c.opened_at <= wanted.opened_before)
    query = query.where(is_open if only_open else or_(CALLBACKS.c.closed_at.is_not(None), is_open))
    if wanted.owner is not None:
        query = query.where(CALLBACKS.c.owner == wanted.owner)
    if wanted.department is not None:
        query = query.where(CALLBACKS.c.department == wanted.department)
    if wanted.since is not None:
        query = query.where(CALLBACKS.c.opened_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(CALLBACKS.c.opened_at < wanted.until)
    return query


def listed(row: RowMapping) -> ListedCallback:
    """A row of :func:`narrowed`."""
    return ListedCallback(
        callback=_callback(row),
        number_shown=row["calling_number"],
        name_shown=row["calling_name"],
        phone=row["phone"],
    )


def _callback(row: RowMapping) -> CallBack:
    how = row["closed_how"]
    return CallBack(
        **{
            **{name: row[name] for name in _FIELDS},
            "owner": row["owner"] or None,
            "closed_how": None if how is None else ClosedHow(how),
        }
    )


def _values(one: CallBack) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in _FIELDS},
        "owner": one.owner or "",
        "closed_how": None if one.closed_how is None else one.closed_how.value,
    }
