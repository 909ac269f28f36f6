"""The store with everything in it joined into calls, for commands that show them."""

from phonesync.agent import joining
from phonesync.config import Config
from phonesync.store.call_pass import Means
from phonesync.store.repository import Store


def means(config: Config, store: Store) -> Means:
    """What joining goes by besides the entries."""
    return joining.means_of(config, store)


def bring_up_to_date(config: Config, store: Store) -> None:
    """Joins what waits, unless an agent holds the store: it does so itself."""
    if not store.agent_is_running():
        joining.bring_up_to_date(config, store)
