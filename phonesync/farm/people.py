"""Who works in the simulated office and who calls it: invented people, numbers and ring groups.

Numbers are invented: every outside number has the exchange digits ``5550``, every inside number is an
extension of the office's dial plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

SURNAMES = (
    "Иванов", "Петров", "Сидорова", "Кузнецов", "Смирнова", "Попова", "Васильев", "Соколова", "Михайлов",
    "Новикова", "Фёдоров", "Морозова", "Волков", "Алексеева", "Лебедев", "Семёнова", "Егоров", "Павлова",
    "Козлов", "Степанова", "Николаев", "Орлова", "Андреев", "Макарова", "Никитин", "Захарова", "Зайцев",
    "Соловьёва", "Борисов", "Яковлева", "Григорьев", "Романова", "Воробьёв", "Сергеева", "Щукин", "Ёлкина",
)  # fmt: skip
GIVEN_INITIALS = "АБВГДЕИКЛМНОПРСТЮЯ"
LATIN_NAMES = (
    "Olga Smirnova", "John Miller", "Anna-Maria Novak", "Pyotr O'Connor", "Li Wei", "Jean Dupont",
    "Eva Müller", "Sam Brown", "Ivan Petrov", "K. Jensen",
)  # fmt: skip
COMPANIES = (
    "ООО «Ромашка»", 'АО "Вектор"', "ИП Котов & сыновья", "Склад №7 <приём>", "Acme & Partners",
    "ТД Север/Юг", "Taxi 24", "Курьер", "Банк \\ касса", "Аптека 36,6",
)  # fmt: skip
LATIN_SHARE = 0.2
"""Share of people whose names are written in Latin letters."""
NAMELESS_SHARE = 0.05
"""Share of ordinary desks that bear no name."""
FORWARDING_SHARE = 0.2
"""Share of desks that forward a call nobody takes."""
NAMELESS_CONTACTS = 0.5
"""Share of outside parties whose calls bear no name."""
COMPANY_SHARE = 0.15
"""Share of outside parties that are companies."""
GROUP_SIZE = 6
"""Desks that ring together, at most."""
AREA_CODES = ("495", "495", "495", "499", "812", "343", "383", "846", "863", "903", "916", "926", "985")


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A part of the office.

    Attributes:
        name: As people call it.
        share: Share of the desks that belong to it.
        calls_per_day: Rows a desk of it sees on a working day: least and most.
        group: It answers calls together, as a ring group.
        nameless: Its desks belong to nobody in particular.
    """

    name: str
    share: float
    calls_per_day: tuple[float, float]
    group: bool = False
    nameless: bool = False


DEPARTMENTS = (
    Department(name="Reception", share=0.03, calls_per_day=(110, 150), group=True),
    Department(name="Support", share=0.14, calls_per_day=(45, 80), group=True),
    Department(name="Sales", share=0.24, calls_per_day=(25, 60), group=True),
    Department(name="Бухгалтерия", share=0.14, calls_per_day=(10, 25)),
    Department(name="Management", share=0.10, calls_per_day=(12, 30)),
    Department(name="Склад", share=0.20, calls_per_day=(5, 12)),
    Department(name="Meeting rooms", share=0.15, calls_per_day=(4, 6), nameless=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """One desk and who sits at it.

    Attributes:
        extension: Inside number.
        name: As the switch presents it, ``""`` where it presents none.
        department: Name of the department.
        calls_per_day: Rows expected on a working day.
        groups: Numbers of the ring groups it belongs to.
        forwards_to: Extension that gets its calls when nobody answers, or None.
        lines: Line number, from 1, to local account.
    """

    extension: str
    name: str
    department: str
    calls_per_day: float
    groups: tuple[str, ...]
    forwards_to: str | None
    lines: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RingGroup:
    """Desks that ring together or in turn.

    Attributes:
        number: Its inside number.
        members: Extensions, in order where they ring in turn.
        step_s: Seconds each rings before the next does; None where all ring together.
    """

    number: str
    members: tuple[str, ...]
    step_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody outside.

    Attributes:
        national: Ten national digits, without a prefix.
        name: As the trunk presents it, ``""`` where it presents none.
    """

    national: str
    name: str

    def presented(self, rng: Random) -> str:
        """The number as one of the office's trunks presents it: +7…, 8…, 7… or the local seven digits."""
        forms = [f"+7{self.national}", f"8{self.national}", f"7{self.national}", f"8{self.national}"]
        if self.national.startswith("495"):
            forms.append(self.national[3:])
        return rng.choice(forms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Everybody in the office.

    Attributes:
        employees: In the order of their extensions.
        groups: Ring groups.
        extension_length: Digits of an inside number.
        pickups: Extensions that may answer what rings at one another.
    """

    employees: tuple[Employee, ...]
    groups: tuple[RingGroup, ...]
    extension_length: int
    pickups: tuple[tuple[str, ...], ...] = ()


def person_name(rng: Random) -> str:
    """An invented name, mostly Cyrillic, sometimes Latin."""
    if rng.random() < LATIN_SHARE:
        return rng.choice(LATIN_NAMES)
    return f"{rng.choice(SURNAMES)} {rng.choice(GIVEN_INITIALS)}. {rng.choice(GIVEN_INITIALS)}."


def build_contacts(rng: Random, *, number: int) -> tuple[Contact, ...]:
    """People and companies outside, with distinct numbers.

    Args:
        rng: Source of chance.
        number: How many.
    """
    found: dict[str, Contact] = {}
    while len(found) < number:
        national = f"{rng.choice(AREA_CODES)}5550{rng.randrange(1000):03d}"
        luck = rng.random()
        if luck < NAMELESS_CONTACTS:
            name = ""
        elif luck < NAMELESS_CONTACTS + COMPANY_SHARE:
            name = rng.choice(COMPANIES)
        else:
            name = person_name(rng)
        found.setdefault(national, Contact(national=national, name=name))
    return tuple(found.values())


def build_staff(rng: Random, *, desks: int) -> Staff:
    """Seats people at every desk.

    Args:
        rng: Source of chance.
        desks: Number of desks, at least one.
    """
    length = 3
    while desks > 8 * 10 ** (length - 1):
        length += 1
    first = 10 ** (length - 1) + 1
    extensions = [str(first + index) for index in range(desks)]
    seats = _departments(rng, desks)
    groups = _ring_groups(extensions, seats, last_number=10**length - 1)
    member_of: dict[str, list[str]] = {}
    for group in groups:
        for member in group.members:
            member_of.setdefault(member, []).append(group.number)
    employees = [
        _employee(rng, extension, seat, tuple(member_of.get(extension, ())), extensions)
        for extension, seat in zip(extensions, seats, strict=True)
    ]
    return Staff(employees=tuple(employees), groups=groups, extension_length=length)


def _departments(rng: Random, desks: int) -> list[Department]:
    seats = [DEPARTMENTS[0]]
    for department in DEPARTMENTS:
        seats.extend([department] * round(department.share * desks))
    while len(seats) < desks:
        seats.append(rng.choice(DEPARTMENTS[2:]))
    head, rest = seats[0], seats[1:]
    rng.shuffle(rest)
    return [head, *rest][:desks]


def _ring_groups(
    extensions: Sequence[str], seats: Sequence[Department], *, last_number: int
) -> tuple[RingGroup, ...]:
    groups: list[RingGroup] = []
    for department in DEPARTMENTS:
        if not department.group:
            continue
        members = [ext for ext, seat in zip(extensions, seats, strict=True) if seat is department]
        for start in range(0, len(members), GROUP_SIZE):
            ringing = tuple(members[start : start + GROUP_SIZE])
            if len(ringing) > 1:
                groups.append(RingGroup(number=str(last_number - len(groups)), members=ringing))
    return tuple(groups)


def _employee(
    rng: Random, extension: str, seat: Department, groups: tuple[str, ...], extensions: Sequence[str]
) -> Employee:
    nameless = seat.nameless or rng.random() < NAMELESS_SHARE
    others = [other for other in (rng.choice(extensions), rng.choice(extensions)) if other != extension]
    forwards = others[0] if others and rng.random() < FORWARDING_SHARE else None
    lines = {1: extension}
    if groups and seat is DEPARTMENTS[0]:
        lines[2] = groups[0]
    return Employee(
        extension=extension,
        name="" if nameless else person_name(rng),
        department=seat.name,
        calls_per_day=rng.uniform(*seat.calls_per_day),
        groups=groups,
        forwards_to=forwards,
        lines=MappingProxyType(lines),
    )
