"""The Yealink driver: which requests, in which order. What the bytes mean stands in the modules beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from drivers.yealink import answers, contacts, dialling, events, identify, phonebook, status, times
from drivers.yealink.call_log import PAGES, Lists
from drivers.yealink.login import BASIC_STATUS, PHONECFG, flow_of, info_request, json_request, milliseconds
from drivers.yealink.quirks import JSON, QUIRKS, V70, V84, V86, VARIANTS, variant_of
from drivers.yealink.settings import phone_settings
from phonesync.driver.contract import PhoneContext, Quirk, Variant
from phonesync.driver.dialling import DialOrder, DialRoute, Steps
from phonesync.driver.events import ActionUrls, PhoneSettings, WantedSettings
from phonesync.driver.markup import reading
from phonesync.driver.phonebooks import BookFile, BookLimits, HeldContact, PushRoute
from phonesync.driver.repeated import Repeated
from phonesync.driver.session import Credentials, LoginFlow, Request, Response, Session
from phonesync.errors import UnexpectedResponse, Unsupported
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


class YealinkDriver:
    """Yealink SIP desk phones, firmware v70 to v87."""

    name: str = "yealink"
    vendor: str = "yealink"
    variants: Mapping[str, Variant] = VARIANTS
    quirks: tuple[Quirk, ...] = QUIRKS

    async def identify(self, session: Session) -> PhoneIdentity | None:
        """Recognises a phone without signing in; None: no Yealink.

        Raises:
            PhoneError: The phone could not be reached, or shows a login form of no known generation.
        """
        return await identify.identify(session)

    def capabilities(self, identity: PhoneIdentity, *, quirks: Mapping[str, str] = _NO_QUIRKS) -> Variant:
        """The variant of this phone with its quirks applied.

        Raises:
            DriverError: No such variant or quirk, or quirks that contradict each other.
        """
        return variant_of(identity.variant, quirks)

    def login_flow(self, *, phone: PhoneContext) -> LoginFlow:
        """The sign-in of this phone's variant."""
        return flow_of(phone)

    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        """Reads every list in one answer, then the clock where the generation shows one.

        Raises:
            UnexpectedResponse: The answer is not a call list, or was cut.
            SignInRefused: v70 only: the password is wrong now.
            LockedOut: The phone says so in place of the list.
            PhoneBusy: The phone says so in place of the list.
            Unsupported: The list of this generation is not known.
        """
        variant = phone.variant
        if not variant.readable:
            raise Unsupported(variant.refusal)
        shown = PhoneStatus()
        path = PAGES[variant.name].path
        if variant.name == JSON:
            shown = await _identity_shown(session, "ContactsCalllog")
            path = f"{path}&t={milliseconds(session.now())}"
        response = await session.send(Request(path=path))
        snapshots, unknown = _snapshots(response, phone)
        around = await _clock_and_accounts(session, variant)
        return CallLog(
            snapshots=snapshots,
            clock=around.clock,
            raw=(_raw(response),),
            unknown_fields=unknown,
            mac=shown.mac,
            firmware=shown.firmware or around.firmware,
            model=shown.model or around.model,
            accounts=around.accounts,
        )

    async def read_status(self, session: Session, *, phone: PhoneContext) -> PhoneStatus:
        """Reads clock and identity, and on the JSON generation zone, history and merging where it tells.

        Raises:
            PhoneError: The phone could not be reached, or the session ended.
        """
        name = phone.variant.name
        if name == JSON:
            return await _json_status(session, phone.variant)
        if name == V70:
            return status.basic_status(await session.send(Request(path=BASIC_STATUS)))
        shown = await _clock_and_accounts(session, phone.variant)
        if phone.quirks.get("phonecfg") == "use":
            told = status.phonecfg(await session.send(Request(path=f"{PHONECFG}get&accounts=1&fw=1")))
            return status.with_settings(shown, told)
        return shown

    def action_urls(self, *, variant: str | None) -> ActionUrls | None:
        """What phones of a variant report."""
        return events.action_urls(variant)

    def book_files(self, *, variant: str | None) -> tuple[BookFile, ...]:  # noqa: ARG002  all fetch the same
        """The remote phone book, and the phone's own directory."""
        return phonebook.FILES

    def book_limits(self, *, variant: str | None, model: str | None) -> BookLimits:  # noqa: ARG002  likewise
        """What a remote phone book takes."""
        return phonebook.LIMITS

    def render_book(
        self,
        book: Phonebook,
        *,
        file: str,
        own: bytes | None = None,
        variant: str | None = None,  # noqa: ARG002  all fetch the same
        model: str | None = None,  # noqa: ARG002  likewise
    ) -> bytes:
        """The content of one of the files.

        Raises:
            UnexpectedResponse: ``own`` cannot be understood.
            Unsupported: No such file, or one that replaces contacts without a copy of them.
        """
        return phonebook.render(book, file=file, own=own)

    def settings(self, wanted: WantedSettings, *, phone: PhoneContext) -> PhoneSettings:
        """Lines of the phone's configuration file.

        Raises:
            ConfigError: An address is longer than the phone takes.
        """
        return phone_settings(wanted, phone=phone)

    def dial_route(self, *, variant: str, model: str | None) -> DialRoute | None:  # noqa: ARG002  all dial alike
        """How phones of a variant are told to dial; None where no way is documented."""
        return dialling.ROUTES.get(variant)

    def dial(self, order: DialOrder, credentials: Credentials, *, phone: PhoneContext) -> Steps:
        """The requests that let a phone dial; see :mod:`.dialling`."""
        return dialling.dial(order, credentials, phone=phone)

    def push_route(self, *, variant: str) -> PushRoute | None:
        """How contacts are written to a variant; None where no way is documented."""
        return contacts.ROUTES.get(variant)

    def fitted(self, entry: BookEntry, *, variant: str) -> BookEntry | None:
        """The entry as the phone holds it; None where nothing of it can be written."""
        return contacts.fitted(entry) if variant in contacts.ROUTES else None

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
        """Adds a contact; the phone says no id of it.

        Raises:
            PushRejected: The phone refused it.
            UnexpectedResponse: The answer was not understood.
            Unsupported: No way is documented.
        """
        await contacts.write_contact(session, entry, phone=phone, held=held)
        return None

    async def remove_contact(self, session: Session, held: HeldContact, *, phone: PhoneContext) -> None:
        """Removes nothing: no way to remove one contact is documented.

        Raises:
            Unsupported: Always.
        """
        del session, held
        raise Unsupported(f"No way is known to remove one contact from {phone.variant.title} phones.")


async def _json_status(session: Session, variant: Variant) -> PhoneStatus:
    shown = await _identity_shown(session, "StatusGeneral")
    settings: dict[str, str] = {}
    for key in status.SETTINGS:
        # One key a request: a single unknown key makes the phone refuse them all.
        path = f"{status.READ_CONFIG}&t={milliseconds(session.now())}"
        settings |= status.json_settings(await session.send(json_request(path, {"keys": [key]})))
    clock = (await _clock_and_accounts(session, variant)).clock
    return replace(
        shown,
        clock=clock,
        zone=settings.get(status.ZONE),
        history_enabled=status.switch(settings.get(status.HISTORY)),
        merging_enabled=status.switch(settings.get(status.MERGING)),
    )


async def _identity_shown(session: Session, page: str) -> PhoneStatus:
    """What the JSON generation says it is; the browser asks this before each page too."""
    return status.wui_identity(await session.send(info_request(page, ["wui"], now=session.now())))


async def _clock_and_accounts(session: Session, variant: Variant) -> PhoneStatus:
    """Clock and accounts; an answer that is not understood leaves them unknown and fails nothing."""
    try:
        if variant.name in {V84, V86}:
            return status.servlet_status(await session.send(Request(path=status.SERVLET_STATUS)))
        if variant.name == JSON:
            path = f"{status.JSON_CLOCK}&t={milliseconds(session.now())}"
            return PhoneStatus(clock=status.json_clock(await session.send(Request(path=path))))
    except UnexpectedResponse:
        return PhoneStatus()
    return PhoneStatus()


def _snapshots(response: Response, phone: PhoneContext) -> tuple[Sequence[Snapshot], tuple[str, ...]]:
    """The lists of an answer, unparsed where they are known, and what was sent and is not known."""

    def parsed() -> tuple[tuple[Snapshot, ...], tuple[str, ...]]:
        lists = _lists(response, phone.variant)
        order = phone.quirks.get("row_order")
        snapshots, notes = times.snapshots(lists.rows, variant=phone.variant, order=order)
        return snapshots, tuple(sorted({*lists.unknown, *notes}))

    if response.status == answers.OK and phone.knows(response.content):
        return Repeated(lambda: parsed()[0]), ()
    return parsed()


def _lists(response: Response, variant: Variant) -> Lists:
    if response.status == answers.UNAUTHORIZED and variant.name == V70:
        raise answers.refused()
    if response.status != answers.OK:
        raise answers.not_understood(response, "the call list", variant=variant.name)
    try:
        with reading(response, variant=variant.name):
            return PAGES[variant.name].parse(response.content)
    except UnexpectedResponse as error:
        known = answers.refusal(response)
        if known is None:
            raise
        raise known from error


def _raw(response: Response) -> RawAnswer:
    return RawAnswer(
        path=response.path, content_type=response.header("Content-Type"), content=response.content
    )
