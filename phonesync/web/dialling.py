"""Click to call: a reader's own desk phone dials a number that he may see; for pages and API alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, HTTPException

from phonesync.agent.checking import NotTried
from phonesync.agent.dialling import is_unsettled
from phonesync.calls.linking import RAW
from phonesync.driver.dialling import DialRefused, WhyNot, can_be_dialled
from phonesync.errors import (
    ConfigError,
    DriverError,
    LockedOut,
    PhoneBusy,
    PhoneError,
    PhonesyncError,
    SignInRefused,
    Unsupported,
)
from phonesync.journal.access import Permission, Reader
from phonesync.numbering import EXTENSION, canonical
from phonesync.phonebook.dialled import dialled
from phonesync.spelling import N_
from phonesync.web import guard
from phonesync.web.audit import note
from phonesync.web.call_rows import pretty
from phonesync.web.callback_desk import Desk
from phonesync.web.dial_offers import own_phones
from phonesync.web.ground import Ground, ground_of
from phonesync.web.marking import Marking

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.config import Config, PhoneConfig
    from phonesync.web.rate_limits import Buckets

Caller = Annotated[Reader, Depends(guard.Needs(Permission.DIAL))]

CONFLICT, TOO_MANY = 409, 429

CALLING = N_("Desk phone %(phone)s is calling %(number)s.")
TOLD = N_("Desk phone %(phone)s was told to call %(number)s: look at its display, for it says no more.")
OFF = N_("Click to call is switched off here.")
NO_PHONE = N_("No phone here is yours: an administrator says whose each phone is.")
NOT_YOURS = N_("That phone is not yours: only your own can dial for you.")
NOT_SEEN = N_("You see no call with that number, so your phone does not dial it.")
NO_KEYS = N_("This cannot be dialled: only digits, +, * and # can.")
TOO_OFTEN = N_("You have ordered many calls in a short time. Wait a minute.")
UNSETTLED = N_("Nobody knows whether desk phone %(phone)s is calling: look at it before you try again.")

_WHY_NOT = {
    WhyNot.NOT_ALLOWED: N_(
        "Desk phone %(phone)s does not take orders from this server: an administrator allows it on the phone."
    ),
    WhyNot.IN_CALL: N_("Desk phone %(phone)s has a call already: end it first."),
    WhyNot.OTHER_LINE: N_("Desk phone %(phone)s cannot be told to call by your line: dial by hand."),
    WhyNot.SAID_NO: N_("Desk phone %(phone)s does not dial: try again in a moment, or dial by hand."),
}
_WRONG: tuple[tuple[type[PhonesyncError], str], ...] = (
    (
        SignInRefused,
        N_("Desk phone %(phone)s refused the order: an administrator looks at its password and settings."),
    ),
    (LockedOut, N_("Desk phone %(phone)s has locked sign-in for some minutes: dial by hand.")),
    (PhoneBusy, N_("Desk phone %(phone)s is busy with something else: try again in a moment.")),
    (NotTried, N_("Desk phone %(phone)s must not be asked now: an administrator sees why on its status.")),
    (Unsupported, N_("Desk phone %(phone)s cannot be told to dial: dial by hand.")),
    (ConfigError, N_("Desk phone %(phone)s cannot be told to dial: dial by hand.")),
    (DriverError, N_("Desk phone %(phone)s cannot be told to dial: dial by hand.")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of an order.

    Attributes:
        text: A sentence with places for ``phone`` and ``number``; not translated yet.
        phone: Name of the phone, or "".
        desk: What it is called for people: its extension, or its name.
        number: As people write it, or "".
        status: Of the answer.
        confirmed: The phone has said that it dials.
        why: What an administrator should know, in English; may be empty.
        later_s: When it may be tried again, or None.
    """

    text: str
    phone: str = ""
    desk: str = ""
    number: str = ""
    status: int = 200
    confirmed: bool = False
    why: str = ""
    later_s: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether the phone has taken the order."""
        return self.status < 400  # noqa: PLR2004  RFC 9110

    @property
    def values(self) -> dict[str, str]:
        """For the places in ``text``."""
        return {"phone": self.desk, "number": self.number}


@dataclass(frozen=True, slots=True, kw_only=True)
class DialDesk:
    """Orders of one reader.

    Attributes:
        request: What was asked.
        reader: Who asks.
    """

    request: Request
    reader: Reader

    @property
    def ground(self) -> Ground:
        """Of the site."""
        return ground_of(self.request)

    def order(self, number: str, *, phone: str | None = None, callback: str | None = None) -> Answer:
        """Lets the reader's phone dial.

        Args:
            number: As in ``parties``, or as people write it.
            phone: Name of one of the reader's phones; None for the first.
            callback: The call that opened the call-back which the number is of, or None.

        Raises:
            StoreError: The store cannot be used; nothing was dialled.
        """
        config = self.ground.config()
        chosen = self._chosen(config, phone)
        if isinstance(chosen, Answer):
            return chosen
        party = self._party(config, chosen, number)
        if party is None or not self._sees(config, party, callback):
            return Answer(text=NOT_SEEN, status=404)
        keys = self._keys(config, chosen, party)
        if not can_be_dialled(keys):
            return Answer(text=NO_KEYS, status=400)
        buckets: Buckets = self.request.app.state.buckets
        wait = buckets.take(f"dial {self.reader.user_id}", config.outlets.dial.per_minute)
        if wait:
            return Answer(text=TOO_OFTEN, status=TOO_MANY, later_s=math.ceil(wait))
        shown = pretty(party) or "" if party.startswith("+") else party.partition(":")[2]
        return self._dialled(chosen, keys, shown)

    def _chosen(self, config: Config, phone: str | None) -> PhoneConfig | Answer:
        """The reader's phone of that name, or the first; or why there is none."""
        if not config.outlets.dial.enabled or self.ground.dial is None:
            return Answer(text=OFF, status=404)
        own = own_phones(config, self.reader)
        if not own:
            return Answer(text=NO_PHONE, status=CONFLICT)
        chosen = next((one for one in own if phone in (None, one.name)), None)
        return Answer(text=NOT_YOURS, status=404) if chosen is None else chosen

    def _dialled(self, phone: PhoneConfig, keys: str, shown: str) -> Answer:
        """Lets it dial; noted before and after."""
        assert self.ground.dial is not None
        note(self.request, self.reader, "call.dial", phone.name, came="asked")
        desk = phone.extension or phone.name
        try:
            done = self.ground.dial(phone.name, keys)
        except (PhoneError, ConfigError, DriverError) as error:
            answer, came = _refused(error, phone.name, desk, shown), _word(error)
        else:
            text, came = (CALLING if done.confirmed else TOLD), "dialled"
            answer = Answer(text=text, phone=phone.name, desk=desk, number=shown, confirmed=done.confirmed)
        note(self.request, self.reader, "call.dial", phone.name, came=came)
        return answer

    def _party(self, config: Config, phone: PhoneConfig, number: str) -> str | None:
        """A number in its one form; None where it is none."""
        if number.startswith(("+", EXTENSION, RAW)) and " " not in number:
            return number
        return canonical(config.site_of(phone).dial_plan, number)

    def _keys(self, config: Config, phone: PhoneConfig, party: str) -> str:
        """What is pressed for it on that phone."""
        if party.startswith(RAW):
            return party.removeprefix(RAW)
        if not can_be_dialled(party.removeprefix(EXTENSION)):
            return ""
        plan = config.site_of(phone).dial_plan
        if party.startswith("+") and plan.e164(party) != party:
            return ""
        return dialled(plan, party, prefix=config.outlets.dial.prefix)

    def _sees(self, config: Config, party: str, callback: str | None) -> bool:
        """Whether the reader may see a number: of a colleague, of a call-back, or of a call within reach."""
        if self.reader.scope.masked:
            return False
        if any(party == f"{EXTENSION}{phone.extension}" for phone in config.phones):
            return True
        try:
            if callback is not None and self.reader.may(Permission.CALLBACKS):
                return Desk(self.request, self.reader).one(callback).callback.party == party
            Marking(request=self.request, reader=self.reader).see_number(party)
        except HTTPException:
            return False
        return True


def _word(error: PhonesyncError) -> str:
    """What came of it, for the audit log: no number of anybody can stand there."""
    return error.why.value if isinstance(error, DialRefused) else type(error).__name__


def _refused(error: PhonesyncError, phone: str, desk: str, shown: str) -> Answer:
    """What a phone did not do, in a sentence for whoever clicked."""
    if isinstance(error, DialRefused):
        text = _WHY_NOT[error.why]
    elif isinstance(error, PhoneError) and is_unsettled(error):
        text = UNSETTLED
    else:
        text = next(text for kind, text in _WRONG if isinstance(error, kind))
    return Answer(text=text, phone=phone, desk=desk, number=shown, status=CONFLICT, why=error.message)
