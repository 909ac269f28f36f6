"""Rewrites answers: every original by its replacement, in one pass, so that nothing is replaced twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address

from phonesync.testing.capture import times
from phonesync.testing.capture.invented import (
    CONSTANTS,
    FIRST_EXTERNAL,
    PAGE_WORDS,
    SHORTEST_NUMBER,
    Invented,
    is_common,
)
from phonesync.testing.capture.originals import Originals
from phonesync.testing.capture.spelled import (
    as_bytes,
    as_text,
    inner,
    mixed,
    mixes,
    outer,
    respelled,
    spellings,
)
from phonesync.testing.capture.times import Shift

Replace = Callable[[re.Match[str]], str]

_WORD = "0-9A-Za-z_\x80-\xfd"
"""Characters that go on a word: 0xFE and 0xFF are in no UTF-8, and some phones separate fields by them."""

_ESCAPE = re.compile(r"\\+u[0-9A-Fa-f]{4}|&#?\w{1,8};|%[0-9A-Fa-f]{2}|\\+x[0-9A-Fa-f]{2}")
_MAC = re.compile(
    r"(?<![0-9A-Fa-f:-])[0-9A-Fa-f]{2}(?P<s>[:-])[0-9A-Fa-f]{2}(?:(?P=s)[0-9A-Fa-f]{2}){4}(?![0-9A-Fa-f])"
)
_DOTTED_MAC = re.compile(r"(?<![0-9A-Fa-f.])[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}(?![0-9A-Fa-f.])")
_PLAIN_MAC = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]*[A-Fa-f])(?=[A-Fa-f]*[0-9])[0-9A-Fa-f]{12}(?![0-9A-Za-z])")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)")
_IPV6 = re.compile(r"(?<![0-9A-Za-z:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![0-9A-Za-z:.])")
_LONG_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{16,}(?![0-9A-Za-z])")
_LONG_WORD = re.compile(
    r"(?<![0-9A-Za-z+/_-])(?=[A-Za-z+/_-]*[0-9])(?=[0-9+/_-]*[A-Za-z])[A-Za-z0-9+_-][A-Za-z0-9+/_-]{19,}={0,2}"
)
_SERIAL = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]*[A-Z])(?=(?:[A-Z]*[0-9]){4})[0-9A-Z]{10,}(?![0-9A-Za-z])")
_DIGITS = re.compile(r"(?<!\d)\d{5,}(?!\d)")
_FORMATTED = re.compile(r"(?<![\w.])\+?\d{1,3}[ -]?\(?\d{2,5}\)?(?:[ -]\d{2,4}){2,4}(?![\w.-])", re.ASCII)
_BEFORE_SHORT = r"(?:(?<![0-9A-Za-z._-])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt]))"
_AFTER_SHORT = r"(?![0-9A-Za-z_]|\.\d)"
_BETWEEN = r"[ ().\-/]{0,2}"

DROPPED = frozenset(
    {
        *("age", "connection", "content-encoding", "content-length", "date", "etag", "expires", "keep-alive"),
        *("last-modified", "transfer-encoding", "via"),
    }
)
"""Headers that say something of one transmission and nothing of the phone."""


class Rewriter:
    """Rewrites what a phone said.

    Args:
        originals: What is known.
        invented: Where replacements come from.
        shift: What moves dates.
        password: The phone's password.
    """

    def __init__(self, originals: Originals, invented: Invented, shift: Shift, *, password: str) -> None:
        self._invented = invented
        self._shift = shift
        self._known_numbers = {"".join(filter(str.isdigit, text)) for text in originals.numbers}
        known = dict(_spelled_pairs(originals, invented, password))
        self._rules: list[tuple[re.Pattern[str], Replace]] = []
        # A name may begin with what stays: it goes first.
        for name in sorted(filter(mixes, originals.names), key=_longest_first):
            self._add_mixed(name)
        around = {text for text in known if any(inner(word) in text for word in originals.kept)}
        self._add(_anywhere({text: known[text] for text in around}), lambda found: known[found[0]])
        self._add(_kept(originals.kept), lambda found: found[0])
        self._add(_anywhere(known), lambda found: known[found[0]])
        self._add(_macs(originals.macs), lambda found: invented.mac(found[0]))
        self._add(_hosts(originals.hosts), lambda found: invented.host(found[0]))
        self._add(_ESCAPE, lambda found: found[0])
        self._add_times()
        self._add_forms()
        self._add(_numbers(self._known_numbers), lambda found: invented.number(found[0]))

    def text(self, text: str) -> str:
        """A text of an answer (see :mod:`~phonesync.testing.capture.spelled`), rewritten."""
        return "".join(self._pieces(text))

    def value(self, value: str) -> str:
        """A decoded value, rewritten as it is in an answer."""
        return outer(self.text(inner(value)))

    def content(self, content: bytes) -> bytes:
        """A body, rewritten."""
        return as_bytes(self.text(as_text(content)))

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Headers of an answer, rewritten, without those of the transmission."""
        return tuple(
            (name, outer(self.text(inner(value)))) for name, value in headers if name.lower() not in DROPPED
        )

    def _add(self, pattern: re.Pattern[str] | None, replace: Replace) -> None:
        if pattern is not None:
            self._rules.append((pattern, replace))

    def _add_mixed(self, name: str) -> None:
        replacement = self._invented.name(name)
        self._add(re.compile(mixed(name)), lambda found: respelled(found.groups(), name, replacement))

    def _add_times(self) -> None:
        shift = self._shift
        self._add(re.compile(times.ISO), shift.numeric)
        self._add(re.compile(times.DAY_FIRST), shift.numeric)
        self._add(re.compile(times.MONTH_DAY, re.IGNORECASE), shift.worded)
        self._add(re.compile(times.DAY_MONTH, re.IGNORECASE), shift.worded)

    def _add_forms(self) -> None:
        invented = self._invented
        for pattern in (_MAC, _DOTTED_MAC, _PLAIN_MAC):
            self._add(pattern, lambda found: invented.mac(found[0]))
        self._add(_IPV4, lambda found: _address(found[0], invented, IPv4Address))
        self._add(_IPV6, lambda found: _address(found[0], invented, IPv6Address))
        for pattern in (_LONG_HEX, _SERIAL, _LONG_WORD):
            self._add(pattern, lambda found: found[0] if found[0].isdigit() else invented.secret(found[0]))
        self._add(_FORMATTED, lambda found: invented.number(found[0]))
        self._add(re.compile(times.TIME_OF_DAY), lambda found: found[0])
        self._add(_DIGITS, lambda found: self._digits(found[0]))

    def _digits(self, digits: str) -> str:
        """A long run of digits: a time if it is one near the recording and no known number, else a number."""
        if digits not in self._known_numbers:
            for pattern, moved in ((times.EPOCH, self._shift.epoch), (times.COMPACT, self._shift.compact)):
                found = moved(digits) if re.fullmatch(pattern, digits) else None
                if found is not None:
                    return found
        return self._invented.number(digits)

    def _pieces(self, text: str) -> Iterator[str]:
        """The first match of any rule, the earlier rule where two begin at one place; then on behind it."""
        place = 0
        ahead = [pattern.search(text) for pattern, _ in self._rules]
        while True:
            best = None
            for number, (pattern, _) in enumerate(self._rules):
                found = ahead[number]
                if found is not None and found.start() < place:
                    found = ahead[number] = pattern.search(text, place)
                if found is not None and (best is None or found.start() < best[0].start()):
                    best = (found, number)
            if best is None:
                break
            match, number = best
            yield text[place : match.start()]
            yield self._rules[number][1](match)
            place = match.end()
        yield text[place:]


def _spelled_pairs(originals: Originals, invented: Invented, password: str) -> Iterator[tuple[str, str]]:
    """Each spelling of names and secrets with the same spelling of its replacement."""
    plain: dict[str, str] = {}
    for secret in sorted(originals.secrets, key=_longest_first):
        plain[secret] = invented.secret(secret)
    for name in sorted(originals.names, key=_longest_first):
        plain[name] = invented.name(name)
    if len(password) >= SHORTEST_NUMBER and not is_common(password):
        plain[password] = invented.password(password)
    for original, replacement in plain.items():
        if original == replacement:
            continue
        cases: tuple[Callable[[str], str], ...] = (str.upper, str.lower, str)
        for case in cases[2:] if original.lower() in PAGE_WORDS else cases:
            yield from zip(spellings(case(original)), spellings(case(replacement)), strict=True)


def _longest_first(text: str) -> tuple[int, str]:
    return (-len(text), text)


def _anywhere(known: Mapping[str, str]) -> re.Pattern[str] | None:
    """Known spellings, whole words, the longest first."""
    if not known:
        return None
    pieces = [_bounded(text) for text in sorted(known, key=_longest_first)]
    return re.compile("|".join(pieces))


def _bounded(text: str) -> str:
    before = rf"(?<![{_WORD}])" if re.match(rf"[{_WORD}]", text) else ""
    # Behind an escape a word begins, though the escape ends in a letter or digit.
    if before:
        before = rf"(?:{before}|(?<=%[0-9A-Fa-f]{{2}})|(?<=\\[nrtu])|(?<=\\u[0-9A-Fa-f]{{4}}))"
    after = rf"(?![{_WORD}])" if re.search(rf"[{_WORD}]\Z", text) else ""
    return f"{before}{re.escape(text)}{after}"


def _kept(kept: Iterable[str]) -> re.Pattern[str] | None:
    texts = sorted((inner(text) for text in kept if len(text) >= SHORTEST_NUMBER), key=_longest_first)
    return re.compile("|".join(_bounded(text) for text in texts)) if texts else None


def _macs(macs: Iterable[str]) -> re.Pattern[str] | None:
    plain = {"".join(filter(str.isalnum, mac)).lower() for mac in macs}
    pairs = [r"(?:[:.\- ]|%3A|%3a)?".join(re.findall("..", mac)) for mac in sorted(plain)]
    return re.compile("|".join(pairs), re.IGNORECASE) if pairs else None


def _hosts(hosts: Iterable[str]) -> re.Pattern[str] | None:
    texts = sorted(hosts, key=_longest_first)
    pieces = [
        rf"(?<![\d.]){re.escape(host)}(?![\d])"
        if host.replace(".", "").isdigit()
        else (rf"{re.escape(inner(host))}(?![0-9A-Za-z])" if "." in host else _bounded(inner(host)))
        for host in texts
    ]
    return re.compile("|".join(pieces), re.IGNORECASE) if pieces else None


def _numbers(known: Iterable[str]) -> re.Pattern[str] | None:
    pieces = []
    for digits in sorted(known, key=_longest_first):
        if len(digits) >= FIRST_EXTERNAL:
            pieces.append(rf"(?<!\d){_BETWEEN.join(digits)}(?!\d)")
        elif len(digits) >= SHORTEST_NUMBER and digits not in CONSTANTS:
            pieces.append(rf"{_BEFORE_SHORT}{digits}{_AFTER_SHORT}")
    return re.compile("|".join(pieces)) if pieces else None


def _address(text: str, invented: Invented, kind: type[IPv4Address | IPv6Address]) -> str:
    try:
        kind(text)
    except ValueError:
        return text
    return invented.address(text)
