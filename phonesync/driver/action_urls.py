"""Writes the addresses that phones call for their events, and reads what they call.

Phones fill variables into the query and are careless about it: values arrive unescaped, with ``&``, ``?``,
``=`` and blanks in them; a variable that a phone does not know, or has no value for, arrives as it was
written (``$remote``). So a query is not split at each ``&``, but only before a key of ours, in our order, and
the name of the remote party, which may hold anything, goes last.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from phonesync.driver.events import ActionUrl, ActionUrls
from phonesync.driver.fields import Party, duration_s, party, storable
from phonesync.errors import ConfigError, UnexpectedResponse
from phonesync.model import Direction, EventKind, PhoneEvent

KEYS = ("c", "a", "l", "r", "d", "w", "n")
"""Our keys in the order they are written in: call id, account, local and remote party, duration, direction,
name of the remote party."""

_NAME = "n"
_DISPENSABLE = ("w", "n", "a", "l", "d")
"""What an event can do without, least wanted first: never its call, nor the other party."""
_UNFILLED = re.compile(r"\$[A-Za-z][A-Za-z0-9_-]*|\$\$[A-Za-z0-9_-]+\$\$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_NAMED = re.compile(r"(?P<name>[^<]*)<(?P<address>[^>]*)>?.*")
_ESCAPED = re.compile("%[0-9A-Fa-f]{2}")
_FORM_ESCAPED = re.compile(rb"sips?%3A|%40", re.IGNORECASE)
"""What every escaped SIP address holds."""

_DIRECTIONS = {
    EventKind.INCOMING: Direction.INBOUND,
    EventKind.MISSED: Direction.INBOUND,
    EventKind.REJECTED: Direction.INBOUND,
    EventKind.FORWARDED: Direction.INBOUND,
    EventKind.OUTGOING: Direction.OUTBOUND,
    EventKind.CANCELLED: Direction.OUTBOUND,
    EventKind.BUSY: Direction.OUTBOUND,
}
"""What the event itself says."""

_DIRECTION_WORDS = {
    **dict.fromkeys(("in", "incoming", "inbound", "received", "terminating"), Direction.INBOUND),
    **dict.fromkeys(("out", "outgoing", "outbound", "dialed", "dialled", "originating"), Direction.OUTBOUND),
}
"""No sheet gives the words that phones write, so each likely one is understood and any other says nothing."""


class _Side(NamedTuple):
    """One party of a call and the name written beside its address, each None where none is."""

    party: Party
    name: str | None


def address(urls: ActionUrls, one: ActionUrl, base: str) -> str:
    """The address that a phone is told to call for an event.

    Where it would be longer than the phone takes, variables are left out, those that matter least first.

    Args:
        urls: What its generation reports.
        one: The event.
        base: Address of its events without the word, without a slash at the end.

    Raises:
        ConfigError: It is longer than the phone takes even so.
    """
    keys = list(keys_of(urls, one))
    whole = _written(urls, one, base, keys)
    for dispensable in _DISPENSABLE:
        if urls.most_characters is not None and len(whole) > urls.most_characters and dispensable in keys:
            keys.remove(dispensable)
            whole = _written(urls, one, base, keys)
    if urls.most_characters is not None and len(whole) > urls.most_characters:
        raise ConfigError(
            f"The address of the event {one.setting} has {len(whole)} characters; "
            f"this phone takes {urls.most_characters}.",
            hint="Shorten public_url in the section [web].",
        )
    return whole


def _written(urls: ActionUrls, one: ActionUrl, base: str, keys: list[str]) -> str:
    query = "&".join(f"{key}={urls.variables[key]}" for key in keys)
    return f"{base}/{one.word}?{query}" if query else f"{base}/{one.word}"


def keys_of(urls: ActionUrls, one: ActionUrl) -> tuple[str, ...]:
    """Our keys that stand in the address of an event, in our order."""
    wanted = KEYS if one.keys is None else one.keys
    return tuple(key for key in KEYS if key in urls.variables and key in wanted)


def parse(word: str, query: str | bytes, urls: ActionUrls, *, accounts: Collection[str]) -> PhoneEvent | None:
    """What a phone reports; None where ``word`` is none of its events.

    Args:
        word: The last part of the path.
        query: Everything behind the first ``?``, as sent.
        urls: What phones of its generation report.
        accounts: User parts of the phone's own accounts, as far as they are known.
    """
    one = next((url for url in urls.urls if url.word == word), None)
    if one is None:
        return None
    sent = query if isinstance(query, bytes) else query.encode("utf-8", "replace")
    parts = _with_blanks(_split(sent, keys_of(urls, one)))
    values = {key: value for key, raw in parts if (value := _value(raw, name=key == _NAME))}
    in_use = party(values.get("a")).number
    local, remote = _side(values.get("l")), _side(values.get("r"))
    name = values.get(_NAME) or remote.name
    if not urls.own_is_local and _are_swapped(local, remote, accounts, in_use):
        local, remote = remote, local
        name = remote.name
    said = _DIRECTION_WORDS.get(values.get("w", "").lower())
    return PhoneEvent(
        kind=one.kind,
        call_id=values.get("c"),
        account=in_use or local.party.number,
        remote_number=remote.party.number,
        remote_host=remote.party.host,
        remote_name=_unquoted(name),
        duration_s=_duration(values.get("d")),
        direction=_DIRECTIONS.get(one.kind, said),
    )


def _split(query: bytes, keys: Collection[str]) -> list[tuple[str, bytes]]:
    """Our keys with their values as sent: each value ends only where the next key of ours begins."""
    rest = b"&" + query
    found: list[tuple[str, int, int]] = []
    place = 0
    for key in keys:
        mark = f"&{key}=".encode()
        begin = rest.find(mark, place)
        if begin >= 0:
            place = begin + len(mark)
            found.append((key, begin, place))
    ends = [*(begin for _, begin, _ in found), len(rest)][1:]
    return [(key, rest[start:end]) for (key, _, start), end in zip(found, ends, strict=True)]


def _with_blanks(parts: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The same, with a name's blanks that were written ``+``, as forms do.

    Only where the other values show that this phone escapes them: a plus itself would be escaped too.
    """
    escapes = any(_FORM_ESCAPED.search(raw) for key, raw in parts if key != _NAME)
    return [
        (key, raw.replace(b"+", b" ") if key == _NAME and escapes and b"%20" not in raw else raw)
        for key, raw in parts
    ]


def _value(raw: bytes, *, name: bool) -> str | None:
    """A value as text; None where it is empty, or a variable that the phone has not filled in."""
    content = unquote_to_bytes(raw)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    text = storable(_CONTROL.sub(" " if name else "", text)).strip()
    return None if not text or _UNFILLED.fullmatch(text) else text


def _side(value: str | None) -> _Side:
    """``"Name" <sip:user@host>``, ``sip:user@host;user=phone``, ``user@host`` or ``user``."""
    if value is None:
        return _Side(Party(None, None), None)
    named = _NAMED.fullmatch(value)
    if named is None:
        return _Side(_party(value), None)
    return _Side(_party(named["address"]), named["name"].strip() or None)


def _party(text: str) -> Party:
    """A party whose user part may still be escaped, because it stood escaped in its SIP address."""
    shown = party(text.strip())
    if shown.number is None or not _ESCAPED.search(shown.number):
        return shown
    return Party(_value(shown.number.encode(), name=False), shown.host)


def _unquoted(name: str | None) -> str | None:
    """A display name without the quotes it is wrapped in."""
    if name is None:
        return None
    wrapped = len(name) > 1 and name[0] == name[-1] == '"'
    return (name[1:-1].replace('\\"', '"').strip() or None) if wrapped else name


def _are_swapped(local: _Side, remote: _Side, accounts: Collection[str], in_use: str | None) -> bool:
    """The party called remote is an account of the phone, and the one called local is none."""
    own = {number for number in (*accounts, in_use) if number is not None}
    return remote.party.number in own and local.party.number not in own


def _duration(text: str | None) -> int | None:
    """Seconds; None where none are said, or in a way that nobody knows."""
    try:
        return duration_s(text)
    except UnexpectedResponse:
        return None
