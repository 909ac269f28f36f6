"""What people say of calls, for programs: tags, favourites, ratings, comments, private marks, filters."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from phonesync.clock import iso
from phonesync.journal.marks import (
    LONGEST_COMMENT,
    LONGEST_NAME,
    LONGEST_QUERY,
    Comment,
    Marks,
    SavedFilter,
    Tag,
)
from phonesync.web import guard
from phonesync.web.ground import ground_of
from phonesync.web.marking import Id, Marker, Marking, Number, TagMaker

router = APIRouter(prefix="/api/v1", tags=["marks"])


class Wish(BaseModel):
    """Something that is asked for."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


class NewTag(Wish):
    """A tag to be made."""

    name: Name
    color: Annotated[str, Field(max_length=20)]


class ChangedTag(Wish):
    """What is to be changed about a tag; null stays as it is."""

    name: Name | None = None
    color: Annotated[str, Field(max_length=20)] | None = None


class Star(Wish):
    """What the reader thinks of a call."""

    favourite: bool = False
    rating: Annotated[int, Field(ge=1, le=5)] | None = None


class Privacy(Wish):
    """Whether a call is hidden from superiors."""

    private: bool


class NewComment(Wish):
    """A comment to be written."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_COMMENT)]


class NewFilter(Wish):
    """A filter to be kept; one of the reader's of this name is replaced."""

    name: Name
    query: Annotated[str, Field(max_length=LONGEST_QUERY)] = ""
    """As in the address of the journal: ``tab=missed&period=30d``."""
    shared: bool = False


class SaidTag(BaseModel):
    """A tag."""

    id: int
    name: str
    color: str
    built_in: bool


class SaidTags(BaseModel):
    """Tags."""

    items: list[SaidTag]


class SaidComment(BaseModel):
    """A comment."""

    id: int
    author: str
    at: str
    text: str


class SaidMarks(BaseModel):
    """All that the reader sees said of a call."""

    tags: list[SaidTag]
    number_tags: list[SaidTag]
    favourite: bool
    rating: int | None
    private: bool
    comments: list[SaidComment]


class SaidFilter(BaseModel):
    """A saved filter."""

    id: int
    name: str
    query: str
    shared: bool
    author: str
    made_at: str


class SaidFilters(BaseModel):
    """Saved filters: the reader's own, then those that others share."""

    items: list[SaidFilter]


@router.get("/tags")
def tags(request: Request, _reader: guard.CallReader) -> SaidTags:
    """All tags."""
    return SaidTags(items=[_tag(tag) for tag in ground_of(request).store.tags()])


@router.post("/tags", status_code=201)
def add_tag(request: Request, reader: TagMaker, wish: NewTag) -> SaidTag:
    """Makes a tag."""
    return _tag(Marking(request=request, reader=reader).add_tag(wish.name, wish.color))


@router.patch("/tags/{tag_id}")
def change_tag(request: Request, reader: TagMaker, tag_id: Number, wish: ChangedTag) -> SaidTag:
    """Renames a tag, or gives it another colour."""
    marking = Marking(request=request, reader=reader)
    return _tag(marking.change_tag(tag_id, name=wish.name, color=wish.color))


@router.delete("/tags/{tag_id}", status_code=204)
def remove_tag(request: Request, reader: TagMaker, tag_id: Number) -> None:
    """Removes a tag from every call and number, and then itself."""
    Marking(request=request, reader=reader).remove_tag(tag_id)


@router.get("/calls/{call_id}/marks")
def marks(request: Request, reader: guard.CallReader, call_id: Id) -> SaidMarks:
    """All that is said of a call."""
    return _marks(Marking(request=request, reader=reader).marks(call_id))


@router.put("/calls/{call_id}/tags/{tag_id}", status_code=204)
def tag_call(request: Request, reader: Marker, call_id: Id, tag_id: Number) -> None:
    """Puts a tag on a call."""
    Marking(request=request, reader=reader).tag_call(call_id, tag_id, on=True)


@router.delete("/calls/{call_id}/tags/{tag_id}", status_code=204)
def untag_call(request: Request, reader: Marker, call_id: Id, tag_id: Number) -> None:
    """Takes a tag off a call."""
    Marking(request=request, reader=reader).tag_call(call_id, tag_id, on=False)


@router.put("/numbers/{party}/tags/{tag_id}", status_code=204)
def tag_number(request: Request, reader: Marker, party: Id, tag_id: Number) -> None:
    """Puts a tag on a number, and so on all its calls."""
    Marking(request=request, reader=reader).tag_number(party, tag_id, on=True)


@router.delete("/numbers/{party}/tags/{tag_id}", status_code=204)
def untag_number(request: Request, reader: Marker, party: Id, tag_id: Number) -> None:
    """Takes a tag off a number."""
    Marking(request=request, reader=reader).tag_number(party, tag_id, on=False)


@router.put("/calls/{call_id}/star", status_code=204)
def star(request: Request, reader: Marker, call_id: Id, wish: Star) -> None:
    """Says what the reader thinks of a call, in place of what was said before."""
    marking = Marking(request=request, reader=reader)
    marking.star(call_id, favourite=wish.favourite, rating=wish.rating)


@router.put("/calls/{call_id}/private", status_code=204)
def hide(request: Request, reader: Marker, call_id: Id, wish: Privacy) -> None:
    """Hides a call of the reader's own from superiors, or shows it again."""
    Marking(request=request, reader=reader).hide(call_id, hidden=wish.private)


@router.post("/calls/{call_id}/comments", status_code=201)
def comment(request: Request, reader: Marker, call_id: Id, wish: NewComment) -> SaidComment:
    """Writes something about a call."""
    return _comment(Marking(request=request, reader=reader).comment(call_id, wish.text))


@router.delete("/comments/{comment_id}", status_code=204)
def delete_comment(request: Request, reader: Marker, comment_id: Number) -> None:
    """Deletes a comment of the reader's; an administrator any."""
    Marking(request=request, reader=reader).delete_comment(comment_id)


@router.get("/filters")
def filters(request: Request, reader: guard.CallReader) -> SaidFilters:
    """Saved filters: the reader's own, then those that others share."""
    found = ground_of(request).store.saved_filters(reader.user_id)
    return SaidFilters(items=[_filter(one) for one in found])


@router.post("/filters", status_code=201)
def save_filter(request: Request, reader: guard.CallReader, wish: NewFilter) -> SaidFilter:
    """Keeps a filter under a name."""
    marking = Marking(request=request, reader=reader)
    return _filter(marking.save_filter(wish.name, wish.query, shared=wish.shared))


@router.delete("/filters/{filter_id}", status_code=204)
def remove_filter(request: Request, reader: guard.CallReader, filter_id: Number) -> None:
    """Removes one of the reader's own filters."""
    Marking(request=request, reader=reader).remove_filter(filter_id)


def _tag(tag: Tag) -> SaidTag:
    return SaidTag(id=tag.id, name=tag.name, color=tag.color, built_in=tag.built_in)


def _comment(one: Comment) -> SaidComment:
    return SaidComment(id=one.id, author=one.author, at=iso(one.at), text=one.text)


def _marks(found: Marks) -> SaidMarks:
    return SaidMarks(
        tags=[_tag(tag) for tag in found.tags],
        number_tags=[_tag(tag) for tag in found.number_tags],
        favourite=found.favourite,
        rating=found.rating,
        private=bool(found.private_of),
        comments=[_comment(one) for one in found.comments],
    )


def _filter(one: SavedFilter) -> SaidFilter:
    return SaidFilter(
        id=one.id,
        name=one.name,
        query=one.query,
        shared=one.shared,
        author=one.author,
        made_at=iso(one.made_at),
    )
