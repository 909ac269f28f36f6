"""How rows show the number of one party. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from phonesync.calls.pieces import View


def spell_otherwise(some: Iterable[View], others: Iterable[View]) -> bool:
    """Whether both tell of one party, and never by the same number as it is shown.

    A switch shows one call to all phones in one way; another call of the same caller may come by another
    trunk, with or without the code of the country.
    """
    shown: dict[str | None, set[str | None]] = {}
    for one in some:
        shown.setdefault(one.row.party, set()).add(one.row.number)
    same = [one.row.number in shown[one.row.party] for one in others if one.row.party in shown]
    return bool(same) and not any(same)
