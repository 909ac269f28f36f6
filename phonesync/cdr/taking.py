"""Imports a record of a switch into the store: batch by batch, each line once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from phonesync.cdr.reading import Batch, RecordReader
from phonesync.contacts.values import Place, Remark
from phonesync.store.cdr_records import CdrReached, CdrTaken

if TYPE_CHECKING:
    from phonesync.config import CdrConfig, Config
    from phonesync.store.repository import Store

SHOWN = 50
"""Bad lines of one file that are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of importing one file.

    Attributes:
        source: Name of the record.
        file: Name of the file.
        new: Lines that were not known.
        known: Lines that were.
        bad: Lines that could not be read.
        remarks: Why, of the first of those.
        unfinished: Where a line stands without its end; it is left for the next import.
    """

    source: str
    file: str
    new: int = 0
    known: int = 0
    bad: int = 0
    remarks: tuple[Remark, ...] = ()
    unfinished: Place | None = None

    def with_batch(self, batch: Batch, taken: CdrTaken) -> Imported:
        """With what came of one more batch."""
        return replace(
            self,
            new=self.new + taken.new,
            known=self.known + taken.known,
            bad=self.bad + len(batch.remarks),
            remarks=(*self.remarks, *batch.remarks)[:SHOWN],
        )


def place_of(config: Config, record: CdrConfig) -> Path:
    """Where the file of a record lies."""
    return config.base / record.path


def import_file(config: Config, store: Store, record: CdrConfig, path: Path, *, follow: bool) -> Imported:
    """Imports what a file holds and the store does not.

    Args:
        config: The configuration.
        store: The store.
        record: How the file is to be read, and the name under which its lines are kept.
        path: The file.
        follow: It is the record's own file: what was read before is left out, and what was read is noted.

    Raises:
        SourceError: It cannot be read.
        StoreError: The store cannot be used.
    """
    done = Imported(source=record.name, file=path.name)
    reached = store.cdr_reached(record.name) if follow else None
    with RecordReader(config, record, path, reached=reached) as reader:
        while (batch := reader.batch()) is not None:
            taken = take(store, record, batch, follow=follow)
            reader.took(taken)
            if taken is not None:
                done = done.with_batch(batch, taken)
        return replace(done, unfinished=reader.unfinished())


def take(store: Store, record: CdrConfig, batch: Batch, *, follow: bool) -> CdrTaken | None:
    """Keeps a batch; None where it is to be read again from the beginning of the file.

    Raises:
        StoreError: The store cannot be used.
    """
    reached: CdrReached | None = batch.reached if follow else None
    return store.take_cdr(record.name, batch.lines, reached, fresh=batch.fresh)
