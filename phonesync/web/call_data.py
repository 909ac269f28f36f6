"""Calls as the API hands them out: the fields of the command line's JSON, and what people said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from phonesync.calls.values import CallDirection, Disposition
from phonesync.journal.named_calls import Named, Parties, as_data

if TYPE_CHECKING:
    from phonesync.journal.marks import Tag
    from phonesync.store.journal.records import JournalCall

_ANSWERED_ID = "5f1c9a0e6b7d4e21"
Instant = Annotated[
    str, Field(description="UTC, as 2026-03-31T09:15:00Z.", examples=["2026-03-31T09:15:00Z"])
]


class ShownParty(BaseModel):
    """One end of a call."""

    number_shown: str | None = Field(description="As a phone shows it.", examples=["84955550001"])
    e164: str | None = Field(description="In E.164; null inside, and where it is no public number.")
    extension: str | None = Field(description="Of an end inside.")
    name: str | None = Field(description="Of the contact or employee.", examples=["Romashka"])


class ShownLeg(BaseModel):
    """What one phone has of a call."""

    phone: str
    extension: str | None
    list_name: str | None = Field(alias="list", description="The list of the phone it stands on.")
    outcome: str
    entry_ids: list[str] = Field(description="The rows and reports of that phone.")


class ShownReason(BaseModel):
    """Why rows are one call, or why something was left apart."""

    rule: str
    entry_ids: list[str]
    text: str


class ShownTag(BaseModel):
    """A tag."""

    id: int
    name: str
    color: str
    built_in: bool = Field(description="Every journal has it.")


class ShownCall(BaseModel):
    """A call. Numbers are masked and names left out for readers without the right to numbers."""

    model_config = ConfigDict(populate_by_name=True)

    id: str = Field(examples=[_ANSWERED_ID])
    direction: CallDirection
    disposition: Disposition
    started_at: Instant
    answered_at: Instant | None
    ended_at: Instant | None
    ring_s: int | None = Field(description="How long it rang, seconds.")
    talk_s: int | None = Field(description="How long was spoken, seconds.")
    calling: ShownParty
    called: ShownParty
    answered_by: str | None = Field(description="Extension of the phone that answered.")
    legs: list[ShownLeg]
    uncertain: bool = Field(description="Something about it is not clear; reasons say what.")
    reasons: list[ShownReason]
    coverage: float | None = Field(description="Share of its phones' time around it that is proven, 0 to 1.")
    owner: str | None = Field(description="The employee whose call it is.")
    department: str | None
    group: str | None = Field(description="The group that was called.")
    started_within_s: int = Field(description="How exactly started_at is known, seconds.")
    contested: bool
    settled: bool = Field(description="Nothing is expected to change it any more.")
    voicemail: bool
    keys: str | None
    recording: str | None
    tags: list[ShownTag] = Field(description="On the call itself.")
    number_tags: list[ShownTag] = Field(description="On its number.")
    comments: int = Field(description="How many.")
    favourite: bool = Field(description="It is the reader's favourite.")
    rating: int | None = Field(description="The reader's, 1 to 5.")
    private: bool = Field(description="Its employee hides it; others see neither numbers nor names.")
    spam: bool = Field(description="Its number is marked as spam.")
    callback_open: bool = Field(description="It was missed, and the caller still waits to be called back.")


def shown_call(one: JournalCall, parties: Parties) -> ShownCall:
    """A call as its reader may see it.

    Args:
        one: As the store hands it to that reader.
        parties: Knows names.
    """
    call = one.call
    # What is hidden must not come back by the name of an extension.
    plain = Named(call=call, calling=call.calling.name, called=call.called.name)
    return ShownCall.model_validate(
        {
            **as_data(plain if one.hidden else parties.named(call)),
            "tags": [shown_tag(tag) for tag in one.tags],
            "number_tags": [shown_tag(tag) for tag in one.number_tags],
            "comments": one.comments,
            "favourite": one.favourite,
            "rating": one.rating,
            "private": one.private,
            "spam": one.spam,
            "callback_open": one.callback_open,
        }
    )


def shown_tag(tag: Tag) -> ShownTag:
    """A tag as the API hands it out."""
    return ShownTag(id=tag.id, name=tag.name, color=tag.color, built_in=tag.built_in)
