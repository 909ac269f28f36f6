"""The filters of the journal as OpenAPI describes them."""

from __future__ import annotations

from typing import Any

from phonesync.calls.values import CallDirection, Disposition
from phonesync.journal.filters import FIELDS, Commented, Period, Tab

CURSOR, LIMIT = "cursor", "limit"
"""What stands in an address beside the filter."""

_TEXT = {"type": "string"}
_WHOLE = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
_DAY = {"type": "string", "format": "date"}
_FLAG = {"type": "string", "enum": ["0", "1"]}

_SAID: dict[str, tuple[dict[str, Any], str]] = {
    "tab": ({"type": "string", "enum": list(Tab)}, "The tab."),
    "period": (
        {"type": "string", "enum": list(Period), "default": Period.WEEK.value},
        "A span of days in the reader's zone; not looked at where since or until stands.",
    ),
    "since": (_DAY, "The first day, in the reader's zone."),
    "until": (_DAY, "The last day."),
    "direction": ({"type": "string", "enum": list(CallDirection)}, "Which way they went."),
    "outcome": ({"type": "string", "enum": list(Disposition)}, "What became of them."),
    "employee": (_TEXT, "Owners of phones, as they were then."),
    "department": (_TEXT, "Departments, as they were then."),
    "site": (_TEXT, "Sites of phones, as they are now."),
    "phone": (_TEXT, "Names of phones."),
    "line": (_WHOLE, "Line numbers."),
    "party": (_TEXT, "Whole numbers: E.164, or ext: and an extension."),
    "tag": (_WHOLE, "Ids of tags, on the call or on its number."),
    "region": (_TEXT, "Countries (two letters) or number codes (+7495), also several with commas between."),
    "withheld": (_FLAG, "1: only callers who withheld their number; 0: only the others."),
    "q": (_TEXT, "Any part of a number, however written, or of a name."),
    "talk_from": (_WHOLE, "Talk time from, seconds."),
    "talk_to": (_WHOLE, "Talk time up to, seconds."),
    "ring_from": (_WHOLE, "Ring time from, seconds."),
    "ring_to": (_WHOLE, "Ring time up to, seconds."),
    "comments": ({"type": "string", "enum": list(Commented)}, "With or without a comment."),
    "uncertain": (_FLAG, "1: only uncertain ones; 0: only the others."),
    "favourite": (_FLAG, "1: only the reader's favourites."),
    "spam": (_FLAG, "1: calls of numbers marked as spam too."),
}


def _parameter(name: str, *, several: bool) -> dict[str, Any]:
    schema, said = _SAID[name]
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": f"{said} May stand several times: one of them." if several else said,
        "schema": {"type": "array", "items": schema, "maxItems": 20} if several else schema,
    }


FILTER_PARAMETERS = [_parameter(one.name, several=one.several) for one in FIELDS]
"""One for each filter, in order."""
