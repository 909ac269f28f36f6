"""Every number that calls were made with, once, and what finds it by any part of the number or of a name.

A party is E.164, ``ext:`` and an extension, or ``raw:`` and whatever else was shown. Its tails – the number
and the names from each place in them – stand in one table whose key begins with them: what holds a part has
a tail that begins with it, so that any part is found by a look at one stretch of an index, on every database
and however short the part is.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, tuple_, update

from phonesync.calls.linking import RAW
from phonesync.calls.values import Call, Party
from phonesync.journal.search_text import digits_of, folded_name, tails
from phonesync.numbering import EXTENSION, is_withheld
from phonesync.store import applied, call_keeping
from phonesync.store.bulk import keeping
from phonesync.store.chunks import chunks
from phonesync.store.tables import CALLS, PARTIES, PARTY_TAILS

MOST_NAMES = 8
"""Names kept of one number; a number that shows other ones is a switchboard, and its names find nothing."""


_ALL = "all"
"""Noted once the parties of all calls are kept."""

_END_COLUMNS = tuple(
    CALLS.c[f"{end}_{column}"] for end in ("calling", "called") for column in call_keeping.PARTY_COLUMNS
)


@dataclass(slots=True)
class _Seen:
    """What calls show of a party."""

    digits: str
    names: list[str] = field(default_factory=list)


def party_of(end: Party) -> str | None:
    """The party at one end of a call; None where its number is withheld or was never shown."""
    if end.extension is not None:
        return f"{EXTENSION}{end.extension}"
    if end.e164 is not None:
        return end.e164
    if end.number_shown is None or is_withheld(end.number_shown):
        return None
    return f"{RAW}{end.number_shown}"


def ends_of(calls: Iterable[Call]) -> Iterator[Party]:
    """Both ends of each call."""
    for call in calls:
        yield call.calling
        yield call.called


def learn(connection: Connection, ends: Iterable[Party]) -> None:
    """Takes in parties, with the names that phones showed for them.

    Args:
        connection: In a transaction that writes.
        ends: Of calls that are new or have changed.
    """
    seen = _seen(ends)
    for some in chunks(sorted(seen)):
        _learn(connection, {party: seen[party] for party in some})


def is_complete(connection: Connection) -> bool:
    """Whether the parties of all calls are kept."""
    return applied.text(connection, "parties") == _ALL


def learn_more(connection: Connection, limit: int, at: datetime) -> bool:
    """Takes in the parties of some of the calls that were there before parties were kept, oldest first.

    Args:
        connection: In a transaction that writes.
        limit: So many calls at most.
        at: The present instant, UTC.

    Returns:
        Whether there are more.
    """
    reached = applied.text(connection, "parties")
    if reached == _ALL:
        return False
    query = select(CALLS.c.started_at, CALLS.c.id, *_END_COLUMNS).order_by(CALLS.c.started_at, CALLS.c.id)
    if reached is not None:
        began, call_id = json.loads(reached)
        place = datetime.fromisoformat(began), call_id
        query = query.where(tuple_(CALLS.c.started_at, CALLS.c.id) > tuple_(*place))
    rows = connection.execute(query.limit(limit)).mappings().all()
    learn(connection, (call_keeping.party(end, row) for row in rows for end in ("calling", "called")))
    more = len(rows) == limit
    text = json.dumps([rows[-1]["started_at"].isoformat(), rows[-1]["id"]]) if more else _ALL
    applied.keep(connection, "parties", text, at=at)
    return more


def _seen(ends: Iterable[Party]) -> Mapping[str, _Seen]:
    found: dict[str, _Seen] = {}
    for end in ends:
        party = party_of(end)
        if party is None:
            continue
        one = found.setdefault(party, _Seen(digits=digits_of(party)))
        shown = [end.name, party.removeprefix(RAW) if party.startswith(RAW) else None]
        names = [folded_name(name) for name in shown if name is not None]
        one.names += [name for name in names if name and name not in one.names and name != one.digits]
    return found


def _learn(connection: Connection, seen: Mapping[str, _Seen]) -> None:
    query = select(PARTIES.c.id, PARTIES.c.party, PARTIES.c.digits, PARTIES.c.names)
    known = {row.party: row for row in connection.execute(query.where(PARTIES.c.party.in_(seen)))}
    new = [_row(party, one) for party, one in seen.items() if party not in known]
    new_tails: defaultdict[str, set[str]] = defaultdict(set)
    if new:
        connection.execute(insert(PARTIES), new)
        for row in new:
            new_tails[row["party"]] = tails([row["digits"], *row["names"].split("\n")])
    grown = []
    for party, kept in known.items():
        before = kept.names.split("\n") if kept.names else []
        names = [*before, *(name for name in seen[party].names if name not in before)][:MOST_NAMES]
        if names != before:
            grown.append({"b_id": kept.id, "names": "\n".join(names)})
            new_tails[party] = tails(names[len(before) :])
    if grown:
        connection.execute(update(PARTIES).where(PARTIES.c.id == bindparam("b_id")), grown)
    rows = [{"tail": tail, "party": party} for party, some in new_tails.items() for tail in sorted(some)]
    if rows:
        connection.execute(keeping(connection.dialect.name, PARTY_TAILS), rows)


def _row(party: str, one: _Seen) -> dict[str, Any]:
    return {
        "party": party,
        "country": country_of(party),
        "digits": one.digits,
        "names": "\n".join(one.names[:MOST_NAMES]),
    }


@lru_cache(maxsize=4096)
def country_of(party: str) -> str | None:
    """The country of an E.164 number, two capital letters; None for other parties and unknown ones."""
    if not party.startswith("+"):
        return None
    import phonenumbers  # noqa: PLC0415  heavy, and many commands never need it

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(party))
    except phonenumbers.NumberParseException:
        return None
