"""The six generations of Yealink SIP desk phones as rows of data, and the points the sheet leaves open.

Every statement carries its evidence. *Certain* is vendor text or two independent sources, *likely* one
credible client, *guess* an inference; no capture of a call list confirms any of them yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from drivers.yealink.offers import OFFERS
from phonesync.driver.contract import Quirk, Variant, can, cannot
from phonesync.errors import DriverError
from phonesync.model import Evidence, ListName, TimeOf

V70, V72, V80 = "v70-basic", "v72-form", "v80-blob"
V84, V86, JSON = "v84-servlet", "v86-servlet", "v86-json"

FORWARDED_V72 = "Forwarded"
"""List code of the forwarded list on v71-v73: the id of its element is a guess."""

QUIRKS: tuple[Quirk, ...] = (
    Quirk(
        name="type_2",
        values=("missed", "received"),
        note="What list code 2 means; code 3 then means the other. The known clients contradict one another.",
    ),
    Quirk(name="type_3", values=("missed", "received"), note="The same, said of list code 3."),
    Quirk(
        name="pool",
        values=("own", "shared"),
        note="Whether each list has its own capacity, or all lists share one.",
    ),
    Quirk(
        name="time_of",
        values=tuple(str(value) for value in TimeOf),
        note="What a row's time means: start of ringing, answer, or the end of the call.",
    ),
    Quirk(
        name="row_order",
        values=("newest_first", "oldest_first"),
        note="The order of rows on the page; without it newest first, unless the times clearly tell.",
    ),
    Quirk(
        name="forwarded_list",
        values=("absent", "present"),
        note="Whether the v71-v73 page is held to show a forwarded list; nobody has read one there.",
    ),
    Quirk(
        name="phonecfg",
        values=("off", "use"),
        note="Whether `check` may ask /servlet?phonecfg for the MAC; the phone may show a notice.",
    ),
)

_TYPES_SERVLET = {
    "1": ListName.PLACED,
    "2": ListName.MISSED,
    "3": ListName.RECEIVED,
    "4": ListName.FORWARDED,
}
_TYPES_JSON = {
    "1": ListName.PLACED,
    "2": ListName.RECEIVED,
    "3": ListName.MISSED,
    "4": ListName.FORWARDED,
}
_TYPES_BASIC = {"1": ListName.PLACED, "2": ListName.RECEIVED, "3": ListName.MISSED}
_LISTS_FORM = {
    "Dialed": ListName.PLACED,
    "Missed": ListName.MISSED,
    "Received": ListName.RECEIVED,
}

_ROWS_PER_LIST = 100
"""Of the desk phones' guides, unchecked; for scheduling only."""


def _own(lists: Mapping[str, ListName]) -> tuple[tuple[str, ...], ...]:
    return tuple((code,) for code in lists)


_SETTINGS_UNREADABLE = (
    cannot("zone", "No known page shows the zone setting."),
    cannot("history_setting", "No known page shows whether history is switched off."),
    cannot("merging_setting", "No known page shows whether repeats are merged."),
)
_BY_READCONFIG = "One source, T54W only; other models may not tell."
_NO_CLOCK = cannot("clock", "No known page shows the phone's clock.")
_MAC_BY_PHONECFG = can("mac", Evidence.LIKELY, "Only with the quirk phonecfg, and only in `check`.")
_NO_SIGN_OUT = cannot("sign_out", "No sign-out is documented; the session is kept and reused.")

VARIANTS: Mapping[str, Variant] = MappingProxyType(
    {
        variant.name: replace(variant, capabilities=(*variant.capabilities, *OFFERS[variant.name]))
        for variant in (
            Variant(
                name=V70,
                title="up to v70: HTTP Basic, ConfigManApp.com",
                models=("T18", "T20P", "T22P", "T26P", "T28P"),
                firmware="up to v70, some v71",
                lists=MappingProxyType(_TYPES_BASIC),
                pools=_own(_TYPES_BASIC),
                capacity=_ROWS_PER_LIST,
                shows_year=False,
                resolution_s=60,
                swap=("2", "3"),
                rows_carry_names=False,
                capabilities=(
                    can("identify", Evidence.CERTAIN),
                    can("sign_in", Evidence.CERTAIN),
                    can(
                        "read_call_log",
                        Evidence.LIKELY,
                        "One working client (T20P); no forwarded list, names, durations or years.",
                    ),
                    _NO_CLOCK,
                    cannot("mac", "No known page shows the MAC."),
                    *_SETTINGS_UNREADABLE,
                    cannot("sign_out", "Basic authentication has no session to end."),
                ),
            ),
            Variant(
                name=V72,
                title="v71-v73: form sign-in, three HTML tables",
                models=("T20P", "T21P", "T28P", "T46G"),
                firmware="v71-v73",
                lists=MappingProxyType(_LISTS_FORM),
                pools=_own(_LISTS_FORM),
                capacity=_ROWS_PER_LIST,
                shows_year=False,
                resolution_s=60,
                rows_carry_names=False,
                capabilities=(
                    can("identify", Evidence.CERTAIN),
                    can("sign_in", Evidence.CERTAIN),
                    can(
                        "read_call_log",
                        Evidence.CERTAIN,
                        "Working clients (T21P, T28P, T46G) for three lists; no names, durations or years; "
                        "the forwarded list is a guess.",
                    ),
                    _NO_CLOCK,
                    _MAC_BY_PHONECFG,
                    *_SETTINGS_UNREADABLE,
                    _NO_SIGN_OUT,
                ),
            ),
            Variant(
                name=V80,
                title="v80/v81: RSA and AES blob sign-in, list unknown",
                models=("T21P_E2",),
                firmware="v80, v81",
                lists=MappingProxyType({}),
                pools=(),
                capacity=None,
                shows_year=True,
                resolution_s=1,
                readable=False,
                refusal=(
                    "The call list page of Yealink firmware v80 and v81 is not known, so it is not read: "
                    "update the phone's firmware, or send us a capture of the page."
                ),
                capabilities=(
                    can("identify", Evidence.LIKELY),
                    can("sign_in", Evidence.LIKELY, "One working client (T21P_E2)."),
                    cannot("read_call_log", "The page is unknown; a capture is needed."),
                    _NO_CLOCK,
                    _MAC_BY_PHONECFG,
                    *_SETTINGS_UNREADABLE,
                    _NO_SIGN_OUT,
                ),
            ),
            Variant(
                name=V84,
                title="v82-v85: mod_listener, AES and RSA sign-in",
                models=("T41S", "T42S", "T46S", "T48S", "T21P_E2", "T5x"),
                firmware="v82-v85",
                lists=MappingProxyType(_TYPES_SERVLET),
                pools=_own(_TYPES_SERVLET),
                capacity=_ROWS_PER_LIST,
                shows_year=True,
                resolution_s=1,
                swap=("2", "3"),
                capabilities=(
                    can("identify", Evidence.CERTAIN),
                    can("sign_in", Evidence.CERTAIN, "Five clients agree."),
                    can(
                        "read_call_log",
                        Evidence.GUESS,
                        "Held to be the page of v86 (T30P); which of codes 2 and 3 is missed is in conflict.",
                    ),
                    can("clock", Evidence.CERTAIN),
                    can("accounts", Evidence.CERTAIN),
                    _MAC_BY_PHONECFG,
                    *_SETTINGS_UNREADABLE,
                    _NO_SIGN_OUT,
                ),
            ),
            Variant(
                name=V86,
                title="v86 servlet: mod_listener, RSA sign-in",
                models=("T30P", "T31G", "T33G"),
                firmware="v85 on T3x, v86",
                lists=MappingProxyType(_TYPES_SERVLET),
                pools=_own(_TYPES_SERVLET),
                capacity=_ROWS_PER_LIST,
                shows_year=True,
                resolution_s=1,
                swap=("2", "3"),
                capabilities=(
                    can("identify", Evidence.CERTAIN),
                    can("sign_in", Evidence.CERTAIN, "T30P and T31G."),
                    can(
                        "read_call_log",
                        Evidence.LIKELY,
                        "One working client (T30P); which of codes 2 and 3 is missed is in conflict.",
                    ),
                    can("clock", Evidence.LIKELY, "Held to be as on v82-v85."),
                    can("accounts", Evidence.LIKELY, "Held to be as on v82-v85."),
                    _MAC_BY_PHONECFG,
                    *_SETTINGS_UNREADABLE,
                    _NO_SIGN_OUT,
                ),
            ),
            Variant(
                name=JSON,
                title="v85-v87 JSON: RSA sign-in, one session at a time",
                models=("T43U", "T46U", "T48U", "T53W", "T54W", "T57W", "AX86R"),
                firmware="v85-v87",
                lists=MappingProxyType(_TYPES_JSON),
                pools=_own(_TYPES_JSON),
                capacity=_ROWS_PER_LIST,
                shows_year=True,
                resolution_s=1,
                one_session=True,
                signs_out=True,
                swap=("2", "3"),
                capabilities=(
                    can("identify", Evidence.CERTAIN),
                    can("sign_in", Evidence.CERTAIN, "Six models."),
                    can(
                        "read_call_log",
                        Evidence.LIKELY,
                        "One working client (T43U, T46U, T57W; not W70B); which of codes 2 and 3 is missed "
                        "is in conflict.",
                    ),
                    can("clock", Evidence.LIKELY, "The path is likely, the body unknown."),
                    can("mac", Evidence.CERTAIN),
                    can("zone", Evidence.LIKELY, _BY_READCONFIG),
                    can("history_setting", Evidence.LIKELY, _BY_READCONFIG),
                    can("merging_setting", Evidence.LIKELY, _BY_READCONFIG),
                    can("sign_out", Evidence.CERTAIN),
                ),
            ),
        )
    }
)

_FIRMWARE_MODELS: Mapping[str, str] = MappingProxyType(
    {
        "2": "T28P",
        "6": "T26P",
        "7": "T22P",
        "9": "T20P",
        "18": "T18",
        "23": "VP530",
        "25": "W52P",
        "28": "T46G",
        "29": "T42G",
        "34": "T21P",
        "35": "T48G",
        "36": "T41P",
        "37": "CP860",
        "38": "T38G",
        "45": "T27P",
        "46": "T29G",
        "51": "T49G",
        "54": "T40P",
        "58": "T58A",
        "69": "T27G",
        "73": "CP960",
        "76": "T40G",
        "77": "W60B",
        "78": "CP920",
        "103": "W80B",
        "146": "W70B",
    }
)
"""First number of a firmware to the model, where it stands for one model only (sheet 1.3)."""


def model_of(firmware: str | None) -> str | None:
    """The model that a firmware's first number stands for, or None where it stands for several."""
    return None if firmware is None else _FIRMWARE_MODELS.get(firmware.partition(".")[0])


def variant_of(name: str, quirks: Mapping[str, str]) -> Variant:
    """The variant of that name with the configured quirks applied.

    Raises:
        DriverError: No such variant or quirk, a value not allowed, or two quirks that contradict each other.
    """
    variant = VARIANTS.get(name)
    if variant is None:
        raise DriverError(
            f"The Yealink driver has no variant {name}.", hint=f"Known are: {', '.join(VARIANTS)}."
        )
    _check(quirks)
    lists = dict(variant.lists)
    if variant.swap is not None:
        lists |= _codes_2_and_3(quirks)
    if name == V72 and quirks.get("forwarded_list") == "present":
        lists[FORWARDED_V72] = ListName.FORWARDED
    pools = _own(lists)
    if quirks.get("pool") == "shared" and lists:
        pools = (tuple(lists),)
    time_of = TimeOf(quirks.get("time_of", variant.time_of))
    return replace(variant, lists=MappingProxyType(lists), pools=pools, time_of=time_of)


def _check(quirks: Mapping[str, str]) -> None:
    known = {quirk.name: quirk for quirk in QUIRKS}
    for name, value in quirks.items():
        if name not in known:
            raise DriverError(
                f"The Yealink driver has no quirk {name}.", hint=f"Known are: {', '.join(known)}."
            )
        if value not in known[name].values:
            allowed = ", ".join(known[name].values)
            raise DriverError(f"The quirk {name} cannot be {value}.", hint=f"Allowed are: {allowed}.")


def _codes_2_and_3(quirks: Mapping[str, str]) -> dict[str, ListName]:
    other = {ListName.MISSED: ListName.RECEIVED, ListName.RECEIVED: ListName.MISSED}
    two = ListName(quirks["type_2"]) if "type_2" in quirks else None
    three = ListName(quirks["type_3"]) if "type_3" in quirks else None
    if two is None and three is None:
        return {}
    two = other[three] if two is None and three is not None else two
    assert two is not None
    if three is two:
        raise DriverError(
            f"The quirks type_2 and type_3 both say {two}.",
            hint="One list holds missed calls, the other received.",
        )
    return {"2": two, "3": other[two]}
