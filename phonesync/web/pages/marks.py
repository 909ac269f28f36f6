"""Marks made on pages: on calls, on numbers, filters under names, and the tags themselves."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from phonesync.journal.marks import LONGEST_COMMENT, LONGEST_NAME, LONGEST_QUERY, PALETTE
from phonesync.spelling import N_
from phonesync.web import guard
from phonesync.web.ground import ground_of
from phonesync.web.marking import Id, Marker, Marking, Number, TagMaker
from phonesync.web.pages import call_card
from phonesync.web.rendering import page

router = APIRouter()

COLORS = dict(
    zip(PALETTE, (N_("grey"), N_("red"), N_("amber"), N_("green"), N_("blue"), N_("violet")), strict=True)
)

SEE_OTHER = 303
Flag = Annotated[bool, Form()]
Name = Annotated[str, Form(max_length=LONGEST_NAME)]
TagId = Annotated[int, Form(ge=0, lt=2**31)]


@router.post("/calls/{call_id}/tags")
def tag_call(request: Request, reader: Marker, call_id: Id, tag: TagId, *, on: Flag = True) -> Response:
    """Puts a tag on a call, or takes it off."""
    Marking(request=request, reader=reader).tag_call(call_id, tag, on=on)
    return _back(request, reader, call_id)


@router.post("/calls/{call_id}/number-tags")
def tag_number_of(
    request: Request,
    reader: Marker,
    call_id: Id,
    tag: TagId,
    party: Annotated[str, Form()],
    *,
    on: Flag = True,
) -> Response:
    """Puts a tag on the number of a call, or takes it off."""
    marking = Marking(request=request, reader=reader)
    marking.call(call_id)
    marking.tag_number(party, tag, on=on)
    return _back(request, reader, call_id)


@router.post("/calls/{call_id}/star")
def star(
    request: Request,
    reader: Marker,
    call_id: Id,
    *,
    favourite: Flag = False,
    rating: Annotated[int, Form(ge=0, le=5)] = 0,
) -> Response:
    """Says what the reader thinks of a call; 0 stands for no rating."""
    Marking(request=request, reader=reader).star(call_id, favourite=favourite, rating=rating or None)
    return _back(request, reader, call_id)


@router.post("/calls/{call_id}/private")
def hide(request: Request, reader: Marker, call_id: Id, *, on: Flag = False) -> Response:
    """Hides a call from superiors, or shows it again."""
    Marking(request=request, reader=reader).hide(call_id, hidden=on)
    return _back(request, reader, call_id)


@router.post("/calls/{call_id}/comments")
def comment(
    request: Request, reader: Marker, call_id: Id, text: Annotated[str, Form(max_length=LONGEST_COMMENT)]
) -> Response:
    """Writes something about a call."""
    Marking(request=request, reader=reader).comment(call_id, text)
    return _back(request, reader, call_id)


@router.post("/comments/{comment_id}/delete")
def delete_comment(request: Request, reader: Marker, comment_id: Number) -> Response:
    """Deletes a comment."""
    return _back(request, reader, Marking(request=request, reader=reader).delete_comment(comment_id))


@router.post("/numbers/{party}/tags")
def tag_number(request: Request, reader: Marker, party: Id, tag: TagId, *, on: Flag = True) -> Response:
    """Puts a tag on a number, or takes it off."""
    Marking(request=request, reader=reader).tag_number(party, tag, on=on)
    return RedirectResponse(f"/numbers/{quote(party, safe='+')}", status_code=SEE_OTHER)


@router.post("/filters")
def save_filter(
    request: Request,
    reader: guard.CallReader,
    name: Name,
    query: Annotated[str, Form(max_length=LONGEST_QUERY)] = "",
    *,
    shared: Flag = False,
) -> Response:
    """Keeps a filter under a name, and goes back to it; without one, that of the page the form stood on."""
    query = query or urlsplit(request.headers.get("referer", "")).query
    saved = Marking(request=request, reader=reader).save_filter(name, query, shared=shared)
    return RedirectResponse(f"/calls?{saved.query}", status_code=SEE_OTHER)


@router.post("/filters/{filter_id}/remove")
def remove_filter(request: Request, reader: guard.CallReader, filter_id: Number) -> Response:
    """Removes one of the reader's own filters."""
    Marking(request=request, reader=reader).remove_filter(filter_id)
    return RedirectResponse("/calls", status_code=SEE_OTHER)


@router.get("/tags")
def tags(request: Request, reader: TagMaker) -> Response:
    """All tags, to be made, renamed and removed."""
    return page(request, reader, "tags.html", tags=ground_of(request).store.tags(), color_words=COLORS)


@router.post("/tags")
def add_tag(request: Request, reader: TagMaker, name: Name, color: Annotated[str, Form()]) -> Response:
    """Makes a tag."""
    Marking(request=request, reader=reader).add_tag(name, color)
    return RedirectResponse("/tags", status_code=SEE_OTHER)


@router.post("/tags/{tag_id}")
def change_tag(
    request: Request, reader: TagMaker, tag_id: Number, color: Annotated[str, Form()], name: Name = ""
) -> Response:
    """Renames a tag, or gives it another colour."""
    Marking(request=request, reader=reader).change_tag(tag_id, name=name or None, color=color)
    return RedirectResponse("/tags", status_code=SEE_OTHER)


@router.post("/tags/{tag_id}/remove")
def remove_tag(request: Request, reader: TagMaker, tag_id: Number) -> Response:
    """Removes a tag from everywhere."""
    Marking(request=request, reader=reader).remove_tag(tag_id)
    return RedirectResponse("/tags", status_code=SEE_OTHER)


def _back(request: Request, reader: Marker, call_id: str) -> Response:
    """The call as it is now: the part of a page that asked, or its card."""
    if "hx-request" in request.headers:
        return call_card.details(request, call_id, reader)
    return RedirectResponse(f"/calls/{quote(call_id)}", status_code=SEE_OTHER)
