"""How a number is to be written in a phone's book so that the phone finds it there.

Phones match digit by digit: no sheet says that one knows ``+7…`` and ``8…`` to be the same. So a number is
written as this phone has shown it, else as it is shown at its site; where neither has met it, in the forms in
which the site's trunks present numbers of its sort; where little was met yet, in every form that trunks use.
Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from phonesync.numbering import EXTENSION, DialPlan, canonical
from phonesync.phonebook.contents import bare
from phonesync.phonebook.met import MetNumber

MOST_SPELLINGS = 5
"""Of one number in one book."""

RARE = 0.03
"""A form with a smaller share of what was met is left out for numbers that were never met themselves."""

ENOUGH = 200
"""With fewer numbers met, the forms of :data:`_FIRST` are added: few numbers tell little of a trunk."""

CACHED = 32_768


class Form(StrEnum):
    """The ways in which trunks present a number."""

    NATIONAL = "national"
    PLUS = "plus"
    BARE = "bare"
    UNPREFIXED = "unprefixed"
    LOCAL = "local"
    INTERNATIONAL = "international"
    INSIDE = "inside"


class Sort(StrEnum):
    """Sorts of numbers that trunks present differently."""

    INSIDE = "inside"
    AREA = "area"
    COUNTRY = "country"
    ABROAD = "abroad"


_FIRST: Mapping[Sort, tuple[Form, ...]] = MappingProxyType(
    {
        Sort.INSIDE: (Form.INSIDE,),
        Sort.AREA: (Form.NATIONAL, Form.PLUS, Form.BARE, Form.LOCAL),
        Sort.COUNTRY: (Form.NATIONAL, Form.PLUS, Form.BARE),
        Sort.ABROAD: (Form.PLUS, Form.INTERNATIONAL),
    }
)
"""The forms where nothing was met yet: those that trunks use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """A number in every form in which it may be presented at a site.

    Attributes:
        sort: What the trunks go by.
        forms: Form to digits; only those that are read as this number again.
    """

    sort: Sort
    forms: Mapping[Form, str]


@lru_cache(maxsize=CACHED)
def spelled(plan: DialPlan, number: str) -> Spelled:
    """A canonical number in every form.

    Args:
        plan: Of the site.
        number: E.164, or ``ext:`` and an extension.
    """
    if number.startswith(EXTENSION):
        inside = number.removeprefix(EXTENSION)
        return Spelled(sort=Sort.INSIDE, forms=MappingProxyType({Form.INSIDE: inside}))
    sort, forms = _outside(plan, number)
    proven = {form: text for form, text in forms.items() if canonical(plan, text) == number}
    return Spelled(sort=sort, forms=MappingProxyType(proven))


def _outside(plan: DialPlan, number: str) -> tuple[Sort, dict[Form, str]]:
    import phonenumbers  # noqa: PLC0415  heavy, and many commands never need it

    parsed = phonenumbers.parse(number, None)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(plan.country)
    assert metadata is not None, "the configuration takes countries of the numbering data only"
    forms = {Form.PLUS: number, Form.BARE: number[1:]}
    abroad = metadata.preferred_international_prefix or metadata.international_prefix or ""
    digits = re.sub("[^0-9]", "", abroad)
    if re.fullmatch("[0-9~]+", abroad):
        forms[Form.INTERNATIONAL] = f"{digits}{number[1:]}"
    if parsed.country_code != metadata.country_code:
        return Sort.ABROAD, forms
    national = phonenumbers.national_significant_number(parsed)
    forms[Form.NATIONAL] = f"{metadata.national_prefix or ''}{national}"
    forms[Form.UNPREFIXED] = national
    if plan.area_code and national.startswith(plan.area_code):
        forms[Form.LOCAL] = national.removeprefix(plan.area_code)
        return Sort.AREA, forms
    return Sort.COUNTRY, forms


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How numbers were presented.

    Attributes:
        shown: Canonical number to its spellings, most often seen first.
        forms: Sort of numbers to how often each form was seen.
    """

    shown: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    forms: Mapping[Sort, Mapping[Form, int]] = field(default_factory=lambda: MappingProxyType({}))


def learned(plan: DialPlan, met: Iterable[MetNumber]) -> Habits:
    """The habits of a phone, or of the phones of a site.

    Args:
        plan: Of the site.
        met: The numbers in their lists, as shown.
    """
    shown: dict[str, Counter[str]] = {}
    forms: dict[Sort, Counter[Form]] = {}
    for one in met:
        number = canonical(plan, one.number)
        if number is None:
            continue
        text = bare(one.number)
        shown.setdefault(number, Counter())[text] += one.times
        known = spelled(plan, number)
        form = next((form for form, digits in known.forms.items() if digits == text), None)
        if form is not None:
            forms.setdefault(known.sort, Counter())[form] += one.times
    return Habits(
        shown={number: _often_first(texts) for number, texts in shown.items()},
        forms={sort: dict(counted) for sort, counted in forms.items()},
    )


class Speller:
    """Writes numbers for one phone.

    Args:
        plan: Of the phone's site.
        phone: What this phone has shown.
        site: What phones of its site have shown.
    """

    def __init__(self, *, plan: DialPlan, phone: Habits, site: Habits) -> None:
        self._plan, self._phone, self._site = plan, phone.shown, site.shown
        self._usual = {
            sort: _usual(phone.forms.get(sort, {}), site.forms.get(sort, {}), sort) for sort in Sort
        }

    def spellings(self, number: str) -> tuple[str, ...]:
        """How a canonical number is to be written, the likeliest spelling first.

        Args:
            number: E.164, or ``ext:`` and an extension.
        """
        known = spelled(self._plan, number)
        usual = [known.forms[form] for form in self._usual[known.sort] if form in known.forms]
        mine, theirs = self._phone.get(number), self._site.get(number)
        if mine is None and theirs is None:
            return tuple(usual) or (number,)
        return tuple(dict.fromkeys((*(mine or ()), *(theirs or ()), *usual)))[:MOST_SPELLINGS]


def _usual(phone: Mapping[Form, int], site: Mapping[Form, int], sort: Sort) -> tuple[Form, ...]:
    """The forms in which numbers of a sort are presented: first those that this phone has shown most."""
    usual = [*_often(phone), *_often(site)]
    if sum(phone.values()) + sum(site.values()) < ENOUGH:
        usual += _FIRST[sort]
    return tuple(dict.fromkeys(usual))[:MOST_SPELLINGS]


def _often(habit: Mapping[Form, int]) -> list[Form]:
    most = sum(habit.values())
    often = sorted(habit, key=lambda form: (-habit[form], form))
    return [form for form in often if habit[form] >= RARE * most]


def _often_first(texts: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(texts, key=lambda text: (-texts[text], text)))[:MOST_SPELLINGS]
