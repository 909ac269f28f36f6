"""What a source of contacts gives, before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass

from phonesync.model import ContactNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands in a source.

    Attributes:
        file: The file, the address of a card, or the name of an entry of a directory.
        line: Line of that file from 1, or None where it has no lines.
    """

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something in a source that is not right.

    Attributes:
        place: Where.
        reason: What, in words.
        kept: The contact went in all the same, without what is not right.
    """

    place: Place
    reason: str
    kept: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One contact of a source.

    Attributes:
        name: As it is to be shown; never empty.
        numbers: In the source's order; never empty.
        place: Where it stands.
        uid: What the source tells it apart by, or None where it has nothing but the name.
        company: Where they work, or None.
        department: Of that company, or None.
        card: Address of the card it stands in, for sources that have cards.
        etag: Of that card.
    """

    name: str
    numbers: tuple[ContactNumber, ...]
    place: Place
    uid: str | None = None
    company: str | None = None
    department: str | None = None
    card: str | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """Everything a source holds.

    Attributes:
        found: Its contacts, in its order.
        remarks: What is not right.
        token: What it wants back next time to tell only what has changed, or None.
    """

    found: tuple[Found, ...]
    remarks: tuple[Remark, ...] = ()
    token: str | None = None
