"""Calls on their way to stdout: the fields of ``phonesync calls``, and the names of their parties."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC

from phonesync.calls.values import Call, CallDirection, Disposition, Leg, LegOutcome, Party
from phonesync.cli.output import Format, iso, talk, write_csv, write_jsonl, write_table
from phonesync.cli.shown_names import Names, Plans

FIELDS = (
    "id",
    "direction",
    "disposition",
    "started_at",
    "answered_at",
    "ended_at",
    "ring_s",
    "talk_s",
    "calling",
    "called",
    "answered_by",
    "legs",
    "uncertain",
    "reasons",
    "coverage",
    "owner",
    "department",
    "group",
    "started_within_s",
    "contested",
    "settled",
    "voicemail",
    "keys",
    "recording",
)
"""The fields of a call, in the order in which they are written."""

PARTY_FIELDS = ("number_shown", "e164", "extension", "name")
"""The fields of ``calling`` and ``called``."""

LEG_FIELDS = ("phone", "extension", "list", "outcome", "entry_ids")
"""The fields of each of ``legs``."""

REASON_FIELDS = ("rule", "entry_ids", "text")
"""The fields of each of ``reasons``."""

_PARTIES = ("calling", "called")

CSV_FIELDS = tuple(
    column
    for field in FIELDS
    for column in ([f"{field}_{part}" for part in PARTY_FIELDS] if field in _PARTIES else [field])
)
"""The columns of CSV: each party has a column for each of its fields."""

_COLUMNS = ("started (phone's zone)", "direction", "from", "to", "disposition", "by", "rang", "talk", "")

_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A call with the names of its parties as they are now.

    Attributes:
        call: The call; the parties' names in it are those that a phone showed.
        calling: Name of who called, or None.
        called: Name of who was called, or None.
    """

    call: Call
    calling: str | None
    called: str | None


class Parties:
    """Who the parties of calls are.

    Args:
        names: Names as a phone is to show them.
    """

    def __init__(self, names: Names) -> None:
        self._names = names

    def named(self, call: Call) -> Named:
        """The call with its parties' names: those of contacts and owners before what a phone showed."""
        return Named(call=call, calling=self._name(call, call.calling), called=self._name(call, call.called))

    def _name(self, call: Call, party: Party) -> str | None:
        phone = call.legs[0].phone
        if party.extension is None:
            return self._names.of(phone, party.e164) or party.name
        inside = [leg for leg in call.legs if leg.extension == party.extension]
        owner = next((leg.owner for leg in inside if leg.owner is not None), None)
        group = call.group if party is call.called and not inside else None
        return owner or group or self._names.inside(phone, party.extension) or party.name


def write(calls: Iterable[Named], plans: Plans, *, output: Format) -> None:
    """Writes calls to stdout."""
    if output is Format.TABLE:
        write_table(_COLUMNS, (_for_people(call, plans) for call in calls), empty="No calls.")
    elif output is Format.CSV:
        write_csv(CSV_FIELDS, (_flat(call) for call in calls))
    else:
        write_jsonl(as_data(call) for call in calls)


def as_data(named: Named) -> dict[str, object]:
    """A call as one JSON object."""
    call = named.call
    return {
        "id": call.id,
        "direction": call.direction.value,
        "disposition": call.disposition.value,
        "started_at": iso(call.started_at),
        "answered_at": iso(call.answered_at),
        "ended_at": iso(call.ended_at),
        "ring_s": call.ring_s,
        "talk_s": call.talk_s,
        "calling": _party(call.calling, named.calling),
        "called": _party(call.called, named.called),
        "answered_by": call.answered_by,
        "legs": [_leg(leg) for leg in call.legs],
        "uncertain": call.uncertain,
        "reasons": [
            {"rule": reason.rule.value, "entry_ids": list(reason.entry_ids), "text": reason.text}
            for reason in call.reasons
        ],
        "coverage": call.coverage,
        "owner": call.owner,
        "department": call.department,
        "group": call.group,
        "started_within_s": call.started_within_s,
        "contested": call.contested,
        "settled": call.settled,
        "voicemail": call.voicemail,
        "keys": call.keys,
        "recording": call.recording,
    }


def _party(party: Party, name: str | None) -> Mapping[str, object]:
    return {
        "number_shown": party.number_shown,
        "e164": party.e164,
        "extension": party.extension,
        "name": name,
    }


def _leg(leg: Leg) -> Mapping[str, object]:
    return {
        "phone": leg.phone,
        "extension": leg.extension,
        "list": None if leg.list_name is None else leg.list_name.value,
        "outcome": leg.outcome.value,
        "entry_ids": list(leg.entry_ids),
    }


def _flat(named: Named) -> Mapping[str, object]:
    """A call as one line of CSV: a leg is its phone and its outcome, a reason its sentence."""
    data = as_data(named)
    for field, party, name in (
        ("calling", named.call.calling, named.calling),
        ("called", named.call.called, named.called),
    ):
        data |= {f"{field}_{part}": value for part, value in _party(party, name).items()}
    data["legs"] = [f"{leg.phone} {leg.outcome}" for leg in named.call.legs]
    data["reasons"] = [reason.text for reason in named.call.reasons]
    return data


def _for_people(named: Named, plans: Plans) -> tuple[str, ...]:
    call = named.call
    zone = plans.zone(call.legs[0].phone)
    form = "%Y-%m-%d %H:%M" if call.started_within_s >= _MINUTE - 1 else "%Y-%m-%d %H:%M:%S"
    return (
        f"{call.started_at.astimezone(zone or UTC).strftime(form)}{'' if zone else ' UTC'}",
        call.direction.value,
        _shown(call.calling, named.calling),
        _called(named),
        call.disposition.value.replace("_", " "),
        call.answered_by or "",
        "" if call.ring_s is None else f"{call.ring_s} s",
        "" if call.talk_s is None else talk(call.talk_s),
        ", ".join(_remarks(call)),
    )


def _shown(party: Party, name: str | None) -> str:
    """A name and a number, whichever there are."""
    number = party.extension or party.number_shown or party.e164
    if name is None:
        return number or "withheld"
    return name if number is None else f"{name} ({number})"


def _called(named: Named) -> str:
    """Who was called; for an inbound call whose number dialled nobody saw, the phones that rang."""
    party = named.call.called
    if named.called is not None or party.extension or party.number_shown or party.e164:
        return _shown(party, named.called)
    if named.call.direction is not CallDirection.INBOUND:
        return "unknown"
    return named.call.owner or ", ".join(leg.extension or leg.phone for leg in named.call.legs)


def _remarks(call: Call) -> Iterator[str]:
    rang = sum(leg.outcome is LegOutcome.ANSWERED_ELSEWHERE for leg in call.legs)
    if rang:
        yield f"rang on {rang} more"
    if call.voicemail and call.disposition is not Disposition.VOICEMAIL:
        yield "voicemail"
    if call.uncertain:
        yield "uncertain"
    if call.contested and call.disposition is Disposition.UNKNOWN:
        yield "perhaps answered"
    if call.coverage is not None and call.coverage < 1:
        yield f"{call.coverage:.0%} proven"
