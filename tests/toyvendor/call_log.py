"""The pure half: the bytes of ``/calls.xml`` to values."""

from __future__ import annotations

import re
from datetime import datetime

from phonesync.driver.contract import Variant
from phonesync.driver.fields import duration_s, party, shown
from phonesync.driver.markup import Element, read_xml, reading, unexpected
from phonesync.driver.session import Response
from phonesync.errors import UnexpectedResponse
from phonesync.model import CallLog, CallLogEntry, ClockReading, RawAnswer, Snapshot, WallTime

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)(?::(\d\d))?")
_KNOWN = {"id", "time", "name", "number", "seconds", "line"}


def parse(response: Response, *, variant: Variant) -> CallLog:
    """The call log of one answer, complete or an error: XML that is cut is not well-formed.

    Raises:
        UnexpectedResponse: The answer is not the list page of this variant.
    """
    if response.status != 200:
        raise unexpected(response, f"The call list came with status {response.status}.", variant=variant.name)
    with reading(response, variant=variant.name):
        root = read_xml(response.content)
        lists = {element.get("code", ""): element for element in root.findall("list")}
        if root.tag != "calls" or set(lists) != set(variant.lists) or len(lists) != len(root):
            raise UnexpectedResponse("The page does not show the lists that this phone has.")
        snapshots = tuple(_snapshot(code, element) for code, element in lists.items())
        clock = ClockReading(wall=_wall(root.get("time")), at=response.at, slack_s=response.took_s)
    content_type = response.header("Content-Type")
    strange = {str(name) for call in root.iter("call") for name in call.attrib if name not in _KNOWN}
    return CallLog(
        snapshots=snapshots,
        clock=clock,
        raw=(RawAnswer(path=response.path, content_type=content_type, content=response.content),),
        unknown_fields=tuple(sorted(strange)),
    )


def _snapshot(code: str, element: Element) -> Snapshot:
    if any(call.tag != "call" for call in element):
        raise UnexpectedResponse("A list holds something that is no call.")
    return Snapshot(list_code=code, entries=tuple(_entry(code, call) for call in element))


def _entry(code: str, call: Element) -> CallLogEntry:
    remote = party(shown(call.get("number")))
    return CallLogEntry(
        list_code=code,
        account=shown(call.get("line")),
        remote_number=remote.number,
        remote_host=remote.host,
        remote_name=shown(call.get("name")),
        shown_at=call.get("time"),
        wall=_wall(call.get("time")),
        duration_s=duration_s(call.get("seconds")),
        row_id=shown(call.get("id")),
    )


def _wall(text: str | None) -> WallTime:
    found = _TIME.fullmatch(text or "")
    if found is None:
        raise UnexpectedResponse("A time is not written as YYYY-MM-DD HH:MM[:SS].")
    year, month, day, hour, minute = (int(part) for part in found.groups()[:5])
    second = int(found[6]) if found[6] else None
    try:
        datetime(year, month, day, hour, minute, second or 0)
    except ValueError as error:
        raise UnexpectedResponse("A time is no time of the calendar.") from error
    return WallTime(year=year, month=month, day=day, hour=hour, minute=minute, second=second)
