"""A conversation with one phone, recorded as its driver saw it: for ``phonesync capture``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from phonesync.driver.contract import Driver, PhoneContext
from phonesync.driver.session import Credentials, Request, Response, SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Taped:
    """One request and its answer, redirects followed.

    Attributes:
        request: As the driver sent it.
        response: What it got.
        in_session: It belongs to sign-in or session; False for identification.
    """

    request: Request = field(repr=False)
    response: Response = field(repr=False)
    in_session: bool


class Tape:
    """Takes down what passes through a conversation.

    Attributes:
        turns: What passed, in order.
        in_session: Identification is over.
    """

    def __init__(self) -> None:
        self.turns: list[Taped] = []
        self.in_session = False

    def add(self, request: Request, response: Response) -> None:
        """Takes one exchange down."""
        self.turns.append(Taped(request=request, response=response, in_session=self.in_session))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Everything one conversation showed; secrets all, so none of it appears in ``repr``.

    Attributes:
        turns: The exchanges, in order.
        driver: The driver that spoke, or None where none recognised the phone.
        phone: What it was told about the phone, or None.
        credentials: What was offered.
        signed_in: What the sign-in brought, or None where there was none.
        error: Class name of the error that reading the lists met, or "" where they were read.
        at: When it began, UTC.
        names: Texts of the configuration that name people or places.
        hosts: Names and addresses of the phone and of what else is known to stand beside it.
        numbers: Numbers of the configuration.
        macs: MACs of the configuration and of the store.
    """

    turns: tuple[Taped, ...] = field(repr=False)
    driver: Driver | None
    phone: PhoneContext | None
    credentials: Credentials
    signed_in: SignedIn | None = None
    error: str = ""
    at: datetime
    names: tuple[str, ...] = field(default=(), repr=False)
    hosts: tuple[str, ...] = field(default=(), repr=False)
    numbers: tuple[str, ...] = field(default=(), repr=False)
    macs: tuple[str, ...] = field(default=(), repr=False)

    @property
    def quirks(self) -> Mapping[str, str]:
        """As configured."""
        return {} if self.phone is None else self.phone.quirks
