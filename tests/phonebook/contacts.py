"""Contacts for tests of books."""

from datetime import UTC, datetime, timedelta

from phonesync.model import Contact, ContactNumber, NumberKind
from phonesync.numbering import DialPlan, canonical
from phonesync.phonebook.met import MetNumber
from phonesync.phonebook.winner import KeptContact

PLAN = DialPlan(country="RU", area_code="495", extension_length=3)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def contact(name, *numbers, source="crm", uid=None, company=None, kind=NumberKind.WORK):
    return KeptContact(
        contact=Contact(
            source=source,
            uid=uid or name,
            name=name,
            numbers=tuple(ContactNumber(number=number, kind=kind) for number in numbers),
            company=company,
        ),
        canonicals=tuple(canonical(PLAN, number) for number in numbers),
        digest="",
        changed_at=NOW,
    )


def met(number, times=1, days=0):
    return MetNumber(number=number, times=times, last_at=NOW - timedelta(days=days))
