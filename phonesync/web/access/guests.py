"""The users of the demo: one for each role, people of its office among them, each with a link."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from phonesync.journal.access import BUILT_IN
from phonesync.web.access.links import new_link

if TYPE_CHECKING:
    from phonesync.clock import Clock
    from phonesync.config import Config
    from phonesync.store.repository import Store


def invite(store: Store, config: Config, *, clock: Clock) -> list[tuple[str, str]]:
    """Takes a user of each role in.

    Employee and head work in the department with most phones that somebody owns.

    Args:
        store: An empty store.
        config: Knows whose the phones are.
        clock: Where time comes from.

    Returns:
        Role, and a link that signs in once.
    """
    owned = [(phone.department, phone.owner) for phone in config.phones if phone.owner and phone.department]
    department = Counter(department for department, _ in owned).most_common(1)[0][0] if owned else None
    people = sorted({owner for of, owner in owned if of == department and owner})
    whose = dict(zip(("employee", "head"), people, strict=False))
    links = []
    for role in BUILT_IN:
        user = store.add_user(
            role,
            role=role,
            shown_name=whose.get(role, role.title()),
            owner=whose.get(role),
            departments=[department] if role == "head" and department is not None else (),
        )
        links.append((role, new_link(store, config, user, clock=clock)))
    return links
