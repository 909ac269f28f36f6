"""Closed spans of coverage as rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, update

from phonesync.ledger.values import Span, SpanState
from phonesync.store.tables import SPANS


def span_row(incarnation_id: int, span: Span, variant: str) -> dict[str, Any]:
    """A span as a row; its id is a hash of the rest, so that the same span is never kept twice."""
    identity = f"{incarnation_id}|{variant}|{span.list_code}|{span.since}|{span.until}|{span.state.value}"
    return {
        "id": hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest(),
        "incarnation_id": incarnation_id,
        "variant": variant,
        "list_code": span.list_code,
        "since": span.since,
        "until": span.until,
        "state": span.state.value,
        "at_most": span.at_most,
        "estimate": span.estimate,
    }


def withdraw(connection: Connection, incarnation_id: int, variant: str, codes: Sequence[str]) -> None:
    """Takes back what was concluded from row ids that have turned out to mean nothing."""
    rested = (
        SPANS.c.incarnation_id == incarnation_id,
        SPANS.c.variant == variant,
        SPANS.c.list_code.in_(codes),
    )
    complete = SPANS.c.state == SpanState.COMPLETE.value
    connection.execute(update(SPANS).where(*rested, complete).values(state=SpanState.UNKNOWN.value))
    connection.execute(update(SPANS).where(*rested).values(at_most=None))
