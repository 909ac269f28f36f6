"""What the tables of the configuration are made of: their base, and the kinds of values they share."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from phonesync.config import checks
from phonesync.config.passwords import PasswordSource, password_source

Name = Annotated[str, AfterValidator(checks.name)]
Duration = Annotated[timedelta, BeforeValidator(checks.duration)]
Password = Annotated[PasswordSource | None, BeforeValidator(password_source)]

READ_ONLY = (AfterValidator(checks.read_only), PlainSerializer(dict))
"""Annotates a mapping, so that nobody can change it."""


def nothing() -> Mapping[str, str]:
    """The default of a table of texts."""
    return MappingProxyType({})


class Table(BaseModel):
    """A table of the file: no unknown keys, no silent conversions, no values in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
