"""A site over a store with calls, and a signed-in client for each role: what tests of pages and API stand on.

Three desks with an owner each: 101 and 102 in Sales, 103 in Support. ``CALLS`` names what happened.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx

from phonesync import config as config_module
from phonesync.store.call_pass import Means
from phonesync.store.records import PhoneSpec
from phonesync.store.repository import Store, open_store
from phonesync.web.access.identifying import PLAIN_COOKIE, Identity
from phonesync.web.access.passwords import hashed
from phonesync.web.access.secrets import digest
from phonesync.web.ground import Ground
from phonesync.web.site import make_site
from tests.store.desk import StillClock, minute
from tests.store.offices import ANNA, BORIS, NAMES, PLAN, VERA, Office, join_all

SITE = """\
[store]
url = "sqlite:///store.db"
[[site]]
name = "Head office"
timezone = "Europe/Moscow"
country = "RU"
area_code = "495"
extension_length = 3
[web]
listen = "127.0.0.1:8080"
"""
DESKS = {
    "101": ("Owner 101", "Sales"),
    "102": ("Owner 102", "Sales"),
    "103": ("Owner 103", "Support"),
}
"""Extension to owner and department."""


def configuration(desks: Mapping[str, tuple[str, str]]) -> str:
    """A site with a phone for each desk."""
    return SITE + "".join(
        f"""\
[[phone]]
name = "desk-{extension}"
url = "http://192.0.2.{extension}"
password = {{ env = "PHONE_PASSWORD" }}
extension = "{extension}"
owner = "{owner}"
department = "{department}"
"""
        for extension, (owner, department) in desks.items()
    )


def phone_specs(desks: Mapping[str, tuple[str, str]], *, since: date) -> list[PhoneSpec]:
    """The same phones as the store takes them."""
    return [
        PhoneSpec(
            name=f"desk-{extension}",
            extension=extension,
            owner=owner,
            department=department,
            valid_from=since,
        )
        for extension, (owner, department) in desks.items()
    ]


CONFIG = configuration(DESKS)
MEANS = Means(plan_of=lambda _: PLAN, groups=(), phones={name[-3:]: (name,) for name in NAMES})
PASSWORD = "umbrella lantern 7"
HOST = "journal.test"

ROLES = ("employee", "head", "analyst", "auditor", "administrator")
"""Those that every installation has. The users bear the names of their roles."""

WHOSE = {"employee": "Owner 101", "head": "Owner 102", "administrator": None}
HEADED = {"head": ("Sales",)}
OUTSIDERS = {
    "answered": "84955550001",
    "missed": "84955550002",
    "of 102": "84955550003",
    "of 101": "84955550004",
}
"""The number outside of each call: one that 101 answered while 102 rang, one that 103 missed, and two that
102 and 101 placed."""

REACHED = {
    "employee": {"answered", "of 101"},
    "head": {"answered", "of 101", "of 102"},
    "analyst": set(OUTSIDERS),
    "auditor": set(),
    "administrator": set(OUTSIDERS),
}
"""The calls that each role reaches; an analyst without numbers."""


@dataclass
class PeopleOffice(Office):
    """Desks of two departments."""

    def __post_init__(self) -> None:
        self.store.sync_phones(phone_specs(DESKS, since=minute(-6000).date()))

    def say(self, phone: str, list_name: str, at: Any, **more: Any) -> str:
        """One row of a list, under an id that tells nothing, as real ones are."""
        told = super().say(phone, list_name, at, **more)
        hidden = hashlib.sha256(told.encode()).hexdigest()[:16]
        self.shown[phone][-1] = replace(self.shown[phone][-1], id=hidden, key=f"key of {hidden}")
        return hidden


def fill(folder: Path) -> None:
    """A store with calls and a user for each role; copied for each test."""
    with open_store("sqlite:///store.db", clock=StillClock(), base=folder) as store:
        office = PeopleOffice(store)
        office.ring(minute(0), answered=ANNA, phones=(ANNA, BORIS), number=OUTSIDERS["answered"])
        office.ring(minute(20), phones=(VERA,), number=OUTSIDERS["missed"])
        office.say(BORIS, "placed", minute(40), number=OUTSIDERS["of 102"], duration_s=30)
        office.say(ANNA, "placed", minute(60), number=OUTSIDERS["of 101"], duration_s=40)
        office.read_all(minute(70))
        join_all(store, means=MEANS)
        password = hashed(PASSWORD)
        for role in ROLES:
            store.add_user(
                role,
                role=role,
                shown_name=role.title(),
                owner=WHOSE.get(role),
                departments=HEADED.get(role, ()),
                password=password,
            )


@dataclass
class People:
    """A site and those who look at it.

    Attributes:
        folder: Where configuration and store stand.
        store: The store.
        clock: Its clock; two hours after the first call.
        config: The configuration in force.
        app: The site.
    """

    folder: Path
    store: Store
    clock: StillClock
    config: Any
    app: Any = None

    def __post_init__(self) -> None:
        ground = Ground(
            config=lambda: self.config,
            store=self.store,
            clock=self.clock,
            identify=Identity(lambda: self.config, self.store),
        )
        self.app = make_site(ground)

    def configure(self, extra: str) -> None:
        """Adds tables to the configuration."""
        path = self.folder / "config.toml"
        path.write_text(CONFIG + extra, encoding="utf-8")
        self.config = config_module.load(path, env={})

    def client(self, user: str | None = None, **keys: Any) -> httpx.AsyncClient:
        """A client signed in as a user (each role has one of its name), or as nobody."""
        cookies = {}
        if user is not None:
            secret = f"secret-of-{user}"
            if self.store.session(digest(secret), idle_s=1e9) is None:
                found = self.store.user(user)
                assert found is not None
                self.store.open_session(
                    found.id,
                    digest=digest(secret),
                    expires_at=self.clock.now() + timedelta(days=7),
                    peer="192.0.2.50",
                    browser="A browser",
                    complete=True,
                )
            cookies[PLAIN_COOKIE] = secret
        scheme = keys.pop("scheme", "http")
        transport = httpx.ASGITransport(self.app, client=(keys.pop("peer", "192.0.2.50"), 40000))
        headers = {"Origin": f"{scheme}://{HOST}", **keys.pop("headers", {})}
        return httpx.AsyncClient(
            transport=transport, base_url=f"{scheme}://{HOST}", cookies=cookies, headers=headers, **keys
        )

    def acts(self) -> list[tuple[str | None, str, str | None]]:
        """Who did what to what, by the audit log, oldest first."""
        return [(row.user, row.action, row.object) for row in reversed(self.store.audit_page(limit=1000))]


def opened(folder: Path, filled: Path) -> People:
    """A site over a copy of a filled store."""
    shutil.copy(filled / "store.db", folder / "store.db")
    path = folder / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    clock = StillClock(minute(120))
    store = open_store("sqlite:///store.db", clock=clock, base=folder)
    return People(folder=folder, store=store, clock=clock, config=config_module.load(path, env={}))
