"""Contacts of vCards 2.1, 3.0 and 4.0: files, folders, and single cards of a server.

vobject unfolds lines and decodes quoted-printable in whatever charset. As a whole it gives up a file at the
first line it does not understand, cuts names at a comma, and takes hours for a line of commas; so cards and
properties are told apart here, and only the lines that tell something of a contact are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from vobject.base import ContentLine, ParseError, VObjectError, getLogicalLines

from phonesync.contacts.cleaning import made
from phonesync.contacts.files import content
from phonesync.contacts.text import decode
from phonesync.contacts.values import Found, Harvest, Place, Remark
from phonesync.errors import SourceError
from phonesync.model import NumberKind

MOST_CARDS = 200_000
MOST_FILES = 100_000
LONGEST = 65_536
"""Letters of one property; pictures are none of those that are read."""

ENDINGS = (".vcf", ".vcard")

_WANTED = frozenset({"VERSION", "FN", "N", "NICKNAME", "ORG", "TEL", "UID", "EMAIL"})
_PROPERTY = re.compile(r"(?:[A-Za-z0-9_-]+\.)?([A-Za-z0-9_-]+)\s*[;:]")
_EDGE = re.compile(r"\s*(BEGIN|END)\s*:\s*VCARD\s*", re.IGNORECASE)
_QUOTED_PRINTABLE = re.compile(r"[^:]*QUOTED-PRINTABLE", re.IGNORECASE)
_PART_END = re.compile(r"(?<!\\);")
_ESCAPE = re.compile(r"\\([\\,;:nN])")
_LINE_END = re.compile(r"\r\n|\n|\r")
_UNREADABLE = (VObjectError, ValueError, LookupError, AttributeError, TypeError)
"""What vobject raises at lines it cannot read: its own errors, and those of decoders and of missing parts."""

_KINDS = (
    ("FAX", NumberKind.FAX),
    ("CELL", NumberKind.MOBILE),
    ("MOBILE", NumberKind.MOBILE),
    ("IPHONE", NumberKind.MOBILE),
    ("WORK", NumberKind.WORK),
    ("HOME", NumberKind.HOME),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The lines of one card that tell something of a contact.

    Attributes:
        line: Where it begins, from 1.
        lines: Number of the first line of each property, and its lines.
        closed: False where its end is missing.
    """

    line: int
    lines: tuple[tuple[int, str], ...]
    closed: bool = True


def read(path: Path) -> Harvest:
    """The contacts of a file, or of all files of cards in a folder and below it.

    Raises:
        SourceError: It cannot be read.
    """
    if not path.is_dir():
        return parse(content(path), file=path.name)
    found: list[Found] = []
    remarks: list[Remark] = []
    for file in _files(path):
        name = file.relative_to(path).as_posix()
        try:
            one = parse(content(file), file=name)
        except SourceError as error:
            remarks.append(Remark(place=Place(file=name), reason=error.message))
            continue
        found += one.found
        remarks += one.remarks
    return Harvest(found=tuple(found), remarks=tuple(remarks))


def parse(data: bytes, *, file: str, card: str | None = None, etag: str | None = None) -> Harvest:
    """The contacts of one file of cards.

    Args:
        data: The file.
        file: Its name, for remarks.
        card: Address of the card on its server, or None.
        etag: Of that card.

    Raises:
        SourceError: It has too many cards.
    """
    text, _ = decode(data, None, file=file)
    found: list[Found] = []
    remarks: list[Remark] = []
    for count, one in enumerate(cards(text)):
        if count >= MOST_CARDS:
            raise SourceError(f"{file} has more than {MOST_CARDS} cards.")
        contact, said = _contact(one, file, card=card, etag=etag)
        remarks += said
        if contact is not None:
            found.append(contact)
    if not found and not remarks and text.strip():
        remarks.append(Remark(place=Place(file=file), reason="has no card"))
    return Harvest(found=tuple(found), remarks=tuple(remarks))


def cards(text: str) -> Iterator[Card]:
    """The cards of a text; one that another begins in is taken as cut off there."""
    begun: int | None = None
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(_LINE_END.split(text), 1):
        edge = _EDGE.fullmatch(line)
        if edge is None:
            if begun is not None:
                lines.append((number, line))
            continue
        ends = edge[1].upper() == "END"
        if begun is not None:
            yield Card(line=begun, lines=tuple(_telling(lines)), closed=ends)
        begun, lines = (None if ends else number), []
    if begun is not None:
        yield Card(line=begun, lines=tuple(_telling(lines)), closed=False)


def _telling(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The wanted properties: the number of their first line, and their lines."""
    wanted = soft = quoted = False
    begun, whole = 0, [""]
    for number, line in lines:
        if soft or (line[:1] in {" ", "\t"} and line.strip()):
            if wanted:
                whole.append(line)
        elif line.strip():
            if wanted:
                yield begun, "\n".join(whole)
            match = _PROPERTY.match(line)
            # What is no property follows the one before it, whatever it is: it belongs to a broken text.
            wanted = wanted if match is None else match[1].upper() in _WANTED
            quoted = _QUOTED_PRINTABLE.match(line) is not None
            begun, whole = number, [line]
        soft = quoted and line.endswith("=")
    if wanted:
        yield begun, "\n".join(whole)


def _contact(
    one: Card, file: str, *, card: str | None, etag: str | None
) -> tuple[Found | None, list[Remark]]:
    place = Place(file=file, line=one.line)
    if not one.closed:
        return None, [Remark(place=place, reason="the card has no end")]
    properties: dict[str, list[ContentLine]] = {}
    for number, text in one.lines:
        try:
            line = _property(text)
        except _UNREADABLE as error:
            return None, [_unreadable(error, Place(file=file, line=number))]
        properties.setdefault(line.name, []).append(line)
    return _of(properties, place, card=card, etag=etag)


def _property(text: str) -> ContentLine:
    """One property; its value is as written, but for quoted-printable, which is decoded.

    Raises:
        ValueError: It is too long, or none.
        VObjectError, LookupError, TypeError: Its value cannot be decoded.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a property of more than {LONGEST} letters")
    line, *others = [line for line, _ in getLogicalLines(StringIO(text), allowQP=True)]
    head = next(_split(line, ":"))
    if others or len(head) == len(line):
        raise ParseError("has no value")
    named, *written = _split(head, ";")
    group, _, name = named.rpartition(".")
    # vobject's stubs want a mapping where it takes lists: a name and its values, or a value without a name.
    params: Any = [_parameter(one) for one in written]
    return ContentLine(name.strip(), params, line[len(head) + 1 :], group or None, encoded=True)


def _parameter(text: str) -> list[str]:
    """A name and its values, or a value without a name, as vCard 2.1 has them; encodings in capitals."""
    name, _, values = text.partition("=")
    words = [name, *(_split(values, ",") if values else ())]
    bare = [word.strip().strip('"') for word in words]
    return [word.upper() for word in bare] if len(bare) == 1 or bare[0].upper() == "ENCODING" else bare


def _split(text: str, sign: str) -> Iterator[str]:
    """The parts of a text between signs that stand outside of quotation marks.

    vobject's own expression takes time without an end at a line of commas.
    """
    begun, quoted = 0, False
    for found in re.finditer(f'["{sign}]', text):
        if found[0] == '"':
            quoted = not quoted
        elif not quoted:
            yield text[begun : found.start()]
            begun = found.end()
    yield text[begun:]


def _of(
    properties: dict[str, list[ContentLine]], place: Place, *, card: str | None, etag: str | None
) -> tuple[Found | None, list[Remark]]:
    """A contact of its properties."""

    def values(name: str) -> list[str]:
        return [str(line.value) for line in properties.get(name, ())]

    organisation = next((_parts(value) for value in values("ORG")), [])
    names = [_parts(value) for value in values("N")]
    company = next(iter(organisation), None)
    return made(
        names=[
            *map(_plain, values("FN")),
            *(" ".join(parts[:3]) for parts in names),
            *map(_plain, values("NICKNAME")),
            company,
            *map(_plain, values("EMAIL")),
        ],
        numbers=[(_plain(str(line.value)), _kind(line)) for line in properties.get("TEL", ())],
        place=place,
        uid=next(map(_plain, values("UID")), None),
        company=company,
        department=" ".join(organisation[1:]) or None,
        card=card,
        etag=etag,
    )


def _parts(value: str) -> list[str]:
    """The parts of a structured value, between semicolons."""
    return [_plain(part) for part in _PART_END.split(value)]


def _plain(value: str) -> str:
    """A text without the backslashes that escape signs and line ends."""
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def _kind(line: ContentLine) -> NumberKind:
    """What a number is for. vCard 4.0 writes several types in one quoted text: ``TYPE="work,voice"``."""
    written = [*line.singletonparams, *line.params.get("TYPE", ())]
    types = {word.strip().upper() for text in written for word in text.strip('"').split(",")}
    found = next((kind for word, kind in _KINDS if word in types), None)
    if found is not None:
        return found
    return NumberKind.OTHER if types - {"VOICE", "PREF", ""} else NumberKind.WORK


def _unreadable(error: Exception, place: Place) -> Remark:
    if isinstance(error, ValueError | LookupError):
        return Remark(place=place, reason=f"the card cannot be read: {error}")
    return Remark(place=place, reason="the card cannot be read: this line is no part of a vCard")


def _files(folder: Path) -> list[Path]:
    """The files of cards in a folder and below it, in the order of their names.

    Raises:
        SourceError: The folder cannot be read, or holds too many.
    """
    try:
        found = sorted(
            file for file in folder.rglob("*") if file.suffix.lower() in ENDINGS and file.is_file()
        )
    except OSError as error:
        raise SourceError(f"The folder {folder} cannot be read: {error.strerror}.") from error
    if len(found) > MOST_FILES:
        raise SourceError(f"The folder {folder} holds more than {MOST_FILES} files of cards.")
    return found
