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
from phonesync.model import ListName


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
        make: Builds the emulator over a memory.
    """

    name: str
    driver: str
    variant: str
    models: tuple[tuple[str, str], ...]
    make: Callable[[PhoneMemory], Emulator] = field(repr=False)
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
