"""``phonesync capture``: one conversation with one phone, taken down for a fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from phonesync.agent.ordered import ordered
from phonesync.agent.poller import Poller
from phonesync.agent.reading import Visit
from phonesync.driver.contract import Driver, PhoneContext, Variant
from phonesync.driver.session import Credentials, Session
from phonesync.errors import DriverError, NotIdentified, PhoneError, UnexpectedResponse, Unsupported
from phonesync.store.records import PhoneState
from phonesync.transport.tape import Recording, Tape

if TYPE_CHECKING:
    from phonesync.agent.writer import StoreWriter
    from phonesync.config import Config, PhoneConfig

_RECORDED_ERRORS = (UnexpectedResponse, Unsupported)
"""What may become of reading the lists in a recording: both say something of the phone, not of the moment."""


class Capturer:
    """Captures phones, one sign-in each, by the rules of a check.

    Args:
        config: The configuration.
        poller: Knows how to reach a phone, and which ones must be left alone; its transport is taped.
        writer: The thread in front of the store.
        tape: What the transport takes down on.
    """

    def __init__(self, config: Config, poller: Poller, writer: StoreWriter, tape: Tape) -> None:
        self._config = config
        self._poller = poller
        self._writer = writer
        self._tape = tape

    async def capture(self, name: str) -> Recording:
        """Identifies, signs in, reads lists and settings, signs out; what it learns is remembered.

        A phone that no driver recognises, or knows how to sign in to, is asked what identification asks, and
        no more: it gets no password.

        Args:
            name: Of a configured phone the store knows.

        Raises:
            NotTried: The phone refused these credentials, has locked sign-in, or never gave a verdict.
            PhoneError: It could not be reached, refused, or was busy.
            ConfigError: Its password cannot be had.
            StoreError: The store cannot be used.
        """
        order = await ordered(self._config, self._poller, self._writer, name)
        visit = order.visit

        async def before_sign_in(variant: Variant) -> None:
            self._tape.in_session = True
            await order.marker.session(variant)

        failed: PhoneError | DriverError | None = None
        met = ""
        try:
            met = await visit.make(before_sign_in, _looked, unread=True)
        except (PhoneError, DriverError) as error:
            failed = error
        await order.ended(self._config, self._poller, failed)
        unknown = visit.identity is None and isinstance(failed, NotIdentified | UnexpectedResponse)
        # A phone that nobody knows how to sign in to has been asked who it is, and no more.
        unasked = isinstance(failed, Unsupported) and not self._tape.in_session
        if failed is not None and not ((unknown or unasked) and self._tape.turns):
            raise failed
        if unasked:
            met = type(failed).__name__
        return self._recording(order.phone, order.state, order.credentials, visit, met)

    def _recording(
        self, phone: PhoneConfig, state: PhoneState, credentials: Credentials, visit: Visit, met: str
    ) -> Recording:
        site = self._config.site_of(phone)
        host = urlsplit(phone.url).hostname
        return Recording(
            turns=tuple(self._tape.turns),
            driver=visit.driver,
            phone=visit.context,
            credentials=credentials,
            signed_in=visit.opened,
            error=met,
            at=self._tape.turns[0].response.at,
            names=tuple(filter(None, (phone.name, phone.owner, phone.department, site.name))),
            numbers=tuple(filter(None, (phone.extension, *phone.lines.values()))),
            hosts=() if host is None else (host,),
            macs=tuple(filter(None, (phone.mac, state.mac))),
        )


async def _looked(session: Session, driver: Driver, phone: PhoneContext) -> str:
    """Reads lists and settings; the class of the error that the lists met, or ""."""
    met = ""
    try:
        await driver.read_call_log(session, phone=phone)
    except _RECORDED_ERRORS as error:
        met = type(error).__name__
    try:
        await driver.read_status(session, phone=phone)
    except _RECORDED_ERRORS:
        return met  # the answers are on the tape, whatever they mean
    return met
