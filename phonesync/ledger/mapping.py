"""Which list code means *missed*: checked against talk times, because the vendor sheet leaves it open."""

from __future__ import annotations

from collections.abc import Mapping

from phonesync.driver.contract import Variant
from phonesync.ledger.values import TalkTally
from phonesync.model import ListName

ENOUGH_ROWS = 20
"""Rows of either code before the talk times may contradict the mapping."""

CLEAR_SHARE = 0.9
"""Share of received rows that have talk time, and of missed rows that have none, on a phone that is clear."""


def contradicting(variant: Variant, list_code: str, duration_s: int | None) -> bool:
    """True where a row of the missed list shows talk time: alone, that alarms and decides nothing."""
    missed = variant.lists.get(list_code) is ListName.MISSED
    return missed and variant.missed_rows_have_no_talk and bool(duration_s)


def swap_proposed(variant: Variant, tallies: Mapping[str, TalkTally]) -> bool:
    """True where the talk times of both codes in conflict contradict their mapping."""
    if variant.swap is None or not variant.missed_rows_have_no_talk:
        return False
    by_name = {variant.lists.get(code): tallies.get(code, TalkTally()) for code in variant.swap}
    missed = by_name.get(ListName.MISSED, TalkTally())
    received = by_name.get(ListName.RECEIVED, TalkTally())
    if min(missed.rows, received.rows) < ENOUGH_ROWS:
        return False
    return (
        missed.with_talk >= CLEAR_SHARE * missed.rows
        and received.with_talk <= (1 - CLEAR_SHARE) * received.rows
    )
