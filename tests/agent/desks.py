"""Desk phones of an invented vendor, their driver, and a clock that stands still until it is moved."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import httpx

from phonesync.driver.contract import Capability, PhoneContext, Quirk, Variant
from phonesync.driver.events import ActionUrl, ActionUrls
from phonesync.driver.session import Credentials, LoginFlow, Request, Response, Session, SignedIn
from phonesync.errors import (
    LockedOut,
    PhoneBusy,
    SignInRefused,
    UnexpectedResponse,
    Unsupported,
)
from phonesync.model import (
    CallLog,
    CallLogEntry,
    ClockReading,
    EventKind,
    Evidence,
    ListName,
    PhoneIdentity,
    PhoneStatus,
    RawAnswer,
    Snapshot,
    WallTime,
    no_quirks,
)
from phonesync.transport import Target

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class StillClock:
    """Time that passes only when somebody waits or moves it."""

    def __init__(self, now: datetime = START) -> None:
        self.instant = now

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.instant.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)

    def advance(self, instant: datetime) -> None:
        assert instant >= self.instant
        self.instant = instant


LISTS = MappingProxyType({"1": ListName.PLACED, "2": ListName.MISSED, "3": ListName.RECEIVED})

KEPT = Variant(
    name="desk-1",
    title="first desk phones",
    models=("D1",),
    firmware="1",
    lists=LISTS,
    pools=(("1",), ("2",), ("3",)),
    capacity=10,
    shows_year=True,
    resolution_s=1,
    swap=("2", "3"),
    capabilities=(Capability(what="read_call_log", supported=True, evidence=Evidence.LIKELY),),
)
VARIANTS = MappingProxyType(
    {
        "desk-1": KEPT,
        "desk-2": replace(KEPT, name="desk-2", one_session=True, signs_out=True),
        "desk-3": replace(KEPT, name="desk-3", readable=False, refusal="Its list page is not known."),
        "desk-4": replace(KEPT, name="desk-4", experimental=True, refusal="Allow it by experimental = true."),
        "desk-5": replace(
            KEPT,
            name="desk-5",
            readable=False,
            refusal="It shows no list.",
            capabilities=(Capability(what="sign_in", supported=True, evidence=Evidence.CERTAIN),),
        ),
    }
)


REPORTS = ActionUrls(
    urls=tuple(ActionUrl(word=kind.value, setting=f"report.{kind.value}", kind=kind) for kind in EventKind),
    variables=MappingProxyType({key: f"${key}" for key in "calrdwn"}),
)


class DeskDriver:
    """Reads desk phones: ``/about``, ``/in``, ``/calls``, ``/settings``, ``/out``."""

    name = "desk"
    vendor = "desk"
    variants: Mapping[str, Variant] = VARIANTS
    quirks: tuple[Quirk, ...] = (
        Quirk(name="type_2", values=("missed", "received"), note="What code 2 means."),
        Quirk(name="type_3", values=("missed", "received"), note="What code 3 means."),
    )

    async def identify(self, session: Session) -> PhoneIdentity | None:
        response = await session.send(Request(path="/about"))
        if response.status != 200:
            return None
        about = json.loads(response.content)
        return PhoneIdentity(
            vendor="desk", variant=about["variant"], firmware=about["firmware"], mac=about["mac"]
        )

    def capabilities(self, identity: PhoneIdentity, *, quirks: Mapping[str, str] = no_quirks()) -> Variant:
        variant = self.variants[identity.variant]
        meant = {name.removeprefix("type_"): ListName(value) for name, value in quirks.items()}
        return replace(variant, lists=MappingProxyType({**variant.lists, **meant}))

    def login_flow(self, *, phone: PhoneContext) -> LoginFlow:
        return DeskLogin(phone.variant)

    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        if not phone.may_read:
            raise Unsupported(phone.variant.refusal)
        response = await session.send(Request(path="/calls"))
        shown = _read(response)
        return CallLog(
            snapshots=tuple(
                Snapshot(list_code=code, entries=tuple(_entry(code, row) for row in rows))
                for code, rows in shown["lists"].items()
            ),
            clock=ClockReading(wall=_wall(shown["clock"]), at=response.at) if shown["clock"] else None,
            raw=(RawAnswer(path="/calls", content_type="application/json", content=response.content),),
            accounts={1: "101"},
            unknown_fields=tuple(shown["unknown"]),
        )

    def action_urls(self, *, variant: str | None) -> ActionUrls | None:
        return REPORTS

    async def read_status(self, session: Session, *, phone: PhoneContext) -> PhoneStatus:
        response = await session.send(Request(path="/settings"))
        shown = _read(response)
        return PhoneStatus(
            clock=ClockReading(wall=_wall(shown["clock"]), at=response.at),
            zone=shown["zone"],
            history_enabled=shown["history"],
            merging_enabled=shown["merging"],
            warnings=tuple(shown["warnings"]),
        )


class DeskLogin:
    """One request in, one out; a ticket in between."""

    def __init__(self, variant: Variant) -> None:
        self._variant = variant

    def sign_in(self, credentials: Credentials, *, now: datetime) -> Generator[Request, Response, SignedIn]:
        body = f"{credentials.username}:{credentials.password}".encode()
        response = yield Request(path="/in", method="POST", content=body)
        if response.status == 401:
            raise SignInRefused("The phone refused user or password.")
        if response.status == 423:
            raise LockedOut("The phone has locked sign-in.", until=now + timedelta(minutes=3))
        if response.status == 409:
            raise PhoneBusy("Somebody else is signed in.")
        return SignedIn(values={"ticket": _read(response)["ticket"]})

    def authorize(self, request: Request, signed_in: SignedIn) -> Request:
        return request.with_headers(("X-Ticket", signed_in.values["ticket"]))

    def is_expired(self, response: Response) -> bool:
        return response.status == 403

    def sign_out(self, signed_in: SignedIn) -> Request | None:
        if not self._variant.signs_out:
            return None
        return Request(path="/out", method="POST", headers=(("X-Ticket", signed_in.values["ticket"]),))


def _read(response: Response) -> dict:
    try:
        return json.loads(response.content)
    except ValueError as error:
        raise UnexpectedResponse(
            "The page is no list.", path=response.path, status=response.status, content=response.content
        ) from error


def _wall(text: str) -> WallTime:
    at = datetime.fromisoformat(text)
    second = None if text.count(":") == 1 else at.second
    return WallTime(year=at.year, month=at.month, day=at.day, hour=at.hour, minute=at.minute, second=second)


def _entry(code: str, row: list) -> CallLogEntry:
    number, shown, duration = row
    return CallLogEntry(
        list_code=code,
        account="101",
        remote_number=number,
        shown_at=shown,
        wall=_wall(shown),
        duration_s=duration,
    )


@dataclass
class Desk:
    """One phone as the network sees it; the knobs are its fields."""

    clock: StillClock
    variant: str = "desk-2"
    firmware: str = "1.0"
    mac: str | None = "00005e005301"
    password: str = "right"
    fault: str = ""  # unreachable, garbage, locked, busy, no-sign-out, no-verdict, bug
    zone: str = "+0"
    warnings: tuple[str, ...] = ()
    history: bool | None = True
    merging: bool | None = False
    ahead_s: int = 0
    shows_clock: bool = True
    lists: dict[str, list] = field(default_factory=lambda: {"1": [], "2": [], "3": []})
    sessions: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    sign_ins: list[str] = field(default_factory=list)
    minutes: bool = False  # rows without seconds
    unknown: tuple[str, ...] = ()
    hold: object = None  # an awaitable factory run before the list is given
    hold_verdict: object = None  # the same after a password has come in

    def call(self, number: str, *, code: str = "2", duration_s: int = 0, before_s: int = 5) -> None:
        at = self.clock.now() - timedelta(seconds=before_s)
        shown = "%Y-%m-%dT%H:%M" if self.minutes else "%Y-%m-%dT%H:%M:%S"
        self.lists[code].insert(0, [number, at.strftime(shown), duration_s])
        del self.lists[code][10:]

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.fault == "unreachable":
            raise httpx.ConnectError("refused")
        if self.fault == "bug":
            raise ZeroDivisionError("a driver's mistake")
        status, content = await self._page(request)
        return httpx.Response(status, content=content)

    async def _page(self, request: httpx.Request) -> tuple[int, bytes]:
        path = request.url.path
        if path == "/about":
            about = {"variant": self.variant, "firmware": self.firmware, "mac": self.mac}
            return 200, json.dumps(about).encode()
        if path == "/in":
            return await self._sign_in(request.content.decode())
        if request.headers.get("X-Ticket") not in self.sessions:
            return 403, b"{}"
        return await self._page_inside(path)

    async def _page_inside(self, path: str) -> tuple[int, bytes]:
        if path == "/out":
            if self.fault == "no-sign-out":
                return 500, b""
            self.sessions.clear()
            return 200, b"{}"
        if self.fault == "garbage":
            return 200, b"<html>welcome</html>"
        wall = (self.clock.now() + timedelta(seconds=self.ahead_s)).strftime("%Y-%m-%dT%H:%M:%S")
        if path == "/settings":
            shown = {
                "clock": wall,
                "zone": self.zone,
                "history": self.history,
                "merging": self.merging,
                "warnings": self.warnings,
            }
            return 200, json.dumps(shown).encode()
        if self.hold is not None:
            await self.hold()
        seen = wall if self.shows_clock else ""
        return 200, json.dumps({"lists": self.lists, "clock": seen, "unknown": self.unknown}).encode()

    async def _sign_in(self, body: str) -> tuple[int, bytes]:
        if self.fault == "locked":
            return 423, b"{}"
        if self.fault == "busy" or (self.sessions and VARIANTS[self.variant].one_session):
            return 409, b"{}"
        self.sign_ins.append(body)
        if self.hold_verdict is not None:
            await self.hold_verdict()
        if self.fault == "no-verdict":
            raise httpx.ReadTimeout("the verdict is lost")
        if body != f"admin:{self.password}":
            return 401, b"{}"
        ticket = f"t{len(self.sign_ins)}"
        self.sessions.add(ticket)
        return 200, json.dumps({"ticket": ticket}).encode()


class Wires(dict[str, Desk]):
    """Desks by name; gives the transport its httpx transports."""

    def __call__(self, target: Target) -> httpx.AsyncBaseTransport:
        return httpx.MockTransport(self[target.name].answer)
