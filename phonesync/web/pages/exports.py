"""The page of exports: what is being written, and what waits to be fetched."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from phonesync.journal.access import Permission, Reader
from phonesync.journal.exports import ExportFormat
from phonesync.journal.filters import from_query, to_query
from phonesync.web import guard
from phonesync.web.asking import asked
from phonesync.web.export_requests import (
    LONGEST_QUERY,
    ExportId,
    at_once,
    desk_of,
    export_of,
    fetched,
    filter_words,
    order_of,
)
from phonesync.web.exporting import AT_ONCE
from phonesync.web.ground import ground_of
from phonesync.web.rendering import page, view_of

router = APIRouter(default_response_class=Response)

Exporter = Annotated[Reader, Depends(guard.Needs(Permission.EXPORT))]
HOME = "/exports"


@router.get("/exports")
def show(request: Request, reader: Exporter) -> Response:
    """The reader's exports, and a form for calls: those of the filter in the address, as in the journal's."""
    this = asked(request, reader)
    words = filter_words(this.wanted, this.view, this.ground.store.tags())
    query = urlencode(to_query(this.wanted))
    return _page(request, reader, "exports.html", words=words, query=query, told=this.told)


@router.get("/exports/list")
def show_list(request: Request, reader: Exporter) -> Response:
    """The list alone; it asks for itself anew as long as something is open."""
    return _page(request, reader, "exports/list.html")


@router.post("/exports")
def ask(
    request: Request,
    reader: Exporter,
    query: Annotated[str, Form(max_length=LONGEST_QUERY)] = "",
    form: Annotated[str, Form(alias="format", max_length=20)] = ExportFormat.XLSX.value,
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """A short export at once; a long one in the background, and the page that shows how far it is."""
    order, desk = order_of(request, reader, query, form, password), desk_of(request)
    total = desk.total(order)
    if total is not None and total <= AT_ONCE:
        return at_once(desk.at_once(order), order)
    desk.ask(order, total)
    return RedirectResponse(HOME, status_code=303)


@router.get("/exports/{export_id}/file")
def fetch(request: Request, reader: Exporter, export_id: ExportId) -> Response:
    """The file."""
    return fetched(request, reader, export_of(request, reader, export_id))


@router.post("/exports/{export_id}/remove")
def remove(request: Request, reader: Exporter, export_id: ExportId) -> Response:
    """Cancels an export, or removes its file."""
    desk_of(request).remove(export_of(request, reader, export_id))
    if "hx-request" in request.headers:
        return _page(request, reader, "exports/list.html")
    return RedirectResponse(HOME, status_code=303)


def _page(request: Request, reader: Reader, name: str, **values: Any) -> Response:
    ground, desk, view = ground_of(request), desk_of(request), view_of(request, reader)
    exports, tags = ground.store.exports(reader.user_id), ground.store.tags()
    return page(
        request,
        reader,
        name,
        exports=[
            (one, desk.path(one) is not None, filter_words(from_query(parse_qsl(one.query)), view, tags))
            for one in exports
        ],
        is_busy=any(one.is_open for one in exports),
        keep_s=ground.config().outlets.export.keep.total_seconds(),
        **values,
    )
