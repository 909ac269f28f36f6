import pytest
from lxml import etree

from drivers.grandstream import DRIVER
from drivers.grandstream.families import FAMILIES, family_of
from drivers.grandstream.quirks import VARIANTS
from phonesync.driver.action_urls import parse
from phonesync.driver.contract import PhoneContext
from phonesync.driver.events import WantedSettings
from phonesync.errors import ConfigError, Unsupported
from phonesync.model import EventKind, PhoneIdentity

TOKEN = "AbCdEfGhIjKlMnOpQrStUv"
HTTP = WantedSettings(
    book_url=f"http://192.0.2.1:8080/b/{TOKEN}",
    event_url=f"http://192.0.2.1:8080/e/{TOKEN}",
    username="book",
    password="a&b",
)
HTTPS = WantedSettings(
    book_url=f"https://phones.example/b/{TOKEN}", event_url=f"https://phones.example/e/{TOKEN}"
)
PHONES = {
    "GXP1405": ("gxp16-form", "1.0.5.26"),
    "GXP1625": ("gxp16-form", "1.0.4.138"),
    "GXP1760": ("gxp16-form", "1.0.1.8"),
    "GXP2124": ("gxp16-form", "1.0.5.26"),
    "GXP2170": ("gxp21-history", "1.0.11.106"),
    "GRP2602": ("grp26-history", "1.0.5.27"),
    "GRP2612": ("grp26-history", "1.0.5.15"),
    "GRP2614": ("grp26-history", "1.0.9.103"),
    "WP826": ("grp26-history", "1.0.3.35"),
    "GXV3240": ("gxv-gmi", "1.0.3.144"),
    "WP810": ("grp26-history", "1.0.9.17"),
    "WP820": ("gxv33-realm", "1.0.1.16"),
    "GXV3370": ("gxv33-realm", "1.0.1.33"),
    "DP750": ("dp7", "1.0.2.16"),
}
WITH_EVENTS = {"GXP1625", "GXP1760", "GXP2170", "GRP2602", "GRP2612", "GRP2614", "WP826"}


def printed(model, wanted=HTTP, *, firmware=None, mac="00005e005301"):
    variant, known = PHONES[model]
    identity = PhoneIdentity(
        vendor="grandstream", variant=variant, model=model, firmware=firmware or known, mac=mac
    )
    return DRIVER.settings(wanted, phone=PhoneContext(identity=identity, variant=VARIANTS[variant]))


def items_of(settings):
    root = etree.fromstring(settings.text.encode())
    assert root.tag == "gs_provision"
    assert root.get("version") == "1"
    config = root.find("config")
    if config.get("version") == "2":
        return {item.get("name"): item.text for item in config}
    assert config.get("version") == "1"
    return {item.tag: item.text for item in config}


@pytest.mark.parametrize("model", PHONES)
def test_no_setting_is_empty_and_none_is_longer_than_the_phone_takes(model):
    items = items_of(printed(model))
    assert all(value and len(value) <= 256 for value in items.values())


@pytest.mark.parametrize("model", PHONES)
def test_what_the_user_typed_is_kept_before_anything_is_fetched(model):
    order = list(items_of(printed(model)).items())
    assert order[0] in {("P333", "0"), ("phonebook.download.removeEditedEntries", "No")}
    keys = [key for key, _ in order]
    mode = "P330" if "P330" in keys else "phonebook.download.mode"
    assert keys.index("P331" if mode == "P330" else "phonebook.download.server") < keys.index(mode)


@pytest.mark.parametrize("model", PHONES)
def test_the_address_of_the_book_has_neither_scheme_nor_file(model):
    items = items_of(printed(model))
    server = items.get("P331") or items["phonebook.download.server"]
    assert server == f"192.0.2.1:8080/b/{TOKEN}"
    assert (items.get("P332") or items["phonebook.download.interval"]) == "120"
    assert (items.get("P6714") or items["phonebook.download.password"]) == "a&b"


@pytest.mark.parametrize("model", PHONES)
def test_only_families_whose_papers_have_events_are_told_of_them(model):
    settings = printed(model)
    items = items_of(settings)
    addresses = [value for value in items.values() if "/e/" in value]
    assert bool(addresses) is (model in WITH_EVENTS)
    assert any(note.startswith("Nothing is set for events") for note in settings.notes) is (
        model not in WITH_EVENTS
    )
    if addresses:
        incoming = items.get("P8310") or items["ons.actionUrl.incomingCall"]
        assert incoming == (
            f"http://192.0.2.1:8080/e/{TOKEN}/in?c=$call-id&a=$active_user&l=$local&r=$remote&n=$display_remote"
        )
        ended = items.get("P8314") or items["ons.actionUrl.terminatedCall"]
        assert "d=$duration&w=$calldirection" in ended


@pytest.mark.parametrize(
    ("model", "mode", "https"),
    [
        ("GXP1625", ("P330", "1"), "3"),
        ("GXV3240", ("P330", "2"), None),
        ("DP750", ("P330", "1"), "3"),
        ("WP810", ("P330", "1"), "3"),
        ("WP820", ("P330", "1"), "3"),
        ("GRP2614", ("phonebook.download.mode", "EnabledUseHTTP"), "EnabledUseHTTPS"),
        ("GXP2170", ("phonebook.download.mode", "EnabledUseHTTP"), "EnabledUseHTTPS"),
    ],
)
def test_the_scale_of_the_mode_is_that_of_the_family(model, mode, https):
    key, value = mode
    assert items_of(printed(model))[key] == value
    if https is None:
        with pytest.raises(Unsupported, match="over https"):
            printed(model, HTTPS)
    else:
        assert items_of(printed(model, HTTPS))[key] == https


def test_settings_stand_only_on_the_families_that_have_them():
    of = {model: set(items_of(printed(model))) for model in PHONES}
    assert {model for model, keys in of.items() if "P1435" in keys} == {"GXV3240", "WP820"}
    assert {model for model, keys in of.items() if "P1681" in keys} == {"GXV3240", "WP820"}
    assert {model for model, keys in of.items() if "P1436" in keys} == {"GXV3240", "WP820"}
    assert {model for model, keys in of.items() if "contact.source.priority" in keys} == {"GRP2614", "WP826"}
    assert {model for model, keys in of.items() if "P32062" in keys} == {"GRP2602"}
    assert {model for model, keys in of.items() if "ons.enable" in keys} == {"GRP2612", "GRP2614", "WP826"}
    assert {model for model, keys in of.items() if "ons.actionUrl.rejectIncomingCall" in keys} == {"WP826"}
    assert {model for model, keys in of.items() if "P27002" in keys} == {"DP750"}
    assert "P8462" not in of["DP750"]


def test_the_words_of_one_family_are_not_used_on_another():
    grp, wp = items_of(printed("GRP2614")), items_of(printed("WP826"))
    assert (
        grp["contact.source.priority"] == "LocalPhonebook,RemotePhonebook,LDAP,BroadSoftXsi,NetworkSignaling"
    )
    assert wp["contact.source.priority"] == "Local,Remote,BSXSI,LDAPPhonebook,NETWorkSignaling"


def test_no_setting_of_another_meaning_is_ever_written():
    forbidden = {
        "P2",
        "P196",
        "P34",
        "P276",
        "P1650",
        "P704",
        "P1561",
        "P237",
        "P48",
        "P1592",
        "P4428",
        "P194",
    }
    forbidden |= {f"P{number}" for number in range(1500, 1538)}
    for model in PHONES:
        assert not forbidden & set(items_of(printed(model)))


@pytest.mark.parametrize(
    ("model", "firmware", "name"),
    [
        ("GXP2170", "1.0.5.32", "GXP21xx before 1.0.11.79"),
        ("GXP2170", "1.0.11.6", "GXP21xx before 1.0.11.79"),
        ("GXP2170", "1.0.11.79", "GXP21xx from 1.0.11.79"),
        ("GXP2124", None, "GXP21xx before 1.0.11.79"),
        ("GRP2612", "1.0.3.6", "GRP26xx before 1.0.5.15"),
        ("GRP2612P", "1.0.5.15", "GRP261x from 1.0.5.15"),
        ("GRP2636", "1.0.9.103", "GRP261x/2x/3x/5x/7x from 1.0.9.103"),
        ("GRP2636", "1.0.7.3", "GRP262x/3x/5x/7x before 1.0.9.103"),
        ("WP810", None, "WP810"),
        ("grp2601w", "1.0.5.5", "GRP260x"),
        ("GXP2170", None, None),
        ("GXP2200", "1.0.1.33", None),
        ("GHP621", "1.0.1.49", None),
        ("GXP280", "1.2.5.3", None),
        (None, None, None),
    ],
)
def test_a_family_is_found_by_model_and_firmware(model, firmware, name):
    family = family_of(model, firmware)
    assert (None if family is None else family.name) == name


@pytest.mark.parametrize(
    ("model", "firmware", "guess"),
    [
        ("GRP2602", "1.0.5.27", "GRP260x still has the same numbers is likely"),
        ("GRP2636", "1.0.7.3", "these phones have the same numbers is likely"),
        ("GXV3275", None, "held to be alike"),
        ("DP752", None, "held to be alike"),
    ],
)
def test_a_family_that_has_the_template_of_another_says_so(model, firmware, guess):
    assert guess in family_of(model, firmware).note


def test_aliases_are_written_only_to_firmware_that_is_known_to_read_them():
    wanted = WantedSettings(book_url=HTTP.book_url, event_url=None)
    assert "P331" in items_of(settings_of("GXP2170", "1.0.11.6", wanted))
    assert "phonebook.download.server" in items_of(settings_of("GXP2170", "1.0.11.79", wanted))


def test_each_family_says_where_it_is_known_from():
    assert all("template" in family.source for family in FAMILIES)


def settings_of(model, firmware, wanted=HTTP, variant="gxp21-history"):
    identity = PhoneIdentity(vendor="grandstream", variant=variant, model=model, firmware=firmware)
    return DRIVER.settings(wanted, phone=PhoneContext(identity=identity, variant=VARIANTS[variant]))


def test_a_family_without_a_template_is_unsupported_in_one_sentence():
    with pytest.raises(Unsupported, match="Under which names GXP2200 has the settings"):
        settings_of("GXP2200", "1.0.1.33")
    with pytest.raises(Unsupported, match="depend on its firmware"):
        settings_of("GXP2170", None)
    with pytest.raises(Unsupported, match="depend on its model"):
        settings_of(None, None)


def test_events_alone_are_unsupported_where_none_are_known():
    events = WantedSettings(book_url=None, event_url=HTTP.event_url)
    with pytest.raises(Unsupported, match="no template says under which settings"):
        printed("GXV3240", events)
    assert set(items_of(printed("GXP1625", events))) >= {"P8310", "P8314"}


def test_an_address_too_long_for_a_phone_is_an_error_and_not_dropped_in_silence():
    long = f"http://{'a' * 240}.example"
    with pytest.raises(ConfigError, match="this phone takes 256"):
        printed("GXP1625", WantedSettings(book_url=f"{long}/b/{TOKEN}", event_url=None))
    with pytest.raises(ConfigError, match="this phone takes 256"):
        printed("GXP1625", WantedSettings(book_url=None, event_url=f"{long}/e/{TOKEN}"))


def test_the_mac_is_written_where_it_is_known():
    assert "<mac>00005e005301</mac>" in printed("GXP1625").text
    assert "<mac>" not in printed("GXP1625", mac=None).text


def test_the_account_of_the_phone_is_local_whatever_the_phone_calls_it():
    urls = DRIVER.action_urls(variant=None)
    event = parse("out", b"c=1&a=201&l=sip:204@pbx&r=sip:201@pbx&n=Reception", urls, accounts=())
    assert (event.account, event.remote_number, event.remote_name) == ("201", "204", None)


def test_variants_without_events_report_none():
    reporting = {name for name in VARIANTS if DRIVER.action_urls(variant=name) is not None}
    assert reporting == {"gxp16-form", "gxp21-history", "grp26-history"}
    words = {url.word: url for url in DRIVER.action_urls(variant=None).urls}
    assert words["boot"].kind is EventKind.STARTED
    assert words["reg"].kind is EventKind.ALIVE
    for name in reporting:
        assert {url.word for url in DRIVER.action_urls(variant=name).urls} <= set(words)
