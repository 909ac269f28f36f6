"""The table ``[dial]``: letting desk phones dial at a click."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from phonesync.config.table import Table

_MOST_PER_MINUTE = 60


def _prefix(value: str) -> str:
    if not re.fullmatch(r"[0-9*#]{0,8}", value):
        raise ValueError('must be what is dialled for an outside line, for example "9": digits, * and #.')
    return value


def _server(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,253}", value):
        raise ValueError('must be the host of the phones\' SIP accounts, for example "pbx.example".')
    return value


def _per_minute(value: int) -> int:
    if not 1 <= value <= _MOST_PER_MINUTE:
        raise ValueError(f"must be from 1 to {_MOST_PER_MINUTE}.")
    return value


class DialConfig(Table):
    """Letting desk phones dial at a click.

    Attributes:
        enabled: Users may let their own phones dial.
        prefix: Dialled before every number outside, for an outside line.
        server: Host of the phones' SIP accounts; with it a phone is told which account to call from.
        per_minute: One user may order so many calls in a minute.
    """

    enabled: bool = False
    prefix: Annotated[str, AfterValidator(_prefix)] = ""
    server: Annotated[str, AfterValidator(_server)] | None = None
    per_minute: Annotated[int, AfterValidator(_per_minute)] = 6
