"""The measurements themselves: what is compared is the same work. No figure of time is looked at."""

import sys
from datetime import datetime
from itertools import count

import pytest

from bench import (
    books,
    events,
    exchange,
    exports,
    joining,
    joining_history,
    journal_history,
    journal_stores,
    lists,
    reads,
    report,
    report_exports,
    report_joining,
    report_web,
)
from bench.addresses import address_of, index_of, mac_of
from bench.lateness import percentiles
from bench.shares import Stopwatch
from phonesync.agent.joining import recompute
from phonesync.agent.roster import introduce
from phonesync.journal.exports import ExportFormat
from tests import postgres
from tests.thorough import daily

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: all of 127.0.0.0/8 is loopback")
PHONES = 3


@pytest.mark.network
@pytest.mark.parametrize(
    ("kind", "scheme"),
    daily(
        [("json", "https")],
        thorough=[("json", "http"), ("json", "https"), ("servlet", "http")],
    ),
)
def test_floor_and_product_exchange_the_same_requests_and_store_the_same_rows(kind, scheme):
    case = reads.measure(kind, scheme, PHONES)
    for name in reads.ROUNDS:
        floor, product = case.floor[name].traffic, case.product[name].traffic
        assert floor["lists"] == product["lists"] == PHONES
        assert floor["requests"] == product["requests"]
        assert floor["connections"] == product["connections"]
        assert abs(floor["bytes in"] - product["bytes in"]) < 0.02 * product["bytes in"]
        assert floor["bytes out"] == product["bytes out"]
    assert case.product["cold"].figures["rows"] == PHONES * reads.FULL * 4
    assert case.product["unchanged"].figures["rows"] == 0
    assert all(case.shares["cold"][part] > 0 for part in ("sign-in", "http", "parse", "ledger", "commit"))
    shown = f"{report.of_reads([case])}{report.of_shares([case])}{report.of_aims(case)}"
    assert f"{kind} {scheme}" in shown


@pytest.mark.network
def test_every_reader_of_an_exchange_finds_the_same_body_and_costs_something():
    costs = exchange.measure(times=3, phones=1)
    shown = report.of_exchanges(costs)
    for page in exchange.PAGES:
        for reader in exchange.READERS:
            assert all(costs.exchanges[page, how, reader] > 0 for how in exchange.CONNECTIONS)
            assert reader in shown
        assert all(costs.parsing[page, parser] > 0 for parser in exchange.PARSERS)
    assert set(costs.reads) == {exchange.LENIENT, exchange.STRICT}


@pytest.mark.network
def test_floor_and_product_send_the_same_books():
    found = books.measure(phones=PHONES, requests=4)
    for name, requests in (("changed", PHONES), ("again", 4), ("unchanged", 4)):
        floor, product = found.served["floor", name], found.served["product", name]
        assert floor.statuses == product.statuses == {304 if name == "unchanged" else 200: requests}
        # Headers differ, contents do not.
        assert abs(floor.received - product.received) < 600 * requests
    assert found.served["product", "changed"].received > PHONES * 50_000
    shown = report_web.of_books(found)
    assert all(name in shown for name in books.ROUNDS)


@pytest.mark.network
def test_reports_are_taken_in_by_both_receivers_and_all_become_entries():
    taken = events.measure(90)
    assert {name: one.reports for name, one in taken.items()} == {"bare": 90, "phonesync": 90}
    assert taken["phonesync"].entries == 30
    assert "reports a minute in entries" in report.of_events(taken)


def test_each_phone_has_an_address_of_its_own_that_leads_back_to_it():
    indexes = [0, 1, 249, 250, 62_499, 62_500, 100_000]
    assert [index_of(address_of(index)) for index in indexes] == indexes
    assert len({mac_of(index) for index in indexes}) == len(indexes)


@pytest.mark.parametrize(("kind", "missed"), [("json", 3), ("servlet", 2)])
def test_missed_rows_have_no_talk_and_every_list_is_newest_first(kind, missed):
    found = list(lists.calls(1, rows=20, kind=kind, now=datetime(2026, 3, 1, 12)))
    assert all(call.duration_s == 0 for call in found if call.code == missed)
    for code in lists.LISTS:
        times = [call.at for call in found if call.code == code]
        assert len(times) == 20
        assert times == sorted(times, reverse=True)


def test_percentiles_are_values_that_occurred():
    assert percentiles([3.0, 1.0, 2.0, 4.0]) == {50: 2.0, 99: 4.0, 100: 4.0}
    assert percentiles([]) == {}


def test_time_is_put_down_to_the_innermost_part():
    ticks = count()
    watch = Stopwatch(clock=lambda: next(ticks))

    def outer():
        next(ticks)
        watch.within("inner", lambda: [next(ticks) for _ in range(5)])
        next(ticks)

    watch.within("outer", outer)
    watch.within("outer", lambda: None)
    assert watch.spent == {"outer": 5, "inner": 6}


def test_a_day_joined_in_a_large_store_is_the_same_work_as_in_a_small_one(tmp_path, monkeypatch):
    monkeypatch.setattr(joining_history, "PHONES", 20)
    small, large = joining.measure((200, 1000), calls=40, folder=tmp_path)
    assert (small.held, large.held) == (200, 1000)
    assert (small.entries, small.calls) == (large.entries, large.calls)
    assert small.entries > small.calls >= 40
    assert "1,000" in report_joining.of_joining([small, large])


def test_what_is_exported_is_what_the_query_gives(tmp_path, monkeypatch):
    monkeypatch.setattr(joining_history, "PHONES", 20)
    monkeypatch.setattr(exports, "CASES", ((ExportFormat.XLSX, exports.PASSWORD), (ExportFormat.CSV, None)))
    found = exports.measure(200, folder=tmp_path)
    assert [(one.form.value, one.sealed, one.rows) for one in found] == [
        ("xlsx", True, 200),
        ("csv", False, 200),
    ]
    shown = report_exports.of_exports(found)
    assert "msoffcrypto, openpyxl" in shown
    assert "under 300 MiB each: met" in shown
    row = ("id", datetime(2026, 3, 1), None, None, 1)
    with pytest.raises(SystemExit, match="row 1, as csv reads it"):
        exports._same(iter([row, row]), iter([row, (*row[:4], 2)]), "csv")


def test_the_history_of_the_bench_is_what_joining_makes_of_its_entries(tmp_path, monkeypatch):
    monkeypatch.setattr(joining_history, "PHONES", 20)
    config = joining.office(tmp_path)
    with joining.opened(tmp_path) as store:
        introduce(store, config)
        joining.read(store, iter(()), joining_history.END)
    joining_history.fill(tmp_path / "phonesync.db", 400)
    with joining.opened(tmp_path) as store:
        before = {call.id: call for call in store.calls()}
        assert len(before) == 400
        assert recompute(config, store) == 400
        after = {call.id: call for call in store.calls()}
    assert after.keys() == before.keys()
    for call_id, call in after.items():
        assert call.outside == before[call_id].outside
        assert (call.started_at, call.direction) == (before[call_id].started_at, before[call_id].direction)


def filled(calls, kept):
    with (
        journal_stores.folder_of(calls, below=None, kept=kept) as place,
        journal_stores.in_file(place, calls) as one,
    ):
        return one.filled_s is not None, one.store.info().calls


def test_a_kept_store_is_filled_once_and_never_taken_for_another(tmp_path, monkeypatch):
    assert filled(300, tmp_path) == (True, 300)
    assert filled(300, tmp_path) == (False, 300)
    assert filled(200, tmp_path) == (True, 200)
    for mark in tmp_path.glob("200-*/*.filled"):
        mark.unlink()
    assert filled(200, tmp_path) == (True, 200)
    another = tmp_path / "history.py"
    another.write_text("# makes other calls")
    monkeypatch.setattr(journal_history, "__file__", str(another))
    assert filled(300, tmp_path) == (True, 300)


@pytest.mark.skipif(postgres.programs() is None, reason=postgres.NEEDED)
def test_a_server_gets_the_calls_of_the_file(tmp_path):
    with journal_stores.in_file(tmp_path, 400) as one:
        calls = list(one.store.calls())
    with journal_stores.on_server(tmp_path, keeps=False) as other:
        assert list(other.store.calls()) == calls
    assert len(calls) == 400
