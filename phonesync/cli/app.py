# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""The program ``phonesync``: its commands, and the one place where an error becomes a sentence."""

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from phonesync.cli import (
    agent,
    audit,
    callbacks,
    calls,
    capture,
    cdr,
    clocks,
    contacts,
    drivers,
    farm,
    fixtures,
    init,
    ledger,
    phonebook,
    phones,
    quarantine,
    secret,
    store,
    store_backup,
    tokens,
    users,
)
from phonesync.cli.context import DEBUG, Options, is_debugging
from phonesync.errors import ConfigError, PhonesyncError

USAGE, BUG, INTERRUPTED, PIPE_CLOSED = 2, 70, 130, 141
"""Exit codes of our own making; the last two are what a shell expects of SIGINT and SIGPIPE."""

app = typer.Typer(
    name="phonesync",
    help="Reads desk phones' call lists in time, keeps every row, and says what it could not see.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(init.init)
app.command("check")(agent.check)
app.command("run")(agent.run)
app.command("poll")(agent.poll)
app.command("entries")(ledger.entries)
app.add_typer(calls.app, name="calls")
app.command("callbacks")(callbacks.callbacks)
app.command("coverage")(ledger.coverage)
app.command("clocks")(clocks.clocks)
app.add_typer(phones.app, name="phones")
app.add_typer(phonebook.app, name="phonebook")
store.app.command("backup")(store_backup.backup)
app.add_typer(contacts.app, name="contacts")
app.add_typer(cdr.app, name="cdr")
app.add_typer(store.app, name="store")
app.add_typer(secret.app, name="secret")
app.add_typer(users.app, name="user")
app.add_typer(tokens.app, name="token")
app.add_typer(audit.app, name="audit")
app.command("drivers")(drivers.drivers)
app.command("capture")(capture.capture)
app.add_typer(fixtures.app, name="fixtures")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(farm.app, name="farm")
app.command("demo")(farm.demo)


def _show_version(show: bool) -> None:  # noqa: FBT001  typer calls it with the option's value
    if show:
        from importlib.metadata import version

        typer.echo(f"phonesync {version('phonesync')}")
        raise typer.Exit


@app.callback()
def before(
    ctx: typer.Context,
    *,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="The configuration file; else $PHONESYNC_CONFIG, else ./config.toml.",
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Runs before every command."""
    del version
    from phonesync import logs

    logs.configure(debug=is_debugging())
    ctx.obj = Options(config=config)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the process's exit code; no error leaves this function.

    Args:
        arguments: The words after the program's name; those of the process by default.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(words)
        sys.stdout.flush()
    except PhonesyncError as error:
        _say(error)
        return error.exit_code
    except TyperException as error:
        # Typer's converters put pydantic's words before their own.
        message = error.format_message().replace("Value error, ", "")
        _say(ConfigError(message, hint="`phonesync --help` shows the commands."))
        return USAGE
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; keep Python from failing again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001  the outermost line: a bug ends in one sentence
        _say_bug(error)
        return BUG
    return code


def _run(words: list[str]) -> int:
    """Runs the command without Typer's own handling of errors; no command at all shows the help."""
    command = get_command(app)
    if not words:
        typer.echo(command.get_help(command.make_context("phonesync", [], resilient_parsing=True)), err=True)
        return USAGE
    try:
        with command.make_context("phonesync", words) as ctx:
            command.invoke(ctx)
    except typer.Exit as ended:
        return ended.exit_code
    return 0


def _say(error: PhonesyncError) -> None:
    """The error's sentence and hint on stderr; several problems of a configuration one a line."""
    from phonesync.logs import visible

    problems = error.problems if isinstance(error, ConfigError) else ()
    if len(problems) > 1:
        lines = [f"phonesync: {len(problems)} mistakes:", *(f"  {problem}" for problem in problems)]
    else:
        lines = [f"phonesync: {error.message}"]
    if error.hint:
        lines.append(f"  {error.hint}")
    typer.echo(visible("\n".join(lines)), err=True)


def _say_bug(error: Exception) -> None:
    """One sentence that never holds the error's own text, which could hold a secret."""
    if is_debugging():
        traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "phonesync" in Path(frame.filename).parts] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "an unknown place"
    typer.echo(
        f"phonesync: this is a mistake in phonesync ({type(error).__name__} at {place}), please report it; "
        f"{DEBUG}=1 shows where it happened.",
        err=True,
    )
