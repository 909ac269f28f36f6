"""An invented office of a few desks whose lists are read: what tests of calls in the store are made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from phonesync.calls.values import Group
from phonesync.ledger.values import NewEntry
from phonesync.model import TimeOf
from phonesync.numbering import DialPlan
from phonesync.store.call_pass import Means
from phonesync.store.records import PhoneSpec
from phonesync.store.repository import Store
from tests.store.desk import entry, minute, read_of

PLAN = DialPlan(country="RU", area_code="495", extension_length=3)
ANNA, BORIS, VERA = "desk-101", "desk-102", "desk-103"
NAMES = (ANNA, BORIS, VERA)
CALLER = "84955550001"
LISTS = {"placed": "1", "received": "2", "missed": "3"}
GROUP = Group(name="Sales", members=("101", "102", "103"))
PHONES = {name[-3:]: (name,) for name in NAMES}
MEANS = Means(plan_of=lambda _: PLAN, groups=(GROUP,), phones=PHONES)


@dataclass
class Office:
    """Three desks; ``say`` puts rows on their lists, ``read`` takes them into the store."""

    store: Store
    shown: dict[str, list[NewEntry]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store.sync_phones(
            [
                PhoneSpec(name=name, extension=name[-3:], owner=f"Owner {name[-3:]}", department="Sales")
                for name in NAMES
            ]
        )

    def say(self, phone: str, list_name: str, at: datetime, **more) -> str:
        """One row of a list; its id."""
        number = more.pop("number", CALLER)
        id_ = f"{phone} {list_name} {at:%d %H:%M:%S} {number}".replace(" ", "_")
        duration = more.pop("duration_s", 60 if list_name == "received" else None)
        row = entry(
            id_, started_at=at, list_code=LISTS[list_name], remote_number=number, duration_s=duration,
            clock_offset_s=0.0, **{"remote_name": None, **more},
        )  # fmt: skip
        self.shown.setdefault(phone, []).append(row)
        return id_

    def read(self, phone: str, at: datetime, *, time_of: TimeOf = TimeOf.START, **more) -> None:
        """Reads one desk."""
        state = self.store.phone(phone)
        new = tuple(self.shown.pop(phone, ()))
        pools = dict.fromkeys(LISTS.values(), minute(-600))
        names = {code: name for name, code in LISTS.items()}
        self.store.commit(
            read_of(state, at, new=new, list_names=names, pools=pools, before=state, time_of=time_of, **more)
        )

    def read_all(self, at: datetime) -> None:
        for phone in NAMES:
            self.read(phone, at)

    def ring(self, at: datetime, *, answered: str | None = None, phones=NAMES, **more) -> list[str]:
        """A caller rings several desks at once; one may answer."""
        return [
            self.say(phone, "received" if phone == answered else "missed", at + timedelta(seconds=n), **more)
            for n, phone in enumerate(phones)
        ]


def join_all(store: Store, *, means: Means = MEANS, limit: int = 100) -> list:
    """Joins and settles until nothing waits; what each pass did."""
    done = []
    while True:
        passed = store.join_some(means, limit=limit)
        settled = store.settle_some(means, limit=limit)
        done += [one for one in (passed, settled) if one.entries or one.settled]
        if not passed.entries and not settled.settled:
            return done
