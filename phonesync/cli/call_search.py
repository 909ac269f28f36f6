"""Which calls are of a number or of a name, however either is written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from phonesync.calls.values import Call, Party
from phonesync.config import Config
from phonesync.events.numbers import digits as digits_of
from phonesync.journal.named_calls import Named
from phonesync.numbering import EXTENSION, canonical
from phonesync.store.contacts import folded


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSearch:
    """A number that calls are looked for by.

    Attributes:
        text: As written, in lower case.
        digits: Its digits, or "" where it is not dialable.
        canonicals: What it is by the dial plans of all sites: E.164, or ``ext:`` and an extension.
    """

    text: str
    digits: str
    canonicals: frozenset[str]

    @property
    def exact(self) -> str | None:
        """The one canonical number that it is, by which the store finds calls; None where it is several."""
        return next(iter(self.canonicals)) if len(self.canonicals) == 1 else None

    def matches(self, call: Call) -> bool:
        """Whether it is a party's number; where no dial plan knows it, any part of one as shown."""
        return any(self._is(party) for party in (call.calling, call.called))

    def _is(self, party: Party) -> bool:
        shown = (party.number_shown or "").casefold()
        digits = digits_of(shown)
        if self.text == shown or (self.digits and self.digits == digits):
            return True
        if self.canonicals:
            inside = None if party.extension is None else f"{EXTENSION}{party.extension}"
            return party.e164 in self.canonicals or inside in self.canonicals
        if not self.digits:
            return self.text in shown
        whole = digits_of(party.e164 or party.extension or "")
        return self.digits in digits or self.digits in whole


def number_search(config: Config, number: str) -> NumberSearch:
    """What to look for; ``number`` may be written in any way that some site's dial plan knows."""
    known = {canonical(site.dial_plan, number) for site in config.sites}
    return NumberSearch(
        text=number.strip().casefold(),
        digits=digits_of(number.strip()),
        canonicals=frozenset(one for one in known if one is not None),
    )


def of_name(calls: Iterable[Named], name: str) -> Iterator[Named]:
    """Calls with a party of that name, whole or in part, by contact or as shown; case and accents aside."""
    wanted = folded(name.strip())
    for named in calls:
        call = named.call
        names = (named.calling, named.called, call.calling.name, call.called.name)
        if any(wanted in folded(one) for one in names if one is not None):
            yield named
