# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync calls groups``: which phones ring together or in turn, configured and learned."""

from typing import TYPE_CHECKING, Annotated

import typer

from phonesync.cli.context import load_config, opened_store
from phonesync.cli.output import TableOrJsonl

if TYPE_CHECKING:
    from phonesync.calls.group_history import Verdict

app = typer.Typer(
    help="Show the groups that calls are joined by; confirm or reject what was learned.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

Number = Annotated[int, typer.Argument(metavar="ID", help="Of a learned group, as the list shows it.")]


@app.callback()
def groups(
    ctx: typer.Context,
    *,
    output: Annotated[TableOrJsonl, typer.Option("--format", help="How to write them.")] = TableOrJsonl.TABLE,
    every: Annotated[
        bool, typer.Option("--all", help="Learned ones too that were rejected or hold no longer.")
    ] = False,
) -> None:
    """Show which phones ring together or in turn; the commands below judge what was learned."""
    if ctx.invoked_subcommand is not None:
        return
    from phonesync.cli import group_rows

    config = load_config(ctx)
    with opened_store(config) as store:
        group_rows.write(group_rows.listed(config, store, every=every), output=output)


@app.command("confirm")
def confirm(ctx: typer.Context, group: Number) -> None:
    """Say that a learned group is one: it stays, whatever is learned later."""
    from phonesync.calls.group_history import Verdict

    _judge(ctx, group, Verdict.CONFIRMED)


@app.command("reject")
def reject(ctx: typer.Context, group: Number) -> None:
    """Say that a learned group is none: it never comes back."""
    from phonesync.calls.group_history import Verdict

    _judge(ctx, group, Verdict.REJECTED)


def _judge(ctx: typer.Context, number: int, verdict: "Verdict") -> None:
    from phonesync.agent import joining
    from phonesync.calls.group_history import name_of

    config = load_config(ctx)
    with opened_store(config) as store:
        group = store.judge_group(number, verdict)
        joining.apply(config, store)
        typer.echo(f"Group {number} ({name_of(group.learned)}) is {verdict.value}.")
