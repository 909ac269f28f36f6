"""Contacts by the thousand as nobody should write them: every format stays well-formed, and no phone loses its book."""

import random

import pytest
from lxml import etree

from phonesync import registry
from phonesync.driver.phonebooks import PhonebookFormat
from phonesync.errors import Unsupported
from phonesync.model import NumberKind
from phonesync.phonebook.building import Callers, build, canary_name
from phonesync.phonebook.view import view
from phonesync.phonebook.winner import Scope, Viewer
from tests.phonebook.contacts import NOW, PLAN, contact
from tests.thorough import daily

MANY = daily(1000, thorough=5000)
PIECES = (
    "\x00\x01\x1b[31m\x7f\x85",
    "<b>&\"'</b>",
    "]]>",
    "<!--",
    "&amp;&#0;&nosuch;",
    "👩‍💻🏳️‍🌈",
    "\u202eשרה\u200f\u2066",
    "é" * 300,
    "\ud800\udfff",
    "\ufffe\uffff",
    "\r\n\t",
    "Иванов И. И.",
    "",
    " ",
    "\u0301\u0301",
)
NUMBERS = (
    "84951234567",
    "+7 (812) 123-45-67",
    "201",
    "*98#",
    "sip:door@192.0.2.20",
    "",
    "\x00",
    "<1>",
    "&2",
    "٣٤٥",
    "0" * 80,
)


@pytest.fixture(scope="module")
def hostile():
    """The contacts, seeded."""
    chance = random.Random(1)
    found = []
    for at in range(MANY):
        name = "".join(chance.choice(PIECES) for _ in range(chance.randrange(4)))
        numbers = [chance.choice(NUMBERS) for _ in range(chance.choice((1, 1, 2, 40)))]
        numbers += [f"8495{chance.randrange(10**6, 10**7)}"] * chance.choice((1, 2))
        kind = chance.choice(list(NumberKind))
        found.append(contact(name, *numbers, uid=f"{at}\x00<&>", company=chance.choice(PIECES), kind=kind))
    return view(found, {"crm": Scope(source="crm")}, Viewer(site="Omsk"))


FORMATS = {name: one for name, one in registry.drivers().items() if isinstance(one, PhonebookFormat)}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_of_every_variant_is_well_formed_and_holds_its_contacts(name, hostile):
    driver = FORMATS[name]
    for variant in (None, *driver.variants):
        limits = driver.book_limits(variant=variant, model=None)
        built = build(
            hostile,
            Callers(),
            plan=PLAN,
            limits=limits,
            title="<&>\x00",
            canary=canary_name(NOW.replace(tzinfo=None)),
        )
        assert limits.entries is None or len(built.book.entries) == min(limits.entries, built.visible + 1)
        for file in driver.book_files(variant=variant):
            if file.replaces:
                with pytest.raises(Unsupported):
                    driver.render_book(built.book, file=file.name, variant=variant)
                continue
            content = driver.render_book(built.book, file=file.name, variant=variant)
            root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, huge_tree=True))
            texts = "".join(root.itertext())
            assert len(list(root.iter())) >= min(len(built.book.entries), 30)
            assert "✓ phonesync" in texts or "✓ phonesync" in content.decode()
            assert not [sign for sign in texts if sign < " " and sign not in "\n\t"]
