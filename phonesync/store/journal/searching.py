"""Calls found by any part of a number or of a name."""

from __future__ import annotations

import re

from sqlalchemy import Connection, func, or_, select

from phonesync.store.contacts import folded
from phonesync.store.journal.conditions import Condition
from phonesync.store.journal.records import Office
from phonesync.store.tables import CALLS, CONTACT_NUMBERS, CONTACTS

_NUMBER = re.compile(r"[\s0-9()+./-]*[0-9][\s0-9()+./-]*")
_SHOWN = ("number", "e164", "extension")


def found(connection: Connection, text: str, office: Office) -> Condition:  # noqa: ARG001
    """What a call must be to be found.

    Args:
        connection: In a transaction.
        text: Any part of a number, however written, or of a name.
        office: Dial plans of the sites.
    """
    if _NUMBER.fullmatch(text):
        digits = "".join(letter for letter in text if letter.isdigit())
        ways = [CALLS.c[f"{end}_{what}"].contains(digits) for end in ("calling", "called") for what in _SHOWN]
        return or_(*ways)
    query = select(CONTACT_NUMBERS.c.canonical).join(CONTACTS, CONTACTS.c.id == CONTACT_NUMBERS.c.contact_id)
    numbers = query.where(CONTACTS.c.folded.contains(folded(text)), CONTACT_NUMBERS.c.canonical.is_not(None))
    of_contacts = list(connection.execute(numbers.distinct().limit(300)).scalars())
    names = [func.lower(CALLS.c[f"{end}_name"]).contains(text.lower()) for end in ("calling", "called")]
    return or_(*names, CALLS.c.outside.in_(of_contacts))
