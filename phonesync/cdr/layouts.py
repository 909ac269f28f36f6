"""Which cell of a line holds what.

Sources: Asterisk's ``cdr/cdr_csv.c`` (order of the columns, and which options of ``cdr.conf`` add which),
its ``main/cdr.c`` (words of a disposition), and ``cdr_export_csv`` of FreePBX's module ``cdr`` (headings).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from phonesync.calls.values import Disposition
from phonesync.contacts.headings import plain
from phonesync.errors import SourceError
from phonesync.spelling import unknown

ASTERISK = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start",
    "answer", "end", "duration", "billsec", "disposition", "amaflags",
)  # fmt: skip
"""Columns of every ``Master.csv``."""

UNIQUE_ID, USER_FIELD = "uniqueid", "userfield"
"""Columns that ``loguniqueid`` and ``loguserfield`` add."""

NEW = ("peeraccount", "linkedid", "sequence")
"""Columns that ``newcdrcolumns`` adds after them."""

ROLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "asterisk": MappingProxyType(
            {
                "start": "start", "answer": "answer", "end": "end", "duration": "duration",
                "billsec": "billsec", "src": "src", "dst": "dst", "disposition": "disposition",
                "unique_id": UNIQUE_ID, "linked_id": "linkedid",
            }
        ),
        "freepbx": MappingProxyType(
            {
                "start": "calldate", "duration": "duration", "billsec": "billsec", "src": "src", "dst": "dst",
                "disposition": "disposition", "unique_id": UNIQUE_ID, "linked_id": "linkedid",
                "recording": "recordingfile",
            }
        ),
        "csv": MappingProxyType({}),
    }
)  # fmt: skip
"""Kind of record to role to column."""

DISPOSITIONS: Mapping[str, Disposition] = MappingProxyType(
    {
        "ANSWERED": Disposition.ANSWERED,
        "ANSWER": Disposition.ANSWERED,
        "NO ANSWER": Disposition.NO_ANSWER,
        "NOANSWER": Disposition.NO_ANSWER,
        "CANCEL": Disposition.NO_ANSWER,
        "BUSY": Disposition.BUSY,
        "FAILED": Disposition.FAILED,
        "CONGESTION": Disposition.FAILED,
        "VOICEMAIL": Disposition.VOICEMAIL,
    }
)
"""Words of a switch to ours; any other word says nothing."""

_UNIQUE = re.compile(r"(?:.*-)?[0-9]{9,10}\.[0-9]+")


def asterisk(cells: Sequence[str]) -> Mapping[str, str]:
    """The cells of a line of ``Master.csv`` by the names of their columns.

    Raises:
        ValueError: No combination of options writes so many.
    """
    more = len(cells) - len(ASTERISK)
    names = list(ASTERISK)
    own, late = (more - len(NEW), NEW) if more >= len(NEW) else (more, ())
    if own == 1:
        names.append(UNIQUE_ID if _UNIQUE.fullmatch(cells[len(ASTERISK)].strip()) else USER_FIELD)
    elif own == len((UNIQUE_ID, USER_FIELD)):
        names += [UNIQUE_ID, USER_FIELD]
    elif own != 0:
        raise ValueError(f"has {columns(len(cells))}; Asterisk writes 16 to 21")
    return dict(zip((*names, *late), cells, strict=True))


def columns(count: int) -> str:
    """So many columns, in words."""
    return "1 column" if count == 1 else f"{count} columns"


def positions(head: Sequence[str], wanted: Mapping[str, str], *, file: str) -> Mapping[str, int]:
    """Heading to its position, for every heading of the first line.

    Args:
        head: The first line.
        wanted: Role to heading, all of which must be there.
        file: For the error.

    Raises:
        SourceError: One is missing.
    """
    found: dict[str, int] = {}
    for at, heading in enumerate(head):
        found.setdefault(plain(heading), at)
    for role, heading in wanted.items():
        if plain(heading) not in found:
            shown = [cell.strip()[:40] for cell in head]
            raise SourceError(
                f"{file}:1: {unknown('heading', heading, shown)}",
                hint=f"It is to hold {role}; the first line must be headings.",
            )
    return found
