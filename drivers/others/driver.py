"""The driver of phones that nothing is asked of: named in the configuration, they speak by themselves."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import datetime
from types import MappingProxyType

from drivers.others import settings as written
from drivers.others.vendors import Vendor
from phonesync.driver.contract import PhoneContext, Quirk, Variant
from phonesync.driver.events import ActionUrls, PhoneSettings, WantedSettings
from phonesync.driver.phonebooks import BookFile, BookLimits
from phonesync.driver.session import Credentials, LoginFlow, Request, Response, Session, SignedIn
from phonesync.errors import DriverError, Unsupported
from phonesync.model import CallLog, Phonebook, PhoneIdentity, PhoneStatus, no_quirks

_NO_QUIRKS = no_quirks()


class NoLogin:
    """The sign-in of a phone that is never signed in to."""

    def __init__(self, refusal: str) -> None:
        self._refusal = refusal

    def sign_in(
        self,
        credentials: Credentials,  # noqa: ARG002  there is nothing to sign in to
        *,
        now: datetime,  # noqa: ARG002  likewise
    ) -> Generator[Request, Response, SignedIn]:
        """Signs in to nothing.

        Raises:
            Unsupported: Always.
        """
        raise Unsupported(self._refusal)

    def authorize(self, request: Request, signed_in: SignedIn) -> Request:  # noqa: ARG002  there is none
        """The request as it is."""
        return request

    def is_expired(self, response: Response) -> bool:  # noqa: ARG002  there is no session
        """Never."""
        return False

    def sign_out(self, signed_in: SignedIn) -> Request | None:  # noqa: ARG002  there is none
        """Nothing."""
        return None


class OtherDriver:
    """Phones of one vendor that report calls, fetch a phonebook, or both.

    Args:
        vendor: What is known of them.
    """

    quirks: tuple[Quirk, ...] = ()

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self.name = self.vendor = vendor.variant.name.partition("-")[0]
        self.variants: Mapping[str, Variant] = MappingProxyType({vendor.variant.name: vendor.variant})

    async def identify(self, session: Session) -> PhoneIdentity | None:  # noqa: ARG002  nothing is asked
        """Recognises no phone: the configuration names them."""
        return None

    def capabilities(self, identity: PhoneIdentity, *, quirks: Mapping[str, str] = _NO_QUIRKS) -> Variant:
        """The one variant.

        Raises:
            DriverError: Another variant, or a quirk.
        """
        if identity.variant not in self.variants:
            raise DriverError(
                f"The driver {self.name} has no variant {identity.variant}.",
                hint=f"Known are: {', '.join(self.variants)}.",
            )
        if quirks:
            raise DriverError(
                f"The driver {self.name} has no quirk {next(iter(quirks))}.", hint="It has none."
            )
        return self._vendor.variant

    def login_flow(self, *, phone: PhoneContext) -> LoginFlow:
        """A sign-in that is never begun."""
        return NoLogin(phone.variant.refusal)

    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:  # noqa: ARG002  nothing is asked
        """Reads nothing.

        Raises:
            Unsupported: Always.
        """
        raise Unsupported(phone.variant.refusal)

    async def read_status(self, session: Session, *, phone: PhoneContext) -> PhoneStatus:  # noqa: ARG002  nothing is asked
        """Nothing is known."""
        return PhoneStatus()

    def action_urls(self, *, variant: str | None) -> ActionUrls | None:  # noqa: ARG002  there is one
        """What these phones report, or None."""
        return self._vendor.urls

    def book_files(self, *, variant: str | None) -> tuple[BookFile, ...]:  # noqa: ARG002  there is one
        """What these phones fetch."""
        return self._vendor.files

    def book_limits(self, *, variant: str | None, model: str | None) -> BookLimits:  # noqa: ARG002  there is one
        """What fits."""
        return self._vendor.limits

    def render_book(
        self,
        book: Phonebook,
        *,
        file: str,
        own: bytes | None = None,  # noqa: ARG002  none of the files replaces contacts
        variant: str | None = None,  # noqa: ARG002  there is one
        model: str | None = None,  # noqa: ARG002  likewise
    ) -> bytes:
        """The content of one of the files.

        Raises:
            Unsupported: There is no such file.
        """
        render = dict(self._vendor.render).get(file)
        if render is None:
            names = " and ".join(one.name for one in self._vendor.files)
            raise Unsupported(f"Phones of {self.name} fetch no file {file}.", hint=f"There are {names}.")
        return render(book)

    def settings(self, wanted: WantedSettings, *, phone: PhoneContext) -> PhoneSettings:  # noqa: ARG002  one for all
        """The settings, in the form that the vendor prints.

        Raises:
            Unsupported: They can be told nothing of what is wanted.
            ConfigError: An address is longer than the phone takes.
        """
        vendor = self._vendor
        book = f"{wanted.book_url}/{vendor.files[0].name}" if wanted.book_url and vendor.files else None
        items = written.events(vendor.urls, wanted)
        if not items and book is None:
            raise Unsupported(
                f"No setting of {self.name} phones is known that would do what is wanted.",
                hint="`phonesync drivers` shows what is known of them.",
            )
        notes = list(vendor.notes)
        if book and not vendor.book_is_set:
            notes.insert(0, f"Enter the address of the phonebook on the phone's web page: {book}")
        if book and vendor.urls is None and wanted.event_url:
            notes.append("Nothing is set for events: these phones report none in a known way.")
        if book and wanted.username is not None and not vendor.signs_in:
            notes.append(
                "The phonebook asks for user and password, and no setting of them is known here: enter them "
                "on the phone's web page, or leave them out of the section [web]."
            )
        if not items and not vendor.book_is_set:
            return PhoneSettings(title="There is nothing to paste.", text="", notes=tuple(notes))
        return PhoneSettings(title=vendor.title, text=vendor.write(items, wanted, book), notes=tuple(notes))
