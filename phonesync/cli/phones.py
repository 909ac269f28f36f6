# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync phones``: how each phone fares, and what a person can order for one."""

from typing import Annotated

import typer

from phonesync.cli.context import known_name, load_config, opened_store

app = typer.Typer(
    help="Show how each phone fares; retry, rename or replace one.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The phone.")]


@app.callback()
def phones(ctx: typer.Context) -> None:
    """Show the state of each phone; the commands below order something for one."""
    if ctx.invoked_subcommand is not None:
        return
    from phonesync.cli import phone_rows

    config = load_config(ctx)
    with opened_store(config) as store:
        phone_rows.write(config, store)


@app.command("retry")
def retry(
    ctx: typer.Context,
    name: Name,
    *,
    swap: Annotated[
        bool,
        typer.Option("--swap", help="Also exchange what the two list codes in conflict mean on this phone."),
    ] = False,
) -> None:
    """Read a phone again that refused its password, or whose answer was held."""
    from phonesync.cli import phone_orders

    config = load_config(ctx)
    with opened_store(config) as store:
        known_name(name, config.phones_by_name)
        typer.echo(phone_orders.retry(config, store, name, swap=swap))


@app.command("rename")
def rename(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="The name before.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The name in the configuration now.")],
) -> None:
    """After renaming a phone in the configuration: NEW continues OLD's ledger."""
    from phonesync.cli import phone_orders

    config = load_config(ctx)
    with opened_store(config) as store:
        typer.echo(phone_orders.rename(config, store, old, new))


@app.command("replace")
def replace(ctx: typer.Context, name: Name) -> None:
    """Another phone now stands under this name: it starts a ledger of its own."""
    from phonesync.cli import phone_orders

    config = load_config(ctx)
    with opened_store(config) as store:
        known_name(name, config.phones_by_name)
        typer.echo(phone_orders.replace(config, store, name))


@app.command("setup")
def setup(
    ctx: typer.Context,
    name: Name,
    *,
    events: Annotated[
        bool, typer.Option("--events/--no-events", help="It reports its calls as they happen.")
    ] = True,
    names: Annotated[
        bool, typer.Option("--names/--no-names", help="It fetches its phonebook, so that calls show names.")
    ] = True,
    model: Annotated[
        str | None, typer.Option("--model", metavar="TEXT", help="Its model, where it could not be read.")
    ] = None,
    firmware: Annotated[
        str | None,
        typer.Option("--firmware", metavar="TEXT", help="Its firmware, where it could not be read."),
    ] = None,
) -> None:
    """Print the settings that make a phone report its calls and fetch its phonebook, ready to paste."""
    from phonesync.cli import phone_setup
    from phonesync.logs import visible

    config = load_config(ctx)
    with opened_store(config) as store:
        known_name(name, config.phones_by_name)
        said = phone_setup.Nameplate(model=model, firmware=firmware)
        settings = phone_setup.settings(config, store, name, events=events, names=names, said=said)
    typer.echo(visible(settings.title), err=True)
    for note in settings.notes:
        typer.echo(f"- {visible(note)}", err=True)
    typer.echo(settings.text, nl=not settings.text.endswith("\n"))
