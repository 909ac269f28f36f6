"""Which contact a phone is to show for a number that several contacts have.

Among the contacts the phone may see, the first by this order wins: the lower precedence of its source; the
narrower scope of its source; the number standing earlier among its numbers; its name; its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from phonesync.model import Contact

Rank: TypeAlias = tuple[int, int, int, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptContact:
    """A contact as the store has kept it.

    Attributes:
        contact: The contact.
        canonicals: For each of its numbers E.164, ``ext:`` and an extension, or None where it is neither.
        digest: Of all this, so that a change is seen.
        changed_at: When it came or changed last, UTC.
        card: Address of the card it stands in, for sources that have cards; else None.
        etag: Of that card, or None.
    """

    contact: Contact
    canonicals: tuple[str | None, ...]
    digest: str
    changed_at: datetime
    card: str | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A phone as far as it decides what its owner may see.

    Attributes:
        site: Name of its site.
        department: Its owner's, or None.
    """

    site: str
    department: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """For whom the contacts of one source are.

    Attributes:
        source: Its name.
        site: Only phones of this site, or None.
        department: Only phones of this department, or None.
        precedence: The lower one wins.
    """

    source: str
    site: str | None = None
    department: str | None = None
    precedence: int = 10

    def covers(self, viewer: Viewer) -> bool:
        """Whether a phone may see these contacts."""
        return self.site in (None, viewer.site) and self.department in (None, viewer.department)

    @property
    def breadth(self) -> int:
        """0 for a department of a site, 1 for a department, 2 for a site, 3 for everyone."""
        return 2 * (self.department is None) + (self.site is None)


def candidates(
    canonical: str, contacts: Iterable[KeptContact], scopes: Mapping[str, Scope], viewer: Viewer
) -> list[KeptContact]:
    """The contacts that have a number and that a phone may see, the winner first.

    Args:
        canonical: The number.
        contacts: Any contacts.
        scopes: Source to its scope; contacts of other sources do not count.
        viewer: The phone.
    """
    found = [
        kept
        for kept in contacts
        if canonical in kept.canonicals
        and kept.contact.source in scopes
        and scopes[kept.contact.source].covers(viewer)
    ]
    return sorted(found, key=lambda kept: rank(kept, canonical, scopes[kept.contact.source]))


def rank(kept: KeptContact, canonical: str, scope: Scope) -> Rank:
    """What contacts with the same number are ordered by; the lowest wins."""
    contact = kept.contact
    return (
        scope.precedence,
        scope.breadth,
        kept.canonicals.index(canonical),
        contact.name,
        contact.id,
    )


def why(winner: KeptContact, other: KeptContact, canonical: str, scopes: Mapping[str, Scope]) -> str:
    """What makes one contact win over another, in words.

    Args:
        winner: The one that is shown.
        other: One that is not.
        canonical: The number both have.
        scopes: Source to its scope.
    """
    first, second = (rank(kept, canonical, scopes[kept.contact.source]) for kept in (winner, other))
    if first[0] != second[0]:
        return f"precedence {first[0]} is before {second[0]}"
    if first[1] != second[1]:
        return f"{_BREADTHS[first[1]]} is narrower than {_BREADTHS[second[1]]}"
    if first[2] != second[2]:
        return f"its number {first[2] + 1}, not its number {second[2] + 1}"
    return "its name is first in order" if first[3] != second[3] else "its id is first in order"


_BREADTHS = ("a department of a site", "a department", "a site", "everyone")
