"""Decides, without any I/O, what an import changes, and whether it is too much to be true."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from phonesync.contacts.values import Found, Harvest, Remark
from phonesync.model import Contact
from phonesync.numbering import DialPlan, canonical
from phonesync.store.contact_records import ContactImport, ContactSourceState, KeptContact

_LONGEST_UID = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an import would change.

    Attributes:
        change: What to write.
        remarks: What is not right about what the source brought.
        held: Why nothing is to be written before a person has confirmed it, in words; None: write it.
        new: Contacts that come.
        changed: Contacts that change.
        gone: Contacts that go.
        total: Contacts after it.
    """

    change: ContactImport
    remarks: tuple[Remark, ...]
    held: str | None
    new: int
    changed: int
    gone: int
    total: int


def decide(
    harvest: Harvest,
    *,
    state: ContactSourceState,
    kept: Iterable[KeptContact],
    plans: Sequence[DialPlan],
    shrink_percent: int,
    now: datetime,
) -> Decision:
    """What an import changes.

    Args:
        harvest: Everything the source holds.
        state: What is known of the source.
        kept: Its contacts in the store.
        plans: Dial plans by which its numbers may have been written.
        shrink_percent: A larger share of contacts that go is held.
        now: The present instant, UTC.
    """
    found, remarks = named(harvest.found)
    before = {one.contact.uid: one for one in kept}
    after = {
        uid: _kept(uid, one, source=state.name, plans=plans, before=before.get(uid), now=now)
        for uid, one in found.items()
    }
    gone = tuple(uid for uid in before if uid not in after)
    put = tuple(one for uid, one in after.items() if one != before.get(uid))
    changed = sum(one.digest != before[uid].digest for uid, one in after.items() if uid in before)
    digest = digest_of(after.values())
    said = (*harvest.remarks, *remarks)
    bad = sum(not remark.kept for remark in said)
    change = ContactImport(
        source=state.name, kind=state.kind, put=put, gone=gone, digest=digest, before=state.digest,
        token=harvest.token, bad_rows=bad, at=now,
    )  # fmt: skip
    held = (
        None
        if digest == state.confirmed_digest
        else _held(len(before), len(gone), len(after), shrink_percent)
    )
    return Decision(
        change=change, remarks=said, held=held, new=len(after) - len(before) + len(gone), changed=changed,
        gone=len(gone), total=len(after),
    )  # fmt: skip


def named(found: Iterable[Found]) -> tuple[dict[str, Found], list[Remark]]:
    """Every contact under a uid of its own, in the source's order, and remarks on doubles.

    Where the source has no uid, a hash of the name stands in its place. A second contact of the same uid is
    told apart by its place among them; one that is the same in all it says is taken once.
    """
    taken: dict[str, Found] = {}
    seen: dict[tuple[object, ...], Found] = {}
    remarks: list[Remark] = []
    for one in found:
        base = one.uid[:_LONGEST_UID] if one.uid else _hash(one.name)
        whole = (base, one.name, one.numbers, one.company, one.department)
        first = seen.setdefault(whole, one)
        if first is not one:
            remarks.append(Remark(place=one.place, reason=f"says the same as {first.place}", kept=True))
            continue
        uid, count = base, 1
        while uid in taken:
            count += 1
            uid = f"{base}~{count}"
        if count > 1 and one.uid:
            reason = f"its id stands at {taken[base].place} already; it was kept as {uid}"
            remarks.append(Remark(place=one.place, reason=reason, kept=True))
        taken[uid] = one
    return taken, remarks


def number_form(plans: Sequence[DialPlan], number: str) -> str | None:
    """A number's canonical form, where all dial plans that make something of it make the same."""
    forms = {canonical(plan, number) for plan in plans} - {None}
    return forms.pop() if len(forms) == 1 else None


def digest_of(contacts: Iterable[KeptContact]) -> str:
    """Of all contacts of a source: the same exactly where all of them are."""
    lines = sorted(json.dumps([one.contact.uid, one.digest]) for one in contacts)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def kept_of(contact: Contact, *, plans: Sequence[DialPlan], now: datetime) -> KeptContact:
    """A contact as it is to be kept."""
    canonicals = tuple(number_form(plans, number.number) for number in contact.numbers)
    digest = _hash(
        json.dumps(
            [
                contact.name,
                [[number.number, number.kind.value] for number in contact.numbers],
                contact.company,
                contact.department,
                canonicals,
            ]
        )
    )
    return KeptContact(contact=contact, canonicals=canonicals, digest=digest, changed_at=now)


def _kept(
    uid: str,
    one: Found,
    *,
    source: str,
    plans: Sequence[DialPlan],
    before: KeptContact | None,
    now: datetime,
) -> KeptContact:
    """The contact as it is to be kept; it has changed only where it says something else."""
    contact = Contact(
        source=source,
        uid=uid,
        name=one.name,
        numbers=one.numbers,
        company=one.company,
        department=one.department,
    )
    kept = replace(kept_of(contact, plans=plans, now=now), card=one.card, etag=one.etag)
    if before is not None and before.digest == kept.digest:
        return replace(kept, changed_at=before.changed_at)
    return kept


def _held(before: int, gone: int, after: int, shrink_percent: int) -> str | None:
    if before and not after:
        return f"it holds nothing any more; {_many(before)} would go"
    if gone * 100 > before * shrink_percent:
        share = round(100 * gone / before)
        return f"{gone} of {_many(before)} would go ({share} %); up to {shrink_percent} % may go at once"
    return None


def _many(count: int) -> str:
    return f"{count} contact" if count == 1 else f"{count} contacts"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:24]
