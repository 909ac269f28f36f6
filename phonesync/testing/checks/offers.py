"""The optional halves of a driver: what its phones report, what they fetch, and how they are told so."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from phonesync.driver.action_urls import address, keys_of, parse
from phonesync.driver.contract import PhoneContext, Variant
from phonesync.driver.dialling import DialOrder, DialsNumbers
from phonesync.driver.events import ActionUrl, ActionUrls, EventSource, SettingsWriter, WantedSettings
from phonesync.driver.markup import read_xml
from phonesync.driver.phonebooks import BookFile, BookLimits, PhonebookFormat
from phonesync.driver.session import Credentials
from phonesync.errors import ConfigError, UnexpectedResponse, Unsupported
from phonesync.model import BookEntry, ContactNumber, NumberKind, Phonebook, PhoneIdentity
from phonesync.testing.checks.names import NAMES
from phonesync.testing.checks.subject import Subject, require
from phonesync.testing.replay import variant_of

_TOKEN = "AbCdEfGhIjKlMnOpQrStUv"  # noqa: S105  the secret part of an invented address
_BASE = f"http://192.0.2.5:8080/e/{_TOKEN}"
_BOOK = f"http://192.0.2.5:8080/b/{_TOKEN}"
_VALUES = {
    "c": "17-4711@192.0.2.20",
    "a": "201",
    "l": "sip:201@pbx.example",
    "r": "sip:84955550123@pbx.example;user=phone",
    "d": "65",
    "w": "incoming",
    "n": "Olga & Ned <= ?",
}
_FEW = 40
"""Entries of the book that must not lose one."""

_UPLOADS = ("$cfg_all", "$cfg_local")
"""Variables with which a phone would send its whole configuration, passwords included."""


async def what_is_offered_is_stated(subject: Subject) -> None:
    """What phones do by themselves stands among the capabilities of their variant, and nothing else does."""
    driver = subject.driver
    for name, variant in driver.variants.items():
        offered = {
            "events": isinstance(driver, EventSource) and driver.action_urls(variant=name) is not None,
            "phonebook_offered": isinstance(driver, PhonebookFormat)
            and bool(driver.book_files(variant=name)),
            "settings": isinstance(driver, SettingsWriter),
            "dial": isinstance(driver, DialsNumbers)
            and any(driver.dial_route(variant=name, model=model) for model in variant.models),
        }
        for what, does in offered.items():
            require(
                does == variant.does(what),
                f"variant {name} {'does not state' if does else 'states'} {what}, "
                f"{'but' if does else 'which'} the driver {'offers it' if does else 'does not offer'}.",
            )


async def orders_to_dial_go_out_once_and_hide_the_password(subject: Subject) -> None:
    """What lets a phone dial is never repeated by itself, and shows no password in its path."""
    driver = subject.driver
    if not isinstance(driver, DialsNumbers):
        return
    secret = Credentials(username="admin", password=_TOKEN)
    for name, variant in driver.variants.items():
        for model in variant.models:
            if driver.dial_route(variant=name, model=model) is None:
                continue
            identity = PhoneIdentity(vendor=driver.vendor, variant=name, model=model)
            phone = PhoneContext(identity=identity, variant=variant_of(driver, identity, {}))
            request = next(driver.dial(DialOrder(number="84955550123"), secret, phone=phone))
            require(request.once or request.method != "GET", f"{model} ({name}) may be told to dial twice.")
            require(not request.follow_redirects, f"{model} ({name}) may be told to dial by a redirect.")
            require(_TOKEN not in request.path, f"an order to {model} ({name}) shows the password.")


async def its_own_addresses_are_read_back(subject: Subject) -> None:
    """Each event has an address of its own, whose values come back as the phone filled them in."""
    driver = subject.driver
    if not isinstance(driver, EventSource):
        return
    for name in (*driver.variants, None):
        urls = driver.action_urls(variant=name)
        if urls is None:
            continue
        words = [one.word for one in urls.urls]
        settings = [one.setting for one in urls.urls]
        require(len(set(words)) == len(words), f"variant {name} has one word for two events: {words}.")
        require(len(set(settings)) == len(settings), f"variant {name} has two events of one setting.")
        for one in urls.urls:
            _read_back(urls, one)


def _read_back(urls: ActionUrls, one: ActionUrl) -> None:
    where = f"the event {one.setting}"
    require(
        one.word.isalnum() and one.word.isascii(), f"{where} has the word {one.word!r}, not fit for a path."
    )
    told = address(urls, one, _BASE)
    keys = [key for key in keys_of(urls, one) if f"{key}={urls.variables[key]}" in told]
    query = "&".join(f"{key}={quote(_VALUES[key], safe='')}" for key in keys)
    found = parse(one.word, query, urls, accounts=("201",))
    require(found is not None and found.kind is one.kind, f"{where} is not read as {one.kind}.")
    assert found is not None
    wanted = {
        "c": (found.call_id, _VALUES["c"]),
        "a": (found.account, "201"),
        "r": (found.remote_number, "84955550123"),
        "d": (found.duration_s, 65),
        "n": (found.remote_name, _VALUES["n"]),
    }
    for key in keys:
        if key in wanted:
            got, right = wanted[key]
            require(got == right, f"{where}: {key} comes back as {got!r}, should be {right!r}.")
    unfilled = parse(one.word, told.partition("?")[2], urls, accounts=())
    require(
        unfilled is not None and (unfilled.call_id, unfilled.remote_number) == (None, None),
        f"{where}: variables that the phone has not filled in are taken for values.",
    )


async def books_survive_hostile_texts(subject: Subject) -> None:
    """Each phonebook is well-formed whatever its contacts are called, and loses none that fits the phone."""
    driver = subject.driver
    if not isinstance(driver, PhonebookFormat):
        return
    for name, model in _phones(subject):
        limits = driver.book_limits(variant=name, model=model)
        for file in driver.book_files(variant=name):
            if file.replaces:
                _replaces_only_with_a_copy(driver, file)
                continue
            hostile = driver.render_book(_hostile(), file=file.name, variant=name, model=model)
            _texts(file, hostile, f"{file.name} of {name} with hostile names")
            book = _fitting(limits)
            content = driver.render_book(book, file=file.name, variant=name, model=model)
            shown = _texts(file, content, f"{file.name} of {name}")
            for entry in book.entries:
                for text in (entry.name, *(number.number for number in entry.numbers)):
                    kept = any(text in found for found in shown)
                    require(kept, f"{file.name} of {name} lacks {text}, which fits the phone.")


def _replaces_only_with_a_copy(driver: PhonebookFormat, file: BookFile) -> None:
    try:
        driver.render_book(_fitting(BookLimits(entries=None)), file=file.name)
    except Unsupported:
        return
    require(
        kept=False,
        message=f"{file.name} replaces what was typed into a phone, but is written without a copy of that.",
    )


def _texts(file: BookFile, content: bytes, where: str) -> list[str]:
    """Every text of a file; of one that is no XML, the whole as one text."""
    require(not content.startswith(b"\xef\xbb\xbf"), f"{where} begins with a byte-order mark.")
    try:
        whole = content.decode("utf-8")
        if "xml" not in file.content_type:
            return [whole]
        root = read_xml(content)
    except (UnicodeDecodeError, UnexpectedResponse) as error:
        require(kept=False, message=f"{where} is broken: {error}.")
        raise AssertionError from error
    return [*root.itertext(), *(str(value) for element in root.iter() for value in element.attrib.values())]


async def settings_give_nothing_away(subject: Subject) -> None:
    """Printed settings hold the phone's own addresses, and nothing that would send its configuration out."""
    driver = subject.driver
    if not isinstance(driver, SettingsWriter):
        return
    wanted = WantedSettings(book_url=_BOOK, event_url=_BASE, book_title="Company\n& Co")
    for phone in _contexts(subject):
        where = f"the settings of {phone.identity.model} ({phone.variant.name})"
        try:
            printed = driver.settings(wanted, phone=phone)
        except (Unsupported, ConfigError):
            continue
        require(_TOKEN in printed.text, f"{where} hold no address of the phone.")
        require(bool(printed.title), f"{where} do not say what they are.")
        given = [word for word in _UPLOADS if word in printed.text]
        require(not given, f"{where} hold {', '.join(given)}, with which a phone sends its passwords.")
        require(all(line.isprintable() for line in printed.text.splitlines()), f"{where} cannot be pasted.")


def _phones(subject: Subject) -> Iterator[tuple[str, str | None]]:
    """Variant and model of every phone that the driver knows, and each variant without a model."""
    for name, variant in subject.driver.variants.items():
        yield from ((name, model) for model in (None, *variant.models))


def _contexts(subject: Subject) -> Iterator[PhoneContext]:
    """Every phone that the fixtures show, and each model of each variant without a firmware."""
    driver = subject.driver
    known = [(case.variant, case.model, case.firmware) for case in subject.cases]
    every = [(name, model, None) for name, model in _phones(subject)]
    for name, model, firmware in (*known, *every):
        if name not in driver.variants:
            continue
        identity = PhoneIdentity(vendor=driver.vendor, variant=name, model=model, firmware=firmware)
        variant: Variant = variant_of(driver, identity, {})
        yield PhoneContext(identity=identity, variant=variant)


def _entry(name: str, numbers: Iterator[str]) -> BookEntry:
    return BookEntry(
        contact=f"check/{name}",
        name=name,
        numbers=tuple(
            ContactNumber(number=number, kind=kind)
            for number, kind in zip(numbers, (NumberKind.WORK, NumberKind.MOBILE), strict=False)
        ),
    )


def _fitting(limits: BookLimits) -> Phonebook:
    """A book of which nothing may be lost."""
    count = min(limits.entries or _FEW, _FEW)
    each = min(limits.numbers or 2, 2) if count == _FEW else 1
    return Phonebook(
        title="Company",
        entries=tuple(
            _entry(f"Person{place}", iter([f"7495{place:04}{number}" for number in range(each)]))
            for place in range(100, 100 + count)
        ),
    )


def _hostile() -> Phonebook:
    names = (*NAMES.values(), "\x00\x07", "", " ", "\ufffe\ud800", "Ж" * 300, "\u202eمرحبا")
    entries = [_entry(name, iter(['<&>"', "\x00", "201"])) for name in names]
    return Phonebook(title="<Title> & \x00", entries=(*entries, *entries))
