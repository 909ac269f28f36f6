"""Whether a driver reads the rewritten answers as it read the real ones, with the same replacements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from phonesync.model import CallLog, CallLogEntry, PhoneIdentity, PhoneStatus
from phonesync.testing.capture.exchange import Run
from phonesync.testing.capture.rewriting import Rewriter
from phonesync.testing.capture.times import Shift

_AS_TEXT = ("account", "remote_number", "remote_host", "remote_name", "shown_at")
_EITHER = ("duration_s", "count", "row_id")


def differences(before: Run, after: Run, rewriter: Rewriter, shift: Shift) -> tuple[str, ...]:
    """What the second run read otherwise, in words that hold no value.

    Args:
        before: Over the real answers.
        after: Over the rewritten ones.
        rewriter: What rewrote them.
        shift: What moved their dates.
    """
    comparison = _Comparison(rewriter, shift)
    return tuple(
        dict.fromkeys(
            (
                *comparison.identity(before.identity, after.identity),
                *_error(before.error, after.error),
                *comparison.log(before.log, after.log),
                *comparison.status(before.status, after.status),
            )
        )
    )


def _error(before: Exception | None, after: Exception | None) -> Iterator[str]:
    if type(before) is not type(after):
        yield "what reading the lists ends with"


class _Comparison:
    def __init__(self, rewriter: Rewriter, shift: Shift) -> None:
        self._rewriter = rewriter
        self._shift = shift

    def identity(self, before: PhoneIdentity | None, after: PhoneIdentity | None) -> Iterator[str]:
        if before is None or after is None:
            if before is not after:
                yield "whether the phone is recognised"
            return
        for name in ("vendor", "variant", "model", "firmware", "evidence"):
            if getattr(before, name) != getattr(after, name):
                yield f"the {name} by identification"
        if self._text(before.mac) != after.mac:
            yield "the MAC by identification"

    def log(self, before: CallLog | None, after: CallLog | None) -> Iterator[str]:
        if before is None or after is None:
            if before is not after:
                yield "whether the lists can be read"
            return
        yield from self._common(before, after)
        if before.unknown_fields != after.unknown_fields:
            yield "the fields unknown to the driver"
        lists = [(one.list_code, one.newest_only, len(one.entries)) for one in before.snapshots]
        if lists != [(one.list_code, one.newest_only, len(one.entries)) for one in after.snapshots]:
            yield "which lists there are, and how long"
            return
        for one, other in zip(before.snapshots, after.snapshots, strict=True):
            for row, new in zip(one.entries, other.entries, strict=True):
                yield from (f"{what} in list {one.list_code}" for what in self._row(row, new))

    def status(self, before: PhoneStatus | None, after: PhoneStatus | None) -> Iterator[str]:
        if before is None or after is None:
            if before is not after:
                yield "whether the settings can be read"
            return
        yield from self._common(before, after)
        for name in ("history_enabled", "merging_enabled"):
            if getattr(before, name) != getattr(after, name):
                yield name

    def _common(self, before: Any, after: Any) -> Iterator[str]:
        for name in ("model", "firmware"):
            if getattr(before, name) != getattr(after, name):
                yield name
        if self._text(before.mac) != after.mac:
            yield "the MAC"
        walls = [None if one.clock is None else one.clock.wall for one in (before, after)]
        if (None if walls[0] is None else self._shift.wall(walls[0])) != walls[1]:
            yield "the phone's clock"
        if self._mapping(before.accounts) != dict(after.accounts):
            yield "the accounts"

    def _row(self, before: CallLogEntry, after: CallLogEntry) -> Iterator[str]:
        if (before.list_code, before.in_progress) != (after.list_code, after.in_progress):
            yield "the state of a row"
        for name in _AS_TEXT:
            if self._text(getattr(before, name)) != getattr(after, name):
                yield name
        for name in _EITHER:
            old, new = getattr(before, name), getattr(after, name)
            # The text of a duration may be that of an extension as well.
            if old != new and (old is None or self._text(str(old)) != str(new)):
                yield name
        if (None if before.wall is None else self._shift.wall(before.wall)) != after.wall:
            yield "wall"

    def _text(self, value: str | None) -> str | None:
        return None if value is None else self._rewriter.value(value)

    def _mapping(self, values: Mapping[int, str]) -> dict[int, str]:
        text: Callable[[str], str] = self._rewriter.value
        return {line: text(user) for line, user in values.items()}
