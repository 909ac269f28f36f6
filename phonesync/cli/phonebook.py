# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync phonebook``: the names that phones are to show, and whether they do."""

import sys
from typing import Annotated

import typer

from phonesync.cli import phonebook_push
from phonesync.cli.context import known_name, load_config, opened_store
from phonesync.cli.output import TableOrJsonl
from phonesync.errors import PlanRefused

app = typer.Typer(
    help="Show the phonebooks of phones, and how many calls show a name.",
    no_args_is_help=False,
    rich_markup_mode=None,
)
app.command("plan")(phonebook_push.plan)
app.command("push")(phonebook_push.push)
app.command("show")(phonebook_push.show)

Name = Annotated[str, typer.Argument(metavar="PHONE", help="The phone.")]
AnyName = Annotated[str | None, typer.Argument(metavar="PHONE", help="Only this phone.")]


@app.command("offered")
def offered(
    ctx: typer.Context,
    name: Name,
    *,
    file: Annotated[
        str | None,
        typer.Option(
            "--file", metavar="NAME", help="A file it fetches; else the one preferred for its kind."
        ),
    ] = None,
) -> None:
    """Write the phonebook that a phone would fetch now to stdout."""
    from phonesync import registry
    from phonesync.agent.bookmaking import Bookmaker
    from phonesync.agent.roster import introduce
    from phonesync.clock import SystemClock

    config = load_config(ctx)
    with opened_store(config) as store:
        known_name(name, config.phones_by_name)
        introduce(store, config)
        maker = Bookmaker(config, store, registry.drivers(), SystemClock())
        found = maker.format_of(name, file=file)
        built = maker.book(name, limits=found.limits)
        content = maker.file(name, built, found, found.files[0].name if file is None else file)
        if built.visible == 0:
            raise PlanRefused(
                f"There is no contact that {name} may see, so it would keep the book it has.",
                hint="Import some: phonesync contacts import",
            )
    sys.stdout.buffer.write(content)
    if built.left_out:
        more = (
            f"{len(built.left_out)} of {built.visible} contacts do not fit, {built.left_out[0]} among them."
        )
        typer.echo(more, err=True)


@app.command("coverage")
def coverage(
    ctx: typer.Context,
    name: AnyName = None,
    *,
    output: Annotated[
        TableOrJsonl, typer.Option("--format", help="table for people, or jsonl.")
    ] = TableOrJsonl.TABLE,
) -> None:
    """Show how many of last week's entries show a name on each phone, and which numbers would help most."""
    from phonesync import registry
    from phonesync.agent.name_coverage import name_coverage
    from phonesync.agent.roster import introduce
    from phonesync.cli import name_rows
    from phonesync.clock import SystemClock

    config = load_config(ctx)
    with opened_store(config) as store:
        known_name(name, config.phones_by_name)
        introduce(store, config)
        names = [one.name for one in config.phones] if name is None else [name]
        found = name_coverage(config, store, registry.drivers(), SystemClock(), names)
        name_rows.write(config, found, output=output)


@app.command("renew")
def renew(ctx: typer.Context, name: Name) -> None:
    """Give a phone another secret address, because somebody has seen the one it has."""
    from phonesync.agent.roster import introduce

    config = load_config(ctx)
    with opened_store(config) as store:
        known_name(name, config.phones_by_name)
        introduce(store, config)
        store.renew_address(name)
    typer.echo(
        f"{name} has a new address; the one before leads nowhere. Settings: phonesync phones setup {name}"
    )
