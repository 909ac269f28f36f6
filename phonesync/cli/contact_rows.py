"""Contacts, their sources and their conflicts as rows of a table, or as JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import typer

from phonesync.cli.output import TableOrJsonl, write_jsonl, write_table
from phonesync.clock import iso
from phonesync.config import Config
from phonesync.config.contacts import OWN
from phonesync.contacts.finding import Answer, conflicts, find, watchers
from phonesync.contacts.source_states import source_states
from phonesync.errors import ConfigError
from phonesync.spelling import capital, unknown
from phonesync.store.contact_records import KeptContact
from phonesync.store.contacts import folded
from phonesync.store.repository import Store

CONTACT_FIELDS = ("id", "source", "name", "company", "department", "numbers", "changed_at")
FOUND_FIELDS = ("canonical", "phones", "shown", "seen", "contact", "name", "source", "why")
CONFLICT_FIELDS = ("canonical", "phones", "shown", "others")
_NAMED = 3


def known_source(config: Config, store: Store, name: str | None) -> None:
    """Refuses a source that nobody knows.

    Raises:
        ConfigError: With the nearest right spelling.
    """
    known = {OWN, *(source.name for source in config.contact_sources)}
    known |= {state.name for state in store.contact_sources()}
    if name is not None and name not in known:
        raise ConfigError(capital(unknown("source of contacts", name, known)))


def write_contacts(store: Store, *, source: str | None, search: str | None, output: TableOrJsonl) -> None:
    """Writes contacts in the order in which they came first."""
    wanted = "" if search is None else folded(search)
    rows = (kept for kept in store.contacts(source=source) if wanted in folded(kept.contact.name))
    if output is TableOrJsonl.JSONL:
        write_jsonl(map(_contact, rows))
        return
    write_table(("name", "numbers", "company", "id"), map(_contact_row, rows), empty="No contacts.")


def write_found(
    config: Config, store: Store, number: str, *, phone: str | None, output: TableOrJsonl
) -> None:
    """Writes who is shown for a number."""
    answers, forms = find(number, store, config.contact_scopes, watchers(config, phone))
    if output is TableOrJsonl.JSONL:
        write_jsonl(map(_answer, answers))
        return
    empty = (
        f"No contact has {' or '.join(sorted(forms))}."
        if forms
        else f"{number} is no number that can be looked up."
    )
    write_table(("number", "phones", "contact", "id", "shown", "why"), map(_answer_row, answers), empty=empty)


def write_conflicts(config: Config, store: Store, *, output: TableOrJsonl) -> None:
    """Writes the numbers that several contacts have, and who is shown."""
    found = conflicts(store, config.contact_scopes, watchers(config))
    if output is TableOrJsonl.JSONL:
        write_jsonl(_conflicts(found))
        return
    rows = map(_answer_row, found)
    write_table(
        ("number", "phones", "contact", "id", "shown", "why"), rows, empty="No number has several contacts."
    )
    typer.echo(
        "A number shows the contact of the lowest precedence, then of the narrowest scope, "
        "then the one where it stands first, then by name."
    )


def write_sources(config: Config, store: Store, *, output: TableOrJsonl) -> None:
    """Writes how each source fares: the configured ones, phonesync's own, and those configured no longer."""
    rows = source_states(config, store)
    if output is TableOrJsonl.JSONL:
        write_jsonl(rows)
        return
    columns = ("source", "kind", "for", "precedence", "contacts", "last import (UTC)", "bad rows", "state")
    write_table(columns, map(_source_row, rows), empty="No source of contacts is configured.")


# --- contacts -----------------------------------------------------------------------------------------------


def _contact(kept: KeptContact) -> Mapping[str, object]:
    contact = kept.contact
    numbers = [
        {"number": number.number, "kind": number.kind.value, "canonical": canonical}
        for number, canonical in zip(contact.numbers, kept.canonicals, strict=True)
    ]
    values = (contact.id, contact.source, contact.name, contact.company, contact.department, numbers)
    return dict(zip(CONTACT_FIELDS, (*values, iso(kept.changed_at)), strict=True))


def _contact_row(kept: KeptContact) -> tuple[str, ...]:
    contact = kept.contact
    numbers = ", ".join(number.number for number in contact.numbers)
    return contact.name, numbers, contact.company or "", contact.id


# --- answers ------------------------------------------------------------------------------------------------


def _answer(answer: Answer) -> Mapping[str, object]:
    contact = answer.kept.contact
    values = (
        answer.canonical, list(answer.phones), answer.shown, answer.seen, contact.id, contact.name,
        contact.source, answer.why,
    )  # fmt: skip
    return dict(zip(FOUND_FIELDS, values, strict=True))


def _answer_row(answer: Answer) -> tuple[str, ...]:
    contact = answer.kept.contact
    shown = "shown" if answer.shown else "behind" if answer.seen else "not seen"
    return answer.canonical, _phones(answer.phones), contact.name, contact.id, shown, answer.why


def _phones(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _conflicts(found: Iterable[Answer]) -> Iterator[Mapping[str, object]]:
    for (canonical, phones), some in groupby(found, key=lambda answer: (answer.canonical, answer.phones)):
        first, *others = some
        told = [
            {"contact": other.kept.contact.id, "name": other.kept.contact.name, "why": other.why}
            for other in others
        ]
        shown = {"contact": first.kept.contact.id, "name": first.kept.contact.name}
        yield dict(zip(CONFLICT_FIELDS, (canonical, list(phones), shown, told), strict=True))


# --- sources ------------------------------------------------------------------------------------------------


def _source_row(row: Mapping[str, object]) -> tuple[str, ...]:
    if not row["configured"]:
        state = "not in the configuration: does not count"
    elif row["held"] or row["error"]:
        # An error is noted after what is held, never before it.
        said = (("not read", row["error"]), ("held", row["held"]))
        state = "; ".join(f"{word}: {why}" for word, why in said if why)
    else:
        state = "" if row["imported_at"] else "never imported"
    return (
        str(row["name"]),
        str(row["kind"]),
        str(row["scope"] or ""),
        "" if row["precedence"] is None else str(row["precedence"]),
        str(row["contacts"]),
        str(row["imported_at"] or "")[:16].replace("T", " "),
        str(row["bad_rows"]),
        state,
    )
