"""The configuration: one TOML file, typed, checked as a whole.

``load`` reads it; ``resolve_passwords`` looks passwords up when phones are about to be read.
"""

from phonesync.config.calls import CallbacksConfig, GroupConfig
from phonesync.config.cdr import CdrConfig
from phonesync.config.contacts import ContactSourceConfig
from phonesync.config.load import DEFAULT_FILE, VARIABLE, load, locate, template
from phonesync.config.passwords import PasswordKind, Passwords, PasswordSource, read_password
from phonesync.config.resolving import (
    resolve_contact_password,
    resolve_outgoing_secret,
    resolve_password,
    resolve_passwords,
    resolve_provider_secret,
    resolve_store_password,
    resolve_web_password,
)
from phonesync.config.values import (
    AgentConfig,
    Config,
    PhoneConfig,
    SecretsConfig,
    SiteConfig,
    StoreConfig,
)
from phonesync.config.web import PhonebookConfig, WebConfig

__all__ = [
    "DEFAULT_FILE",
    "VARIABLE",
    "AgentConfig",
    "CallbacksConfig",
    "CdrConfig",
    "Config",
    "ContactSourceConfig",
    "GroupConfig",
    "PasswordKind",
    "PasswordSource",
    "Passwords",
    "PhoneConfig",
    "PhonebookConfig",
    "SecretsConfig",
    "SiteConfig",
    "StoreConfig",
    "WebConfig",
    "load",
    "locate",
    "read_password",
    "resolve_contact_password",
    "resolve_outgoing_secret",
    "resolve_password",
    "resolve_passwords",
    "resolve_provider_secret",
    "resolve_store_password",
    "resolve_web_password",
    "template",
]
