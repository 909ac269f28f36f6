"""The sentences that the program keeps in English with phones, sources and deliveries, as forms with places.

They are said where something goes wrong: an f-string there, ``f"Phone {name} was not found."``, is the form
``Phone %(name)s was not found.`` here. ``make translations`` puts them into the catalogues, and pages find
the form of a kept text again (``phonesync.web.kept``). So nobody has to mark them where they are said.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SAID_IN = (
    "drivers/**/*.py",
    "phonesync/agent/*.py",
    "phonesync/cdr/*.py",
    "phonesync/cli/phone_orders.py",
    "phonesync/contacts/*.py",
    "phonesync/driver/*.py",
    "phonesync/ledger/*.py",
    "phonesync/registry.py",
    "phonesync/secrets/keyring.py",
    "phonesync/secrets/sealed.py",
    "phonesync/transport/*.py",
)
"""Modules whose sentences pages may have to show."""

SAID_ELSEWHERE = (
    "drivers/*/books.py",
    "drivers/*/emulator*.py",
    "drivers/*/families*.py",
    "drivers/*/offers*.py",
    "drivers/*/phonebook.py",
    "drivers/*/quirks.py",
    "drivers/*/settings.py",
    "drivers/others/*.py",
    "agent/capturing.py",
    "agent/checking.py",
    "agent/commands.py",
    "agent/healthz.py",
    "agent/notify.py",
    "agent/push_commands.py",
    "agent/replaying.py",
    "agent/requests.py",
    "agent/service.py",
    "agent/values.py",
    "cdr/layouts.py",
    "cli/*.py",
    "contacts/own.py",
    "driver/action_urls.py",
    "transport/lenient.py",
    "transport/redact.py",
    "transport/target.py",
)
"""Of those, modules that speak to the command line, to logs or as a phone: only ``PARTS`` of them is kept."""

PARTS = (
    # What becomes of a phone.
    (
        "It is left alone until user, address or password change in the configuration, or until: phonesync "
        "phones retry %(name)s"
    ),
    (
        "Whether %(name)s takes user and password is not known: they were offered once, without a verdict, "
        "and have not worked there before. So as not to send a wrong password twice, it is left alone "
        "until user, address or password change in the configuration, or until: phonesync phones retry "
        "%(name1)s"
    ),
    "Its answers are kept and nothing is taken into the record until: phonesync phones retry %(name)s",
    # Why a phone is read next when it is.
    "stopped: the phone refused the sign-in",
    "stopped: the phone did not say whether the password is right",
    "the longest time between two reads",
    "%(why)s; not sooner, to be polite to the phone",
    "%(names)s could overflow",
    "our own session on the phone has ended by then",
    "somebody was signed in to the phone",
    "the phone has locked sign-in until then",
    "its list cannot be read; whether its firmware changed is looked at once a day",
    "held: answers are only kept until somebody decides",
    "tried again after %(failures)s",
    "%(reason)s; not sooner, because the sign-in got no verdict",
    "tried again after an internal error",
    "not enabled",
    "asked for by `phonesync phones retry`",
    "a failure",
    "%(failures)s failures in a row",
    # Why no names are counted.
    "not identified yet",
    "it shows no list",
    "the rows of its lists carry no name",
    # What a phone is called, and what it did when.
    "Phone %(name)s at %(url)s",
    "finish the TLS handshake",
    "accept a connection",
    "while connecting",
    "before its answer was complete",
    "in the middle of its answer",
    "no reason given",
    "nothing came for %(read_s)s s",
    "the check failed",
    "an unknown encoding",
    "the encoding %(word)s",
    "an address that cannot be read",
    " for %(digits)s minutes",
    " (%(said)s)",
    " from %(where)s",
    "%(wrong)s attempts are left",
    "not tried: an agent is running, and this phone allows one session only",
    # What an answer was to be.
    "the newest call",
    "the order to write its phonebook",
    "the state of its phonebook",
    "its phonebook",
    "its contacts",
    "an answer to a contact",
    "an answer to an order to dial",
    "an answer to a sign-in",
    "the call history",
    "the call list",
    "the challenge of a sign-in",
    "the random number of a sign-in",
    "the login form",
    "the login form with its cookie",
    "the status page",
    "the token of a session",
    "the keys of a sign-in",
    "another of its pages",
    # What answered in place of a phone.
    ": it %(first)s",
    "none is installed",
    "redirects elsewhere, to %(value)s://%(value1)s",
    "answered with status %(status)s",
    'a page titled "%(title)s"',
    "a page without a title",
    "answered with something that is no page",
    # Why a phone cannot be read, or not for certain.
    (
        "Events only: phones of %(vendor)s show no call list that is documented, so nothing is asked of "
        "them; their calls are known from what they report by themselves."
    ),
    (
        "Phonebook only: phones of %(vendor)s neither show a call list that is documented nor report calls "
        "in a known way; their calls are known from the PBX's CDR."
    ),
    (
        "Events only: this generation shows no call list on its web page; its calls are known from what "
        "the phone reports by itself (action URLs, GXP16xx and GXP17xx) or from the PBX's CDR."
    ),
    (
        "This generation shows no call list and has no documented route to one; its calls are known from "
        "the PBX's CDR alone."
    ),
    (
        "The call list of this generation is not documented where we know of it: send us a capture of its "
        "page, or use the PBX's CDR."
    ),
    "DP7xx bases show no call list and have no documented route to one; use the PBX's CDR.",
    (
        "The call list page of this phone is known by its path alone, so it is not asked for: write "
        "`experimental = true` into the phone's table to have it tried; what it answers is kept, and its "
        "completeness never claimed. The PBX's CDR has these calls too."
    ),
    (
        "The call list page of Yealink firmware v80 and v81 is not known, so it is not read: update the "
        "phone's firmware, or send us a capture of the page."
    ),
    (
        "Talk times say that list codes %(one)s and %(other)s mean the opposite of what is assumed; to "
        "exchange them: phonesync phones retry %(name)s --swap"
    ),
    "Its lists are read as %(name)s shows them; evidence for that: %(evidence)s. %(note)s",
    "One working client (T20P); no forwarded list, names, durations or years.",
    (
        "Working clients (T21P, T28P, T46G) for three lists; no names, durations or years; the forwarded "
        "list is a guess."
    ),
    "Held to be the page of v86 (T30P); which of codes 2 and 3 is missed is in conflict.",
    "One working client (T30P); which of codes 2 and 3 is missed is in conflict.",
    "One working client (T43U, T46U, T57W; not W70B); which of codes 2 and 3 is missed is in conflict.",
    (
        "Vendor text for GXV3240, GXV3275 and GXP2200: one row a type, without time, duration and name; "
        "how ids grow is a guess. Removed rows and calls between two reads are not seen."
    ),
    (
        "The path is likely (GXP2170 1.0.11.106), method and answer are a guess; only with `experimental = "
        "true`."
    ),
    "Held to be as on GXP2170; only with `experimental = true`.",
    "WP826; the others are held to be alike.",
    # What is remarked of a phone.
    ", %(at_most)s at most",
    "rows aligned after a change of firmware",
    "rows taken unaligned, as ordered",
    "the phone re-dated its rows by %(offset_s)s s",
    "Rows stayed under the list codes %(codes)s, which %(was)s and %(name)s name otherwise",
    "list %(code)s",
    "rows stand oldest first",
    "bytes that are not UTF-8",
    "Cfgdata2: %(short)s records with fewer than %(v70_fields)s fields, passed over",
    "duration, in a form that is not known",
    "CallForwardedListContent, in a form that is not known",
    "Firmware %(firmware)s",
    "Its firmware is not shown; one before 1.0.7.81",
    "has a buffer overflow that whoever reaches its web page can use without a password",
    # Sources of contacts.
    "Put the address of one of them as url: %(books)s",
    "The password of %(name)s cannot be had: %(message)s",
    "it holds nothing any more; %(before)s would go",
    "%(gone)s of %(before)s would go (%(share)s %%); up to %(shrink_percent)s %% may go at once",
    "%(count)s contact",
    "%(count)s contacts",
    "If that is right: phonesync contacts import %(name)s --confirm",
    "there is none in it",
)
"""Parts of sentences, and sentences of the modules that do not speak to pages otherwise."""

COMPOSED = (
    "phone %(name)s at %(url)s",
    "answered with %(shown)s",
    "likely",
    "guess",
    "placed",
    "received",
    "missed",
    "forwarded",
)
"""What is put together when it is said."""

_SENTENCE = re.compile(r"[A-Z0-9%`\"\[].* .* .*[.?]", re.DOTALL)
_TOLD_BEFORE = re.compile(r"%\((?:text|said|message|error|last_error)\)s (?=[A-Z])")
"""Another sentence in front."""

_PLACE = re.compile(r"%\(\w+\)s")
_FILLED_LATER = re.compile(r"\{(\w+)\}")


def modules() -> Iterator[Path]:
    """The modules that are looked through."""
    for pattern in SAID_IN:
        yield from sorted(ROOT.glob(pattern))


def sentences() -> Iterator[str]:
    """Each form that pages may have to show, once."""
    seen: set[str] = set()
    for found in (*_whole_sentences(), *PARTS, *COMPOSED):
        literal = without_places(found)
        if literal not in seen:
            seen.add(literal)
            yield found


def without_places(text: str) -> str:
    """A form whatever its values are called, and without a sentence in front that is a value."""
    return _PLACE.sub("%s", _TOLD_BEFORE.sub("", text, count=1))


def _whole_sentences() -> Iterator[str]:
    for path in modules():
        if any(path.match(one) for one in SAID_ELSEWHERE):
            continue
        for text in said_in(path):
            alone = _TOLD_BEFORE.sub("", text, count=1)
            if _SENTENCE.fullmatch(alone) and _PLACE.sub("", alone).count(" ") > 1:
                yield alone


def said_in(path: Path) -> Iterator[str]:
    """The form of every text in a module, except for docstrings and what stands in other texts."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inner.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            inner.update(id(one) for one in node.values)
            inner.update(
                id(part)
                for one in node.values
                if isinstance(one, ast.FormattedValue) and one.format_spec
                for part in ast.walk(one.format_spec)
            )
    for node in ast.walk(tree):
        if id(node) in inner:
            continue
        if isinstance(node, ast.JoinedStr):
            yield form_of(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield _FILLED_LATER.sub(r"%(\1)s", node.value.replace("%", "%%"))


def form_of(text: ast.JoinedStr) -> str:
    """An f-string as a form: its values by the last name that stands in each; neighbours are one."""
    made: list[str] = []
    used: set[str] = set()
    was_value = False
    for part in text.values:
        if isinstance(part, ast.Constant):
            made.append(str(part.value).replace("%", "%%"))
            was_value = False
        elif not was_value and isinstance(part, ast.FormattedValue):
            name = _free(_name(part.value), used)
            made.append(f"%({name})s")
            was_value = True
    return "".join(made)


def _name(value: ast.expr) -> str:
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Subscript(value=inner) | ast.Attribute(value=inner):
            return _name(inner)
        case ast.Call(args=[first, *_]):
            return _name(first)
        case ast.Call(func=inner):
            return _name(inner)
        case ast.BinOp(left=inner):
            return _name(inner)
        case _:
            return "value"


def _free(name: str, used: set[str]) -> str:
    free = name
    while free in used:
        free = f"{name}{len(used)}"
    used.add(free)
    return free
