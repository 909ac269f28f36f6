"""What a filter can be made of: people, departments, sites, phones and lines that a reader reaches."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, select

from phonesync.journal.access import Scope
from phonesync.store.chunks import chunks
from phonesync.store.journal.records import Choices, Office
from phonesync.store.tables import ASSIGNMENTS, INCARNATIONS, LINES, PHONES


def choices(connection: Connection, scope: Scope, office: Office) -> Choices:
    """By name; see :class:`Choices`.

    Args:
        connection: In a transaction.
        scope: What the reader reaches.
        office: Sites of the configured phones.
    """
    query = select(ASSIGNMENTS.c.phone_id, ASSIGNMENTS.c.owner, ASSIGNMENTS.c.department, PHONES.c.name)
    held = connection.execute(query.join(PHONES, PHONES.c.id == ASSIGNMENTS.c.phone_id)).all()
    mine = [row for row in held if _is_within(row.owner, row.department, scope)]
    ids = {row.phone_id for row in mine}
    phones = {row.name for row in mine}
    if scope.everybody:
        phones.update(connection.execute(select(PHONES.c.name)).scalars())
    return Choices(
        employees=_sorted(row.owner for row in mine),
        departments=_sorted(row.department for row in mine),
        sites=_sorted(office.sites.get(name) for name in phones),
        phones=_sorted(phones),
        lines=_lines(connection, None if scope.everybody else ids),
    )


def _is_within(owner: str | None, department: str | None, scope: Scope) -> bool:
    return scope.everybody or (owner is not None and owner == scope.owner) or department in scope.departments


def _sorted(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}, key=lambda name: (name.casefold(), name)))


def _lines(connection: Connection, phone_ids: Collection[int] | None) -> tuple[int, ...]:
    query = select(LINES.c.line).distinct()
    if phone_ids is None:
        return tuple(sorted(connection.execute(query).scalars()))
    found: set[int] = set()
    of_phone = query.join(INCARNATIONS, INCARNATIONS.c.id == LINES.c.incarnation_id)
    for some in chunks(sorted(phone_ids)):
        found.update(connection.execute(of_phone.where(INCARNATIONS.c.phone_id.in_(some))).scalars())
    return tuple(sorted(found))
