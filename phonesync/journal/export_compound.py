"""A compound file ([MS-CFB], version 3) around an encrypted workbook ([MS-OFFCRYPTO] 2.3.4), in one pass.

Sectors of 512 bytes in this order: the table of tables of sectors beyond the first 109, the tables
themselves, the directory, the small streams with their own table, and last the package, of which no more than
a piece is ever in memory.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from struct import pack
from typing import IO

SECTOR, SMALL = 512, 64
CUTOFF = 4096
"""Streams below it stand among the small ones."""

_END, _FREE, _TABLE, _TABLES = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFC
_NONE = 0xFFFFFFFF
_UNUSED = bytes(68) + pack("<III", _NONE, _NONE, _NONE) + bytes(48)
"""An entry of the directory that stands for nothing; with it the directory fills its sectors."""

_ENTRIES = SECTOR // 4
_IN_HEADER = 109
_STORAGE, _STREAM, _ROOT = 1, 2, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Bytes that are read when their turn comes.

    Attributes:
        size: How many.
        file: Where they begin.
    """

    size: int
    file: IO[bytes]


@dataclass(slots=True, kw_only=True)
class _Item:
    """An entry of the directory; its neighbours and its first child are numbers of entries.

    Attributes:
        name: Of at most 31 characters.
        kind: Storage, stream or root.
        content: Of a small stream.
        left, right, child: In the tree of names.
        start: First sector, or first small sector.
        size: Bytes.
    """

    name: str
    kind: int
    content: bytes = b""
    left: int = _NONE
    right: int = _NONE
    child: int = _NONE
    start: int = 0
    size: int = 0
    black: bool = field(default=True)

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0"
        return (
            name.ljust(64, b"\0")
            + pack("<HBBIII", len(name), self.kind, self.black, self.left, self.right, self.child)
            + bytes(36)  # class, state and times: none
            + pack("<IQ", self.start, self.size)
        )


def _text(text: str) -> bytes:
    """A text as [MS-OFFCRYPTO] writes it: its length in bytes, UTF-16, filled up to four bytes."""
    raw = text.encode("utf-16-le")
    return pack("<I", len(raw)) + raw.ljust(-(-len(raw) // 4) * 4, b"\0")


_SPACE, _TRANSFORM = "StrongEncryptionDataSpace", "StrongEncryptionTransform"
_VERSIONS = pack("<HHHHHH", 1, 0, 1, 0, 1, 0)


def _version() -> bytes:
    """[MS-OFFCRYPTO] 2.1.5."""
    return _text("Microsoft.Container.DataSpaces") + _VERSIONS


def _map() -> bytes:
    """[MS-OFFCRYPTO] 2.1.6: the package lies in the one space there is."""
    entry = pack("<II", 1, 0) + _text("EncryptedPackage") + _text(_SPACE)
    return pack("<II", 8, 1) + pack("<I", len(entry) + 4) + entry


def _space() -> bytes:
    """[MS-OFFCRYPTO] 2.1.7: the one transform of that space."""
    return pack("<II", 8, 1) + _text(_TRANSFORM)


def _primary() -> bytes:
    """[MS-OFFCRYPTO] 2.1.8 and 2.3.4.4 of the transform: nothing is named, the description says all."""
    name = _text("{FF9A3F03-56EF-4613-BDD5-5A41C1D07246}")
    head = pack("<I", 1) + name
    return (
        pack("<I", len(head) + 4)
        + head
        + _text("Microsoft.Container.EncryptionTransform")
        + _VERSIONS
        + pack("<IIII", 0, 0, 0, 4)
    )


def _items(information: bytes) -> list[_Item]:
    """The directory. Names are ordered by length first, then by letter."""
    return [
        _Item(name="Root Entry", kind=_ROOT, child=3),
        _Item(name="EncryptedPackage", kind=_STREAM),
        _Item(name="\x06DataSpaces", kind=_STORAGE, child=5),
        _Item(name="EncryptionInfo", kind=_STREAM, content=information, left=2, right=1),
        _Item(name="Version", kind=_STREAM, content=_version()),
        _Item(name="DataSpaceMap", kind=_STREAM, content=_map(), left=4, right=6),
        _Item(name="DataSpaceInfo", kind=_STORAGE, child=8, right=7),
        _Item(name="TransformInfo", kind=_STORAGE, child=9, black=False),
        _Item(name=_SPACE, kind=_STREAM, content=_space()),
        _Item(name=_TRANSFORM, kind=_STORAGE, child=10),
        _Item(name="\x06Primary", kind=_STREAM, content=_primary()),
    ]


def write_compound(target: IO[bytes], *, package: Stream, information: bytes) -> None:
    """Writes the file from its beginning to its end.

    Args:
        target: The file.
        package: The encrypted workbook; of 4096 bytes at least, as every workbook is.
        information: How it is encrypted; below 4096 bytes.
    """
    assert len(information) < CUTOFF <= package.size
    items = _items(information)
    small, small_table = _place_small(items)
    size = (len(items) + 1) * len(_UNUSED)
    lengths = [_sectors(one) for one in (size, len(small_table), len(small))] + [_sectors(package.size)]
    tables, more = _table_counts(sum(lengths))
    starts = [tables + more + sum(lengths[:at]) for at in range(len(lengths))]
    items[0].start, items[0].size = starts[2], len(small)
    items[1].start, items[1].size = starts[3], package.size
    directory = b"".join(item.packed() for item in items) + _UNUSED
    target.write(_header(tables, more, starts, lengths[1]))
    _write_tables(target, tables, more, lengths)
    for part in (directory, _padded(small_table, b"\xff"), _padded(small)):
        target.write(part)
    shutil.copyfileobj(package.file, target, 1024 * 1024)
    target.write(bytes(-package.size % SECTOR))


def _place_small(items: Sequence[_Item]) -> tuple[bytes, bytes]:
    """Puts small streams behind one another; they, and the table of their sectors."""
    streams, table = b"", list[int]()
    for item in items:
        if item.content:
            item.start, item.size = len(table), len(item.content)
            streams += item.content.ljust(-(-len(item.content) // SMALL) * SMALL, b"\0")
            table += _chain(len(table), -(-len(item.content) // SMALL))
    return streams, pack(f"<{len(table)}I", *table)


def _chain(start: int, length: int) -> list[int]:
    return [*range(start + 1, start + length), _END]


def _sectors(size: int) -> int:
    return -(-size // SECTOR)


def _padded(part: bytes, filling: bytes = b"\0") -> bytes:
    return part.ljust(_sectors(len(part)) * SECTOR, filling)


def _table_counts(others: int) -> tuple[int, int]:
    """Sectors of tables, and of tables of tables, so that all sectors, these included, have their entry."""
    tables = more = 0
    while True:
        needed = -(-(others + tables + more) // _ENTRIES)
        further = -(-max(needed - _IN_HEADER, 0) // (_ENTRIES - 1))
        if (needed, further) == (tables, more):
            return tables, more
        tables, more = needed, further


def _header(tables: int, more: int, starts: Sequence[int], small_tables: int) -> bytes:
    first = [more + at for at in range(min(tables, _IN_HEADER))]
    return (
        bytes.fromhex("d0cf11e0a1b11ae1")
        + bytes(16)
        + pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
        + pack("<IIIII", 0, tables, starts[0], 0, CUTOFF)
        + pack("<IIII", starts[1], small_tables, 0 if more else _END, more)
        + pack(f"<{_IN_HEADER}I", *first, *[_FREE] * (_IN_HEADER - len(first)))
    )


def _write_tables(target: IO[bytes], tables: int, more: int, lengths: Sequence[int]) -> None:
    """The tables of tables, and the tables: where each sector of a stream is followed by which."""
    known = _IN_HEADER
    for at in range(more):
        here = [more + one for one in range(known, min(known + _ENTRIES - 1, tables))]
        known += len(here)
        filled = here + [_FREE] * (_ENTRIES - 1 - len(here))
        target.write(pack(f"<{_ENTRIES}I", *filled, at + 1 if at + 1 < more else _END))
    entries = _entries(tables, more, lengths)
    for _ in range(tables):
        here = list(islice(entries, _ENTRIES))
        target.write(pack(f"<{_ENTRIES}I", *here, *[_FREE] * (_ENTRIES - len(here))))


def _entries(tables: int, more: int, lengths: Sequence[int]) -> Iterator[int]:
    """What stands of each sector, one after the other."""
    yield from (_TABLES for _ in range(more))
    yield from (_TABLE for _ in range(tables))
    at = tables + more
    for length in lengths:
        yield from chain(range(at + 1, at + length), (_END,))
        at += length
