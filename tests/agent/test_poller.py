"""One poll of one phone, over the real transport, ledger and store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import httpx
import pytest

from phonesync.agent.health import LOCK_MARGIN_S, OWN_IDLE_S, UNANSWERED_S
from phonesync.agent.values import UNJUDGED
from phonesync.store.records import PhoneStanding, RawKind

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


async def test_a_poll_brings_rows_into_the_store_and_plans_the_next(lab):
    desk = lab.add()
    desk.call("202")
    desk.call("203", code="1", duration_s=7)
    result = await lab.poller().poll("desk-101")
    assert (result.ok, result.new, result.readable, result.error) == (True, 2, True, None)
    assert dict(result.lists) == {"placed": 1, "missed": 1, "received": 0}
    assert sorted(lab.numbers()) == ["202", "203"]
    state = lab.state()
    assert (state.standing, state.vendor, state.variant) == (PhoneStanding.UP, "desk", "desk-2")
    assert (state.mac, state.firmware, state.open_session) == ("00005e005301", "1.0", False)
    assert state.last_read == lab.clock.now()
    assert state.next_due is not None
    assert MINUTE <= state.next_due - lab.clock.now() <= 10 * MINUTE
    assert desk.asked == ["/about", "/in", "/calls", "/out"]


async def test_reading_unchanged_lists_again_is_one_small_write_and_asks_no_second_time_what_it_is(
    lab, monkeypatch
):
    desk = lab.add()
    desk.call("202")
    poller = lab.poller()
    await poller.poll("desk-101")
    first = lab.state()
    lab.clock.advance(lab.clock.now() + 5 * MINUTE)
    monkeypatch.setattr("phonesync.agent.taking.codec.load", lambda *_, **__: pytest.fail("decoded"))
    monkeypatch.setattr("phonesync.agent.taking.apply", lambda *_, **__: pytest.fail("applied"))
    result = await poller.poll("desk-101")
    assert (result.ok, result.new, dict(result.lists)) == (
        True,
        0,
        {"placed": 0, "missed": 1, "received": 0},
    )
    second = lab.state()
    assert (second.last_read, second.ledger_state) == (lab.clock.now(), first.ledger_state)
    assert [row.proven_until for row in lab.store.coverage(list_name="missed") if row.until is None] == [
        lab.clock.now()
    ]
    assert desk.asked.count("/about") == 1


async def test_a_new_row_after_unchanged_reads_leaves_no_gap(lab):
    desk = lab.add()
    desk.call("202")
    poller = lab.poller()
    for number in range(6):
        await poller.poll("desk-101")
        lab.clock.advance(lab.clock.now() + 10 * MINUTE)
        if number == 3:
            desk.call("203")
    assert lab.numbers() == ["202", "203"]
    states = {str(row.state) for row in lab.store.coverage()}
    assert states == {"unknown", "complete"}


async def test_unchanged_lists_under_a_changed_meaning_are_written_with_their_new_names(lab):
    desk = lab.add()
    desk.call("202", duration_s=5)
    await lab.poller().poll("desk-101")
    assert [entry.list_name for entry in lab.store.entries()] == ["missed"]
    lab.keys["desk-101"] += '\nquirks = { type_2 = "received", type_3 = "missed" }'
    await lab.poller().poll("desk-101")
    assert [entry.list_name for entry in lab.store.entries()] == ["received"]


async def test_a_swap_asked_for_relabels_and_never_rekeys(lab):
    desk = lab.add()
    desk.call("202", duration_s=5)
    poller = lab.poller()
    await poller.poll("desk-101")
    before = [entry.id for entry in lab.store.entries()]
    state = lab.state()
    lab.store.save_state(replace(state, swapped=(state.variant,)), before=state)
    result = await poller.poll("desk-101")
    assert (result.new, dict(result.lists)) == (0, {"placed": 0, "received": 1, "missed": 0})
    assert [(entry.id, entry.list_name) for entry in lab.store.entries()] == [(before[0], "received")]


async def test_a_stated_swap_is_kept_when_the_phone_becomes_another_variant(lab):
    desk = lab.add()
    desk.call("202", duration_s=5)
    poller = lab.poller()
    await poller.poll("desk-101")
    state = lab.state()
    lab.store.save_state(replace(state, swapped=("desk-2",)), before=state)
    await poller.poll("desk-101")
    desk.variant = "desk-1"
    desk.sessions.clear()
    result = await poller.poll("desk-101", forced=True)
    assert (result.new, dict(result.lists)) == (0, {"placed": 0, "received": 1, "missed": 0})
    assert not any("Rows stayed" in note for note in lab.state().notes)
    assert [entry.list_name for entry in lab.store.entries()] == ["received"]
    desk.variant = "desk-2"
    desk.sessions.clear()
    assert dict((await poller.poll("desk-101", forced=True)).lists)["received"] == 1
    assert [entry.list_name for entry in lab.store.entries()] == ["received"]


async def test_talk_times_that_contradict_the_mapping_propose_the_swap_once(lab, logged):
    desk = lab.add()
    poller = lab.poller()
    for number in range(25):
        desk.call(str(300 + number), code="2", duration_s=40)
        desk.call(str(400 + number), code="3")
        await poller.poll("desk-101")
        lab.clock.advance(lab.clock.now() + MINUTE)
    assert lab.state().swap_proposed
    proposals = [line for line in logged if "phones retry desk-101 --swap" in str(line.get("text"))]
    assert len(proposals) == 1


class KilledError(BaseException):
    """The process ends here."""


async def test_a_refused_password_is_tried_once_ever(lab, events):
    desk = lab.add(password="another")
    poller = lab.poller()
    result = await poller.poll("desk-101")
    assert (result.ok, result.error_kind, result.standing) == (False, "SignInRefused", PhoneStanding.REFUSED)
    for _ in range(3):
        again = await poller.poll("desk-101", forced=True)
        assert again.error_kind == "SignInRefused"
        assert "phonesync phones retry desk-101" in str(again.error)
    lab.restart()
    assert (await lab.poller().poll("desk-101", forced=True)).standing is PhoneStanding.REFUSED
    assert len(desk.sign_ins) == 1
    assert lab.state().next_due is None
    assert events().count("phone refused sign-in") == 1


@pytest.mark.parametrize("change", ["password", "username", "url", "retry"])
async def test_a_refused_phone_is_tried_again_when_credentials_change_or_a_person_says_so(lab, change):
    desk = lab.add(password="another")
    await lab.poller().poll("desk-101")
    if change == "password":
        lab.env["PASSWORD"] = desk.password
    elif change == "username":
        lab.keys["desk-101"] += '\nusername = "root"'
    elif change == "url":
        lab.keys["desk-101"] = 'url = "http://192.0.2.77"'
    else:
        state = lab.state()
        lab.store.save_state(replace(state, refused_credentials=None), before=state)
    await lab.poller().poll("desk-101")
    assert len(desk.sign_ins) == 2
    assert (lab.state().standing is PhoneStanding.UP) is (change == "password")


async def test_the_old_password_set_again_after_a_change_stays_refused(lab):
    desk = lab.add(password="another")
    poller = lab.poller()
    await poller.poll("desk-101")
    lab.env["PASSWORD"] = "third"
    desk.fault = "unreachable"
    await poller.poll("desk-101")
    assert lab.state().standing is PhoneStanding.DOWN
    lab.env["PASSWORD"] = "right"
    desk.fault = ""
    assert (await poller.poll("desk-101")).standing is PhoneStanding.REFUSED
    assert lab.state().standing is PhoneStanding.REFUSED
    assert len(desk.sign_ins) == 1


async def test_a_locked_phone_is_not_spoken_to_before_its_lock_ends(lab):
    desk = lab.add()
    poller = lab.poller()
    assert (await poller.poll("desk-101")).ok
    desk.fault = "locked"
    result = await poller.poll("desk-101")
    assert (result.error_kind, result.standing) == ("LockedOut", PhoneStanding.DOWN)
    asked = len(desk.asked)
    lab.clock.advance(lab.clock.now() + timedelta(seconds=180 + LOCK_MARGIN_S - 1))
    result = await poller.poll("desk-101", forced=True)
    assert (result.error_kind, len(desk.asked)) == ("LockedOut", asked)
    lab.clock.advance(lab.clock.now() + timedelta(seconds=2))
    desk.fault = ""
    assert (await poller.poll("desk-101")).ok
    assert lab.state().refused_credentials is None


@pytest.mark.parametrize("password", ["right", "another"])
async def test_a_password_that_never_worked_is_offered_once_even_where_the_verdict_is_lost(
    lab, events, password
):
    desk = lab.add(fault="no-verdict", password=password)
    result = await lab.poller().poll("desk-101")
    assert (result.standing, result.error_kind) == (PhoneStanding.REFUSED, UNJUDGED)
    assert "phonesync phones retry desk-101" in str(result.error)
    desk.fault = ""
    for forced in (False, True):
        lab.clock.advance(lab.clock.now() + timedelta(days=1))
        lab.restart()
        result = await lab.poller().poll("desk-101", forced=forced)
        assert (result.standing, result.error_kind) == (PhoneStanding.REFUSED, UNJUDGED)
    assert len(desk.sign_ins) == 1
    assert events().count("phone gave no verdict") == 1


async def test_a_locked_phone_is_not_offered_a_password_twice_that_never_worked(lab):
    desk = lab.add(fault="locked")
    assert (await lab.poller().poll("desk-101")).standing is PhoneStanding.REFUSED
    asked = len(desk.asked)
    lab.clock.advance(lab.clock.now() + timedelta(days=1))
    await lab.poller().poll("desk-101", forced=True)
    assert len(desk.asked) == asked


async def test_a_person_may_have_a_password_offered_again_that_got_no_verdict(lab):
    desk = lab.add(fault="no-verdict")
    await lab.poller().poll("desk-101")
    desk.fault = ""
    state = lab.state()
    again = replace(state, offered_credentials=None, sign_in_lost_at=None)
    lab.store.save_state(again, before=state)
    assert (await lab.poller().poll("desk-101")).ok
    assert (lab.state().offered_credentials, lab.state().sign_in_lost_at) == (None, None)


async def test_a_password_that_has_worked_is_offered_again_five_minutes_after_a_lost_verdict(lab):
    desk = lab.add()
    await lab.poller().poll("desk-101")
    desk.fault = "no-verdict"
    result = await lab.poller().poll("desk-101")
    assert (result.standing, result.error_kind) == (PhoneStanding.DOWN, "PhoneTimeout")
    assert len(desk.sign_ins) == 2
    desk.fault = ""
    lab.clock.advance(lab.clock.now() + timedelta(seconds=UNANSWERED_S - 1))
    lab.restart()
    result = await lab.poller().poll("desk-101", forced=True)
    assert (result.ok, result.error_kind, len(desk.sign_ins)) == (False, UNJUDGED, 2)
    lab.clock.advance(lab.clock.now() + timedelta(seconds=1))
    assert (await lab.poller().poll("desk-101")).ok
    assert lab.state().sign_in_lost_at is None


async def test_a_kept_session_is_not_used_with_another_password(lab):
    desk = lab.add(variant="desk-1")
    poller = lab.poller()
    await poller.poll("desk-101")
    lab.env["PASSWORD"] = "another"
    assert (await poller.poll("desk-101")).standing is PhoneStanding.REFUSED
    assert desk.sign_ins == ["admin:right", "admin:another"]


async def test_another_password_than_the_one_that_worked_is_offered_once(lab):
    desk = lab.add()
    await lab.poller().poll("desk-101")
    lab.env["PASSWORD"], desk.fault = "another", "no-verdict"
    for _ in range(2):
        assert (await lab.poller().poll("desk-101")).standing is PhoneStanding.REFUSED
    assert len(desk.sign_ins) == 2
    lab.env["PASSWORD"], desk.fault = "right", ""
    lab.clock.advance(lab.clock.now() + timedelta(seconds=UNANSWERED_S))
    assert (await lab.poller().poll("desk-101")).ok


async def test_a_process_killed_while_it_waits_for_the_verdict_leaves_word_for_the_next(lab, events):
    desk = lab.add(password="another")

    async def killed():
        raise KilledError

    desk.hold_verdict = killed
    with pytest.raises(KilledError):
        await lab.poller().poll("desk-101")
    desk.hold_verdict = None
    lab.restart()
    agent = lab.agent()
    await agent.prepare()
    state = lab.state()
    assert (state.standing, state.error_kind, state.next_due) == (PhoneStanding.REFUSED, UNJUDGED, None)
    assert "phonesync phones retry desk-101" in str(state.last_error)
    lab.clock.advance(lab.clock.now() + timedelta(days=1))
    assert (await lab.poller().poll("desk-101", forced=True)).error_kind == UNJUDGED
    assert len(desk.sign_ins) == 1


async def test_a_process_killed_after_the_verdict_may_sign_in_again(lab):
    desk = lab.add(variant="desk-1")

    async def killed():
        raise KilledError

    desk.hold = killed
    with pytest.raises(KilledError):
        await lab.poller().poll("desk-101")
    desk.hold = None
    lab.restart()
    assert (await lab.poller().poll("desk-101")).ok


async def test_a_busy_phone_may_be_offered_a_password_again_that_never_worked(lab):
    desk = lab.add(fault="busy")
    assert (await lab.poller().poll("desk-101")).error_kind == "PhoneBusy"
    assert lab.state().offered_credentials is None
    desk.fault = ""
    assert (await lab.poller().poll("desk-101")).ok


async def test_a_busy_phone_stays_up_and_is_planned_for_later(lab, events):
    desk = lab.add()
    poller = lab.poller()
    await poller.poll("desk-101")
    desk.fault = "busy"
    for _ in range(3):
        result = await poller.poll("desk-101")
        assert (result.error_kind, result.standing) == ("PhoneBusy", PhoneStanding.UP)
    assert lab.state().due_reason == "somebody was signed in to the phone"
    assert events().count("phone is busy") == 1
    assert lab.state().open_session is False


async def test_after_a_crash_between_sign_in_and_commit_user_busy_is_known_to_be_our_own(lab):
    desk = lab.add()

    async def killed():
        raise KilledError

    desk.hold = killed
    # A killed process says no good-bye: the sign-out must not reach the phone either.
    desk.fault = "no-sign-out"
    with pytest.raises(KilledError):
        await lab.poller().poll("desk-101")
    lab.restart()
    assert lab.state().open_session
    assert lab.state().last_read is None
    desk.hold, desk.fault = None, ""
    poller = lab.poller()
    result = await poller.poll("desk-101")
    assert result.error_kind == "PhoneBusy"
    assert "we left open" in str(result.error)
    assert lab.state().next_due == lab.clock.now() + timedelta(seconds=OWN_IDLE_S)
    desk.sessions.clear()
    assert (await poller.poll("desk-101")).ok
    assert lab.state().open_session is False


async def test_a_failed_sign_out_is_remembered(lab):
    desk = lab.add(fault="no-sign-out")
    poller = lab.poller()
    assert (await poller.poll("desk-101")).ok
    assert lab.state().open_session
    desk.fault = ""
    assert "we left open" in str((await poller.poll("desk-101")).error)


async def test_where_there_is_no_sign_out_the_session_is_kept_and_used_again(lab):
    desk = lab.add(variant="desk-1")
    poller = lab.poller()
    for number in range(3):
        desk.call(f"20{number}")
        assert (await poller.poll("desk-101")).new == 1
        lab.clock.advance(lab.clock.now() + MINUTE)
    assert len(desk.sign_ins) == 1
    desk.sessions.clear()  # it expired
    assert (await poller.poll("desk-101")).ok
    assert len(desk.sign_ins) == 2


async def test_a_phone_without_a_readable_list_says_so_and_is_no_failure(lab):
    desk = lab.add(variant="desk-3")
    result = await lab.poller().poll("desk-101")
    assert (result.ok, result.readable, result.standing) == (False, False, PhoneStanding.UNSUPPORTED)
    assert "Its list page is not known." in str(result.error)
    assert desk.sign_ins == []
    assert lab.state().next_due == lab.clock.now() + timedelta(days=1)


async def test_an_answer_that_is_no_list_is_quarantined_once_and_changes_nothing_else(lab):
    desk = lab.add()
    desk.call("202")
    poller = lab.poller()
    await poller.poll("desk-101")
    before = lab.state()
    desk.fault = "garbage"
    for _ in range(2):
        lab.clock.advance(lab.clock.now() + MINUTE)
        result = await poller.poll("desk-101")
    assert (result.error_kind, result.standing) == ("UnexpectedResponse", PhoneStanding.DOWN)
    answers = list(lab.store.answers(kind=RawKind.QUARANTINED))
    assert [(answer.content, answer.reason) for answer in answers] == [
        (b"<html>welcome</html>", "The page is no list.")
    ]
    after = lab.state()
    assert (after.last_read, after.ledger_state) == (before.last_read, before.ledger_state)
    assert lab.numbers() == ["202"]


async def test_after_an_answer_not_understood_the_phone_is_asked_again_what_it_is(lab):
    desk = lab.add(variant="desk-1")
    poller = lab.poller()
    await poller.poll("desk-101")
    desk.variant, desk.fault = "desk-2", "garbage"
    await poller.poll("desk-101")
    desk.fault = ""
    desk.sessions.clear()
    assert (await poller.poll("desk-101")).ok
    assert lab.state().variant == "desk-2"


async def test_answers_with_new_rows_are_kept_and_of_the_others_the_newest(lab):
    desk = lab.add()
    poller = lab.poller()
    for number in range(2):
        desk.call(f"20{number}")
        await poller.poll("desk-101")
        lab.clock.advance(lab.clock.now() + MINUTE)
    desk.lists["2"].pop()
    await poller.poll("desk-101")
    kinds = [answer.kind for answer in lab.store.answers()]
    assert sorted(kinds) == [RawKind.NEW_ROWS, RawKind.NEW_ROWS, RawKind.NEWEST]


async def test_a_mac_learned_for_the_first_time_joins(lab):
    desk = lab.add(mac=None)
    desk.call("202")
    poller = lab.poller()
    await poller.poll("desk-101")
    first = lab.state()
    desk.mac = "00005e0053aa"
    assert (await poller.poll("desk-101", forced=True)).new == 0
    assert (lab.state().mac, lab.state().incarnation) == ("00005e0053aa", first.incarnation)


async def test_another_mac_under_the_name_is_another_phone_whose_ledger_starts_anew(lab, logged):
    desk = lab.add()
    desk.call("202")
    poller = lab.poller()
    await poller.poll("desk-101")
    first = lab.state()
    desk.mac = "00005e0053bb"
    result = await poller.poll("desk-101", forced=True)
    assert (result.ok, result.new) == (True, 1)
    second = lab.state()
    assert second.incarnation != first.incarnation
    assert second.mac == "00005e0053bb"
    assert lab.numbers() == ["202", "202"]
    assert any("Another phone answers" in str(line.get("text")) for line in logged)
    assert any("Another phone answers" in note for note in second.notes)


async def test_the_coverage_of_a_name_abuts_whatever_phones_have_borne_it(lab):
    desk = lab.add()
    poller = lab.poller()
    reads = []
    for number, mac in enumerate(("00005e0053aa", "00005e0053bb", "00005e0053bb", "00005e0053cc")):
        desk.mac = mac
        desk.call(f"20{number}", before_s=90)
        reads.append(lab.clock.now())
        assert (await poller.poll("desk-101", forced=True)).ok
        lab.clock.advance(lab.clock.now() + timedelta(hours=1))
    assert lab.state().incarnation == "desk-101#3"
    spans = [(row.since, row.until, row.state.value) for row in lab.store.coverage(list_name="missed")]
    assert spans[0][0] is None
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert spans[1:] == [
        (spans[0][1], reads[0], "complete"),
        (reads[0], reads[1], "unknown"),
        (reads[1], reads[2], "complete"),
        (reads[2], reads[3], "unknown"),
        (reads[3], None, "complete"),
    ]


async def test_a_firmware_that_shows_the_rows_otherwise_is_held_until_a_person_decides(lab):
    desk = lab.add()
    desk.shows_clock = False
    for _ in range(4):
        desk.call("202")
        lab.clock.advance(lab.clock.now() + MINUTE)
    poller = lab.poller()
    await poller.poll("desk-101")
    before = lab.state()
    desk.firmware = "2.0"
    desk.lists["2"] = [["202", "2026-03-02T08:00:00", 0], ["202", "2026-03-02T07:00:00", 0]]
    result = await poller.poll("desk-101", forced=True)
    assert (result.ok, result.error_kind, result.standing) == (False, "PlanRefused", PhoneStanding.HELD)
    assert "phonesync phones retry desk-101" in str(result.error)
    held = lab.state()
    assert (held.ledger_state, held.last_read) == (before.ledger_state, before.last_read)
    assert len(lab.numbers()) == 4
    answers = list(lab.store.answers(kind=RawKind.QUARANTINED))
    assert len(answers) == 1
    await poller.poll("desk-101")
    assert len(list(lab.store.answers(kind=RawKind.QUARANTINED))) == 1
    state = lab.state()
    lab.store.save_state(replace(state, accept_unaligned=True), before=state)
    assert (await poller.poll("desk-101")).ok
    assert lab.state().standing is PhoneStanding.UP
    assert lab.state().accept_unaligned is False


async def test_an_order_given_while_the_phone_was_read_is_not_undone(lab):
    desk = lab.add()
    poller = lab.poller()
    await poller.poll("desk-101")

    async def order():
        state = lab.state()
        lab.store.save_state(replace(state, swapped=(state.variant,)), before=state)

    desk.hold = order
    desk.call("202")
    await poller.poll("desk-101")
    assert lab.state().swapped == ("desk-2",)


async def test_a_phone_is_asked_again_what_it_is_after_a_day_and_after_failures(lab):
    desk = lab.add()
    poller = lab.poller()
    await poller.poll("desk-101")
    lab.clock.advance(lab.clock.now() + timedelta(hours=23))
    await poller.poll("desk-101")
    assert desk.asked.count("/about") == 1
    lab.clock.advance(lab.clock.now() + timedelta(hours=2))
    await poller.poll("desk-101")
    assert desk.asked.count("/about") == 2
    desk.fault = "unreachable"
    await poller.poll("desk-101")
    desk.fault, desk.asked = "", []
    await poller.poll("desk-101")
    assert desk.asked.count("/about") == 1


async def test_a_configured_variant_is_not_asked_for(lab):
    desk = lab.add()
    lab.keys["desk-101"] += '\ndriver = "desk"\nvariant = "desk-2"'
    assert (await lab.poller().poll("desk-101")).ok
    assert "/about" not in desk.asked


async def test_a_password_that_cannot_be_had_is_a_sentence_of_the_phone(lab):
    desk = lab.add()
    del lab.env["PASSWORD"]
    result = await lab.poller().poll("desk-101")
    assert (result.error_kind, result.standing) == ("ConfigError", PhoneStanding.DOWN)
    assert "PASSWORD" in str(result.error)
    assert desk.asked == []


async def test_a_wrong_clock_is_kept_beside_the_state(lab):
    lab.add(ahead_s=3600)
    await lab.poller().poll("desk-101")
    assert lab.state().clock_offset_s == pytest.approx(3600, abs=2)


async def test_a_phone_that_no_driver_knows_is_down_with_a_sentence(lab):
    desk = lab.add()

    async def nothing(request):
        desk.asked.append(request.url.path)
        return httpx.Response(404)

    desk.answer = nothing
    result = await lab.poller().poll("desk-101")
    assert (result.error_kind, result.standing) == ("NotIdentified", PhoneStanding.DOWN)
    assert desk.sign_ins == []


async def test_no_password_is_ever_logged_or_kept(lab, logged):
    lab.env["PASSWORD"] = "s3cret-horse"
    lab.add(password="another")
    await lab.poller().poll("desk-101")
    shown = repr(logged) + repr(lab.state())
    for file in lab.folder.glob("lab.db*"):
        assert b"s3cret-horse" not in file.read_bytes()
    assert "s3cret-horse" not in shown


async def test_a_clock_that_jumped_is_taken_note_of_though_no_row_changed(lab):
    desk = lab.add()
    poller = lab.poller()
    await poller.poll("desk-101")
    desk.ahead_s = 7200
    lab.clock.advance(lab.clock.now() + MINUTE)
    assert (await poller.poll("desk-101")).ok
    assert lab.state().clock_offset_s == pytest.approx(7200, abs=2)


async def test_a_mac_that_is_not_the_configured_one_is_noted(lab):
    lab.add(keys='url = "http://192.0.2.1"\nmac = "00:00:5e:00:53:99"')
    assert (await lab.poller().poll("desk-101")).ok
    assert any("00005e005399" in note and "00005e005301" in note for note in lab.state().notes)


async def test_fields_no_driver_knows_and_doubtful_evidence_are_noted_once(lab, logged):
    desk = lab.add()
    desk.unknown = ("colour",)
    poller = lab.poller()
    for number in range(3):
        desk.call(f"20{number}")
        await poller.poll("desk-101")
        lab.clock.advance(lab.clock.now() + MINUTE)
    assert any("colour" in note for note in lab.state().notes)
    assert any("evidence for that: likely" in note for note in lab.state().notes)
    assert len([line for line in logged if line["event"] == "phone remark"]) == 2


async def test_a_variant_that_its_driver_no_longer_has_is_asked_for_anew(lab):
    lab.add()
    poller = lab.poller()
    await poller.poll("desk-101")
    state = lab.state()
    lab.store.save_state(replace(state, variant="desk-9"), before=state)
    assert (await poller.poll("desk-101")).ok
    assert lab.state().variant == "desk-2"


async def test_a_configured_variant_no_driver_has_is_a_sentence(lab):
    lab.add()
    poller = lab.poller()
    phone = lab.config.phone("desk-101").model_copy(update={"variant": "desk-9"})
    poller.configure(lab.config.model_copy(update={"phones": (phone,)}))
    result = await poller.poll("desk-101")
    assert (result.error_kind, result.standing) == ("DriverError", PhoneStanding.DOWN)
    assert 'no variant "desk-9"' in str(result.error)


async def test_what_was_refused_stays_refused_while_the_password_cannot_be_had(lab):
    lab.add(password="another")
    poller = lab.poller()
    await poller.poll("desk-101")
    assert poller.stopped(lab.state()) is not None
    del lab.env["PASSWORD"]
    assert poller.stopped(lab.state()) is not None


async def test_a_quirk_of_the_configuration_stands_above_a_swap(lab):
    desk = lab.add()
    lab.keys["desk-101"] += '\nquirks = { type_2 = "missed" }'
    desk.call("202")
    poller = lab.poller()
    await poller.poll("desk-101")
    state = lab.state()
    lab.store.save_state(replace(state, swapped=(state.variant,)), before=state)
    assert dict((await poller.poll("desk-101")).lists)["missed"] == 1
