"""What a request of the journal's pages asks for: the filter, and how its reader sees calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from phonesync.journal.filters import JournalFilter
from phonesync.journal.named_calls import Parties
from phonesync.journal.offices import office_of
from phonesync.journal.shown_names import Names
from phonesync.store.journal.records import Office, Viewpoint
from phonesync.web.call_rows import CallRow, Rows
from phonesync.web.filter_form import BEFORE, lenient
from phonesync.web.ground import Ground, ground_of
from phonesync.web.rendering import view_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.journal.access import Reader
    from phonesync.store.journal.records import JournalCall
    from phonesync.web.view import View

NOT_OURS = (BEFORE, "seen", "floor", "format")
"""Names in addresses that are no filters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request.

    Attributes:
        ground: Of the site.
        reader: Who asks.
        view: How the reader sees figures and times.
        wanted: The filter, without what was wrong in the address.
        told: What was wrong in it.
        office: What the store does not know by itself.
        rows: Makes rows of calls.
    """

    ground: Ground
    reader: Reader
    view: View
    wanted: JournalFilter
    told: list[str] = field(default_factory=list)
    office: Office
    rows: Rows

    @property
    def viewpoint(self) -> Viewpoint:
        """Zone, instant and office."""
        return Viewpoint(zone=self.view.zone, now=self.view.now, office=self.office)

    def shown(self, calls: Iterable[JournalCall]) -> list[CallRow]:
        """Calls as rows."""
        return [self.rows.of(one) for one in calls]


def asked(request: Request, reader: Reader, *, wanted: JournalFilter | None = None) -> Asked:
    """What a request asks for.

    Args:
        request: Its query is the filter.
        reader: Who asks.
        wanted: A filter instead of the query's.
    """
    ground, view = ground_of(request), view_of(request, reader)
    told: list[str] = []
    if wanted is None:
        wanted, told = lenient(request.query_params.multi_items(), view, ignore=NOT_OURS)
    config = ground.config()
    return Asked(
        ground=ground,
        reader=reader,
        view=view,
        wanted=wanted,
        told=told,
        office=office_of(config),
        rows=Rows(Parties(Names(config, ground.store)), view.texts.gettext),
    )
