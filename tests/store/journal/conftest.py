"""A store with a small office whose calls are joined, asked as the journal asks."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest

from phonesync.journal.access import Scope
from phonesync.journal.filters import JournalFilter, Period
from phonesync.store.journal.records import JournalCall, Office, Viewpoint
from phonesync.store.repository import Store
from tests.store import offices
from tests.store.desk import minute
from tests.store.offices import ANNA, BORIS, PLAN, VERA, join_all

MOSCOW = ZoneInfo("Europe/Moscow")
ALL = Scope(everybody=True, user_id=1)
ANNAS = Scope(owner="Owner 101", user_id=2)
SALES = Scope(departments=frozenset({"Sales"}), user_id=3)
OFFICE = Office(sites={ANNA: "moscow", BORIS: "moscow", VERA: "kazan"}, plans=(PLAN,))
EVER = JournalFilter(period=Period.EVER)


class Journal:
    """Asks the store as a reader would; calls are told by what they are called here."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.office = offices.Office(store)
        self.names: dict[str, str] = {}

    def ring(self, name: str, at: float, **more) -> list[str]:
        """A caller rings desks; the call is called ``name``."""
        ids = self.office.ring(minute(at), **more)
        self.names |= dict.fromkeys(ids, name)
        return ids

    def say(self, name: str, phone: str, list_name: str, at: float, **more) -> str:
        """One row on a desk; its call is called ``name``."""
        id_ = self.office.say(phone, list_name, minute(at), **more)
        self.names[id_] = name
        return id_

    def join(self) -> None:
        """Reads all desks and joins what they show."""
        self.office.read_all(minute(600))
        join_all(self.store)

    def asked(self, at: float = 600) -> Viewpoint:
        return Viewpoint(zone=MOSCOW, now=minute(at), office=OFFICE)

    def found(self, wanted: JournalFilter = EVER, scope: Scope = ALL) -> list[str]:
        """What the calls are called that a reader finds, newest first."""
        return self.called(list(self.store.journal_calls(wanted, scope, seen_from=self.asked())))

    def called(self, calls: Sequence[JournalCall]) -> list[str]:
        return [self.names[one.call.entry_ids[0]] for one in calls]


@pytest.fixture
def journal(store: Store) -> Journal:
    return Journal(store)


@pytest.fixture
def day(journal: Journal) -> Journal:
    """A day of calls: answered, missed, made and internal ones."""
    journal.ring("answered", 10, answered=BORIS)
    journal.ring("missed", 30, number="84955550002")
    journal.say("made", ANNA, "placed", 50, number="84955550003", duration_s=90)
    journal.say("inside", ANNA, "placed", 70, number="103", duration_s=20)
    journal.say("inside", VERA, "received", 70, number="101", duration_s=20)
    journal.ring("for Vera", 90, number="88125550004", phones=(VERA,), answered=VERA)
    journal.join()
    return journal
