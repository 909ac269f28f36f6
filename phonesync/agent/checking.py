"""``phonesync check`` of one phone: sign in once and say what works, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from phonesync import clock
from phonesync.agent.poller import Poller
from phonesync.agent.reading import Mark, Visit
from phonesync.agent.taking import take_check
from phonesync.agent.values import CheckItem, CheckResult
from phonesync.driver.contract import Driver, PhoneContext, Variant, implied_variant
from phonesync.driver.session import Session
from phonesync.errors import (
    ConfigError,
    DriverError,
    LockedOut,
    PhoneBusy,
    PhoneError,
    PhonesyncError,
    PhoneTimeout,
    PhoneUnreachable,
    SignInRefused,
    UnexpectedResponse,
    Unsupported,
)
from phonesync.model import CallLog, ClockReading, PhoneIdentity, PhoneStatus

if TYPE_CHECKING:
    from phonesync.agent.writer import StoreWriter
    from phonesync.config import Config, PhoneConfig

UNREADABLE = "cannot be read on this generation"

CLOCK_TOLERANCE_S = 5
"""A clock this close is right: a display of whole seconds and the way there explain as much."""

_AT_SIGN_IN = (SignInRefused, LockedOut, PhoneBusy)
_NO_ANSWER = (PhoneUnreachable, PhoneTimeout)


class NotTried(PhoneError):
    """Sign-in was left out; the sentence says why."""


class LeftToAgent(NotTried):
    """Sign-in was left to the agent that is running; nothing is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the session showed.

    Attributes:
        log: The lists, or the error that reading them met.
        status: Clock and settings, or the error that reading them met.
    """

    log: CallLog | UnexpectedResponse | Unsupported
    status: PhoneStatus | UnexpectedResponse


class Checker:
    """Checks phones, one sign-in each.

    Args:
        config: The configuration.
        poller: Knows how to reach a phone, and which ones must be left alone.
        writer: The thread in front of the store.
        beside_agent: A running agent may be reading the phones at this moment.
    """

    def __init__(self, config: Config, poller: Poller, writer: StoreWriter, *, beside_agent: bool) -> None:
        self._config = config
        self._poller = poller
        self._writer = writer
        self._beside_agent = beside_agent

    async def check(self, name: str) -> CheckResult:
        """Signs in to one phone once and says what works; what it learns is remembered.

        Args:
            name: Of a configured phone the store knows.

        Raises:
            StoreError: The store cannot be used.
        """
        phone = self._config.phone(name)
        state = await self._writer.keep(lambda store: store.phone(name))
        try:
            credentials = self._poller.credentials(phone)
        except ConfigError as missing:
            return CheckResult(name=name, items=(CheckItem(what="password", ok=False, text=str(missing)),))
        stop = self._poller.stop_for(phone, state, credentials)
        marker = self._poller.marker(phone, state, credentials)
        visit = self._poller.visit(phone, state, credentials, marker, anew=True)

        async def before_sign_in(variant: Variant) -> None:
            if stop is not None:
                raise NotTried(stop.text)
            if self._beside_agent and variant.one_session:
                raise LeftToAgent("not tried: an agent is running, and this phone allows one session only")
            await marker.session(variant)

        seen, error = await _made(visit, before_sign_in)
        zone = self._config.zone_of(phone)
        attempt = self._poller.finished(phone, zone, state, credentials, visit, marker)
        await self._poller.keep(attempt, lambda store, again: take_check(store, again, error))
        items = findings(phone, visit, seen, error, zone)
        return CheckResult(name=name, items=(*items, *await self._reports(name, zone)))

    async def _reports(self, name: str, zone: ZoneInfo) -> tuple[CheckItem, ...]:
        """Whether the phone reports its calls, where reports can be received at all."""
        if self._config.web.listen is None:
            return ()
        last = (await self._writer.keep(lambda store: store.last_reports())).get(name)
        if last is None:
            text = f"none has arrived; the settings for them: phonesync phones setup {name}"
            return (CheckItem(what="reports", ok=None, text=text),)
        shown = last.last_at.astimezone(zone)
        return (
            CheckItem(what="reports", ok=True, text=f"the last one arrived on {shown:%Y-%m-%d %H:%M:%S}"),
        )


async def _made(visit: Visit, before_sign_in: Mark) -> tuple[Seen | None, PhonesyncError | None]:
    """What the session showed, or why there was none."""

    async def look(session: Session, driver: Driver, phone: PhoneContext) -> Seen:
        log: CallLog | UnexpectedResponse | Unsupported
        status: PhoneStatus | UnexpectedResponse
        try:
            log = await visit.read_lists(session, driver, phone)
        except (UnexpectedResponse, Unsupported) as error:
            log = error
        try:
            status = await driver.read_status(session, phone=phone)
        except UnexpectedResponse as error:
            status = error
        return Seen(log=log, status=status)

    try:
        return await visit.make(before_sign_in, look, unread=True), None
    except (PhoneError, DriverError) as error:
        return None, error


def findings(
    phone: PhoneConfig,
    visit: Visit,
    seen: Seen | None,
    error: PhonesyncError | None,
    zone: ZoneInfo,
) -> tuple[CheckItem, ...]:
    """What a check found, in the order a person would look.

    Args:
        phone: As configured.
        visit: The conversation.
        seen: What the session showed, or None where there was none.
        error: Why there was none, or None.
        zone: Zone that the phone's clock is expected to show.
    """
    if visit.driver is not None and implied_variant(visit.driver) is not None:
        return (_unasked(), _generation(visit, error), CheckItem(what="list", ok=None, text=str(error)))
    items = [_reachable(visit, error)]
    if items[0].ok is False:
        return tuple(items)
    items.append(_tls(phone, visit))
    items.append(_generation(visit, error))
    if visit.variant is None or visit.identity is None:
        return tuple(items)
    items.append(_sign_in(visit, error))
    items.append(_lists(visit.variant, seen, error))
    if seen is not None:
        items += _settings(seen, zone)
    if visit.variant.one_session:
        items.append(_advice())
    return tuple(items)


def _unasked() -> CheckItem:
    return CheckItem(what="reachable", ok=None, text="not asked: the configuration says what it is")


def _reachable(visit: Visit, error: PhonesyncError | None) -> CheckItem:
    if visit.variant is None and isinstance(error, _NO_ANSWER):
        return CheckItem(what="reachable", ok=False, text=str(error))
    return CheckItem(what="reachable", ok=True, text="answers")


def _tls(phone: PhoneConfig, visit: Visit) -> CheckItem:
    if not phone.url.lower().startswith("https:"):
        return CheckItem(
            what="tls", ok=None, text="none: the address is http, so the password can be overheard"
        )
    if visit.certificate is None:
        return CheckItem(what="tls", ok=False, text="no certificate was seen")
    judged = {
        "tofu": "pinned at first use",
        "verify": "signed by a known authority",
        "insecure": "not judged, as configured",
    }
    mode = judged.get(phone.tls, "as configured")
    return CheckItem(what="tls", ok=True, text=f"certificate {visit.certificate[:16]}…, {mode}")


def _generation(visit: Visit, error: PhonesyncError | None) -> CheckItem:
    if visit.variant is None or visit.identity is None:
        return CheckItem(what="generation", ok=False, text=str(error))
    identity: PhoneIdentity = visit.identity
    known = ", ".join(text for text in (identity.model, identity.firmware) if text is not None)
    shown = f"{known}; " if known else ""
    text = f"{shown}{visit.variant.title} ({visit.variant.name}; evidence: {identity.evidence})"
    return CheckItem(what="generation", ok=True, text=text)


def _sign_in(visit: Visit, error: PhonesyncError | None) -> CheckItem:
    if visit.signed_in:
        return CheckItem(what="sign_in", ok=True, text="accepted")
    if isinstance(error, Unsupported):
        return CheckItem(what="sign_in", ok=None, text="not tried: how it is done is not known")
    waits = isinstance(error, LeftToAgent | PhoneBusy)
    return CheckItem(what="sign_in", ok=None if waits else False, text=str(error))


def _lists(variant: Variant, seen: Seen | None, error: PhonesyncError | None) -> CheckItem:
    if seen is None:
        waits = isinstance(error, NotTried | PhoneBusy)
        text = "not read" if isinstance(error, (NotTried, *_AT_SIGN_IN)) else str(error)
        return CheckItem(what="list", ok=None if waits else False, text=text)
    if not isinstance(seen.log, CallLog):
        return CheckItem(what="list", ok=False, text=str(seen.log))
    rows = (
        f"{variant.lists.get(shown.list_code, shown.list_code)} {'?' if shown.silent else len(shown.entries)}"
        for shown in seen.log.snapshots
    )
    return CheckItem(what="list", ok=True, text=f"readable: {', '.join(rows)} rows")


def _settings(seen: Seen, zone: ZoneInfo) -> list[CheckItem]:
    if isinstance(seen.status, UnexpectedResponse):
        return [CheckItem(what="settings", ok=False, text=str(seen.status))]
    status = seen.status
    reading = status.clock
    if reading is None and isinstance(seen.log, CallLog):
        reading = seen.log.clock
    warnings = [CheckItem(what="warning", ok=None, text=text) for text in status.warnings]
    return [_clock(reading, zone), _zone(status), _history(status), _merging(status), *warnings]


def _clock(reading: ClockReading | None, zone: ZoneInfo) -> CheckItem:
    if reading is None:
        return CheckItem(what="clock", ok=None, text=UNREADABLE)
    off = round(clock.offset_s(reading, zone))
    if abs(off) <= CLOCK_TOLERANCE_S:
        return CheckItem(what="clock", ok=True, text=f"right within {CLOCK_TOLERANCE_S} s")
    way = "ahead" if off > 0 else "behind"
    text = f"off by {off} s ({abs(off)} s {way} of the time in {zone.key}); entries show times by this clock"
    return CheckItem(what="clock", ok=None, text=text)


def _zone(status: PhoneStatus) -> CheckItem:
    text = UNREADABLE if status.zone is None else f"the phone is set to {status.zone}"
    return CheckItem(what="zone", ok=None, text=text)


def _history(status: PhoneStatus) -> CheckItem:
    if status.history_enabled is None:
        return CheckItem(what="history", ok=None, text=UNREADABLE)
    if status.history_enabled:
        return CheckItem(what="history", ok=True, text="the phone keeps call lists")
    text = "switched off: the phone keeps no call lists; switch its history setting on"
    return CheckItem(what="history", ok=False, text=text)


def _merging(status: PhoneStatus) -> CheckItem:
    if status.merging_enabled is None:
        return CheckItem(what="merging", ok=None, text=UNREADABLE)
    if not status.merging_enabled:
        return CheckItem(what="merging", ok=True, text="off: each call has a row of its own")
    text = "on: repeats share one row, so that their number is known and their times are not"
    return CheckItem(what="merging", ok=None, text=text)


def _advice() -> CheckItem:
    text = (
        "advised: signing in here can end a person's session unseen, or be kept out by it; "
        "give phonesync a user of its own where the phone allows one"
    )
    return CheckItem(what="separate_account", ok=None, text=text)
