"""What people say of calls: tags, stars, comments, private marks; and filters under names. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from phonesync.calls.linking import RAW
from phonesync.calls.values import CallDirection
from phonesync.errors import ConfigError
from phonesync.spelling import N_, capital, unknown, worded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from phonesync.calls.values import Call

IMPORTANT, NEW_CLIENT, SPAM = "important", "new_client", "spam"

BUILT_IN_TAGS: Mapping[str, str] = MappingProxyType({IMPORTANT: "red", NEW_CLIENT: "green", SPAM: "gray"})
"""The tags that every journal has, and their colours."""

PALETTE = ("gray", "red", "amber", "green", "blue", "violet")
"""The colours of tags."""

LONGEST_NAME = 40
LONGEST_COMMENT = 4000
LONGEST_QUERY = 4000
BEST = 5
"""The best rating; the lowest is 1."""


class NoSuchMark(ConfigError):
    """There is no such tag, comment, filter, call-back or call, or it may not be seen or changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A word that calls and numbers are marked with.

    Attributes:
        id: Of the tag.
        name: As people gave it; of those that every journal has, one of ``BUILT_IN_TAGS``.
        color: One of ``PALETTE``.
        built_in: Every journal has it; it can be neither renamed nor removed.
    """

    id: int
    name: str
    color: str
    built_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What somebody wrote about a call.

    Attributes:
        id: Of the comment.
        user_id: Who wrote it.
        author: What the author is called.
        at: When, UTC.
        text: What.
    """

    id: int
    user_id: int
    author: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """All that one user sees said of a call.

    Attributes:
        tags: On the call itself, by name.
        number_tags: On its number, by name.
        favourite: It is one of the user's favourites.
        rating: The user's, 1 to 5, or None.
        private_of: Employees who hid it from their superiors.
        comments: Oldest first; deleted ones are left out.
    """

    tags: tuple[Tag, ...] = ()
    number_tags: tuple[Tag, ...] = ()
    favourite: bool = False
    rating: int | None = None
    private_of: frozenset[str] = frozenset()
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFilter:
    """A filter under a name.

    Attributes:
        id: Of the filter.
        user_id: Whose it is.
        author: What that user is called.
        name: Unique for its user.
        query: As in the address bar, without a question mark.
        shared: Everybody may use it.
        made_at: When, UTC.
    """

    id: int
    user_id: int
    author: str
    name: str
    query: str
    shared: bool
    made_at: datetime


def party_of(call: Call) -> str | None:
    """The number that a call is with, as numbers are tagged by; None where there is none to tag.

    E.164, or ``raw:`` and the number as shown. The ends of an internal call are not tagged.
    """
    if call.direction is CallDirection.INTERNAL:
        return None
    if call.outside is not None:
        return call.outside
    other = call.calling if call.direction is CallDirection.INBOUND else call.called
    shown = (other.number_shown or "").strip()
    return f"{RAW}{shown}" if shown and other.extension is None else None


NAME_OF_TAG = N_("The name of a tag must have 1 to %(most)s letters.")
NAME_OF_FILTER = N_("The name of a filter must have 1 to %(most)s letters.")


def checked_name(text: str, what: str) -> str:
    """A name without blanks around it.

    Args:
        text: As somebody typed it.
        what: The sentence to say where it is wrong, with a place for ``most``.

    Raises:
        ConfigError: It is empty or too long.
    """
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME:
        raise ConfigError(worded(what, most=LONGEST_NAME))
    return name


def checked_color(text: str) -> str:
    """A colour of the palette.

    Raises:
        ConfigError: It is none.
    """
    if text not in PALETTE:
        raise ConfigError(capital(unknown("colour", text, PALETTE)))
    return text


def checked_comment(text: str) -> str:
    """A comment without blanks around it.

    Raises:
        ConfigError: It is empty or too long.
    """
    comment = text.strip()
    if not comment or len(comment) > LONGEST_COMMENT:
        raise ConfigError(worded(N_("A comment must have 1 to %(most)s letters."), most=LONGEST_COMMENT))
    return comment


def checked_rating(rating: int | None) -> int | None:
    """A rating, or None for none.

    Raises:
        ConfigError: It is not 1 to 5.
    """
    if rating is not None and not 1 <= rating <= BEST:
        raise ConfigError(worded(N_("A rating must be a whole number from 1 to %(best)s."), best=BEST))
    return rating
