"""The asynchronous half: which requests, in which order."""

from __future__ import annotations

from collections.abc import Mapping

from phonesync.driver.contract import PhoneContext, Quirk, Variant
from phonesync.driver.markup import read_xml
from phonesync.driver.session import LoginFlow, Request, Session
from phonesync.errors import UnexpectedResponse
from phonesync.model import CallLog, Evidence, PhoneIdentity, PhoneStatus, no_quirks
from tests.toyvendor.call_log import parse
from tests.toyvendor.login import BasicLogin
from tests.toyvendor.quirks import QUIRKS, VARIANTS, variant_of


class ToyDriver:
    """Reads the toy phones of firmware 1 and 2."""

    name = "toy"
    vendor = "toy"
    variants: Mapping[str, Variant] = VARIANTS
    quirks: tuple[Quirk, ...] = QUIRKS

    async def identify(self, session: Session) -> PhoneIdentity | None:
        """Every toy phone shows ``/about.xml`` to anybody."""
        response = await session.send(Request(path="/about.xml"))
        try:
            about = read_xml(response.content)
        except UnexpectedResponse:
            return None
        firmware = about.get("firmware", "")
        variant = f"v{firmware.partition('.')[0]}"
        if about.tag != "phone" or about.get("maker") != "Toy" or variant not in self.variants:
            return None
        mac = about.get("mac", "").lower()
        return PhoneIdentity(
            vendor=self.vendor,
            variant=variant,
            model=about.get("model"),
            firmware=firmware,
            mac=mac or None,
            evidence=Evidence.CERTAIN,
        )

    def capabilities(
        self,
        identity: PhoneIdentity,
        *,
        quirks: Mapping[str, str] = no_quirks(),
    ) -> Variant:
        """The variant of this phone, quirks applied."""
        return variant_of(identity.variant, quirks)

    def login_flow(self, *, phone: PhoneContext) -> LoginFlow:
        """All toy phones sign in alike."""
        return BasicLogin()

    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        """One page holds every list and the phone's clock."""
        response = await session.send(Request(path="/calls.xml"))
        return parse(response, variant=phone.variant)

    async def read_status(self, session: Session, *, phone: PhoneContext) -> PhoneStatus:
        """The clock stands on the list page; no page shows the settings."""
        log = await self.read_call_log(session, phone=phone)
        return PhoneStatus(clock=log.clock)
