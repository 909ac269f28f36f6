"""When our receiver was up, when phones reported, and the coverage that follows for those without a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from phonesync.events.liveness import HeardSpan, Settled, Stretch
from phonesync.events.values import ALIVE_KEY, VARIANT
from phonesync.ledger.values import Span, SpanState
from phonesync.model import ListName
from phonesync.store.bulk import keeping, replacing
from phonesync.store.event_records import LastReport, Listening
from phonesync.store.spans import span_row
from phonesync.store.tables import (
    ALIVE_SIGNS,
    EVENTS,
    HEARD_SPANS,
    INCARNATIONS,
    OPEN_SPANS,
    PHONES,
    SPANS,
    STATES,
)

BEATS = 100
"""The latest regular reports of a phone that its rhythm is taken from."""


def heard(connection: Connection, since: datetime, until: datetime) -> None:
    """The receiver was up in [since, until); what began at the same instant is prolonged."""
    connection.execute(
        replacing(connection.dialect.name, HEARD_SPANS, "until"), [{"since": since, "until": until}]
    )


def heard_spans(connection: Connection, since: datetime) -> list[Stretch]:
    """When the receiver was up after an instant, oldest first."""
    query = (
        select(HEARD_SPANS.c.since, HEARD_SPANS.c.until)
        .where(HEARD_SPANS.c.until > since)
        .order_by(HEARD_SPANS.c.since)
    )
    return [Stretch(since=first, until=last) for first, last in connection.execute(query)]


def last_reports(connection: Connection) -> dict[str, LastReport]:
    """Name to when its phone reported; phones that never did are left out."""
    query = (
        select(PHONES.c.name, ALIVE_SIGNS.c.first_at, ALIVE_SIGNS.c.last_at)
        .join(INCARNATIONS, INCARNATIONS.c.phone_id == PHONES.c.id)
        .join(ALIVE_SIGNS, ALIVE_SIGNS.c.incarnation_id == INCARNATIONS.c.id)
        .order_by(INCARNATIONS.c.number)
    )
    return {
        row.name: LastReport(phone=row.name, first_at=row.first_at, last_at=row.last_at)
        for row in connection.execute(query)
    }


def listening(connection: Connection) -> list[Listening]:
    """The phones that report, bear their name now, and were never read."""
    newer = INCARNATIONS.alias()
    last = (
        select(func.max(newer.c.number)).where(newer.c.phone_id == INCARNATIONS.c.phone_id).scalar_subquery()
    )
    query = (
        select(ALIVE_SIGNS, INCARNATIONS.c.label)
        .join(INCARNATIONS, INCARNATIONS.c.id == ALIVE_SIGNS.c.incarnation_id)
        .join(STATES, STATES.c.incarnation_id == INCARNATIONS.c.id)
        .where(STATES.c.last_read.is_(None), INCARNATIONS.c.number == last)
        .order_by(INCARNATIONS.c.id)
    )
    rows = connection.execute(query).all()
    if not rows:
        return []
    opened = {
        row.incarnation_id: row
        for row in connection.execute(select(OPEN_SPANS).where(OPEN_SPANS.c.variant == VARIANT))
    }
    up = heard_spans(connection, min(row.settled_until for row in rows))
    found = []
    for row in rows:
        own = opened.get(row.incarnation_id)
        found.append(
            Listening(
                incarnation=row.label,
                before=HeardSpan(
                    since=row.first_at if own is None else own.since,
                    until=row.settled_until,
                    state=SpanState.UNKNOWN if own is None else SpanState(own.state),
                ),
                heard=[span for span in up if span.until > row.settled_until],
                signs=_signs(connection, row.incarnation_id, row.settled_until),
                beats=_beats(connection, row.incarnation_id),
            )
        )
    return found


def settle(connection: Connection, incarnation: str, settled: Settled) -> None:
    """Writes what is known of the time of a phone that only reports.

    Args:
        connection: In a transaction that writes.
        incarnation: The physical phone; nothing is written once its lists were read.
        settled: What is known.
    """
    found = connection.execute(
        select(INCARNATIONS.c.id, ALIVE_SIGNS.c.first_at)
        .join(STATES, STATES.c.incarnation_id == INCARNATIONS.c.id)
        .join(ALIVE_SIGNS, ALIVE_SIGNS.c.incarnation_id == INCARNATIONS.c.id)
        .where(INCARNATIONS.c.label == incarnation, STATES.c.last_read.is_(None))
    ).one_or_none()
    if found is None:
        return
    of = found.id
    _write(connection, of, found.first_at, settled)
    connection.execute(
        update(ALIVE_SIGNS)
        .where(ALIVE_SIGNS.c.incarnation_id == of, ALIVE_SIGNS.c.settled_until < settled.until)
        .values(settled_until=settled.until)
    )


def _write(connection: Connection, of: int, first_at: datetime, settled: Settled) -> None:
    """Spans that are over, and the open one, alike for each list that a call may stand in.

    Nobody knows what was before the first report.
    """
    dialect = connection.dialect.name
    closed: list[tuple[datetime | None, datetime, SpanState]] = [(None, first_at, SpanState.UNKNOWN)]
    closed += [(span.since, span.until, span.state) for span in settled.closed]
    connection.execute(
        keeping(dialect, SPANS),
        [
            span_row(of, Span(list_code=name.value, since=since, until=until, state=state), VARIANT)
            for since, until, state in closed
            for name in ListName
        ],
    )
    connection.execute(
        replacing(dialect, OPEN_SPANS, "since", "state", "variant"),
        [
            {
                "incarnation_id": of,
                "list_code": name.value,
                "variant": VARIANT,
                "since": settled.open_since,
                "state": settled.open_state.value,
            }
            for name in ListName
        ],
    )


def forget_coverage(connection: Connection, of: int) -> None:
    """A phone whose lists are read is covered by what they prove."""
    for table in (SPANS, OPEN_SPANS):
        connection.execute(delete(table).where(table.c.incarnation_id == of, table.c.variant == VARIANT))


def _signs(connection: Connection, of: int, since: datetime) -> Sequence[datetime]:
    """The last report before an instant, and all since."""
    own = EVENTS.c.incarnation_id == of
    last = connection.execute(select(func.max(EVENTS.c.at)).where(own, EVENTS.c.at < since)).scalar_one()
    later = select(EVENTS.c.at).where(own, EVENTS.c.at >= since).order_by(EVENTS.c.at)
    return [*([] if last is None else [last]), *connection.execute(later).scalars()]


def _beats(connection: Connection, of: int) -> Sequence[datetime]:
    latest = (
        select(EVENTS.c.at)
        .where(EVENTS.c.incarnation_id == of, EVENTS.c.call_key == ALIVE_KEY)
        .order_by(EVENTS.c.at.desc())
        .limit(BEATS)
    )
    return sorted(connection.execute(latest).scalars())
