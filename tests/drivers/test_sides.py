"""Every emulated phone that our settings can be printed for follows them, takes its book, and is understood."""

import pytest

from phonesync.driver.action_urls import parse
from phonesync.errors import Unsupported
from phonesync.model import EventKind
from phonesync.registry import drivers, emulators
from tests.drivers.bookforms import book, entry, hostile_book
from tests.drivers.sides import EVENTS, TOKEN, happening, printed, side_of

PHONES = [
    (name, model, firmware)
    for name, kind in emulators().items()
    if kind.side
    for model, firmware in kind.models
]
UNTOLD = {("gxv-gmi", "GXP2200"), ("gxp-html", "GXP280"), ("gxp-html", "GXP2000")}
FOLLOWING = [phone for phone in PHONES if phone[:2] not in UNTOLD]
EACH = pytest.mark.parametrize(("kind", "model", "firmware"), FOLLOWING)


def following(kind, model, firmware, mac="00005e005301"):
    side, memory = side_of(kind, model, firmware, mac=mac)
    side.take_settings(printed(kind, memory))
    return side, memory


def urls_of(kind):
    chosen = emulators()[kind]
    return drivers()[chosen.driver].action_urls(variant=chosen.variant)


def test_every_kind_has_a_side():
    assert not [name for name, kind in emulators().items() if kind.side is None]
    assert {(name, model) for name, model, _ in PHONES if (name, model) in UNTOLD} == UNTOLD


@pytest.mark.parametrize(("kind", "model"), sorted(UNTOLD))
def test_phones_that_nobody_knows_settings_of_are_told_nothing(kind, model):
    firmware = dict(emulators()[kind].models)[model]
    side, memory = side_of(kind, model, firmware)
    with pytest.raises(Unsupported):
        printed(kind, memory)
    assert side.fetches() == ()
    assert side.report(happening()) is None


@EACH
def test_the_book_that_the_phone_fetches_names_the_caller_and_keeps_what_was_typed(kind, model, firmware):
    side, memory = following(kind, model, firmware)
    fetches = side.fetches()
    if not fetches:
        assert kind in {"snom-events", "mitel-events"}
        return
    (fetch,) = fetches
    place, _, file = fetch.url.rpartition("/")
    assert place == f"http://192.0.2.1:8080/b/{TOKEN}"
    assert 0 < fetch.every_s <= 7200
    memory.directory.type_in("Aunt Vera", [("work", "777")])
    chosen = emulators()[kind]
    content = drivers()[chosen.driver].render_book(
        book(entry("Ольга Смирнова", "84955550123", ("89265550100", "mobile")), entry("Door", "301")),
        file=file,
        variant=chosen.variant,
        model=model,
    )
    side.fetched(fetch, status=200, content=content)
    assert memory.directory.name_of("84955550123") == "Ольга Смирнова"
    assert memory.directory.name_of("301") == "Door"
    assert memory.directory.name_of("777") == "Aunt Vera"
    side.fetched(fetch, status=304, content=b"")
    side.fetched(fetch, status=500, content=b"broken")
    assert memory.directory.name_of("84955550123") == "Ольга Смирнова"


@EACH
def test_no_hostile_book_costs_a_phone_the_names_it_can_show(kind, model, firmware):
    side, memory = following(kind, model, firmware)
    chosen = emulators()[kind]
    hostile = hostile_book(200)
    good = book(entry("Olga", "84955550123"), *hostile.entries)
    for fetch in side.fetches():
        file = fetch.url.rpartition("/")[2]
        content = drivers()[chosen.driver].render_book(good, file=file, variant=chosen.variant, model=model)
        side.fetched(fetch, status=200, content=content)
        assert memory.directory.name_of("84955550123") == "Olga"


@pytest.mark.parametrize("mac", ["00005e005301", "00005e005302", "00005e005303", "00005e005304"])
@EACH
def test_what_a_phone_reports_is_understood(kind, model, firmware, mac):
    side, _memory = following(kind, model, firmware, mac=mac)
    urls = urls_of(kind)
    reported = 0
    for event in EventKind:
        url = side.report(happening(event))
        if url is None:
            continue
        reported += 1
        assert url.startswith(f"{EVENTS}/")
        word, _, query = url.removeprefix(f"{EVENTS}/").partition("?")
        found = parse(word, query, urls, accounts=("201",))
        assert found.kind is event or (kind, found.kind) == ("mitel-events", EventKind.TERMINATED)
        if event in {EventKind.STARTED, EventKind.ALIVE}:
            continue
        assert found.remote_number == "84955550123"
        if event is EventKind.INCOMING:
            assert found.account == "201"
            assert found.remote_name == "Olga & Ned = ?"
        if "c" in urls.variables:
            assert found.call_id == "17@192.0.2.20"
        if event is EventKind.TERMINATED and "d" in urls.variables:
            assert found.duration_s == 65
    assert (reported > 0) is (urls is not None and model != "GXP1405")


@EACH
def test_a_withheld_caller_has_no_number_or_says_so(kind, model, firmware):
    side, _ = following(kind, model, firmware)
    url = side.report(happening(number="", name=""))
    if url is None:
        return
    word, _, query = url.removeprefix(f"{EVENTS}/").partition("?")
    assert parse(word, query, urls_of(kind), accounts=("201",)).remote_number in {None, "anonymous"}


@EACH
def test_settings_of_another_form_are_ignored(kind, model, firmware):
    side, _ = side_of(kind, model, firmware)
    side.take_settings("<html>\nnot settings = at all\n")
    side.take_settings("")
    assert side.fetches() == ()
    assert side.report(happening()) is None
