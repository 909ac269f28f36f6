"""An export as JSON, one call a line: the fields of ``phonesync calls --format jsonl``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from phonesync.journal.export_table import About, Exported, Tally
from phonesync.journal.named_calls import as_data


def write_jsonl(
    path: Path, calls: Iterable[Exported], _about: About, *, observe: Callable[[int], None] = lambda _: None
) -> Tally:
    """Writes calls into a file.

    Args:
        path: The file; whatever is in it is lost.
        calls: In order; taken one by one.
        _about: Nothing here depends on language or zone.
        observe: Told how many are written, now and then; may raise to end it.
    """
    tally = Tally()
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        for one in tally.counting(calls, observe):
            data = as_data(one.named) | {"tags": list(one.tags), "comments": one.comments}
            file.write(json.dumps(data, ensure_ascii=False) + "\n")
    return tally
