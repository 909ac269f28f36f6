"""An office with contacts, whose phones have met some of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench import config_file
from phonesync import config
from phonesync.agent.roster import introduce
from phonesync.clock import SystemClock
from phonesync.ledger.values import NewEntry, PhoneLedger, PoolState, ReadPlan
from phonesync.model import Contact, ContactNumber, NumberKind
from phonesync.numbering import canonical
from phonesync.phonebook.winner import KeptContact
from phonesync.store.contact_records import ContactImport
from phonesync.store.records import PollCommit
from phonesync.store.repository import Store, open_store

if TYPE_CHECKING:
    from bench.children import Child
    from phonesync.config import Config

CONTACTS = 1000
MET = 100
"""Entries of each phone."""

FILE = "book.xml"
_SOURCE = "own"


def prepare(folder: Path, *, phones: int) -> list[str]:
    """Writes a configuration and fills its store; the paths of the phones' books."""
    path = config_file.write(folder, phones=phones, scheme="http", port=80)
    loaded = config.load(path)
    with opened(loaded) as store:
        introduce(store, loaded)
        change(store, loaded, "")
        chance = random.Random(1)
        for phone in loaded.phones:
            _meet(store, phone.name, [number_of(chance.randrange(CONTACTS)) for _ in range(MET)])
        return [f"/b/{store.address_of(phone.name)}/{FILE}" for phone in loaded.phones]


def opened(loaded: Config) -> Store:
    """The store of the configuration."""
    return open_store(loaded.store.url, clock=SystemClock(), base=loaded.base)


def etags(server: Child) -> dict[str, str]:
    """Path to the ETag that the server gave it last."""
    told: dict[str, str] = server.ask("etags")
    return told


def number_of(contact: int) -> str:
    """The number of a contact, as a trunk presents it."""
    return f"8495{1_000_000 + contact * 7}"


def change(store: Store, loaded: Config, mark: str) -> None:
    """Gives every contact a name with another mark."""
    before = store.contact_source(_SOURCE)
    store.take_contacts(
        ContactImport(
            source=_SOURCE,
            kind=_SOURCE,
            put=tuple(_contacts(loaded, mark)),
            gone=(),
            digest=f"digest {mark}",
            before="" if before is None else before.digest,
            at=SystemClock().now(),
        )
    )


def _contacts(loaded: Config, mark: str) -> Iterator[KeptContact]:
    plan = loaded.sites[0].dial_plan
    for at in range(CONTACTS):
        numbers = (
            ContactNumber(number=number_of(at)),
            ContactNumber(number=f"+7916{1_000_000 + at}", kind=NumberKind.MOBILE),
        )
        yield KeptContact(
            contact=Contact(source=_SOURCE, uid=str(at), name=f"Смирнова Ольга {at} {mark}", numbers=numbers),
            canonicals=tuple(canonical(plan, one.number) for one in numbers),
            digest=mark,
            changed_at=SystemClock().now(),
        )


def _meet(store: Store, phone: str, numbers: list[str]) -> None:
    state, now = store.phone(phone), SystemClock().now()
    rows = tuple(
        _row(f"{phone} {at}", number, now - timedelta(hours=at)) for at, number in enumerate(numbers)
    )
    ledger = PhoneLedger(
        incarnation=state.incarnation,
        last_read=now,
        digest="1",
        list_names={},
        pools={"1": PoolState(open_since=now)},
    )
    after = replace(state, last_read=now, ledger_digest="1", ledger_state=b"1")
    store.commit(
        PollCommit(
            state=after,
            plan=ReadPlan(ledger=ledger, new=rows),
            list_names={},
            lines={},
            pools={"1": now},
            at=now,
        )
    )


def _row(entry_id: str, number: str, at: datetime) -> NewEntry:
    return NewEntry(
        id=entry_id,
        key=entry_id,
        occurrence=1,
        list_code="1",
        account=None,
        remote_number=number,
        remote_host=None,
        remote_name=None,
        shown_at="",
        started_at=at,
        resolution_s=1,
        clock_offset_s=None,
        duration_s=1,
        count=1,
        complete=True,
        uncertain=False,
    )
