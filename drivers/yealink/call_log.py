"""Call lists: bytes to rows, for each of the five shapes that are known. Complete or an error.

No capture confirms any shape yet; the field names are those of working clients (sheet, section 3). Each
parser makes sure that the answer reaches its end mark: the closing quote of the literal, the end of every
table, the end of the JSON. A row whose time or type cannot be read refuses the whole answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from drivers.yealink import quirks, times
from phonesync.driver import fields
from phonesync.driver.markup import (
    Element,
    HtmlPage,
    is_utf8,
    read_html,
    read_json,
    read_json_object,
    script_text,
    values_under,
    visible_text,
)
from phonesync.driver.script import Literal, assigned_string, called_with
from phonesync.errors import UnexpectedResponse
from phonesync.model import CallLogEntry

_RECORD_FIELDS = frozenset(
    {
        "local_name",
        "local_server",
        "remote_display",
        "remote_name",
        "remote_server",
        "duration",
        "number_of_times",
    }
)
_SERVLET_TIME, _JSON_TIME = "born_tick_datetime", "datetime"
_KNOWN_FIELDS = {
    _SERVLET_TIME: _RECORD_FIELDS | {_SERVLET_TIME},
    _JSON_TIME: _RECORD_FIELDS | {_JSON_TIME, "type"},
}
"""By the name of the field that holds the time."""

_NOT_UTF8 = "bytes that are not UTF-8"


@dataclass(slots=True, kw_only=True)
class Lists:
    """What one answer showed, in the phone's own order.

    Attributes:
        rows: List code to rows.
        unknown: What was sent and is not known.
    """

    rows: dict[str, list[CallLogEntry]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def add(self, entry: CallLogEntry) -> None:
        """Appends a row to its list."""
        self.rows.setdefault(entry.list_code, []).append(entry)


# --- v70: records between 0xFE and fields between 0xFF -----------------------------------------------------

_V70_FIELDS = 7
_V70_NUMBER = 6
_V70_UNREAD = range(3, 6)


def parse_basic(content: bytes) -> Lists:
    """``var Cfgdata2="…"``: type, date without year, ``HH:MM``, three unknown fields, number.

    The separators are single bytes, so the page is read as Latin-1. Records of fewer fields are passed over
    and reported.

    Raises:
        UnexpectedResponse: Not this page, cut, or with a row that cannot be read.
    """
    literal = _data_literal(content, "Cfgdata2", encoding="latin-1")
    behind = literal.rest.lstrip(" \t")[:1]
    if behind not in {";", ",", "\n", "\r", ""}:
        raise UnexpectedResponse("The call list holds a quote inside its text.")
    lists = Lists()
    short = 0
    for record in literal.value.split("\xfe"):
        parts = record.split("\xff")
        if len(parts) >= _V70_FIELDS:
            lists.add(_basic_row(parts))
            lists.unknown.update(f"Cfgdata2[{place}]" for place in _V70_UNREAD if parts[place].strip())
            if len(parts) > _V70_FIELDS:
                lists.unknown.add(f"Cfgdata2[{_V70_FIELDS}]")
        elif record.strip():
            short += 1
    if short:
        lists.unknown.add(f"Cfgdata2: {short} records with fewer than {_V70_FIELDS} fields, passed over")
    return lists


def _basic_row(parts: list[str]) -> CallLogEntry:
    code, date, clock = (fields.storable(part.strip()) for part in parts[:3])
    if not code.isascii() or not code.isdigit():
        raise UnexpectedResponse("A row of the call list has no type.")
    party = fields.party(fields.shown(parts[_V70_NUMBER]))
    return CallLogEntry(
        list_code=code,
        remote_number=party.number,
        remote_host=party.host,
        shown_at=f"{date} {clock}",
        wall=times.without_year(date.replace(",", " ").split(), clock),
    )


def _data_literal(content: bytes, name: str, *, call: str = "", encoding: str = "utf-8") -> Literal:
    """The literal that holds the data of a page.

    A display name may hold ``</script>``, which ends a script before its literal does; then the literal is
    read from the text of the page, where it still ends at its own quote.
    """
    page = read_html(content, encoding=encoding)
    try:
        found = assigned_string(page.scripts(), name, call=call)
    except UnexpectedResponse:
        found = assigned_string(page.text, name, call=call)
    if found is None:
        raise UnexpectedResponse(f"The page holds no {name}: it is no call list.")
    return found


# --- v71-v73: three HTML tables ----------------------------------------------------------------------------

_V72_LISTS = ("Dialed", "Missed", "Received")
_V72_DATE, _V72_CLOCK, _V72_PARTY = 1, 2, 5


def parse_form(content: bytes) -> Lists:
    """Elements ``Call…ListContent`` with a table each: date without year, ``HH:MM``, ``number@host``.

    The forwarded list has never been read; where an element with its supposed id stands and every row
    passes the checks, it is taken, else only reported.

    Raises:
        UnexpectedResponse: Not this page, cut, or with a row that cannot be read.
    """
    page = read_html(content)
    lists = Lists()
    if page.is_cut:
        raise UnexpectedResponse("The page is cut: it has no end.")
    for code in _V72_LISTS:
        container = page.by_id(f"Call{code}ListContent")
        if container is None:
            raise UnexpectedResponse(f"The page lacks the list {code}: it is no call list, or was cut.")
        lists.rows[code] = _table_rows(page, container, code)
    forwarded = page.by_id(f"Call{quirks.FORWARDED_V72}ListContent")
    if forwarded is not None:
        try:
            lists.rows[quirks.FORWARDED_V72] = _table_rows(page, forwarded, quirks.FORWARDED_V72)
        except UnexpectedResponse:
            lists.unknown.add("CallForwardedListContent, in a form that is not known")
    if not is_utf8(content):
        lists.unknown.add(_NOT_UTF8)
    return lists


def _table_rows(page: HtmlPage, container: Element, code: str) -> list[CallLogEntry]:
    if page.is_left_open(container):
        raise UnexpectedResponse(f"The page is cut inside the list {code}.")
    if container.tag not in {"table", "tbody"} and next(container.iter("table", "tr"), None) is None:
        raise UnexpectedResponse(f"The list {code} holds no table.")
    found = []
    for row in container.iter("tr"):
        cells = row.findall("td")
        if len(cells) > _V72_PARTY:
            found.append(_table_row(cells, code))
        elif any(_looks_like_a_call(cell) for cell in cells):
            raise UnexpectedResponse(f"A row of the list {code} has fewer cells than known.")
    return found


def _table_row(cells: list[Element], code: str) -> CallLogEntry:
    words = _translated(cells[_V72_DATE])
    clock = visible_text(cells[_V72_CLOCK])
    if next(cells[_V72_PARTY].iter("script"), None) is not None:
        raise UnexpectedResponse(f"A row of the list {code} shows its number by a script.")
    party = fields.party(fields.shown(visible_text(cells[_V72_PARTY])))
    return CallLogEntry(
        list_code=code,
        remote_number=party.number,
        remote_host=party.host,
        shown_at=f"{' '.join(words)} {clock}",
        wall=times.without_year(words, clock),
    )


def _translated(cell: Element) -> list[str]:
    """The English words that a cell hands to the page's translator."""
    scripts = "\n".join(script_text(element) for element in cell.iter("script"))
    return [word for text in called_with(scripts, "T") for word in text.split()]


def _looks_like_a_call(cell: Element) -> bool:
    return times.is_clock(visible_text(cell)) or len(_translated(cell)) == times.DATE_WORDS


# --- v82-v86: g_callloglist, and v85-v87: JSON -------------------------------------------------------------


def parse_servlet(content: bytes) -> Lists:
    """``g_callloglist = g_json.ParseJSON("…")``: type → running key → record.

    Rows stand in the order of their running keys.

    Raises:
        UnexpectedResponse: Not this page, cut, or with a record that cannot be read.
    """
    literal = _data_literal(content, "g_callloglist", call="g_json.ParseJSON")
    tree = read_json_object(literal.value)
    lists = Lists()
    for name, records in tree.items():
        code = _type(name)
        lists.rows.setdefault(code, []).extend(
            _record(record, code=code, time_field=_SERVLET_TIME, unknown=lists.unknown)
            for record in _in_order(records)
        )
    if not is_utf8(content):
        lists.unknown.add(_NOT_UTF8)
    return lists


def _in_order(records: Any) -> Iterable[Any]:
    if isinstance(records, list):
        return records
    if not isinstance(records, dict) or not all(key.isascii() and key.isdigit() for key in records):
        raise UnexpectedResponse("A list is not a set of records with running numbers.")
    return [records[key] for key in sorted(records, key=int)]


def parse_json(content: bytes) -> Lists:
    """JSON with ``calls`` at some place of its tree: an array of records that carry their ``type``.

    Raises:
        UnexpectedResponse: Not this answer, cut, or with a record that cannot be read.
    """
    tree = read_json(content)
    if not isinstance(tree, dict) or tree.get("ret") != "ok":
        raise UnexpectedResponse("The phone did not answer with its call lists.")
    found = list(values_under(tree, "calls"))
    if len(found) != 1 or not isinstance(found[0], list):
        raise UnexpectedResponse("The answer does not hold one array of calls.")
    lists = Lists()
    for record in found[0]:
        if not isinstance(record, dict):
            raise UnexpectedResponse("A call is not a record.")
        code = _type(record.get("type"))
        lists.add(_record(record, code=code, time_field=_JSON_TIME, unknown=lists.unknown))
    if not is_utf8(content):
        lists.unknown.add(_NOT_UTF8)
    return lists


def _type(value: Any) -> str:
    text = None if isinstance(value, bool) else fields.shown(value)
    if text is None or not text.isascii() or not text.isdigit():
        raise UnexpectedResponse("A row of the call list has no type.")
    return str(int(text))


def _record(record: Any, *, code: str, time_field: str, unknown: set[str]) -> CallLogEntry:
    if not isinstance(record, dict) or time_field not in record or "remote_name" not in record:
        raise UnexpectedResponse(f"A row of the call list lacks {time_field} or remote_name.")
    if not record.keys() <= _KNOWN_FIELDS[time_field]:
        unknown.update(fields.storable(name) for name in record.keys() - _KNOWN_FIELDS[time_field])
    shown_at = fields.shown(record[time_field])
    if shown_at is None:
        raise UnexpectedResponse("A row of the call list has no time.")
    host = fields.shown(record.get("remote_server"))
    party = fields.party(fields.shown(record["remote_name"]), host=host)
    return CallLogEntry(
        list_code=code,
        account=fields.shown(record.get("local_name")),
        remote_number=party.number,
        remote_host=party.host,
        remote_name=fields.shown(record.get("remote_display")),
        shown_at=shown_at,
        wall=times.with_year(shown_at),
        duration_s=_duration(record.get("duration"), unknown),
        count=fields.repeats(record.get("number_of_times")),
    )


def _duration(value: Any, unknown: set[str]) -> int | None:
    """The duration; one that cannot be read is reported and not claimed, for it identifies nothing."""
    try:
        return fields.duration_s(value)
    except UnexpectedResponse:
        unknown.add("duration, in a form that is not known")
        return None


# --- Which page, which parser ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """Where a generation shows its lists, and how they are read.

    Attributes:
        path: Path and query; the JSON generation adds the time.
        parse: Bytes to rows.
    """

    path: str
    parse: Callable[[bytes], Lists]


_SERVLET_PAGE = ListPage(path="/servlet?m=mod_data&p=contacts-callinfo&q=load", parse=parse_servlet)

PAGES: Mapping[str, ListPage] = MappingProxyType(
    {
        quirks.V70: ListPage(path="/cgi-bin/ConfigManApp.com?Id=34", parse=parse_basic),
        quirks.V72: ListPage(path="/servlet?p=contacts-callinfo&q=load", parse=parse_form),
        quirks.V84: _SERVLET_PAGE,
        quirks.V86: _SERVLET_PAGE,
        quirks.JSON: ListPage(path="/api/contacts/calllog?type=0&p=ContactsCalllog", parse=parse_json),
    }
)
