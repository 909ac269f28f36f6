"""What is checked, and how a check speaks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from phonesync.driver.contract import Driver
from phonesync.driver.session import Credentials
from phonesync.errors import PhoneError
from phonesync.model import CallLog
from phonesync.testing.fixtures import Case, RecordedResponse
from phonesync.testing.replay import Alter, Nonconformity, Replay, as_recorded, read, replay_of
from phonesync.testing.strangers import Stranger

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One driver under test.

    Attributes:
        driver: The driver.
        cases: Its fixtures.
        strangers: Web servers that are not its phones.
        complete: The fixtures are all that the driver has, so that what none of them holds may not be asked.
    """

    driver: Driver
    cases: tuple[Case, ...]
    strangers: tuple[Stranger, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one run of a driver ended: with a value, or with an error of the phone."""

    log: CallLog | None
    error: PhoneError | None
    replay: Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way in which one turn is answered wrongly."""

    title: str
    turn: int
    change: Callable[[RecordedResponse], RecordedResponse]

    @property
    def alter(self) -> Alter:
        """The fault as the replay takes it."""
        return lambda turn, response: self.change(response) if turn == self.turn else response


def require(kept: bool, message: str) -> None:  # noqa: FBT001  reads as a sentence: require(x, "…")
    """Raises :class:`Nonconformity` unless the promise is kept."""
    if not kept:
        raise Nonconformity(message)


async def attempt(work: Awaitable[T], where: str) -> tuple[T | None, PhoneError | None]:
    """The value or the phone's error that ``work`` ends with.

    Raises:
        Nonconformity: It ended with any other error.
    """
    try:
        return await work, None
    except PhoneError as error:
        return None, error
    except Nonconformity:
        raise
    except Exception as error:  # whatever a driver raises is a finding here
        raise Nonconformity(
            f"{where}: the driver raised {type(error).__name__}: {error}; only a PhoneError may leave it."
        ) from error


async def run(
    subject: Subject, case: Case, fault: Fault | None = None, *, credentials: Credentials | None = None
) -> Outcome:
    """One read of a fixture, under a fault or none; with other ``credentials``, bodies are not compared."""
    replay = replay_of(case, alter=fault.alter if fault else as_recorded, lenient=credentials is not None)
    where = f"{fault.title} in turn {fault.turn + 1} of {case.name}" if fault else case.name
    log, error = await attempt(read(subject.driver, case, replay, credentials), where)
    return Outcome(log=log, error=error, replay=replay)


def without_raw(log: CallLog) -> CallLog:
    """``log`` as ``expected.json`` can hold it."""
    return replace(log, raw=())


def difference(expected: CallLog, found: CallLog) -> str:
    """The first difference in words, or "" where there is none."""
    for item in fields(CallLog):
        if item.name in {"raw", "snapshots"}:
            continue
        wanted, got = getattr(expected, item.name), getattr(found, item.name)
        if wanted != got:
            return f"{item.name} is {got!r}, should be {wanted!r}"
    return difference_of_lists(expected, found)


def difference_of_lists(expected: CallLog, found: CallLog) -> str:
    """The first difference between the call lists in words, or ""."""
    codes = [snapshot.list_code for snapshot in expected.snapshots]
    found_codes = [snapshot.list_code for snapshot in found.snapshots]
    if sorted(codes) != sorted(found_codes):
        return f"the lists are {found_codes}, should be {codes}"
    by_code = {snapshot.list_code: snapshot for snapshot in found.snapshots}
    for wanted in expected.snapshots:
        got = by_code[wanted.list_code]
        if len(got.entries) != len(wanted.entries):
            return f"list {wanted.list_code} has {len(got.entries)} rows, should have {len(wanted.entries)}"
        for number, (row, right) in enumerate(zip(got.entries, wanted.entries, strict=True), 1):
            if row != right:
                return f"list {wanted.list_code}, row {number}: {_difference_of_rows(right, row)}"
        if got.newest_only != wanted.newest_only:
            return f"list {wanted.list_code}: newest_only is {got.newest_only}"
        if got.silent != wanted.silent:
            return f"list {wanted.list_code}: silent is {got.silent}"
    return ""


def unfaithful(expected: CallLog, found: CallLog) -> str:
    """What a read under a fault claims wrongly, or "": lists must be whole, the rest may be unknown."""
    lists = difference_of_lists(expected, found)
    if lists:
        return lists
    for name in ("clock", "mac", "firmware", "model"):
        wanted, got = getattr(expected, name), getattr(found, name)
        if got is not None and got != wanted:
            return f"{name} is {got!r}, should be {wanted!r} or unknown"
    if not set(found.accounts.items()) <= set(expected.accounts.items()):
        return f"accounts are {dict(found.accounts)}, should be {dict(expected.accounts)} or unknown"
    return ""


def _difference_of_rows(expected: Any, found: Any) -> str:
    return "; ".join(
        f"{item.name} is {getattr(found, item.name)!r}, should be {getattr(expected, item.name)!r}"
        for item in fields(expected)
        if getattr(found, item.name) != getattr(expected, item.name)
    )
