"""``phonesync phones setup``: what a phone is to be told, in its vendor's own form."""

from dataclasses import dataclass

from phonesync import registry
from phonesync.agent.reading import driver_of, variant_of
from phonesync.agent.roster import introduce
from phonesync.config import Config, PhoneConfig, resolve_web_password
from phonesync.driver.contract import Driver, PhoneContext, implied_variant
from phonesync.driver.events import PhoneSettings, SettingsWriter, WantedSettings
from phonesync.errors import ConfigError, Unsupported
from phonesync.model import PhoneIdentity
from phonesync.store.records import PhoneState
from phonesync.store.repository import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameplate:
    """What a person says of a phone, where phonesync could not read it.

    Attributes:
        model: As on the phone's label, or None.
        firmware: As the phone shows it, or None.
    """

    model: str | None = None
    firmware: str | None = None


UNSAID = Nameplate()


def settings(
    config: Config, store: Store, name: str, *, events: bool, names: bool, said: Nameplate = UNSAID
) -> PhoneSettings:
    """The settings of one phone, ready to paste.

    Args:
        config: The configuration.
        store: The store; the phone gets its secret address there at the first use.
        name: A configured phone.
        events: It is to report its calls.
        names: It is to fetch its phonebook.
        said: What a person says it is; that goes before what was read.

    Raises:
        ConfigError: Nothing is wanted, nobody knows where phones reach us or what the phone is, or an address
            is longer than the phone takes.
        DriverError: Its driver or variant is not installed.
        Unsupported: Phones of its kind cannot be told what is wanted.
    """
    if not (events or names):
        raise ConfigError("Neither events nor names are wanted.", hint="Leave one of the two options out.")
    base = config.web.base_url
    if base is None:
        raise ConfigError(
            "Nobody knows under which address phones reach phonesync.",
            hint="Set listen and public_url in the section [web].",
        )
    introduce(store, config)
    phone = config.phone(name)
    driver, identity = _identity(phone, store.known_as(name), said)
    if not isinstance(driver, SettingsWriter):
        raise Unsupported(
            f"The driver {driver.name} does not know the settings of its phones.",
            hint="Enter the addresses on the phone's own web page.",
        )
    context = PhoneContext(
        identity=identity,
        variant=variant_of(driver, identity, phone.quirks, swap=False),
        quirks=phone.quirks,
    )
    return driver.settings(_wanted(config, store, name, base, events=events, names=names), phone=context)


def _wanted(
    config: Config, store: Store, name: str, base: str, *, events: bool, names: bool
) -> WantedSettings:
    token = store.address_of(name)
    asked = names and config.web.username is not None
    return WantedSettings(
        book_url=f"{base}/b/{token}" if names else None,
        event_url=f"{base}/e/{token}" if events else None,
        username=config.web.username if asked else None,
        password=resolve_web_password(config) if asked else None,
        book_title=config.phonebook.title,
    )


def _identity(phone: PhoneConfig, state: PhoneState, said: Nameplate) -> tuple[Driver, PhoneIdentity]:
    """Driver and identity: as configured, else as the phone was found to be.

    Raises:
        ConfigError: Neither says what it is.
        DriverError: The driver or variant is not installed.
    """
    drivers = registry.drivers()
    driver = drivers[phone.driver] if phone.driver else None
    implied = None if driver is None else implied_variant(driver)
    variant = phone.variant or (state.variant if implied is None else implied.name)
    if variant is None:
        raise ConfigError(
            f"{phone.name} was not identified yet, so nobody knows its settings.",
            hint=f"`phonesync check {phone.name}` asks it; or name driver and variant in its table.",
        )
    driver = driver or driver_of(drivers, vendor=None if phone.variant else state.vendor, variant=variant)
    if driver is None:
        raise ConfigError(
            f'No installed driver has the variant "{variant}" of {phone.name}.',
            hint="`phonesync drivers` lists the variants.",
        )
    identity = PhoneIdentity(
        vendor=driver.vendor,
        variant=variant,
        model=said.model or state.model,
        firmware=said.firmware or state.firmware,
        mac=state.mac or phone.mac,
    )
    return driver, identity
