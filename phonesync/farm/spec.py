"""What a farm consists of: how many phones, of which kinds, in which office, with which troubles."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from types import MappingProxyType
from zoneinfo import ZoneInfo

from phonesync.driver.emulation import EmulatorKind
from phonesync.errors import ConfigError
from phonesync.farm.chaos import LEVELS
from phonesync.farm.habits import Calls
from phonesync.farm.people import Employee
from phonesync.farm.phoneclock import Keeping
from phonesync.farm.traits import MemoryTraits, Merging, Numbering
from phonesync.model import TimeOf
from phonesync.spelling import unknown

ALL_MEANINGS = (TimeOf.START, TimeOf.ANSWERED, TimeOf.RECORDED)

CALLS_MIX: Mapping[str, int] = MappingProxyType(
    {
        "yealink-basic": 1,
        "yealink-form": 1,
        "yealink-servlet": 1,
        "yealink-servlet-rsa": 1,
        "yealink-json": 2,
    }
)
"""Kinds of phones for the test of calls: one third of them shows minutes."""

MOST_PHONES = 60_000
"""As many loopback addresses as the farm numbers: 127.20.0.1 and on."""

_PER_NET = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongClocks:
    """How wrong the clocks of phones are that nobody keeps right.

    Attributes:
        off_s: Off by up to so many seconds, either way.
        drift_ppm: Fast or slow by up to so many microseconds a second.
        set_anew: Share of the phones whose clock is set by hand, and how often a week.
    """

    off_s: float = 300.0
    drift_ppm: float = 50.0
    set_anew: tuple[float, float] = (0.08, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockLife:
    """The clock of one phone over a run.

    Attributes:
        offset_s: Its own idea of UTC minus true UTC, at the start.
        drift_ppm: How fast it runs ahead.
        settings: Days into the run at which it is set, each with the seconds it is wrong by then.
    """

    offset_s: float = 0.0
    drift_ppm: float = 0.0
    settings: tuple[tuple[float, float], ...] = ()


def clock_of(index: int, spec: FarmSpec) -> ClockLife | None:
    """How the clock of one phone fares; None where the chaos level alone decides.

    Args:
        index: Of the desk.
        spec: The farm.
    """
    wrong = spec.clocks
    if wrong is None:
        return None
    rng = Random(f"clock {spec.seed} {index}")
    offset, drift = rng.uniform(-wrong.off_s, wrong.off_s), rng.uniform(-wrong.drift_ppm, wrong.drift_ppm)
    share, weekly = wrong.set_anew
    settings: list[tuple[float, float]] = []
    if rng.random() < share:
        day = rng.expovariate(weekly / 7)
        while day < spec.days:
            settings.append((day, rng.uniform(-wrong.off_s, wrong.off_s)))
            day += rng.expovariate(weekly / 7)
    return ClockLife(offset_s=offset, drift_ppm=drift, settings=tuple(settings))


def meaning_of(model: str, firmware: str, spec: FarmSpec) -> TimeOf:
    """What the times of a model's rows mean: the same for the same model and firmware."""
    if not spec.meanings:
        return spec.time_of
    return Random(f"meaning {spec.seed} {model} {firmware}").choice(spec.meanings)


@dataclass(frozen=True, slots=True, kw_only=True)
class FarmSpec:
    """A farm to be built; the same spec builds the same farm.

    Attributes:
        phones: How many.
        mix: Weight of each emulator kind.
        seed: Of all chance.
        chaos: Level of the troubles, 0 to 3.
        start: First instant of the simulation, aware.
        days: How long it is meant to run.
        zone: Of the office and of every phone's wall clock.
        merging: Share of the phones that merge repeats, among those whose kind can.
        time_of: What the time of a row means.
        meanings: What it means, by model and firmware: one of these for each; () for ``time_of`` on all.
        calls: What the office's switch can do.
        tells_groups: The configuration tells the groups of a rich office; else they have to be learned.
        clocks: How wrong clocks are from the start; None for right ones.
        port: Of the phones that speak HTTP.
        secure_port: Of the phones that speak HTTPS.

    Raises:
        ConfigError: A value makes no farm.
    """

    phones: int
    mix: Mapping[str, int]
    seed: int
    chaos: int
    start: datetime
    days: float
    zone: str = "Europe/Moscow"
    merging: float = 0.1
    time_of: TimeOf = TimeOf.START
    meanings: tuple[TimeOf, ...] = ()
    calls: Calls = Calls.PLAIN
    tells_groups: bool = True
    clocks: WrongClocks | None = None
    port: int = 8080
    secure_port: int = 8443

    def __post_init__(self) -> None:
        if not 1 <= self.phones <= MOST_PHONES:
            raise ConfigError(f"A farm has 1 to {MOST_PHONES} phones, not {self.phones}.")
        if self.chaos not in LEVELS:
            raise ConfigError(f"There is no chaos level {self.chaos}; the levels are 0, 1, 2 and 3.")
        if self.start.tzinfo is None:
            raise ConfigError("The start of the simulation needs a time zone.")
        if not self.mix or any(weight < 1 for weight in self.mix.values()):
            raise ConfigError("The mix needs at least one kind, each with a weight of 1 or more.")
        if self.days <= 0:
            raise ConfigError("The simulation must last longer than 0 days.")

    @property
    def zoneinfo(self) -> ZoneInfo:
        """The office's zone."""
        return ZoneInfo(self.zone)


def with_calls(spec: FarmSpec, *, tells_groups: bool = True) -> FarmSpec:
    """The same farm as it is when the joining of calls is tested.

    Its switch can do everything, times mean something else on every model, and nobody keeps clocks right.

    Args:
        spec: The farm.
        tells_groups: Its configuration tells its groups.
    """
    return replace(
        spec, calls=Calls.RICH, meanings=ALL_MEANINGS, clocks=WrongClocks(), tells_groups=tells_groups
    )


def parse_mix(text: str, known: Collection[str]) -> Mapping[str, int]:
    """Reads ``yealink-json=4,yealink-servlet=3``: kinds with their weights; a bare kind weighs 1.

    Args:
        text: As the user wrote it.
        known: Names of the installed kinds.

    Raises:
        ConfigError: A kind is unknown or named twice, or a weight is no whole number above 0.
    """
    mix: dict[str, int] = {}
    listed = f"Known: {', '.join(known)}."
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, weight = (word.strip() for word in part.partition("="))
        if name not in known:
            raise ConfigError(f"--mix: {unknown('kind of phone', name, known)}", hint=listed)
        if name in mix:
            raise ConfigError(f'--mix: "{name}" is named twice.')
        if equals and not (weight.isascii() and weight.isdigit() and int(weight) > 0):
            raise ConfigError(f'--mix: the weight of {name} must be a whole number above 0, not "{weight}".')
        mix[name] = int(weight) if equals else 1
    if not mix:
        raise ConfigError("--mix: name at least one kind of phone.", hint=listed)
    return mix


def spread_kinds(mix: Mapping[str, int], *, phones: int, rng: Random) -> list[str]:
    """The kind of each phone: shares as near to the weights as whole phones allow, in shuffled order."""
    total = sum(mix.values())
    exact = {name: phones * weight / total for name, weight in mix.items()}
    counts = {name: int(share) for name, share in exact.items()}
    by_rest = sorted(mix, key=lambda name: (counts[name] - exact[name], name))
    for name in by_rest[: phones - sum(counts.values())]:
        counts[name] += 1
    kinds = [name for name, count in counts.items() for _ in range(count)]
    rng.shuffle(kinds)
    return kinds


def address_of(index: int) -> str:
    """The loopback address of a phone, from 127.20.0.1 on."""
    net, host = divmod(index, _PER_NET)
    return f"127.20.{net}.{host + 1}"


def mac_of(serial: int) -> str:
    """An invented MAC: the first 256 from the range kept for documentation, then locally administered."""
    return f"00005e0053{serial:02x}" if serial < DOCUMENTATION_MACS else f"02005e{serial:06x}"


DOCUMENTATION_MACS = 256
_CAPACITIES = (20, 50, 50, 60, 60, 100, 100, 100)
_SHARED_CAPACITY = 100
_SHARED = 0.15
_SAVED_LATE = 0.5
_BY_START = 0.2
_FLUSH_S = 600
_RENUMBERS = 0.3


def traits_of(rng: Random, kind: EmulatorKind, spec: FarmSpec) -> MemoryTraits:
    """How one phone's memory works: capacities as found on real desks, both ways of keeping times."""
    shared = rng.random() < _SHARED and kind.pools
    merges = rng.random() < spec.merging
    made = MemoryTraits(
        capacity=_SHARED_CAPACITY if shared else rng.choice(_CAPACITIES),
        shared=shared,
        keeping=rng.choice((Keeping.TEXT, Keeping.TICKS)),
        time_of=spec.time_of,
        merging=Merging.NEWEST if kind.merges and merges else Merging.OFF,
        by_start=rng.random() < _BY_START,
        flush_s=_FLUSH_S if rng.random() < _SAVED_LATE else 0,
    )
    if not kind.newest_only:
        return made
    return replace(
        made,
        by_start=False,
        numbering=rng.choice((Numbering.PER_LIST, Numbering.TOGETHER)),
        renumbers=rng.random() < _RENUMBERS,
    )


def password_of(employee: Employee, seed: int) -> str:
    """The password of a phone's web page; its signs must be encoded in a form."""
    return f"Desk+{employee.extension}/{seed}="
