"""What the journal costs on years of calls: each kind of query timed, on SQLite and on PostgreSQL."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bench import journal_history as history
from bench import journal_stores as stores
from bench.yardstick import datasette
from phonesync.journal.access import Scope
from phonesync.journal.filters import JournalFilter, Period, Tab
from phonesync.numbering import DialPlan
from phonesync.store.journal.records import Cursor, Office, Viewpoint
from phonesync.store.repository import Store
from tests import postgres

TIMES = 60
"""Each query is asked so often, with other values each time."""

WANTED_MS = 100.0
"""What 95 of 100 answers may take at most."""

PAGE = 50
_EVER = JournalFilter(period=Period.EVER)
_MISSED = replace(_EVER, tab=Tab.MISSED)
_ALL = Scope(everybody=True)
_OFFICE = Office(plans=(DialPlan(country="RU", area_code="495", extension_length=4),))
_SEEN_FROM = Viewpoint(zone=ZoneInfo("Europe/Moscow"), now=history.END, office=_OFFICE)

Ask = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One kind of query.

    Attributes:
        what: Which.
        p50_ms: Half of the answers took so long at most.
        p95_ms: 95 of 100 did.
        cpu_ms: CPU of the process that asks, on average: SQLite works in it, a server beside it.
        of_aim: It counts for what is wanted; the others are named fallbacks and figures beside it.
    """

    what: str
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    of_aim: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One database.

    Attributes:
        engine: Its product and version.
        calls: In it.
        size_mib: Its size.
        filled_s: Seconds it took to fill it; None where an earlier run did.
        queries: Each kind of query.
    """

    engine: str
    calls: int
    size_mib: float
    filled_s: float | None
    queries: tuple[Timed, ...]


def measure(calls: int, *, folder: Path | None = None, kept: Path | None = None) -> Iterator[Measured]:
    """SQLite, Datasette on the same file, and PostgreSQL where there is a server.

    Args:
        calls: How many the stores hold.
        folder: Where they lie for that time; the usual place by default.
        kept: Where they stay for further runs instead.
    """
    with stores.folder_of(calls, below=folder, kept=kept) as place:
        with stores.in_file(place, calls) as filled:
            yield _measured(filled, calls)
        yield _of_datasette(stores.file_of(place), calls)
        if postgres.programs() is not None:
            with stores.on_server(place, keeps=kept is not None) as filled:
                yield _measured(filled, calls)


def _measured(filled: stores.Filled, calls: int) -> Measured:
    info = filled.store.info()
    if info.calls != calls:
        raise SystemExit(f"bench.journal: {info.place} holds {info.calls} calls, not {calls}.")
    queries = _Reader(filled.store, calls).queries()
    return Measured(
        engine=info.engine,
        calls=calls,
        size_mib=info.size_bytes / 2**20,
        filled_s=filled.filled_s,
        queries=tuple(_timed(what, ask, of_aim=of_aim) for what, (ask, of_aim) in queries.items()),
    )


def _timed(what: str, ask: Ask, *, of_aim: bool, times: int = TIMES) -> Timed:
    ask()  # the first one of a process compiles its statements
    took = []
    cpu = time.process_time()
    for _ in range(times):
        begun = time.perf_counter()
        ask()
        took.append(1000.0 * (time.perf_counter() - begun))
    cpu_ms = 1000.0 * (time.process_time() - cpu) / times
    took.sort()
    return Timed(
        what=what,
        p50_ms=took[len(took) // 2],
        p95_ms=took[int(0.95 * len(took))],
        cpu_ms=cpu_ms,
        of_aim=of_aim,
    )


class _Reader:
    """Asks a store as people do, with other values each time; the same ones in each run."""

    def __init__(self, store: Store, calls: int) -> None:
        self._store = store
        self._chance = random.Random(7)
        self._numbers = history.numbers(calls)
        self._days = max(1, calls // history.A_DAY)
        self._owners = [spec.owner for spec in history.phones()]

    def queries(self) -> Mapping[str, tuple[Ask, bool]]:
        """What is asked, by name; each with whether what is wanted speaks of it."""
        return {
            "first page, last 7 days": (lambda: self._page(JournalFilter()), True),
            "first page, all time": (lambda: self._page(_EVER), True),
            "deep page": (lambda: self._page(_EVER, before=self._deep()), True),
            "an employee's page": (lambda: self._page(_EVER, self._employee()), True),
            "a head's missed calls": (lambda: self._page(_MISSED, self._head()), True),
            "combined filters": (lambda: self._page(self._combined()), True),
            "combined filters, deep": (lambda: self._page(self._combined(), before=self._deep()), True),
            "number fragment, 7 digits": (lambda: self._number(7), True),
            "number fragment, 4 digits": (lambda: self._number(4), True),
            "number fragment, 3 digits": (lambda: self._number(3), True),
            "whole name": (lambda: self._search(self._name()), True),
            "name fragment, 5 letters": (lambda: self._name_part(5), True),
            "name fragment, 3 letters": (lambda: self._name_part(3), True),
            "number fragment, 2 digits": (lambda: self._number(2), False),
            "nothing fits": (lambda: self._page(replace(_EVER, talk_from=99_999)), False),
            "figures, last 7 days": (self._figures, False),
        }

    def _page(self, wanted: JournalFilter, scope: Scope = _ALL, *, before: Cursor | None = None) -> object:
        return self._store.journal_page(wanted, scope, _SEEN_FROM, before=before, limit=PAGE)

    def _figures(self) -> object:
        return self._store.journal_counts(JournalFilter(), _ALL, _SEEN_FROM)

    def _search(self, text: str) -> object:
        return self._page(replace(_EVER, search=text))

    def _number(self, digits: int) -> object:
        return self._search(self._part(history.number_of(self._chance.randrange(self._numbers))[1:], digits))

    def _name_part(self, letters: int) -> object:
        return self._search(self._part(self._name().split()[0], letters))

    def _name(self) -> str:
        """A name that is shown for a number: every third one has one."""
        return history.name_of(3 * self._chance.randrange(max(1, self._numbers // 3))) or ""

    def _part(self, text: str, letters: int) -> str:
        start = self._chance.randrange(max(1, len(text) - letters + 1))
        return text[start : start + letters]

    def _combined(self) -> JournalFilter:
        return replace(_EVER, tab=Tab.RECEIVED, departments=(self._department(),), talk_from=100)

    def _department(self) -> str:
        return f"Department {self._chance.randrange(history.DEPARTMENTS)}"

    def _head(self) -> Scope:
        return Scope(departments=frozenset({self._department()}))

    def _employee(self) -> Scope:
        return Scope(owner=self._chance.choice(self._owners))

    def _deep(self) -> Cursor:
        return Cursor(at=history.END - timedelta(days=self._chance.uniform(0, self._days)))


def _of_datasette(file: Path, calls: int) -> Measured:
    """The same file in Datasette, asked over HTTP for the JSON of a page of its own."""
    chance = random.Random(7)
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
        asked = tuple(_timed(what, ask, of_aim=False, times=TIMES // 3) for what, ask in queries.items())
    return Measured(engine=version, calls=calls, size_mib=0.0, filled_s=None, queries=asked)
