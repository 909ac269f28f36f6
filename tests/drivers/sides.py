"""A memory for the sides of emulated phones, and settings as our drivers print them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from phonesync.driver.contract import PhoneContext
from phonesync.driver.emulation import Happening
from phonesync.driver.events import WantedSettings
from phonesync.driver.session import Credentials
from phonesync.farm.directory import FarmDirectory
from phonesync.model import EventKind, PhoneIdentity
from phonesync.registry import drivers, emulators

TOKEN = "AbCdEfGhIjKlMnOpQrStUv"
WANTED = WantedSettings(
    book_url=f"http://192.0.2.1:8080/b/{TOKEN}",
    event_url=f"http://192.0.2.1:8080/e/{TOKEN}",
    username="book",
    password="a&b",
    book_title="Company",
)
EVENTS = f"http://192.0.2.1:8080/e/{TOKEN}"


@dataclass
class SideMemory:
    """What a phone knows of itself."""

    model: str
    firmware: str
    mac: str = "00005e005301"
    credentials: Credentials = field(default_factory=lambda: Credentials(username="admin", password="x"))
    accounts: dict = field(default_factory=lambda: {1: "201"})
    server: str = "pbx.example"
    zone_setting: str = "+3"
    history_enabled: bool = True
    merging_enabled: bool = False
    directory: FarmDirectory = field(default_factory=FarmDirectory)

    def rows(self, list_name):
        return ()

    def wall_now(self):
        return datetime(2026, 3, 6, 14, 5)

    def now(self):
        return datetime(2026, 3, 6, 11, 5, tzinfo=UTC)


def side_of(kind_name, model=None, firmware=None, mac="00005e005301"):
    """The side of a kind, and its memory; nothing was told to it yet."""
    kind = emulators()[kind_name]
    chosen = (model, firmware) if model else kind.models[0]
    memory = SideMemory(model=chosen[0], firmware=chosen[1], mac=mac)
    return kind.side(memory), memory


def printed(kind_name, memory, wanted=WANTED):
    """What our driver prints for such a phone."""
    kind = emulators()[kind_name]
    driver = drivers()[kind.driver]
    identity = PhoneIdentity(
        vendor=driver.vendor,
        variant=kind.variant,
        model=memory.model,
        firmware=memory.firmware,
        mac=memory.mac,
    )
    return driver.settings(
        wanted, phone=PhoneContext(identity=identity, variant=driver.variants[kind.variant])
    ).text


def happening(kind=EventKind.INCOMING, **changes):
    values = {
        "call_id": "17@192.0.2.20",
        "account": "201",
        "number": "84955550123",
        "name": "Olga & Ned = ?",
        "inbound": kind is not EventKind.OUTGOING,
        "duration_s": 65 if kind is EventKind.TERMINATED else 0,
    }
    return Happening(kind=kind, **(values | changes))
