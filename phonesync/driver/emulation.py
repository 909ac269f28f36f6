"""What an emulated phone is: a vendor's web interface over a memory that the farm keeps.

The farm owns the phone's memory (rows, clock, faults); a vendor's emulator owns sign-in, sessions, lock-out
and the shape of the answers. An emulator is written from the vendor sheet, never from the parser it tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from phonesync.driver.session import Credentials
from phonesync.model import EventKind, ListName


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatedRequest:
    """One request as an emulated phone receives it.

    Attributes:
        method: As sent.
        target: Path and query as sent.
        headers: Name and value pairs in order.
        content: Body.
        secure: It came over TLS.
        peer: The client's address.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""
    secure: bool = False
    peer: str = "127.0.0.1"

    def header(self, name: str) -> str | None:
        """The first header called ``name`` in any letter case, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatedResponse:
    """What an emulated phone answers.

    Attributes:
        status: HTTP status code.
        headers: In order; the server adds ``Content-Length`` unless ``length_known`` is False. A header
            without a name is sent as a bare line, as phones do that break HTTP.
        content: Body.
        length_known: False for an answer that ends with the connection.
        says_close: False for a phone that ends the connection without having said so.
        version: HTTP version of the status line; old phones say ``HTTP/1.0``.
        prelude: Lines sent before the status line, by phones that break HTTP.
        hung_up: Nothing is answered, and the connection breaks: the phone's web server has crashed.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""
    length_known: bool = True
    says_close: bool = True
    version: str = "HTTP/1.1"
    prelude: tuple[str, ...] = ()
    hung_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """One row in an emulated phone's memory, as the phone would show it now.

    Attributes:
        list_name: The list it stands in.
        account: User part of the local account, for example ``201``.
        server: Host of the local account.
        number: User part of the remote party; empty where the caller was withheld.
        host: Host part of the remote party.
        name: Display name; may be empty.
        wall: Naive wall time by the phone's own clock and its way of keeping times.
        duration_s: Talk time; 0 for a call nobody answered.
        count: Above 1 where repeats were merged.
        row_id: The phone's own number of the row, where its kind numbers rows; else 0.
    """

    list_name: ListName
    account: str
    server: str
    number: str
    host: str
    name: str
    wall: datetime
    duration_s: int
    count: int = 1
    row_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryContact:
    """One contact in an emulated phone's own directory.

    Attributes:
        id: The phone's own number of it, from 1; never given twice.
        name: As shown.
        numbers: Kind word (``work``, ``home``, ``mobile``, ``fax``, ``other``) and number, in order.
        group: Name or id of its group, or "".
    """

    id: int
    name: str
    numbers: tuple[tuple[str, str], ...]
    group: str = ""


class Directory(Protocol):
    """The contacts of an emulated phone: its own, and the books it has fetched.

    Attributes:
        most: Contacts its own directory takes.
    """

    most: int

    def own(self) -> Sequence[DirectoryContact]:
        """Its own contacts, by id."""
        ...

    def write(
        self, name: str, numbers: Sequence[tuple[str, str]], *, group: str = "", contact_id: int | None = None
    ) -> int | None:
        """Adds a contact, or changes the one of that id; the id, or None where it is full or has no such."""
        ...

    def replace_own(self, contacts: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
        """Its own contacts are these from now on, those typed by hand included."""
        ...

    def take_book(self, place: str, contacts: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
        """A fetched book, in place of the last one fetched from there."""
        ...

    def name_of(self, number: str) -> str | None:
        """The name shown for a number: its own directory first, then the books whose look-up is on."""
        ...


class PhoneMemory(Protocol):
    """What an emulator may ask of the phone it gives a face to."""

    model: str
    firmware: str
    mac: str
    credentials: Credentials
    accounts: Mapping[int, str]
    server: str
    zone_setting: str
    history_enabled: bool
    merging_enabled: bool

    @property
    def directory(self) -> Directory:
        """Its contacts."""
        ...

    def rows(self, list_name: ListName) -> Sequence[StoredRow]:
        """The rows of one list, newest first; of a kind that shows its newest row only, that row."""
        ...

    def wall_now(self) -> datetime:
        """The phone's own naive wall clock, wrong or right."""
        ...

    def now(self) -> datetime:
        """True time, UTC, for lock-outs and idle sessions."""
        ...


class Emulator(Protocol):
    """A vendor's web interface in front of a memory; keeps sessions and lock-outs itself.

    Attributes:
        wrong_passwords: Sign-ins with a wrong user or password, also while locked.
        intrusions: Targets of requests that a mere reader must never send: dialling, writing, deleting,
            rebooting, and whatever is known to crash the phone.
    """

    wrong_passwords: int
    intrusions: list[str]

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:
        """Answers one request, at once and without I/O."""
        ...

    def reboot(self) -> None:
        """Forgets sessions and lock-outs."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """A file that an emulated phone fetches by itself.

    Attributes:
        url: Whole address.
        every_s: Seconds between two fetches.
        headers: What the phone sends with it, in order: User-Agent, Authorization.
    """

    url: str
    every_s: float
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happens on an emulated phone and that it may report.

    Attributes:
        kind: What it is.
        call_id: The SIP Call-ID; "" where no call is concerned.
        account: User part of the local account.
        number: User part of the remote party; "" where it is withheld.
        name: Display name as signalled; may be empty.
        inbound: The call came in.
        duration_s: Talk time so far.
    """

    kind: EventKind
    call_id: str = ""
    account: str = ""
    number: str = ""
    name: str = ""
    inbound: bool = True
    duration_s: int = 0


class PhoneSide(Protocol):
    """What an emulated phone does by itself, once it was told to: report events, fetch phonebooks."""

    def take_settings(self, text: str) -> None:
        """Takes settings as ``phonesync phones setup`` prints them; what it does not know it ignores."""
        ...

    def fetches(self) -> tuple[Fetch, ...]:
        """What it fetches, by the settings it has."""
        ...

    def fetched(self, fetch: Fetch, *, status: int, content: bytes) -> None:
        """The answer to a fetch: a good file is taken, a broken one ignored, as the sheet says."""
        ...

    def report(self, happening: Happening) -> str | None:
        """The address it calls for a happening, variables filled in; None where no setting asks for it.

        The target may hold raw spaces and bytes beyond ASCII, as phones send them.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatorKind:
    """One kind of phone the farm can stand up.

    Attributes:
        name: For example ``yealink-json``; what ``--mix`` takes.
        driver: Name of the driver that reads it.
        variant: The driver variant that must result from identification.
        models: Model word and a firmware of it, to choose from.
        secure: It speaks HTTPS only.
        account: User name of the web page.
        resolution_s: Resolution of the times its lists show, 1 or 60.
        lists: Lists the kind has.
        readable: False for a kind whose list no driver can read.
        shows_mac: The MAC can be read over the web interface.
        merges: The generation can merge repeats.
        pools: Its lists may share one capacity; its driver has the quirk ``pool`` then.
        newest_only: Each list shows its newest row only: with an id, without a time.
        experimental: Its lists are read only where the configuration allows experimental readers, and nothing
            is ever proven by them.
        shows_names: Its rows carry a name, so a name that a phonebook gives is seen in its lists.
        recognised: Its driver recognises it; else the configuration has to name the driver.
        make: Builds the emulator over a memory.
        side: Builds what the phone does by itself over the same memory; None for a kind that does nothing.
    """

    name: str
    driver: str
    variant: str
    models: tuple[tuple[str, str], ...]
    make: Callable[[PhoneMemory], Emulator] = field(repr=False)
    side: Callable[[PhoneMemory], PhoneSide] | None = field(default=None, repr=False)
    secure: bool = False
    account: str = "admin"
    resolution_s: int = 1
    lists: tuple[ListName, ...] = tuple(ListName)
    readable: bool = True
    shows_mac: bool = True
    merges: bool = False
    pools: bool = True
    newest_only: bool = False
    experimental: bool = False
    shows_names: bool = True
    recognised: bool = True
