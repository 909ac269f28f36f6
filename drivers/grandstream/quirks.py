"""The generations of Grandstream phones as rows of data, and the points the sheet leaves open.

Every statement carries its evidence. *Certain* is vendor text or a captured answer, *likely* one working
client, *guess* an inference. No full answer of a call list of any of these phones is public.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from drivers.grandstream.offers import OFFERS
from phonesync.driver.contract import Capability, Quirk, Variant, can, cannot
from phonesync.errors import DriverError
from phonesync.model import Evidence, ListName, TimeOf

GMI, HISTORY21, HISTORY26 = "gxv-gmi", "gxp21-history", "grp26-history"
FORM, HTML, REALM, DP7 = "gxp16-form", "gxp-html", "gxv33-realm", "dp7"

ANSWERED, DIALLED, MISSED = "0", "1", "2"
"""The types of GMI ``getlastcall`` (sheet 3.3); the rows of ``callhistories`` are sorted under them too."""

QUIRKS: tuple[Quirk, ...] = (
    Quirk(
        name="session",
        values=("sid", "identity"),
        note="Which cookie carries the session after a challenge: sid (WP826) or session-identity (GXP2170).",
    ),
    Quirk(
        name="login_fields",
        values=("user_and_password", "password"),
        note="What the plain form of GXP14xx/16xx sends; older firmware takes the password alone.",
    ),
    Quirk(
        name="time_of",
        values=tuple(str(value) for value in TimeOf),
        note="What a row's time means in callhistories: start of ringing, answer, or the end of the call.",
    ),
)

_LISTS: Mapping[str, ListName] = MappingProxyType(
    {ANSWERED: ListName.RECEIVED, DIALLED: ListName.PLACED, MISSED: ListName.MISSED}
)
_OWN = tuple((code,) for code in _LISTS)


_NO_CLOCK = cannot("clock", "No known page shows the phone's clock.")
_NO_MERGING = cannot("merging_setting", "No known page shows whether repeats are merged.")
_NO_SETTINGS = (
    _NO_CLOCK,
    cannot("zone", "No known page shows the zone setting."),
    cannot("mac", "No known page shows the MAC."),
    cannot("history_setting", "No known page shows whether history is switched off."),
    _NO_MERGING,
)
_NO_SIGN_OUT = cannot("sign_out", "No sign-out is documented; the session is kept and reused.")
_SIGNS_OUT = can("sign_out", Evidence.LIKELY, "One working client.")
_BY_CONFIG = (
    _NO_CLOCK,
    can("zone", Evidence.LIKELY, "P64 by config_get."),
    can("mac", Evidence.GUESS, "P67 by config_get, only in `check`; a guess."),
    can("history_setting", Evidence.LIKELY, "P182 of account 1 by config_get."),
    _NO_MERGING,
)
_EXPERIMENTAL = (
    "The call list page of this phone is known by its path alone, so it is not asked for: write "
    "`experimental = true` into the phone's table to have it tried; what it answers is kept, and its "
    "completeness never claimed. The PBX's CDR has these calls too."
)


def _unreadable(
    name: str,
    *,
    title: str,
    models: tuple[str, ...],
    firmware: str,
    refusal: str,
    capabilities: tuple[Capability, ...],
) -> Variant:
    """A generation that shows no list anybody knows."""
    return Variant(
        name=name,
        title=title,
        models=models,
        firmware=firmware,
        lists=MappingProxyType({}),
        pools=(),
        capacity=None,
        shows_year=True,
        resolution_s=1,
        readable=False,
        refusal=refusal,
        capabilities=capabilities,
    )


_GMI = Variant(
    name=GMI,
    title="GMI: the newest call of each type",
    models=("GXV3240", "GXV3275", "GXP2200", "GXV3140", "GXV3175"),
    firmware="all",
    lists=_LISTS,
    pools=_OWN,
    capacity=1,
    shows_year=True,
    resolution_s=1,
    time_of=TimeOf.RECORDED,
    one_session=True,
    rows_carry_names=False,
    newest_only=True,
    capabilities=(
        can("identify", Evidence.CERTAIN),
        can("sign_in", Evidence.CERTAIN, "Use the user gmiadmin, which has the password of admin."),
        can(
            "read_call_log",
            Evidence.CERTAIN,
            "Vendor text for GXV3240, GXV3275 and GXP2200: one row a type, without time, duration and name; "
            "how ids grow is a guess. Removed rows and calls between two reads are not seen.",
        ),
        can("accounts", Evidence.CERTAIN, "Account index 0 to 5 is line 1 to 6."),
        *_NO_SETTINGS,
        _NO_SIGN_OUT,
    ),
)

_HISTORY21 = Variant(
    name=HISTORY21,
    title="challenge sign-in with session-identity, callhistories by path only",
    models=("GXP2130", "GXP2135", "GXP2140", "GXP2160", "GXP2170"),
    firmware="1.0.11 and later",
    lists=_LISTS,
    pools=_OWN,
    capacity=None,
    shows_year=True,
    resolution_s=1,
    refusal=_EXPERIMENTAL,
    one_session=True,
    signs_out=True,
    experimental=True,
    capabilities=(
        can("identify", Evidence.LIKELY),
        can("sign_in", Evidence.CERTAIN, "GXP2170 1.0.11.106."),
        can(
            "read_call_log",
            Evidence.GUESS,
            "The path is likely (GXP2170 1.0.11.106), method and answer are a guess; only with "
            "`experimental = true`.",
        ),
        *_BY_CONFIG,
        _SIGNS_OUT,
    ),
)

_HISTORY26 = replace(
    _HISTORY21,
    name=HISTORY26,
    title="challenge sign-in with sid, callhistories tried",
    models=(
        "GRP2601",
        "GRP2602",
        "GRP2612",
        "GRP2613",
        "GRP2614",
        "GRP2615",
        "GRP2616",
        "GRP2624",
        "GRP2634",
        "GRP2636",
        "GRP2650",
        "GRP2670",
        "GHP610",
        "GHP620",
        "GHP621",
        "GHP630",
        "WP816",
        "WP826",
        "WP836",
    ),
    firmware="GRP26xx 1.0.5.15 and later, GHP6xx, WP8x6",
    capabilities=(
        can("identify", Evidence.CERTAIN, "WP826; the others are held to be alike."),
        can("sign_in", Evidence.CERTAIN, "WP826; on GRP26xx and GHP6xx a guess."),
        can(
            "read_call_log",
            Evidence.GUESS,
            "Held to be as on GXP2170; only with `experimental = true`.",
        ),
        *_BY_CONFIG,
        _SIGNS_OUT,
    ),
)

_FORM = _unreadable(
    FORM,
    title="plain JSON form: events only",
    models=(
        "GXP1405",
        "GXP1450",
        "GXP1610",
        "GXP1615",
        "GXP1620",
        "GXP1625",
        "GXP1628",
        "GXP1630",
        "GXP1760",
        "GXP1780",
        "GXP1782",
        "GXP2110",
        "GXP2124",
    ),
    firmware="GXP16xx, GXP17xx, newer GXP14xx, GXP21xx before 1.0.11",
    refusal=(
        "Events only: this generation shows no call list on its web page; its calls are known from what the "
        "phone reports by itself (action URLs, GXP16xx and GXP17xx) or from the PBX's CDR."
    ),
    capabilities=(
        can("identify", Evidence.CERTAIN),
        can("sign_in", Evidence.CERTAIN, "GXP1620, GXP1625."),
        cannot("read_call_log", "Events only: no page and no address of a list is known."),
        _NO_CLOCK,
        can("zone", Evidence.CERTAIN, "P64."),
        can("mac", Evidence.CERTAIN, "P67, only in `check`."),
        cannot("history_setting", "There is no list that it could concern."),
        _NO_MERGING,
        _NO_SIGN_OUT,
    ),
)

_HTML = _unreadable(
    HTML,
    title="old HTML form",
    models=("BT200", "GXP280", "GXP1400", "GXP1405", "GXP1450", "GXP2100", "GXP2110", "GXP2120", "GXP2124"),
    firmware="about 1.0.3 to 1.0.4, and older",
    refusal=(
        "This generation shows no call list and has no documented route to one; its calls are known from the "
        "PBX's CDR alone."
    ),
    capabilities=(
        can("identify", Evidence.LIKELY),
        can("sign_in", Evidence.LIKELY, "One working client for each of the two forms."),
        cannot("read_call_log", "No page and no address of a list is known; use the PBX's CDR."),
        *_NO_SETTINGS,
        _NO_SIGN_OUT,
    ),
)

_REALM = _unreadable(
    REALM,
    title="loginrealm sign-in, list not documented here",
    models=("GXV3350", "GXV3370", "GXV3380", "GXV3450", "GXV3470", "GXV3480", "WP820"),
    firmware="all",
    refusal=(
        "The call list of this generation is not documented where we know of it: send us a capture of its "
        "page, or use the PBX's CDR."
    ),
    capabilities=(
        can("identify", Evidence.LIKELY),
        can("sign_in", Evidence.CERTAIN, "Vendor text; always as the user gmiadmin."),
        cannot("read_call_log", "The vendor's guide may hold it; nobody has read that chapter here."),
        *_NO_SETTINGS,
        _NO_SIGN_OUT,
    ),
)

_DP7 = _unreadable(
    DP7,
    title="DECT base: no list",
    models=("DP750", "DP752", "DP755"),
    firmware="all",
    refusal="DP7xx bases show no call list and have no documented route to one; use the PBX's CDR.",
    capabilities=(
        can("identify", Evidence.GUESS, "Held to name its model as GXP16xx does."),
        cannot("sign_in", "Its sign-in is not documented."),
        cannot("read_call_log", "No page and no address of a list is known; use the PBX's CDR."),
        *_NO_SETTINGS,
    ),
)

VARIANTS: Mapping[str, Variant] = MappingProxyType(
    {
        variant.name: replace(
            variant,
            lenient_http=variant.name in {FORM, HTML},
            capabilities=(*variant.capabilities, *OFFERS[variant.name]),
        )
        for variant in (_GMI, _HISTORY21, _HISTORY26, _FORM, _HTML, _REALM, _DP7)
    }
)

_SERIES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), variant)
    for pattern, variant in (
        (r"GXV3[12]\d\d|GXP2200", GMI),
        (r"GXV3[34]\d\d|WP820", REALM),
        (r"GXP21[3-7]\d", HISTORY21),
        (r"GRP26\d\d[A-Z]*|GHP6\d\d[A-Z]*|WP8\d6[A-Z]*", HISTORY26),
        (r"GXP1[467]\d\d|GXP21[0-2]\d", FORM),
        (r"DP7\d\d", DP7),
    )
)


def variant_of_model(model: str) -> str | None:
    """The variant that a model, as the phone names it to a probe, belongs to; None where it is of none."""
    word = model.strip().upper()
    return next((variant for pattern, variant in _SERIES if pattern.fullmatch(word)), None)


def variant_of(name: str, quirks: Mapping[str, str]) -> Variant:
    """The variant of that name with the configured quirks applied.

    Raises:
        DriverError: No such variant or quirk, or a value not allowed.
    """
    variant = VARIANTS.get(name)
    if variant is None:
        raise DriverError(
            f"The Grandstream driver has no variant {name}.", hint=f"Known are: {', '.join(VARIANTS)}."
        )
    known = {quirk.name: quirk for quirk in QUIRKS}
    for quirk, value in quirks.items():
        if quirk not in known:
            raise DriverError(
                f"The Grandstream driver has no quirk {quirk}.", hint=f"Known are: {', '.join(known)}."
            )
        if value not in known[quirk].values:
            allowed = ", ".join(known[quirk].values)
            raise DriverError(f"The quirk {quirk} cannot be {value}.", hint=f"Allowed are: {allowed}.")
    if not variant.experimental:
        return variant
    return replace(variant, time_of=TimeOf(quirks.get("time_of", variant.time_of)))
