"""The contacts of an emulated office, as an administrator would hand them over: a table out of Excel."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from phonesync.clock import Clock
from phonesync.contacts.taking import import_source
from phonesync.farm.office import Office

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.store.repository import Store

FILE = "contacts.csv"


def write_contacts(office: Office, folder: Path) -> Path:
    """Writes everybody whose name is known, outside and inside, as Russian Excel saves a table.

    Args:
        office: Whose contacts they are.
        folder: Where the file goes.

    Returns:
        The file.
    """
    path = folder / FILE
    with path.open("w", encoding="cp1251", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(("ФИО", "Телефон", "Отдел"))
        for contact in office.contacts():
            if contact.name:
                writer.writerow((contact.name, f"8 ({contact.national[:3]}) {contact.national[3:]}", ""))
        for person in office.staff.employees:
            if person.name:
                writer.writerow((person.name, person.extension, person.department))
    return path


def import_contacts(config: Config, store: Store, clock: Clock) -> None:
    """Takes the contacts of every source of a configuration in.

    Raises:
        PlanRefused: A source has shrunk.
        StoreError: The store cannot be used.
    """
    for source in config.contact_sources:
        import_source(config, store, source, clock=clock)
