"""Invented values in the place of real ones: the same original always gets the same replacement.

Digits stay digits, letters stay letters of their script, hex stays hex, and nothing changes its length but
addresses and host names: so whatever parses the one parses the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from ipaddress import IPv4Address, IPv6Address, ip_address
from random import Random

from phonesync.errors import PlanRefused

SHORTEST_NUMBER = 3
"""Numbers of one or two digits stay: they name nobody, and stand everywhere."""

FIRST_EXTERNAL = 7
"""From so many digits on a number is one of the public network."""

NATIONAL = 10
"""Two external numbers that agree in their last ten digits are one, however each is prefixed."""

PASSWORD = "Blue-Anchor-42"  # noqa: S105  the one that every fixture has

COMMON = frozenset(
    {
        *("", "account", "admin", "all", "anonymous", "anonymous.invalid", "answered", "call", "call list"),
        *("calllog", "caller", "calls", "contacts", "default", "dialed", "directory", "disabled", "done"),
        *("duration", "enabled", "false", "firmware", "forwarded", "history", "ip phone", "line", "list"),
        *("localhost", "lock", "login", "mac", "missed", "model", "name", "network", "no", "none", "null"),
        *("number", "number withheld", "off", "ok", "on", "password", "phone", "placed", "private"),
        *("received", "refused", "registered", "restricted", "settings", "sip", "status", "system", "time"),
        *("true", "unavailable", "undefined", "unknown", "user", "username", "web", "withheld", "yes"),
    }
)
"""Words that name nobody, in lower case."""

PAGE_WORDS = frozenset(
    {
        *("article", "base", "body", "bold", "button", "case", "center", "class", "code", "color", "content"),
        *("data", "day", "dir", "div", "else", "error", "false", "for", "form", "frame", "function", "get"),
        *("head", "height", "html", "id", "if", "image", "img", "input", "label", "left", "link", "main"),
        *(
            "mark",
            "max",
            "meta",
            "min",
            "new",
            "option",
            "page",
            "path",
            "post",
            "right",
            "root",
            "row",
            "script",
        ),
        *("select", "session", "size", "small", "span", "src", "strong", "style", "summer", "table", "text"),
        *(
            "this",
            "title",
            "token",
            "top",
            "type",
            "url",
            "value",
            "var",
            "version",
            "void",
            "width",
            "window",
        ),
    }
)
"""Words of HTML and scripts, in lower case: a name that is one is replaced in its own letter case only."""

CONSTANTS = frozenset({"010001", "10001", "65537", "00000000", "000000000000"})
"""Digits that are the same on every phone: public exponents of RSA, and nothing."""

_LATIN = ("aeiouy", "bcdfghjklmnpqrstvwxz")
_CYRILLIC = ("аеёиоуыэюя", "бвгджзйклмнпрстфхцчшщъь")
_DOCUMENTATION = ("192.0.2.", "198.51.100.", "203.0.113.")
_BLOCK = 0x80
_TRIES = 500
_TOKEN = re.compile(r"\\u[0-9A-Fa-f]{4}|&#?\w{1,8};|\d+|[^\W\d_]+|.", re.DOTALL)
_KEPT_ADDRESSES = re.compile(r"0\.0\.0\.0|127\.0\.0\.1|255\.\d+\.\d+\.\d+|::1?")


class Invented:
    """Replaces originals, and remembers every one it replaced.

    Args:
        rng: Where invented values come from.
        kept: Texts that stay, also inside of names: model, firmware, vendor.
        seen: Words and runs of digits that occur anywhere in the recording: no replacement is one of them.

    Attributes:
        numbers: Original to replacement: digits of short numbers, the last ten digits of external ones.
        names: Original text to replacement.
        opaque: Cookies, tokens, keys, serials and the like.
        macs: Twelve lower-case hex digits to the same.
        addresses: IP addresses as written.
        hosts: Host names in lower case.
    """

    def __init__(self, rng: Random, *, seen: Collection[str], kept: Collection[str] = ()) -> None:
        self._rng = rng
        words = sorted((word for word in kept if len(word) >= SHORTEST_NUMBER), key=len, reverse=True)
        self._kept = re.compile(f"({'|'.join(map(re.escape, words))})") if words else None
        self._seen = {word.casefold() for word in seen}
        self._words: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.opaque: dict[str, str] = {}
        self.macs: dict[str, str] = {}
        self.addresses: dict[str, str] = {}
        self.hosts: dict[str, str] = {}

    def number(self, text: str) -> str:
        """A number with its digits replaced; what stands between them, and a country's prefix, stay."""
        digits = "".join(filter(str.isdigit, text))
        if len(digits) < SHORTEST_NUMBER or digits in CONSTANTS or not digits.isascii():
            return text
        tail = digits[-NATIONAL:] if len(digits) >= FIRST_EXTERNAL else digits
        if tail not in self.numbers:
            self.numbers[tail] = self._unused(tail, lambda: self._digits(tail))
        fresh = iter(digits[: -len(tail)] + self.numbers[tail])
        return "".join(next(fresh) if character.isdigit() else character for character in text)

    def name(self, text: str) -> str:
        """A name word by word: the same word gives the same word, and everything between stays."""
        if is_common(text):
            return text
        pieces = [text] if self._kept is None else self._kept.split(text)
        # Every second piece is one that stays.
        replaced = "".join(
            piece if number % 2 else "".join(map(self._part, _TOKEN.findall(piece)))
            for number, piece in enumerate(pieces)
        )
        if replaced != text:
            self.names[text] = replaced
        return replaced

    def secret(self, text: str) -> str:
        """A cookie, token, key or serial: each character by another of its kind."""
        if is_common(text) or text in CONSTANTS:
            return text
        if text not in self.opaque:
            self.opaque[text] = self._unused(text, lambda: self._alike(text))
        return self.opaque[text]

    def password(self, text: str) -> str:
        """The password that every fixture has, or another where the phone has that very one."""
        if text not in self.opaque and not is_common(text):
            self.opaque[text] = PASSWORD if text != PASSWORD else PASSWORD[::-1]
        return self.opaque.get(text, PASSWORD)

    def mac(self, text: str) -> str:
        """A MAC of the range for documentation, written as the original is."""
        plain = "".join(filter(str.isalnum, text)).lower()
        if set(plain) <= {"0"} or set(plain) == {"f"}:
            return text
        if plain not in self.macs:
            taken = {*self.macs, *self.macs.values()}
            free = [f"00005e0053{number:02x}" for number in range(1, 256)]
            left = [mac for mac in free if mac not in taken and mac not in self._seen]
            if not left:
                raise PlanRefused("The recording names more MACs than there are invented ones.")
            self.macs[plain] = left[0]
        upper = text != text.lower()
        fresh = iter(self.macs[plain].upper() if upper else self.macs[plain])
        return "".join(next(fresh) if character.isalnum() else character for character in text)

    def address(self, text: str) -> str:
        """An IP address of the ranges for documentation (RFC 5737, RFC 3849)."""
        if _KEPT_ADDRESSES.fullmatch(text):
            return text
        if text not in self.addresses:
            taken = {*self.addresses, *self.addresses.values(), *self._seen}
            pool = (
                (f"{net}{host}" for net in _DOCUMENTATION for host in range(1, 255))
                if isinstance(ip_address(text), IPv4Address)
                else (str(IPv6Address(f"2001:db8::{host:x}")) for host in range(1, 0xFFFF))
            )
            found = next((one for one in pool if one not in taken), None)
            if found is None:
                raise PlanRefused("The recording names more addresses than there are invented ones.")
            self.addresses[text] = found
        return self.addresses[text]

    def host(self, text: str) -> str:
        """An address, or a host name below ``.example``."""
        bare = text.strip("[]")
        if is_address(bare):
            return text.replace(bare, self.address(bare))
        if is_common(text):
            return text
        known = text.lower()
        if known not in self.hosts:
            number = len(self.hosts) + 1
            while f"host-{number}.example" in self._seen:
                number += 1
            self._seen.add(f"host-{number}.example")
            self.hosts[known] = f"host-{number}.example"
        return self.hosts[known]

    def party(self, text: str) -> str:
        """A number, or the user of an address where it is none."""
        return self.number(text) if is_number(text) else self.name(text)

    def _part(self, part: str) -> str:
        if part.isdigit() and part.isascii():
            return self.number(part)
        if not part[0].isalpha():
            return part
        word = part.casefold()
        if len(word) != len(part):
            word = part
        if word not in self._words:
            self._words[word] = self._unused(word, lambda: "".join(map(self._letter, word)))
        return "".join(
            new.upper() if old.isupper() and len(new.upper()) == 1 else new
            for old, new in zip(part, self._words[word], strict=True)
        )

    def _letter(self, letter: str) -> str:
        for letters in (*_LATIN, *_CYRILLIC):
            if letter in letters:
                return self._rng.choice(letters)
        start = ord(letter) - ord(letter) % _BLOCK
        kin = [
            chr(code)
            for code in range(start, start + _BLOCK)
            if chr(code).isalpha() and chr(code).islower() == letter.islower()
        ]
        return self._rng.choice(kin)

    def _digits(self, digits: str) -> str:
        first = "0" if digits[0] == "0" else self._rng.choice("123456789")
        return first + "".join(self._rng.choice("0123456789") for _ in digits[1:])

    def _alike(self, text: str) -> str:
        is_hex = set(text.lower()) <= set("0123456789abcdef")
        letters = "abcdef" if is_hex else "".join(_LATIN)
        found = []
        for place, character in enumerate(text):
            ends = place in {0, len(text) - 1}
            found.append(self._kin(character, letters, exact=is_hex and ends))
        return "".join(found)

    def _kin(self, character: str, letters: str, *, exact: bool) -> str:
        """Another character of the kind; ``exact``: as high and as odd, so that a number stays a key."""
        if not character.isascii() or not character.isalnum():
            return character
        pool = "0123456789" if character.isdigit() else letters
        if exact:
            value = int(character, 16)
            pool = "".join(
                c
                for c in pool
                if int(c, 16) % 2 == value % 2 and (int(c, 16) > 7) == (value > 7)  # noqa: PLR2004  the top bit
            )
        choice = self._rng.choice(pool)
        return choice.upper() if character.isupper() else choice

    def _unused(self, original: str, invent: Callable[[], str]) -> str:
        """A replacement that is no original, and of no other original the replacement."""
        taken = {*self.numbers.values(), *self._words.values(), *self.opaque.values()}
        short = len(original) < SHORTEST_NUMBER
        for _ in range(_TRIES):
            found = invent()
            if short or (found != original and found.casefold() not in self._seen and found not in taken):
                return found
        raise PlanRefused(
            "The recording holds so many different values that no invented one is left for one of them.",
            hint="Capture the phone again when its lists are shorter.",
        )


def is_number(text: str) -> bool:
    """Whether a text is a telephone number: digits, and what stands between them."""
    return any(map(str.isdigit, text)) and set(text) <= set("0123456789+*#().-/ ")


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_common(text: str) -> bool:
    """Whether a text names nobody."""
    return text.strip().casefold() in COMMON
