"""Names as a phone takes them: visible characters, not too long, each once. Pure."""

from __future__ import annotations

from collections.abc import Container
from functools import lru_cache
from unicodedata import category, combining, normalize

CACHED = 32_768
"""Names whose tidy form is remembered: the books of many phones hold the same ones."""

ELLIPSIS = "…"
JOINER = "\u200d"
_SHORTEST_SHARE = 0.6
"""A name is cut between two words where so much of what fits remains."""

_LAST_OF_PLANE = "\uffff"
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@lru_cache(maxsize=CACHED)
def tidy(name: str, *, basic_plane_only: bool = False) -> str:
    """A name on one line, without what cannot be seen.

    Args:
        name: As its source writes it.
        basic_plane_only: Characters beyond U+FFFF are left out.
    """
    composed = normalize("NFC", name.replace("\t", " ").replace("\n", " ").replace("\r", " "))
    kept = (
        letter
        for letter in composed
        if (letter == JOINER or category(letter) not in _UNSEEN)
        and not (basic_plane_only and letter > _LAST_OF_PLANE)
    )
    words = "".join(kept).split()
    return " ".join(word for word in words if word.strip(JOINER + "\ufe0e\ufe0f"))


def shortened(name: str, most: int | None) -> str:
    """The name, cut with an ellipsis where it is too long: between words, else between characters as seen."""
    if most is None or len(name) <= most:
        return name
    end = most - len(ELLIPSIS)
    while end > 0 and _belongs_together(name, end):
        end -= 1
    blank = name.rfind(" ", 0, end + 1)
    if blank >= _SHORTEST_SHARE * most:
        end = blank
    return (name[:end].rstrip(" ,;.-") or name[:end]) + ELLIPSIS if end > 0 else name[:most]


def _belongs_together(name: str, at: int) -> bool:
    """Whether the letters around a place are seen as one."""
    after = name[at]
    joined = JOINER in (name[at - 1], after)
    tone = "\U0001f3fb" <= after <= "\U0001f3ff"
    return joined or tone or combining(after) != 0 or category(after) in ("Mn", "Me", "Mc")


def unique(name: str, taken: Container[str], most: int | None) -> str:
    """The name, numbered where it is taken: ``Ivanov (2)``."""
    found, number = name, 1
    while found in taken:
        number += 1
        mark = f" ({number})"
        found = shortened(name, None if most is None else max(most - len(mark), 1)) + mark
    return found
