"""Fixtures: one recorded exchange with one phone, and the values it must give.

A fixture is a folder ``<model>_<firmware>/<case>/`` with three files.

``case.toml``::

    provenance = "derived"            # captured, vendor-documented, derived or invented
    source = "Where the exchange comes from, one sentence."
    variant = "v86-json"              # must result from identification, unless identifies = false
    now = 2025-03-06T11:10:00Z        # our clock during the exchange
    quirks = { type_2 = "missed" }    # optional
    error = "PhoneBusy"               # optional: the read must fail with this error; no expected.json then
    [credentials]
    username = "admin"
    password = "Blue-Anchor-42"
    [signed_in]                       # optional: the session is open; the sign-in itself cannot be replayed
    cookies = { SID = "9c4e21f07ab3d658" }
    values = { token = "c0ffee12ab34cd56" }

``exchange.toml``, one table per turn::

    [[turn]]
    [turn.request]
    method = "GET"
    path = "/calls?list=all&t=*"      # * stands for one volatile value
    headers = { X-Token = "*" }       # optional: must have been sent
    body = "username=admin&pwd=*"     # optional: must have been sent
    [turn.response]
    status = 200
    headers = { Content-Type = "text/xml", Set-Cookie = ["a=1", "b=2"] }
    body_file = "calls.xml"           # or body = "…", or nothing

``expected.json`` is the call log (:mod:`phonesync.testing.values`); ``expected_status.json``, optional, is
what ``read_status`` must give.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from phonesync.driver.session import Credentials, Request, SignedIn
from phonesync.errors import ConfigError, PhoneError
from phonesync.model import CallLog, PhoneStatus, Provenance, no_quirks
from phonesync.testing.values import call_log_from_json, status_from_json

T = TypeVar("T")
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """What must be asked for a turn to answer; ``*`` stands for one volatile value.

    Attributes:
        method: ``GET`` or ``POST``.
        path: Path and query.
        headers: Headers that must have been sent.
        body: The body that must have been sent, or None where it is not looked at.
    """

    method: str
    path: str
    headers: Headers = ()
    body: str | None = None

    def matches(self, request: Request, *, lenient: bool = False) -> bool:
        """Whether ``request`` is this one; ``lenient`` looks at method and path only."""
        if request.method != self.method or not _fits(self.path, request.target):
            return False
        sent = {name.lower(): value for name, value in request.headers}
        return lenient or (
            all(_fits(value, sent.get(name.lower())) for name, value in self.headers)
            and (self.body is None or _fits(self.body, request.content.decode("utf-8", "replace")))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedResponse:
    """What the phone answered."""

    status: int = 200
    headers: Headers = ()
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One request and its answer."""

    request: RecordedRequest
    response: RecordedResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fixture.

    Attributes:
        name: ``<model>_<firmware>/<case>``.
        model: The word before the last ``_`` of the outer folder.
        firmware: The word behind it.
        provenance: Where the exchange comes from.
        source: The same in words.
        variant: Name of the driver variant that speaks to it.
        quirks: As a configuration would set them.
        now: Our clock during the exchange, UTC.
        credentials: What the configuration would hold.
        turns: The exchange.
        expected: What must be read, without raw answers; None where the read must fail.
        expected_status: What ``read_status`` must give, or None where the fixture does not say.
        error: Name of the error the read must fail with, or "".
        identifies: The exchange holds the answers that identification asks for.
        experimental: Routes that rest on a path alone are allowed.
        signed_in: The session that the exchange was recorded in, where its sign-in rests on a secret of the
            phone and cannot be replayed; None where the exchange holds the sign-in.
    """

    name: str
    model: str
    firmware: str
    provenance: Provenance
    source: str
    variant: str
    quirks: Mapping[str, str] = field(default_factory=no_quirks)
    now: datetime
    credentials: Credentials
    turns: tuple[Turn, ...]
    expected: CallLog | None
    expected_status: PhoneStatus | None = None
    error: str = ""
    identifies: bool = True
    experimental: bool = False
    signed_in: SignedIn | None = None

    @property
    def rows(self) -> int:
        """How many entries the exchange shows."""
        return sum(len(snapshot.entries) for snapshot in self.expected.snapshots) if self.expected else 0


def read_cases(root: Path) -> tuple[Case, ...]:
    """Every fixture below ``root``, by name.

    Raises:
        ConfigError: There is none, or one is wrong.
    """
    cases = tuple(read_case(path.parent) for path in sorted(root.glob("*/*/case.toml")))
    if not cases:
        raise ConfigError(
            f"{root} holds no fixture.", hint="A fixture is a folder <model>_<firmware>/<case>/."
        )
    return cases


def cases_in(folder: Path) -> tuple[Case, ...]:
    """The fixtures of a folder at any level: of all phones, of one phone, or a fixture itself.

    Raises:
        ConfigError: There is none, or one is wrong.
    """
    if (folder / "case.toml").exists():
        return (read_case(folder.absolute()),)
    beside = sorted(folder.glob("*/case.toml"))
    if beside:
        return tuple(read_case(path.parent.absolute()) for path in beside)
    return read_cases(folder)


def read_case(folder: Path) -> Case:
    """The fixture in ``folder``.

    Raises:
        ConfigError: A file is missing or wrong; the sentence says which and where.
    """
    case = _read(folder / "case.toml", lambda text: _case(folder, tomllib.loads(text)))
    if (case.expected is None) != bool(case.error):
        raise ConfigError(f"{folder} needs either expected.json or `error` in case.toml.")
    return case


def error_class(name: str) -> type[PhoneError]:
    """The error of the tree under :class:`~phonesync.errors.PhoneError` called ``name``.

    Raises:
        ValueError: There is none of that name.
    """
    waiting: list[type[PhoneError]] = [PhoneError]
    while waiting:
        kind = waiting.pop()
        if kind.__name__ == name:
            return kind
        waiting.extend(kind.__subclasses__())
    raise ValueError(f"error = {name!r} is no kind of PhoneError")


def _case(folder: Path, data: dict[str, Any]) -> Case:
    model, _, firmware = folder.parent.name.rpartition("_")
    credentials = data.pop("credentials")
    error = data.pop("error", "")
    signed_in = data.pop("signed_in", None)
    if error:
        error_class(error)
    return Case(
        name=f"{folder.parent.name}/{folder.name}",
        model=model,
        firmware=firmware,
        provenance=Provenance(data.pop("provenance")),
        now=_instant(data.pop("now")),
        credentials=Credentials(**credentials),
        turns=_read(folder / "exchange.toml", lambda text: _turns(folder, tomllib.loads(text))),
        expected=_optional(folder / "expected.json", lambda text: call_log_from_json(json.loads(text))),
        expected_status=_optional(
            folder / "expected_status.json", lambda text: status_from_json(json.loads(text))
        ),
        error=error,
        signed_in=None if signed_in is None else SignedIn(**signed_in),
        **data,
    )


def _turns(folder: Path, data: dict[str, Any]) -> tuple[Turn, ...]:
    return tuple(
        Turn(
            **{
                **turn,
                "request": RecordedRequest(**{**turn["request"], "headers": _headers(turn["request"])}),
                "response": _response(folder, dict(turn.get("response", {}))),
            }
        )
        for turn in data["turn"]
    )


def _response(folder: Path, data: dict[str, Any]) -> RecordedResponse:
    body, name = data.pop("body", None), data.pop("body_file", None)
    if body is not None and name is not None:
        raise ValueError("a response has body or body_file, not both")
    content = (folder / name).read_bytes() if name else (body or "").encode()
    return RecordedResponse(**{**data, "headers": _headers(data)}, content=content)


def _headers(data: Mapping[str, Any]) -> Headers:
    """Headers of a table, where a list stands for a header sent several times, or of a list of pairs."""
    given = data.get("headers", {})
    if isinstance(given, list):
        return tuple((str(name), str(value)) for name, value in given)
    return tuple(
        (name, str(value))
        for name, values in given.items()
        for value in (values if isinstance(values, list) else [values])
    )


def _instant(value: datetime | str) -> datetime:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    if found.tzinfo is None:
        raise ValueError("now needs a zone: write 2025-03-06T11:10:00Z")
    return found.astimezone(UTC)


def _optional(path: Path, build: Callable[[str], T]) -> T | None:
    return _read(path, build) if path.exists() else None


def _read(path: Path, build: Callable[[str], T]) -> T:
    """What ``build`` makes of a file; whatever is wrong with it becomes one sentence."""
    try:
        return build(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except KeyError as error:
        raise ConfigError(f"{path} lacks the key {error}.") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path}: {error}.") from error


def _fits(pattern: str, text: str | None) -> bool:
    return text is not None and _wanted(pattern).fullmatch(text) is not None


@cache
def _wanted(pattern: str) -> re.Pattern[str]:
    return re.compile(r"[^&\s]*".join(re.escape(part) for part in pattern.split("*")))
