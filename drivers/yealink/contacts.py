"""Contacts of the phone's own directory: read on v82 to v87, added one by one on v82 to v86.

What is known (vendor sheet 5.3), all of it likely and none certain: the servlet's page ``contactsbasic``
shows names page by page, without numbers, and ``updatecontact`` adds; the JSON generation shows the whole
list, and nobody has ever written to it. The shape of ``g_contacts`` beyond the names of its fields, and what
the phone answers to an added contact, are unknown: whether it is there is read back. ``contact.xml``, which
replaces everything on the phone, is never sent from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from drivers.yealink import answers
from drivers.yealink.answers import OK
from drivers.yealink.login import milliseconds
from drivers.yealink.quirks import JSON, V84, V86
from phonesync.driver import crypto, fields
from phonesync.driver.contract import PhoneContext
from phonesync.driver.markup import read_html, read_json, read_json_object, reading, unexpected, values_under
from phonesync.driver.phonebooks import BookLimits, HeldContact, PushRoute
from phonesync.driver.script import assigned_string
from phonesync.driver.session import Request, Response, Session
from phonesync.errors import PhoneError, PushRejected, UnexpectedResponse, Unsupported
from phonesync.model import BookEntry, ContactNumber, Evidence, NumberKind

_PAGE = "/servlet?m=mod_data&p=contactsbasic&q=load&group=0&page="
_ADD = "/servlet?m=mod_contact&p=updatecontact&q=add&Rajax="
_JSON_LIST = "/api/contacts/localcontacts?group=0&page=1&count=3000&p=ContactsLocal&t="
_GROUP = "All Contacts"
_MOST_PAGES = 1000

_SERVLET = PushRoute(
    reads=True,
    changes=False,
    removes=False,
    ids=False,
    evidence=Evidence.LIKELY,
    reads_numbers=False,
    limits=BookLimits(entries=1000, numbers=3, unique_names=True, evidence=Evidence.CERTAIN),
    note="One client; the phone shows the names of its contacts without their numbers, so a contact whose "
    "name is there already is left alone, and none can be changed or removed.",
)
ROUTES: Mapping[str, PushRoute] = MappingProxyType({V84: _SERVLET, V86: _SERVLET})

_SLOTS = (
    ("office_number", "office", NumberKind.WORK),
    ("mobile_number", "mobile", NumberKind.MOBILE),
    ("other_number", "other", NumberKind.OTHER),
)
"""Where the JSON generation shows a number, where the servlet takes one, and of what kind it is."""


def fitted(entry: BookEntry) -> BookEntry | None:
    """The entry with a name and at most three numbers: each in the place of its kind, else in a free one."""
    name = " ".join("".join(" " if not one.isprintable() else one for one in entry.name).split())
    slots = _slots(entry.numbers)
    numbers = tuple(
        ContactNumber(number=number, kind=kind) for _, place, kind in _SLOTS if (number := slots[place])
    )
    return BookEntry(contact=entry.contact, name=name, numbers=numbers) if name and numbers else None


def _slots(numbers: tuple[ContactNumber, ...]) -> dict[str, str]:
    slots = {place: "" for _, place, _ in _SLOTS}
    own = {kind: place for _, place, kind in _SLOTS}
    waiting: list[str] = []
    for one in numbers:
        number = "".join(letter for letter in one.number if letter.isprintable() and letter != " ")
        place = own.get(one.kind)
        if place is not None and not slots[place]:
            slots[place] = number
        else:
            waiting.append(number)
    for number in waiting:
        free = next((place for place, taken in slots.items() if not taken), None)
        if free is not None:
            slots[free] = number
    return slots


async def read_contacts(session: Session, *, phone: PhoneContext) -> tuple[HeldContact, ...]:
    """What the phone holds: names alone from the servlet, all of it from the JSON generation.

    Raises:
        UnexpectedResponse: The answer is no list of contacts, or was cut.
        Unsupported: This generation cannot be asked.
    """
    name = phone.variant.name
    if name == JSON:
        return parse_list(await session.send(Request(path=f"{_JSON_LIST}{milliseconds(session.now())}")))
    if name not in ROUTES:
        raise Unsupported(f"What {phone.variant.title} phones hold cannot be read.")
    held: list[HeldContact] = []
    for page in range(1, _MOST_PAGES):
        names, total = parse_page(await session.send(_page(page)), variant=name)
        held += [HeldContact(id=None, name=shown, numbers=()) for shown in names]
        if len(held) == total:
            return tuple(held)
        if not names or len(held) > total:
            break
    raise UnexpectedResponse(
        f"The phone speaks of {total} contacts and shows {len(held)}.", variant=name, path=_PAGE
    )


def _page(number: int) -> Request:
    return Request(path=f"{_PAGE}{number}")


def parse_page(response: Response, *, variant: str) -> tuple[list[str], int]:
    """The names on one page of ``contactsbasic``, and how many contacts there are in all.

    ``con_name`` is taken wherever it stands in ``g_contacts``: beside each contact, or once with all names.

    Raises:
        UnexpectedResponse: Not this page, or cut.
    """
    if response.status != OK:
        raise answers.not_understood(response, "its contacts", variant=variant)
    with reading(response, variant=variant):
        script = read_html(response.content).scripts()
        literal = assigned_string(script, "g_contacts", call="g_json.ParseJSON")
        if literal is None:
            raise UnexpectedResponse("The page holds no g_contacts: it is no list of contacts.")
        tree = read_json(literal.value)
        total = next(values_under(tree, "con_total"), None)
        shown = None if isinstance(total, bool) else fields.shown(total)
        if shown is None or not shown.isascii() or not shown.isdigit():
            raise UnexpectedResponse("The page does not say how many contacts there are.")
        return [name for found in values_under(tree, "con_name") for name in _names(found)], int(shown)


def _names(found: Any) -> list[str]:
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, list):
        return [name for one in found for name in _names(one)]
    return [fields.shown(found) or ""]


def parse_list(response: Response) -> tuple[HeldContact, ...]:
    """``data.list`` of the JSON generation.

    Raises:
        UnexpectedResponse: Not this answer, or cut.
    """
    if response.status != OK:
        raise answers.not_understood(response, "its contacts", variant=JSON)
    known = answers.refusal(response)
    if known is not None:
        raise known
    with reading(response, variant=JSON):
        answer = read_json_object(response.content)
        data = answer.get("data")
        found = data.get("list") if answer.get("ret") == "ok" and isinstance(data, dict) else None
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise UnexpectedResponse("The phone did not answer with its contacts.")
        return tuple(_held(one) for one in found)


def _held(record: Mapping[str, Any]) -> HeldContact:
    if "name" not in record:
        raise UnexpectedResponse("A contact has no name.")
    numbers = ((fields.shown(record.get(name)), kind) for name, _, kind in _SLOTS)
    return HeldContact(
        id=fields.shown(record.get("id")),
        name=fields.shown(record["name"]) or "",
        numbers=tuple(ContactNumber(number=number, kind=kind) for number, kind in numbers if number),
        group=fields.shown(record.get("group")),
    )


async def write_contact(
    session: Session, entry: BookEntry, *, phone: PhoneContext, held: HeldContact | None
) -> None:
    """Adds a contact; the page is fetched before it for its token.

    Raises:
        PushRejected: The phone says that it failed.
        UnexpectedResponse: The answer was not understood.
        Unsupported: No way is documented.
    """
    variant = phone.variant.name
    if variant not in ROUTES or held is not None:
        raise Unsupported(f"No way is known to do that on {phone.variant.title} phones.")
    page = await session.send(_page(1))
    parse_page(page, variant=variant)
    token = assigned_string(read_html(page.content).scripts(), "g_strToken")
    if token is None:
        raise unexpected(page, "The page holds no token, so nothing can be written.", variant=variant)
    response = await session.send(add_contact(entry, token=token.value))
    problem = refused(response, variant=variant)
    if problem is not None:
        raise problem


def add_contact(entry: BookEntry, *, token: str) -> Request:
    """The form, in the sheet's order, blanks as ``%20``."""
    slots = _slots(entry.numbers)
    values = (
        *(("oldname", ""), ("name", entry.name)),
        *slots.items(),
        *(("ring", "Auto"), ("group", _GROUP), ("line", "-1"), ("photo", ""), ("autoDivert", "")),
        ("token", token),
    )
    content = "&".join(f"{name}={quote(value, safe='')}" for name, value in values).encode()
    return Request(
        path=f"{_ADD}{crypto.random_fraction()}",
        method="POST",
        headers=(("Content-Type", "application/x-www-form-urlencoded"),),
        content=content,
    )


def refused(response: Response, *, variant: str) -> PhoneError | None:
    """What is wrong with the answer to a contact, or None.

    No source shows this answer. A status other than 200, a lock, a redirect are errors, and so is a result
    that says "failed" or "large" as those of other forms do (sheet 2.4); anything else is held to be good
    until the phone's contacts are read back.
    """
    if response.status != OK:
        return answers.not_understood(response, "an answer to a contact", variant=variant)
    known = answers.refusal(response)
    if known is not None:
        return known
    said = _result(response)
    if said in {"failed", "noparam", "large", "error"}:
        return PushRejected(f"The phone refused the contact: {said}.")
    return None


def _result(response: Response) -> str:
    found = answers.json_or_none(response)
    page = None if found is not None else answers.html_or_none(response)
    if page is not None and b"_RES_INFO_" in response.content:
        try:
            found = answers.result_of(page)
        except UnexpectedResponse:
            element = page.by_id("_RES_INFO_")
            return "" if element is None else "".join(str(text) for text in element.itertext()).strip()
    words = [str(value).lower() for value in (found or {}).values()]
    return next((word for word in words if word in {"failed", "noparam", "large", "error"}), "")
