"""Which settings exist on which Grandstream phone: one row for each configuration template of the vendor.

The same P number means other things on other families, so a setting is only ever written to a family whose
own template or guide has it (sheets 4.1, 5.1 to 5.3). A row holds from one firmware on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from drivers.grandstream.quirks import DP7, GMI, HTML


class Dialect(StrEnum):
    """How a family writes its phonebook (sheet 5.2)."""

    OLD = "old"
    TYPED = "typed"
    GXV = "gxv"
    DECT = "dect"


class Numbering(StrEnum):
    """How a family names its settings (sheet 6.1)."""

    P = "1"
    ALIAS = "2"


NO_EVENTS = "no template of this family has settings for events"

P330: Mapping[str, str] = MappingProxyType({"http": "1", "https": "3"})
P330_GXV: Mapping[str, str] = MappingProxyType({"http": "2"})
WORDS: Mapping[str, str] = MappingProxyType({"http": "EnabledUseHTTP", "https": "EnabledUseHTTPS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family's settings.

    Attributes:
        name: For people.
        models: Expression that a model word matches wholly.
        source: Where the settings stand.
        since: First firmware, numbers in order; () for any.
        numbering: P numbers or aliases.
        mode: Scheme of an address to the value of P330 that fetches from there.
        groups: It has P8462, which keeps the groups of its user.
        more: Further settings of the phonebook that keep what its user typed.
        events: It reports events; otherwise ``no_events`` says why not.
        no_events: A clause.
        more_events: It also reports what WP826 does: rejected and forwarded calls.
        switch: Key that switches events on, or None where there is none.
        note: What is a guess, one sentence, or "".
    """

    name: str
    models: str
    source: str
    since: tuple[int, ...] = ()
    numbering: Numbering = Numbering.P
    mode: Mapping[str, str]
    groups: bool = True
    more: tuple[tuple[str, str], ...] = ()
    events: bool = False
    no_events: str = NO_EVENTS
    more_events: bool = False
    switch: str | None = None
    note: str = ""


_WORDS_GUESSED = (
    "The aliases are the template's; the words No, Yes and Append are held to be right, because the template "
    "was seen in parts only: check on the phone's web page that they were taken."
)

_GXP14 = Family(
    name="GXP14xx",
    models=r"GXP14\d\d",
    source="templates of GXP140x 1.0.5.26 and GXP1450 1.0.5.32",
    mode=P330,
)
_GXP16 = replace(
    _GXP14,
    name="GXP16xx",
    models=r"GXP16\d\d",
    source="template of GXP16xx 1.0.4.33",
    events=True,
)
_GXP17 = replace(_GXP16, name="GXP17xx", models=r"GXP17\d\d", source="template of GXP17xx 1.0.1.8")
_GXP21_OLD = replace(
    _GXP14,
    name="GXP21xx before 1.0.11.79",
    models=r"GXP21\d\d",
    source="templates of GXP21xx 1.0.5.32 and GXP2124 1.0.5.26",
)
_GXP21 = Family(
    name="GXP21xx from 1.0.11.79",
    models=r"GXP21[3-7]\d",
    source="template of GXP21xx 1.0.11.79",
    since=(1, 0, 11, 79),
    numbering=Numbering.ALIAS,
    mode=WORDS,
    events=True,
    note=_WORDS_GUESSED,
)
_GRP26_OLD = replace(
    _GXP16,
    name="GRP26xx before 1.0.5.15",
    models=r"GRP26\d\d[A-Z]*",
    source="template of GRP26xx 1.0.3.6",
    switch="P32062",
)
_GRP260 = replace(
    _GRP26_OLD,
    name="GRP260x",
    models=r"GRP260\d[A-Z]*",
    since=(1, 0, 4),
    note="The template is that of firmware 1.0.3.6; that GRP260x still has the same numbers is likely.",
)
_GRP262_EARLY = replace(
    _GRP260,
    name="GRP262x/3x/5x/7x before 1.0.9.103",
    models=r"GRP26[2357]\d[A-Z]*",
    note="The template is that of firmware 1.0.3.6; that these phones have the same numbers is likely.",
)
_GRP261_EARLY = replace(
    _GXP21,
    name="GRP261x from 1.0.5.15",
    models=r"GRP261\d[A-Z]*",
    source="template of GRP261x 1.0.5.15",
    since=(1, 0, 5, 15),
    switch="ons.enable",
)
_GRP261 = replace(
    _GRP261_EARLY,
    name="GRP261x/2x/3x/5x/7x from 1.0.9.103",
    models=r"GRP26[12357]\d[A-Z]*",
    source="template of GRP261x/2x/3x/5x/7x 1.0.9.103",
    since=(1, 0, 9, 103),
    more=(
        ("phonebook.removeDuplicate.enable", "No"),
        ("contact.source.priority", "LocalPhonebook,RemotePhonebook,LDAP,BroadSoftXsi,NetworkSignaling"),
    ),
)
_WP8 = replace(
    _GRP261_EARLY,
    name="WP8x6",
    models=r"WP8\d6[A-Z]*",
    source="template of WP8x6 1.0.1.44",
    since=(),
    more=(("contact.source.priority", "Local,Remote,BSXSI,LDAPPhonebook,NETWorkSignaling"),),
    more_events=True,
)
_GXV32 = replace(
    _GXP14,
    name="GXV3240 and GXV3275",
    models=r"GXV3240|GXV3275",
    source="template of GXV3240 1.0.3.144",
    mode=P330_GXV,
    more=(("P1435", "0"), ("P1436", "0"), ("P1681", "UTF-8")),
    no_events="the vendor's guide has events from 1.0.3.24 on, but no template says under which settings",
    note="The template is that of GXV3240; GXV3275 is held to be alike.",
)
_WP810 = replace(_GXP14, name="WP810", models="WP810", source="template of WP810 1.0.9.17")
_WP820 = replace(
    _GXP14,
    name="WP820",
    models="WP820",
    source="template of WP820 1.0.1.16",
    more=(("P1435", "2"), ("P1436", "0"), ("P1681", "UTF-8")),
)
_GXV33 = replace(
    _WP820,
    name="GXV33xx and GXV34xx",
    models=r"GXV3[34]\d\d",
    source="templates of GXV3370 1.0.1.33 and GXV3480 1.0.1.9",
    numbering=Numbering.ALIAS,
    mode=WORDS,
    more=(
        ("phonebook.clearOld.enable", "No"),
        ("phonebook.removeDuplicate.enable", "No"),
        ("phonebook.download.encode", "UTF-8"),
    ),
    note=_WORDS_GUESSED,
)
_DP7 = replace(
    _GXP14,
    name="DP750, DP752 and DP755",
    models=r"DP7\d\d",
    source="template of DP750 1.0.2.16",
    groups=False,
    more=(("P27002", "0"),),
    note="The book is one for the base and all its handsets. The template is that of DP750; DP752 and DP755 "
    "are held to be alike.",
)

FAMILIES: tuple[Family, ...] = (
    *(_GXP14, _GXP16, _GXP17, _GXP21_OLD, _GXP21),
    *(_GRP26_OLD, _GRP260, _GRP262_EARLY, _GRP261_EARLY, _GRP261),
    *(_WP8, _WP810, _GXV32, _WP820, _GXV33, _DP7),
)

_DIALECTS = (
    (r"GXP14\d\d|GXP116\d|GXP280|GXP2000|BT200", Dialect.OLD),
    (r"GXV3140|GXV3175|GXV3240|GXV3275|GXP2200", Dialect.GXV),
    (r"DP7\d\d", Dialect.DECT),
)
_DIALECTS_OF_VARIANTS = {HTML: Dialect.OLD, GMI: Dialect.GXV, DP7: Dialect.DECT}


def family_of(model: str | None, firmware: str | None) -> Family | None:
    """The row for a phone; None where its model is in none, or where its firmware would have to be known.

    Args:
        model: As the phone shows it, or None.
        firmware: Likewise.
    """
    word = (model or "").strip().upper()
    rows = [row for row in FAMILIES if re.fullmatch(row.models, word)]
    if len(rows) > 1 and firmware is None:
        return None
    has = _numbers(firmware or "")
    reached = [row for row in rows if row.since <= has or len(rows) == 1]
    return max(reached, key=lambda row: row.since, default=None)


def needs_firmware(model: str | None) -> bool:
    """Whether the settings of a model depend on its firmware."""
    word = (model or "").strip().upper()
    return sum(re.fullmatch(row.models, word) is not None for row in FAMILIES) > 1


def dialect_of(variant: str | None, model: str | None) -> Dialect:
    """How the phonebook of a phone is written; where nothing is known of it, as newer phones take it."""
    word = (model or "").strip().upper()
    of_model = next((dialect for models, dialect in _DIALECTS if re.fullmatch(models, word)), None)
    return of_model or _DIALECTS_OF_VARIANTS.get(variant or "", Dialect.TYPED)


def _numbers(firmware: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", firmware))
