"""Says that a word to look for is not known now: a slip of the pen, or something of former times."""

from collections.abc import Iterable, Iterator

import typer

from phonesync.config import Config
from phonesync.logs import visible
from phonesync.spelling import capital, unknown


def say_unknown_department(config: Config, name: str | None) -> None:
    """Says on stderr that no phone and no group is of a department.

    Args:
        config: The configuration.
        name: As asked for; None: not at all.
    """
    phones = (phone.department for phone in config.phones)
    _say("department", name, [*phones, *(group.department for group in config.groups)])


def say_unknown_extension(config: Config, number: str | None) -> None:
    """Says on stderr that no phone has an extension, and no group that number.

    Args:
        config: The configuration.
        number: As asked for; None: not at all.
    """
    _say("extension", number, _numbers(config))


def say_unknown_owner(config: Config, name: str | None) -> None:
    """Says on stderr that no person, extension or group bears a name.

    Args:
        config: The configuration.
        name: As asked for; None: not at all.
    """
    owners = (phone.owner for phone in config.phones)
    _say("owner", name, [*owners, *_numbers(config), *(group.name for group in config.groups)])


def _numbers(config: Config) -> Iterator[str | None]:
    for phone in config.phones:
        yield phone.extension
    for group in config.groups:
        yield group.number
        yield from group.members


def _say(kind: str, word: str | None, known: Iterable[str | None]) -> None:
    """It is no mistake: of whatever a phone was before, calls are still found."""
    words = {one for one in known if one is not None}
    if word is not None and word not in words:
        sentence = capital(unknown(kind, word, words))
        typer.echo(visible(f"{sentence} It is looked for all the same, as one of former times."), err=True)
