"""What pages and API of exports share: from a request to an order, and from an export to an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qsl

from fastapi import HTTPException, Path
from starlette.responses import FileResponse, Response

from phonesync.errors import ConfigError
from phonesync.journal.exports import Export, ExportFormat, NoSuchExport, checked_password, format_of
from phonesync.journal.filters import JournalFilter, Tab, from_query
from phonesync.journal.marks import Tag
from phonesync.spelling import N_, worded
from phonesync.web import audit
from phonesync.web.app import peer_of
from phonesync.web.export_orders import Order
from phonesync.web.exporting import ExportDesk
from phonesync.web.filter_form import chips
from phonesync.web.ground import ground_of
from phonesync.web.rendering import view_of
from phonesync.web.view import View
from phonesync.web.words import FIELDS, PERIODS, TABS

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.journal.access import Reader

ExportId = Annotated[int, Path(ge=1, le=2**53)]

MEDIA_TYPES = {
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSONL: "application/jsonl",
}
ZIP = "application/zip"
LONGEST_QUERY = 8000
NOT_OF_FILTERS = ("before", "limit", "format", "columns")
"""Parameters of a list that say nothing of which calls there are."""


def desk_of(request: Request) -> ExportDesk:
    """The desk of the site that a request came to."""
    found = request.app.state.exports
    assert isinstance(found, ExportDesk)
    return found


def filter_words(wanted: JournalFilter, view: View, tags: Sequence[Tag]) -> list[tuple[str, str]]:
    """A filter in the reader's language: what is filtered for, and its value."""
    translate = view.texts.gettext
    found = []
    if wanted.since is None and wanted.until is None:
        found.append((translate(FIELDS["period"]), translate(PERIODS[wanted.period])))
    if wanted.tab is not Tab.ALL:
        found.append((translate(FIELDS["tab"]), translate(TABS[wanted.tab])))
    return found + [(chip.field, chip.value) for chip in chips(wanted, view, tags)]


def order_of(request: Request, reader: Reader, query: str, form: str, password: str) -> Order:
    """What is wanted, checked.

    Args:
        request: Who asks, and in which language.
        reader: Who.
        query: The filter, as in the address bar.
        form: One of the formats.
        password: Of the file; empty for none.

    Raises:
        ConfigError: The filter, format or password is wrong.
    """
    if len(query) > LONGEST_QUERY:
        raise ConfigError(
            worded(N_("The filter is longer than %(most)s letters."), most=LONGEST_QUERY),
            hint=N_("Choose fewer values."),
        )
    view = view_of(request, reader)
    pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
    wanted = from_query(pairs, ignore=NOT_OF_FILTERS)
    return Order(
        reader=reader,
        peer=peer_of(request),
        wanted=wanted,
        form=format_of(form),
        language=view.language,
        zone=view.zone,
        at=ground_of(request).clock.now(),
        said=tuple(filter_words(wanted, view, ground_of(request).store.tags())),
        password=checked_password(password),
    )


def export_of(request: Request, reader: Reader, export_id: int) -> Export:
    """One of the reader's exports.

    Raises:
        HTTPException: There is none; 404.
    """
    try:
        return ground_of(request).store.export(export_id, user_id=reader.user_id)
    except NoSuchExport as error:
        raise HTTPException(404) from error


def fetched(request: Request, reader: Reader, export: Export) -> Response:
    """The file of an export, noted in the audit log.

    Raises:
        HTTPException: It has none, or not any more; 404.
    """
    path = desk_of(request).path(export)
    if path is None:
        raise HTTPException(404)
    audit.note(request, reader, "call.export", str(export.id), fetched=True, rows=export.done)
    asked = export.asked_at.astimezone(view_of(request, reader).zone)
    sealed = path.suffix == ".zip"
    name = f"calls-{asked:%Y-%m-%d-%H%M}.{export.format}{'.zip' if sealed else ''}"
    return FileResponse(path, filename=name, media_type=ZIP if sealed else MEDIA_TYPES[export.format])


def at_once(content: bytes, order: Order) -> Response:
    """A short export as it is fetched."""
    sealed = order.password is not None and order.form is not ExportFormat.XLSX
    headers = {"Content-Disposition": f'attachment; filename="{order.file_name}"'}
    return Response(content, media_type=ZIP if sealed else MEDIA_TYPES[order.form], headers=headers)
