"""Where a password comes from, and the password itself when it is needed; never in ``repr``, log or error."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr

from phonesync.errors import ConfigError
from phonesync.secrets import Secrets
from phonesync.spelling import unknown

_ALLOWED = 'write { secret = "NAME" }, { env = "NAME" } or { file = "PATH" }'


class PasswordKind(StrEnum):
    """How the configuration gives a password."""

    PLAIN = "plain"
    ENV = "env"
    FILE = "file"
    SECRET = "secret"  # noqa: S105  the word of the configuration, not a secret


_EXAMPLES = {
    PasswordKind.ENV: "PHONE_PASSWORD",
    PasswordKind.FILE: "phone.password",
    PasswordKind.SECRET: "phones",
}
"""Keys of the table, each with what may stand behind it."""


class PasswordSource(BaseModel):
    """Where a password comes from.

    Attributes:
        kind: Plain text, an environment variable, or a file.
        name: Name of the variable, the file or the secret; empty for plain text.
        text: The password itself where it stands in plain text; hidden in ``repr`` and dumps.
    """

    model_config = ConfigDict(frozen=True)

    kind: PasswordKind
    name: str = ""
    text: SecretStr = SecretStr("")


class Passwords(Mapping[str, str]):
    """Phone name to password; ``repr`` tells only how many."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = dict(passwords)

    def __getitem__(self, name: str) -> str:
        return self._passwords[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._passwords)

    def __len__(self) -> int:
        return len(self._passwords)

    def __repr__(self) -> str:
        return f"Passwords(of {len(self)} phones)"


def password_source(value: Any) -> PasswordSource | None:
    """The value of a ``password`` key, checked.

    Raises:
        ValueError: It is neither text nor a table of one source; the sentence never holds the value.
    """
    if value is None or isinstance(value, PasswordSource):
        return value
    if isinstance(value, str):
        if not value:
            raise ValueError(f"is empty; {_ALLOWED}.")
        return PasswordSource(kind=PasswordKind.PLAIN, text=SecretStr(value))
    if not isinstance(value, dict):
        raise ValueError(f"must be a table; {_ALLOWED}.")  # noqa: TRY004  pydantic collects only ValueError
    strange = [key for key in value if key not in _EXAMPLES]
    if strange:
        raise ValueError(unknown("key", strange[0], _EXAMPLES))
    if len(value) != 1:
        raise ValueError(f"must name exactly one source; {_ALLOWED}.")
    ((key, name),) = value.items()
    if not isinstance(name, str) or not name.strip():
        raise ValueError(
            f'{key} must be text in quotes, for example {{ {key} = "{_EXAMPLES[PasswordKind(key)]}" }}.'
        )
    return PasswordSource(kind=PasswordKind(key), name=name)


def read_password(
    source: PasswordSource | None, *, base: Path, env: Mapping[str, str], secrets: Secrets | None = None
) -> str:
    """The password itself.

    Args:
        source: As configured; None where the key is missing.
        base: Folder that a relative file name is relative to.
        env: Environment variables.
        secrets: The kept secrets; None where none can be named, as on the command line.

    Raises:
        ValueError: It cannot be had; the sentence says why and begins in lower case.
    """
    if source is None:
        raise ValueError('is missing; add password = { env = "PHONE_PASSWORD" }.')
    if source.kind is PasswordKind.PLAIN:
        return source.text.get_secret_value()
    if source.kind is PasswordKind.FILE:
        return _from_file(base / source.name)
    if source.kind is PasswordKind.SECRET and secrets is not None:
        return _kept(source.name, secrets, env)
    password = env.get(source.name)
    if not password:
        state = "not set" if password is None else "empty"
        raise ValueError(f"the environment variable {source.name} is {state}.")
    return password


def _from_file(path: Path) -> str:
    """The file's text without the line end that editors add.

    Raises:
        ValueError: With the reason why there is none.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ValueError(f"the password file {path} does not exist.") from error
    except OSError as error:
        raise ValueError(f"the password file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"the password file {path} is not UTF-8 text.") from error
    password = text.removesuffix("\n")
    if not password or "\n" in password:
        raise ValueError(f"the password file {path} must hold one line: the password.")
    return password


def _kept(name: str, secrets: Secrets, env: Mapping[str, str]) -> str:
    """The secret of that name.

    Raises:
        ValueError: With the reason why there is none.
    """
    try:
        return secrets.reveal(name, env=env)
    except ConfigError as error:
        raise ValueError(f"{error.message[:1].lower()}{error.message[1:]} {error.hint}") from error


def is_plain(source: PasswordSource | None) -> bool:
    """Whether a password stands in the file itself."""
    return source is not None and source.kind is PasswordKind.PLAIN


def plain_text_warning(phones: Sequence[tuple[str, str]]) -> str:
    """The warning about passwords in plain text.

    Args:
        phones: File and line of each such key, and what it belongs to (``phone desk-101``, ``store``).
    """
    where, first = phones[0]
    others = f" and {len(phones) - 1} more" if len(phones) > 1 else ""
    return f"{where}: the password of {first}{others} stands in plain text; better {_ALLOWED}."
