"""What a single value of the configuration may be; each check returns the value, brought into one form.

Each raises ``ValueError`` with a sentence for the user that begins in lower case, because the key stands
before it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from unicodedata import category
from urllib.parse import SplitResult, parse_qs, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from phonesync.numbering import countries, is_country
from phonesync.spelling import did_you_mean, unknown

_DURATION = re.compile(r"([0-9]{1,9})\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=366)
_MAC = re.compile(
    r"[0-9A-Fa-f]{2}([:-]?)(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}"
)
_PIN = re.compile(r"pin:sha256:([0-9a-f]{64})")
_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")
_STORES = ("sqlite", "postgresql")
_SERVERS = ("postgresql", "postgresql+psycopg")
_TLS = ("tofu", "verify", "insecure", "pin:sha256:…")
_LINE_BREAKING = ("Cc", "Zl", "Zp")
_MOST_EXTENSION_DIGITS = 12
_MOST_AREA_DIGITS = 6
_MOST_AT_ONCE = 10_000
_MOST_DAYS = 36_500
_MOST_ENTRIES = 100_000
_PORTS = 65_536


def duration(value: Any) -> timedelta:
    """A duration written as ``"90s"``, ``"10m"``, ``"2h"`` or ``"1d"``, of at most a year."""
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be a duration in quotes: a whole number and s, m, h or d, for example "10m".')
    length = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if not timedelta() < length <= _LONGEST:
        raise ValueError("must be longer than nothing and at most 366 days.")
    return length


def name(value: str) -> str:
    """A name: not empty, on one line, without blanks around it."""
    if not value or value != value.strip() or any(category(sign) in _LINE_BREAKING for sign in value):
        raise ValueError("must be one line of visible characters without blanks around it.")
    return value


def zone(value: str) -> str:
    """A name of the IANA time zone database."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(unknown("time zone", value, available_timezones())) from error
    return value


def country(value: str) -> str:
    """An ISO 3166 code of two capital letters."""
    if not is_country(value):
        near = did_you_mean(value, countries()) if len(value) == len("RU") else "."
        raise ValueError(f'"{value}" is no country code of two capital letters, for example "RU"{near}')
    return value


def area_code(value: str) -> str:
    """Digits of an area code, without the national prefix."""
    if not re.fullmatch(f"[0-9]{{1,{_MOST_AREA_DIGITS}}}", value):
        raise ValueError('must be digits in quotes without the national prefix, for example "495".')
    return value


def extension_length(value: int) -> int:
    """How many digits an internal number has."""
    if not 1 <= value <= _MOST_EXTENSION_DIGITS:
        raise ValueError(f"must be from 1 to {_MOST_EXTENSION_DIGITS}.")
    return value


def pattern(value: str) -> str:
    """A regular expression."""
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"is no valid regular expression: {error}.") from error
    return value


def concurrency(value: int) -> int:
    """How many phones are read at once."""
    if not 1 <= value <= _MOST_AT_ONCE:
        raise ValueError(f"must be from 1 to {_MOST_AT_ONCE}.")
    return value


def health(value: str) -> str:
    """Where the agent answers a monitor: ``HOST:PORT`` with a host that is an address, or a path."""
    if "/" in value:
        return name(value)
    if not _is_endpoint(value):
        raise ValueError(
            'must be an address and a port like "127.0.0.1:8099", or a path like "./health.sock".'
        )
    return value


def listen(value: str) -> str:
    """Where phones are answered: ``HOST:PORT`` with a host that is an address."""
    if not _is_endpoint(value):
        raise ValueError('must be an address and a port like "192.0.2.5:8080", or "0.0.0.0:8080" for all.')
    return value


def is_any_address(value: str) -> bool:
    """Whether a checked place to listen at stands for every address of this machine."""
    host = value.rpartition(":")[0].strip("[]")
    return host != "localhost" and ipaddress.ip_address(host).is_unspecified


def entries(value: int) -> int:
    """How many contacts a phone takes."""
    if not 1 <= value <= _MOST_ENTRIES:
        raise ValueError(f"must be from 1 to {_MOST_ENTRIES}.")
    return value


def is_loopback(value: str) -> bool:
    """Whether a checked place for ``health`` can be reached from this machine alone."""
    host = value.rpartition(":")[0].strip("[]")
    return "/" in value or host == "localhost" or ipaddress.ip_address(host).is_loopback


def _is_endpoint(value: str) -> bool:
    host, _, port = value.rpartition(":")
    return bool(re.fullmatch("[0-9]{1,5}", port)) and 0 < int(port) < _PORTS and _is_address(host)


def _is_address(host: str) -> bool:
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        version = ipaddress.ip_address(bare).version
    except ValueError:
        return host == "localhost"
    # An IPv6 address stands in brackets, or nobody could tell where the port begins.
    return (version == 6) == (bare != host)  # noqa: PLR2004  the number is the protocol's name


def raw_days(value: int) -> int:
    """How many days raw answers are kept."""
    if not 0 <= value <= _MOST_DAYS:
        raise ValueError(f"must be from 0 to {_MOST_DAYS}.")
    return value


def mac(value: str) -> str:
    """A MAC address in any usual spelling, as twelve lower-case hex digits."""
    if not _MAC.fullmatch(value):
        raise ValueError('is no MAC address; write it like "00:00:5E:00:53:01".')
    return re.sub("[^0-9a-f]", "", value.lower())


def tls(value: str) -> str:
    """A TLS mode; a pin becomes lower case without colons."""
    if value.startswith("pin:"):
        pinned = f"pin:sha256:{value.removeprefix('pin:sha256:').replace(':', '').lower()}"
        if not value.startswith("pin:sha256:") or not _PIN.fullmatch(pinned):
            raise ValueError(
                'is no pin; write "pin:sha256:" and the SHA-256 of the certificate, 64 hex digits.'
            )
        return pinned
    if value not in _TLS[:-1]:
        raise ValueError(unknown("TLS mode", value, _TLS))
    return value


def store_url(value: str) -> str:
    """A store's address: ``sqlite:///FILE`` or a PostgreSQL address without a password."""
    parts = split(value)
    kind = parts.scheme.partition("+")[0]
    if "://" not in value:
        raise ValueError('is no address of a store; write it like "sqlite:///phonesync.db".')
    if kind not in _STORES:
        raise ValueError(unknown("kind of store", kind, _STORES))
    if parts.password is not None or "password" in parse_qs(parts.query, keep_blank_values=True):
        raise ValueError('must not hold the password; put it beside it: password = { env = "…" }.')
    if kind == "sqlite" and (parts.netloc or parts.path in ("", "/", "/:memory:")):
        raise ValueError(
            'must name a file: "sqlite:///phonesync.db" beside this file, "sqlite:////…" from the root.',
        )
    if kind == "postgresql" and (parts.scheme not in _SERVERS or not parts.path.strip("/")):
        raise ValueError('must be written like "postgresql+psycopg://phonesync@db.example/phonesync".')
    return value


def phone_url(value: str) -> str:
    """A phone's address as ``http://host`` or ``https://host:port``, nothing after it."""
    parts = split(value)
    if parts.scheme not in ("http", "https") or not value.lower().startswith(("http://", "https://")):
        raise ValueError('must begin with http:// or https://, for example "http://192.0.2.11".')
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold user or password; put them under username and password.")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("must end after host and port: the driver knows the paths.")
    at = port(parts)
    return f"{parts.scheme}://{host(parts)}" + (f":{at}" if at is not None else "")


def address(url: str) -> str:
    """Host and port of a checked phone address, the same text for the same address."""
    parts = urlsplit(url)
    return f"{host(parts)}:{port(parts) or (443 if parts.scheme == 'https' else 80)}"


def line(value: str) -> str:
    """A line number, from 1, as text."""
    if not re.fullmatch("[1-9][0-9]?", value):
        raise ValueError(f'"{value}" is no line: lines count from 1, for example {{ "1" = "101" }}.')
    return value


def read_only(value: Mapping[str, str]) -> Mapping[str, str]:
    """The same mapping, which nobody can change."""
    return MappingProxyType(dict(value))


def split(value: str) -> SplitResult:
    """A value taken apart as an address; refused where it holds blanks."""
    if value != value.strip() or not value.isprintable() or " " in value:
        raise ValueError("must not hold blanks.")
    try:
        return urlsplit(value)
    except ValueError as error:
        raise ValueError("is no address.") from error


def host(parts: SplitResult) -> str:
    """The host in lower case; an IP address in its shortest form, IPv6 in brackets."""
    shown = (parts.hostname or "").lower()
    try:
        found = ipaddress.ip_address(shown)
    except ValueError as error:
        looks_like_ip = re.fullmatch(r"[0-9.]+", shown) is not None
        if looks_like_ip or not _HOST.fullmatch(shown):
            raise ValueError("has no valid host name or IP address.") from error
        return shown.removesuffix(".")
    return f"[{found}]" if found.version == 6 else str(found)  # noqa: PLR2004  the number is the protocol's name


def port(parts: SplitResult) -> int | None:
    """The port of an address, or None where it names none."""
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError("has a port that is no number from 1 to 65535.") from error
    if port == 0:
        raise ValueError("has a port that is no number from 1 to 65535.")
    return port
