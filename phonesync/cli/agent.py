# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync check``, ``run`` and ``poll``: the commands that speak to phones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from phonesync.cli.context import is_debugging, known_name, load_config, opened_store
from phonesync.errors import PhoneError

if TYPE_CHECKING:
    from phonesync.agent.agent import Agent
    from phonesync.agent.values import CheckResult, PollResult
    from phonesync.config import Config
    from phonesync.store.repository import Store

Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Only these phones.")]


class LogFormat(StrEnum):
    """How ``run`` logs."""

    TEXT = "text"
    JSON = "json"


BUG = 70
_MARKS = {True: "ok", False: "WRONG", None: "note"}


def check(ctx: typer.Context, names: Names = None) -> None:
    """Sign in to each phone once and tell what works.

    Configuration, store and drivers are checked before that.
    """
    from phonesync import registry
    from phonesync.agent import commands
    from phonesync.config import resolve_passwords

    config = load_config(ctx)
    wanted = _wanted(config, names)
    resolve_passwords(config, wanted)
    installed = registry.drivers()
    typer.echo(
        f"{config.path.name} is right (sites: {len(config.sites)}, phones: {len(config.phones)}, "
        f"drivers: {', '.join(installed) or 'none'}).",
    )
    results = commands.check(config, wanted)
    for result in results:
        _show_check(result)
    if not all(result.ok for result in results):
        raise typer.Exit(PhoneError.exit_code)


def run(
    ctx: typer.Context,
    *,
    log_format: Annotated[
        LogFormat, typer.Option("--log-format", help="text, or json: one JSON object a line.")
    ] = LogFormat.TEXT,
) -> None:
    """Read every phone in time, until stopped.

    SIGTERM and SIGINT end it, SIGHUP makes it read the configuration again.
    """
    from phonesync import logs
    from phonesync.agent import commands
    from phonesync.config import resolve_passwords, resolve_web_password

    logs.configure(debug=is_debugging(), as_json=log_format is LogFormat.JSON)

    def load() -> "Config":
        config = load_config(ctx)
        resolve_passwords(config)
        resolve_web_password(config)
        return config

    commands.run(load(), reload=load, beside=beside)


@asynccontextmanager
async def beside(agent: "Agent", store: "Store") -> AsyncIterator[None]:
    """The server where the configuration wants one; where it does not, nothing of it is even loaded."""
    if agent.config.web.listen is None:
        yield
        return
    from phonesync.web import running

    async with running.beside(agent, store):
        yield


def poll(
    ctx: typer.Context,
    names: Names = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for each phone.")] = False,
) -> None:
    """Read all phones, or the named ones, once now."""
    from phonesync.agent import commands
    from phonesync.agent.values import INTERNAL
    from phonesync.config import resolve_passwords

    config = load_config(ctx)
    wanted = _wanted(config, names)
    with opened_store(config) as store:
        asks_agent = store.agent_is_running()
    if not asks_agent:
        # A running agent has its own environment; this one need not hold the passwords then.
        resolve_passwords(config, wanted)
    results = commands.poll(config, wanted)
    for result in results:
        typer.echo(result.to_json() if as_json else _poll_line(result))
    if any(result.error_kind == INTERNAL for result in results):
        raise typer.Exit(BUG)
    if any(result.readable and not result.ok for result in results):
        raise typer.Exit(PhoneError.exit_code)


def _wanted(config: "Config", names: list[str] | None) -> list[str]:
    """The named phones, each once, or all enabled ones.

    Raises:
        ConfigError: A name is unknown.
    """
    for name in names or []:
        known_name(name, config.phones_by_name)
    return list(dict.fromkeys(names)) if names else [phone.name for phone in config.phones if phone.enabled]


def _poll_line(result: "PollResult") -> str:
    from phonesync.logs import visible

    if not result.ok:
        state = "not read" if result.readable else "not readable"
        return visible(f"{result.name}: {state}: {result.error or result.standing.value}")
    lists = ", ".join(f"{name} {rows}" for name, rows in result.lists.items()) or "no lists"
    return visible(f"{result.name}: {lists}; {result.new} new; {result.took_s:.1f} s")


def _show_check(result: "CheckResult") -> None:
    from phonesync.logs import visible

    typer.echo(visible(result.name))
    width = max((len(item.what) for item in result.items), default=0)
    for item in result.items:
        typer.echo(visible(f"  {_MARKS[item.ok]:<5}  {item.what:<{width}}  {item.text}"))
