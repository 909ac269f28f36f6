"""What phones report by themselves: the second, optional half of a driver.

A phone calls one address for each event (an *action URL*) and fills variables into its query. The addresses
are ours, so their form is one for all vendors: ``<base>/<word>?c=<call id>&…&n=<name>``. A driver says which
settings exist, which variables the vendor fills in, and how many characters an address may have
(:class:`ActionUrls`, data); :mod:`phonesync.driver.action_urls` writes and reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from phonesync.driver.contract import PhoneContext
from phonesync.model import EventKind, Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionUrl:
    """One event that a phone can report.

    Attributes:
        word: Short word that stands in our address for it, for example ``in``.
        setting: The vendor's key of it, for example ``action_url.incoming_call`` or ``P8310``.
        kind: What it means.
        evidence: How well that is known.
        keys: Our keys whose variables the phone fills in for this event; None for all of them.
    """

    word: str
    setting: str
    kind: EventKind
    evidence: Evidence = Evidence.CERTAIN
    keys: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionUrls:
    """How one generation of phones reports events: a row of data.

    Attributes:
        urls: The events wanted of it.
        variables: Our key in the query to the vendor's variable: ``c`` call id, ``a`` account in use, ``l``
            local party, ``r`` remote party, ``d`` duration, ``w`` direction, ``n`` name of the remote party.
            The name goes last, because it may hold anything.
        most_characters: An address may have so many, or None where the sheet does not say.
        own_is_local: False where the vendor's papers do not say which party is the phone's own, or
            contradict each other: then the one that is an account of the phone is.
    """

    urls: tuple[ActionUrl, ...]
    variables: Mapping[str, str]
    most_characters: int | None = None
    own_is_local: bool = True


@runtime_checkable
class EventSource(Protocol):
    """A driver whose phones report events."""

    def action_urls(self, *, variant: str | None) -> ActionUrls | None:
        """What phones of a variant report; None where they report nothing.

        Args:
            variant: Name of the variant; None where it is not known yet: what any of them may send.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSettings:
    """What a phone is to be told, in no vendor's words.

    Attributes:
        book_url: Address of its phonebook without the name of a file, without a slash at the end; None for
            no phonebook.
        event_url: Address of its events without the word, without a slash at the end; None for no events.
        username: For the phonebook by Basic authentication, or None.
        password: Likewise.
        book_title: What the book is called on the phone.
    """

    book_url: str | None
    event_url: str | None
    username: str | None = None
    password: str | None = None
    book_title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSettings:
    """Settings in the vendor's own form, ready to paste.

    Attributes:
        title: What it is and where it goes, one sentence.
        text: The settings.
        notes: What the administrator must know: what is a guess, what these settings change.
    """

    title: str
    text: str
    notes: tuple[str, ...] = ()


@runtime_checkable
class SettingsWriter(Protocol):
    """A driver that can say how its phones are told what is wanted of them."""

    def settings(self, wanted: WantedSettings, *, phone: PhoneContext) -> PhoneSettings:
        """The settings for one phone.

        Raises:
            Unsupported: This generation has no such settings; the sentence says which.
            ConfigError: An address is longer than the phone takes.
        """
        ...
