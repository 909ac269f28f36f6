"""Learning of groups: once a day, from the rows of the last days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from phonesync.calls.group_history import groups_in_force, revised
from phonesync.calls.learning import learn

if TYPE_CHECKING:
    from phonesync.calls.values import Group
    from phonesync.config import Config
    from phonesync.store.call_records import PlanOf
    from phonesync.store.repository import Store

_log = structlog.get_logger(__name__)

LOOKED_BACK = timedelta(days=14)
"""Groups are learned from the rows of so many days."""


def groups_of(config: Config, store: Store) -> tuple[Group, ...]:
    """The groups that calls are joined by: configured, and learned.

    Raises:
        StoreError: The store cannot be used.
    """
    departments = {
        phone.extension: phone.department for phone in config.phones if phone.extension is not None
    }
    return groups_in_force(config.groups, store.learned_groups(), departments=departments)


def learn_groups(config: Config, store: Store, *, plan_of: PlanOf, now: datetime) -> int:
    """Learns groups, and has joined anew what they tell otherwise.

    Args:
        config: The configuration.
        store: The store.
        plan_of: The dial plan of each phone.
        now: The present instant, UTC.

    Returns:
        How many groups are new or gone.

    Raises:
        StoreError: The store cannot be used.
    """
    since = now - LOOKED_BACK
    lessons = store.lessons(since, plan_of=plan_of)
    kept = store.learned_groups()
    after = revised(kept, learn(lessons.rows, lessons.unproven), looked_from=since)
    store.keep_groups(one for one in after if one not in kept)
    changed = store.apply_groups(groups_of(config, store))
    if changed:
        _log.info("groups learned", groups=sum(one.in_force for one in after), changed=changed)
    return changed
