"""What a person's order to split or join calls means: marks between entries, or what is wrong with it."""

from collections.abc import Sequence

from phonesync.calls.values import Apart, Call, Together
from phonesync.errors import ConfigError


def split_marks(call: Call, entries: Sequence[str]) -> tuple[Apart, ...]:
    """The marks that take entries out of a call; without entries, each phone's part becomes its own call.

    Args:
        call: The call.
        entries: Of it, or none.

    Raises:
        ConfigError: There is nothing to split, or an entry is not of the call.
    """
    whole = frozenset(call.entry_ids)
    if len(whole) == 1:
        raise ConfigError(f"Call {call.id} has one row only, so there is nothing to split.")
    if not entries:
        parts = [frozenset(leg.entry_ids) for leg in call.legs]
        parts = parts if len(parts) > 1 else [frozenset([one]) for one in sorted(whole)]
        rest = [frozenset().union(*parts[index:]) for index in range(1, len(parts))]
        return tuple(Apart(one=part, other=others) for part, others in zip(parts, rest, strict=False))
    strangers = [one for one in entries if one not in whole]
    if strangers:
        raise ConfigError(
            f"Entry {strangers[0]} is not of call {call.id}.",
            hint=f"Its entries are {', '.join(call.entry_ids)}.",
        )
    out = frozenset(entries)
    if out == whole:
        raise ConfigError(
            f"These are all the rows of call {call.id}: nothing would be left to split them from.",
            hint="Name only those that are of another call, or none at all to take every phone's part apart.",
        )
    return (Apart(one=out, other=whole - out),)


def join_mark(calls: Sequence[Call]) -> Together:
    """The mark that makes several calls one.

    Args:
        calls: Those that the ids of the order lead to, in its order.

    Raises:
        ConfigError: They are one call already.
    """
    if len({call.id for call in calls}) == 1:
        raise ConfigError(
            f"All of these ids are of one call already, {calls[0].id}.",
            hint=f"`phonesync calls explain {calls[0].id}` shows why.",
        )
    return Together(entries=frozenset(one for call in calls for one in call.entry_ids))
