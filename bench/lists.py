"""The call lists of the cheap phones, rendered once: as many rows as wanted, different on each phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

PLACED, SECOND, THIRD, FORWARDED = 1, 2, 3, 4
LISTS = (PLACED, SECOND, THIRD, FORWARDED)
MISSED = {"json": THIRD, "servlet": SECOND, "open": THIRD}
"""Which of the two codes in conflict is the missed list, for each kind of phone."""

_NAMES = (
    *("", "", "", "Иванов И. И.", "Петрова Анна", "Сидоров, склад", "Reception"),
    *("Olga Smirnova", "Секретарь", "Иванова & сыновья", '"Ромашка"', "Door"),
)
_FARTHEST_APART_S = 7000
_LONGEST_TALK_S = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One row as a phone keeps it."""

    code: int
    number: str
    name: str
    at: datetime
    duration_s: int


def calls(phone: int, *, rows: int, kind: str, now: datetime) -> Iterator[Call]:
    """The rows of a phone, list after list, newest first.

    Args:
        phone: Its number; the same one always has the same rows.
        rows: In each of the four lists.
        kind: ``json`` or ``servlet``.
        now: The newest row is older than this; a wall time.
    """
    chance = Random(phone)
    for code in LISTS:
        at = now
        for _ in range(rows):
            at -= timedelta(seconds=chance.randrange(600, _FARTHEST_APART_S))
            talked = 0 if code == MISSED[kind] else chance.randrange(_LONGEST_TALK_S)
            yield Call(
                code=code,
                number=f"+7495555{chance.randrange(10_000):04}",
                name=chance.choice(_NAMES),
                at=at,
                duration_s=talked,
            )


def as_json(found: Iterator[Call], *, account: str) -> bytes:
    """The lists as the JSON generation answers them: one array of records that carry their type."""
    records = [{"type": call.code, **_record(call, account, "datetime")} for call in found]
    return _dump({"ret": "ok", "data": {"calls": records}}).encode()


def as_servlet(found: Iterator[Call], *, account: str) -> bytes:
    """The lists as a page of the servlet generation: records by running number inside a script's literal."""
    tree: dict[str, dict[str, object]] = {str(code): {} for code in LISTS}
    for call in found:
        listed = tree[str(call.code)]
        listed[str(len(listed) + 1)] = _record(call, account, "born_tick_datetime")
    literal = json.dumps(_dump(tree), ensure_ascii=False)
    return (
        f"<html><head><script>\r\nvar g_callloglist = g_json.ParseJSON({literal});\r\n</script></head></html>"
    ).encode()


def _record(call: Call, account: str, time_field: str) -> dict[str, object]:
    return {
        "local_name": account,
        "local_server": "pbx.example",
        "remote_display": call.name,
        "remote_name": call.number,
        "remote_server": "pbx.example",
        time_field: f"{call.at:%Y.%m.%d_%H.%M.%S}",
        "duration": str(call.duration_s),
        "number_of_times": "1",
    }


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
