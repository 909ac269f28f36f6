"""The method of the store that is about what a switch tells of a call's recording."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from phonesync.store.part import StorePart
from phonesync.store.tables import CDR_RECORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the lines of a switch's record about one call say.

    Attributes:
        unique_ids: Of channels and of the call, each once, in the order of the lines.
        names: Of recordings, likewise.
    """

    unique_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class RecordedPart(StorePart):
    """What a switch tells of recordings."""

    def recorded(self, call_id: str) -> Recorded:
        """What is known of a call's recording; nothing of one that no switch told of."""
        columns = (CDR_RECORDS.c.unique_id, CDR_RECORDS.c.linked_id, CDR_RECORDS.c.recording)
        query = select(*columns).where(CDR_RECORDS.c.call_id == call_id).order_by(CDR_RECORDS.c.id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        ids = [one for row in rows for one in (row.unique_id, row.linked_id) if one]
        names = [row.recording for row in rows if row.recording]
        return Recorded(unique_ids=tuple(dict.fromkeys(ids)), names=tuple(dict.fromkeys(names)))
