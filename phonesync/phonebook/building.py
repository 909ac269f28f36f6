"""One phonebook for one phone: what its owner may see, ranked, spelled, cut to what the phone takes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from phonesync.driver.phonebooks import BookLimits
from phonesync.model import BookEntry, ContactNumber, NumberKind, Phonebook
from phonesync.numbering import DialPlan
from phonesync.phonebook.names import shortened, tidy, unique
from phonesync.phonebook.ranking import ranked
from phonesync.phonebook.spelling import Habits, Speller
from phonesync.phonebook.view import Seen, View, undialled

CANARY = "canary"
"""Id of the contact that shows how fresh a book is; no id of a real one lacks a slash."""

CANARY_NUMBER = "+99900000000"
"""Nobody's: the ITU reserves country code 999 and has assigned it to no country and no service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """Whom phones met.

    Attributes:
        mine: How much this phone met each canonical number.
        colleagues: How much the phones of its department did.
        phone: How numbers were presented to this phone.
        site: How they were presented to phones of its site.
    """

    mine: Mapping[str, float] = field(default_factory=dict)
    colleagues: Mapping[str, float] = field(default_factory=dict)
    phone: Habits = field(default_factory=Habits)
    site: Habits = field(default_factory=Habits)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltBook:
    """A phonebook, and what did not fit into it.

    Attributes:
        book: What the phone is to hold.
        visible: Contacts its owner may see.
        left_out: Ids of those that did not fit, most wanted first.
        cut_names: Contacts whose names were shortened.
        left_numbers: Numbers that did not fit beside the others of their contact.
    """

    book: Phonebook
    visible: int
    left_out: tuple[str, ...] = ()
    cut_names: int = 0
    left_numbers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    entry: BookEntry
    cut: bool
    left: int


def build(
    seen: View,
    callers: Callers,
    *,
    plan: DialPlan,
    limits: BookLimits,
    title: str,
    canary: str | None = None,
) -> BuiltBook:
    """Makes the book of one phone.

    Args:
        seen: What its owner may see.
        callers: Whom it and its colleagues met.
        plan: Of its site.
        limits: What it takes.
        title: Shown above the book.
        canary: Name of the contact that shows how fresh the book is, or None for no such contact.
    """
    speller = Speller(plan=plan, phone=callers.phone, site=callers.site)
    first = [] if canary is None else [_canary(canary, limits)]
    room = None if limits.entries is None else max(limits.entries - len(first), 0)
    fitting, left_out = list[_Fitted](), list[str]()
    texts, names = {CANARY_NUMBER} if first else set[str](), {one.name for one in first}
    for one in ranked(seen.seen, mine=callers.mine, colleagues=callers.colleagues):
        if room is not None and len(fitting) >= room:
            left_out.append(one.contact)
            continue
        fitted = _fitted(one, limits, speller=speller, texts=texts, names=names)
        if fitted is not None:
            fitting.append(fitted)
            texts.update(number.number for number in fitted.entry.numbers)
            names.add(fitted.entry.name)
    return BuiltBook(
        book=Phonebook(title=tidy(title), entries=(*first, *(one.entry for one in fitting))),
        visible=len(seen.seen),
        left_out=tuple(left_out),
        cut_names=sum(one.cut for one in fitting),
        left_numbers=sum(one.left for one in fitting),
    )


def canary_name(wall: datetime) -> str:
    """The name of the dated contact; it changes once an hour, so that a book does not change more often.

    Args:
        wall: The time on the phone's own wall.
    """
    return f"✓ phonesync {wall:%Y-%m-%d %H}:00"


def _canary(name: str, limits: BookLimits) -> BookEntry:
    number = ContactNumber(number=CANARY_NUMBER, kind=NumberKind.OTHER)
    return BookEntry(contact=CANARY, name=shortened(name, limits.name_characters), numbers=(number,))


def _fitted(
    one: Seen,
    limits: BookLimits,
    *,
    speller: Speller,
    texts: set[str],
    names: set[str],
) -> _Fitted | None:
    """A contact as the phone takes it; None where no number is left of it."""
    found: dict[str, ContactNumber] = {}
    for number in _numbers(one, speller):
        if number.number not in texts:
            found.setdefault(number.number, number)
    wanted = tuple(found.values())
    if not wanted:
        return None
    whole = _name(one, limits, fallback=wanted[0].number)
    name = shortened(whole, limits.name_characters)
    if limits.unique_names:
        name = unique(name, names, limits.name_characters)
    entry = BookEntry(contact=one.contact, name=name, numbers=wanted[: limits.numbers])
    return _Fitted(entry=entry, cut=len(name) < len(whole), left=len(wanted) - len(entry.numbers))


def _numbers(one: Seen, speller: Speller) -> Iterator[ContactNumber]:
    """Each number in its likeliest spelling first, then all of them in their next ones."""
    columns = [
        (number.kind, (undialled(number.number),) if canonical is None else speller.spellings(canonical))
        for canonical, number in one.numbers
    ]
    for row in range(max(len(texts) for _, texts in columns)):
        for kind, texts in columns:
            if row < len(texts):
                yield ContactNumber(number=texts[row], kind=kind)


def _name(one: Seen, limits: BookLimits, *, fallback: str) -> str:
    """The contact's name; where nothing of it can be shown, its company's, else its number."""
    tidied = (tidy(name, basic_plane_only=limits.basic_plane_only) for name in (one.name, one.company or ""))
    return next((name for name in tidied if name), fallback)
