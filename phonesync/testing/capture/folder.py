"""A case as the files of a fixture: what :mod:`phonesync.testing.fixtures` reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from phonesync.testing.fixtures import Case, Headers, Turn
from phonesync.testing.values import call_log_to_json, status_to_json

_LONGEST_INLINE = 160
_KINDS = {"json": "json", "html": "html", "xml": "xml", "javascript": "js", "plain": "txt"}


def folder_name(model: str | None, firmware: str | None) -> str:
    """``<model>_<firmware>`` of characters that every file system takes."""
    return f"{_plain(model) or 'unknown'}_{_plain(firmware).replace('_', '-') or 'unknown'}"


def write_case(case: Case, folder: Path) -> None:
    """Writes the files of a case.

    Args:
        case: The case.
        folder: Exists, and is empty.
    """
    _write(folder / "case.toml", "\n".join(_case_lines(case)) + "\n")
    pieces = []
    for number, turn in enumerate(case.turns, 1):
        pieces.append("\n".join(_turn_lines(turn, number, folder)))
    _write(folder / "exchange.toml", "\n\n".join(pieces) + "\n")
    if case.expected is not None:
        _write(folder / "expected.json", _json(call_log_to_json(case.expected)))
    if case.expected_status is not None:
        _write(folder / "expected_status.json", _json(status_to_json(case.expected_status)))


def _case_lines(case: Case) -> Iterable[str]:
    yield f"provenance = {_text(str(case.provenance))}"
    yield f"source = {_text(case.source)}"
    yield f"variant = {_text(case.variant)}"
    yield f"now = {case.now:%Y-%m-%dT%H:%M:%S}Z"
    if case.quirks:
        yield f"quirks = {_table(case.quirks)}"
    if case.error:
        yield f"error = {_text(case.error)}"
    if not case.identifies:
        yield "identifies = false"
    if case.experimental:
        yield "experimental = true"
    yield from ("", "[credentials]", f"username = {_text(case.credentials.username)}")
    yield f"password = {_text(case.credentials.password)}"
    if case.signed_in is not None:
        yield from ("", "[signed_in]")
        yield f"cookies = {_table(case.signed_in.cookies)}"
        yield f"values = {_table(case.signed_in.values)}"


def _turn_lines(turn: Turn, number: int, folder: Path) -> Iterable[str]:
    request, response = turn.request, turn.response
    yield from (
        "[[turn]]",
        "[turn.request]",
        f"method = {_text(request.method)}",
        f"path = {_text(request.path)}",
    )
    if request.headers:
        yield f"headers = {_pairs(request.headers)}"
    if request.body is not None:
        yield f"body = {_text(request.body)}"
    yield from ("", "[turn.response]", f"status = {response.status}")
    if response.headers:
        yield f"headers = {_pairs(response.headers)}"
    if not response.content:
        return
    text = _inline(response.content)
    if text is not None:
        yield f"body = {_text(text)}"
        return
    name = f"turn_{number:02}.{_ending(response.headers)}"
    (folder / name).write_bytes(response.content)
    yield f"body_file = {_text(name)}"


def _inline(content: bytes) -> str | None:
    """A short body that is UTF-8, or None."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if len(text) <= _LONGEST_INLINE else None


def _ending(headers: Headers) -> str:
    kind = next((value for name, value in headers if name.lower() == "content-type"), "").lower()
    return next((ending for word, ending in _KINDS.items() if word in kind), "bin")


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _text(value: str) -> str:
    """A basic string of TOML: JSON's, with DEL escaped too and no half of a surrogate pair."""
    whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def _table(values: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{_text(name)} = {_text(value)}" for name, value in values.items()) + " }"


def _pairs(headers: Headers) -> str:
    return "[" + ", ".join(f"[{_text(name)}, {_text(value)}]" for name, value in headers) + "]"


def _plain(text: str | None) -> str:
    return re.sub(r"[^0-9A-Za-z._-]+", "-", text or "").strip("-.")
