"""The store with everything in it joined into calls, for commands that show them."""

from phonesync.config import Config
from phonesync.numbering import DialPlan
from phonesync.store.call_pass import Means
from phonesync.store.repository import Store

AT_ONCE = 500
"""Entries or calls taken in one transaction."""


def means(config: Config) -> Means:
    """What joining goes by besides the store."""
    only = config.sites[0].dial_plan if len(config.sites) == 1 else None
    plans = {phone.name: config.site_of(phone).dial_plan for phone in config.phones}

    def plan_of(phone: str) -> DialPlan | None:
        return plans.get(phone, only)

    return Means(plan_of=plan_of, groups=config.groups, configured=frozenset(plans))


def bring_up_to_date(config: Config, store: Store) -> None:
    """Joins what waits, unless an agent holds the store: it does so itself."""
    if store.agent_is_running():
        return
    by = means(config)
    while store.join_some(by, limit=AT_ONCE).left:
        continue
    while store.settle_some(by, limit=AT_ONCE).left:
        continue
