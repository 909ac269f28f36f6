"""A filter and the address that says it are one."""

from datetime import date

import pytest

from phonesync.calls.values import CallDirection, Disposition
from phonesync.errors import ConfigError
from phonesync.journal.filters import Commented, JournalFilter, Period, Tab, from_query, to_query

FULL = JournalFilter(
    tab=Tab.MISSED,
    period=Period.YEAR,
    since=date(2026, 3, 1),
    until=date(2026, 3, 31),
    directions=(CallDirection.INBOUND, CallDirection.INTERNAL),
    outcomes=(Disposition.MISSED,),
    employees=("Иванов И. И.",),
    departments=("Sales",),
    sites=("Head office",),
    phones=("desk-101",),
    lines=(1, 2),
    parties=("+74955550100", "ext:101"),
    tags=(3,),
    regions=("RU", "+7495"),
    withheld=True,
    search="555 01",
    talk_from=0,
    talk_to=60,
    ring_from=5,
    ring_to=30,
    comments=Commented.WITH,
    uncertain=False,
    favourite=True,
    spam=True,
)


@pytest.mark.parametrize("wanted", [JournalFilter(), FULL], ids=["empty", "full"])
def test_an_address_brings_back_the_filter_it_was_made_from(wanted):
    assert from_query(to_query(wanted)) == wanted


def test_nothing_set_is_nothing_in_the_address():
    assert to_query(JournalFilter()) == []
    assert JournalFilter().set_fields == ()


def test_every_field_has_its_name_in_the_address():
    assert len(FULL.set_fields) == len({name for name, _ in to_query(FULL)})


def test_a_field_can_be_taken_out():
    assert FULL.without("tab", "search").set_fields == FULL.set_fields[1:15] + FULL.set_fields[16:]


def test_all_that_is_wrong_in_an_address_is_told_at_once():
    with pytest.raises(ConfigError) as caught:
        from_query(
            [("since", "yesterday"), ("outcome", "mised"), ("line", "-1"), ("spam", "yes"), ("colour", "red")]
        )
    told = str(caught.value)
    for part in ('"yesterday" is no day', 'did you mean "missed"', '"-1"', '"yes"', '"colour"'):
        assert part in told


def test_several_regions_may_stand_in_one_text_however_they_are_written():
    found = from_query([("region", "+7 (495), de;,RU"), ("region", "DE")])
    assert found.regions == ("+7495", "DE", "RU")
    for wrong in ("8495", "XX", "Moscow", "+"):
        with pytest.raises(ConfigError, match="neither a country, as DE, nor a number code"):
            from_query([("region", f"RU, {wrong}")])


def test_a_span_that_ends_before_it_begins_is_told():
    with pytest.raises(ConfigError, match="since lies behind until"):
        from_query([("since", "2026-03-02"), ("until", "2026-03-01")])


def test_what_belongs_to_somebody_else_and_what_is_empty_is_left_alone():
    assert from_query([("cursor", "x"), ("q", ""), ("line", "1"), ("line", "1")], ignore=["cursor"]) == (
        JournalFilter(lines=(1,))
    )
