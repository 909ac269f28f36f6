"""Which drivers and emulators are installed, and which driver an unknown phone belongs to.

Both are found through entry points, so that one written elsewhere needs no change here: the group
``phonesync.drivers`` holds one :class:`~phonesync.driver.contract.Driver` each, the group
``phonesync.emulators`` a mapping of kind name to :class:`~phonesync.driver.emulation.EmulatorKind`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus
from importlib.metadata import EntryPoint, entry_points
from itertools import pairwise
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from phonesync.driver.contract import Driver, implied_variant
from phonesync.driver.emulation import EmulatorKind
from phonesync.driver.markup import named, read_html, visible_text
from phonesync.driver.session import Request, Response, Session
from phonesync.errors import DriverError, NotIdentified, UnexpectedResponse
from phonesync.model import PhoneIdentity
from phonesync.spelling import capital, unknown

DRIVERS = "phonesync.drivers"
"""Entry point group of drivers."""

EMULATORS = "phonesync.emulators"
"""Entry point group of emulator kinds."""

_TITLE = 60
"""Characters of a strange page's title that are shown."""

_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What importing somebody else's module may raise."""


@cache
def drivers() -> Mapping[str, Driver]:
    """Every installed driver by name, sorted; loaded once.

    Raises:
        DriverError: A plug-in cannot be loaded, is no driver, or two bear one name.
    """
    found: dict[str, Driver] = {}
    for point in _points(DRIVERS):
        driver = _load(point)
        if not isinstance(driver, Driver):
            raise DriverError(
                f"{_source(point)} is no driver: it lacks part of phonesync.driver.contract.Driver.",
                hint=_hint(point),
            )
        if driver.name != point.name:
            raise DriverError(
                f'{_source(point)} is registered as "{point.name}" but calls itself "{driver.name}".',
                hint=_hint(point),
            )
        found[point.name] = driver
    return MappingProxyType(found)


@cache
def emulators() -> Mapping[str, EmulatorKind]:
    """Every installed kind of emulated phone by name, sorted; loaded once.

    Raises:
        DriverError: A plug-in cannot be loaded, is no mapping of kinds, or two kinds bear one name.
    """
    found: dict[str, EmulatorKind] = {}
    for point in _points(EMULATORS):
        kinds = _load(point)
        if not isinstance(kinds, Mapping) or not all(
            isinstance(kind, EmulatorKind) for kind in kinds.values()
        ):
            raise DriverError(f"{_source(point)} is no mapping of emulator kinds.", hint=_hint(point))
        for name, kind in kinds.items():
            if name in found or name != kind.name:
                raise DriverError(
                    f'{_source(point)} brings the emulator kind "{name}", which is taken or misnamed.',
                    hint=_hint(point),
                )
            found[name] = kind
    return MappingProxyType(dict(sorted(found.items())))


async def identify(
    session: Session,
    drivers: Mapping[str, Driver],
    *,
    only: str | None = None,
) -> tuple[Driver, PhoneIdentity]:
    """Finds the driver that recognises the phone, one driver after the other, before any sign-in.

    Drivers whose phones are known from the configuration alone are not among them. A driver that meets an
    answer it cannot make sense of is passed over as long as another one recognises the phone.

    Args:
        session: An anonymous conversation with the phone.
        drivers: Drivers to ask, by name.
        only: Ask this driver alone (key ``driver`` of the phone), or None for all.

    Raises:
        NotIdentified: No driver recognises the phone.
        DriverError: ``only`` is unknown, two drivers claim the phone, or a driver names a variant it lacks.
        PhoneError: The phone could not be reached, or broke off.
    """
    if only is not None and only not in drivers:
        raise DriverError(capital(unknown("driver", only, drivers)), hint="`phonesync drivers` lists them.")
    asked = _asked(drivers, only)
    heard = _Heard(session)
    claims: list[tuple[Driver, PhoneIdentity]] = []
    strange: list[UnexpectedResponse] = []
    for driver in asked:
        try:
            identity = await driver.identify(heard)
        except UnexpectedResponse as error:
            strange.append(error)
            continue
        if identity is not None:
            claims.append((driver, identity))
    if not claims:
        if strange:
            raise strange[0]
        raise _not_identified([driver.name for driver in asked], only, heard.first)
    if len(claims) > 1:
        names = " and ".join(driver.name for driver, _ in claims)
        raise DriverError(
            f"The drivers {names} both claim this phone.",
            hint='Name the right one with driver = "…" in the phone\'s table.',
        )
    driver, identity = claims[0]
    if identity.variant not in driver.variants:
        raise DriverError(
            f'The driver {driver.name} identified the variant "{identity.variant}", which it does not have.',
            hint="This is a mistake in the driver: report it to its author.",
        )
    return driver, identity


def _asked(drivers: Mapping[str, Driver], only: str | None) -> list[Driver]:
    """Drivers to ask: the one named, else all whose phones can be asked what they are."""
    if only is not None:
        return [drivers[only]]
    return [driver for driver in drivers.values() if implied_variant(driver) is None]


class _Heard:
    """A session that remembers the first answer, to say what it was that nobody recognised."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.first: Response | None = None

    async def send(self, request: Request, /) -> Response:
        response = await self._session.send(request)
        self.first = self.first or response
        return response

    def now(self) -> datetime:
        return self._session.now()


def _not_identified(drivers: Iterable[str], only: str | None, first: Response | None) -> NotIdentified:
    answered = "" if first is None else f": it {_answered(first)}"
    if only is not None:
        return NotIdentified(
            f"The driver {only} does not recognise this phone{answered}.",
            hint="Check the address, or leave driver out so that every driver is asked.",
        )
    names = ", ".join(drivers) or "none is installed"
    return NotIdentified(
        f"No driver recognises this phone (asked: {names}){answered}.",
        hint="Check the address; `phonesync drivers` lists the models that can be read.",
    )


def _answered(response: Response) -> str:
    """How the phone answered, in words that hold no text of its page but the title."""
    where = urlsplit(response.header("Location") or "")
    if response.status // 100 == 3 and where.netloc:  # noqa: PLR2004  RFC 9110
        return f"redirects elsewhere, to {where.scheme or 'http'}://{where.netloc.rpartition('@')[2]}"
    if response.status != HTTPStatus.OK:
        return f"answered with status {response.status}"
    try:
        page = read_html(response.content)
    except UnexpectedResponse:
        return "answered with something that is no page"
    title = next((visible_text(element) for element in page.root.iter("title")), "").strip()
    shown = f'a page titled "{title[:_TITLE]}"' if title.isprintable() and title else "a page without a title"
    return named(f"answered with {shown}.", response.content).rstrip(".")


def _points(group: str) -> list[EntryPoint]:
    """Entry points of a group, sorted by name, each name once.

    Raises:
        DriverError: Two packages register the same name.
    """
    points = sorted(entry_points(group=group), key=lambda point: point.name)
    for one, other in pairwise(points):
        if one.name == other.name:
            raise DriverError(
                f'{_source(one)} and {_source(other)} both register "{one.name}" as {group}.',
                hint="Uninstall one of the two packages.",
            )
    return points


def _load(point: EntryPoint) -> Any:
    try:
        return point.load()
    except _BROKEN as error:
        raise DriverError(
            f"{_source(point)} cannot be loaded: {type(error).__name__}: {_sentence(str(error))}",
            hint=_hint(point),
        ) from error


def _source(point: EntryPoint) -> str:
    package = point.dist.name if point.dist is not None else "an unknown package"
    return f"The plug-in {point.name} ({point.value}, from {package})"


def _hint(point: EntryPoint) -> str:
    package = point.dist.name if point.dist is not None else "the package that brings it"
    return f"Repair or uninstall {package}."


def _sentence(text: str) -> str:
    """The text with a capital letter and a full stop, on one line."""
    line = " ".join(text.split())
    return capital(line) + ("" if line.endswith((".", "?", "!")) else ".")
