from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete

from phonesync.store.journal import parties
from phonesync.store.tables import PARTIES, PARTY_TAILS
from tests.store.journal.conftest import EVER


def forget(store):
    """The store as one of an earlier version is after its migration."""
    with store._database.write() as connection:
        connection.execute(delete(PARTY_TAILS))
        connection.execute(delete(PARTIES))


def kept(store):
    with store._database.read() as connection:
        return {(row.party, row.tail) for row in connection.execute(PARTY_TAILS.select())}


def test_a_store_that_held_calls_already_takes_in_their_numbers_in_batches(day):
    before = kept(day.store)
    assert ("+74955550002", "5550002") in before
    forget(day.store)
    assert day.found(replace(EVER, search="5550002")) == []
    batches = 1
    while day.store.learn_parties(limit=2):
        batches += 1
    assert batches == 3
    assert kept(day.store) == before
    assert not day.store.learn_parties(limit=2)


def test_parties_know_their_country(day):
    with day.store._database.read() as connection:
        found = {row.party: row.country for row in connection.execute(PARTIES.select())}
    assert found["+74955550001"] == "RU"
    assert found["ext:103"] is None


@pytest.mark.parametrize(("party", "country"), [("+77172550001", "KZ"), ("+999", None), ("raw:+7", None)])
def test_the_country_of_a_number_is_that_of_its_plan(party, country):
    assert parties.country_of(party) == country
