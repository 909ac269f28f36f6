"""The filter of the journal in pages: read leniently from an address, written as addresses, told as chips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from phonesync.errors import ConfigError
from phonesync.journal.filters import FIELDS as PARAMETERS
from phonesync.journal.filters import NAMES, SEPARATORS, JournalFilter, from_query, to_query
from phonesync.journal.marks import Tag
from phonesync.spelling import N_
from phonesync.web.call_rows import pretty, tag_name
from phonesync.web.view import View
from phonesync.web.words import COMMENTED, DIRECTIONS, FIELDS, OUTCOMES, PERIODS, TABS

PAGE = "/calls"
BEFORE = "before"
"""The name of the cursor in an address."""

SPANS = (("since", "until"), ("talk_from", "talk_to"), ("ring_from", "ring_to"))
_ATTRIBUTES = {one.name: one.attribute for one in PARAMETERS}
_NO_CHIP = ("tab", "period")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One thing that is filtered for.

    Attributes:
        field: What, in words.
        value: In words; empty where the field says it all.
        without: The address without it.
    """

    field: str
    value: str
    without: str


def address(wanted: JournalFilter, *, page: str = PAGE, **more: str) -> str:
    """The address of a page with a filter."""
    pairs = [*to_query(wanted), *more.items()]
    return f"{page}?{urlencode(pairs)}" if pairs else page


def is_tidy(pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether an address holds no empty values, nor several in one, as forms send them."""
    split = {one.name for one in PARAMETERS if one.split}
    return all(value and not (name in split and SEPARATORS.search(value)) for name, value in pairs)


def lenient(
    pairs: Sequence[tuple[str, str]], view: View, *, ignore: Iterable[str] = ()
) -> tuple[JournalFilter, list[str]]:
    """The filter of an address without what is wrong in it, and a sentence for each wrong thing.

    Args:
        pairs: Names and values as they stand in it.
        view: The reader's, for the sentences.
        ignore: Names that belong to somebody else.
    """
    told: list[str] = []
    good: list[tuple[str, str]] = []
    skipped = set(ignore)
    for name, value in pairs:
        if name in skipped or not value:
            continue
        try:
            from_query([(name, value)])
        except ConfigError:
            told.append(_said(name, value, view))
        else:
            good.append((name, value))
    for low, high in SPANS:
        try:
            from_query([pair for pair in good if pair[0] in (low, high)])
        except ConfigError:
            good = [pair for pair in good if pair[0] not in (low, high)]
            words = {"low": _field(low, view), "high": _field(high, view)}
            told.append(view.texts.gettext("“%(low)s” lies behind “%(high)s”; both were left out.") % words)
    return from_query(good), told


def _said(name: str, value: str, view: View) -> str:
    if name not in NAMES:
        return view.texts.gettext("“%(name)s” is no filter; it was left out.") % {"name": name}
    words = {"name": _field(name, view), "value": value}
    return view.texts.gettext("%(name)s: “%(value)s” is not understood; it was left out.") % words


def _field(name: str, view: View) -> str:
    return view.texts.gettext(FIELDS[_ATTRIBUTES[name]])


def chips(wanted: JournalFilter, view: View, tags: Sequence[Tag]) -> Iterator[Chip]:
    """What is filtered for, apart from tab and period, which have controls of their own."""
    for attribute in wanted.set_fields:
        if attribute in _NO_CHIP:
            continue
        value = getattr(wanted, attribute)
        several = isinstance(value, tuple)
        for item in value if several else (value,):
            rest = tuple(one for one in value if one != item) if several else None
            values: dict[str, Any] = {attribute: rest}
            without = replace(wanted, **values) if several else wanted.without(attribute)
            field, words = FIELDS[attribute], _value(attribute, item, view, tags)
            if attribute == "withheld":
                field, words = (N_("Only withheld numbers") if item else N_("No withheld numbers")), ""
            elif attribute == "uncertain":
                field, words = (N_("Only uncertain calls") if item else N_("Only certain calls")), ""
            elif attribute == "favourite":
                field, words = N_("Only favourites"), ""
            elif attribute == "spam":
                field, words = N_("Spam too"), ""
            yield Chip(field=view.texts.gettext(field), value=words, without=address(without))


def _value(attribute: str, item: Any, view: View, tags: Sequence[Tag]) -> str:
    translate = view.texts.gettext
    words: dict[str, Any] = {"directions": DIRECTIONS, "outcomes": OUTCOMES, "comments": COMMENTED}
    if attribute in words:
        return translate(words[attribute][item])
    if attribute == "tags":
        return next((tag_name(tag, translate) for tag in tags if tag.id == item), str(item))
    if attribute == "parties":
        return pretty(item) or item
    if isinstance(item, date):
        return view.short_date(item)
    if attribute.startswith(("talk_", "ring_")):
        return view.span(item)
    return str(item)


def hint_of(name: str, count: int, wanted: JournalFilter, view: View) -> tuple[str, str]:
    """A sentence on what a field hides, and the address without it.

    Args:
        name: The field.
        count: How many more calls there are without it.
        wanted: The filter.
        view: The reader's.
    """
    values = {
        "tab": TABS[wanted.tab],
        "period": PERIODS[wanted.period],
    }
    field = view.texts.gettext(FIELDS[name])
    value = view.texts.gettext(values[name]) if name in values else ""
    said = view.texts.ngettext(
        "%(count)s more without the filter “%(field)s”",
        "%(count)s more without the filter “%(field)s”",
        count,
    )
    told = f"{field}: {value}" if value else field
    return said % {"count": view.number(count), "field": told}, address(wanted.without(name))
