"""Hostile names: whatever a caller calls itself is shown as it is, and breaks nothing."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from dataclasses import replace

from phonesync.model import CallLog
from phonesync.testing.checks.subject import Fault, Subject, difference_of_lists, require, run
from phonesync.testing.fixtures import Case, RecordedResponse

NAMES = {
    "markup": "<b>Bold & Sons</b> <!-- \" ' --> ]]> &amp; &#60;",
    "a script": "</script><script>alert('x')</script>",
    "quotes and backslashes": 'O\'Neil "the\\Door" \\" \\u0041 C:\\new',
    "emoji": "☎️ Zoë 👩‍👩‍👧 \U0001f4de",
    "right to left": "\u202eמרחבא\u202c \u200fسلام",
    "300 characters": "Ж" * 300,
    "template signs": "${jndi} {{7*7}} %s %n {0} $(id) `id`",
    "separators of many formats": "a;b,c|d=1&e=2#f?g",
    "a formula": "=HYPERLINK(1)",
    "only digits": "84955550123",
}
"""Title and name; none is blank, and none has blanks at its ends, which a driver may strip."""

CONTROLS = {
    "control characters": "Bell\x07 and\x1b[31m red\x00 nul\x7f",
    "line ends": "one\r\ntwo\u2028three\x85",
}
"""These may lose their control characters, or be refused where the format cannot carry them."""

Escape = Callable[[str], str]


def _json(name: str, *, ascii_only: bool) -> str:
    return json.dumps(name, ensure_ascii=ascii_only)[1:-1]


ESCAPES: tuple[Escape, ...] = (
    lambda name: name,
    lambda name: html.escape(name, quote=True),
    lambda name: html.escape(name, quote=False),
    lambda name: "".join(f"&#{ord(character)};" for character in name),
    lambda name: _json(name, ascii_only=True),
    lambda name: _json(name, ascii_only=False),
    lambda name: _json(_json(name, ascii_only=True), ascii_only=True),
    lambda name: _json(_json(name, ascii_only=False), ascii_only=False),
    lambda name: _json(_json(name, ascii_only=True).replace("/", "\\/"), ascii_only=True),
    lambda name: _json(_json(name, ascii_only=False).replace("/", "\\/"), ascii_only=False),
)
"""How phones write a name: as it is, in XML or HTML, in JSON, in JSON inside a string of a script."""


async def hostile_names_survive(subject: Subject, case: Case) -> None:
    """Hostile names, escaped as the phone escapes names, come back whole; otherwise they break nothing."""
    if case.expected is None:
        return
    for old, turn in _names_in(case):
        usable = ESCAPES
        for title, name in NAMES.items():
            read = [escape for escape in ESCAPES if await _survives(subject, case, turn, old, name, escape)]
            usable = tuple(escape for escape in usable if escape in read)
            require(bool(usable), f"{case.name}: turn {turn + 1} does not give back a name with {title}.")
        for name in CONTROLS.values():
            for escape in ESCAPES:
                await _survives(subject, case, turn, old, name, escape, must=escape in usable)


def _names_in(case: Case) -> Iterator[tuple[str, int]]:
    """For each answer that shows names, one of them."""
    assert case.expected is not None
    names = {row.remote_name for snapshot in case.expected.snapshots for row in snapshot.entries}
    for turn, recorded in enumerate(case.turns):
        for name in sorted(name for name in names if name):
            if any(_written(name, escape) in recorded.response.content for escape in ESCAPES):
                yield name, turn
                break


async def _survives(
    subject: Subject, case: Case, turn: int, old: str, name: str, escape: Escape, *, must: bool = False
) -> bool:
    """Whether the name comes back and everything else is untouched.

    With ``must``, a name that came back in part, or harmed another row, is a nonconformity; control
    characters may be missing from it, and the answer may be refused.
    """
    assert case.expected is not None

    def change(response: RecordedResponse) -> RecordedResponse:
        headers = tuple(header for header in response.headers if header[0].lower() != "content-length")
        content = response.content.replace(_written(old, escape), _written(name, escape))
        return replace(response, headers=headers, content=content)

    outcome = await run(subject, case, Fault(title=f"the name {name[:20]!r}", turn=turn, change=change))
    if outcome.log is None:
        return False
    expected, found = _renamed(case.expected, old, name), outcome.log
    if must:
        wrong = difference_of_lists(_plain(expected), _plain(found))
        require(not wrong, f"{case.name}: the name {name!r} harms what is read: {wrong}.")
    return not difference_of_lists(expected, found)


def _renamed(log: CallLog, old: str, name: str) -> CallLog:
    return _with_names(log, lambda shown: name if shown == old else shown)


def _plain(log: CallLog) -> CallLog:
    """``log`` with names reduced to what every format can carry."""
    return _with_names(log, lambda shown: "".join(filter(str.isalnum, shown or "")))


def _with_names(log: CallLog, change: Callable[[str | None], str | None]) -> CallLog:
    snapshots = tuple(
        replace(
            snapshot,
            entries=tuple(replace(row, remote_name=change(row.remote_name)) for row in snapshot.entries),
        )
        for snapshot in log.snapshots
    )
    return replace(log, snapshots=snapshots)


def _written(name: str, escape: Escape) -> bytes:
    return escape(name).encode()
