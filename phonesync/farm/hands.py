"""What people type into the directories of their phones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from phonesync.farm.directory import FarmDirectory
from phonesync.farm.office import Office

AT_FIRST = 6
"""A person has typed up to so many contacts before anything else happens."""

EVERY_DAYS = 4.0
"""And types another one so often."""

_NICKNAMES = ("Мама", "Шеф", "Taxi", "Доставка", "My bank", "Лена <моб.>", "Ключи & охрана", "🙂 Друг")


def type_contacts(
    directory: FarmDirectory,
    office: Office,
    *,
    name: str,
    start: datetime,
    days: float,
    later: Callable[[datetime, Callable[[datetime], None]], None],
) -> None:
    """Has a person type contacts into one phone: some at once, others as days go by.

    Args:
        directory: Of the phone.
        office: Whose outside contacts they are.
        name: Of the phone, for chance.
        start: When it begins, UTC.
        days: How long the farm runs.
        later: Has something happen at an instant.
    """
    rng = Random(f"hands {name}")

    def type_one(_at: datetime) -> None:
        contact = rng.choice(office.contacts())
        directory.type_in(rng.choice(_NICKNAMES), (("mobile", contact.presented(rng)),))

    for _ in range(rng.randrange(AT_FIRST + 1)):
        type_one(start)
    passed = rng.uniform(0.2, EVERY_DAYS)
    while passed < days:
        later(start + timedelta(days=passed), type_one)
        passed += rng.uniform(0.5, 2 * EVERY_DAYS)
