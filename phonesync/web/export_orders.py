"""What somebody wants exported, and writing it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from phonesync.calls.values import Call
from phonesync.journal.export_csv import write_csv
from phonesync.journal.export_jsonl import write_jsonl
from phonesync.journal.export_sealed import seal_in_zip, seal_workbook
from phonesync.journal.export_table import About, Exported, Tally
from phonesync.journal.export_xlsx import write_xlsx
from phonesync.journal.exports import ExportFormat, file_name
from phonesync.journal.filters import JournalFilter, to_query
from phonesync.journal.marks import Tag
from phonesync.journal.masking import masked_filter
from phonesync.journal.named_calls import Parties
from phonesync.journal.offices import office_of
from phonesync.journal.shown_names import Names
from phonesync.numbering import EXTENSION
from phonesync.store.access.records import Act
from phonesync.store.journal.records import Viewpoint
from phonesync.web.call_rows import tag_name
from phonesync.web.languages import translations

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.journal.access import Reader
    from phonesync.store.repository import Store

_AT_ONCE = 1000
"""Calls whose names are looked up together, and then forgotten: all of them would fill the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody wants exported.

    Attributes:
        reader: Who, with the rights of this moment.
        peer: From where.
        wanted: Which calls.
        form: How they are written.
        language: Of headings and words.
        zone: Of times.
        at: This moment, UTC.
        said: The filter in the reader's language.
        password: That the file is to have, or None.
    """

    reader: Reader
    peer: str
    wanted: JournalFilter
    form: ExportFormat
    language: str
    zone: ZoneInfo
    at: datetime
    said: tuple[tuple[str, str], ...] = ()
    password: str | None = field(default=None, repr=False)

    @property
    def query(self) -> str:
        """The filter, as in the address bar."""
        return urlencode(to_query(self.wanted))

    @property
    def file_name(self) -> str:
        """What the file is called when it is fetched."""
        return file_name(self.at.astimezone(self.zone), self.form, sealed=self.password is not None)


WRITERS = {ExportFormat.XLSX: write_xlsx, ExportFormat.CSV: write_csv, ExportFormat.JSONL: write_jsonl}


def total_of(config: Config, store: Store, order: Order) -> int | None:
    """How many calls an order is about; None where there are more than are counted."""
    counts = store.journal_counts(order.wanted, order.reader.scope, _viewpoint(config, order))
    return None if counts.is_capped else counts.tabs[order.wanted.tab]


def _viewpoint(config: Config, order: Order) -> Viewpoint:
    return Viewpoint(zone=order.zone, now=order.at, office=office_of(config))


def calls_of(config: Config, store: Store, order: Order) -> Iterator[Exported]:
    """The calls of an order, newest first, as its reader may see them; fetched as they are taken."""
    found = store.journal_calls(order.wanted, order.reader.scope, _viewpoint(config, order))
    gettext = translations(order.language).gettext

    def word(tag: Tag) -> str:
        return tag.name if order.form is ExportFormat.JSONL else tag_name(tag, gettext)

    while some := list(islice(found, _AT_ONCE)):
        names = Names(config, store)
        names.meet({number for one in some for number in _numbers(one.call)})
        parties = Parties(names)
        for one in some:
            tags = tuple(map(word, one.tags))
            yield Exported(named=parties.named(one.call), tags=tags, comments=one.comments)


def _numbers(call: Call) -> Iterator[str]:
    """What names are looked up by."""
    for end in (call.calling, call.called):
        if end.extension is not None:
            yield f"{EXTENSION}{end.extension}"
        elif end.e164 is not None:
            yield end.e164


def written(
    order: Order, calls: Iterable[Exported], folder: Path, *, observe: Callable[[int], None] = lambda _: None
) -> tuple[Path, Tally]:
    """The file of an order, with its password where it has one.

    Args:
        order: What is wanted.
        calls: As :func:`calls_of` gives them.
        folder: Where to write; nobody else may look into it.
        observe: Told how many calls are written, now and then; may raise to end it.
    """
    about = About(
        at=order.at,
        by=order.reader.shown_name,
        zone=order.zone,
        language=order.language,
        gettext=translations(order.language).gettext,
        wanted=order.said,
    )
    plain = folder / f"calls.{order.form}"
    tally = WRITERS[order.form](plain, calls, about, observe=observe)
    if order.password is None:
        return plain, tally
    if order.form is ExportFormat.XLSX:
        sealed = folder / "sealed.xlsx"
        seal_workbook(plain, sealed, order.password)
    else:
        sealed = folder / "sealed.zip"
        seal_in_zip(plain, sealed, order.password, name=plain.name)
    plain.unlink()
    return sealed, tally


def noted(order: Order, *, rows: int, export: int | None = None) -> Act:
    """The line of the audit log about an export: who, which filter, how many calls.

    Numbers in the filter are masked: whoever reads the log may not be one who sees numbers. The filter itself
    is kept with the export.
    """
    detail: dict[str, object] = {
        "filter": masked_filter(order.wanted),
        "format": order.form.value,
        "rows": rows,
        "password": order.password is not None,
    }
    which = None if export is None else str(export)
    return Act(user=order.reader.name, peer=order.peer, action="call.export", object=which, detail=detail)
