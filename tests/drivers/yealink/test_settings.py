import pytest

from drivers.yealink import DRIVER
from drivers.yealink.quirks import VARIANTS
from phonesync.driver.contract import PhoneContext
from phonesync.driver.events import WantedSettings
from phonesync.errors import ConfigError
from phonesync.model import EventKind, Evidence, PhoneIdentity

TOKEN = "AbCdEfGhIjKlMnOpQrStUv"
WANTED = WantedSettings(
    book_url=f"https://phones.example/b/{TOKEN}",
    event_url=f"https://phones.example/e/{TOKEN}",
    book_title="Company\nbook",
)


def printed(wanted=WANTED, *, variant="v84-servlet", mac="00005e005301"):
    identity = PhoneIdentity(vendor="yealink", variant=variant, model="T46S", firmware="66.84.0.15", mac=mac)
    return DRIVER.settings(wanted, phone=PhoneContext(identity=identity, variant=VARIANTS[variant]))


def keys_of(settings):
    lines = [line for line in settings.text.splitlines() if line and not line.startswith("#")]
    return dict(line.split(" = ", 1) for line in lines)


def test_a_file_begins_as_the_phone_wants_it():
    assert printed().text.splitlines()[0] == "#!version:1.0.0.1"


def test_the_book_is_a_remote_one_whose_lookup_is_on():
    keys = keys_of(printed())
    assert keys["remote_phonebook.data.1.url"] == f"https://phones.example/b/{TOKEN}/book.xml"
    assert keys["remote_phonebook.data.1.name"] == "Company book"
    assert keys["features.remote_phonebook.enable"] == "1"
    assert keys["directory_setting.remote_phone_book.enable"] == "1"
    assert keys["search_in_dialing.remote_phone_book.enable"] == "1"
    assert int(keys["features.remote_phonebook.flash_time"]) <= 21600
    assert "remote_phonebook.data.1.username" not in keys


def test_user_and_password_are_written_where_there_are_any():
    wanted = WantedSettings(book_url="http://192.0.2.1/b/x", event_url=None, username="book", password="p w")
    keys = keys_of(printed(wanted))
    assert keys["remote_phonebook.data.1.username"] == "book"
    assert keys["remote_phonebook.data.1.password"] == "p w"
    assert not [key for key in keys if key.startswith("action_url.")]


def test_every_event_has_an_address_of_its_own():
    keys = keys_of(printed(WantedSettings(book_url=None, event_url=WANTED.event_url)))
    assert keys["action_url.incoming_call"] == (
        f"https://phones.example/e/{TOKEN}/in?c=$call_id&a=$active_user&l=$local&r=$remote&n=$display_remote"
    )
    assert keys["action_url.setup_completed"] == f"https://phones.example/e/{TOKEN}/boot"
    assert len(set(keys.values())) == len(keys)
    assert all(key.startswith("action_url.") for key in keys)


def test_nothing_is_written_that_gives_secrets_away_or_replaces_the_directory():
    text = printed().text
    for forbidden in ("$cfg_all", "$cfg_local", "local_contact", "static."):
        assert forbidden not in text


def test_an_address_of_more_than_511_characters_is_refused():
    wanted = WantedSettings(book_url=None, event_url=f"https://{'a' * 500}.example/e/{TOKEN}")
    with pytest.raises(ConfigError, match="this phone takes 511"):
        printed(wanted)


def test_the_file_is_named_by_the_mac_where_it_is_known():
    assert "00005e005301.cfg" in printed().title
    assert "<MAC>.cfg" in printed(mac=None).title


@pytest.mark.parametrize(("variant", "guess"), [("v70-basic", True), ("v72-form", True), ("v86-json", False)])
def test_older_firmware_is_told_apart(variant, guess):
    assert any("likely" in note for note in printed(variant=variant).notes) is guess
    evidence = {url.evidence for url in DRIVER.action_urls(variant=variant).urls}
    assert evidence == {Evidence.LIKELY if guess else Evidence.CERTAIN}


def test_a_phone_says_when_it_started_and_that_it_is_alive():
    urls = DRIVER.action_urls(variant=None)
    kinds = {url.setting: url.kind for url in urls.urls}
    assert kinds["action_url.setup_completed"] is EventKind.STARTED
    assert kinds["action_url.registered"] is EventKind.ALIVE
    assert urls.most_characters == 511
    assert "d" not in urls.variables
