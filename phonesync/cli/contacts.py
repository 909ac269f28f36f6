# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync contacts``: sources of names, and who is shown for a number."""

from typing import Annotated

import typer

from phonesync.cli.context import known_name, load_config, opened_store
from phonesync.cli.output import TableOrJsonl

app = typer.Typer(
    help="Import contacts, look them up, and edit phonesync's own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Output = Annotated[TableOrJsonl, typer.Option("--format", help="How to write them.")]
Numbers = Annotated[
    list[str] | None,
    typer.Option("--number", metavar="NUMBER", help="A number, or KIND=NUMBER; several times for several."),
]
Company = Annotated[str | None, typer.Option("--company", metavar="TEXT", help="Where they work.")]
Department = Annotated[str | None, typer.Option("--department", metavar="TEXT", help="Of that company.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="From `phonesync contacts list`.")]


@app.callback()
def contacts() -> None:
    """Contacts give numbers their names."""


@app.command("import")
def import_(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Only these sources; all of them else.")
    ] = None,
    *,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Let exactly what is held of the named sources through.")
    ] = False,
) -> None:
    """Import sources of contacts now."""
    from phonesync.cli import contact_orders

    config = load_config(ctx)
    with opened_store(config) as store:
        code = contact_orders.import_all(config, store, names or [], confirm=confirm)
    if code:
        raise typer.Exit(code)


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    output: Output = TableOrJsonl.TABLE,
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="Only of this source.")
    ] = None,
    search: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="Only with this text in the name.")
    ] = None,
) -> None:
    """List contacts."""
    from phonesync.cli import contact_rows

    config = load_config(ctx)
    with opened_store(config) as store:
        contact_rows.known_source(config, store, source)
        contact_rows.write_contacts(store, source=source, search=search, output=output)


@app.command("find")
def find(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="As it is shown or written anywhere.")],
    *,
    output: Output = TableOrJsonl.TABLE,
    phone: Annotated[str | None, typer.Option("--phone", metavar="NAME", help="Only on this phone.")] = None,
) -> None:
    """Say who is shown for a number on which phone, and why."""
    from phonesync.cli import contact_rows

    config = load_config(ctx)
    known_name(phone, config.phones_by_name)
    with opened_store(config) as store:
        contact_rows.write_found(config, store, number, phone=phone, output=output)


@app.command("conflicts")
def conflicts(ctx: typer.Context, *, output: Output = TableOrJsonl.TABLE) -> None:
    """List the numbers that several contacts have, and who is shown."""
    from phonesync.cli import contact_rows

    config = load_config(ctx)
    with opened_store(config) as store:
        contact_rows.write_conflicts(config, store, output=output)


@app.command("sources")
def sources(ctx: typer.Context, *, output: Output = TableOrJsonl.TABLE) -> None:
    """Show how each source fares."""
    from phonesync.cli import contact_rows

    config = load_config(ctx)
    with opened_store(config) as store:
        contact_rows.write_sources(config, store, output=output)


@app.command("add")
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As it is to be shown.")],
    *,
    numbers: Numbers = None,
    company: Company = None,
    department: Department = None,
) -> None:
    """Add a contact of phonesync's own."""
    from phonesync.cli import contact_orders

    config = load_config(ctx)
    with opened_store(config) as store:
        typer.echo(
            contact_orders.add(
                config, store, name=name, numbers=numbers or [], company=company, department=department
            )
        )


@app.command("edit")
def edit(
    ctx: typer.Context,
    contact: Id,
    *,
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="As it is to be shown.")] = None,
    numbers: Numbers = None,
    company: Company = None,
    department: Department = None,
) -> None:
    """Change a contact of phonesync's own; numbers given replace all it had."""
    from phonesync.cli import contact_orders

    config = load_config(ctx)
    with opened_store(config) as store:
        typer.echo(
            contact_orders.edit(
                config, store, contact, name=name, numbers=numbers, company=company, department=department
            )
        )


@app.command("rm")
def rm(ctx: typer.Context, contact: Id) -> None:
    """Remove a contact of phonesync's own."""
    from phonesync.cli import contact_orders

    config = load_config(ctx)
    with opened_store(config) as store:
        typer.echo(contact_orders.remove(store, contact))


@app.command("forget")
def forget(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="NAME", help="A source that is configured no longer.")],
) -> None:
    """Remove the contacts of a source that was taken out of the configuration."""
    from phonesync.cli import contact_orders

    config = load_config(ctx)
    with opened_store(config) as store:
        typer.echo(contact_orders.forget(config, store, source))
