"""What a person asks of calls: explain, split, join, join all anew. Each returns the text to show."""

import getpass
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, timedelta, tzinfo

from phonesync.agent import joining
from phonesync.calls.explaining import Shown, explain
from phonesync.calls.others import NEAR
from phonesync.calls.values import Apart, Call, Row, Together
from phonesync.cli import joined
from phonesync.cli.call_marking import join_mark, split_marks
from phonesync.config import Config
from phonesync.errors import ConfigError
from phonesync.journal.named_calls import Parties
from phonesync.journal.shown_names import Names, Plans
from phonesync.numbering import EXTENSION
from phonesync.store.call_records import CallFilter
from phonesync.store.call_rehearsing import sides
from phonesync.store.records import EntryFilter
from phonesync.store.repository import Store


def explanation(config: Config, store: Store, any_id: str) -> str:
    """Why the rows of a call are one, as a person would argue it.

    Args:
        config: The configuration.
        store: The store.
        any_id: Of the call or of any of its entries.

    Raises:
        ConfigError: No call has it.
    """
    call = _call(store, any_id)
    plans = Plans(config)
    named = Parties(Names(config, store)).named(call)
    spoken_of = {*call.entry_ids, *(one for reason in call.reasons for one in reason.entry_ids)}
    rows = {row.id: row for row in store.call_rows(spoken_of, plan_of=plans.plan)}

    def zone_of(phone: str) -> tzinfo:
        return plans.zone(phone) or UTC

    shown = Shown(
        rows=rows,
        zone_of=zone_of,
        texts=dict(_texts(store, rows.values())),
        calling=named.calling,
        called=named.called,
        others=tuple(_others(store, call)),
    )
    return explain(call, shown)


def split(config: Config, store: Store, any_id: str, entries: Sequence[str], *, dry_run: bool) -> str:
    """Takes entries out of a call, or all of its phones' parts apart.

    Args:
        config: The configuration.
        store: The store, up to date.
        any_id: Of the call or of any of its entries.
        entries: Those to take out together; none: every phone's part by itself.
        dry_run: Only say what would change.

    Raises:
        ConfigError: There is no such call, or nothing to split.
    """
    call = _call(store, any_id)
    now = store.entry_ids_of(entries)
    marks = split_marks(call, [now.get(one, one) for one in entries])
    return _marked(config, store, marks, dry_run=dry_run)


def join(config: Config, store: Store, ids: Sequence[str], *, dry_run: bool) -> str:
    """Makes several calls one.

    Args:
        config: The configuration.
        store: The store, up to date.
        ids: Of calls or of entries of them, at least two.
        dry_run: Only say what would change.

    Raises:
        ConfigError: There is no such call, or they are one already.
    """
    if len(ids) == 1:
        raise ConfigError(f"{ids[0]} is one call only; name those that it is to be joined with too.")
    return _marked(config, store, (join_mark([_call(store, one) for one in ids]),), dry_run=dry_run)


def _call(store: Store, any_id: str) -> Call:
    found = store.call(any_id)
    if found is None:
        raise ConfigError(
            f'No call and no entry has the id "{any_id}".',
            hint="`phonesync calls --format jsonl` shows the ids of calls and of their entries, "
            "which are given in full.",
        )
    return found


def _others(store: Store, call: Call) -> Iterator[Call]:
    """Other calls with the party outside, or of the same extension inside, that began near a call."""
    caller = call.calling.extension
    number = call.outside or (None if caller is None else f"{EXTENSION}{caller}")
    if number is None:
        return
    near = CallFilter(since=call.started_at - NEAR, until=call.started_at + NEAR, number=number)
    for other in store.calls(near):
        same = call.outside is not None or other.calling.extension == caller
        if same and other.id != call.id:
            yield other


def _texts(store: Store, rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    """The time of each row as the phone wrote it."""
    for row in rows:
        second = timedelta(seconds=1)
        near = EntryFilter(phone=row.phone, since=row.at - second, until=row.at + second)
        for entry in store.entries(near):
            if entry.id == row.id and entry.shown_at is not None:
                yield row.id, entry.shown_at


def _marked(config: Config, store: Store, marks: Sequence[Apart | Together], *, dry_run: bool) -> str:
    """Keeps marks and joins anew, or only says what would come of it."""
    before, after = store.rehearse(marks, joining.means_of(config, store))
    told = [
        "Until now:" if not dry_run else "Now:",
        *(f"  {_line(call)}" for call in before),
        "From now on:" if not dry_run else "It would be:",
        *(f"  {_line(call)}" for call in after),
    ]
    if before == after:
        told = ["Nothing changes by it: the calls are so already."]
    if dry_run:
        return "\n".join(told)
    for mark in marks:
        kind, one, other = sides(mark)
        store.add_mark(kind, one, other, by=_user())
    if store.agent_is_running():
        told.append("The running agent joins them so in a moment.")
    else:
        joined.bring_up_to_date(config, store)
    return "\n".join(told)


def _line(call: Call) -> str:
    """A call in one line: its id, what became of it, and its phones."""
    phones = ", ".join(f"{leg.phone} {leg.outcome.replace('_', ' ')}" for leg in call.legs)
    began = call.started_at.astimezone(UTC)
    return f"{call.id}  {began:%Y-%m-%d %H:%M:%S} UTC  {call.disposition.replace('_', ' ')}: {phones}"


def _user() -> str:
    """Who gives the order, as the operating system knows him."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in a container
        return f"uid {os.getuid()}"
