"""Contacts edited in phonesync itself: the source ``own``, which all phones see and which comes first."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence

from phonesync.clock import Clock
from phonesync.config.contacts import OWN
from phonesync.contacts.cleaning import clean, made
from phonesync.contacts.importing import digest_of, kept_of
from phonesync.contacts.values import Found, Place
from phonesync.errors import ConfigError
from phonesync.model import Contact, NumberKind
from phonesync.numbering import DialPlan
from phonesync.spelling import unknown
from phonesync.store.contact_records import ContactImport, KeptContact
from phonesync.store.repository import Store

_KIND = re.compile(r"\s*([a-z]+)\s*=(.*)", re.DOTALL)


def add(
    store: Store,
    *,
    name: str,
    numbers: Sequence[str],
    company: str | None,
    department: str | None,
    plans: Sequence[DialPlan],
    clock: Clock,
) -> KeptContact:
    """Adds a contact.

    Args:
        store: The store.
        name: As it is to be shown.
        numbers: Each a number, or ``KIND=NUMBER``.
        company: Where they work, or None.
        department: Of that company, or None.
        plans: Dial plans of all sites.
        clock: Where "now" comes from.

    Raises:
        ConfigError: There is no name or no number, or one of them is none.
    """
    found = _checked(name, numbers, company, department)
    # No uid is ever given twice, so that what phones hold of a removed contact never fits another one.
    contact = _contact(secrets.token_hex(4), found)
    kept = kept_of(contact, plans=plans, now=clock.now())
    _change(store, lambda _: ([kept], []), clock=clock)
    return kept


def edit(
    store: Store,
    contact_id: str,
    *,
    name: str | None,
    numbers: Sequence[str] | None,
    company: str | None,
    department: str | None,
    plans: Sequence[DialPlan],
    clock: Clock,
) -> KeptContact:
    """Changes a contact; what is None stays as it is, and an empty text goes.

    Raises:
        ConfigError: There is none of that id, nothing would be left of its name or numbers, or one of them is
            none.
    """
    made_: list[KeptContact] = []

    def change(kept: Sequence[KeptContact]) -> tuple[list[KeptContact], list[str]]:
        before = _one(kept, contact_id).contact
        found = _checked(
            before.name if name is None else name,
            [f"{one.kind}={one.number}" for one in before.numbers] if numbers is None else numbers,
            before.company if company is None else company,
            before.department if department is None else department,
        )
        made_[:] = [kept_of(_contact(before.uid, found), plans=plans, now=clock.now())]
        return made_, []

    _change(store, change, clock=clock)
    return made_[0]


def remove(store: Store, contact_id: str, *, clock: Clock) -> KeptContact:
    """Removes a contact.

    Raises:
        ConfigError: There is none of that id.
    """
    gone: list[KeptContact] = []

    def change(kept: Sequence[KeptContact]) -> tuple[list[KeptContact], list[str]]:
        gone[:] = [_one(kept, contact_id)]
        return [], [gone[0].contact.uid]

    _change(store, change, clock=clock)
    return gone[0]


def _change(
    store: Store,
    change: Callable[[Sequence[KeptContact]], tuple[list[KeptContact], list[str]]],
    *,
    clock: Clock,
) -> None:
    """Writes what ``change`` makes of the contacts there are.

    Raises:
        StaleState: Another process has changed them in between.
    """
    state = store.contact_source(OWN)
    kept = list(store.contacts(source=OWN))
    put, gone = change(kept)
    after = {one.contact.uid: one for one in [*kept, *put] if one.contact.uid not in gone}
    store.take_contacts(
        ContactImport(
            source=OWN,
            kind=OWN,
            put=tuple(put),
            gone=tuple(gone),
            digest=digest_of(after.values()),
            before="" if state is None else state.digest,
            at=clock.now(),
        )
    )


def _one(kept: Sequence[KeptContact], contact_id: str) -> KeptContact:
    """The contact of an id, with or without the name of its source."""
    found = {one.contact.uid: one for one in kept}
    uid = contact_id.removeprefix(f"{OWN}/")
    if uid not in found:
        raise ConfigError(
            f"phonesync has no contact of its own with the id {contact_id}.",
            hint=f"`phonesync contacts list --source {OWN}` shows them; others are changed in their source.",
        )
    return found[uid]


def _checked(name: str, numbers: Sequence[str], company: str | None, department: str | None) -> Found:
    if clean(name) is None:
        raise ConfigError("A contact needs a name.")
    found, remarks = made(
        names=[name],
        numbers=[_number(text) for text in numbers],
        place=Place(file=name),
        company=company,
        department=department,
    )
    if remarks or found is None:
        raise ConfigError(
            f"{remarks[0].reason}.", hint="Write each number by itself: --number 201 --number mobile=…"
        )
    return found


def _number(text: str) -> tuple[str, NumberKind]:
    """A number and what it is for, of ``NUMBER`` or ``KIND=NUMBER``.

    Raises:
        ConfigError: The kind is unknown.
    """
    match = _KIND.fullmatch(text)
    if match is None:
        return text, NumberKind.WORK
    kinds = [kind.value for kind in NumberKind]
    if match[1] not in kinds:
        raise ConfigError(
            f"{unknown('kind of number', match[1], kinds)}", hint="Write KIND=NUMBER, or NUMBER."
        )
    return match[2], NumberKind(match[1])


def _contact(uid: str, found: Found) -> Contact:
    return Contact(
        source=OWN,
        uid=uid,
        name=found.name,
        numbers=found.numbers,
        company=found.company,
        department=found.department,
    )
