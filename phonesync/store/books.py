"""Phonebooks of phones: their secret addresses, what they fetched and uploaded, which numbers they met."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Subquery, delete, func, insert, select

from phonesync.store import phones as phone_rows
from phonesync.store.book_records import MetNumber, OwnBook, ServedBook, ShownCaller
from phonesync.store.bulk import keeping, replacing
from phonesync.store.part import StorePart
from phonesync.store.records import PhoneState
from phonesync.store.tables import (
    ENTRIES,
    INCARNATIONS,
    OWN_BOOKS,
    PHONE_ADDRESSES,
    PHONES,
    SERVED_BOOKS,
)

TOKEN_BYTES = 16
"""128 random bits: nobody finds one by trying."""

NAMES_AT_ONCE = 500
"""Names in one statement; an old SQLite takes 999 parameters."""

MOST_ROWS = 20_000
"""Rows looked at for one question about numbers met, the newest ones."""


class BooksPart(StorePart):
    """The methods of the store that are about phonebooks of phones."""

    # Addresses

    def address_of(self, phone: str) -> str:
        """The secret part of a phone's addresses, made at its first use.

        Raises:
            ConfigError: The store knows no such phone.
        """
        with self._database.read() as connection:
            found = _token(connection, phone_rows.phone_id(connection, phone))
        if found is not None:
            return found
        with self._database.write() as connection:
            phone_id = phone_rows.phone_id(connection, phone)
            connection.execute(
                keeping(connection.dialect.name, PHONE_ADDRESSES), _address(phone_id, self._clock.now())
            )
            token = _token(connection, phone_id)
        assert token is not None
        return token

    def renew_address(self, phone: str) -> str:
        """Gives a phone another secret part; the one before leads nowhere from now on.

        Raises:
            ConfigError: The store knows no such phone.
        """
        with self._database.write() as connection:
            phone_id = phone_rows.phone_id(connection, phone)
            connection.execute(delete(PHONE_ADDRESSES).where(PHONE_ADDRESSES.c.phone_id == phone_id))
            row = _address(phone_id, self._clock.now())
            connection.execute(insert(PHONE_ADDRESSES), row)
        return str(row["token"])

    def phone_at(self, token: str) -> str | None:
        """The name of the phone whose address this is, or None."""
        with self._database.read() as connection:
            found: str | None = connection.execute(
                _addresses().where(PHONE_ADDRESSES.c.token == token)
            ).scalar_one_or_none()
        return found

    def addresses(self) -> dict[str, str]:
        """Secret part to name of the phone, of all phones that have one."""
        with self._database.read() as connection:
            rows = connection.execute(_addresses().add_columns(PHONE_ADDRESSES.c.token)).all()
        return {row.token: row.name for row in rows}

    # Files

    def known_as(self, phone: str) -> PhoneState:
        """The state of a phone without its ledger, which is never to be read on.

        Raises:
            ConfigError: The store knows no such phone.
        """
        with self._database.read() as connection:
            return phone_rows.load_small(connection, phone)

    def note_served(self, served: Iterable[ServedBook]) -> None:
        """Notes what phones fetched; of phones the store does not know nothing is noted."""
        with self._database.write() as connection:
            ids = _ids(connection)
            rows = [
                {
                    "phone_id": ids[book.phone],
                    "file": book.file,
                    "etag": book.etag,
                    "entries": book.entries,
                    "left_out": book.left_out,
                    "taken_at": book.taken_at,
                    "asked_at": book.asked_at,
                    "agent": book.agent,
                }
                for book in served
                if book.phone in ids
            ]
            if rows:
                values = ("etag", "entries", "left_out", "taken_at", "asked_at", "agent")
                connection.execute(replacing(connection.dialect.name, SERVED_BOOKS, *values), rows)

    def served_books(self, phone: str | None = None) -> list[ServedBook]:
        """What phones fetched last, by phone and file.

        Raises:
            ConfigError: The store knows no such phone.
        """
        query = select(PHONES.c.name.label("phone"), *_columns_of(SERVED_BOOKS)).join(
            PHONES, PHONES.c.id == SERVED_BOOKS.c.phone_id
        )
        with self._database.read() as connection:
            if phone is not None:
                query = query.where(PHONES.c.id == phone_rows.phone_id(connection, phone))
            rows = connection.execute(query).mappings().all()
        return sorted((ServedBook(**row) for row in rows), key=lambda book: (book.phone, book.file))

    def keep_own_book(self, phone: str, file: str, content: bytes) -> None:
        """Keeps a phone's uploaded contacts in place of those before.

        Raises:
            ConfigError: The store knows no such phone.
        """
        with self._database.write() as connection:
            phone_id = phone_rows.phone_id(connection, phone)
            row = {"phone_id": phone_id, "file": file, "content": content, "at": self._clock.now()}
            connection.execute(replacing(connection.dialect.name, OWN_BOOKS, "content", "at"), row)

    def own_book(self, phone: str, file: str) -> OwnBook | None:
        """A phone's own contacts as it uploaded them last, or None.

        Those of a physical phone that bore the name before are not this one's: a file merged with them would
        destroy what this one holds.

        Raises:
            ConfigError: The store knows no such phone.
        """
        with self._database.read() as connection:
            phone_id = phone_rows.phone_id(connection, phone)
            bears_it_since = select(func.max(INCARNATIONS.c.created_at)).where(
                INCARNATIONS.c.phone_id == phone_id
            )
            row = connection.execute(
                select(OWN_BOOKS.c.content, OWN_BOOKS.c.at).where(
                    OWN_BOOKS.c.phone_id == phone_id,
                    OWN_BOOKS.c.file == file,
                    OWN_BOOKS.c.at >= bears_it_since.scalar_subquery(),
                )
            ).one_or_none()
        return None if row is None else OwnBook(phone=phone, file=file, content=row.content, at=row.at)

    # Numbers met

    def numbers_met(
        self, names: Collection[str], *, since: datetime, most_rows: int = MOST_ROWS
    ) -> list[MetNumber]:
        """The numbers that stand in entries of phones, most often met first.

        Args:
            names: Of phones; unknown ones are left out.
            since: Entries that started from then on, UTC.
            most_rows: So many entries are looked at, the newest ones.
        """
        found: dict[str, MetNumber] = {}
        wanted = sorted(names)
        chunks = [wanted[at : at + NAMES_AT_ONCE] for at in range(0, len(wanted), NAMES_AT_ONCE)]
        for some in chunks:
            with self._database.read() as connection:
                rows = connection.execute(_met(_newest(some, since, most_rows // len(chunks) or 1))).all()
            for number, times, last_at in rows:
                known = found.get(number)
                if known is not None:
                    times, last_at = times + known.times, max(last_at, known.last_at)  # noqa: PLW2901  summed over chunks
                found[number] = MetNumber(number=number, times=times, last_at=last_at)
        return sorted(found.values(), key=lambda met: (-met.times, met.number))

    def shown_callers(self, phone: str, *, since: datetime, most_rows: int = MOST_ROWS) -> list[ShownCaller]:
        """Numbers and names in the rows of a phone's lists, by number and name.

        Args:
            phone: Name of the phone.
            since: Rows that started from then on, UTC.
            most_rows: So many rows are looked at, the newest ones.

        Raises:
            ConfigError: The store knows no such phone.
        """
        with self._database.read() as connection:
            phone_rows.phone_id(connection, phone)
            newest = _newest([phone], since, most_rows, only_lists=True)
            rows = connection.execute(
                select(newest.c.remote_number, newest.c.remote_name, func.count()).group_by(
                    newest.c.remote_number, newest.c.remote_name
                )
            ).all()
        shown = [ShownCaller(number=number, name=name, rows=rows) for number, name, rows in rows]
        return sorted(shown, key=lambda caller: (caller.number, caller.name or ""))


def _addresses() -> Select[Any]:
    return select(PHONES.c.name).join(PHONE_ADDRESSES, PHONE_ADDRESSES.c.phone_id == PHONES.c.id)


def _address(phone_id: int, now: datetime) -> dict[str, object]:
    return {"phone_id": phone_id, "token": secrets.token_urlsafe(TOKEN_BYTES), "created_at": now}


def _token(connection: Connection, phone_id: int) -> str | None:
    found: str | None = connection.execute(
        select(PHONE_ADDRESSES.c.token).where(PHONE_ADDRESSES.c.phone_id == phone_id)
    ).scalar_one_or_none()
    return found


def _ids(connection: Connection) -> Mapping[str, int]:
    return {row.name: row.id for row in connection.execute(select(PHONES.c.name, PHONES.c.id))}


def _columns_of(table: Any) -> list[Any]:
    return [column for column in table.c if column.name != "phone_id"]


def _newest(names: Collection[str], since: datetime, most: int, *, only_lists: bool = False) -> Subquery:
    """The newest entries of phones that show a number."""
    mine = (
        select(INCARNATIONS.c.id)
        .join(PHONES, PHONES.c.id == INCARNATIONS.c.phone_id)
        .where(PHONES.c.name.in_(names))
    )
    query = select(
        ENTRIES.c.remote_number, ENTRIES.c.remote_name, ENTRIES.c.count, ENTRIES.c.started_at
    ).where(
        ENTRIES.c.incarnation_id.in_(mine),
        ENTRIES.c.started_at >= since,
        ENTRIES.c.remote_number.is_not(None),
    )
    if only_lists:
        query = query.where(ENTRIES.c.sources != "event")
    return query.order_by(ENTRIES.c.started_at.desc()).limit(most).subquery()


def _met(newest: Subquery) -> Select[Any]:
    return select(newest.c.remote_number, func.sum(newest.c.count), func.max(newest.c.started_at)).group_by(
        newest.c.remote_number
    )
