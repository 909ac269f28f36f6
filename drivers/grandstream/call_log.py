"""Call lists: bytes to rows. Complete or an error.

GMI shows the newest row of each type, without time, duration and name (sheet 3.3). Of ``callhistories`` only
the path is known (sheet 3.2): JSON or XML rows are taken where every one of them has a number, a type and a
time under names that leave no doubt; anything else is an answer that is not understood, which is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from drivers.grandstream import answers
from drivers.grandstream.answers import OK
from drivers.grandstream.quirks import ANSWERED, DIALLED, MISSED
from phonesync.driver import fields
from phonesync.driver.markup import Element, read_json, read_xml, reading
from phonesync.driver.session import Response
from phonesync.errors import UnexpectedResponse, Unsupported
from phonesync.model import CallLogEntry, Snapshot, WallTime

CODES = (ANSWERED, DIALLED, MISSED)
HISTORY = "/cgi-bin/callhistories"

NO_CALL = "get last call failed"
_NO_COMMAND = "command not found"
_GMI_FIELDS = frozenset({"id", "number", "account", "isVideo"})


def last_call_path(code: str) -> str:
    """Asks GMI for the newest row of a type."""
    return f"/manager?action=getlastcall&type={code}&format=json"


def last_call(response: Response, code: str, *, variant: str) -> tuple[Snapshot, frozenset[str]]:
    """The newest row of a type, or silence; and the names of fields that are not known.

    After a good sign-in ``get last call failed`` means that no call is shown, which proves nothing.

    Raises:
        UnexpectedResponse: The answer is neither.
        Unsupported: This firmware does not know the question.
    """
    found = answers.gmi(response) if response.status == OK else None
    if found is None:
        raise answers.not_understood(response, "the newest call", variant=variant)
    said = found.get("msg")
    if found.get("res") == "error" and said == NO_CALL:
        return Snapshot(list_code=code, entries=(), newest_only=True, silent=True), frozenset()
    if found.get("res") == "error" and said == _NO_COMMAND:
        raise Unsupported("The firmware of this phone does not know getlastcall: update it.")
    with reading(response, variant=variant):
        if found.get("res") != "success" or not isinstance(said, list) or len(said) != 1:
            raise UnexpectedResponse("The phone's answer is not the newest call of one type.")
        entry = _last_call(said[0], code)
    return Snapshot(list_code=code, entries=(entry,), newest_only=True), frozenset(said[0]) - _GMI_FIELDS


def _last_call(record: Any, code: str) -> CallLogEntry:
    row_id = fields.shown(record.get("id")) if isinstance(record, dict) else None
    if row_id is None or "number" not in record:
        raise UnexpectedResponse("The newest call has no id or no number.")
    party = fields.party(fields.shown(record["number"]))
    return CallLogEntry(
        list_code=code,
        account=fields.shown(record.get("account")),
        remote_number=party.number,
        remote_host=party.host,
        row_id=row_id,
    )


# --- callhistories: a path, and nothing else, is known -----------------------------------------------------

_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("number", "phonenumber", "remotenumber", "peernumber"), "number"),
    **dict.fromkeys(("name", "displayname", "remotename", "contactname"), "name"),
    **dict.fromkeys(("time", "date", "datetime", "starttime", "calltime"), "time"),
    **dict.fromkeys(("duration", "callduration", "talktime"), "duration"),
    **dict.fromkeys(("type", "calltype", "direction"), "type"),
    **dict.fromkeys(("account", "acct", "accountindex"), "account"),
    "id": "id",
}
"""Name of a field, in lower case and without separators, to what it is taken for."""

_NEEDED = frozenset({"number", "type", "time"})

_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("answered", "received", "incoming", "in"), ANSWERED),
    **dict.fromkeys(("dialed", "dialled", "placed", "outgoing", "out"), DIALLED),
    **dict.fromkeys(("missed",), MISSED),
    **{code: code for code in CODES},
}
"""A row's type to a list; numbers are held to mean what they mean to GMI, which is a guess."""

_TIME = re.compile(r"(\d{4})([-/.])(\d\d)\2(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?")


@dataclass(slots=True, kw_only=True)
class Lists:
    """What one answer showed.

    Attributes:
        rows: List code to rows, newest first.
        unknown: Names of fields that are not known.
        silent: The answer holds no row at all, and nobody knows what an empty list looks like.
    """

    rows: dict[str, list[CallLogEntry]] = field(default_factory=lambda: {code: [] for code in CODES})
    unknown: set[str] = field(default_factory=set)
    silent: bool = False

    def snapshots(self) -> tuple[Snapshot, ...]:
        """One for each list."""
        return tuple(
            Snapshot(list_code=code, entries=tuple(rows), silent=self.silent)
            for code, rows in self.rows.items()
        )


def parse_history(content: bytes) -> Lists:
    """Rows of JSON or XML by recognised field names.

    Raises:
        UnexpectedResponse: Neither, cut, or with a row whose number, type or time is missing or odd.
    """
    records = list(_xml_records(content) if content.lstrip()[:1] == b"<" else _json_records(content))
    lists = Lists(silent=not records)
    for record in records:
        entry = _entry(record, lists.unknown)
        lists.rows[entry.list_code].append(entry)
    for rows in lists.rows.values():
        if rows and (rows[0].shown_at or "") < (rows[-1].shown_at or ""):
            rows.reverse()
    return lists


def _json_records(content: bytes) -> Iterator[Mapping[str, Any]]:
    tree = read_json(content)
    if isinstance(tree, dict):
        if tree.get("response") != "success":
            raise UnexpectedResponse("The phone did not answer with its call history.")
        tree = tree.get("body")
    elif tree == []:
        raise UnexpectedResponse("The answer is an empty list of nothing.")
    if not isinstance(tree, list):
        raise UnexpectedResponse("The answer holds no list of calls.")
    for record in tree:
        if not isinstance(record, dict):
            raise UnexpectedResponse("A call is not a record.")
        yield record


def _xml_records(content: bytes) -> Iterator[Mapping[str, str]]:
    root = read_xml(content)
    if _is_bare(root):
        return
    records = [element for element in root.iter("*") if set(map(_meaning, _parts(element))) >= _NEEDED]
    if not records:
        raise UnexpectedResponse("The XML answer holds no call that is recognised.")
    parent = records[0].getparent()
    if parent is None or len(parent) != len(records) or any(r.getparent() is not parent for r in records):
        raise UnexpectedResponse("The XML answer holds more than a list of calls.")
    yield from map(_parts, records)


def _is_bare(root: Element) -> bool:
    """An element that is named for calls or their history, and has nothing in it."""
    name = str(root.tag).lower()
    named = "call" in name or "history" in name
    return named and not len(root) and not root.attrib and not "".join(root.itertext()).strip()


def _parts(element: Element) -> Mapping[str, str]:
    """Attributes and children of an element, by name."""
    children = {str(child.tag): "".join(child.itertext()) for child in element if not len(child)}
    return {**{str(name): str(value) for name, value in element.attrib.items()}, **children}


def _meaning(name: str) -> str:
    return _NAMES.get(name.lower().replace("_", "").replace("-", ""), "")


def _entry(record: Mapping[str, Any], unknown: set[str]) -> CallLogEntry:
    known: dict[str, str | None] = {}
    for name, value in record.items():
        meaning = _meaning(name)
        if not meaning:
            unknown.add(fields.storable(name))
        elif meaning in known:
            raise UnexpectedResponse(f"A call shows its {meaning} twice.")
        else:
            known[meaning] = fields.shown(value)
    if not known.keys() >= _NEEDED:
        raise UnexpectedResponse("A call lacks number, type or time.")
    code = _TYPES.get((known["type"] or "").strip().lower())
    if code is None:
        raise UnexpectedResponse("A call is of a type that is not known.")
    party = fields.party(known["number"])
    return CallLogEntry(
        list_code=code,
        account=known.get("account"),
        remote_number=party.number,
        remote_host=party.host,
        remote_name=known.get("name"),
        shown_at=known["time"],
        wall=_wall(known["time"]),
        duration_s=fields.duration_s(known.get("duration")),
        row_id=known.get("id"),
    )


def _wall(text: str | None) -> WallTime:
    found = _TIME.fullmatch((text or "").strip())
    if found is None:
        raise UnexpectedResponse("A time is not written with the year first, as YYYY-MM-DD HH:MM[:SS].")
    year, month, day, hour, minute = (int(found[place]) for place in (1, 3, 4, 5, 6))
    try:
        return WallTime(
            year=year,
            month=month,
            day=day,
            hour=hour,
            minute=minute,
            second=int(found[7]) if found[7] else None,
        )
    except ValueError as error:
        raise UnexpectedResponse("A time is no time of the calendar.") from error
