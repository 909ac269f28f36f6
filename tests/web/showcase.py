"""An invented office with two days of calls behind a site: what pages are looked at with.

Four desks in two departments, customers with names, marks of people; the time is that of ``NOW`` for ever.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from phonesync import config as config_module
from phonesync.agent.dialling import Dialled
from phonesync.calls.callbacks import CallbackRules
from phonesync.calls.values import Group
from phonesync.model import Contact, ContactNumber
from phonesync.numbering import canonical
from phonesync.phonebook.winner import KeptContact
from phonesync.secrets.files import replace_file
from phonesync.secrets.keyring import KEY_MODE, Key, ring_text
from phonesync.store.call_pass import Means
from phonesync.store.contact_records import ContactImport
from phonesync.store.repository import Store, open_store
from phonesync.web.access.identifying import PLAIN_COOKIE, Identity
from phonesync.web.access.passwords import hashed
from phonesync.web.access.secrets import digest
from phonesync.web.ground import Ground
from phonesync.web.site import make_site
from tests.store.desk import StillClock
from tests.store.offices import PLAN, Office, join_all
from tests.web.asking import Asker
from tests.web.people import PASSWORD, configuration, phone_specs

NOW = datetime(2026, 3, 4, 13, 12, tzinfo=UTC)
"""16:12 in Moscow, a Wednesday."""

DESKS = {
    "101": ("Anna Orlova", "Sales"),
    "102": ("Boris Kim", "Sales"),
    "103": ("Vera Lind", "Support"),
    "104": ("Gleb Somov", "Support"),
}
CUSTOMERS = {
    "84955550101": "Северный двор, Ирина",
    "84955550102": "Kowalski & Sons",
    "88125550103": "Аптека на Литейном",
    "84955550104": "Lumen Design",
    "84955550105": "Пётр Зимин",
    "84955550106": "Harbour Logistics",
}
GROUP = Group(name="Support line", number="600", members=("103", "104"), department="Support")
MEANS = Means(
    plan_of=lambda _: PLAN, groups=(GROUP,), phones={extension: (f"desk-{extension}",) for extension in DESKS}
)
RULES = CallbackRules(
    target=timedelta(minutes=30), window=timedelta(seconds=30), zone=ZoneInfo("Europe/Moscow")
)
CONTACTS = """\
[[contacts]]
name = "crm"
kind = "csv"
path = "crm.csv"
"""
CONFIG = configuration(DESKS) + CONTACTS
READERS = {
    "employee": ("anna", "Anna Orlova", ()),
    "head": ("boris", "Boris Kim", ("Sales",)),
    "analyst": ("clara", None, ()),
    "auditor": ("dmitri", None, ()),
    "administrator": ("elena", None, ()),
}
"""Role to name, owner and departments headed."""


class ShowOffice(Office):
    """Its desks."""

    def __post_init__(self) -> None:
        self.store.sync_phones(phone_specs(DESKS, since=(NOW - timedelta(days=30)).date()))

    def read_all(self, at: datetime) -> None:
        for extension in DESKS:
            self.read(f"desk-{extension}", at)


def at(day: int, clock: str) -> datetime:
    """An instant by the wall clock of Moscow, so many days before ``NOW``."""
    hour, minute = map(int, clock.split(":"))
    return (NOW - timedelta(days=day)).replace(hour=hour - 3, minute=minute, second=11 * minute % 60)


def happen(office: ShowOffice) -> None:
    """Two days of calls."""
    sales, support = ("desk-101", "desk-102"), ("desk-103", "desk-104")
    rings = [
        (1, "10:04", "84955550101", sales, "desk-102", 184),
        (1, "11:20", "88125550103", support, "desk-103", 421),
        (1, "13:31", "84955550104", sales, None, None),
        (1, "17:02", "84955550106", ("desk-101",), "desk-101", 63),
        (0, "09:41", "84955550105", support, "desk-104", 508),
        (0, "10:15", "84955550102", sales, "desk-101", 96),
        (0, "11:52", "84955550177", support, None, None),
        (0, "13:08", "84955550101", ("desk-101",), "desk-101", 245),
        (0, "14:26", "84955550106", sales, None, None),
        (0, "15:47", "88125550103", support, "desk-103", 132),
    ]
    for day, clock, number, phones, answered, talk in rings:
        office.ring(at(day, clock), number=number, phones=phones, answered=answered, duration_s=talk)
    for day, clock, desk, number, talk in (
        (1, "12:10", "101", "84955550102", 312),
        (1, "15:44", "103", "84955550105", 77),
        (0, "09:58", "102", "84955550101", 41),
        (0, "12:35", "104", "84955550188", 0),
        (0, "15:05", "101", "84955550104", 654),
    ):
        office.say(f"desk-{desk}", "placed", at(day, clock), number=number, duration_s=talk)
    for day, clock, calling, called, talk in ((1, "09:12", "101", "103", 38), (0, "16:01", "102", "101", 52)):
        office.say(f"desk-{calling}", "placed", at(day, clock), number=called, duration_s=talk)
        office.say(f"desk-{called}", "received", at(day, clock), number=calling, duration_s=talk)


def fill(folder: Path) -> None:
    """A store in a file."""
    with open_store("sqlite:///store.db", clock=StillClock(NOW), base=folder) as store:
        fill_store(store)


def fill_store(store: Store) -> None:
    """The calls, and who reads them."""
    office = ShowOffice(store)
    happen(office)
    office.read_all(NOW - timedelta(minutes=2))
    join_all(store, means=MEANS)
    office.read_all(NOW - timedelta(minutes=1))
    join_all(store, means=MEANS)
    store.apply_callback_rules(RULES)
    _introduce(store)
    password = hashed(PASSWORD)
    for role, (name, owner, departments) in READERS.items():
        store.add_user(
            name, role=role, shown_name=name.title(), owner=owner, departments=departments, password=password
        )
    _mark(store)


def _introduce(store: Store) -> None:
    contacts = [
        KeptContact(
            contact=Contact(source="crm", uid=name, name=name, numbers=(ContactNumber(number=number),)),
            canonicals=(canonical(PLAN, number),),
            digest=name,
            changed_at=NOW,
        )
        for number, name in CUSTOMERS.items()
    ]
    store.take_contacts(
        ContactImport(source="crm", kind="csv", put=tuple(contacts), gone=(), digest="crm", before="", at=NOW)
    )


def _mark(store: Store) -> None:
    tags = {tag.name: tag.id for tag in store.tags()}
    anna = store.user("anna").id
    order = store.add_tag("Order", "blue").id
    call = {one.started_at: one.id for one in store.calls()}
    store.tag_call(call[at(0, "15:05")], order, user_id=anna)
    store.tag_call(call[at(0, "13:08")], tags["important"], user_id=anna)
    store.comment_call(call[at(0, "13:08")], "Wants the offer by Friday.", user_id=anna)
    store.tag_number("+74955550105", tags["new_client"], user_id=anna)
    store.star_call(call[at(0, "10:15")], user_id=anna, favourite=True, rating=5)


@dataclass
class Showcase:
    """A site over the office.

    Attributes:
        folder: Where configuration and store stand.
        store: The store.
        config: The configuration.
        app: The site.
    """

    folder: Path
    store: Any
    config: Any
    app: Any
    signed_in: int = 0

    def asker(self, role: str | None) -> Asker:
        """Somebody of a role, signed in; nobody for None."""
        made = Asker(self.app)
        if role is not None:
            self.signed_in += 1
            secret = f"secret-of-{role}-{self.signed_in}"
            self.store.open_session(
                self.user(role).id,
                digest=digest(secret),
                expires_at=NOW + timedelta(days=7),
                peer="192.0.2.9",
                browser="A browser",
                complete=True,
            )
            made.cookies.set(PLAIN_COOKIE, secret)
        return made

    def user(self, role: str) -> Any:
        """The user who bears a role."""
        return self.store.user(READERS[role][0])

    def let_dial(self) -> list[tuple[str, str]]:
        """Lets desk phones dial at a click; returns what they are told: phone and number."""
        made: list[tuple[str, str]] = []
        path = self.config.path
        path.write_text(f"{CONFIG}\n[dial]\nenabled = true\n", encoding="utf-8")

        def dial(name: str, number: str) -> Dialled:
            made.append((name, number))
            return Dialled(phone=name, confirmed=True)

        config = config_module.load(path, env={})
        self.app.state.ground = replace(self.app.state.ground, config=lambda: config, dial=dial)
        return made

    def give_key(self) -> None:
        """Writes a key file, so that a second factor can be turned on."""
        replace_file(self.folder / "phonesync.key", ring_text([Key.new()]), mode=KEY_MODE)


def opened(folder: Path, filled: Path) -> Showcase:
    """A site over a copy of a filled store."""
    shutil.copy(filled / "store.db", folder / "store.db")
    return shown(folder, open_store("sqlite:///store.db", clock=StillClock(NOW), base=folder))


def shown(folder: Path, store: Store) -> Showcase:
    """A site over a store."""
    path = folder / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    config = config_module.load(path, env={})
    clock = StillClock(NOW)
    ground = Ground(config=lambda: config, store=store, clock=clock, identify=Identity(lambda: config, store))
    return Showcase(folder=folder, store=store, config=config, app=make_site(ground))
