"""The journal: the list of calls, what comes newly into it, and what is further down."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from phonesync.errors import ConfigError
from phonesync.journal.filters import JournalFilter, Tab, to_query
from phonesync.store.journal.records import Cursor
from phonesync.web import guard
from phonesync.web.asking import Asked, asked
from phonesync.web.call_rows import CallRow, by_day
from phonesync.web.filter_form import BEFORE, address, chips, hint_of, is_tidy
from phonesync.web.navigation import places_of
from phonesync.web.problems import sorry
from phonesync.web.rendering import page
from phonesync.web.seeing import searched
from phonesync.web.words import COMMENTED, DIRECTIONS, OUTCOMES, PERIODS, TABS

if TYPE_CHECKING:
    from phonesync.store.journal.records import JournalPage

router = APIRouter()

SIZE = 50
"""Calls of one page."""

LIVE_PAGES = 4
"""So many pages of new calls are brought in; a list that fell further behind is made anew."""

MOST_CHOICES = 400
"""More names than that are typed, not chosen."""


@router.get("/")
def first(request: Request, reader: guard.SignedIn) -> Response:
    """The first page that somebody may see."""
    places = places_of(reader, request.app.state.addresses)
    if not places:
        return sorry(request, HTTPStatus.FORBIDDEN, reader=reader)
    return RedirectResponse(places[0].address, status_code=HTTPStatus.SEE_OTHER)


@router.get("/calls")
def calls(request: Request, reader: guard.CallReader) -> Response:
    """The journal, by the filter of the address."""
    pairs = request.query_params.multi_items()
    this = asked(request, reader)
    tidy = address(this.wanted, **_cursor(request))
    is_part = "hx-request" in request.headers
    if not is_tidy(pairs) and not this.told and not is_part:
        return RedirectResponse(tidy, status_code=HTTPStatus.SEE_OTHER)
    searched(request, reader, this.wanted)
    values = _results(request, this)
    values |= {
        "is_part": is_part,
        "query": urlencode(to_query(this.wanted)),
        "saved": this.ground.store.saved_filters(reader.user_id),
    }
    if not is_part:
        values |= _form(this)
    headers = {"HX-Push-Url": tidy} if is_part else {}
    return page(request, reader, "results.html" if is_part else "calls.html", headers=headers, **values)


@router.get("/calls/older")
def older(request: Request, reader: guard.CallReader) -> Response:
    """More of the list, for its end."""
    this = asked(request, reader)
    searched(request, reader, this.wanted)
    before = Cursor.from_text(request.query_params.get(BEFORE, ""))
    found = _page(this, before)
    return page(
        request,
        reader,
        "older.html",
        **_list(this, found, this.shown(found.calls)),
        last_day=_day(this, before),
    )


@router.get("/calls/live")
def live(request: Request, reader: guard.CallReader) -> Response:
    """The list from its top down to where it ended, if anything in it is new."""
    this = asked(request, reader)
    seen, floor = (request.query_params.get(name, "") for name in ("seen", "floor"))
    found = _down_to(this, Cursor.from_text(floor) if floor else None)
    rows = this.shown(found.calls)
    if _seen(rows) == seen:
        # Asked every few seconds, and mostly answered so: nothing else is looked up for it.
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return page(request, reader, "live.html", **_list(this, found, rows), **_figures(this))


def _down_to(this: Asked, floor: Cursor | None) -> JournalPage:
    """All calls from the newest to a place; those of one page where that is too far down."""
    found = _page(this, None)
    calls, after = list(found.calls), found.next
    for _ in range(LIVE_PAGES):
        if floor is None or after is None or after <= floor:
            break
        more = _page(this, after)
        calls += [one for one in more.calls if Cursor.of(one.call) >= floor]
        after = max(floor, more.next) if more.next is not None else floor
    else:
        return found
    return type(found)(calls=tuple(calls), next=after if floor is None else floor)


def _page(this: Asked, before: Cursor | None) -> JournalPage:
    store = this.ground.store
    return store.journal_page(this.wanted, this.reader.scope, this.viewpoint, before=before, limit=SIZE)


def _results(request: Request, this: Asked) -> dict[str, Any]:
    """Everything below the form."""
    cursor = _cursor(request)
    try:
        found = _page(this, Cursor.from_text(cursor[BEFORE]) if cursor else None)
        values = {**_list(this, found, this.shown(found.calls)), **_figures(this), "is_first": not cursor}
        if not found.calls:
            values["hidden"] = [
                hint_of(name, count, this.wanted, this.view)
                for name, count in this.ground.store.journal_hidden(
                    this.wanted, this.reader.scope, this.viewpoint
                ).items()
            ]
    except ConfigError as error:
        # Numbers are masked for this reader, and he looks for one.
        this.told.append(this.view.mistake(error))
        return _results(request, _plain(this))
    return {"told": this.told, "hidden": [], **values}


def _plain(this: Asked) -> Asked:
    return Asked(
        ground=this.ground,
        reader=this.reader,
        view=this.view,
        wanted=JournalFilter(tab=this.wanted.tab, period=this.wanted.period),
        told=this.told,
        office=this.office,
        rows=this.rows,
    )


def _seen(rows: Sequence[CallRow]) -> str:
    """Tells the list from one in which anything is new."""
    said = repr([(row.one, row.calling, row.called) for row in rows])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _list(this: Asked, found: JournalPage, rows: Sequence[CallRow]) -> dict[str, Any]:
    floor = found.next or (Cursor.of(found.calls[-1].call) if found.calls else None)
    tags = this.ground.store.tags()
    return {
        "days": by_day(rows, this.view.zone),
        "older": None if found.next is None else {BEFORE: str(found.next)},
        "state": {
            "seen": _seen(rows),
            "floor": "" if floor is None else str(floor),
        },
        "wanted": this.wanted,
        "address": lambda path="/calls", **more: address(this.wanted, page=path, **more),
        "tabs": [(tab, TABS[tab], address(this.wanted.without("tab"), **_of_tab(tab))) for tab in Tab],
        "chips": list(chips(this.wanted, this.view, tags)),
        "all_tags": tags,
        "clear": address(JournalFilter(tab=this.wanted.tab, period=this.wanted.period)),
    }


def _of_tab(tab: Tab) -> dict[str, str]:
    return {} if tab is Tab.ALL else {"tab": tab.value}


def _figures(this: Asked) -> dict[str, Any]:
    counts = this.ground.store.journal_counts(this.wanted, this.reader.scope, this.viewpoint)
    return {"counts": counts}


def _day(this: Asked, before: Cursor) -> Any:
    return before.at.astimezone(this.view.zone).date()


def _cursor(request: Request) -> dict[str, str]:
    before = request.query_params.get(BEFORE, "")
    return {BEFORE: before} if before else {}


def _form(this: Asked) -> dict[str, Any]:
    """What the form offers."""
    store = this.ground.store
    choices = store.journal_choices(this.reader.scope, office=this.office)
    lists = [
        ("employee", "employees", choices.employees, this.wanted.employees),
        ("department", "departments", choices.departments, this.wanted.departments),
        ("site", "sites", choices.sites, this.wanted.sites),
        ("phone", "phones", choices.phones, this.wanted.phones),
    ]
    if len(choices.lines) > 1 or this.wanted.lines:
        lists.append(("line", "lines", tuple(map(str, choices.lines)), tuple(map(str, this.wanted.lines))))
    return {
        "lists": [
            (name, attribute, sorted({*offered, *chosen}) if len(offered) <= MOST_CHOICES else None, chosen)
            for name, attribute, offered, chosen in lists
            if len(offered) > 1 or chosen
        ],
        "periods": PERIODS,
        "directions": DIRECTIONS,
        "outcomes": OUTCOMES,
        "commented": COMMENTED,
    }
