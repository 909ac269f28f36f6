"""Dial plan, zone and names of parties as a phone's owner sees them, for whatever is shown."""

from collections.abc import Collection, Mapping
from functools import cached_property
from zoneinfo import ZoneInfo

from phonesync.config import Config
from phonesync.numbering import EXTENSION, DialPlan
from phonesync.phonebook.winner import KeptContact, Viewer, candidates
from phonesync.store.repository import Store


class Plans:
    """Dial plan and zone of each phone, also of one that is no longer configured."""

    def __init__(self, config: Config) -> None:
        self._only = config.sites[0] if len(config.sites) == 1 else None
        self._plans = {phone.name: config.site_of(phone).dial_plan for phone in config.phones}
        self._zones = {phone.name: config.zone_of(phone) for phone in config.phones}

    def plan(self, phone: str) -> DialPlan | None:
        """Of its site; of the only site for an unknown phone; None where that is not clear."""
        return self._plans.get(phone) or (self._only.dial_plan if self._only else None)

    def zone(self, phone: str) -> ZoneInfo | None:
        """Of its wall clock; None where that is not known."""
        return self._zones.get(phone) or (ZoneInfo(self._only.timezone) if self._only else None)

    def e164(self, phone: str, number: str | None) -> str | None:
        """A number that a phone shows in E.164, or None."""
        plan = self.plan(phone)
        return plan.e164(number) if plan is not None else None


class Names:
    """Which contact a phone is to show for a number, as contacts are now, and who has an extension.

    Args:
        config: The configuration.
        store: Where the contacts are.
    """

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._store = store
        self._by_number: dict[str, list[KeptContact]] = {}
        self._won: dict[tuple[Viewer, str], KeptContact | None] = {}

    def of(self, phone: str, canonical: str | None) -> str | None:
        """The name of the contact that wins, as :meth:`contact` says."""
        found = self.contact(phone, canonical)
        return None if found is None else found.contact.name

    def contact(self, phone: str, canonical: str | None) -> KeptContact | None:
        """The contact that wins; None without one, and for a phone that is not configured.

        Args:
            phone: Whose owner is to see it.
            canonical: E.164, or ``ext:`` and an extension; None has no name.
        """
        configured = self._config.phones_by_name.get(phone)
        if configured is None or canonical is None:
            return None
        viewer = self._config.viewer_of(configured)
        if (viewer, canonical) not in self._won:
            if canonical not in self._by_number:
                self._by_number[canonical] = list(self._store.contacts(canonical=canonical))
            found = candidates(canonical, self._by_number[canonical], self._config.contact_scopes, viewer)
            self._won[viewer, canonical] = found[0] if found else None
        return self._won[viewer, canonical]

    def meet(self, canonicals: Collection[str]) -> None:
        """Looks at once which of some numbers nobody has, so that these are not looked for one by one.

        Args:
            canonicals: E.164, or ``ext:`` and an extension.
        """
        new = [one for one in canonicals if one not in self._by_number]
        had = self._store.in_contacts(new)
        self._by_number |= {one: [] for one in new if one not in had}

    def inside(self, phone: str, extension: str) -> str | None:
        """Who has an extension: its configured owner, else the contact that wins.

        Args:
            phone: Whose owner is to see it; an extension is looked for at its site first.
            extension: Internal number.
        """
        configured = self._config.phones_by_name.get(phone)
        site = configured.site if configured is not None else ""
        owners = self._owners
        return (
            owners.get((site, extension))
            or owners.get(("", extension))
            or self.of(phone, f"{EXTENSION}{extension}")
        )

    @cached_property
    def _owners(self) -> Mapping[tuple[str, str], str]:
        """Site and extension to owner; without a site where only one site has that extension."""
        found: dict[tuple[str, str], str] = {}
        sites: dict[str, set[str]] = {}
        for phone in self._config.phones:
            if phone.extension is not None and phone.owner is not None:
                found.setdefault((phone.site, phone.extension), phone.owner)
                sites.setdefault(phone.extension, set()).add(phone.site)
        alone = {extension: next(iter(where)) for extension, where in sites.items() if len(where) == 1}
        return found | {("", extension): found[site, extension] for extension, site in alone.items()}
