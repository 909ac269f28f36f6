"""What a driver reads, as JSON: the format of ``expected.json``.

Fields that hold their default are left out when written and may be left out when read; an unknown field is
an error. Instants are ISO 8601 with ``Z``; the raw answers are not part of it, the exchange beside it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeVar

from phonesync.model import CallLog, CallLogEntry, ClockReading, PhoneStatus, Snapshot, WallTime

T = TypeVar("T")


def call_log_to_json(log: CallLog) -> dict[str, Any]:
    """``log`` without its raw answers, ready for ``json.dumps``."""
    return _fields_shown(log)


def call_log_from_json(data: Mapping[str, Any]) -> CallLog:
    """The call log written by :func:`call_log_to_json`.

    Raises:
        ValueError: A field is unknown, missing, or not of its type; the message says which.
    """
    known = dict(data)
    snapshots = tuple(_snapshot(item) for item in known.pop("snapshots"))
    return _built(CallLog, {**_common(known), "snapshots": snapshots})


def status_to_json(status: PhoneStatus) -> dict[str, Any]:
    """``status``, ready for ``json.dumps``."""
    return _fields_shown(status)


def status_from_json(data: Mapping[str, Any]) -> PhoneStatus:
    """The status written by :func:`status_to_json`.

    Raises:
        ValueError: A field is unknown or not of its type.
    """
    return _built(PhoneStatus, _common(dict(data)))


def _common(known: dict[str, Any]) -> dict[str, Any]:
    """Clock, accounts and drift, which several values share."""
    if known.get("clock") is not None:
        clock = dict(known["clock"])
        clock["wall"] = _built(WallTime, clock["wall"])
        clock["at"] = datetime.fromisoformat(clock["at"]).astimezone(UTC)
        known["clock"] = _built(ClockReading, clock)
    if "accounts" in known:
        known["accounts"] = MappingProxyType({int(line): user for line, user in known["accounts"].items()})
    if "unknown_fields" in known:
        known["unknown_fields"] = tuple(known["unknown_fields"])
    if "warnings" in known:
        known["warnings"] = tuple(known["warnings"])
    return known


def _snapshot(data: Mapping[str, Any]) -> Snapshot:
    known = dict(data)
    known["entries"] = tuple(_entry(item) for item in known.get("entries", ()))
    return _built(Snapshot, known)


def _entry(data: Mapping[str, Any]) -> CallLogEntry:
    known = dict(data)
    if known.get("wall") is not None:
        known["wall"] = _built(WallTime, known["wall"])
    return _built(CallLogEntry, known)


def _built(kind: type[T], values: Mapping[str, Any]) -> T:
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(f"{kind.__name__}: {error}") from error


def _shown(value: Any) -> Any:
    """JSON of one value of the model."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(key): _shown(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_shown(item) for item in value]
    return _fields_shown(value) if is_dataclass(value) else value


def _fields_shown(value: Any) -> dict[str, Any]:
    shown = {}
    for item in fields(value):
        default = item.default_factory() if item.default_factory is not MISSING else item.default
        if item.name != "raw" and (here := getattr(value, item.name)) != default:
            shown[item.name] = _shown(here)
    return shown
