"""What else a phone says in the same session: firmware, MAC, zone, and what weakens it."""

from __future__ import annotations

import string
from collections.abc import Mapping

from drivers.grandstream import answers
from drivers.grandstream.answers import OK
from phonesync.driver import crypto, fields
from phonesync.driver.markup import read_json
from phonesync.driver.session import Request, Response
from phonesync.errors import UnexpectedResponse
from phonesync.model import PhoneStatus

FIRMWARE, MAC, ZONE, CALL_LOG = "68", "P67", "P64", "P182"
CONFIG_KEYS = ("64", "67", "182")
CONFIG = f"/cgi-bin/config_get?pvalues={','.join(CONFIG_KEYS)}&update_session=false"

_MENDED = (1, 0, 7, 81)
_SERIES = "GXP16"
_MAC_DIGITS = 12
_LOG_OFF = {"2", "Disable"}
_LOG_WITHOUT_MISSED = {"1", "IncomingAndOutgoing"}


def values_request() -> Request:
    """Asks a phone of the plain form for values by their (short) names."""
    content = crypto.form([("request", f"{FIRMWARE}:{MAC}:{ZONE}")]).replace(b"%3A", b":")
    return Request(path="/cgi-bin/api.values.get", method="POST", content=content)


def values_status(response: Response, *, model: str | None) -> PhoneStatus:
    """Firmware, MAC and zone of ``api.values.get``; None what it lacks."""
    body = answers.success_body(response)
    shown = {name: text for name, value in body.items() if (text := _text(value))} if _is_map(body) else {}
    firmware = shown.get(FIRMWARE)
    return PhoneStatus(
        zone=shown.get(ZONE),
        mac=mac_address(shown.get(MAC)),
        firmware=firmware,
        model=model,
        warnings=weaknesses(model, firmware),
    )


def config_status(response: Response) -> PhoneStatus:
    """Zone, MAC and call-log setting of ``config_get``; None what it lacks."""
    shown = _configs(response)
    log = shown.get("182")
    warnings = ("Account 1 keeps no missed calls (P182): they are in no list.",)
    return PhoneStatus(
        zone=shown.get("64"),
        mac=mac_address(shown.get("67")),
        history_enabled=None if log is None else log not in _LOG_OFF,
        warnings=warnings if log in _LOG_WITHOUT_MISSED else (),
    )


def _configs(response: Response) -> Mapping[str, str]:
    try:
        found = read_json(response.content) if response.status == OK else None
    except UnexpectedResponse:
        found = None
    rows = found.get("configs") if isinstance(found, dict) else None
    pairs = (
        (row.get("pvalue"), _text(row.get("value")))
        for row in (rows if isinstance(rows, list) else ())
        if _is_map(row)
    )
    return {key: value for key, value in pairs if isinstance(key, str) and value}


def weaknesses(model: str | None, firmware: str | None) -> tuple[str, ...]:
    """What is known to be weak in this firmware, and what mends it (sheet 1).

    Args:
        model: As the phone names itself, or None.
        firmware: As the phone shows it, or None.
    """
    if model is None or not model.upper().startswith(_SERIES):
        return ()
    numbers = tuple(int(part) for part in (firmware or "").split(".") if part.isascii() and part.isdigit())
    if len(numbers) == len(_MENDED) and numbers >= _MENDED:
        return ()
    shown = f"Firmware {firmware}" if firmware else "Its firmware is not shown; one before 1.0.7.81"
    weakness = "has a buffer overflow that whoever reaches its web page can use without a password"
    return (f"{shown} {weakness} (CVE-2026-2329): update it to 1.0.7.81 or later.",)


def mac_address(text: str | None) -> str | None:
    """Twelve lower-case hex digits, or None for anything else, the all-zero and the all-one address too."""
    digits = (text or "").strip().lower()
    for separator in ":-.":
        digits = digits.replace(separator, "")
    if len(digits) != _MAC_DIGITS or not set(digits) <= set(string.hexdigits.lower()):
        return None
    return None if set(digits) in ({"0"}, {"f"}) else digits


def _text(value: object) -> str | None:
    return fields.shown(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _is_map(value: object) -> bool:
    return isinstance(value, dict)
