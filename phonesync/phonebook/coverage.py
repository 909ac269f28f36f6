"""The measure that matters: of last week's entries on a phone, how many show a name there. Pure.

A row shows a name where the phone itself says so, whatever was pushed or offered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import timedelta

from phonesync.numbering import DialPlan, canonical, is_withheld
from phonesync.phonebook.contents import bare
from phonesync.phonebook.met import ShownCaller

PERIOD = timedelta(days=7)
"""How far back entries are looked at."""

MOST_WANTED = 5
"""Numbers that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A number that shows no name.

    Attributes:
        number: As the phone shows it.
        rows: In how many rows.
        known: The phone's book has a name for it.
    """

    number: str
    rows: int
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NameCoverage:
    """How many rows of one phone show a name.

    Attributes:
        rows: Rows with a caller who is not withheld.
        named: Those that show a name.
        could: Those whose number has a name in the phone's book.
        wanted: The numbers that would help most, most rows first.
    """

    rows: int
    named: int
    could: int
    wanted: tuple[Wanted, ...] = ()


def measure(shown: Iterable[ShownCaller], book: Container[str], *, plan: DialPlan) -> NameCoverage:
    """Counts the rows that show a name.

    Args:
        shown: Rows of the phone's lists, by number and name.
        book: The canonical numbers in the phone's book.
        plan: Of its site.
    """
    rows = named = could = 0
    lacking: Counter[tuple[str, bool]] = Counter()
    for one in shown:
        if is_withheld(one.number):
            continue
        known = canonical(plan, one.number) in book
        rows += one.rows
        could += one.rows if known else 0
        if shows_name(one.number, one.name):
            named += one.rows
        else:
            lacking[one.number, known] += one.rows
    most = sorted(lacking.items(), key=lambda item: (-item[1], item[0]))[:MOST_WANTED]
    wanted = tuple(Wanted(number=number, rows=count, known=known) for (number, known), count in most)
    return NameCoverage(rows=rows, named=named, could=could, wanted=wanted)


def shows_name(number: str, name: str | None) -> bool:
    """Whether what stands beside a number is a name: not nothing, not the number again, not "unknown"."""
    if name is None or is_withheld(name):
        return False
    return bare(name) != bare(number)
