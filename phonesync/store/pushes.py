"""What we wrote to the directories of phones: the record by which a contact there is known as ours."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, fields

from sqlalchemy import bindparam, delete, insert, select, update

from phonesync.phonebook.push_values import PushRecord, PushState
from phonesync.store import phones
from phonesync.store.part import StorePart
from phonesync.store.tables import INCARNATIONS, PUSHED_CONTACTS

_FIELDS = tuple(field.name for field in fields(PushRecord))


class PushesPart(StorePart):
    """The methods of the store that are about contacts written to phones."""

    def pushed(self, incarnation: str) -> list[PushRecord]:
        """What we wrote to a phone, by contact.

        Args:
            incarnation: The physical phone.
        """
        wanted = (
            select(*(PUSHED_CONTACTS.c[name] for name in _FIELDS))
            .join(INCARNATIONS, INCARNATIONS.c.id == PUSHED_CONTACTS.c.incarnation_id)
            .where(INCARNATIONS.c.label == incarnation)
            .order_by(PUSHED_CONTACTS.c.contact)
        )
        with self._database.read() as connection:
            rows = connection.execute(wanted).mappings().all()
        return [PushRecord(**{**row, "state": PushState(row["state"])}) for row in rows]

    def keep_pushed(
        self, incarnation: str, records: Collection[PushRecord] = (), *, gone: Collection[str] = ()
    ) -> None:
        """Keeps records in place of those before, and forgets others, all of it or nothing.

        Args:
            incarnation: The physical phone.
            records: To be kept.
            gone: Contacts to be forgotten.

        Raises:
            StoreError: The incarnation is not in the store.
        """
        if not records and not gone:
            return
        table, now = PUSHED_CONTACTS, self._clock.now()
        with self._database.write() as connection:
            mine = phones.incarnation_id(connection, incarnation)
            one = (table.c.incarnation_id == mine) & (table.c.contact == bindparam("b_contact"))
            for contact in gone:
                connection.execute(delete(table).where(one), {"b_contact": contact})
            for record in records:
                values = {**asdict(record), "state": record.state.value, "at": now}
                done = connection.execute(
                    update(table).where(one).values(**values), {"b_contact": record.contact}
                )
                if done.rowcount == 0:
                    connection.execute(insert(table).values(incarnation_id=mine, **values))
