# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync quarantine``: answers that could not be understood, kept until they can be."""

from typing import TYPE_CHECKING, Annotated

import typer

from phonesync.cli.context import known_name, load_config, opened_store
from phonesync.errors import ConfigError, PlanRefused

if TYPE_CHECKING:
    from phonesync.agent.replaying import Replayed
    from phonesync.store.records import KeptAnswer
    from phonesync.store.repository import Store

_SHOWN = 64 * 1024
"""Bytes of an answer that are shown redacted."""

app = typer.Typer(
    help="List, show or read again answers that could not be understood.",
    rich_markup_mode=None,
)

Phone = Annotated[str | None, typer.Option("--phone", metavar="NAME", help="Only this phone.")]


@app.callback()
def quarantine() -> None:
    """Answers that could not be understood are kept until a driver has learned them."""


@app.command("list")
def list_(ctx: typer.Context, *, phone: Phone = None) -> None:
    """List the answers in quarantine."""
    from phonesync.cli.output import write_table
    from phonesync.store.records import RawKind

    config = load_config(ctx)
    with opened_store(config) as store:
        known_name(phone, {state.name for state in store.phones()} | set(config.phones_by_name))
        rows = []
        for answer in _open_answers(store, phone):
            at = f"{answer.at:%Y-%m-%d %H:%M}"
            rows.append(
                (
                    str(answer.id),
                    answer.phone,
                    at,
                    str(answer.seen),
                    str(len(answer.content)),
                    answer.path,
                    answer.reason,
                )
            )
        write_table(
            ("id", "phone", "since (UTC)", "seen", "bytes", "path", RawKind.QUARANTINED.value),
            rows,
            empty="Nothing is in quarantine.",
        )


@app.command("show")
def show(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="From `phonesync quarantine list`.")],
    *,
    as_raw: Annotated[
        bool, typer.Option("--raw", help="The very bytes, with whatever secrets and names they hold.")
    ] = False,
) -> None:
    """Show one answer, redacted."""
    from phonesync.logs import visible
    from phonesync.transport import redact

    config = load_config(ctx)
    with opened_store(config) as store:
        answer = _answer(store, number)
    if as_raw:
        typer.echo(answer.content, nl=False)
        return
    typer.echo(visible(f"{answer.id}: {answer.phone}, {answer.at:%Y-%m-%d %H:%M:%S} UTC, {answer.path}"))
    typer.echo(
        visible(f"{answer.content_type or 'no content type'}, {len(answer.content)} bytes: {answer.reason}")
    )
    typer.echo(visible(redact.text(answer.content[:_SHOWN].decode("utf-8", "replace"))))
    if len(answer.content) > _SHOWN:
        typer.echo(f"(the first {_SHOWN} bytes; --raw shows all)", err=True)


@app.command("replay")
def replay(
    ctx: typer.Context,
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="ID", help="Only these; all that are in quarantine else.")
    ] = None,
    *,
    phone: Phone = None,
) -> None:
    """Read kept answers again, after their driver has learned them."""
    import asyncio

    from phonesync import registry
    from phonesync.agent import replaying
    from phonesync.errors import StoreBusy

    config = load_config(ctx)
    with opened_store(config) as store:
        known_name(phone, {state.name for state in store.phones()} | set(config.phones_by_name))
        try:
            with store.agent_lock():
                answers = [_answer(store, number) for number in dict.fromkeys(numbers or ())]
                answers = answers if numbers else _open_answers(store, None)
                answers = [answer for answer in answers if phone in (None, answer.phone)]
                done = asyncio.run(replaying.replay(config, store, registry.drivers(), answers))
        except StoreBusy as error:
            if not store.agent_is_running():
                raise
            raise StoreBusy(
                "An agent is running on this store.",
                hint="Stop it for as long as this takes: both would write what is known of a phone.",
            ) from error
    for result in done:
        _say(result)
    if not done:
        typer.echo("Nothing is in quarantine.")
    if not all(result.ok for result in done):
        raise typer.Exit(PlanRefused.exit_code)


def _say(result: "Replayed") -> None:
    from phonesync.logs import visible

    ids = ", ".join(map(str, result.ids))
    said = (
        f"{result.new} new, {result.known} known; {result.text}"
        if result.ok
        else f"still there: {result.text}"
    )
    typer.echo(visible(f"{ids}: {result.phone}, {result.at:%Y-%m-%d %H:%M} UTC: {said}"))


def _open_answers(store: "Store", phone: str | None) -> "list[KeptAnswer]":
    from phonesync.store.records import RawKind

    return [] if not store.phones() else list(store.answers(phone, RawKind.QUARANTINED))


def _answer(store: "Store", number: int) -> "KeptAnswer":
    """One answer in quarantine.

    Raises:
        ConfigError: There is none of that id.
    """
    from phonesync.store.records import RawKind

    answer = store.answer(number)
    if answer is None or answer.kind is not RawKind.QUARANTINED or answer.resolved_at is not None:
        raise ConfigError(
            f"No answer in quarantine has the id {number}.", hint="`phonesync quarantine list` shows them."
        )
    return answer
