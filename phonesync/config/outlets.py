"""The tables ``[export]``, ``[recordings]``, ``[crm]`` and ``[dial]``: what leads out of the journal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from string import Formatter
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator

from phonesync.config import checks
from phonesync.config.dial import DialConfig
from phonesync.config.report import Report
from phonesync.config.table import Duration, Name, Table
from phonesync.spelling import unknown

RECORDING_FIELDS = ("unique_id", "recording", "call", "date")
"""What the address of a recording may hold."""

CRM_FIELDS = ("number", "digits", "name", "call", "extension", "employee")
"""What the address of a contact in a CRM may hold."""


def _address(value: str, known: tuple[str, ...]) -> str:
    """An address with fields in braces, all of them behind the host."""
    found = re.match(r"https?://[^/{}]+/", value)
    if found is None:
        raise ValueError(
            'must begin with https:// or http:// and a host, and fields stand behind it, for example "'
            f'https://crm.example/find?q={{{known[0]}}}".'
        )
    checks.split(found[0])
    try:
        parts = list(Formatter().parse(value))
    except ValueError as error:
        raise ValueError("has a brace that is not closed, or was never opened.") from error
    names = [field for _, field, _, _ in parts if field is not None]
    for name in names:
        if name not in known:
            raise ValueError(unknown("field", name, known))
    if not names:
        raise ValueError(f"must hold a field, for example {{{known[0]}}}.")
    if any(form or conversion for _, _, form, conversion in parts):
        raise ValueError("must hold fields as their names alone in braces.")
    return value


def _recording_address(value: str) -> str:
    return _address(value, RECORDING_FIELDS)


def _crm_address(value: str) -> str:
    return _address(value, CRM_FIELDS)


def filled(template: str, values: Mapping[str, str | None]) -> str | None:
    """A checked address with its fields filled in, each of them percent-encoded.

    Args:
        template: With names of fields in braces.
        values: Name to value; None where there is none.

    Returns:
        None where a field that the address has is not known.
    """
    names = {field for _, field, _, _ in Formatter().parse(template) if field is not None}
    given = {name: quote(value, safe="") for name, value in values.items() if value is not None}
    return template.format_map(given) if names <= given.keys() else None


class ExportConfig(Table):
    """Exports that are made in the background.

    Attributes:
        folder: Where their files lie until they are fetched; None for ``exports`` beside the store.
        keep: They are removed after so long.
    """

    folder: Name | None = None
    keep: Duration = timedelta(days=7)


class RecordingsConfig(Table):
    """Where recordings of calls are.

    Attributes:
        link: Address of one, with fields; None where there is none. It goes before the folder.
        folder: Where a switch puts their files; None where there is none.
        timezone: Zone of the times in their names; None for that of the site.
    """

    link: Annotated[str, AfterValidator(_recording_address)] | None = None
    folder: Name | None = None
    timezone: Annotated[str, AfterValidator(checks.zone)] | None = None


class CrmConfig(Table):
    """Where a customer is looked up.

    Attributes:
        link: Address of a contact, with fields; None for nowhere.
    """

    link: Annotated[str, AfterValidator(_crm_address)] | None = None


class OutletsConfig(Table):
    """What leads out of the journal.

    Attributes:
        export: Table ``export``.
        recordings: Table ``recordings``.
        crm: Table ``crm``.
        dial: Table ``dial``.
    """

    export: ExportConfig = ExportConfig()
    recordings: RecordingsConfig = RecordingsConfig()
    crm: CrmConfig = CrmConfig()
    dial: DialConfig = DialConfig()


def read_outlets(report: Report, raw: Mapping[str, Any]) -> OutletsConfig:
    """All four tables; their mistakes go into the report."""
    return OutletsConfig(
        export=report.table(ExportConfig, raw.get("export", {}), ("export",)) or ExportConfig(),
        recordings=report.table(RecordingsConfig, raw.get("recordings", {}), ("recordings",))
        or RecordingsConfig(),
        dial=report.table(DialConfig, raw.get("dial", {}), ("dial",)) or DialConfig(),
        crm=report.table(CrmConfig, raw.get("crm", {}), ("crm",)) or CrmConfig(),
    )
