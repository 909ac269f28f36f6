"""Contacts and their sources: what imports write, and what books, look-ups and people read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import fields
from datetime import datetime
from itertools import groupby
from typing import Any, TypeAlias, TypeVar
from unicodedata import combining, normalize

from sqlalchemy import Connection, RowMapping, Select, bindparam, delete, func, insert, select, update

from phonesync.errors import StaleState
from phonesync.model import Contact, ContactNumber, NumberKind
from phonesync.store.bulk import keeping
from phonesync.store.chunks import chunks
from phonesync.store.contact_records import ContactImport, ContactSourceState, KeptContact
from phonesync.store.part import StorePart
from phonesync.store.tables import CONTACT_NUMBERS, CONTACT_SOURCES, CONTACTS

PAGE = 1000
"""Contacts fetched at a time. Between pages no transaction is open, however slowly the reader takes them."""

AT_ONCE = 500
"""Values of one statement; an old SQLite takes 999 parameters."""

Reads: TypeAlias = Callable[[], AbstractContextManager[Connection]]
T = TypeVar("T")

_STATE = tuple(field.name for field in fields(ContactSourceState))


class ContactsPart(StorePart):
    """The methods of the store that are about contacts."""

    def contacts(self, *, source: str | None = None, canonical: str | None = None) -> Iterator[KeptContact]:
        """Contacts in the order in which they came first, fetched in pages as they are taken.

        Args:
            source: Only of this source.
            canonical: Only those that have this number: E.164, or ``ext:`` and an extension.
        """
        return _contacts(self._database.read, source, canonical)

    def in_contacts(self, canonicals: Collection[str]) -> frozenset[str]:
        """Those of some numbers that any contact has.

        Args:
            canonicals: E.164, or ``ext:`` and an extension.
        """
        column, found = CONTACT_NUMBERS.c.canonical, set[str]()
        with self._database.read() as connection:
            for some in chunks(sorted(canonicals)):
                found.update(connection.scalars(select(column).where(column.in_(some)).distinct()))
        return frozenset(found)

    def contacts_version(self) -> str:
        """A text that changes exactly when contacts change, those of a source no longer configured too."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(CONTACT_SOURCES.c.name, CONTACT_SOURCES.c.digest).where(CONTACT_SOURCES.c.contacts > 0)
            ).all()
        whole = "\n".join(f"{row.digest} {row.name}" for row in sorted(rows, key=lambda row: row.name))
        return hashlib.sha256(whole.encode()).hexdigest()

    def contact_sources(self) -> list[ContactSourceState]:
        """Every source ever tried, by name."""
        with self._database.read() as connection:
            rows = connection.execute(_states()).mappings()
            return sorted((ContactSourceState(**row) for row in rows), key=lambda state: state.name)

    def contact_source(self, name: str) -> ContactSourceState | None:
        """One source, or None where it was never tried."""
        with self._database.read() as connection:
            row = connection.execute(_states().where(CONTACT_SOURCES.c.name == name)).mappings().one_or_none()
        return None if row is None else ContactSourceState(**row)

    def take_contacts(self, taken: ContactImport) -> None:
        """Writes everything one import changes, or nothing.

        Raises:
            StaleState: Another process has imported the source since the import was decided on.
        """
        with self._database.write() as connection:
            _enter(connection, taken.source, taken.kind)
            _refuse_if_stale(connection, taken)
            _remove(connection, taken.source, taken.gone)
            _put(connection, taken)
            count = connection.execute(
                select(func.count()).select_from(CONTACTS).where(CONTACTS.c.source == taken.source)
            ).scalar_one()
            _note(
                connection, taken.source, kind=taken.kind, tried_at=taken.at, imported_at=taken.at,
                contacts=count, digest=taken.digest, token=taken.token, bad_rows=taken.bad_rows, error=None,
                held=None, held_digest=None, confirmed_digest=None,
            )  # fmt: skip

    def note_contact_source(self, name: str, *, kind: str, at: datetime, error: str) -> None:
        """Notes that a source could not be imported; its contacts stay as they are.

        Args:
            name: Of the source.
            kind: Its kind.
            at: The instant of the attempt, UTC.
            error: Why, in words.
        """
        with self._database.write() as connection:
            _enter(connection, name, kind)
            _note(connection, name, kind=kind, tried_at=at, error=error)

    def hold_contacts(
        self, name: str, *, kind: str, at: datetime, why: str, digest: str, bad_rows: int
    ) -> None:
        """Notes that what a source brought is held; its contacts stay as they are.

        Args:
            name: Of the source.
            kind: Its kind.
            at: The instant of the attempt, UTC.
            why: In words.
            digest: Of the contacts that were held.
            bad_rows: Rows that would not have gone in.
        """
        with self._database.write() as connection:
            _enter(connection, name, kind)
            _note(
                connection, name, kind=kind, tried_at=at, error=None, held=why, held_digest=digest,
                confirmed_digest=None, bad_rows=bad_rows,
            )  # fmt: skip

    def confirm_contacts(self, name: str, digest: str) -> bool:
        """Lets exactly what was held through at the next import.

        Args:
            name: Of the source.
            digest: Of the contacts that were held.

        Returns:
            False where something else is held by now, or nothing.
        """
        with self._database.write() as connection:
            done = connection.execute(
                update(CONTACT_SOURCES)
                .where(CONTACT_SOURCES.c.name == name, CONTACT_SOURCES.c.held_digest == digest)
                .values(confirmed_digest=digest)
            )
        return done.rowcount == 1

    def forget_contact_source(self, name: str) -> int:
        """Removes a source and all its contacts.

        Returns:
            How many contacts.
        """
        with self._database.write() as connection:
            mine = select(CONTACTS.c.id).where(CONTACTS.c.source == name)
            connection.execute(delete(CONTACT_NUMBERS).where(CONTACT_NUMBERS.c.contact_id.in_(mine)))
            done = connection.execute(delete(CONTACTS).where(CONTACTS.c.source == name))
            connection.execute(delete(CONTACT_SOURCES).where(CONTACT_SOURCES.c.name == name))
        return int(done.rowcount)


def folded(name: str) -> str:
    """A name without case and accents."""
    plain = normalize("NFKD", name.casefold())
    return "".join(letter for letter in plain if not combining(letter))


# --- reading ------------------------------------------------------------------------------------------------


def _contacts(reads: Reads, source: str | None, canonical: str | None) -> Iterator[KeptContact]:
    after = 0
    while True:
        with reads() as connection:
            rows = connection.execute(_page(source, canonical), {"b_after": after}).mappings().all()
            numbers = _numbers(connection, [row["id"] for row in rows])
        for row in rows:
            yield _kept(row, numbers.get(row["id"], []))
        if len(rows) < PAGE:
            return
        after = rows[-1]["id"]


def _page(source: str | None, canonical: str | None) -> Select[Any]:
    query = select(CONTACTS).where(CONTACTS.c.id > bindparam("b_after")).order_by(CONTACTS.c.id).limit(PAGE)
    if source is not None:
        query = query.where(CONTACTS.c.source == source)
    if canonical is not None:
        having = select(CONTACT_NUMBERS.c.contact_id).where(CONTACT_NUMBERS.c.canonical == canonical)
        query = query.where(CONTACTS.c.id.in_(having))
    return query


def _numbers(connection: Connection, ids: Sequence[int]) -> Mapping[int, list[RowMapping]]:
    """The numbers of a page of contacts, which lie side by side in the order of ids."""
    if not ids:
        return {}
    query = (
        select(CONTACT_NUMBERS)
        .where(CONTACT_NUMBERS.c.contact_id.between(ids[0], ids[-1]))
        .order_by(CONTACT_NUMBERS.c.contact_id, CONTACT_NUMBERS.c.ordinal)
    )
    if len(ids) <= AT_ONCE:
        query = query.where(CONTACT_NUMBERS.c.contact_id.in_(ids))
    rows = connection.execute(query).mappings()
    return {contact: list(group) for contact, group in groupby(rows, key=lambda row: row["contact_id"])}


def _kept(row: RowMapping, numbers: Sequence[RowMapping]) -> KeptContact:
    return KeptContact(
        contact=Contact(
            source=row["source"],
            uid=row["uid"],
            name=row["name"],
            numbers=tuple(
                ContactNumber(number=number["number"], kind=NumberKind(number["kind"])) for number in numbers
            ),
            company=row["company"],
            department=row["department"],
        ),
        canonicals=tuple(number["canonical"] for number in numbers),
        digest=row["digest"],
        changed_at=row["changed_at"],
        card=row["card"],
        etag=row["etag"],
    )


def _states() -> Select[Any]:
    return select(*(CONTACT_SOURCES.c[name] for name in _STATE))


# --- writing ------------------------------------------------------------------------------------------------


def _enter(connection: Connection, name: str, kind: str) -> None:
    """A row for a source that was never tried."""
    connection.execute(
        keeping(connection.dialect.name, CONTACT_SOURCES),
        {**dict.fromkeys(_STATE), "name": name, "kind": kind, "contacts": 0, "digest": "", "bad_rows": 0},
    )


def _note(connection: Connection, name: str, **values: object) -> None:
    connection.execute(update(CONTACT_SOURCES).where(CONTACT_SOURCES.c.name == name).values(**values))


def _refuse_if_stale(connection: Connection, taken: ContactImport) -> None:
    digest = connection.execute(
        select(CONTACT_SOURCES.c.digest).where(CONTACT_SOURCES.c.name == taken.source)
    ).scalar_one()
    if digest != taken.before:
        raise StaleState(
            f"The contacts of {taken.source} were changed by another process in the meantime.",
            hint="Nothing of this import was written; the next one starts from what is there now.",
        )


def _remove(connection: Connection, source: str, uids: Collection[str]) -> None:
    for some in chunks(list(uids), AT_ONCE):
        ids = list(_ids(connection, source, some).values())
        connection.execute(delete(CONTACT_NUMBERS).where(CONTACT_NUMBERS.c.contact_id.in_(ids)))
        connection.execute(delete(CONTACTS).where(CONTACTS.c.id.in_(ids)))


def _put(connection: Connection, taken: ContactImport) -> None:
    for some in chunks(list(taken.put), AT_ONCE):
        uids = [kept.contact.uid for kept in some]
        known = _ids(connection, taken.source, uids)
        changed = [
            {**_row(kept), "b_id": known[kept.contact.uid]} for kept in some if kept.contact.uid in known
        ]
        if changed:
            connection.execute(update(CONTACTS).where(CONTACTS.c.id == bindparam("b_id")), changed)
            mine = CONTACT_NUMBERS.c.contact_id.in_(list(known.values()))
            connection.execute(delete(CONTACT_NUMBERS).where(mine))
        new = [_row(kept) for kept in some if kept.contact.uid not in known]
        if new:
            connection.execute(insert(CONTACTS), new)
        ids = _ids(connection, taken.source, uids)
        numbers = [row for kept in some for row in _number_rows(kept, ids[kept.contact.uid])]
        if numbers:
            connection.execute(insert(CONTACT_NUMBERS), numbers)


def _row(kept: KeptContact) -> dict[str, Any]:
    contact = kept.contact
    return {
        "source": contact.source,
        "uid": contact.uid,
        "name": contact.name,
        "folded": folded(contact.name),
        "company": contact.company,
        "department": contact.department,
        "digest": kept.digest,
        "changed_at": kept.changed_at,
        "etag": kept.etag,
        "card": kept.card,
    }


def _number_rows(kept: KeptContact, contact_id: int) -> Iterator[dict[str, Any]]:
    pairs = zip(kept.contact.numbers, kept.canonicals, strict=True)
    for ordinal, (number, canonical) in enumerate(pairs):
        yield {
            "contact_id": contact_id,
            "ordinal": ordinal,
            "number": number.number,
            "kind": number.kind.value,
            "canonical": canonical,
        }


def _ids(connection: Connection, source: str, uids: Sequence[str]) -> dict[str, int]:
    rows = connection.execute(
        select(CONTACTS.c.uid, CONTACTS.c.id).where(CONTACTS.c.source == source, CONTACTS.c.uid.in_(uids))
    )
    return {row.uid: row.id for row in rows}
