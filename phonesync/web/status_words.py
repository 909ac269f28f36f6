"""Words of the status pages: what phones' states, gaps and schedules are called in pages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from phonesync.agent.phone_status import NEVER_READ, NOT_CONFIGURED
from phonesync.agent.schedules import Task
from phonesync.ledger.values import SpanState
from phonesync.spelling import N_
from phonesync.store.records import PhoneStanding

STATES: Mapping[str, str] = MappingProxyType(
    {
        PhoneStanding.UP.value: N_("read"),
        PhoneStanding.DOWN.value: N_("away"),
        PhoneStanding.REFUSED.value: N_("password refused"),
        PhoneStanding.HELD.value: N_("held"),
        PhoneStanding.UNSUPPORTED.value: N_("cannot be read"),
        PhoneStanding.NEW.value: N_("new"),
        PhoneStanding.DISABLED.value: N_("switched off"),
        NEVER_READ: N_("never read"),
        NOT_CONFIGURED: N_("not in the configuration"),
    }
)
COLORS: Mapping[str, str] = MappingProxyType(
    {
        PhoneStanding.UP.value: "green",
        PhoneStanding.DOWN.value: "red",
        PhoneStanding.REFUSED.value: "red",
        PhoneStanding.HELD.value: "amber",
        PhoneStanding.UNSUPPORTED.value: "amber",
    }
)
"""Colours of those that are not grey."""

SPANS: Mapping[SpanState, str] = MappingProxyType(
    {
        SpanState.GAP: N_("rows may be lacking"),
        SpanState.CLEARED: N_("the list was cleared"),
        SpanState.REMOVED: N_("rows were removed"),
        SpanState.UNKNOWN: N_("nothing is known"),
    }
)
TASKS: Mapping[Task, str] = MappingProxyType(
    {
        Task.PHONES: N_("Phones are read"),
        Task.CONTACTS: N_("Contacts are imported"),
        Task.RECORDS: N_("The switch's record is read"),
        Task.CALLS: N_("Rows are joined into calls"),
        Task.CLOCKS: N_("Clocks are put right"),
        Task.NIGHTLY: N_("Old answers are removed, groups and times are learned"),
        Task.DIGEST: N_("A digest of call-backs goes out"),
    }
)
