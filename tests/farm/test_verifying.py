"""``farm verify``: the real agent over a simulated office, and what it must not get wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from phonesync import registry
from phonesync.errors import PlanRefused
from phonesync.farm.card import Figure
from phonesync.farm.commands import passed
from phonesync.farm.outside import Wishes
from phonesync.farm.spec import FarmSpec
from phonesync.farm.verifying import START, StoreAt, Verification, verify
from tests import postgres
from tests.thorough import daily


def farm(*, chaos: int, phones: int = 6, days: float = 0.5, seed: int = 1) -> FarmSpec:
    mix = {name: 1 for name, kind in registry.emulators().items() if kind.readable}
    return FarmSpec(phones=phones, mix=mix, seed=seed, chaos=chaos, start=START, days=days)


@pytest.mark.parametrize("chaos", daily([2], thorough=[0, 2]))
def test_a_day_of_an_office_is_kept_without_a_mistake(chaos):
    told = []
    days = daily(0.3, thorough=0.5)
    verdict = verify(farm(chaos=chaos, days=days), poll=timedelta(hours=2), observe=told.append)
    assert verdict.card.clean, verdict.card.markdown()
    assert verdict.card.in_time
    assert verdict.wrong_passwords == 0
    assert verdict.card.entries > daily(20, thorough=30)
    assert len(told) >= 24 * days - 1
    assert told[-1].reads <= verdict.polls


def test_a_day_on_a_server_is_kept_as_it_is_in_a_file(server):
    name = server.new_database()
    at = StoreAt(server.url(name), postgres.PASSWORD)
    spec = farm(chaos=2, phones=3, days=0.2)
    on_server = verify(spec, poll=timedelta(hours=2), store=at)
    assert on_server.card.clean, on_server.card.markdown()
    assert on_server.card.as_dict() == verify(spec, poll=timedelta(hours=2)).card.as_dict()
    with pytest.raises(PlanRefused, match="is not empty: a verification writes invented calls into it"):
        verify(spec, poll=timedelta(hours=2), store=at)
    assert postgres.PASSWORD not in repr(at)
    server.drop_database(name)


def test_the_same_seed_gives_the_same_run():
    first, second = (
        verify(farm(chaos=2, phones=2, days=0.15), poll=timedelta(hours=2)).card.as_dict() for _ in range(2)
    )
    assert first == second


def test_phones_that_report_and_fetch_by_themselves_show_names_and_one_entry_a_call():
    mix = dict.fromkeys(("yealink-json", "yealink-basic", "gxp16-form", "snom-events", "mitel-events"), 1)
    phones = daily(5, thorough=10)
    spec = FarmSpec(phones=phones, mix=mix, seed=3, chaos=0, start=START, days=0.4)
    wishes = Wishes(
        reporting=1.0, books=True, lost=0.02, doubled=0.05, late=0.01, outages=1, outage_hours=1.0
    )
    verdict = verify(spec, poll=timedelta(hours=2), wishes=wishes)
    assert passed(verdict, chaos=2), (verdict.card.markdown(), verdict.names, verdict.reports)
    assert verdict.reports is not None
    assert verdict.reports.heard > 50
    assert verdict.reports.unheard > 0
    assert verdict.names is not None
    assert verdict.names.rows > daily(3, thorough=5)
    assert verdict.names.typed > 10


def test_a_mix_with_phones_nobody_can_read_passes_and_names_them():
    mix = {"yealink-json": 1, "yealink-blob": 1}
    spec = FarmSpec(phones=4, mix=mix, seed=1, chaos=0, start=START, days=0.3)
    verdict = verify(spec, poll=timedelta(hours=2))
    assert passed(verdict, chaos=2)
    assert verdict.failed["Unsupported"] >= 2
    assert (verdict.wrong_passwords, verdict.intrusions) == (0, ())


@pytest.mark.anyio
async def test_a_store_that_loses_an_entry_does_not_pass(tmp_path, monkeypatch):
    verification = Verification(farm(chaos=0, phones=3, days=0.2), poll=timedelta(hours=2), folder=tmp_path)
    await verification.run()
    entries = list(verification.store.entries())
    monkeypatch.setattr(verification.store, "entries", lambda _wanted: iter(entries[1:]))
    verdict = verification.verdict()
    assert verdict.card.lost.count == 1
    assert not passed(verdict, chaos=2)
    assert not passed(verdict, chaos=3)
    verification.close()


def test_chaos_3_asks_only_that_nothing_is_lost_or_invented():
    verdict = verify(farm(chaos=0, phones=2, days=0.1), poll=timedelta(hours=2))
    doubled = replace(verdict, card=replace(verdict.card, doubled=Figure(count=1)))
    assert not passed(doubled, chaos=2)
    assert passed(doubled, chaos=3)
    assert not passed(replace(verdict, wrong_passwords=1), chaos=3)
    assert not passed(replace(verdict, intrusions=("desk-101 /cgi-bin/rs",)), chaos=3)
