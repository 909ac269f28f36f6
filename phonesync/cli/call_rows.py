"""Calls on their way to stdout: the fields of ``phonesync calls``, and the names of their parties."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC

from phonesync.calls.values import Call, CallDirection, Disposition, LegOutcome, Party
from phonesync.cli.output import Format, talk, write_csv, write_jsonl, write_table
from phonesync.journal.named_calls import FIELDS, PARTY_FIELDS, Named, as_data, party_data
from phonesync.journal.shown_names import Plans

_PARTIES = ("calling", "called")

CSV_FIELDS = tuple(
    column
    for field in FIELDS
    for column in ([f"{field}_{part}" for part in PARTY_FIELDS] if field in _PARTIES else [field])
)
"""The columns of CSV: each party has a column for each of its fields."""

_COLUMNS = ("started (phone's zone)", "direction", "from", "to", "disposition", "by", "rang", "talk", "")

_MINUTE = 60


def write(calls: Iterable[Named], plans: Plans, *, output: Format) -> None:
    """Writes calls to stdout."""
    if output is Format.TABLE:
        write_table(_COLUMNS, (_for_people(call, plans) for call in calls), empty="No calls.")
    elif output is Format.CSV:
        write_csv(CSV_FIELDS, (_flat(call) for call in calls))
    else:
        write_jsonl(as_data(call) for call in calls)


def _flat(named: Named) -> Mapping[str, object]:
    """A call as one line of CSV: a leg is its phone and its outcome, a reason its sentence."""
    data = as_data(named)
    for field, party, name in (
        ("calling", named.call.calling, named.calling),
        ("called", named.call.called, named.called),
    ):
        data |= {f"{field}_{part}": value for part, value in party_data(party, name).items()}
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
