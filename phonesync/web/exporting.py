"""The desk of exports: short ones at once, long ones in the background, one after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from queue import Empty, Full, Queue
from secrets import token_hex
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

import structlog
from xlsxwriter.exceptions import XlsxWriterException

from phonesync.errors import PhonesyncError
from phonesync.journal.exports import Export, ExportState
from phonesync.spelling import N_
from phonesync.store.places import folder_of
from phonesync.web.export_orders import Order, calls_of, noted, total_of, written

if TYPE_CHECKING:
    from phonesync.clock import Clock
    from phonesync.config import Config
    from phonesync.store.repository import Store

_log = structlog.get_logger(__name__)

AT_ONCE = 5000
"""So many calls are written while whoever asked waits."""

WAITING, EACH = 50, 5
"""Exports that may wait in all, and be open of one user."""

_PROGRESS_S = 0.5
_CLEANED_S = 3600.0
_STALE_S = 86_400.0
_FAREWELL_S = 5.0

ENDED = N_("The program was ended before this was written. Ask for it again.")
NO_FILE = N_(
    "The file could not be written: the disk may be full. Whoever runs phonesync finds more in its log."
)
NOT_READ = N_("The calls could not be read. Try again; whoever runs phonesync finds more in its log.")


class TooManyExports(PhonesyncError):
    """No further export can wait now."""

    transient = True


class _Unwanted(Exception):
    """The export that is being written is not wanted any more."""


class _Ending(Exception):
    """The program ends."""


class ExportDesk:
    """Makes exports.

    Args:
        config: The configuration in force.
        store: Where calls and exports are.
        clock: Where time comes from.
    """

    def __init__(self, config: Callable[[], Config], store: Store, clock: Clock) -> None:
        self._config, self._store, self._clock = config, store, clock
        self._orders: Queue[tuple[Export, Order] | None] = Queue(maxsize=WAITING)
        self._lock, self._ending = Lock(), Event()
        self._thread: Thread | None = None

    def open(self) -> None:
        """Notes that nothing becomes of what was open as the program ended, and removes what is too old."""
        self._store.end_all_exports(ENDED)
        self._clean()

    def close(self) -> None:
        """Ends what is being written; what waits fails."""
        self._ending.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            with suppress(Full):
                self._orders.put_nowait(None)
            thread.join(_FAREWELL_S)
            self._store.end_all_exports(ENDED)

    @property
    def folder(self) -> Path:
        """Where files lie."""
        config = self._config()
        wanted = config.outlets.export.folder
        return (
            folder_of(config.store.url, base=config.base) / "exports"
            if wanted is None
            else config.base / wanted
        )

    # --- orders -------------------------------------------------------------------------------------------

    def total(self, order: Order) -> int | None:
        """How many calls it will hold; None where there are more than are counted.

        Raises:
            ConfigError: The filter asks for numbers or names that are masked for the reader.
            StoreError: The store cannot be read.
        """
        return total_of(self._config(), self._store, order)

    def at_once(self, order: Order) -> bytes:
        """A short export, noted in the audit log.

        Raises:
            StoreError: The store cannot be read, or it could not be noted.
        """
        with TemporaryDirectory(prefix="phonesync-export-") as working:
            calls = calls_of(self._config(), self._store, order)
            path, tally = written(order, calls, Path(working))
            self._store.note_act(noted(order, rows=tally.rows))
            return path.read_bytes()

    def ask(self, order: Order, total: int | None) -> Export:
        """Lets an export be written in the background.

        Raises:
            TooManyExports: The user has too many that are open, or too many wait.
            StoreError: The store cannot be used.
        """
        user = order.reader.user_id
        with self._lock:
            if sum(one.is_open for one in self._store.exports(user)) >= EACH or self._orders.full():
                raise TooManyExports(
                    N_("Too many exports wait already."), hint=N_("Wait for one to be done, or cancel one.")
                )
            export = self._store.ask_export(user, order.query, order.form, total=total)
            self._orders.put_nowait((export, order))
            if self._thread is None:
                self._thread = Thread(target=self._work, name="exports", daemon=True)
                self._thread.start()
        return export

    def remove(self, export: Export) -> None:
        """Cancels an open export, or removes the file of one that is done."""
        if not self._store.end_export(export.id, ExportState.CANCELLED):
            current = self._store.export(export.id, user_id=export.user_id)
            self._remove(current.id, current.file)

    def path(self, export: Export) -> Path | None:
        """The file of an export; None where it has none, or not any more."""
        path = None if export.file is None else self.folder / export.file
        return path if path is not None and path.is_file() else None

    # --- the thread ---------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._ending.is_set():
            try:
                taken = self._orders.get(timeout=_CLEANED_S)
            except Empty:
                self._clean()
                continue
            if taken is not None and not self._ending.is_set():
                self._make(*taken)
                self._clean()

    def _make(self, export: Export, order: Order) -> None:
        try:
            if self._store.start_export(export.id):
                self._write(export, order)
        except (_Unwanted, _Ending):
            return
        except (OSError, XlsxWriterException) as error:
            self._fail(export, NO_FILE, error)
        except PhonesyncError as error:
            self._fail(export, NOT_READ, error)

    def _write(self, export: Export, order: Order) -> None:
        folder = self.folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".writing-") as working:
            calls = calls_of(self._config(), self._store, order)
            path, tally = written(order, calls, Path(working), observe=self._observer(export))
            name = f"{export.id}-{token_hex(8)}{path.suffix}"
            path.chmod(0o600)
            self._store.note_act(noted(order, rows=tally.rows, export=export.id))
            path.replace(folder / name)
        if not self._store.end_export(export.id, ExportState.DONE, done=tally.rows, file=name):
            (folder / name).unlink(missing_ok=True)

    def _observer(self, export: Export) -> Callable[[int], None]:
        """Notes how far an export is, now and then, and ends it where it is not wanted any more."""
        last = self._clock.monotonic()

        def observe(rows: int) -> None:
            nonlocal last
            if self._ending.is_set():
                raise _Ending
            now = self._clock.monotonic()
            if now - last >= _PROGRESS_S:
                last = now
                if not self._store.export_written(export.id, rows):
                    raise _Unwanted

        return observe

    def _fail(self, export: Export, problem: str, error: Exception) -> None:
        _log.warning("export failed", export=export.id, error=str(error))
        with suppress(PhonesyncError):  # The store is away: the next start notes it.
            self._store.end_export(export.id, ExportState.FAILED, problem=problem)

    # --- files --------------------------------------------------------------------------------------------

    def _clean(self) -> None:
        """Removes files that were kept long enough, and what nobody knows any more."""
        try:
            keep = self._config().outlets.export.keep
            for export_id, file in self._store.export_files(before=self._clock.now() - keep):
                self._remove(export_id, file)
            self._sweep({file for _, file in self._store.export_files()})
        except (OSError, PhonesyncError) as error:
            _log.warning("exports not cleaned", error=str(error))

    def _sweep(self, known: set[str]) -> None:
        """Removes files without an export, left by a program that was killed."""
        stale = (self._clock.now() - timedelta(seconds=_STALE_S)).timestamp()
        for path in self._files():
            if path.name not in known and path.stat().st_mtime < stale:
                path.unlink(missing_ok=True)

    def _files(self) -> Iterator[Path]:
        folder = self.folder
        if folder.is_dir():
            for place, _, names in os.walk(folder):
                below = Path(place)
                if below == folder or below.name.startswith(".writing-"):
                    yield from (below / name for name in names)

    def _remove(self, export_id: int, file: str | None) -> None:
        if file is not None:
            (self.folder / file).unlink(missing_ok=True)
            self._store.forget_export_file(export_id)
