"""What ``/cgi-bin/callhistories`` of an emulated phone shows. INVENTED, all of it.

The vendor sheet (3.2, 8) knows the path alone, from the catalogue of one client that never asks for it.
Method, parameters, content type and body are not known to anybody; in the same family some answers are JSON
and some are files. What stands here is a guess in the style of the family's other answers, in two forms and
with the field names that come to mind: it shows that a reader copes with a body it was not written for, and
not that it can read any real phone.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from drivers.grandstream.emulator_parts import THREE_LISTS, account_index, stamp
from phonesync.driver.emulation import EmulatedResponse, PhoneMemory, StoredRow
from phonesync.driver.emulator_kit import Habits, RenderedLists, RowTexts
from phonesync.model import ListName

_WORDS = (
    {ListName.PLACED: "dialed", ListName.RECEIVED: "answered", ListName.MISSED: "missed"},
    {ListName.PLACED: "outgoing", ListName.RECEIVED: "incoming", ListName.MISSED: "missed"},
)


class InventedHistory:
    """The guessed body over one phone's memory.

    Args:
        memory: The phone's memory.
        habits: Its free choices: JSON or XML, the words of the types, the marks in the times.
    """

    def __init__(self, memory: PhoneMemory, habits: Habits) -> None:
        self._memory = memory
        self._xml = habits.flip("history as XML")
        self._words: Mapping[ListName, str] = habits.pick("words of history", *_WORDS)
        self._date = habits.pick("date of history", "-", "-", "/")
        self._between = habits.pick("time of history", " ", " ", "T")
        self._texts = RowTexts(self._xml_row if self._xml else self._json_row)
        self._lists = RenderedLists(memory, THREE_LISTS, self._body)

    def answer(self) -> EmulatedResponse:
        """The whole history, whatever was asked for."""
        kind = "text/xml" if self._xml else "application/json"
        return EmulatedResponse(headers=(("Content-Type", kind),), content=self._lists.text())

    def _body(self, rows: Mapping[ListName, Sequence[StoredRow]]) -> bytes:
        merged = heapq.merge(*rows.values(), key=lambda row: row.wall, reverse=True)
        texts = self._texts.of(merged)
        if self._xml:
            head = b'<?xml version="1.0" encoding="UTF-8"?>\n<CallHistories>\n'
            return head + b"".join(texts) + b"</CallHistories>\n"
        return b'{"response":"success","body":[' + b",".join(texts) + b"]}"

    def _fields(self, row: StoredRow) -> dict[str, str]:
        return {
            "type": self._words[row.list_name],
            "account": str(account_index(self._memory, row.account)),
            "number": row.number,
            "name": row.name,
            "time": stamp(row.wall, date=self._date, between=self._between),
            "duration": str(row.duration_s),
        }

    def _json_row(self, row: StoredRow) -> bytes:
        return json.dumps(self._fields(row), ensure_ascii=False, separators=(",", ":")).encode()

    def _xml_row(self, row: StoredRow) -> bytes:
        cells = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in self._fields(row).items())
        return f"<call>{cells}</call>\n".encode()
