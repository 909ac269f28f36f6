"""Groups on their way to stdout: the fields of ``phonesync calls groups``."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from phonesync.agent.learning import groups_of
from phonesync.calls.group_history import KeptGroup, name_of, same_by
from phonesync.calls.values import Group, Ringing
from phonesync.cli.output import TableOrJsonl, write_jsonl, write_table
from phonesync.clock import iso
from phonesync.config import Config
from phonesync.store.repository import Store

FIELDS = (
    "id",
    "name",
    "ring",
    "members",
    "number",
    "step_s",
    "department",
    "origin",
    "in_force",
    "calls_seen",
    "first_seen_at",
    "last_seen_at",
    "holds_from",
    "holds_until",
)
"""The fields of a group, in the order in which they are written."""

_COLUMNS = (
    "id",
    "members",
    "ring",
    "number",
    "step",
    "department",
    "origin",
    "calls",
    "last seen (UTC)",
    "name",
)


def listed(config: Config, store: Store, *, every: bool) -> Iterator[dict[str, object]]:
    """The groups that calls are joined by, with what shows those that were learned.

    Args:
        config: The configuration.
        store: The store.
        every: Learned ones too that do not count: rejected, superseded, or of the members of another one.
    """
    in_force = groups_of(config, store)
    yield from (_configured(group) for group in config.groups)
    of = {(group.ringing, same_by(group)): group for group in in_force[len(config.groups) :]}
    for kept in store.learned_groups():
        group = of.get((kept.learned.ringing, same_by(kept.learned)))
        if group is not None or every:
            yield _learned(kept, group)


def write(rows: Iterable[dict[str, object]], *, output: TableOrJsonl) -> None:
    """Writes groups to stdout."""
    if output is TableOrJsonl.JSONL:
        write_jsonl(rows)
    else:
        write_table(_COLUMNS, map(_for_people, rows), empty="No groups.")


def _configured(group: Group) -> dict[str, object]:
    return {
        **dict.fromkeys(FIELDS),
        "name": group.name,
        "ring": group.ringing.value,
        "members": list(group.members),
        "number": group.number,
        "step_s": group.step_s,
        "department": group.department,
        "origin": "configured",
        "in_force": True,
    }


def _learned(kept: KeptGroup, group: Group | None) -> dict[str, object]:
    learned = kept.learned
    return {
        "id": kept.id,
        "name": name_of(learned),
        "ring": learned.ringing.value,
        "members": list(learned.members),
        "number": learned.number,
        "step_s": learned.step_s,
        "department": None if group is None else group.department,
        "origin": "learned" if kept.verdict is None else kept.verdict.value,
        "in_force": group is not None,
        "calls_seen": learned.seen,
        "first_seen_at": iso(learned.since),
        "last_seen_at": iso(learned.until),
        "holds_from": iso(kept.holds_from),
        "holds_until": iso(kept.ended_at),
    }


def _for_people(row: dict[str, object]) -> tuple[str, ...]:
    members, step = row["members"], row["step_s"]
    assert isinstance(members, list)
    in_turn = row["ring"] == Ringing.IN_TURN.value
    seen = row["last_seen_at"]
    return (
        _text(row["id"]),
        (" > " if in_turn else ", ").join(members),
        str(row["ring"]),
        _text(row["number"]),
        "" if step is None else f"{step:g} s",
        _text(row["department"]),
        f"{row['origin']}{'' if row['in_force'] else ', not in force'}",
        _text(row["calls_seen"]),
        "" if seen is None else f"{datetime.fromisoformat(str(seen)):%Y-%m-%d %H:%M}",
        _text(row["name"]) if row["origin"] == "configured" else "",
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)
