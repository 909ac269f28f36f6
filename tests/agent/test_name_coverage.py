"""Why nobody can see whether a phone shows names."""

from __future__ import annotations

import pytest

from phonesync import registry
from phonesync.agent.name_coverage import _why_not
from phonesync.store.records import PhoneState


@pytest.mark.parametrize(
    ("vendor", "variant", "why"),
    [
        (None, None, "not identified yet"),
        ("grandstream", "gxp16-form", "it shows no list"),
        ("grandstream", "gxv-gmi", "the rows of its lists carry no name"),
        ("yealink", "v70-basic", "the rows of its lists carry no name"),
        ("yealink", "v72-form", "the rows of its lists carry no name"),
        ("yealink", "v86-json", ""),
        ("yealink", "a variant that is gone", ""),
    ],
)
def test_names_are_seen_where_rows_carry_them(vendor, variant, why):
    state = PhoneState(name="desk-101", incarnation="desk-101#1", vendor=vendor, variant=variant)
    assert _why_not(state, registry.drivers()) == why


def test_emulated_phones_show_names_just_where_rows_carry_them():
    drivers = registry.drivers()
    for kind in registry.emulators().values():
        variant = drivers[kind.driver].variants[kind.variant]
        if variant.readable:
            assert kind.shows_names is variant.rows_carry_names, kind.name
