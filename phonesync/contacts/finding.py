"""Who is shown for a number on which phone, and why: for all phones at once, those alike together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from phonesync.numbering import DialPlan, canonical
from phonesync.phonebook.winner import KeptContact, Scope, Viewer, candidates, why

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.store.repository import Store

ALONE = "no other contact that these phones see has this number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One contact that has a number, on phones that are alike.

    Attributes:
        canonical: The number.
        phones: Names of the phones.
        kept: The contact.
        shown: It is the one that is shown.
        seen: These phones may see it.
        why: Why it is shown or not, in words.
    """

    canonical: str
    phones: tuple[str, ...]
    kept: KeptContact
    shown: bool
    seen: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchers:
    """Phones that see the same contacts and dial alike.

    Attributes:
        viewer: What decides it.
        plan: Their dial plan.
        phones: Their names.
    """

    viewer: Viewer
    plan: DialPlan
    phones: tuple[str, ...]


def watchers(config: Config, only: str | None = None) -> list[Watchers]:
    """The configured phones by what they see.

    Args:
        config: The configuration.
        only: Name of the only phone to look at, or None.
    """
    found: dict[Viewer, list[str]] = {}
    plans: dict[Viewer, DialPlan] = {}
    for phone in config.phones:
        if only in (None, phone.name):
            viewer = config.viewer_of(phone)
            found.setdefault(viewer, []).append(phone.name)
            plans[viewer] = config.site_of(phone).dial_plan
    return [
        Watchers(viewer=viewer, plan=plans[viewer], phones=tuple(phones)) for viewer, phones in found.items()
    ]


def find(
    number: str, store: Store, scopes: Mapping[str, Scope], groups: Iterable[Watchers]
) -> tuple[list[Answer], set[str]]:
    """Every contact with a number, for each group of phones, the one shown first.

    Args:
        number: As it may be written or shown anywhere.
        store: The store.
        scopes: Source to its scope.
        groups: The phones.

    Returns:
        Answers, and the canonical forms that the number has there.
    """
    merged: dict[tuple[object, ...], list[Answer]] = {}
    having: dict[str, list[KeptContact]] = {}
    for group in groups:
        form = canonical(group.plan, number)
        if form is None:
            continue
        if form not in having:
            having[form] = list(store.contacts(canonical=form))
        answers = list(_answers(form, having[form], scopes, group))
        alike = (form, *((one.kept.contact.id, one.why) for one in answers))
        merged.setdefault(alike, []).extend(answers)
    return [answer for some in merged.values() for answer in _joined(some)], set(having)


def conflicts(store: Store, scopes: Mapping[str, Scope], groups: Sequence[Watchers]) -> Iterator[Answer]:
    """Every number that several contacts have, as far as some phone sees two of them; by number."""
    counts: Counter[str] = Counter()
    for kept in store.contacts():
        counts.update({form for form in kept.canonicals if form is not None})
    doubled: dict[str, list[KeptContact]] = {form: [] for form, count in counts.items() if count > 1}
    for kept in store.contacts():
        for form in set(kept.canonicals) & doubled.keys():
            doubled[str(form)].append(kept)
    for form in sorted(doubled):
        merged: dict[tuple[object, ...], list[Answer]] = {}
        for group in groups:
            seen = [one for one in _answers(form, doubled[form], scopes, group) if one.seen]
            if len(seen) > 1:
                alike = tuple((one.kept.contact.id, one.why) for one in seen)
                merged.setdefault(alike, []).extend(seen)
        for some in merged.values():
            yield from _joined(some)


def _answers(
    form: str, having: Sequence[KeptContact], scopes: Mapping[str, Scope], group: Watchers
) -> Iterator[Answer]:
    seen = candidates(form, having, scopes, group.viewer)
    for at, kept in enumerate(seen):
        rival = seen[0] if at else seen[1] if len(seen) > 1 else None
        reason = ALONE if rival is None else why(seen[0], rival if not at else kept, form, scopes)
        yield Answer(canonical=form, phones=group.phones, kept=kept, shown=not at, seen=True, why=reason)
    for kept in having:
        if kept not in seen:
            reason = _unseen(kept, scopes)
            yield Answer(canonical=form, phones=group.phones, kept=kept, shown=False, seen=False, why=reason)


def _unseen(kept: KeptContact, scopes: Mapping[str, Scope]) -> str:
    scope = scopes.get(kept.contact.source)
    if scope is None:
        return "its source is not configured any more"
    parts = [
        f"{word} {value}" for word, value in (("site", scope.site), ("department", scope.department)) if value
    ]
    return f"only for {' and '.join(parts)}"


def _joined(answers: Sequence[Answer]) -> Iterator[Answer]:
    """The same answers for several groups of phones, once for all of them."""
    by_contact: dict[str, list[Answer]] = {}
    for answer in answers:
        by_contact.setdefault(answer.kept.contact.id, []).append(answer)
    for some in by_contact.values():
        phones = tuple(sorted({phone for one in some for phone in one.phones}))
        first = some[0]
        yield Answer(
            canonical=first.canonical, phones=phones, kept=first.kept, shown=first.shown, seen=first.seen,
            why=first.why,
        )  # fmt: skip
