"""What the journal costs on years of calls: each kind of query timed, on SQLite and on PostgreSQL."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bench import journal_history as history
from bench.yardstick import datasette
from phonesync.clock import SystemClock
from phonesync.journal.access import Scope
from phonesync.journal.filters import JournalFilter, Period, Tab
from phonesync.numbering import DialPlan
from phonesync.store.bulk import insert_stream
from phonesync.store.journal.records import Cursor, Office
from phonesync.store.places import place_of
from phonesync.store.repository import Store, open_store
from phonesync.store.tables import METADATA
from tests import postgres

TIMES = 60
"""Each query is asked so often, with other values each time."""

WANTED_MS = 100.0
"""What 95 of 100 answers may take at most."""

PAGE = 50
_ZONE = ZoneInfo("Europe/Moscow")
_EVER = JournalFilter(period=Period.EVER)
_ALL = Scope(everybody=True)
_OFFICE = Office(plans=(DialPlan(country="RU", area_code="495", extension_length=4),))
_SETTINGS = ("shared_buffers=256MB", "maintenance_work_mem=512MB", "max_wal_size=8GB")

Ask = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One kind of query.

    Attributes:
        what: Which.
        p50_ms: Half of the answers took so long at most.
        p95_ms: 95 of 100 did.
        of_aim: It counts for what is wanted; the others are named fallbacks and figures beside it.
    """

    what: str
    p50_ms: float
    p95_ms: float
    of_aim: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One database.

    Attributes:
        engine: Its product and version.
        calls: In it.
        size_mib: Its size.
        filled_s: Seconds it took to fill it.
        queries: Each kind of query.
    """

    engine: str
    calls: int
    size_mib: float
    filled_s: float
    queries: tuple[Timed, ...]


def measure(calls: int, *, folder: Path | None = None) -> Iterator[Measured]:
    """SQLite, Datasette on the same file, and PostgreSQL where there is a server.

    Args:
        calls: How many the stores hold.
        folder: Where they lie for that time; the usual place by default.
    """
    with tempfile.TemporaryDirectory(dir=folder) as made:
        place = Path(made)
        file = place / "journal.db"
        begun = time.perf_counter()
        with open_store(f"sqlite:///{file}", clock=SystemClock(), base=place) as store:
            history.fill(store, file, calls)
        filled = time.perf_counter() - begun
        with open_store(f"sqlite:///{file}", clock=SystemClock(), base=place) as store:
            yield _measured(store, calls, filled)
        yield _of_datasette(file, calls)
        if postgres.programs() is not None:
            yield from _on_server(file, calls)


def _measured(store: Store, calls: int, filled: float) -> Measured:
    info = store.info()
    asked = tuple(_timed(what, ask, of_aim) for what, (ask, of_aim) in _queries(store, calls).items())
    return Measured(
        engine=info.engine, calls=calls, size_mib=info.size_bytes / 2**20, filled_s=filled, queries=asked
    )


def _timed(what: str, ask: Ask, of_aim: bool, *, times: int = TIMES) -> Timed:
    ask()  # the first one of a process compiles its statements
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        ask()
        took.append(1000.0 * (time.perf_counter() - begun))
    took.sort()
    return Timed(
        what=what, p50_ms=took[len(took) // 2], p95_ms=took[int(0.95 * len(took))], of_aim=of_aim
    )


def _queries(store: Store, calls: int) -> Mapping[str, tuple[Ask, bool]]:
    """What a reader asks, by name; each with whether what is wanted speaks of it."""
    chance = random.Random(7)  # noqa: S311  the same queries in each run
    specs = history.phones()
    days = calls // history.A_DAY

    def page(wanted: JournalFilter, scope: Scope = _ALL, before: Cursor | None = None) -> object:
        return store.journal_page(
            wanted, scope, zone=_ZONE, now=history.END, office=_OFFICE, before=before, limit=PAGE
        )

    def counts(wanted: JournalFilter) -> object:
        return store.journal_counts(wanted, _ALL, zone=_ZONE, now=history.END, office=_OFFICE)

    def number() -> str:
        return history.number_of(chance.randrange(history.numbers(calls)))[1:]

    def part(text: str, letters: int) -> str:
        start = chance.randrange(len(text) - letters + 1)
        return text[start : start + letters]

    def name() -> str:
        return history.name_of(3 * chance.randrange(max(1, history.numbers(calls) // 3))) or ""

    def search(text: str) -> object:
        return page(replace(_EVER, search=text))

    def combined() -> JournalFilter:
        return replace(
            _EVER, tab=Tab.RECEIVED, departments=(f"Department {chance.randrange(20)}",), talk_from=100
        )

    def department() -> Scope:
        return Scope(departments=frozenset({f"Department {chance.randrange(20)}"}))

    def owner() -> Scope:
        return Scope(owner=chance.choice(specs).owner)

    def deep() -> Cursor:
        return Cursor(at=history.END - timedelta(days=chance.uniform(0, max(1, days))))

    return {
        "first page, last 7 days": (lambda: page(JournalFilter()), True),
        "first page, all time": (lambda: page(_EVER), True),
        "deep page": (lambda: page(_EVER, before=deep()), True),
        "an employee's page": (lambda: page(_EVER, owner()), True),
        "a head's missed calls": (lambda: page(replace(_EVER, tab=Tab.MISSED), department()), True),
        "combined filters": (lambda: page(combined()), True),
        "combined filters, deep": (lambda: page(combined(), before=deep()), True),
        "number fragment, 7 digits": (lambda: search(part(number(), 7)), True),
        "number fragment, 4 digits": (lambda: search(part(number(), 4)), True),
        "number fragment, 3 digits": (lambda: search(part(number(), 3)), True),
        "name and number of it": (lambda: search(name()), True),
        "name fragment, 5 letters": (lambda: search(part(name().split()[0], 5)), True),
        "name fragment, 3 letters": (lambda: search(part(name().split()[0], 3)), True),
        "number fragment, 2 digits": (lambda: search(part(number(), 2)), False),
        "nothing fits": (lambda: page(replace(_EVER, talk_from=99_999)), False),
        "figures, last 7 days": (lambda: counts(JournalFilter()), False),
    }


def _of_datasette(file: Path, calls: int) -> Measured:
    """The same file in Datasette, asked over HTTP for the JSON of a page of its own."""
    chance = random.Random(7)  # noqa: S311  the same queries in each run
    days = calls // history.A_DAY
    with datasette(file) as (version, get):

        def deep() -> object:
            at = history.END - timedelta(days=chance.uniform(0, max(1, days)))
            return get({"_sort_desc": "started_at", "started_at__lt": f"{at:%Y-%m-%d %H:%M:%S}"})

        def number() -> object:
            text = history.number_of(chance.randrange(history.numbers(calls)))
            start = chance.randrange(len(text) - 4)
            return get({"_sort_desc": "started_at", "outside__contains": text[start : start + 4]})

        queries = {
            "first page, all time": lambda: get({"_sort_desc": "started_at"}),
            "deep page": deep,
            "number fragment, 4 digits": number,
        }
        asked = tuple(_timed(what, ask, False, times=TIMES // 3) for what, ask in queries.items())
    return Measured(engine=version, calls=calls, size_mib=0.0, filled_s=0.0, queries=asked)


def _on_server(file: Path, calls: int) -> Iterator[Measured]:
    with _server() as server:
        name = server.new_database()
        more = {"clock": SystemClock(), "base": file.parent, "password": postgres.PASSWORD}
        open_store(server.url(name), **more).close()
        begun = time.perf_counter()
        _moved(file, server, name)
        filled = time.perf_counter() - begun
        with open_store(server.url(name), **more) as store:
            yield _measured(store, calls, filled)


@contextmanager
def _server() -> Iterator[postgres.Server]:
    folder = Path(tempfile.mkdtemp(prefix="ps"))
    server = postgres.Server(folder / "data", settings=_SETTINGS)
    folder.chmod(0o755)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
