"""The contacts of an emulated phone: typed by hand, written by a program, or fetched as a book.

Numbers match as the sheets let one expect and no further: digit by digit, once separators are taken out. What
a phone makes of ``+7`` where it holds ``8`` no sheet says, so nothing is made of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from phonesync.driver.emulation import DirectoryContact

MOST = 1000
"""Contacts a phone takes: Yealink by vendor text, GRP2612 by one client, WP820 by vendor text."""

_SEPARATORS = re.compile(r"[\s.()/,-]")
_WRAPPED = re.compile(r"(?:sip:)?([^@;]*).*", re.IGNORECASE | re.DOTALL)

Contacts = Sequence[tuple[str, Sequence[tuple[str, str]]]]


class FarmDirectory:
    """Implements :class:`~phonesync.driver.emulation.Directory`.

    Attributes:
        most: Contacts its own directory takes.
        typed: Name and numbers of each contact that a person typed.
    """

    def __init__(self, *, most: int = MOST) -> None:
        self.most = most
        self.typed: list[tuple[str, tuple[tuple[str, str], ...]]] = []
        self._own: dict[int, DirectoryContact] = {}
        self._books: dict[str, dict[str, str]] = {}
        self._last = 0
        self._names: dict[str, str] | None = None

    def own(self) -> Sequence[DirectoryContact]:
        """Its own contacts, by id."""
        return tuple(self._own[number] for number in sorted(self._own))

    def type_in(self, name: str, numbers: Sequence[tuple[str, str]]) -> None:
        """A person types a contact; where the directory is full, the person gives up."""
        if self.write(name, numbers) is not None:
            self.typed.append((name, tuple(numbers)))

    def typed_and_gone(self) -> Sequence[tuple[str, tuple[tuple[str, str], ...]]]:
        """What a person typed and the directory holds no more, or not as it was typed."""
        left = Counter((contact.name, contact.numbers) for contact in self._own.values())
        gone = Counter(self.typed) - left
        return tuple(gone.elements())

    def forget(self) -> None:
        """A factory reset: nothing is left, and nobody is to blame for what was typed."""
        self._own.clear()
        self._books.clear()
        self.typed.clear()
        self._names = None

    def write(
        self, name: str, numbers: Sequence[tuple[str, str]], *, group: str = "", contact_id: int | None = None
    ) -> int | None:
        """Adds a contact, or changes the one of that id; the id, or None where it is full or has no such."""
        if contact_id is None:
            if len(self._own) >= self.most:
                return None
            self._last += 1
            contact_id = self._last
        elif contact_id not in self._own:
            return None
        self._own[contact_id] = DirectoryContact(
            id=contact_id, name=name, numbers=tuple(numbers), group=group
        )
        self._names = None
        return contact_id

    def replace_own(self, contacts: Contacts) -> None:
        """Its own contacts are these from now on, those typed by hand included."""
        self._own.clear()
        self._names = None
        for name, numbers in contacts[: self.most]:
            self.write(name, numbers)

    def take_book(self, place: str, contacts: Contacts) -> None:
        """A fetched book, in place of the last one fetched from there."""
        self._books[place] = _by_number(contacts)

    def name_of(self, number: str) -> str | None:
        """The name shown for a number: its own directory first, then the fetched books."""
        wanted = _bare(number)
        if not wanted:
            return None
        if self._names is None:
            self._names = _by_number([(contact.name, contact.numbers) for contact in self.own()])
        found = (names[wanted] for names in (self._names, *self._books.values()) if wanted in names)
        return next(found, None)


def _by_number(contacts: Contacts) -> dict[str, str]:
    """Bare number to name; of two contacts with one number the first is shown."""
    names: dict[str, str] = {}
    for name, numbers in contacts:
        for _, number in numbers:
            names.setdefault(_bare(number), name)
    return names


def _bare(number: str) -> str:
    wrapped = _WRAPPED.fullmatch(number)
    return _SEPARATORS.sub("", wrapped[1] if wrapped else number)
