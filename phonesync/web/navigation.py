"""Where a reader can go: the entries of the header, each with who may go there."""

from __future__ import annotations

from dataclasses import dataclass

from phonesync.journal.access import Permission, Reader
from phonesync.spelling import N_
from phonesync.web.guard import CALL_READERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One entry.

    Attributes:
        address: Of the page.
        title: As in the templates' language; translated where it is shown.
        any_of: One of these permissions is needed; empty for everybody who is signed in.
    """

    address: str
    title: str
    any_of: tuple[Permission, ...] = ()


PLACES = (
    Place(address="/calls", title=N_("Calls"), any_of=CALL_READERS),
    Place(address="/callbacks", title=N_("Call-backs"), any_of=(Permission.CALLBACKS,)),
    Place(address="/exports", title=N_("Exports"), any_of=(Permission.EXPORT,)),
    Place(address="/tags", title=N_("Tags"), any_of=(Permission.TAGS,)),
    Place(address="/status", title=N_("Phones"), any_of=(Permission.PHONES,)),
    Place(address="/users", title=N_("Users"), any_of=(Permission.USERS,)),
    Place(address="/audit", title=N_("Audit log"), any_of=(Permission.AUDIT,)),
)
"""In the order of the header. A place is shown as soon as the site has a page there."""


def places_of(reader: Reader, addresses: frozenset[str]) -> tuple[Place, ...]:
    """The entries that a reader sees.

    Args:
        reader: Who is signed in.
        addresses: Those the site answers.
    """
    return tuple(
        place
        for place in PLACES
        if place.address in addresses and (not place.any_of or reader.permissions & set(place.any_of))
    )
