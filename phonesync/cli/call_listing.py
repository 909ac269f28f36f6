"""Which calls are listed, and with which names."""

from dataclasses import replace

from phonesync.cli import call_rows
from phonesync.cli.call_search import number_search, of_name
from phonesync.cli.context import is_stored
from phonesync.cli.output import Format
from phonesync.config import Config
from phonesync.journal.named_calls import Parties
from phonesync.journal.shown_names import Names, Plans
from phonesync.store.call_records import CallFilter
from phonesync.store.repository import Store


def write(
    config: Config,
    store: Store,
    wanted: CallFilter,
    *,
    number: str | None,
    name: str | None,
    output: Format,
) -> None:
    """Writes calls to stdout.

    Args:
        config: The configuration.
        store: The store, up to date.
        wanted: Which calls, but for number and name.
        number: Only calls from or to it, in any spelling; None for all.
        name: Only calls with this text in a name; None for all.
        output: How.

    Raises:
        ConfigError: Nobody knows the phone.
    """
    search = None if number is None else number_search(config, number)
    exact = None if search is None else search.exact
    stored = is_stored(config, store, wanted.phone)
    found = store.calls(replace(wanted, number=exact)) if stored else iter(())
    if search is not None:
        found = filter(search.matches, found)
    named = map(Parties(Names(config, store)).named, found)
    shown = named if name is None else of_name(named, name)
    call_rows.write(shown, Plans(config), output=output)
