"""The tables of what phones report by themselves, and of when we could hear them."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, Index

from phonesync.store.tables.base import KEEP_COUNTING, NUMBER, PLAIN, Base, ShownText, table_of


class ReceivedEvent(Base, table=True):
    """One report, as it arrived."""

    __tablename__ = "events"
    __table_args__ = (
        Index(None, "incarnation_id", "call_key", "at"),
        Index(None, "incarnation_id", "at"),
        Index(None, "taken", "at"),
        KEEP_COUNTING,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    incarnation_id: int = Field(foreign_key="incarnations.id", sa_type=NUMBER)
    at: datetime
    """When it arrived."""
    kind: str = Field(sa_type=PLAIN)
    call_key: str = Field(sa_type=PLAIN)
    """What the reports of one call on one line share."""
    call_id: str | None = Field(sa_type=ShownText)
    account: str | None = Field(sa_type=ShownText)
    remote_number: str | None = Field(sa_type=ShownText)
    remote_host: str | None = Field(sa_type=ShownText)
    remote_name: str | None = Field(sa_type=ShownText)
    duration_s: int | None
    direction: str | None = Field(sa_type=PLAIN)
    taken: bool
    """It has gone into an entry, or says nothing of a call."""


class HeardSpan(Base, table=True):
    """A stretch of time in which the receiver was up."""

    __tablename__ = "heard_spans"

    since: datetime = Field(primary_key=True)
    until: datetime
    """Last sign of life."""


class AliveSign(Base, table=True):
    """When a phone last showed that its reports reach us."""

    __tablename__ = "alive_signs"

    incarnation_id: int = Field(primary_key=True, foreign_key="incarnations.id", sa_type=NUMBER)
    first_at: datetime
    """The first report ever."""
    last_at: datetime
    settled_until: datetime
    """Up to here its coverage is written as closed spans."""


EVENTS = table_of(ReceivedEvent)
HEARD_SPANS = table_of(HeardSpan)
ALIVE_SIGNS = table_of(AliveSign)
