"""Texts of strangers made fit to be kept: names, and cells with numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from unicodedata import category, normalize

from phonesync.contacts.values import Found, Place, Remark
from phonesync.model import ContactNumber, NumberKind

LONGEST_NAME = 1000
"""Characters; a longer name is cut. No phone shows a tenth of that."""

LONGEST_NUMBER = 64
MOST_NUMBERS = 200
"""Of one contact."""

_JOINERS = "\u200c\u200d"
"""Without them emoji and Persian names fall apart; all other invisible signs go."""

_BETWEEN = re.compile(r"[,;\n\r|]+")
_SHORTENED = re.compile(r"[0-9][.,][0-9]+E\+[0-9]+", re.IGNORECASE)
_FORMULA = re.compile(r'="?(.*?)"?', re.DOTALL)
_AFTER = re.compile(r"(?:доб|вн|ext|x|#)[\w.]*[\s:.]*[0-9]", re.IGNORECASE)
_SCHEME = re.compile(r"^(?:tel|callto):", re.IGNORECASE)
_SHOWN = 40


def clean(text: str | None) -> str | None:
    """A text on one line without invisible signs; None where nothing is left.

    Control characters become blanks. What steers the direction of writing is left out: it could turn what
    stands beside it. Halves of surrogate pairs become U+FFFD.
    """
    if text is None:
        return None
    kept = (_cleaned(letter) for letter in normalize("NFC", text))
    return " ".join("".join(kept).split())[:LONGEST_NAME].strip() or None


def numbers_of(cell: str, kind: NumberKind) -> tuple[list[ContactNumber], list[str]]:
    """The numbers of one cell, and why others of it are none.

    Args:
        cell: One number, or several with commas, semicolons or line ends between them.
        kind: What they are for.

    Returns:
        Numbers, and a reason for each piece that is none.
    """
    numbers: list[ContactNumber] = []
    reasons: list[str] = []
    for piece in _pieces(cell):
        text = clean(_bare(piece))
        # What is dialled after a number is none of its own: it would pass for an internal one of ours.
        if text is None or (numbers and _AFTER.match(text)):
            continue
        text = _SCHEME.sub("", text).strip()
        reason = _reason_against(text)
        if reason is None:
            numbers.append(ContactNumber(number=text, kind=kind))
        else:
            reasons.append(reason)
    return numbers, reasons


def made(
    *,
    names: Sequence[str | None],
    numbers: Iterable[tuple[str, NumberKind]],
    place: Place,
    uid: str | None = None,
    company: str | None = None,
    department: str | None = None,
    card: str | None = None,
    etag: str | None = None,
) -> tuple[Found | None, list[Remark]]:
    """A contact of raw texts, and what is not right about them.

    Args:
        names: The first that is not empty is its name; the company is the last resort.
        numbers: Cells and what their numbers are for.
        place: Where it stands.
        uid: What its source tells it apart by.
        company: Where they work.
        department: Of that company.
        card: Address of its card.
        etag: Of that card.

    Returns:
        None in place of a contact without a name or without a number.
    """
    found: dict[str, ContactNumber] = {}
    reasons: list[str] = []
    for cell, kind in numbers:
        some, against = numbers_of(cell, kind)
        reasons += against
        for number in some:
            found.setdefault(number.number, number)
    if len(found) > MOST_NUMBERS:
        reasons.append(f"has {len(found)} numbers; the first {MOST_NUMBERS} were taken")
    firm = clean(company)
    name = next((text for text in map(clean, names) if text), firm)
    if name is None or not found:
        whole = "has no name" if name is None else f"{_quoted(name)} has no number"
        return None, [Remark(place=place, reason="; ".join([whole, *reasons]))]
    contact = Found(
        name=name,
        numbers=tuple(found.values())[:MOST_NUMBERS],
        place=place,
        uid=clean(uid),
        company=firm,
        department=clean(department),
        card=card,
        etag=etag,
    )
    return contact, [Remark(place=place, reason=reason, kept=True) for reason in reasons]


def _cleaned(letter: str) -> str:
    if letter.isprintable() or letter in _JOINERS:
        return letter
    kind = category(letter)
    if kind == "Cs":
        return "\ufffd"
    return "" if kind == "Cf" else " "


def _bare(cell: str) -> str:
    """A cell without what keeps a spreadsheet from taking a number for a sum: ``'+7…``, ``="8495…"``."""
    text = cell.strip()
    formula = _FORMULA.fullmatch(text)
    return (formula[1] if formula else text).removeprefix("'")


def _pieces(cell: str) -> list[str]:
    """The numbers of a cell. In a URI and in a shortened number the signs between mean something else."""
    bare = _bare(cell)
    if re.match(r"(?:sips?|tel):", bare, re.IGNORECASE) or _SHORTENED.fullmatch(bare):
        return [bare]
    return _BETWEEN.split(bare)


def _reason_against(text: str) -> str | None:
    if len(text) > LONGEST_NUMBER:
        return f"{_quoted(text)} is too long for a number"
    if _SHORTENED.fullmatch(text):
        return f"{_quoted(text)} was shortened by a spreadsheet; its digits are lost"
    if not re.search("[0-9]", text):
        return f"{_quoted(text)} is no number"
    return None


def _quoted(text: str) -> str:
    return f'"{text[:_SHOWN]}{"…" if len(text) > _SHOWN else ""}"'
