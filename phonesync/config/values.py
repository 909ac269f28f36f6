"""The configuration as the rest of phonesync sees it: frozen, typed, complete.

The keys, their types and their defaults are the fields of these classes; ``config.example.toml`` shows all.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from phonesync.calls.values import Group
from phonesync.config import checks
from phonesync.config.access import AccessConfig
from phonesync.config.calls import CallbacksConfig, GroupConfig
from phonesync.config.cdr import CdrConfig
from phonesync.config.contacts import OWN, ContactSourceConfig
from phonesync.config.outgoing import OutgoingConfig
from phonesync.config.outlets import OutletsConfig
from phonesync.config.table import READ_ONLY, Duration, Name, Password, Table, nothing
from phonesync.config.web import PhonebookConfig, WebConfig
from phonesync.errors import ConfigError
from phonesync.numbering import DialPlan
from phonesync.phonebook.winner import Scope, Viewer
from phonesync.secrets import Secrets
from phonesync.spelling import capital, unknown

LineNumber = Annotated[str, AfterValidator(checks.line)]
Zone = Annotated[str, AfterValidator(checks.zone)]


class StoreConfig(Table):
    """Where everything is kept.

    Attributes:
        url: SQLAlchemy address; a relative SQLite file is relative to the configuration's folder.
        raw_days: Days for which answers that brought new rows are kept.
        password: Where the password of a PostgreSQL store comes from.
    """

    url: Annotated[str, AfterValidator(checks.store_url)] = "sqlite:///phonesync.db"
    raw_days: Annotated[int, AfterValidator(checks.raw_days)] = 90
    password: Password = None


class SiteConfig(Table):
    """An office: its zone and its dial plan.

    Attributes:
        name: Unique.
        timezone: IANA name.
        country: ISO 3166 code.
        area_code: Without the national prefix.
        extension_length: Digits of an internal number.
        extension_pattern: Regular expression that a whole internal number matches.
    """

    name: Name
    timezone: Zone
    country: Annotated[str, AfterValidator(checks.country)]
    area_code: Annotated[str, AfterValidator(checks.area_code)] | None = None
    extension_length: Annotated[int, AfterValidator(checks.extension_length)] | None = None
    extension_pattern: Annotated[str, AfterValidator(checks.pattern)] | None = None

    @property
    def dial_plan(self) -> DialPlan:
        """How numbers are dialled here."""
        return DialPlan(
            country=self.country,
            area_code=self.area_code,
            extension_length=self.extension_length,
            extension_pattern=self.extension_pattern,
        )


class AgentConfig(Table):
    """How the agent reads.

    Attributes:
        poll: The longest time between two reads of a phone.
        concurrency: Phones read at once.
        health: Where ``/healthz`` is answered: ``HOST:PORT``, or a path with a slash; None for nowhere.
        health_remote: Others than this machine may be answered.
    """

    poll: Duration = timedelta(minutes=10)
    concurrency: Annotated[int, AfterValidator(checks.concurrency)] = 50
    health: Annotated[str, AfterValidator(checks.health)] | None = None
    health_remote: bool = False


class SecretsConfig(Table):
    """Where kept secrets and their keys are.

    Attributes:
        key_file: The key ring, relative to the configuration's folder.
        file: The encrypted secrets, relative to the configuration's folder.
    """

    key_file: Name = "phonesync.key"
    file: Name = "phonesync.secrets"


class PhoneConfig(Table):
    """One phone.

    Attributes:
        name: Unique.
        url: ``http://host`` or ``https://host``, with a port where it is not the usual one.
        driver: Name of the driver, or None: the phone is identified.
        username: Of the phone's web page.
        password: Where its password comes from.
        extension: Its internal number.
        owner: Who uses it.
        department: The owner's department.
        from_: Since when extension, owner and department hold (key ``from``).
        mac: Twelve lower-case hex digits.
        site: Name of its site.
        timezone: IANA name where it differs from the site's.
        lines: Line number to account user.
        poll: The longest time between two reads of this phone.
        enabled: False: not read.
        tls: ``tofu``, ``verify``, ``insecure`` or ``pin:sha256:`` and 64 hex digits.
        tls_legacy: Allow TLS 1.0 and old ciphers.
        experimental: Allow readers that no sheet describes in full, and pushes made by one client alone.
        variant: The driver's variant, instead of the identified one.
        quirks: Overrides of what the vendor's sheet leaves open.
        phonebook_entries: Contacts it takes, in place of what its vendor's sheet says.
    """

    name: Name
    url: Annotated[str, AfterValidator(checks.phone_url)]
    driver: str | None = None
    username: str = Field(default="admin", repr=False)
    password: Password = None
    extension: Name | None = None
    owner: Name | None = None
    department: Name | None = None
    from_: date | None = Field(default=None, alias="from")
    mac: Annotated[str, AfterValidator(checks.mac)] | None = None
    site: str = ""
    timezone: Zone | None = None
    lines: Annotated[Mapping[LineNumber, Name], *READ_ONLY] = Field(default_factory=nothing)
    poll: Duration | None = None
    enabled: bool = True
    tls: Annotated[str, AfterValidator(checks.tls)] = "tofu"
    tls_legacy: bool = False
    experimental: bool = False
    variant: str | None = None
    quirks: Annotated[Mapping[str, str], *READ_ONLY] = Field(default_factory=nothing)
    phonebook_entries: Annotated[int, AfterValidator(checks.entries)] | None = None


class Config(BaseModel):
    """A whole configuration file.

    Attributes:
        path: The file, absolute.
        store: Table ``store``.
        sites: Tables ``site``, at least one.
        agent: Table ``agent``.
        secrets: Table ``secrets``.
        web: Table ``web``.
        phonebook: Table ``phonebook``.
        phones: Tables ``phone``.
        contact_sources: Tables ``contacts``.
        group_tables: Tables ``group``.
        callbacks: Table ``callbacks``.
        cdr: Tables ``cdr``.
        access: Tables ``journal``, ``role`` and ``oidc``.
        outlets: Tables ``export``, ``recordings``, ``crm`` and ``dial``.
        outgoing: Tables ``mail``, ``digest`` and ``webhook``.
        warnings: Sentences the user should see, with file and line.
        web_password_line: File and line of the phonebooks' password key (or its table), for messages.
        store_password_line: File and line of the store's password key (or its table), for messages.
        password_lines: Phone name to file and line of its password key (or its table), for messages.
        contact_lines: Source name to file and line of its password key (or its table), for messages.
        unasked: Names of phones that are never signed in to, so that they need no password.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    path: Path
    store: StoreConfig
    sites: tuple[SiteConfig, ...]
    agent: AgentConfig
    secrets: SecretsConfig
    phones: tuple[PhoneConfig, ...]
    contact_sources: tuple[ContactSourceConfig, ...] = ()
    group_tables: tuple[GroupConfig, ...] = ()
    callbacks: CallbacksConfig = CallbacksConfig()
    cdr: tuple[CdrConfig, ...] = ()
    access: AccessConfig = AccessConfig()
    outlets: OutletsConfig = OutletsConfig()
    outgoing: OutgoingConfig = OutgoingConfig()
    web: WebConfig = WebConfig()
    phonebook: PhonebookConfig = PhonebookConfig()
    warnings: tuple[str, ...] = ()
    web_password_line: str = "[web]"  # noqa: S105  where it stands, not what it is
    store_password_line: str = "[store]"  # noqa: S105  where it stands, not what it is
    password_lines: Mapping[str, str] = Field(default_factory=nothing, repr=False)
    contact_lines: Mapping[str, str] = Field(default_factory=nothing, repr=False)
    unasked: frozenset[str] = frozenset()

    @property
    def base(self) -> Path:
        """The folder that relative paths of the file are relative to."""
        return self.path.parent

    @property
    def key_file(self) -> Path:
        """The key file, absolute."""
        return self.base / self.secrets.key_file

    @property
    def secrets_file(self) -> Path:
        """The file of secrets, absolute."""
        return self.base / self.secrets.file

    @cached_property
    def kept(self) -> Secrets:
        """The kept secrets."""
        return Secrets(key_file=self.key_file, file=self.secrets_file)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The configured groups, as the joining of calls knows them."""
        return tuple(table.group for table in self.group_tables)

    @cached_property
    def contact_scopes(self) -> Mapping[str, Scope]:
        """Every source of contacts that counts, with its scope; that of phonesync's own contacts too."""
        own = Scope(source=OWN, precedence=0)
        scopes = {
            source.name: Scope(
                source=source.name,
                site=source.site,
                department=source.department,
                precedence=source.precedence,
            )
            for source in self.contact_sources
        }
        return MappingProxyType({OWN: own, **scopes})

    def viewer_of(self, phone: PhoneConfig) -> Viewer:
        """The phone as far as it decides which contacts its owner may see."""
        return Viewer(site=phone.site, department=phone.department)

    def site_of(self, phone: PhoneConfig) -> SiteConfig:
        """The phone's site."""
        return self._sites_by_name[phone.site]

    def zone_of(self, phone: PhoneConfig) -> ZoneInfo:
        """The zone of the phone's wall clock: its own, else its site's."""
        return ZoneInfo(phone.timezone or self.site_of(phone).timezone)

    def phone(self, name: str) -> PhoneConfig:
        """The phone of that name.

        Raises:
            ConfigError: There is none; the sentence has the nearest right name.
        """
        found = self.phones_by_name.get(name)
        if found is None:
            raise ConfigError(
                capital(unknown("phone", name, self.phones_by_name)),
                hint=f"The phones are listed in {self.path.name}.",
            )
        return found

    def contact_source(self, name: str) -> ContactSourceConfig:
        """The source of contacts of that name.

        Raises:
            ConfigError: There is none; the sentence has the nearest right name.
        """
        found = {source.name: source for source in self.contact_sources}
        if name not in found:
            raise ConfigError(
                capital(unknown("source of contacts", name, found)),
                hint=f"The sources are the tables [[contacts]] of {self.path.name}.",
            )
        return found[name]

    def cdr_of(self, name: str) -> CdrConfig:
        """The record of a switch of that name.

        Raises:
            ConfigError: There is none; the sentence has the nearest right name.
        """
        found = {record.name: record for record in self.cdr}
        if name not in found:
            raise ConfigError(
                capital(unknown("record of a switch", name, found)),
                hint=f"The records are the tables [[cdr]] of {self.path.name}.",
            )
        return found[name]

    def site_named(self, name: str) -> SiteConfig:
        """The site of that name.

        Raises:
            ConfigError: There is none; the sentence has the nearest right name.
        """
        if name not in self._sites_by_name:
            raise ConfigError(capital(unknown("site", name, self._sites_by_name)))
        return self._sites_by_name[name]

    @cached_property
    def phones_by_name(self) -> Mapping[str, PhoneConfig]:
        """Every phone by its name."""
        return MappingProxyType({phone.name: phone for phone in self.phones})

    @cached_property
    def _sites_by_name(self) -> Mapping[str, SiteConfig]:
        return MappingProxyType({site.name: site for site in self.sites})
