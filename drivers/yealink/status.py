"""What else a phone says in the same session: its clock, its accounts, its identity."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from drivers.yealink import times
from drivers.yealink.answers import OK, html_or_none, json_or_none, refusal
from drivers.yealink.login import info
from phonesync.driver import fields
from phonesync.driver.markup import decode, read_json_object, strings_in
from phonesync.driver.script import assigned_string
from phonesync.driver.session import Response
from phonesync.model import ClockReading, PhoneStatus, WallTime

SERVLET_STATUS = "/servlet?m=mod_data&p=status&q=load"
JSON_CLOCK = "/api/time/localtime?p=StatusGeneral"
READ_CONFIG = "/api/inner/readconfig?p=StatusGeneral"

ZONE = "local_time.time_zone"
HISTORY = "features.save_call_history"
MERGING = "features.call_log_merge.enable"
SETTINGS = (ZONE, HISTORY, MERGING)
"""Configuration keys; one source (T54W) says that ``readconfig`` takes them."""

_SWITCH = {"0": False, "1": True}

_MAC_DIGITS = 12


def mac_address(text: object) -> str | None:
    """Twelve lower-case hex digits, or None for anything else, the all-zero and the all-one address too."""
    digits = str(text or "").strip().lower()
    for separator in ":-.":
        digits = digits.replace(separator, "")
    if len(digits) != _MAC_DIGITS or not set(digits) <= set(string.hexdigits.lower()):
        return None
    return None if set(digits) in ({"0"}, {"f"}) else digits


def clock_reading(wall: WallTime | None, response: Response) -> ClockReading | None:
    """A clock as read with ``response``."""
    return None if wall is None else ClockReading(wall=wall, at=response.at, slack_s=response.took_s)


# --- v70 ---------------------------------------------------------------------------------------------------


def basic_status(response: Response) -> PhoneStatus:
    """``devtype`` of the status page of v70."""
    page = html_or_none(response) if response.status == OK else None
    literal = None if page is None else _assigned(page.scripts(), "devtype")
    return PhoneStatus(model=literal)


def _assigned(script: str, name: str) -> str | None:
    literal = assigned_string(script, name)
    return None if literal is None else fields.shown(literal.value)


# --- v82 to v86 --------------------------------------------------------------------------------------------


def servlet_status(response: Response) -> PhoneStatus:
    """Clock (``g_localtime``) and accounts (``g_dataAccStatus``) of the status page; None what it lacks.

    Raises:
        UnexpectedResponse: A page cut inside a literal.
    """
    page = html_or_none(response) if response.status == OK else None
    script = "" if page is None else page.scripts()
    clock = _assigned(script, "g_localtime")
    return PhoneStatus(
        clock=clock_reading(times.clock_time(clock or ""), response),
        accounts=_accounts(script),
        firmware=_assigned(script, "g_strFirmware"),
        model=_assigned(script, "g_phonetype"),
    )


def _accounts(script: str) -> Mapping[int, str]:
    """``{"Account1":"201@pbx.example:2"}``: line to account user."""
    literal = assigned_string(script, "g_dataAccStatus", call="g_json.ParseJSON")
    found: dict[int, str] = {}
    for name, value in ({} if literal is None else read_json_object(literal.value)).items():
        line = name.removeprefix("Account")
        user, at, _ = (value if isinstance(value, str) else "").partition("@")
        if line.isascii() and line.isdigit() and int(line) > 0 and at and user:
            found[int(line)] = fields.storable(user)
    return MappingProxyType(found)


# --- v85 to v87 JSON ---------------------------------------------------------------------------------------


def json_clock(response: Response) -> ClockReading | None:
    """The first string anywhere in the answer that is written like a clock; its shape is not known."""
    answer = json_or_none(response) if response.status == OK else None
    walls = (times.clock_time(text) for text in strings_in(answer))
    return clock_reading(next((wall for wall in walls if wall is not None), None), response)


def wui_identity(response: Response) -> PhoneStatus:
    """Model, firmware and MAC of ``/api/common/info``; None what the answer does not offer.

    Raises:
        LockedOut: The answer says so.
        PhoneBusy: The answer says so.
    """
    data = info(response)
    known = refusal(response) if data is None else None
    if known is not None:
        raise known
    texts = {name: fields.shown(value) for name, value in (data or {}).items() if isinstance(value, str)}
    return PhoneStatus(
        model=texts.get("wui.device.phoneName"),
        firmware=texts.get("wui.device.firmware"),
        mac=mac_address(texts.get("wui.device.mac")),
    )


def json_settings(response: Response) -> dict[str, str]:
    """Values of configuration keys out of ``readconfig``; empty where the phone does not answer it."""
    data = info(response) or {}
    return {key: value for key in SETTINGS if (value := _text(data.get(key))) is not None}


def _text(value: object) -> str | None:
    return fields.shown(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def switch(value: str | None) -> bool | None:
    """``0`` and ``1``; None for anything else."""
    return _SWITCH.get(value or "")


# --- phonecfg ----------------------------------------------------------------------------------------------


def phonecfg(response: Response) -> Mapping[str, str]:
    """The lines of ``/servlet?phonecfg=get``; nothing where the phone does not answer it.

    403 means that our address is not on the phone's list for remote control, 401 that the account may not.
    """
    if response.status != OK:
        return MappingProxyType({})
    lines = (line.partition("=") for line in decode(response.content).splitlines())
    return MappingProxyType({name.strip(): value.strip() for name, equals, value in lines if equals})


def accounts_of(settings: Mapping[str, str]) -> Mapping[int, str]:
    """``Account0=1|a|b|c|d|201@pbx.example``: line 1 is account 0, the last field is user@host."""
    found: dict[int, str] = {}
    for name, value in settings.items():
        number = name.removeprefix("Account")
        user, at, _ = value.split("|")[-1].partition("@")
        if number != name and number.isascii() and number.isdigit() and at and user:
            found[int(number) + 1] = user
    return MappingProxyType(found)


def with_settings(shown: PhoneStatus, settings: Mapping[str, str]) -> PhoneStatus:
    """``shown`` completed by what ``phonecfg`` says; what the status page said stands above it."""
    return replace(
        shown,
        mac=shown.mac or mac_address(settings.get("MACAddress")),
        firmware=shown.firmware or settings.get("FirmwareVersion"),
        accounts=shown.accounts or accounts_of(settings),
    )
