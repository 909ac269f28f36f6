"""Tools for writers of emulators that know no vendor: habits, requests taken apart, texts kept.

An emulated phone answers thousands of reads that find nothing new; what it shows is therefore kept until the
phone's memory changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, Protocol, TypeVar, runtime_checkable
from urllib.parse import parse_qsl

from phonesync.driver.emulation import EmulatedRequest, PhoneMemory, StoredRow
from phonesync.model import ListName

T = TypeVar("T")


class Verdict(Enum):
    """What the phone decides about one attempt to sign in."""

    DONE = "done"
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(slots=True, kw_only=True)
class RemoteControl:
    """What a phone lets other machines do: nothing, until somebody allows it.

    Attributes:
        allowed: Addresses that may let it dial.
        in_call: A call is up.
        dialled: Number and account of each call placed so; "" for the phone's first account.
        placed: Told of each of them, for a farm in which such a call takes its course.
    """

    allowed: frozenset[str] = frozenset()
    in_call: bool = False
    dialled: list[tuple[str, str]] = field(default_factory=list)
    placed: Callable[[str, str], None] | None = None

    def allows(self, peer: str) -> bool:
        """Whether a machine of that address may let it dial."""
        return peer in self.allowed

    def place(self, number: str, account: str = "") -> bool:
        """Places a call; False where one is up."""
        if self.in_call:
            return False
        self.dialled.append((number, account))
        if self.placed is not None:
            self.placed(number, account)
        return True


@runtime_checkable
class RemotelyControlled(Protocol):
    """An emulator whose phone can be told to dial."""

    remote: RemoteControl


class Habits:
    """The free choices of one phone: the same for ever, different from its neighbour's.

    Where a vendor's papers leave room, each phone chooses by itself, so that a reader cannot lean on a guess.

    Args:
        mac: The phone's MAC address, the seed.
    """

    def __init__(self, mac: str) -> None:
        self._seed = mac.lower()

    def pick(self, question: str, *choices: T) -> T:
        """One of ``choices``, always the same for this phone and this question."""
        digest = hashlib.sha256(f"{self._seed}/{question}".encode()).digest()
        return choices[int.from_bytes(digest[:4], "big") % len(choices)]

    def flip(self, question: str, *, one_in: int = 2) -> bool:
        """Yes on one phone in ``one_in``."""
        chosen: int = self.pick(question, *range(one_in))
        return chosen == 0


def split_target(target: str) -> tuple[str, dict[str, str]]:
    """Path and query fields of a request target."""
    path, _, query = target.partition("?")
    return path, dict(parse_qsl(query, keep_blank_values=True))


def form_fields(request: EmulatedRequest) -> dict[str, str]:
    """The fields of a form-encoded body."""
    return dict(parse_qsl(request.content.decode("utf-8", "replace"), keep_blank_values=True))


def cookies(request: EmulatedRequest) -> dict[str, str]:
    """The cookies a request carries."""
    found: dict[str, str] = {}
    for part in (request.header("Cookie") or "").split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            found[name] = value
    return found


class RowTexts(Generic[T]):
    """Keeps the text of each row as long as the row is shown: a list usually grows by one row at a time.

    Args:
        write: Makes the text of one row.
    """

    def __init__(self, write: Callable[[StoredRow], T]) -> None:
        self._write = write
        self._kept: dict[int, tuple[StoredRow, T]] = {}

    def of(self, rows: Iterable[StoredRow]) -> list[T]:
        """The texts of ``rows``, which must be all rows shown now."""
        shown: dict[int, tuple[StoredRow, T]] = {}
        texts: list[T] = []
        for row in rows:
            # An id is not used again while the row is kept beside its text.
            kept = self._kept.get(id(row)) or (row, self._write(row))
            shown[id(row)] = kept
            texts.append(kept[1])
        self._kept = shown
        return texts


class RenderedLists:
    """Keeps the text of a page's lists until the memory changes, since most reads find nothing new.

    Args:
        memory: The phone's memory.
        lists: Which lists the page shows.
        render: Makes the text from the rows of all of them.
    """

    def __init__(
        self,
        memory: PhoneMemory,
        lists: Sequence[ListName],
        render: Callable[[Mapping[ListName, Sequence[StoredRow]]], bytes],
    ) -> None:
        self._memory = memory
        self._lists = tuple(lists)
        self._render = render
        self._of: tuple[tuple[StoredRow, ...], ...] | None = None
        self._text = b""

    def text(self) -> bytes:
        """The text for the rows as they are now."""
        rows = tuple(tuple(self._memory.rows(name)) for name in self._lists)
        if rows != self._of:  # the same row objects compare by identity first, so this is cheap
            self._text = self._render(dict(zip(self._lists, rows, strict=True)))
            self._of = rows
        return self._text
