"""Lists whose answer is byte for byte that of the last good read: parsed only if somebody looks at them.

Most reads find nothing new, and parsing full lists costs more than all the rest of such a read. The core
keeps a fingerprint of the answers it last took in; a driver may leave an answer unparsed that it is told is
known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import overload

from phonesync.model import Snapshot


def fingerprint(content: bytes) -> bytes:
    """What tells one answer from another: 16 bytes."""
    return hashlib.blake2b(content, digest_size=16).digest()


class Repeated(Sequence[Snapshot]):
    """Snapshots that were known before they were parsed.

    Args:
        parse: Parses the answer. It is one that was parsed before, by the same rules, so it cannot fail.
    """

    def __init__(self, parse: Callable[[], Sequence[Snapshot]]) -> None:
        self._parse = parse
        self._parsed: Sequence[Snapshot] | None = None

    @overload
    def __getitem__(self, place: int) -> Snapshot: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Snapshot]: ...

    def __getitem__(self, place: int | slice) -> Snapshot | Sequence[Snapshot]:
        return self._snapshots()[place]

    def __len__(self) -> int:
        return len(self._snapshots())

    def _snapshots(self) -> Sequence[Snapshot]:
        if self._parsed is None:
            self._parsed = self._parse()
        return self._parsed
