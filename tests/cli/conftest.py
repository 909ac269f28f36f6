"""An office of two sites with a store that holds a few entries, and the program run on it."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from phonesync import cli
from phonesync.clock import SystemClock
from phonesync.ledger import codec
from phonesync.ledger.values import NewEntry, PhoneLedger, PoolState, ReadPlan, Span, SpanState
from phonesync.model import TimeOf
from phonesync.store.records import PhoneSpec, PhoneStanding, PollCommit
from phonesync.store.repository import open_store
from tests import stores

CONFIG = """\
[[site]]
name = "Head office"
timezone = "Europe/Moscow"
country = "RU"
area_code = "495"
extension_length = 3
[[site]]
name = "Omsk"
timezone = "Asia/Omsk"
country = "RU"
[[phone]]
name = "desk-101"
url = "http://192.0.2.11"
site = "Head office"
password = { env = "PHONE_PASSWORD" }
extension = "101"
owner = "Иванов И. И."
[[phone]]
name = "desk-102"
url = "http://192.0.2.12"
site = "Omsk"
password = { env = "PHONE_PASSWORD" }
[[phone]]
name = "desk-103"
url = "http://192.0.2.13"
site = "Omsk"
enabled = false
"""
BASE = NewEntry(
    id="e1",
    key="k1",
    occurrence=1,
    list_code="1",
    account="101",
    remote_number="84951234567",
    remote_host=None,
    remote_name=None,
    shown_at="31.01 14:00",
    started_at=datetime(2026, 1, 31, 11, 0, tzinfo=UTC),
    resolution_s=1,
    clock_offset_s=None,
    duration_s=65,
    count=1,
    complete=True,
    uncertain=False,
)
MORNING = datetime(2026, 1, 31, 5, 0, tzinfo=UTC)


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    @property
    def rows(self):
        """What jsonl wrote."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def run(capsys, monkeypatch):
    """Runs the program in this process."""
    monkeypatch.delenv("PHONESYNC_CONFIG", raising=False)
    monkeypatch.delenv("PHONESYNC_DEBUG", raising=False)
    monkeypatch.delenv("PHONE_PASSWORD", raising=False)

    def run(*arguments):
        capsys.readouterr()
        code = cli.main(list(arguments))
        written = capsys.readouterr()
        return Outcome(code, written.out, written.err)

    return run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a configuration and no store yet."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


@pytest.fixture
def store(folder):
    """The store of that configuration, empty."""
    stores.lay(folder / "phonesync.db")
    with open_store("sqlite:///phonesync.db", clock=SystemClock(), base=folder) as opened:
        opened.sync_phones(
            [
                PhoneSpec(name="desk-101", extension="101", owner="Иванов И. И."),
                PhoneSpec(name="desk-102"),
                PhoneSpec(name="desk-old"),
            ]
        )
        yield opened


def keep(store, phone, *entries, spans=(), aliases=(), time_of=TimeOf.UNKNOWN, **changes):
    """Puts entries of one phone into the store, as a good read would."""
    before = store.phone(phone)
    last_read = datetime(2026, 2, 1, 9, 0, tzinfo=UTC)
    ledger = PhoneLedger(
        incarnation=before.incarnation,
        shape="v86-json 86.0",
        last_read=last_read,
        pools=MappingProxyType({"1": PoolState(most_rows=20, open_since=MORNING)}),
        digest="digest",
    )
    state = replace(
        before,
        vendor="yealink",
        variant="v86-json",
        standing=PhoneStanding.UP,
        last_read=last_read,
        last_attempt=last_read,
        next_due=last_read + timedelta(minutes=10),
        due_reason="the longest time between two reads",
        clock_offset_s=changes.pop("clock_offset_s", None),
        ledger_state=codec.dump(ledger),
        ledger_digest="digest",
    )
    names = {"1": "placed", "2": "received", "3": "missed"}
    store.commit(
        PollCommit(
            state=state,
            plan=ReadPlan(ledger=ledger, new=entries, spans=spans, aliases=aliases),
            list_names=names,
            lines={"101": 1},
            pools={"1": MORNING},
            at=last_read,
            time_of=time_of,
        )
    )
    if changes:
        store.save_state(replace(store.phone(phone), **changes))


@pytest.fixture
def filled(store):
    """The store with five entries and some coverage."""
    keep(
        store,
        "desk-101",
        BASE,
        replace(
            BASE,
            id="e2",
            key="k2",
            list_code="3",
            remote_number="+74951234567",
            remote_host="sip.example",
            remote_name='Eve \x1b[31m[bold]=1+1, "x"',
            started_at=BASE.started_at + timedelta(hours=1),
            resolution_s=60,
            duration_s=None,
            clock_offset_s=-3.5,
            uncertain=True,
        ),
        replace(
            BASE,
            id="e3",
            key="k3",
            list_code="3",
            remote_number=None,
            started_at=datetime(2026, 2, 1, 20, 59, 59, tzinfo=UTC),
            duration_s=3661,
            count=4,
            complete=False,
        ),
        spans=(
            Span(list_code="1", since=None, until=MORNING, state=SpanState.UNKNOWN),
            Span(
                list_code="3",
                since=MORNING,
                until=MORNING + timedelta(hours=1),
                state=SpanState.GAP,
                at_most=7,
                estimate=2.5,
            ),
        ),
    )
    keep(store, "desk-102", replace(BASE, id="e4", key="k4", remote_number="1234567"))
    keep(store, "desk-old", replace(BASE, id="e5", key="k5", remote_number="84951234567"))
    return store
