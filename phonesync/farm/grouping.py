"""Who rings with whom in a rich office: ring groups, hunt lists, and who may pick up for whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from types import MappingProxyType

from phonesync.farm.people import DEPARTMENTS, Employee, RingGroup, Staff

LEAST, MOST = 3, 12
"""Desks of a group."""

STEPS_S = (10.0, 12.0, 15.0, 20.0)
"""Seconds each desk of a hunt list rings."""

HUNTING = 0.4
"""Share of the groups that ring in turn."""

PICKUP_MOST = 8
"""Desks that may pick up for one another, at most."""

_GROUPED = frozenset({"Reception", "Support", "Sales", "Бухгалтерия"})
_LISTED_FIRST = "Reception"
"""The department whose desks have the group's number on a line of its own."""


def with_groups(staff: Staff, rng: Random) -> Staff:
    """The same people, but with groups of 3 to 12 desks, some of which ring in turn, and with pick-up.

    Args:
        staff: Who works there.
        rng: Source of chance.
    """
    last = 10**staff.extension_length - 1
    groups: list[RingGroup] = []
    pickups: list[tuple[str, ...]] = []
    for department in DEPARTMENTS:
        desks = [person.extension for person in staff.employees if person.department == department.name]
        if department.name in _GROUPED:
            for members in _parts(rng, desks):
                hunts = rng.random() < HUNTING
                step = rng.choice(STEPS_S) if hunts else None
                groups.append(RingGroup(number=str(last - len(groups)), members=members, step_s=step))
        if not department.nameless:
            pickups.extend(
                tuple(desks[first : first + PICKUP_MOST])
                for first in range(0, len(desks), PICKUP_MOST)
                if len(desks) - first > 1
            )
    employees = tuple(_seated(person, groups) for person in staff.employees)
    return replace(staff, employees=employees, groups=tuple(groups), pickups=tuple(pickups))


def _parts(rng: Random, desks: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Cuts a department into groups; one too small to be a group has none."""
    left = list(desks)
    rng.shuffle(left)
    while len(left) >= LEAST:
        size = min(len(left), rng.randint(LEAST, MOST))
        if 0 < len(left) - size < LEAST:
            size = len(left) if len(left) <= MOST else len(left) - LEAST
        yield tuple(left[:size])
        left = left[size:]


def _seated(person: Employee, groups: Sequence[RingGroup]) -> Employee:
    numbers = tuple(group.number for group in groups if person.extension in group.members)
    lines = {1: person.extension}
    if numbers and person.department == _LISTED_FIRST:
        lines[2] = numbers[0]
    return replace(person, groups=numbers, lines=MappingProxyType(lines))
