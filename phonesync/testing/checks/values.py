"""The values: what a fixture says, frozen, and the same whoever reads beside."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

from phonesync.testing.checks.subject import Subject, attempt, difference, require, run, without_raw
from phonesync.testing.fixtures import Case, error_class
from phonesync.testing.replay import Nonconformity, context_of, read_status, replay_of


async def gives_the_expected_values(subject: Subject, case: Case) -> None:
    """The exchange gives exactly what ``expected.json`` says, or the error that ``case.toml`` names."""
    outcome = await run(subject, case)
    if case.expected is None:
        require(outcome.log is None, f"{case.name} must fail with {case.error}, but a call log was read.")
        right = isinstance(outcome.error, error_class(case.error))
        require(right, f"{case.name} must fail with {case.error}, not with {outcome.error!r}.")
        return
    if outcome.log is None:
        raise Nonconformity(f"{case.name} was not read: {outcome.error!r}.") from outcome.error
    wrong = difference(case.expected, without_raw(outcome.log))
    require(not wrong, f"{case.name}: {wrong}.")
    expected = [snapshot.list_code for snapshot in outcome.log.snapshots]
    lists = list(context_of(subject.driver, case).variant.lists)
    require(
        sorted(expected) == sorted(lists), f"{case.name}: lists {expected} were read; the phone has {lists}."
    )
    recorded = {turn.response.content for turn in case.turns}
    require(
        bool(outcome.log.raw), f"{case.name}: the answers the values were read from are not kept in `raw`."
    )
    for answer in outcome.log.raw:
        require(
            answer.content in recorded, f"{case.name}: `raw` of {answer.path} is not the answer as received."
        )


async def gives_the_expected_status(subject: Subject, case: Case) -> None:
    """``read_status`` gives what ``expected_status.json`` says; without that file, values or a PhoneError."""
    found, error = await attempt(read_status(subject.driver, case, replay_of(case)), f"{case.name}, status")
    if found is None:
        wanted = case.expected_status is not None
        require(not wanted, f"{case.name}: the status was not read: {error!r}.")
        return
    loose = list(_loose(found))
    require(not loose, f"{case.name}: the status holds values that can be changed: {', '.join(loose)}.")
    if case.expected_status is not None:
        same = found == case.expected_status
        require(same, f"{case.name}: the status is {found!r}, should be {case.expected_status!r}.")


async def values_are_frozen(subject: Subject, case: Case) -> None:
    """Everything returned is frozen all the way down, and every instant is aware and UTC."""
    outcome = await run(subject, case)
    variant = context_of(subject.driver, case).variant
    loose = [*_loose(outcome.log), *_loose(variant)]
    require(
        not loose, f"{case.name}: values that can be changed, or are of a strange type: {', '.join(loose)}."
    )


async def reads_do_not_disturb_each_other(subject: Subject, case: Case) -> None:
    """A driver holds no state: reads of several phones at once, and again, give the same values."""
    others = tuple(other for other in subject.cases if other.expected is not None)
    outcomes = await asyncio.gather(*(_slowly(subject, other) for other in (case, *others, case)))
    for other, found in zip((case, *others, case), outcomes, strict=True):
        require(found, f"{other.name} reads differently while {case.name} is read.")


async def _slowly(subject: Subject, case: Case) -> bool:
    """Whether a read that gives way to others between its steps is right."""
    await asyncio.sleep(0)
    outcome = await run(subject, case)
    if case.expected is None or outcome.log is None:
        return (case.expected is None) == (outcome.log is None)
    return not difference(case.expected, without_raw(outcome.log))


def _loose(value: Any, where: str = "") -> Iterator[str]:
    """Paths of parts that can be changed, or that no model value holds."""
    if value is None or isinstance(value, str | int | float | bytes | Enum):
        return
    if isinstance(value, datetime):
        if value.tzinfo is not UTC and value.utcoffset() != datetime.now(UTC).utcoffset():
            yield f"{where} (not UTC)"
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _loose(item, f"{where}[{number}]")
    elif isinstance(value, MappingProxyType):
        for key, item in value.items():
            yield from _loose(item, f"{where}[{key!r}]")
    elif is_dataclass(value) and getattr(type(value), "__dataclass_params__").frozen:  # noqa: B009  no stub names it
        for item in fields(value):
            yield from _loose(getattr(value, item.name), f"{where}.{item.name}".lstrip("."))
    else:
        yield f"{where} ({type(value).__name__})"
