"""What no log may hold: the secrets that tests plant, what secrets made at random look like, telephone numbers.

A test that plants a secret of a new name adds it here; ``tests/test_kept_logs.py`` finds the forgotten ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SECRETS = (
    "umbrella lantern 7",  # tests.web.people: everybody's password
    "secret-of-",  # tests.web.people: the sessions of everybody
    "sesame",  # the store on a server (tests.postgres), phones and directories
    "sésame",
    "Blue-Anchor-42",
    "Zimt+Stern/71",
    "s+e/c=r;e&t",
    "wr0ng",
    "s3cret",
    "hunter2",
    "planted+Pa55word",
    "t0kent0ken",  # tests.web.test_logs_tell_nothing
    "AbCdEfGhIjKlMnOpQrStUv",  # where a phone reports to
    "shared by all",
    "secret-one",
    "changed by hand",
    "wrong password 1",
    "bind-secret",
)
"""In plain text; each is unlike every other word that is logged."""

TOO_PLAIN = frozenset(
    {"admin", "another", "phonesync", "planted", "plain", "right", "secret", "wrong", "phones"}
)
"""Passwords of tests that are also words of messages: nothing can be told by finding one."""

_MADE = {
    "a token": r"phs_[\w-]{16,}",
    "a secret of 256 bits": r"(?<![\w/.-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{43}(?![\w-])",
    "the address a phone reports to": r"/e/[\w-]{22}(?![\w-])",
    "a digest of a password": r"\$argon2\w*\$",
    "a signed token": r"eyJ[\w-]{10,}\.eyJ",
    "credentials of a request": r"\b(?:Basic|Bearer) (?!\*)[\w+/=.-]{8,}",
    "a private key": r"PRIVATE KEY-----",
    "a second factor": r"otpauth://",
    "a password of the farm": r"Desk(?:\+|%2[bB])\d+(?:/|%2[fF])\d+",
}
_LOOKS = {name: re.compile(pattern) for name, pattern in _MADE.items()}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+")
_DIGITS = re.compile(r"(?<![\w.])\+?\(?\d(?:[ ().-]{0,2}\d){6,}(?!\w)")
_FLOAT = re.compile(r"\d+\.\d+")
_ANY = re.compile(r"\+\d{10,15}|[78]\d{10}")
INVENTED = re.compile(r"5550\d{3}")
"""The exchange that the farm and the tests ring (:mod:`phonesync.farm.people`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Something in a log that may not stand there.

    Attributes:
        number: Of the line, from 1.
        logger: Who wrote it; the module, or the process.
        what: What was found.
        line: All that was said.
    """

    number: int
    logger: str
    what: str
    line: str

    def __str__(self) -> str:
        return f"line {self.number} by {self.logger} holds {self.what}: {self.line[:500]}"


def numbers_in(line: str) -> Iterator[str]:
    """Telephone numbers in a text, international or national, however they are grouped."""
    for match in _DIGITS.finditer(_INSTANT.sub("", line)):
        if _FLOAT.fullmatch(match[0]):
            continue
        bare = re.sub(r"[^\d+]", "", match[0])
        if INVENTED.search(bare) or _ANY.fullmatch(bare):
            yield match[0]


def found_in(line: str) -> Iterator[str]:
    """What a text tells that it may not, in words."""
    yield from (f"the secret {secret!r}" for secret in SECRETS if secret in line)
    yield from (f"{name} {match[0]!r}" for name, look in _LOOKS.items() for match in look.finditer(line))
    yield from (f"the number {number!r}" for number in numbers_in(line))


def leaks(lines: Iterable[str]) -> list[Leak]:
    """Searches what was kept: each line is who wrote it, a tab, and what was said."""
    found = []
    for number, line in enumerate(lines, 1):
        logger, _, said = line.rstrip("\n").partition("\t")
        found += [Leak(number=number, logger=logger, what=what, line=said) for what in found_in(said)]
    return found
