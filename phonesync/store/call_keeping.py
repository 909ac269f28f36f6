"""Calls and their legs as rows of the store, and back."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select

from phonesync.calls.sentences import Clause, Form, Sentence, Value, plain
from phonesync.calls.values import (
    Call,
    CallDirection,
    Disposition,
    Leg,
    LegOutcome,
    Party,
    Reason,
    Rule,
)
from phonesync.model import ListName
from phonesync.store.chunks import chunks
from phonesync.store.tables import CALL_LEGS, CALLS, PHONES

_ENDS = {"number_shown": "number", "e164": "e164", "extension": "extension", "name": "name"}
"""Field of a party to how its column ends."""

_FORM_OF = {form.value: form for form in Form}
_NONE: Mapping[str, str | list[str]] = MappingProxyType({})

PARTY_COLUMNS = tuple(_ENDS.values())
"""How the columns of an end end."""

_OTHERWISE = {"legs", "reasons", "could_answer", "calling", "called", "direction", "disposition", "group"}
_AS_THEY_ARE = tuple(field.name for field in fields(Call) if field.name not in _OTHERWISE)

_LEGS = select(CALL_LEGS, PHONES.c.name.label("phone")).join(PHONES, PHONES.c.id == CALL_LEGS.c.phone_id)


def load(connection: Connection, ids: Collection[str]) -> dict[str, Call]:
    """Calls by id; those that are not there are left out.

    Args:
        connection: In a transaction.
        ids: Of calls.
    """
    found: dict[str, Call] = {}
    for some in chunks(sorted(set(ids))):
        rows = connection.execute(select(CALLS).where(CALLS.c.id.in_(some))).mappings().all()
        found |= {call.id: call for call in with_legs(connection, rows)}
    return found


def with_legs(connection: Connection, rows: Sequence[RowMapping]) -> list[Call]:
    """Rows of calls as calls, in the same order."""
    legs: defaultdict[str, list[RowMapping]] = defaultdict(list)
    for some in chunks([row["id"] for row in rows]):
        query = _LEGS.where(CALL_LEGS.c.call_id.in_(some)).order_by(CALL_LEGS.c.call_id, CALL_LEGS.c.ordinal)
        for leg in connection.execute(query).mappings():
            legs[leg["call_id"]].append(leg)
    return [_call(row, legs[row["id"]]) for row in rows]


def replace(connection: Connection, *, gone: Collection[str], put: Sequence[Call]) -> None:
    """Takes calls out and puts others in.

    Args:
        connection: In a transaction that writes.
        gone: Ids of calls to take out; those to be put in anew among them.
        put: Calls to put in.
    """
    for some in chunks(sorted(gone)):
        connection.execute(delete(CALL_LEGS).where(CALL_LEGS.c.call_id.in_(some)))
        connection.execute(delete(CALLS).where(CALLS.c.id.in_(some)))
    if not put:
        return
    phones = _phone_ids(connection, {leg.phone for call in put for leg in call.legs})
    connection.execute(insert(CALLS), [_columns(call) for call in put])
    legs = [row for call in put for row in _leg_rows(call, phones)]
    if legs:
        connection.execute(insert(CALL_LEGS), legs)


def _phone_ids(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in chunks(sorted(names)):
        query = select(PHONES.c.name, PHONES.c.id).where(PHONES.c.name.in_(some))
        found |= {row.name: row.id for row in connection.execute(query)}
    return found


def _columns(call: Call) -> dict[str, Any]:
    return {
        **{name: getattr(call, name) for name in _AS_THEY_ARE},
        **_party_columns("calling", call.calling),
        **_party_columns("called", call.called),
        "direction": call.direction.value,
        "disposition": call.disposition.value,
        "group_name": call.group,
        "outside": call.outside,
        "could_answer": json.dumps(call.could_answer, ensure_ascii=False),
        "reasons": json.dumps(
            [[reason.rule.value, reason.entry_ids, _kept(reason.said)] for reason in call.reasons],
            ensure_ascii=False,
        ),
    }


def _party_columns(end: str, party: Party) -> dict[str, str | None]:
    return {f"{end}_{column}": getattr(party, name) for name, column in _ENDS.items()}


def _leg_rows(call: Call, phones: Mapping[str, int]) -> Iterable[dict[str, Any]]:
    for ordinal, leg in enumerate(call.legs):
        yield {
            "call_id": call.id,
            "ordinal": ordinal,
            "phone_id": phones[leg.phone],
            "extension": leg.extension,
            "owner": leg.owner,
            "department": leg.department,
            "list_name": None if leg.list_name is None else leg.list_name.value,
            "outcome": leg.outcome.value,
            "started_at": leg.started_at,
            "talk_s": leg.talk_s,
            "entry_ids": " ".join(leg.entry_ids),
            "call_at": call.started_at,
        }


def _call(row: RowMapping, legs: Iterable[RowMapping]) -> Call:
    return Call(
        **{name: row[name] for name in _AS_THEY_ARE},
        direction=CallDirection(row["direction"]),
        disposition=Disposition(row["disposition"]),
        calling=party("calling", row),
        called=party("called", row),
        group=row["group_name"],
        could_answer=tuple(json.loads(row["could_answer"])),
        reasons=tuple(
            Reason(rule=Rule(rule), entry_ids=tuple(entry_ids), said=_said(kept))
            for rule, entry_ids, kept in json.loads(row["reasons"])
        ),
        legs=tuple(_leg(leg) for leg in legs),
    )


def _kept(said: Sentence) -> list[Any]:
    """A sentence as JSON: form and values of each clause."""
    return [[one.form.value, dict(one.values)] if one.values else [one.form.value] for one in said]


def _said(kept: str | list[Any]) -> Sentence:
    """A sentence from JSON; calls that were joined by earlier versions have a text."""
    if isinstance(kept, str):
        return plain(kept)
    # Exports read millions of them: lists are quicker to fill than generators.
    return tuple([Clause(form=_FORM_OF[form], values=_values(*values)) for form, *values in kept])


def _values(values: Mapping[str, str | list[str]] = _NONE) -> tuple[tuple[str, Value], ...]:
    return tuple(
        [(name, tuple(one) if isinstance(one, list) else one) for name, one in values.items()]
        if values
        else ()
    )


def party(end: str, row: RowMapping) -> Party:
    """One end of a call, ``calling`` or ``called``."""
    return Party(**{name: row[f"{end}_{column}"] for name, column in _ENDS.items()})


def _leg(row: RowMapping) -> Leg:
    return Leg(
        phone=row["phone"],
        extension=row["extension"],
        owner=row["owner"],
        department=row["department"],
        list_name=None if row["list_name"] is None else ListName(row["list_name"]),
        outcome=LegOutcome(row["outcome"]),
        entry_ids=tuple(row["entry_ids"].split()),
        started_at=row["started_at"],
        talk_s=row["talk_s"],
    )
