"""Exports for programs: written in the background, looked at, fetched, cancelled."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import FileResponse, Response

from phonesync.clock import iso
from phonesync.journal.access import Permission, Reader
from phonesync.journal.exports import Export, ExportFormat, ExportState
from phonesync.web import guard
from phonesync.web.export_requests import LONGEST_QUERY, ExportId, desk_of, export_of, fetched, order_of
from phonesync.web.ground import ground_of

router = APIRouter(prefix="/api/v1/exports", tags=["exports"])

Exporter = Annotated[Reader, Depends(guard.Needs(Permission.EXPORT))]


class ExportWish(BaseModel):
    """What is to be exported."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    filter: Annotated[str, Field(max_length=LONGEST_QUERY)] = ""
    """As in the address of the journal: ``tab=missed&period=30d``."""
    format: ExportFormat = ExportFormat.XLSX
    password: Annotated[str, Field(max_length=1000, repr=False)] = ""
    """Of the file; 8 to 255 letters, or none."""


class ShownExport(BaseModel):
    """An export, and what has become of it."""

    id: int
    filter: str
    format: ExportFormat
    state: ExportState
    done: int
    """Calls written so far, or in all."""
    total: int | None
    """How many there are to be; null where that is not known."""
    problem: str | None
    """Why it failed."""
    asked_at: str
    ended_at: str | None
    file: str | None
    """Where it is fetched; null until it is done, and once it is removed."""


class ShownExports(BaseModel):
    """Exports, the newest first."""

    items: list[ShownExport]


@router.post("", status_code=202, response_model=ShownExport)
def ask(request: Request, response: Response, reader: Exporter, wish: ExportWish) -> ShownExport:
    """Asks for an export; it is written in the background."""
    order = order_of(request, reader, wish.filter, wish.format.value, wish.password)
    desk = desk_of(request)
    export = desk.ask(order, desk.total(order))
    response.headers["Location"] = f"{router.prefix}/{export.id}"
    return _shown(request, export)


@router.get("", response_model=ShownExports)
def show_all(request: Request, reader: Exporter) -> ShownExports:
    """The reader's exports, the newest first."""
    exports = ground_of(request).store.exports(reader.user_id)
    return ShownExports(items=[_shown(request, one) for one in exports])


@router.get("/{export_id}", response_model=ShownExport)
def show(request: Request, reader: Exporter, export_id: ExportId) -> ShownExport:
    """One of the reader's exports."""
    return _shown(request, export_of(request, reader, export_id))


@router.get("/{export_id}/file", response_class=FileResponse)
def fetch(request: Request, reader: Exporter, export_id: ExportId) -> Response:
    """Its file; in pieces where ``Range`` asks for that."""
    return fetched(request, reader, export_of(request, reader, export_id))


@router.delete("/{export_id}", status_code=204)
def remove(request: Request, reader: Exporter, export_id: ExportId) -> None:
    """Cancels an export, or removes its file."""
    desk_of(request).remove(export_of(request, reader, export_id))


def _shown(request: Request, export: Export) -> ShownExport:
    has_file = desk_of(request).path(export) is not None
    return ShownExport(
        id=export.id,
        filter=export.query,
        format=export.format,
        state=export.state,
        done=export.done,
        total=export.total,
        problem=export.problem,
        asked_at=iso(export.asked_at) or "",
        ended_at=iso(export.ended_at),
        file=f"{router.prefix}/{export.id}/file" if has_file else None,
    )
