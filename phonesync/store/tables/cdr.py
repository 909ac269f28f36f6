"""The tables of what a switch recorded of its own calls."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, Index, UniqueConstraint

from phonesync.store.tables.base import KEEP_COUNTING, NUMBER, PLAIN, Base, Real, ShownText, table_of


class CdrSource(Base, table=True):
    """How far the file of a switch was read, and how its clock runs."""

    __tablename__ = "cdr_sources"

    name: str = Field(primary_key=True, sa_type=ShownText)
    reached: int = Field(sa_type=NUMBER)
    """Bytes of the file."""
    lines: int
    mark: str = Field(sa_type=PLAIN)
    """Tells the file, grown, from another one."""
    ended_at: datetime | None
    """When the last call read from it ended."""
    read_at: datetime
    clock_s: float | None = Field(sa_type=Real)
    """The switch's clock minus true time, as the calls that phones saw too show it; None while too few do."""


class CdrRecord(Base, table=True):
    """One line of a switch's own record."""

    __tablename__ = "cdr_records"
    __table_args__ = (
        UniqueConstraint("source", "digest"),
        Index(None, "started_at"),
        Index(None, "unique_id"),
        Index(None, "linked_id"),
        Index(None, "call_id"),
        KEEP_COUNTING,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    source: str = Field(sa_type=ShownText)
    digest: str = Field(sa_type=PLAIN)
    """Of the line, so that none is taken twice."""
    started_at: datetime
    within_s: int
    """It began so much later at most: the hour that the end of summer time doubles."""
    answered_at: datetime | None
    ended_at: datetime | None
    calling: str | None = Field(sa_type=ShownText)
    """Canonical, or ``raw:`` and the text as written."""
    called: str | None = Field(sa_type=ShownText)
    answered_by: str | None = Field(sa_type=ShownText)
    """Extension."""
    extensions: str = Field(sa_type=ShownText)
    """All extensions the line speaks of, separated by blanks."""
    group_number: str | None = Field(sa_type=ShownText)
    disposition: str = Field(sa_type=PLAIN)
    ring_s: int | None
    talk_s: int | None
    keys: str | None = Field(sa_type=ShownText)
    recording: str | None = Field(sa_type=ShownText)
    unique_id: str | None = Field(sa_type=ShownText)
    linked_id: str | None = Field(sa_type=ShownText)
    line: str = Field(sa_type=ShownText)
    """As it stood in the file."""
    imported_at: datetime
    call_id: str | None = Field(sa_type=PLAIN)
    """The call it witnesses, or None."""


CDR_RECORDS = table_of(CdrRecord)
CDR_SOURCES = table_of(CdrSource)
