"""``phonesync phones``: how each phone fares, and orders for one."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from phonesync.cli import phone_orders
from phonesync.config import load
from phonesync.errors import StaleState
from phonesync.events.values import Report
from phonesync.model import EventKind, PhoneEvent
from phonesync.store.event_records import NewReport
from phonesync.store.records import PhoneStanding

from .conftest import BASE, MORNING, keep


def table(outcome):
    """Phone to its row's text."""
    assert outcome.code == 0, outcome.err
    return {line.split()[0]: line for line in outcome.out.splitlines()[1:]}


def test_each_phone_shows_how_it_fares(run, filled):
    keep(
        filled,
        "desk-102",
        standing=PhoneStanding.REFUSED,
        next_due=None,
        due_reason="",
        last_error="The phone refused user or password.",
        clock_offset_s=-12.4,
    )
    rows = table(run("phones"))
    assert list(rows) == ["desk-101", "desk-102", "desk-103", "desk-old"]
    up = rows["desk-101"]
    assert "up" in up
    assert "2026-02-01 12:00:00" in up
    assert "2026-02-01 12:10:00" in up
    assert "the longest time between two reads" in up
    assert "12/h" in up
    assert "(the longest time between two reads)" in up
    refused = rows["desk-102"]
    assert "refused" in refused
    assert "-12 s" in refused
    assert "The phone refused user or password." in refused
    assert "disabled" in rows["desk-103"]
    assert "not in the configuration" in rows["desk-old"]


def test_a_phone_never_read_says_so(run, folder):
    rows = table(run("phones"))
    assert "never read" in rows["desk-101"]
    assert "disabled" in rows["desk-103"]


def refused(store, **changes):
    stopped = {"standing": PhoneStanding.REFUSED, "refused_credentials": "hash", "next_due": None}
    keep(store, "desk-101", BASE, **(stopped | changes))


def test_retry_forgets_what_was_refused(run, store):
    refused(store)
    before = datetime.now(UTC)
    outcome = run("phones", "retry", "desk-101")
    assert outcome.code == 0
    assert "desk-101 is read at the next" in outcome.out
    state = store.phone("desk-101")
    assert state.refused_credentials is None
    assert state.standing is PhoneStanding.DOWN
    assert not state.accept_unaligned
    assert state.next_due is not None
    assert state.next_due >= before
    assert store.open_requests() == []


def test_retry_forgets_a_verdict_that_never_came(run, store):
    refused(store, refused_credentials=None, offered_credentials="hash", sign_in_lost_at=MORNING)
    assert run("phones", "retry", "desk-101").code == 0
    state = store.phone("desk-101")
    assert (state.offered_credentials, state.sign_in_lost_at) == (None, None)


@pytest.mark.parametrize("kind", ["CertificateChanged", "PhoneTimeout"])
def test_retry_trusts_a_certificate_anew_only_where_it_has_changed(run, store, kind):
    keep(store, "desk-101", BASE, standing=PhoneStanding.DOWN, error_kind=kind, certificate="ab" * 32)
    assert run("phones", "retry", "desk-101").code == 0
    assert store.phone("desk-101").certificate == (None if kind == "CertificateChanged" else "ab" * 32)


def test_retry_keeps_a_lock_the_phone_set_itself(run, store):
    locked = datetime(2026, 3, 1, tzinfo=UTC)
    refused(store, locked_until=locked)
    assert run("phones", "retry", "desk-101").code == 0
    assert store.phone("desk-101").locked_until == locked


def test_retry_takes_a_held_answer_unaligned(run, store):
    refused(store, standing=PhoneStanding.HELD)
    assert run("phones", "retry", "desk-101").code == 0
    assert store.phone("desk-101").accept_unaligned


def test_retry_of_a_phone_that_was_never_read_makes_it_new(run, store):
    store.save_state(
        replace(store.phone("desk-102"), standing=PhoneStanding.REFUSED, refused_credentials="hash")
    )
    assert run("phones", "retry", "desk-102").code == 0
    assert store.phone("desk-102").standing is PhoneStanding.NEW


def test_retry_asks_a_running_agent(run, store):
    refused(store)
    with store.agent_lock():
        outcome = run("phones", "retry", "desk-101")
    assert outcome.code == 0
    assert outcome.out.startswith("The running agent reads desk-101 now.")
    assert [request.phone for request in store.open_requests()] == ["desk-101"]


def test_swap_exchanges_the_codes_in_conflict_and_back(run, store):
    keep(store, "desk-101", BASE, swap_proposed=True)
    outcome = run("phones", "retry", "desk-101", "--swap")
    assert outcome.code == 0
    assert "List code 2 now means missed" in outcome.out
    assert "List code 3 now means received" in outcome.out
    assert store.phone("desk-101").swapped == ("v86-json",)
    assert not store.phone("desk-101").swap_proposed
    assert "List code 2 now means received" in run("phones", "retry", "desk-101", "--swap").out
    assert store.phone("desk-101").swapped == ()


def test_a_swap_is_of_the_variant_that_the_phone_has_now(run, store):
    keep(store, "desk-101", BASE, variant="v84-servlet", swapped=("v86-json",))
    assert "List code 2 now means received" in run("phones", "retry", "desk-101", "--swap").out
    assert store.phone("desk-101").swapped == ("v86-json", "v84-servlet")
    assert "List code 2 now means missed" in run("phones", "retry", "desk-101", "--swap").out
    assert store.phone("desk-101").swapped == ("v86-json",)


def test_a_swap_stated_of_an_earlier_variant_reaches_this_one_and_is_taken_back(run, store):
    keep(store, "desk-101", BASE, variant="v86-servlet", swapped=("v84-servlet",))
    assert "List code 2 now means missed" in run("phones", "retry", "desk-101", "--swap").out
    assert store.phone("desk-101").swapped == ()
    assert "List code 2 now means received" in run("phones", "retry", "desk-101", "--swap").out
    assert store.phone("desk-101").swapped == ("v86-servlet",)


def test_swap_is_refused_where_no_codes_are_in_conflict(run, store):
    keep(store, "desk-101", BASE, variant="v72-form")
    outcome = run("phones", "retry", "desk-101", "--swap")
    assert outcome.code == 2
    assert "no list codes in conflict" in outcome.err
    assert store.phone("desk-101").swapped == ()


def test_swap_is_refused_where_the_quirks_settle_the_codes(run, store, folder):
    keep(store, "desk-101", BASE)
    config = folder / "config.toml"
    text = config.read_text(encoding="utf-8").replace(
        'extension = "101"\n', 'extension = "101"\nquirks = { type_2 = "missed" }\n'
    )
    config.write_text(text, encoding="utf-8")
    outcome = run("phones", "retry", "desk-101", "--swap")
    assert outcome.code == 2
    assert "settle what its list codes mean" in outcome.err


def test_an_order_for_a_phone_that_was_never_read_is_told(run, store):
    outcome = run("phones", "retry", "desk-103")
    assert outcome.code == 2
    assert "never read" in outcome.err


@pytest.mark.parametrize("order", ["retry", "replace"])
def test_an_order_for_an_unknown_phone_has_the_nearest_name(run, store, order):
    outcome = run("phones", order, "desk-11")
    assert outcome.code == 2
    assert 'Unknown phone "desk-11"; did you mean "desk-101"?' in outcome.err


def test_rename_lets_the_ledger_go_on_under_the_new_name(run, filled):
    outcome = run("phones", "rename", "desk-old", "desk-103")
    assert outcome.code == 0
    assert "desk-103 continues the ledger of desk-old." in outcome.out
    assert [row["phone"] for row in run("entries", "--format", "jsonl", "--phone", "desk-103").rows] == [
        "desk-103"
    ]
    assert run("entries", "--phone", "desk-old").code == 2


def test_rename_wants_the_configuration_edited_first(run, filled):
    outcome = run("phones", "rename", "desk-101", "desk-103")
    assert outcome.code == 2
    assert "The configuration still lists desk-101." in outcome.err
    outcome = run("phones", "rename", "desk-old", "desk-new")
    assert outcome.code == 2
    assert 'Unknown phone "desk-new"' in outcome.err


def test_rename_of_a_name_the_store_does_not_know_is_told(run, filled):
    outcome = run("phones", "rename", "desk-odd", "desk-103")
    assert outcome.code == 2
    assert "desk-old" in outcome.err


def test_rename_over_another_ledger_is_refused_as_implausible(run, filled):
    assert run("phones", "rename", "desk-old", "desk-102").code == 5
    assert run("entries", "--format", "jsonl", "--phone", "desk-old").rows


def test_replace_starts_a_new_ledger_and_keeps_the_old_one(run, filled):
    before = filled.phone("desk-101").incarnation
    outcome = run("phones", "replace", "desk-101")
    assert outcome.code == 0
    assert "desk-101 starts a new ledger" in outcome.out
    assert filled.phone("desk-101").incarnation != before
    assert len(run("entries", "--format", "jsonl", "--phone", "desk-101").rows) == 3


def test_remarks_stand_behind_the_last_error(run, filled):
    keep(filled, "desk-102", last_error="No route.", notes=("Unknown field x.",), variant="v99-gone")
    row = table(run("phones"))["desk-102"]
    assert "No route.; Unknown field x." in row
    assert "/h" not in row


def test_an_order_is_decided_anew_where_the_agent_wrote_in_between(store, monkeypatch):
    refused(store)
    config = load()
    save, tries = store.save_state, []

    def busy(state, *, before=None):
        tries.append(state)
        if len(tries) == 1:
            raise StaleState("Another process wrote first.")
        save(state, before=before)

    monkeypatch.setattr(store, "save_state", busy)
    assert phone_orders.retry(config, store, "desk-101", swap=False).startswith("desk-101 is read")
    assert len(tries) == 2
    assert store.phone("desk-101").refused_credentials is None


def test_an_order_gives_up_where_the_agent_always_writes_first(store, monkeypatch):
    refused(store)
    config = load()

    def busy(state, *, before=None):
        raise StaleState("Another process wrote first.")

    monkeypatch.setattr(store, "save_state", busy)
    with pytest.raises(StaleState):
        phone_orders.retry(config, store, "desk-101", swap=False)


def test_once_a_phone_has_reported_the_table_says_when(run, filled):
    assert "last report" not in run("phones").out
    event = PhoneEvent(kind=EventKind.ALIVE)
    filled.add_reports([NewReport(phone="desk-102", report=Report(at=MORNING, event=event))])
    outcome = run("phones")
    assert "last report" in outcome.out.splitlines()[0]
    assert (
        MORNING.astimezone(ZoneInfo("Asia/Omsk")).strftime("%Y-%m-%d %H:%M:%S") in table(outcome)["desk-102"]
    )
