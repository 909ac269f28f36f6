"""A filter, and what its reader reaches, as conditions on rows of calls.

Conditions look from one call at what belongs to it, each by an index. No column of the inner table stands
bare but the one that is looked up (``+ ""``): SQLite would go through all that a department has, once for
each call.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, literal, not_, or_, select

from phonesync.calls.linking import RAW
from phonesync.calls.values import CallDirection, Disposition
from phonesync.errors import ConfigError
from phonesync.journal.access import Scope
from phonesync.journal.filters import Commented, JournalFilter, Tab
from phonesync.journal.marks import SPAM
from phonesync.journal.masking import SHOWN_FIRST
from phonesync.numbering import EXTENSION, WITHHELD
from phonesync.spelling import N_
from phonesync.store.journal.records import Office
from phonesync.store.tables import (
    CALL_COMMENTS,
    CALL_LEGS,
    CALL_STARS,
    CALL_TAGS,
    CALLBACKS,
    CALLS,
    ENTRIES,
    JOINED_ENTRIES,
    LINES,
    NUMBER_TAGS,
    PARTIES,
    PHONES,
    PRIVATE_CALLS,
    TAGS,
)

Condition: TypeAlias = ColumnElement[bool]

INTERNAL = CallDirection.INTERNAL.value
OUTBOUND = CallDirection.OUTBOUND.value
LEGS = CALL_LEGS.alias("leg")
"""Legs as conditions look at them, whatever a query goes through itself."""

HIGHEST = "\U0010ffff"
"""Sorts behind everything that begins with the same text."""

OTHER_END: ColumnElement[Any] = case(
    (CALLS.c.direction == INTERNAL, None),
    else_=func.coalesce(
        CALLS.c.outside,
        literal(RAW)
        + case((CALLS.c.direction == OUTBOUND, CALLS.c.called_number), else_=CALLS.c.calling_number),
    ),
)
"""The party outside the office, as in ``parties``."""

_INNER_ENDS = tuple(
    case((CALLS.c.direction == INTERNAL, literal(EXTENSION) + CALLS.c[f"{end}_extension"]), else_=None)
    for end in ("calling", "called")
)

DISPOSITION: Any = CALLS.c.disposition + ""

IS_MISSED: Condition = and_(
    CALLS.c.direction != OUTBOUND,
    or_(
        Disposition.MISSED.value == DISPOSITION,
        and_(Disposition.UNKNOWN.value == DISPOSITION, CALLS.c.unanswered),
    ),
)
IS_ANSWERED: Condition = Disposition.ANSWERED.value == DISPOSITION

OF_TAB: Mapping[Tab, Condition] = MappingProxyType(
    {
        Tab.MISSED: IS_MISSED,
        Tab.RECEIVED: and_(CALLS.c.direction == CallDirection.INBOUND.value, IS_ANSWERED),
        Tab.OUTGOING: CALLS.c.direction == OUTBOUND,
        Tab.INTERNAL: CALLS.c.direction == INTERNAL,
    }
)

IS_STILL_OPEN: Condition = and_(
    IS_MISSED,
    exists().where(
        CALLBACKS.c.party == func.coalesce(OTHER_END, _INNER_ENDS[0]),
        CALLBACKS.c.closed_at.is_(None),
        CALLBACKS.c.opened_at <= CALLS.c.started_at,
    ),
)

IS_WITHHELD: Condition = and_(
    CALLS.c.direction == CallDirection.INBOUND.value,
    (CALLS.c.outside + "").is_(None),
    CALLS.c.calling_extension.is_(None),
    or_(
        CALLS.c.calling_number.is_(None),
        func.lower(func.trim(CALLS.c.calling_number)).in_(sorted(WITHHELD)),
    ),
)
"""The caller withheld the number, or no phone showed one."""

IS_SPAM: Condition = exists().where(
    NUMBER_TAGS.c.party == OTHER_END, NUMBER_TAGS.c.tag_id == TAGS.c.id, TAGS.c.name + "" == SPAM
)


def of_scope(scope: Scope) -> list[Condition]:
    """What a reader reaches."""
    if scope.everybody:
        return []
    ways: list[Condition] = []
    if scope.owner is not None:
        ways.append(has_leg(LEGS.c.owner + "" == scope.owner))
    if scope.departments:
        ways += _of_departments(sorted(scope.departments))
    return [or_(*ways)] if ways else [false()]


def of_filter(
    wanted: JournalFilter,
    scope: Scope,
    office: Office,
    *,
    party: Condition | None = None,
    implied: Collection[str] = (),
) -> list[Condition]:
    """All of a filter but its days.

    Args:
        wanted: The filter.
        scope: What its reader reaches.
        office: Sites and dial plans.
        party: What the search found, or None where nothing is searched for, or where the way to the calls
            leads to nothing else.
        implied: Fields that hold for all calls to which the way leads.

    Raises:
        ConfigError: It asks for numbers that are masked for the reader.
    """
    refuse_masked(wanted, scope)
    found = of_scope(scope)
    for name, make in _MAKERS.items():
        value = getattr(wanted, name)
        if value is not None and value != () and name not in implied:
            found.append(make(value))
    if wanted.tab in OF_TAB:
        found.append(OF_TAB[wanted.tab])
    if wanted.sites:
        found.append(_on_phones([name for name, site in office.sites.items() if site in wanted.sites]))
    if wanted.favourite:
        found.append(_is_favourite(scope))
    if not wanted.spam:
        found.append(not_(IS_SPAM))
    if party is not None:
        found.append(party)
    if wanted.search or wanted.parties or wanted.regions or wanted.tags or wanted.withheld is not None:
        # Who may not see whom a call was with may not find out by asking.
        found.append(not_(is_private(scope)))
    return found


def refuse_masked(wanted: JournalFilter, scope: Scope) -> None:
    """Lets nobody find out by asking what is masked.

    Raises:
        ConfigError: It asks for numbers or names.
    """
    if not scope.masked:
        return
    outside = [party for party in wanted.parties if not party.startswith(EXTENSION)]
    precise = [code for code in wanted.regions if len(code) > SHOWN_FIRST + 1]
    if wanted.search or outside or precise:
        raise ConfigError(
            N_("Numbers and names are hidden from your role, so calls cannot be found by them."),
            hint=N_("Remove the search, the number or the longer number code from the filter."),
        )


def has_leg(which: Condition) -> Condition:
    """A phone had it so."""
    return one_by_one(select(LEGS.c.call_id).where(LEGS.c.call_id == CALLS.c.id, which).correlate(CALLS))


def one_by_one(looked_up: Select[Any]) -> Condition:
    """That a look-up finds something, made for each call by itself.

    Beside an "or" PostgreSQL may read the whole inner table first, to have it at hand; not beyond an offset.
    """
    return exists(looked_up.offset(0))


def is_private(scope: Scope) -> Condition:
    """Somebody else hides it."""
    mine: list[Condition] = [] if scope.owner is None else [PRIVATE_CALLS.c.owner != scope.owner]
    return exists().where(
        JOINED_ENTRIES.c.call_id == CALLS.c.id, PRIVATE_CALLS.c.entry_id == JOINED_ENTRIES.c.entry_id, *mine
    )


def is_one_of(parties: Sequence[str]) -> Condition:
    """One of its ends is one of some numbers, as in ``parties``."""
    extensions = [party.removeprefix(EXTENSION) for party in parties if party.startswith(EXTENSION)]
    raw = [party.removeprefix(RAW) for party in parties if party.startswith(RAW)]
    outside = [party for party in parties if not party.startswith((EXTENSION, RAW))]
    ways: list[Condition] = [(CALLS.c.outside + "").in_(outside)] if outside else []
    for end in ("calling", "called"):
        extension = CALLS.c[f"{end}_extension"]
        if extensions:
            ways.append((extension + "").in_(extensions))
        if raw:
            is_raw = extension.is_(None), CALLS.c[f"{end}_e164"].is_(None)
            ways.append(and_((CALLS.c[f"{end}_number"] + "").in_(raw), *is_raw))
    return or_(false(), *ways)


def _of_departments(names: Sequence[str]) -> list[Condition]:
    return [
        (CALLS.c.department + "").in_(names),
        has_leg((LEGS.c.department + "").in_(names)),
    ]


def _of_employees(names: Sequence[str]) -> Condition:
    return has_leg((LEGS.c.owner + "").in_(names))


def _on_phones(names: Collection[str]) -> Condition:
    ids = select(PHONES.c.id).where(PHONES.c.name.in_(sorted(names)))
    return has_leg((LEGS.c.phone_id + 0).in_(ids))


def _on_lines(numbers: Sequence[int]) -> Condition:
    return exists().where(
        JOINED_ENTRIES.c.call_id == CALLS.c.id,
        ENTRIES.c.incarnation_id == JOINED_ENTRIES.c.incarnation_id,
        ENTRIES.c.id == JOINED_ENTRIES.c.entry_id,
        LINES.c.incarnation_id == ENTRIES.c.incarnation_id,
        LINES.c.account == ENTRIES.c.account,
        LINES.c.line.in_(numbers),
    )


def _with_tags(ids: Sequence[int]) -> Condition:
    on_call = exists().where(
        JOINED_ENTRIES.c.call_id == CALLS.c.id,
        CALL_TAGS.c.entry_id == JOINED_ENTRIES.c.entry_id,
        (CALL_TAGS.c.tag_id + 0).in_(ids),
    )
    on_number = exists().where(
        or_(*(NUMBER_TAGS.c.party == end for end in (OTHER_END, *_INNER_ENDS))),
        (NUMBER_TAGS.c.tag_id + 0).in_(ids),
    )
    return or_(on_call, on_number)


def _of_regions(regions: Sequence[str]) -> Condition:
    countries = [one for one in regions if not one.startswith("+")]
    ways = [
        and_(CALLS.c.outside + "" >= code, CALLS.c.outside + "" < code + HIGHEST)
        for code in regions
        if code.startswith("+")
    ]
    if countries:
        of_country = PARTIES.c.party == CALLS.c.outside, (PARTIES.c.country + "").in_(countries)
        ways.append(exists().where(*of_country))
    return or_(*ways)


def _commented(which: Commented) -> Condition:
    with_comment = exists().where(
        JOINED_ENTRIES.c.call_id == CALLS.c.id,
        CALL_COMMENTS.c.entry_id == JOINED_ENTRIES.c.entry_id,
        CALL_COMMENTS.c.deleted_at.is_(None),
    )
    return with_comment if which is Commented.WITH else not_(with_comment)


def _is_favourite(scope: Scope) -> Condition:
    return exists().where(
        JOINED_ENTRIES.c.call_id == CALLS.c.id,
        CALL_STARS.c.user_id == scope.user_id,
        CALL_STARS.c.entry_id == JOINED_ENTRIES.c.entry_id,
        CALL_STARS.c.favourite,
    )


_MAKERS: Mapping[str, Callable[[Any], Condition]] = MappingProxyType(
    {
        "directions": lambda some: CALLS.c.direction.in_([one.value for one in some]),
        "outcomes": lambda some: DISPOSITION.in_([one.value for one in some]),
        "employees": _of_employees,
        "departments": lambda some: or_(*_of_departments(some)),
        "phones": _on_phones,
        "lines": _on_lines,
        "parties": is_one_of,
        "tags": _with_tags,
        "regions": _of_regions,
        "talk_from": lambda least: CALLS.c.talk_s >= least,
        "talk_to": lambda most: func.coalesce(CALLS.c.talk_s, 0) <= most,
        "ring_from": lambda least: CALLS.c.ring_s >= least,
        "ring_to": lambda most: CALLS.c.ring_s <= most,
        "comments": _commented,
        "withheld": lambda is_so: IS_WITHHELD if is_so else not_(IS_WITHHELD),
        "uncertain": lambda is_so: CALLS.c.uncertain == is_so,
    }
)
"""What each field of a filter asks of a call, but for those that need more than their value."""
