"""What a reader may say of calls: the rules of it, for pages and API alike, and what the audit log is told.

Nobody marks a call that he cannot see, and nobody a number whose calls are hidden or masked for him. Whoever
names what he cannot see is told that it is not there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, HTTPException, Path

from phonesync.calls.linking import RAW
from phonesync.journal.access import Permission, Reader
from phonesync.journal.filters import JournalFilter, Period, from_query, to_query
from phonesync.journal.marks import NoSuchMark
from phonesync.journal.offices import office_of
from phonesync.numbering import EXTENSION
from phonesync.store.journal.records import Viewpoint
from phonesync.web import guard
from phonesync.web.audit import note
from phonesync.web.ground import Ground, ground_of
from phonesync.web.rendering import zone_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from starlette.requests import Request

    from phonesync.journal.marks import Comment, Marks, SavedFilter, Tag
    from phonesync.store.journal.records import JournalCall
    from phonesync.store.repository import Store

T = TypeVar("T")

Marker = Annotated[Reader, Depends(guard.Needs(Permission.MARK))]
TagMaker = Annotated[Reader, Depends(guard.Needs(Permission.TAGS))]
Id = Annotated[str, Path(max_length=300)]
Number = Annotated[int, Path(ge=0, lt=2**31)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """Marks made by one reader.

    Attributes:
        request: What was asked.
        reader: Who asks.
    """

    request: Request
    reader: Reader

    @property
    def ground(self) -> Ground:
        """Of the site."""
        return ground_of(self.request)

    def call(self, any_id: str) -> JournalCall:
        """A call that the reader may see.

        Raises:
            HTTPException: There is none.
        """
        found = self.ground.store.journal_call(any_id, self.reader.scope)
        if found is None:
            raise HTTPException(404)
        return found

    def marks(self, any_id: str) -> Marks:
        """All that is said of a call; comments are left out where the reader may not know who it was with."""
        return seen_marks(self.ground.store, self.call(any_id), self.reader)

    def controls(self, one: JournalCall) -> dict[str, Any]:
        """What the controls of a call's marks are made of."""
        marks = self.marks(one.call.id)
        return {
            "all_tags": self.ground.store.tags(),
            "may_hide": self.may_hide(one),
            "is_hidden": self.reader.owner in marks.private_of,
            "may_tag_number": not (one.hidden or one.masked),
            "own_comments": {comment.id for comment in marks.comments if self.may_delete(comment)},
        }

    def tag_call(self, any_id: str, tag_id: int, *, on: bool) -> None:
        """Puts a tag on a call, or takes it off."""
        call_id, store = self.call(any_id).call.id, self.ground.store
        self._note(call_id, tag=tag_id, on=on)
        if on:
            missing_is_404(lambda: store.tag_call(call_id, tag_id, user_id=self.reader.user_id))
        else:
            store.untag_call(call_id, tag_id)

    def tag_number(self, party: str, tag_id: int, *, on: bool) -> None:
        """Puts a tag on a number, or takes it off."""
        self.see_number(party)
        store = self.ground.store
        note(self.request, self.reader, "call.change", None, number_tag=tag_id, on=on)
        if on:
            missing_is_404(lambda: store.tag_number(party, tag_id, user_id=self.reader.user_id))
        else:
            store.untag_number(party, tag_id)

    def star(self, any_id: str, *, favourite: bool, rating: int | None) -> None:
        """Says what the reader thinks of a call."""
        call_id = self.call(any_id).call.id
        self._note(call_id, favourite=favourite, rating=rating)
        self.ground.store.star_call(call_id, user_id=self.reader.user_id, favourite=favourite, rating=rating)

    def hide(self, any_id: str, *, hidden: bool) -> None:
        """Hides a call from superiors, or shows it again: only by an employee whose phone it was on.

        Raises:
            HTTPException: It was on none of the reader's phones.
        """
        one, owner = self.call(any_id), self.reader.owner
        if owner is None or not self.may_hide(one):
            raise HTTPException(403)
        self._note(one.call.id, private=hidden)
        self.ground.store.hide_call(one.call.id, owner, user_id=self.reader.user_id, hidden=hidden)

    def may_hide(self, one: JournalCall) -> bool:
        """Whether the call was on a phone of the reader's."""
        return self.reader.owner is not None and any(leg.owner == self.reader.owner for leg in one.call.legs)

    def comment(self, any_id: str, text: str) -> Comment:
        """Writes something about a call."""
        call_id = self.call(any_id).call.id
        self._note(call_id, comment="added")
        return self.ground.store.comment_call(call_id, text, user_id=self.reader.user_id)

    def delete_comment(self, comment_id: int) -> str:
        """Deletes a comment of the reader's, or as administrator any; returns an entry of its call.

        Raises:
            HTTPException: There is none that may be seen, or it is somebody else's.
        """
        found = self.ground.store.comment(comment_id)
        if found is None:
            raise HTTPException(404)
        comment, entry_id = found
        self.call(entry_id)
        if not self.may_delete(comment):
            raise HTTPException(403)
        self._note(entry_id, comment="deleted", author=comment.user_id)
        self.ground.store.delete_comment(comment_id)
        return entry_id

    def may_delete(self, comment: Comment) -> bool:
        """Whether the reader wrote a comment, or looks after the users."""
        return comment.user_id == self.reader.user_id or self.reader.may(Permission.USERS)

    def see_number(self, party: str) -> None:
        """Does nothing where the reader sees a call with a number.

        Raises:
            HTTPException: There is none, or its number is hidden.
        """
        known = party.startswith(("+", EXTENSION, RAW))
        if self.reader.scope.masked or not known:
            raise HTTPException(404)
        found = self.ground.store.journal_page(
            JournalFilter(period=Period.EVER, parties=(party,), spam=True),
            self.reader.scope,
            seen_from=Viewpoint(
                zone=zone_of(self.request, self.reader),
                now=self.ground.clock.now(),
                office=office_of(self.ground.config()),
            ),
            limit=1,
        )
        if not any(not one.hidden for one in found.calls):
            raise HTTPException(404)

    # Tags and filters

    def add_tag(self, name: str, color: str) -> Tag:
        """Makes a tag."""
        note(self.request, self.reader, "tag.change", name, done="added")
        return self.ground.store.add_tag(name, color)

    def change_tag(self, tag_id: int, *, name: str | None, color: str | None) -> Tag:
        """Renames a tag, or gives it another colour."""
        note(self.request, self.reader, "tag.change", str(tag_id), name=name, color=color)
        return missing_is_404(lambda: self.ground.store.change_tag(tag_id, name=name, color=color))

    def remove_tag(self, tag_id: int) -> None:
        """Removes a tag from everywhere."""
        note(self.request, self.reader, "tag.change", str(tag_id), done="removed")
        missing_is_404(lambda: self.ground.store.remove_tag(tag_id))

    def save_filter(self, name: str, query: str, *, shared: bool) -> SavedFilter:
        """Keeps a filter, as the address bar has it, in its tidy form.

        Raises:
            ConfigError: All that is wrong with it.
        """
        pairs = to_query(from_query(parse_qsl(query.removeprefix("?"))))
        note(self.request, self.reader, "filter.change", name, shared=shared)
        return self.ground.store.save_filter(
            name, urlencode(pairs), user_id=self.reader.user_id, shared=shared
        )

    def remove_filter(self, filter_id: int) -> None:
        """Removes one of the reader's own filters."""
        note(self.request, self.reader, "filter.change", str(filter_id), done="removed")
        missing_is_404(lambda: self.ground.store.remove_filter(filter_id, user_id=self.reader.user_id))

    def _note(self, call_id: str, **detail: object) -> None:
        note(self.request, self.reader, "call.change", call_id, **detail)


def seen_marks(store: Store, one: JournalCall, reader: Reader) -> Marks:
    """All that is said of a call; comments are left out where the reader may not know who it was with.

    Args:
        store: The store.
        one: The call, as the store hands it to this reader.
        reader: Who asks.
    """
    found = store.marks_of(one.call.id, user_id=reader.user_id)
    return replace(found, comments=(), number_tags=()) if one.hidden or one.masked else found


def missing_is_404(work: Callable[[], T]) -> T:
    """What a piece of work returns.

    Raises:
        HTTPException: What it names is not there.
    """
    try:
        return work()
    except NoSuchMark as error:
        raise HTTPException(404) from error
