"""Contacts written to phones: GMI ``setcontact`` one by one, and ``api-save_contact`` of GXP16xx.

What is known (vendor sheet 5.4): GMI is vendor text; ``api-save_contact`` is one working client, tried only
where the configuration allows experimental routes. Never sent: ``putportphbk`` and ``putdownphbk``, of which
the sheet prints only forms that clear the phonebook; ``api-delete_contact`` and ``api-delete_all_contact``,
which nobody has ever used; ``removecall``.

Not known: whether the ``msg`` of ``setcontact`` is the contact's id or merely a word for "done", and whether
the ids of the export are those that ``setcontact`` takes. Who plans a push finds out before an id is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from drivers.grandstream import answers
from drivers.grandstream.answers import OK
from drivers.grandstream.quirks import FORM, GMI
from phonesync.driver import crypto, fields
from phonesync.driver.contract import PhoneContext
from phonesync.driver.markup import Element, read_xml, reading, unexpected, values_under
from phonesync.driver.phonebooks import BookLimits, HeldContact, PushRoute
from phonesync.driver.session import Request, Response, Session
from phonesync.errors import PhoneTimeout, PushRejected, UnexpectedResponse, Unsupported
from phonesync.model import BookEntry, ContactNumber, Evidence, NumberKind

EXPORT, EXPORTED = "/manager?action=savephbk&format=json", "/manager?action=portphbkresponse&format=json"
BOOK = "/phonebook/phonebook.xml"
SAVE = "/cgi-bin/api-save_contact"

_ASK_S = 0.5
_MOST_ASKED = 30
_DONE, _BUSY = "0", "1"
_SUCCESS = "success"
_ADDS = "-1"

ROUTES: Mapping[str, PushRoute] = MappingProxyType(
    {
        GMI: PushRoute(
            reads=True,
            changes=True,
            removes=False,
            ids=True,
            evidence=Evidence.CERTAIN,
            note="GMI setcontact, one contact a request; a contact is changed only where the phone's ids "
            "have proven to be those it shows, and none can be removed.",
            limits=BookLimits(entries=None, numbers=4, evidence=Evidence.CERTAIN),
        ),
        FORM: PushRoute(
            reads=False,
            changes=False,
            removes=False,
            ids=False,
            evidence=Evidence.LIKELY,
            experimental=True,
            limits=BookLimits(entries=None, numbers=3),
            note="One working client; contacts can be added, and neither read back, changed nor removed.",
        ),
    }
)

_SLOTS: Mapping[str, tuple[NumberKind, ...]] = MappingProxyType(
    {
        GMI: (NumberKind.WORK, NumberKind.HOME, NumberKind.MOBILE, NumberKind.FAX),
        FORM: (NumberKind.WORK, NumberKind.HOME, NumberKind.MOBILE),
    }
)
"""Places for numbers in a contact, one number each."""

_KINDS = MappingProxyType(
    {
        "work": NumberKind.WORK,
        "home": NumberKind.HOME,
        "mobile": NumberKind.MOBILE,
        "cell": NumberKind.MOBILE,
        "fax": NumberKind.FAX,
    }
)


def fitted(entry: BookEntry, *, variant: str) -> BookEntry | None:
    """The entry with a name and numbers that a contact of this generation can hold.

    Control characters go; so do colons where two of them separate the fields. A number takes the place of
    its kind, else any that is free; more numbers than places are left out.
    """
    name = "".join(" " if not letter.isprintable() else letter for letter in entry.name)
    if variant == GMI:
        name = name.replace(":", " ")
    name = " ".join(name.split())
    slots = _slots(entry.numbers, variant)
    numbers = tuple(ContactNumber(number=number, kind=kind) for kind, number in slots.items() if number)
    return BookEntry(contact=entry.contact, name=name, numbers=numbers) if name and numbers else None


def _slots(numbers: tuple[ContactNumber, ...], variant: str) -> dict[NumberKind, str]:
    slots = dict.fromkeys(_SLOTS[variant], "")
    waiting: list[str] = []
    for one in numbers:
        number = "".join(letter for letter in one.number if letter.isprintable() and letter not in ": ")
        if slots.get(one.kind) == "":
            slots[one.kind] = number
        else:
            waiting.append(number)
    for number in waiting:
        free = next((kind for kind, taken in slots.items() if not taken), None)
        if free is not None:
            slots[free] = number
    return slots


async def read_contacts(session: Session, *, phone: PhoneContext) -> tuple[HeldContact, ...]:
    """Has GMI write its phonebook into a file, waits for it, and fetches it.

    Raises:
        UnexpectedResponse: The file is no phonebook, or was cut.
        PhoneTimeout: The phone does not come to an end with it.
        Unsupported: This generation cannot be asked.
    """
    variant = phone.variant.name
    if variant != GMI:
        raise Unsupported(f"What {phone.variant.title} phones hold cannot be read.")
    begun = await session.send(Request(path=EXPORT))
    _accepted(begun, "the order to write its phonebook", variant=variant)
    for asked in range(_MOST_ASKED):
        answer = await session.send(Request(path=EXPORTED, wait_s=_ASK_S if asked else 0.0))
        state = _export_state(answer, variant=variant)
        if state == _DONE:
            return parse_book(await session.send(Request(path=BOOK)), variant=variant)
        if state != _BUSY:
            raise unexpected(answer, f"The phone cannot write its phonebook (code {state}).", variant=variant)
    raise PhoneTimeout("The phone is still writing its phonebook.", hint="Try again later.")


def _export_state(response: Response, *, variant: str) -> str:
    """``phbkresponse``, wherever it stands; some print it as the message."""
    found = _answer(response, "the state of its phonebook", variant=variant)
    states = [*values_under(found, "phbkresponse"), *values_under(found, "portphbkresponse")]
    if not states:
        states.append(_accepted(response, "the state of its phonebook", variant=variant).get("msg"))
    state = next((str(value).strip() for value in states if isinstance(value, str | int)), "")
    if not state.isascii() or not state.isdigit():
        raise unexpected(response, "The phone does not say how its phonebook stands.", variant=variant)
    return state


def _answer(response: Response, what: str, *, variant: str) -> Mapping[str, object]:
    found = answers.gmi(response) if response.status == OK else None
    if found is None:
        raise answers.not_understood(response, what, variant=variant)
    return found


def _accepted(response: Response, what: str, *, variant: str) -> Mapping[str, object]:
    found = _answer(response, what, variant=variant)
    if answers.verdict_word(response) != _SUCCESS:
        raise unexpected(response, f"The phone refused {what}.", variant=variant)
    return found


def parse_book(response: Response, *, variant: str) -> tuple[HeldContact, ...]:
    """``phonebook.xml`` (sheet 5.2): every contact, also one without a name or a number.

    Raises:
        UnexpectedResponse: Not well-formed, or no ``AddressBook``.
    """
    if response.status != OK:
        raise answers.not_understood(response, "its phonebook", variant=variant)
    with reading(response, variant=variant):
        root = read_xml(response.content)
        if root.tag != "AddressBook":
            raise UnexpectedResponse("The phone's answer is not its phonebook.")
        return tuple(_held(element) for element in root.iter("Contact"))


def _held(element: Element) -> HeldContact:
    names = (_text(element, "FirstName"), _text(element, "LastName"))
    numbers: list[ContactNumber] = []
    for one in element.iter("Phone"):
        number = _text(one, "phonenumber")
        if number:
            kind = _KINDS.get((one.get("type") or "").lower(), NumberKind.OTHER)
            numbers.append(ContactNumber(number=number, kind=kind))
    return HeldContact(
        id=_text(element, "id") or None,
        name=" ".join(filter(None, names)),
        numbers=tuple(numbers),
        group=_text(element, "Group") or None,
    )


def _text(element: Element, name: str) -> str:
    found = element.find(name)
    return "" if found is None or found.text is None else fields.storable(found.text.strip())


async def write_contact(
    session: Session, entry: BookEntry, *, phone: PhoneContext, held: HeldContact | None
) -> str | None:
    """Adds a contact, or changes one by its id; returns what the phone says of it, which may be its id.

    Raises:
        PushRejected: The phone refused it.
        UnexpectedResponse: The answer was not understood.
        Unsupported: No way is documented, or an experimental one that nobody allowed.
    """
    if phone.variant.name == GMI:
        return _gmi_written(await session.send(set_contact(entry, held)), variant=GMI)
    if phone.variant.name != FORM or held is not None:
        raise Unsupported(f"No way is known to do that on {phone.variant.title} phones.")
    if not phone.experimental:
        raise Unsupported(
            "Contacts are written to this phone in a way that one client alone has used: write "
            "`experimental = true` into the phone's table to have it tried."
        )
    stamp = int(session.now().timestamp() * 1000)
    response = await session.send(save_contact(entry, stamp=stamp))
    if answers.success_body(response) is None and (answers.cgi(response) or {}).get("response") != "success":
        raise _form_refusal(response)
    return None


def set_contact(entry: BookEntry, held: HeldContact | None) -> Request:
    """``ctID::ctName::gpID::work::home::mobile::fax::mail``; an empty id adds."""
    slots = _slots(entry.numbers, GMI)
    contact_id = "" if held is None or held.id is None else held.id
    group = "" if held is None or held.group is None else held.group
    parts = (contact_id, entry.name, group, *slots.values(), "")
    info = quote("::".join(parts), safe="")
    return Request(path=f"/manager?action=setcontact&contactInfo={info}&format=json", once=True)


def _gmi_written(response: Response, *, variant: str) -> str | None:
    found = _answer(response, "an answer to a contact", variant=variant)
    said, verdict = found.get("msg"), answers.verdict_word(response)
    if verdict == _SUCCESS:
        return fields.shown(said) if isinstance(said, str | int) and not isinstance(said, bool) else None
    if verdict == "error" and isinstance(said, str):
        raise PushRejected(f"The phone refused the contact: {fields.storable(said)[:80]}.")
    raise unexpected(response, "The phone's answer to a contact is not understood.", variant=variant)


def save_contact(entry: BookEntry, *, stamp: int) -> Request:
    """The form that one client posts; the session's id is added behind it."""
    slots = _slots(entry.numbers, FORM)
    primary = next(place for place, number in enumerate(slots.values()) if number)
    values = [
        *(("stamp", str(stamp)), ("id", _ADDS), ("lastname", ""), ("firstname", entry.name)),
        *zip(("workNum", "homeNum", "cellNum"), slots.values(), strict=True),
        *((name, "") for name in ("Company", "Department", "Job", "JobTitle")),
        *(("primary", str(primary)), ("favorite", "0"), ("account", "1"), ("groups", "")),
    ]
    return Request(path=SAVE, method="POST", content=crypto.form(values))


def _form_refusal(response: Response) -> Exception:
    found = answers.cgi(response) if response.status == OK else None
    if found is None:
        return answers.not_understood(response, "an answer to a contact", variant=FORM)
    said = found.get("body")
    word = f": {fields.storable(said)[:80]}" if isinstance(said, str) and said else ""
    return PushRejected(f"The phone refused the contact{word}.")
