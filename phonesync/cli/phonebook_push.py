# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync phonebook plan|push|show``: contacts on a phone, seen and written over its web interface."""

import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from phonesync.cli.context import known_name, load_config
from phonesync.cli.output import TableOrJsonl, write_jsonl, write_table
from phonesync.errors import ConfigError, PhoneError

if TYPE_CHECKING:
    from phonesync.agent.push_values import PlannedPush, PushResult, ShownContacts
    from phonesync.config import Config
    from phonesync.phonebook.push_values import PushStep

Phone = Annotated[str, typer.Argument(metavar="PHONE", help="The phone.")]
Shape = Annotated[TableOrJsonl, typer.Option("--format", help="How to write them.")]
Again = Annotated[
    bool,
    typer.Option("--again", help="On a phone that cannot be read: send once more what got no answer."),
]

_COLUMNS = ("what", "name", "numbers", "why")
_SAID = (
    ("add", "to add"),
    ("change", "to change"),
    ("remove", "to remove"),
    ("by hand", "for a person to edit or remove"),
    ("leave", "left alone"),
    ("keep", "there as wanted"),
)


def show(ctx: typer.Context, phone: Phone, *, shape: Shape = TableOrJsonl.TABLE) -> None:
    """Show what a phone holds now, read from the phone, and which of it is ours."""
    from phonesync.agent import push_commands

    shown = push_commands.show(_config(ctx, phone), phone)
    if shape is TableOrJsonl.JSONL:
        write_jsonl(_held_rows(shown))
        return
    rows = (
        (str(row["whose"]), str(row["name"]), ", ".join(_texts(row["numbers"])), str(row["group"] or ""))
        for row in _held_rows(shown)
    )
    write_table(("whose", "name", "numbers", "group"), rows, empty=f"{phone} holds no contacts.")
    if shown.note:
        typer.echo(shown.note, err=True)


def plan(
    ctx: typer.Context, phone: Phone, *, again: Again = False, shape: Shape = TableOrJsonl.TABLE
) -> None:
    """Show what a push to a phone would do, contact by contact; write nothing."""
    from phonesync.agent import push_commands

    _write_plan(push_commands.plan(_config(ctx, phone), phone, again=again), shape)


def push(
    ctx: typer.Context,
    phone: Phone,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Write.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be written; the default on a terminal.")
    ] = False,
    again: Again = False,
) -> None:
    """Write a phone's phonebook into its own directory, beside what people typed there."""
    from phonesync.agent import push_commands

    if yes and dry_run:
        raise ConfigError("--yes and --dry-run contradict each other; keep one of the two.")
    if not (yes or dry_run or sys.stdout.isatty()):
        raise ConfigError(
            "Without a terminal, `phonebook push` must be told whether to write.",
            hint="Add --yes to write, or --dry-run to see what would be written.",
        )
    config = _config(ctx, phone)
    if yes:
        _write_result(push_commands.push(config, phone, again=again))
        return
    _write_plan(push_commands.plan(config, phone, again=again), TableOrJsonl.TABLE)
    typer.echo("Nothing was written; --yes writes.")


def _config(ctx: typer.Context, phone: str) -> "Config":
    config = load_config(ctx)
    known_name(phone, config.phones_by_name)
    return config


def _held_rows(shown: "ShownContacts") -> list[dict[str, object]]:
    return [
        {
            "id": one.id,
            "name": one.name,
            "numbers": [number.number for number in one.numbers],
            "group": one.group,
            "whose": "ours" if place in shown.ours else "typed",
            "contact": shown.ours.get(place),
        }
        for place, one in enumerate(shown.held)
    ]


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _write_plan(planned: "PlannedPush", shape: TableOrJsonl) -> None:
    if shape is TableOrJsonl.JSONL:
        write_jsonl(_step_row(step) for step in planned.plan.steps)
        return
    told = [step for step in planned.plan.steps if step.action != "keep"]
    write_table(_COLUMNS, map(_cells, told), empty="The phone holds all that is wanted of it.")
    counts = Counter(str(step.action) for step in planned.plan.steps)
    parts = [f"{counts[action]} {words}" for action, words in _SAID if counts[action]]
    typed = planned.plan.typed
    parts.append(
        "what people typed cannot be seen" if typed is None else f"{len(typed)} typed by people stay"
    )
    typer.echo(f"{planned.name}: {', '.join(parts)}.")
    if planned.unfit:
        typer.echo(f"Nothing that the phone could hold is left of: {', '.join(planned.unfit)}.", err=True)
    if planned.route.note:
        typer.echo(planned.route.note, err=True)


def _step_row(step: "PushStep") -> dict[str, object]:
    numbers = step.entry or step.held
    return {
        "what": str(step.action),
        "contact": step.contact,
        "name": step.name,
        "numbers": [] if numbers is None else [one.number for one in numbers.numbers],
        "why": step.reason,
    }


def _cells(step: "PushStep") -> tuple[str, ...]:
    row = _step_row(step)
    return str(row["what"]), step.name, ", ".join(_texts(row["numbers"])), step.reason


def _write_result(result: "PushResult") -> None:
    from phonesync.logs import visible
    from phonesync.phonebook.push_values import Action

    for refusal in result.refused:
        typer.echo(visible(f"{refusal.step.name}: {refusal.text}"), err=True)
    for step in () if result.planned is None else result.planned.plan.of(Action.BY_HAND):
        typer.echo(visible(f"{step.name}: {step.reason}."), err=True)
    parts = [f"{len(result.written)} written"]
    for count, words in ((len(result.refused), "refused by the phone"), (len(result.left), "not tried")):
        parts += [f"{count} {words}"] if count else []
    typer.echo(visible(f"{result.name}: {', '.join(parts)}."))
    if result.error is not None:
        typer.echo(visible(f"It ended early, and the next push goes on: {result.error}"), err=True)
    if not result.complete:
        raise typer.Exit(PhoneError.exit_code)
