"""The tables ``[journal]``, ``[[role]]`` and ``[oidc]``: the site for people, and who may do what there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from phonesync.config import checks
from phonesync.config.report import Report, texts_at
from phonesync.config.table import READ_ONLY, Duration, Name, Password, Table, nothing
from phonesync.journal.access import BUILT_IN, Permission
from phonesync.spelling import unknown

_MOST_FAILURES = 100
_MOST_PER_MINUTE = 1_000_000


def _failures(value: int) -> int:
    if not 1 <= value <= _MOST_FAILURES:
        raise ValueError(f"must be from 1 to {_MOST_FAILURES}.")
    return value


def _per_minute(value: int) -> int:
    if not 1 <= value <= _MOST_PER_MINUTE:
        raise ValueError(f"must be from 1 to {_MOST_PER_MINUTE}.")
    return value


def _permissions(value: Any) -> Any:
    """Names of permissions; every unknown one is named."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError('must be a list of texts in quotes, for example ["calls.own", "export"].')
    known = [permission.value for permission in Permission]
    wrong = [unknown("permission", item, known) for item in value if item not in known]
    if wrong:
        raise ValueError(" ".join(wrong))
    return frozenset(Permission(item) for item in value)


def _role_name(value: str) -> str:
    if checks.name(value) in BUILT_IN:
        raise ValueError(f'"{value}" is a role that every installation has; give yours another name.')
    return value


def _issuer(value: str) -> str:
    parts = checks.split(value)
    is_here = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or not (parts.scheme == "https" or is_here):
        raise ValueError('must begin with https://, for example "https://id.example.org".')
    if parts.query or parts.fragment:
        raise ValueError("must end after its path.")
    return value.rstrip("/")


class JournalConfig(Table):
    """The site for people and programs.

    Attributes:
        enabled: Serve it where ``[web] listen`` says.
        session_idle: A session unused for so long has ended.
        session_end: A session ends after so long, however much it is used.
        failures: So many wrong passwords or codes in a row are allowed.
        locked: So long nothing is looked at after one too many.
        link: A link that signs in once can be used for so long.
        api_per_minute: One session or token may ask the API so often in a minute.
    """

    enabled: bool = True
    session_idle: Duration = timedelta(hours=12)
    session_end: Duration = timedelta(days=7)
    failures: Annotated[int, AfterValidator(_failures)] = 10
    locked: Duration = timedelta(minutes=15)
    link: Duration = timedelta(days=1)
    api_per_minute: Annotated[int, AfterValidator(_per_minute)] = 600


class RoleConfig(Table):
    """A role beside those that every installation has.

    Attributes:
        name: Unique.
        permissions: What it allows.
    """

    name: Annotated[str, AfterValidator(_role_name)]
    permissions: Annotated[
        frozenset[Permission],
        BeforeValidator(_permissions),
        PlainSerializer(lambda some: sorted(one.value for one in some)),
    ]


class OidcConfig(Table):
    """An identity provider that people sign in with.

    Attributes:
        issuer: Its address, below which ``/.well-known/openid-configuration`` stands.
        client_id: What it knows this site by.
        client_secret: Where the secret it gave this site comes from.
        name: What the link on the sign-in page calls it.
        user_claim: The claim that holds what a user signs in with here.
        roles_claim: The claim that holds a text or a list of texts that ``roles`` speaks of; None: none.
        roles: Text of that claim to role; the first that fits, in the order written, counts.
        role: Of users it brings whom nobody has taken in before; None: they are refused.
        owner_claim: The claim that holds the employee of such users, as ``owner`` of phones; None: none.
    """

    issuer: Annotated[str, AfterValidator(_issuer)]
    client_id: Name
    client_secret: Password = None
    name: Name = "OpenID Connect"
    user_claim: Name = "preferred_username"
    roles_claim: Name | None = None
    roles: Annotated[Mapping[str, str], *READ_ONLY] = Field(default_factory=nothing)
    role: Name | None = None
    owner_claim: Name | None = None


class AccessConfig(Table):
    """All three tables.

    Attributes:
        journal: Table ``journal``.
        roles: Tables ``role``.
        oidc: Table ``oidc``, or None.
    """

    journal: JournalConfig = JournalConfig()
    roles: tuple[RoleConfig, ...] = ()
    oidc: OidcConfig | None = None

    @property
    def permissions(self) -> Mapping[str, frozenset[Permission]]:
        """Every role and what it allows."""
        return MappingProxyType({**BUILT_IN, **{role.name: role.permissions for role in self.roles}})


def read_access(report: Report, raw: Mapping[str, Any]) -> AccessConfig:
    """The tables of access; their mistakes go into the report."""
    journal = report.table(JournalConfig, raw.get("journal", {}), ("journal",)) or JournalConfig()
    if journal.session_idle > journal.session_end:
        report.add(("journal", "session_idle"), "is longer than session_end, so that it could never count.")
    roles = _roles(report, raw)
    oidc = None
    if "oidc" in raw:
        oidc = report.table(OidcConfig, raw["oidc"], ("oidc",))
        _check_oidc(report, raw["oidc"], oidc, {*BUILT_IN, *texts_at(_tables(raw), "name").values()})
    return AccessConfig(journal=journal, roles=roles, oidc=oidc)


def _tables(raw: Mapping[str, Any]) -> list[Any]:
    tables = raw.get("role", [])
    return tables if isinstance(tables, list) else []


def _roles(report: Report, raw: Mapping[str, Any]) -> tuple[RoleConfig, ...]:
    if not isinstance(raw.get("role", []), list):
        report.add(("role",), "must be written [[role]], in double brackets, once for each role.")
    first: dict[str, int] = {}
    for position, name in texts_at(_tables(raw), "name").items():
        earlier = first.setdefault(name, position)
        if earlier != position:
            where = report.where(("role", earlier, "name"))
            report.add(
                ("role", position, "name"), f'"{name}" stands at {where} already; each role needs its own.'
            )
    found = [report.table(RoleConfig, table, ("role", at)) for at, table in enumerate(_tables(raw))]
    return tuple(role for role in found if role is not None)


def _check_oidc(report: Report, raw: Any, oidc: OidcConfig | None, roles: set[str]) -> None:
    if isinstance(raw, Mapping) and "client_secret" not in raw:
        report.add(("oidc", "client_secret"), 'is missing; add client_secret = { env = "OIDC_SECRET" }.')
    if oidc is None:
        return
    if oidc.role is not None and oidc.role not in roles:
        report.add(("oidc", "role"), unknown("role", oidc.role, roles))
    for text, role in oidc.roles.items():
        if role not in roles:
            report.add(("oidc", "roles", text), unknown("role", role, roles))
    if oidc.roles and oidc.roles_claim is None:
        report.add(("oidc", "roles"), "needs roles_claim beside it.")
