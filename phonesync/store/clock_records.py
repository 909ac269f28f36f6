"""What the store gives and takes of clocks and of the meaning of times: frozen values, no SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from phonesync.calls.clock_history import Segment
from phonesync.calls.clock_lines import Source
from phonesync.calls.meanings import Fits
from phonesync.model import TimeOf


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptClock:
    """What is concluded of the clock of a physical phone.

    Attributes:
        phone: The name it bears now.
        incarnation: The physical phone.
        current: It bears the name now; else another one does.
        version: Of what was concluded; 0 where nothing was.
        made_at: When, UTC, or None.
        segments: Oldest first.
        held: Observations that are not believed, as segments of no length.
        evidence: How many observations of each kind there are.
        kind: Vendor, model and firmware, "" where unknown.
        time_of: What its times mean by its variant and configuration.
    """

    phone: str
    incarnation: str
    current: bool = True
    version: int = 0
    made_at: datetime | None = None
    segments: tuple[Segment, ...] = ()
    held: tuple[Segment, ...] = ()
    evidence: Mapping[Source, int] = field(default_factory=lambda: MappingProxyType({}))
    kind: tuple[str, str, str] = ("", "", "")
    time_of: TimeOf = TimeOf.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Kind:
    """Rows of which the time means the same.

    Attributes:
        vendor: Of the phone, "" where unknown.
        model: As shown, "" where unknown.
        firmware: As shown, "" where unknown.
        answered: Rows of answered calls, or of calls nobody answered.
    """

    vendor: str
    model: str
    firmware: str
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMeaning:
    """What was found about the times of one kind of rows.

    Attributes:
        kind: Of rows.
        time_of: What their time means.
        pairs: Observations that say so.
        against: Observations that say otherwise.
    """

    kind: Kind
    time_of: TimeOf
    pairs: int
    against: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One observation of what the time of a row means.

    Attributes:
        kind: Of the row.
        source: What told it.
        fits: The meanings it leaves.
    """

    kind: Kind
    source: Source
    fits: Fits
