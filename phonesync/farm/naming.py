"""Names on emulated phones, held against truth: what their own lists show, and what people typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from phonesync.farm.card import Figure, Finding
from phonesync.farm.desk import Desk
from phonesync.farm.telling import tell
from phonesync.farm.truth import TruthLog

WANTED_SHARE = 0.99
"""Of the rows with a known caller, so many must show a name."""

Known = Callable[[str, str], bool]
"""Whether the contacts that a phone (its name) may see hold a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesCard:
    """How names reached the phones.

    Attributes:
        phones: Phones that took a phonebook.
        rows: Rows with a known caller, recorded after the phone took its book, where rows carry a name.
        named: Those of them that show a name from the phone's own directory or book.
        nameless: Those that do not, by the kind of phone.
        typed: Contacts that people typed into their phones.
        typed_gone: Those of them that are there no more, or not as they were typed.
        silent: Phones that take no book, by the kind of phone.
    """

    phones: int
    rows: int
    named: int
    nameless: Figure
    typed: int
    typed_gone: Figure
    silent: Mapping[str, int]

    @property
    def share(self) -> float:
        """Of the rows with a known caller, how many show a name, 0 to 1; 1 where there are none."""
        return self.named / self.rows if self.rows else 1.0

    @property
    def passed(self) -> bool:
        """Names are shown, and nothing that a person typed is gone."""
        return self.share >= WANTED_SHARE and not self.typed_gone.count

    def markdown(self) -> str:
        """The card for a report."""
        silent = ", ".join(f"{kind} {number}" for kind, number in self.silent.items()) or "none"
        took = f"Names: {self.phones} phones took a book (without one: {silent})"
        shown = f"{self.named} show a name on the phone ({self.share:.2%}, wanted {WANTED_SHARE:.0%})"
        lines = [
            f"{took}; of {self.rows} rows with a known caller since, {shown}.",
            f"Typed by hand: {self.typed} contacts, {self.typed_gone.count} gone (wanted 0).",
            *(f"- nameless: {example}" for example in self.nameless.examples),
            *(f"- gone: {example}" for example in self.typed_gone.examples),
        ]
        return "\n".join(lines) + "\n"


def score_names(
    truth: TruthLog, desks: Iterable[Desk], took_book: Mapping[str, datetime], known: Known
) -> NamesCard:
    """Holds the rows of all phones against the contacts.

    Args:
        truth: What the phones recorded.
        desks: Where they stand.
        took_book: Phone to the instant it first took a book, UTC.
        known: Whether a phone's contacts hold a number.
    """
    rows = named = typed = 0
    nameless, gone = Finding(), Finding()
    silent: Counter[str] = Counter()
    for desk in desks:
        directory = desk.memory.directory
        typed += len(directory.typed)
        for name, numbers in directory.typed_and_gone():
            gone.add(f"{desk.name}: {name} {numbers}", cause=desk.kind.name)
        since = took_book.get(desk.name)
        if since is None:
            silent[desk.kind.name] += 1
            continue
        own = {name for name, _ in directory.typed}
        for recording in truth.recordings(desk.name):
            if recording.foreign or recording.recorded <= since or not desk.kind.shows_names:
                continue
            if recording.name in own or not known(desk.name, recording.number):
                continue
            rows += 1
            named += recording.named
            if not recording.named:
                nameless.add(tell(recording), cause=desk.kind.name)
    return NamesCard(
        phones=len(took_book),
        rows=rows,
        named=named,
        nameless=nameless.figure(),
        typed=typed,
        typed_gone=gone.figure(),
        silent=MappingProxyType(dict(silent)),
    )
