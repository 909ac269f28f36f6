"""Checkers of phonebook files, written from the vendor sheets and not from the writers.

Each form is a RELAX NG schema of what the sheet says the phone takes: names of elements, their order, and
what must not be empty. A file that passes is also UTF-8 without a byte-order mark.
"""

from hypothesis import strategies as st
from lxml import etree

from phonesync.model import BookEntry, ContactNumber, NumberKind, Phonebook

TEXT = '<data type="string"><param name="pattern">(.|\\s)*\\S(.|\\s)*</param></data>'


def form(grammar):
    return etree.RelaxNG(
        etree.fromstring(
            '<grammar xmlns="http://relaxng.org/ns/structure/1.0" '
            'datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">'
            f"<start>{grammar}</start></grammar>"
        )
    )


def element(name, content, *attributes):
    return f'<element name="{name}">{"".join(attributes)}{content}</element>'


def filled(name, *attributes):
    return element(name, TEXT, *attributes)


def attribute(name, content=TEXT):
    return f'<attribute name="{name}">{content}</attribute>'


def maybe(content):
    return f"<optional>{content}</optional>"


def several(content):
    return f"<oneOrMore>{content}</oneOrMore>"


def any_number(content):
    return f"<zeroOrMore>{content}</zeroOrMore>"


def one_of(*values):
    return f"<choice>{''.join(f'<value>{value}</value>' for value in values)}</choice>"


ACCOUNT = element("accountindex", one_of("0", "1", "2", "3", "4", "5"))
NUMBER = filled("phonenumber")
TYPE = attribute("type", one_of("Work", "Home", "Mobile", "Fax", "Other"))

YEALINK_REMOTE = form(
    element(
        "YealinkIPPhoneDirectory",
        maybe(filled("Title"))
        + any_number(
            element(
                "DirectoryEntry", filled("Name") + several(filled("Telephone", maybe(attribute("label"))))
            )
        ),
    )
)
YEALINK_OWN = form(
    element(
        "wrapped",
        element(
            "root_group",
            several(element("group", "<empty/>", attribute("display_name"), attribute("ring"))),
        )
        + element(
            "root_contact",
            any_number(
                element(
                    "contact",
                    "<empty/>",
                    attribute("display_name"),
                    *(attribute(f"{kind}_number", "<text/>") for kind in ("office", "mobile", "other")),
                    attribute("line"),
                    attribute("ring"),
                    attribute("group_id_name"),
                    maybe(attribute("default_photo")),
                )
            ),
        ),
    )
)
GRANDSTREAM = form(
    element(
        "AddressBook",
        maybe(filled("version"))
        + any_number(
            element(
                "Contact",
                filled("FirstName")
                + maybe(filled("LastName"))
                + several(element("Phone", NUMBER + ACCOUNT, TYPE)),
            )
        ),
    )
)
GRANDSTREAM_GXV = form(
    element(
        "AddressBook",
        maybe(filled("version"))
        + any_number(
            element(
                "Contact",
                filled("FirstName")
                + maybe(filled("LastName"))
                + filled("Primary")
                + several(element("Phone", NUMBER + ACCOUNT, TYPE)),
            )
        ),
    )
)
GRANDSTREAM_OLD = form(
    element(
        "AddressBook",
        any_number(
            element(
                "Contact",
                filled("LastName") + maybe(filled("FirstName")) + several(element("Phone", NUMBER + ACCOUNT)),
            )
        ),
    )
)
GRANDSTREAM_DECT = form(
    element(
        "AddressBook",
        any_number(
            element(
                "Contact",
                filled("FirstName")
                + element("LastName", "<text/>")
                + filled("Ringtone")
                + several(element("Phone", NUMBER, attribute("type", one_of("Home", "Work", "Mobile")))),
            )
        ),
    )
)


def root_of(content):
    """The file as a document.

    Raises:
        AssertionError: It is not UTF-8, or begins with a byte-order mark.
    """
    assert not content.startswith(b"\xef\xbb\xbf")
    content.decode("utf-8")
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False))


def check(form, content):
    """The root of a file that has the form.

    Raises:
        AssertionError: It has not; the message says where.
    """
    root = root_of(content)
    assert form.validate(root), str(form.error_log)
    return root


def check_own(content):
    """Root of a Yealink's own directory, whose two outermost elements are wrapped to be read."""
    assert not content.startswith(b"\xef\xbb\xbf")
    body = content.partition(b"?>")[2]
    return check(YEALINK_OWN, b"<wrapped>" + body.strip() + b"</wrapped>")


def entry(name, *numbers):
    """One entry; a number is text, or text and kind."""
    pairs = [(number, "work") if isinstance(number, str) else number for number in numbers]
    return BookEntry(
        contact=f"test/{name}",
        name=name,
        numbers=tuple(ContactNumber(number=number, kind=NumberKind(kind)) for number, kind in pairs),
    )


def book(*entries, title="Company"):
    return Phonebook(title=title, entries=entries)


HOSTILE_NAMES = (
    "<b>Bold & Sons</b> <!-- \" ' --> ]]> &amp; &#60;",
    'O\'Neil "the\\Door"',
    "\x00\x07\x1b[31mred\x7f\x9f",
    "\ufffe\uffff\ud800half",
    "line\r\nend\tand tab",
    "☎️ Zoë 🧑‍🚀",
    "\u202eمرحبا\u202c שלום",
    "Ж" * 300,
    "",
    " \u00a0 ",
    "\x01",
)


def hostile_book(entries):
    """Names that break files, numbers that do, none at all, forty of them, and everything twice."""
    numbers = ("+7 (495) 555-01-23", "201", "<&>\"'", "\x00", "sip:204@pbx.example", " ")
    made = []
    for place in range(entries):
        name = HOSTILE_NAMES[place % len(HOSTILE_NAMES)]
        count = (1, 3, 40, 0, 6)[place % 5]
        kinds = tuple(NumberKind)
        made.append(
            BookEntry(
                contact=f"hostile/{place}",
                name=name,
                numbers=tuple(
                    ContactNumber(number=numbers[(place + at) % len(numbers)], kind=kinds[at % len(kinds)])
                    for at in range(count)
                ),
            )
        )
    return Phonebook(title="<Title> & \x00more", entries=tuple(made))


BOOKS = st.builds(
    Phonebook,
    title=st.text(),
    entries=st.lists(
        st.builds(
            BookEntry,
            contact=st.text(),
            name=st.text(),
            numbers=st.lists(
                st.builds(ContactNumber, number=st.text(), kind=st.sampled_from(NumberKind)), max_size=8
            ).map(tuple),
        ),
        max_size=5,
    ).map(tuple),
)
