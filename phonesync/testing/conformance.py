"""The conformance suite: what every driver promises, checked over its fixtures.

With pytest, a driver's test is three lines::

    class TestMyPhones(DriverConformance):
        driver = DRIVER
        fixtures = Path(__file__).parent / "fixtures"

Without it, :func:`failures` runs the same checks and returns what they found.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from phonesync.driver.contract import Driver
from phonesync.testing.checks import faults, names, offers, requests, secrets, values, variants
from phonesync.testing.checks.subject import Subject
from phonesync.testing.fixtures import Case, read_cases
from phonesync.testing.replay import Nonconformity
from phonesync.testing.strangers import strangers

CaseCheck = Callable[[Subject, Case], Awaitable[None]]
DriverCheck = Callable[[Subject], Awaitable[None]]

DRIVER_CHECKS: tuple[DriverCheck, ...] = (
    variants.variants_agree_with_themselves,
    variants.quirks_are_documented,
    variants.each_variant_has_a_fixture,
    requests.strangers_are_not_recognised,
    offers.what_is_offered_is_stated,
    offers.orders_to_dial_go_out_once_and_hide_the_password,
    offers.its_own_addresses_are_read_back,
    offers.books_survive_hostile_texts,
    offers.settings_give_nothing_away,
)
"""Checks of a driver as a whole."""

CASE_CHECKS: tuple[CaseCheck, ...] = (
    values.gives_the_expected_values,
    values.gives_the_expected_status,
    values.values_are_frozen,
    values.reads_do_not_disturb_each_other,
    requests.asks_only_what_is_recorded,
    requests.identifies_its_own_phone,
    requests.a_cut_answer_is_not_another_phone,
    faults.a_cut_answer_is_an_error_or_the_same_value,
    faults.a_foreign_answer_is_an_error,
    faults.a_broken_answer_is_an_error,
    names.hostile_names_survive,
    secrets.secrets_stay_secret,
)
"""Checks of each fixture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One promise that a driver broke.

    Attributes:
        check: Name of the check.
        case: Name of the fixture, or "" for a check of the driver as a whole.
        message: What the driver did, and what it should have done.
    """

    check: str
    case: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check that was run.

    Attributes:
        check: Its name.
        case: Name of the fixture, or "" for a check of the driver as a whole.
        message: What is wrong, or None where the promise is kept.
    """

    check: str
    case: str
    message: str | None


def subject_of(
    driver: Driver, cases: Iterable[Case], others: Iterable[Case] = (), *, complete: bool = True
) -> Subject:
    """A driver with what it is checked over.

    Args:
        driver: The driver.
        cases: Its fixtures.
        others: Fixtures of other vendors, which it must not recognise.
        complete: These are all fixtures that the driver has.
    """
    return Subject(driver=driver, cases=tuple(cases), strangers=strangers(others), complete=complete)


def checked(subject: Subject, *, only: Collection[str] = ()) -> Iterator[Checked]:
    """Runs every check, and tells of each when it is done.

    Where the fixtures are not all of the driver's, the check that each variant has one is left out.

    Args:
        subject: The driver and its fixtures.
        only: Names of the checks to run; all of them where none is named.
    """
    for whole in DRIVER_CHECKS:
        if only and whole.__name__ not in only:
            continue
        if subject.complete or whole is not variants.each_variant_has_a_fixture:
            yield _checked(whole.__name__, "", whole(subject))
    for each in CASE_CHECKS:
        for case in subject.cases if not only or each.__name__ in only else ():
            yield _checked(each.__name__, case.name, each(subject, case))


def failures(subject: Subject, *, only: Collection[str] = ()) -> tuple[Failure, ...]:
    """Every check that ``subject`` fails, each with the first fault it found.

    Args:
        subject: The driver and its fixtures.
        only: Names of the checks to run; all of them where none is named.
    """
    return tuple(
        Failure(check=done.check, case=done.case, message=done.message)
        for done in checked(subject, only=only)
        if done.message is not None
    )


def _checked(check: str, case: str, work: Awaitable[None]) -> Checked:
    try:
        _run(work)
    except Nonconformity as error:
        return Checked(check=check, case=case, message=str(error))
    return Checked(check=check, case=case, message=None)


def _run(work: Awaitable[None]) -> None:
    async def main() -> None:
        await work

    asyncio.run(main())


@cache
def _cases(root: Path) -> tuple[Case, ...]:
    return read_cases(root)


class DriverConformance:
    """Collected by pytest in a subclass whose name begins with ``Test``: one test per check and fixture.

    Attributes:
        driver: The driver under test.
        fixtures: The folder that holds its fixtures.
        other_fixtures: Folders with fixtures of other vendors.
    """

    driver: ClassVar[Driver]
    fixtures: ClassVar[Path]
    other_fixtures: ClassVar[tuple[Path, ...]] = ()

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Called by pytest: makes one test of each check and fixture."""
        if "case_check" in metafunc.fixturenames:
            metafunc.parametrize("case_check", CASE_CHECKS, ids=lambda check: check.__name__)
            metafunc.parametrize("case", _cases(self.fixtures), ids=lambda case: case.name)
        elif "driver_check" in metafunc.fixturenames:
            metafunc.parametrize("driver_check", DRIVER_CHECKS, ids=lambda check: check.__name__)

    def test_driver(self, driver_check: DriverCheck) -> None:
        """One promise of the driver as a whole."""
        _run(driver_check(self._subject()))

    def test_fixture(self, case_check: CaseCheck, case: Case) -> None:
        """One promise, over one fixture."""
        _run(case_check(self._subject(), case))

    def _subject(self) -> Subject:
        others = [case for root in self.other_fixtures for case in _cases(root)]
        return subject_of(self.driver, _cases(self.fixtures), others)
