"""A conversation with one phone that a person ordered, by the rules of a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from phonesync.agent.attempt import Marker
from phonesync.agent.checking import NotTried
from phonesync.agent.poller import Poller
from phonesync.agent.reading import Visit
from phonesync.agent.taking import take_check
from phonesync.driver.session import Credentials
from phonesync.errors import PhonesyncError
from phonesync.store.records import PhoneState

if TYPE_CHECKING:
    from phonesync.agent.writer import StoreWriter
    from phonesync.config import Config, PhoneConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """A conversation that may begin.

    Attributes:
        phone: As configured.
        state: As remembered.
        credentials: As resolved.
        marker: Told before user and password go out.
        visit: The conversation.
    """

    phone: PhoneConfig
    state: PhoneState
    credentials: Credentials
    marker: Marker
    visit: Visit

    async def ended(self, config: Config, poller: Poller, failed: PhonesyncError | None) -> None:
        """Takes what it has learned into the store: a refusal or a lock counts as it does in a poll.

        Args:
            config: The configuration.
            poller: Knows how to reach the phone.
            failed: What ended it, or None.

        Raises:
            StoreError: The store cannot be used.
        """
        zone = config.zone_of(self.phone)
        attempt = poller.finished(self.phone, zone, self.state, self.credentials, self.visit, self.marker)
        await poller.keep(attempt, lambda store, again: take_check(store, again, failed))


async def ordered(config: Config, poller: Poller, writer: StoreWriter, name: str) -> Ordered:
    """Prepares a conversation; the phone is asked anew what it is.

    Args:
        config: The configuration.
        poller: Knows how to reach a phone, and which ones must be left alone.
        writer: The thread in front of the store.
        name: Of a configured phone the store knows.

    Raises:
        NotTried: The phone refused these credentials, has locked sign-in, or never gave a verdict.
        ConfigError: Its password cannot be had.
        StoreError: The store cannot be used.
    """
    phone = config.phone(name)
    state = await writer.keep(lambda store: store.phone(name))
    credentials = poller.credentials(phone)
    stop = poller.stop_for(phone, state, credentials)
    if stop is not None:
        raise NotTried(stop.text)
    marker = poller.marker(phone, state, credentials)
    visit = poller.visit(phone, state, credentials, marker, anew=True)
    return Ordered(phone=phone, state=state, credentials=credentials, marker=marker, visit=visit)
