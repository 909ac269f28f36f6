"""What stands in one field of a row: text, remote party, duration, number of repeats, date words."""

from __future__ import annotations

from typing import Any, NamedTuple

from phonesync.errors import UnexpectedResponse

_PLAIN_USER = frozenset("0123456789+*#")
_SCHEMES = ("sips:", "sip:", "tel:")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_ABBREVIATION = 3
_LONGEST_DURATION_S = 10 * 366 * 24 * 3600
_FEW_DIGITS = 9
"""Fewer digits than these are no more than ten years of seconds."""

_MOST_REPEATS = 100_000
_MOST_DURATION_PARTS = 3


class Party(NamedTuple):
    """A remote party: user part and host, each None where none is shown."""

    number: str | None
    host: str | None


def shown(value: Any) -> str | None:
    """A field as text, or None where it is missing or blank.

    Characters stay as shown, but for those that no store can hold: NUL and half a surrogate pair become
    U+FFFD.

    Args:
        value: A JSON string, whole number or null.

    Raises:
        UnexpectedResponse: Any other JSON value.
    """
    if isinstance(value, str):
        return storable(value) if value and not value.isspace() else None
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise UnexpectedResponse("A field of a row is neither text nor a number.")


def storable(text: str) -> str:
    """The text with NUL and halves of surrogate pairs replaced by U+FFFD, whole pairs joined."""
    if text.isprintable():  # neither of the two is
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\0", "�")


def party(text: str | None, *, host: str | None = None) -> Party:
    """User part and host of a remote party: no scheme, no parameters, characters untouched.

    ``sip:123@192.0.2.20;user=phone`` → ``123``, ``192.0.2.20``; ``+7495;phone-context=x`` → ``+7495``.

    Args:
        text: As shown, in any of the forms ``number``, ``number@host``, ``sip:number@host;parameters``.
        host: The host, where the phone shows it in a field of its own.
    """
    if text is None or _PLAIN_USER.issuperset(text):
        return Party(text, host)
    rest = text
    if rest.startswith("<") and rest.endswith(">"):
        rest = rest[1:-1]
    scheme = next((word for word in _SCHEMES if rest[: len(word)].lower() == word), "")
    user, at, behind = rest[len(scheme) :].partition("@")
    user, semicolon, parameters = user.partition(";")
    if semicolon and not (scheme or at or "=" in parameters):
        user = f"{user};{parameters}"
    shown_host = behind.partition(";")[0].partition("?")[0]
    return Party(user if user.strip() else None, shown_host or host)


def duration_s(value: Any) -> int | None:
    """A duration in seconds, written as seconds, ``m:s`` or ``h:m:s``; None where none is shown.

    Raises:
        UnexpectedResponse: Written otherwise, or longer than ten years.
    """
    text = shown(value)
    if text is None:
        return None
    if text.isdecimal() and text.isascii() and len(text) < _FEW_DIGITS:
        return int(text)
    parts = text.strip().split(":")
    if len(parts) > _MOST_DURATION_PARTS or not all(_is_digits(part) for part in parts):
        raise UnexpectedResponse("A duration is written in a way that is not known.")
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + int(part)
    if seconds > _LONGEST_DURATION_S:
        raise UnexpectedResponse("A duration is longer than ten years.")
    return seconds


def repeats(value: Any) -> int:
    """How many calls a row stands for: 1 where the field is missing, empty or 0.

    Raises:
        UnexpectedResponse: Not a number, or one that no list can hold.
    """
    text = shown(value)
    if text is None:
        return 1
    if not _is_digits(text.strip()) or int(text) > _MOST_REPEATS:
        raise UnexpectedResponse("The number of repeats of a row is not a number.")
    return max(int(text), 1)


def whole_number(text: str) -> int:
    """Digits, blanks around them ignored.

    Raises:
        UnexpectedResponse: Anything else.
    """
    if not _is_digits(text.strip()):
        raise UnexpectedResponse("A date or time holds something that is not a number.")
    return int(text)


def weekday(word: str) -> int:
    """0 for Monday, from an English weekday, abbreviated or not.

    Raises:
        UnexpectedResponse: Another word.
    """
    return _position(word, _WEEKDAYS, "weekday")


def month(word: str) -> int:
    """1 for January, from an English month, abbreviated or not.

    Raises:
        UnexpectedResponse: Another word.
    """
    return _position(word, _MONTHS, "month") + 1


def _position(word: str, names: tuple[str, ...], kind: str) -> int:
    wanted = word.strip().rstrip(".").lower()
    for position, name in enumerate(names):
        if wanted in {name, name[:_ABBREVIATION]}:
            return position
    raise UnexpectedResponse(f"A date shows no English {kind} where one is expected.")


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len("99999999999")
