"""The tables, and nothing else: no rule and no statement."""

from phonesync.store.tables.base import (
    METADATA,
)
from phonesync.store.tables.contacts import (
    CONTACT_NUMBERS,
    CONTACT_SOURCES,
    CONTACTS,
    OWN_BOOKS,
    PHONE_ADDRESSES,
    PUSHED_CONTACTS,
    SERVED_BOOKS,
)
from phonesync.store.tables.events import (
    ALIVE_SIGNS,
    EVENTS,
    HEARD_SPANS,
)
from phonesync.store.tables.ledger import (
    ALIASES,
    ASSIGNMENTS,
    CLOCK_OFFSETS,
    ENTRIES,
    INCARNATIONS,
    LEDGERS,
    LINES,
    LIST_NAMES,
    OPEN_SPANS,
    PHONES,
    RAW,
    REQUESTS,
    SPANS,
    STATES,
)

__all__ = [
    "ALIASES",
    "ALIVE_SIGNS",
    "ASSIGNMENTS",
    "CLOCK_OFFSETS",
    "CONTACTS",
    "CONTACT_NUMBERS",
    "CONTACT_SOURCES",
    "ENTRIES",
    "EVENTS",
    "HEARD_SPANS",
    "INCARNATIONS",
    "LEDGERS",
    "LINES",
    "LIST_NAMES",
    "METADATA",
    "OPEN_SPANS",
    "OWN_BOOKS",
    "PHONES",
    "PHONE_ADDRESSES",
    "PUSHED_CONTACTS",
    "RAW",
    "REQUESTS",
    "SERVED_BOOKS",
    "SPANS",
    "STATES",
]
