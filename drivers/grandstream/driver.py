"""The Grandstream driver: which requests, in which order. What bytes mean stands in the modules beside it.

Nothing is ever sent that clears or changes settings: GMI's ``removecall`` wipes lists, ``putportphbk`` may
clear the phonebook, ``api.values.post`` and ``config_update`` change settings; none of them occurs here. What
writes contacts is :mod:`.contacts` alone, what dials :mod:`.dialling`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.grandstream import answers, call_log, contacts, dialling, events, identify, phonebook, status
from drivers.grandstream.login import flow_of
from drivers.grandstream.quirks import FORM, GMI, HISTORY21, HISTORY26, QUIRKS, VARIANTS, variant_of
from drivers.grandstream.settings import phone_settings
from phonesync.driver.contract import PhoneContext, Quirk, Variant
from phonesync.driver.dialling import DialOrder, DialRoute, Steps
from phonesync.driver.events import ActionUrls, PhoneSettings, WantedSettings
from phonesync.driver.markup import reading
from phonesync.driver.phonebooks import BookFile, BookLimits, HeldContact, PushRoute
from phonesync.driver.session import Credentials, LoginFlow, Request, Response, Session
from phonesync.errors import Unsupported
from phonesync.model import (
    BookEntry,
    CallLog,
    Phonebook,
    PhoneIdentity,
    PhoneStatus,
    RawAnswer,
    Snapshot,
    no_quirks,
)

_NO_QUIRKS = no_quirks()
_GMI_ACCOUNTS = MappingProxyType({index + 1: str(index) for index in range(6)})


class GrandstreamDriver:
    """Grandstream SIP phones: GXP, GRP, GHP, WP, GXV, DP."""

    name: str = "grandstream"
    vendor: str = "grandstream"
    variants: Mapping[str, Variant] = VARIANTS
    quirks: tuple[Quirk, ...] = QUIRKS

    async def identify(self, session: Session) -> PhoneIdentity | None:
        """Recognises a phone without signing in; None: no Grandstream phone.

        Raises:
            PhoneError: The phone could not be reached, or is of no known generation.
        """
        return await identify.identify(session)

    def capabilities(self, identity: PhoneIdentity, *, quirks: Mapping[str, str] = _NO_QUIRKS) -> Variant:
        """The variant of this phone with its quirks applied.

        Raises:
            DriverError: No such variant or quirk, or a value not allowed.
        """
        return variant_of(identity.variant, quirks)

    def login_flow(self, *, phone: PhoneContext) -> LoginFlow:
        """The sign-in of this phone's variant."""
        return flow_of(phone)

    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        """Reads the newest row of each type by GMI, or, where that was allowed, tries ``callhistories``.

        Raises:
            UnexpectedResponse: The answer is not a call list, or was cut.
            Unsupported: This generation shows no list, or one that nobody allowed to be tried.
        """
        if not phone.may_read:
            raise Unsupported(phone.variant.refusal)
        if phone.variant.name == GMI:
            return await _newest_calls(session)
        return _history(await session.send(Request(path=call_log.HISTORY)), phone.variant.name)

    async def read_status(self, session: Session, *, phone: PhoneContext) -> PhoneStatus:
        """Reads firmware, MAC and settings where the generation shows them.

        Raises:
            PhoneError: The phone could not be reached, or the session ended.
        """
        name = phone.variant.name
        if name == FORM:
            shown = await session.send(status.values_request())
            return status.values_status(shown, model=phone.identity.model)
        if name in {HISTORY21, HISTORY26}:
            return status.config_status(await session.send(Request(path=status.CONFIG)))
        return PhoneStatus()

    def action_urls(self, *, variant: str | None) -> ActionUrls | None:
        """What phones of a variant may report; None where no family of it reports anything."""
        return events.action_urls(variant)

    def book_files(self, *, variant: str | None) -> tuple[BookFile, ...]:  # noqa: ARG002  both for each
        """What phones ask for, newer ones and older ones."""
        return phonebook.FILES

    def model_in(self, agent: str) -> str | None:
        """The model that the User-Agent of a download names, or None."""
        return phonebook.model_in(agent)

    def book_limits(self, *, variant: str | None, model: str | None) -> BookLimits:
        """What fits on a phone."""
        return phonebook.book_limits(variant, model)

    def render_book(
        self,
        book: Phonebook,
        *,
        file: str,
        own: bytes | None = None,  # noqa: ARG002  none of the files replaces contacts
        variant: str | None = None,
        model: str | None = None,
    ) -> bytes:
        """The content of one of the files, in the dialect of the phone's generation.

        Raises:
            Unsupported: There is no such file.
        """
        return phonebook.render(book, file=file, variant=variant, model=model)

    def settings(self, wanted: WantedSettings, *, phone: PhoneContext) -> PhoneSettings:
        """An XML configuration in the numbers or aliases of the phone's own family.

        Raises:
            Unsupported: No template of its family is known, or it cannot fetch over that scheme.
            ConfigError: An address is longer than the phone takes.
        """
        return phone_settings(wanted, phone=phone)

    def dial_route(self, *, variant: str, model: str | None) -> DialRoute | None:
        """How phones of a variant are told to dial; None where no way is documented."""
        return dialling.route_of(variant, model)

    def dial(self, order: DialOrder, credentials: Credentials, *, phone: PhoneContext) -> Steps:
        """The requests that let a phone dial; see :mod:`.dialling`."""
        return dialling.dial(order, credentials, phone=phone)

    def push_route(self, *, variant: str) -> PushRoute | None:
        """How contacts are written to a variant; None where no way is documented."""
        return contacts.ROUTES.get(variant)

    def fitted(self, entry: BookEntry, *, variant: str) -> BookEntry | None:
        """The entry as the phone holds it; None where nothing of it can be written."""
        return contacts.fitted(entry, variant=variant) if variant in contacts.ROUTES else None

    async def read_contacts(self, session: Session, *, phone: PhoneContext) -> tuple[HeldContact, ...]:
        """What the phone holds, complete.

        Raises:
            UnexpectedResponse: The answer is no list of contacts, or was cut.
            Unsupported: This generation cannot be asked.
        """
        return await contacts.read_contacts(session, phone=phone)

    async def write_contact(
        self, session: Session, entry: BookEntry, *, phone: PhoneContext, held: HeldContact | None = None
    ) -> str | None:
        """Adds a contact, or changes one by its id; returns what the phone says of it, which may be its id.

        Raises:
            PushRejected: The phone refused it.
            UnexpectedResponse: The answer was not understood.
            Unsupported: No way is documented.
        """
        return await contacts.write_contact(session, entry, phone=phone, held=held)

    async def remove_contact(self, session: Session, held: HeldContact, *, phone: PhoneContext) -> None:
        """Removes nothing: no way to remove one contact is documented that anybody has ever used.

        Raises:
            Unsupported: Always.
        """
        del session, held
        raise Unsupported(f"No way is known to remove one contact from {phone.variant.title} phones.")


async def _newest_calls(session: Session) -> CallLog:
    """One question a type; a type that shows no call stops none of the others."""
    snapshots: list[Snapshot] = []
    raw: list[RawAnswer] = []
    unknown: set[str] = set()
    for code in call_log.CODES:
        response = await session.send(Request(path=call_log.last_call_path(code)))
        snapshot, strange = call_log.last_call(response, code, variant=GMI)
        snapshots.append(snapshot)
        raw.append(_raw(response))
        unknown |= strange
    return CallLog(
        snapshots=tuple(snapshots),
        raw=tuple(raw),
        unknown_fields=tuple(sorted(unknown)),
        accounts=_GMI_ACCOUNTS,
    )


def _history(response: Response, variant: str) -> CallLog:
    if response.status != answers.OK:
        raise answers.not_understood(response, "the call history", variant=variant)
    with reading(response, variant=variant):
        lists = call_log.parse_history(response.content)
    return CallLog(
        snapshots=lists.snapshots(), raw=(_raw(response),), unknown_fields=tuple(sorted(lists.unknown))
    )


def _raw(response: Response) -> RawAnswer:
    return RawAnswer(
        path=response.path, content_type=response.header("Content-Type"), content=response.content
    )
