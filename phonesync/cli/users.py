# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync user``: who may sign in to the journal."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phonesync.cli.context import load_config, opened_store
from phonesync.cli.output import TableOrJsonl
from phonesync.errors import ConfigError

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.store.access.records import User
    from phonesync.store.repository import Store

FIELDS = (
    "name",
    "shown_name",
    "role",
    "owner",
    "departments",
    "password",
    "second_factor",
    "provider",
    "locked",
    "disabled_at",
    "created_at",
)
"""Fields of ``phonesync user list --format jsonl``, in their order."""

app = typer.Typer(help="Make, change and lock users of the journal.", rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The user; letter case does not count.")]
Role = Annotated[
    str | None,
    typer.Option(
        "--role", help="employee, head, analyst, auditor, administrator, or one of the configuration."
    ),
]
Owner = Annotated[
    str | None,
    typer.Option(
        "--owner", help='The employee, as owner of phones, whose calls are the user\'s own; "" for nobody.'
    ),
]
Departments = Annotated[
    list[str] | None, typer.Option("--department", help="A department the user is head of; may be repeated.")
]
Shown = Annotated[str | None, typer.Option("--shown-name", help="What the user is called on pages.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")]


@app.command("add")
def add(
    ctx: typer.Context,
    name: Name,
    *,
    role: Annotated[
        str,
        typer.Option(
            "--role", help="employee, head, analyst, auditor, administrator, or one of the configuration."
        ),
    ],
    owner: Owner = None,
    department: Departments = None,
    shown_name: Shown = None,
    password_stdin: FromStdin = False,
    link: Annotated[
        bool, typer.Option("--link", help="No password: print a link that signs in once.")
    ] = False,
) -> None:
    """Take a user in; the password is asked for twice."""
    from phonesync.web.access.passwords import hashed

    if link and password_stdin:
        raise ConfigError("--link and --password-stdin exclude one another; keep one of the two.")
    config = load_config(ctx)
    _known_role(config, role)
    _known_people(config, owner, department)
    kept = None if link else hashed(_password(name, from_stdin=password_stdin))
    with opened_store(config) as store:
        user = store.add_user(
            name,
            role=role,
            shown_name=shown_name,
            owner=owner or None,
            departments=department or (),
            password=kept,
        )
        _note(store, "user.add", user.name, role=role)
        typer.echo(f"{user.name} may sign in as {role}.")
        if link:
            _print_link(store, config, user)


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    format_: Annotated[TableOrJsonl, typer.Option("--format", help="table or jsonl.")] = TableOrJsonl.TABLE,
) -> None:
    """Show all users."""
    from phonesync.cli import output

    config = load_config(ctx)
    with opened_store(config) as store:
        rows = [_row(user) for user in _all(store)]
    if format_ is TableOrJsonl.JSONL:
        output.write_jsonl(rows)
        return
    output.write_table(
        ("user", "called", "role", "owner", "head of", "signs in by", "state"),
        (
            [_cell(row, key) for key in ("name", "shown_name", "role", "owner", "departments")] + _ways(row)
            for row in rows
        ),
        empty="There is no user yet; `phonesync user add NAME --role administrator` makes one.",
    )


@app.command("set")
def set_(
    ctx: typer.Context,
    name: Name,
    *,
    role: Role = None,
    owner: Owner = None,
    department: Departments = None,
    no_department: Annotated[
        bool, typer.Option("--no-department", help="The user is head of no department any more.")
    ] = False,
    shown_name: Shown = None,
    password: Annotated[bool, typer.Option("--password", help="Ask for a new password.")] = False,
    password_stdin: FromStdin = False,
) -> None:
    """Change a user; what is not named stays. A new password ends the user's sessions."""
    from phonesync.web.access.passwords import hashed

    config = load_config(ctx)
    if department and no_department:
        raise ConfigError("--department and --no-department exclude one another; keep one of the two.")
    _known_people(config, owner, department)
    changes: dict[str, Any] = {}
    if role is not None:
        _known_role(config, role)
        changes["role"] = role
    if owner is not None:
        changes["owner"] = owner or None
    if department or no_department:
        changes["departments"] = department or ()
    if shown_name is not None:
        changes["shown_name"] = shown_name
    if password or password_stdin:
        changes["password"] = hashed(_password(name, from_stdin=password_stdin))
    if not changes:
        raise ConfigError("Nothing is to be changed.", hint="`phonesync user set --help` shows what can be.")
    _change(config, name, "user.change", f"Changed {', '.join(changes)} of {{name}}.", **changes)


@app.command("lock")
def lock(ctx: typer.Context, name: Name) -> None:
    """Let nobody sign in as this user any more; the user's sessions end at once."""
    _change(load_config(ctx), name, "user.lock", "Nobody may sign in as {name} any more.", disabled=True)


@app.command("unlock")
def unlock(ctx: typer.Context, name: Name) -> None:
    """Let a user sign in again, also after too many wrong passwords."""
    _change(load_config(ctx), name, "user.unlock", "{name} may sign in again.", disabled=False, locked=False)


@app.command("remove-second-factor")
def remove_second_factor(ctx: typer.Context, name: Name) -> None:
    """Ask a user, who lost the device, for no second factor any more."""
    said = "{name} is asked for no second factor any more."
    _change(load_config(ctx), name, "second-factor.off", said, second_factor=None, second_factor_step=None)


@app.command("link")
def link(ctx: typer.Context, name: Name) -> None:
    """Print a link that signs in once, for a user who forgot the password."""
    config = load_config(ctx)
    with opened_store(config) as store:
        user = known_user(store, name)
        if user.disabled_at is not None:
            raise ConfigError(f"{user.name} is locked.", hint=f"phonesync user unlock {user.name}")
        _note(store, "user.link", user.name)
        _print_link(store, config, user)


def known_user(store: "Store", name: str) -> "User":
    """The user of that name.

    Raises:
        ConfigError: There is none.
    """
    from phonesync.spelling import capital, unknown

    user = store.user(name)
    if user is None:
        names = [one.name for one in _all(store)]
        raise ConfigError(capital(unknown("user", name, names)), hint="`phonesync user list` shows all.")
    return user


def _change(config: "Config", name: str, action: str, said: str, **changes: Any) -> None:
    with opened_store(config) as store:
        user = store.change_user(known_user(store, name).id, **changes)
        _note(store, action, user.name, changed=sorted(changes))
    typer.echo(said.format(name=user.name))


def _all(store: "Store") -> "list[User]":
    found: list[User] = []
    while page := store.users(after=found[-1].name if found else ""):
        found += page
    return found


def _note(store: "Store", action: str, name: str, **detail: object) -> None:
    from phonesync.store.access.records import Act

    store.note_act(Act(user=None, peer="", action=action, object=name, detail=detail))


def _print_link(store: "Store", config: "Config", user: "User") -> None:
    from phonesync.clock import SystemClock
    from phonesync.web.access.links import new_link

    hours = config.access.journal.link.total_seconds() / 3600
    typer.echo(f"This link signs {user.name} in, once, within {hours:g} hours:")
    typer.echo(new_link(store, config, user, clock=SystemClock()))


def _password(name: str, *, from_stdin: bool) -> str:
    """What a person typed twice without showing it, or the one line on stdin.

    Raises:
        ConfigError: The two differ, it is too weak, or stdin is not text.
    """
    from getpass import getpass

    from phonesync.web.access.passwords import check_strength

    if from_stdin:
        try:
            password = sys.stdin.buffer.read().decode("utf-8").removesuffix("\n")
        except UnicodeDecodeError as error:
            raise ConfigError("What came on stdin is not UTF-8 text.", hint="Nothing was changed.") from error
    elif sys.stdin.isatty():
        password = getpass(f"Password of {name}: ")
        if getpass("Once more: ") != password:
            raise ConfigError("The two are not the same.", hint="Nothing was changed.")
    else:
        raise ConfigError(
            "There is no terminal to ask for a password on.", hint="Use --password-stdin, or --link."
        )
    check_strength(password, name=name)
    return password


def _known_role(config: "Config", role: str) -> None:
    from phonesync.spelling import capital, unknown

    if role not in config.access.permissions:
        raise ConfigError(
            capital(unknown("role", role, config.access.permissions)), hint="[[role]] makes others."
        )


def _known_people(config: "Config", owner: str | None, departments: list[str] | None) -> None:
    """Warns of an employee or department that no phone has: a phone may have had it before."""
    import structlog

    log = structlog.get_logger(__name__)
    if owner and owner not in {phone.owner for phone in config.phones}:
        log.warning("no phone has this owner now", owner=owner)
    for department in departments or ():
        if department not in {phone.department for phone in config.phones}:
            log.warning("no phone is of this department now", department=department)


def _row(user: "User") -> dict[str, Any]:
    """The values of :data:`FIELDS`."""
    from phonesync.clock import SystemClock, iso

    return {
        "name": user.name,
        "shown_name": user.shown_name,
        "role": user.role,
        "owner": user.owner,
        "departments": list(user.departments),
        "password": user.password is not None,
        "second_factor": user.second_factor is not None,
        "provider": user.subject is not None,
        "locked": user.is_locked(SystemClock().now()),
        "disabled_at": None if user.disabled_at is None else iso(user.disabled_at),
        "created_at": iso(user.created_at),
    }


def _cell(row: dict[str, Any], key: str) -> str:
    value = row[key]
    return ", ".join(value) if isinstance(value, list) else value or ""


def _ways(row: dict[str, Any]) -> list[str]:
    ways = [
        word
        for word, key in (
            ("password", "password"),
            ("second factor", "second_factor"),
            ("provider", "provider"),
        )
        if row[key]
    ]
    state = "locked" if row["disabled_at"] else "too many wrong passwords" if row["locked"] else ""
    return [", ".join(ways) or "link", state]
