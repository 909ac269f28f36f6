"""Other vendors as rows of data (sheet on other vendors, 3, 8, 9 and 10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType

from drivers.others import books, settings
from phonesync.driver.contract import Capability, Variant, can, cannot
from phonesync.driver.events import ActionUrl, ActionUrls, WantedSettings
from phonesync.driver.phonebooks import BookFile, BookLimits
from phonesync.model import EventKind, Evidence, Phonebook

Render = Callable[[Phonebook], bytes]
Write = Callable[[settings.Items, WantedSettings, str | None], str]

_NO_LIMITS = BookLimits(entries=None, basic_plane_only=True, evidence=Evidence.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """One vendor's phones.

    Attributes:
        variant: The one variant.
        urls: What they report, or None.
        files: What they fetch, the preferred one first; may be empty.
        render: File name to what writes it.
        limits: What fits.
        write: Writes the settings.
        title: What the settings are and where they go.
        book_is_set: The settings hold the address of the phonebook too.
        signs_in: They hold user and password of the phonebook too.
        notes: What the administrator must know.
    """

    variant: Variant
    urls: ActionUrls | None = None
    files: tuple[BookFile, ...] = ()
    render: tuple[tuple[str, Render], ...] = field(default=(), repr=False)
    limits: BookLimits = _NO_LIMITS
    write: Write = field(repr=False)
    title: str
    book_is_set: bool = True
    signs_in: bool = False
    notes: tuple[str, ...] = ()


_EVENTS_ONLY = (
    "Events only: phones of {vendor} show no call list that is documented, so nothing is asked of them; "
    "their calls are known from what they report by themselves."
)
_BOOK_ONLY = (
    "Phonebook only: phones of {vendor} neither show a call list that is documented nor report calls in a "
    "known way; their calls are known from the PBX's CDR."
)


def _variant(
    name: str,
    *,
    vendor: str,
    title: str,
    models: tuple[str, ...],
    events: Capability,
    book: Capability,
    paste: Capability,
) -> Variant:
    refusal = _EVENTS_ONLY if events.supported else _BOOK_ONLY
    return Variant(
        name=name,
        title=title,
        models=models,
        firmware="all" if events.supported else "not known",
        lists=MappingProxyType({}),
        pools=(),
        capacity=None,
        shows_year=True,
        resolution_s=1,
        readable=False,
        refusal=refusal.format(vendor=vendor),
        capabilities=(
            cannot("identify", "Named in the configuration; nothing is asked of it."),
            cannot("sign_in", "It is never signed in to."),
            cannot("read_call_log", "No readable list is documented."),
            events,
            book,
            paste,
        ),
    )


_CALL = (
    ("in", EventKind.INCOMING),
    ("out", EventKind.OUTGOING),
    ("up", EventKind.ESTABLISHED),
    ("end", EventKind.TERMINATED),
    ("miss", EventKind.MISSED),
)


def _calls(*keys: str, evidence: Evidence = Evidence.CERTAIN) -> tuple[ActionUrl, ...]:
    """Incoming, outgoing, connected, ended and missed under a vendor's five keys, in that order."""
    return tuple(
        ActionUrl(word=word, setting=key, kind=kind, evidence=evidence)
        for (word, kind), key in zip(_CALL, keys, strict=True)
    )


# --- Snom --------------------------------------------------------------------------------------------------

SNOM = Vendor(
    variant=_variant(
        "snom-events",
        vendor="Snom",
        title="events and a remote directory",
        models=("D3xx", "D7xx", "D8xx", "M series"),
        events=can(
            "events",
            Evidence.CERTAIN,
            "The vendor's papers contradict each other on which party is local: the one that is an account "
            "of the phone is.",
        ),
        book=can(
            "phonebook_offered",
            Evidence.LIKELY,
            "The form is printed; which words a number's type may have is not. Firmware 10.1.178.0 or later. "
            "Of the M series the names of the elements are known, but for that of an entry.",
        ),
        paste=can("settings", Evidence.CERTAIN, "A settings file with the events."),
    ),
    urls=ActionUrls(
        urls=_calls(
            "action_incoming_url",
            "action_outgoing_url",
            "action_connected_url",
            "action_disconnected_url",
            "action_missed_url",
        ),
        variables=MappingProxyType(
            {"c": "$call-id", "a": "$active_user", "l": "$local", "r": "$remote", "n": "$display_remote"}
        ),
        own_is_local=False,
    ),
    files=(
        BookFile(name="tbook.xml", by_post=True, evidence=Evidence.LIKELY),
        BookFile(name="directory.xml", evidence=Evidence.LIKELY),
    ),
    render=(("tbook.xml", books.snom_directory), ("directory.xml", books.snom_dect)),
    write=settings.snom,
    title="A settings file for the phone's provisioning server.",
    book_is_set=False,
    notes=(
        "Desk phones ask for their directory (tbook.xml) by POST, M-series bases for directory.xml.",
        "No event says that a phone has started, so silence cannot be told from absence.",
    ),
)

# --- Mitel -------------------------------------------------------------------------------------------------

_MITEL_CALL = ("a", "r")

MITEL = Vendor(
    variant=_variant(
        "mitel-events",
        vendor="Mitel",
        title="events and a directory to dial from",
        models=("67xx", "68xx", "69xx"),
        events=can(
            "events",
            Evidence.CERTAIN,
            "Without a call id. Duration and direction come only when the receiver is put down, long after a "
            "call perhaps, so that report is not asked for. No report says that a call was missed: one that "
            "ends unanswered stands among the received, without an outcome. An address has at most 128 "
            "characters.",
        ),
        book=can(
            "phonebook_offered",
            Evidence.CERTAIN,
            "A list to dial from (69xx), of the 30 most wanted: that a menu has 30 is not checked. That it "
            "names callers is not known.",
        ),
        paste=can("settings", Evidence.CERTAIN, "Lines of its configuration file."),
    ),
    urls=ActionUrls(
        urls=(
            ActionUrl(
                word="in", setting="action uri incoming", kind=EventKind.INCOMING, keys=(*_MITEL_CALL, "n")
            ),
            ActionUrl(word="out", setting="action uri outgoing", kind=EventKind.OUTGOING, keys=_MITEL_CALL),
            ActionUrl(
                word="up", setting="action uri connected", kind=EventKind.ESTABLISHED, keys=_MITEL_CALL
            ),
            ActionUrl(
                word="end", setting="action uri disconnected", kind=EventKind.TERMINATED, keys=_MITEL_CALL
            ),
            ActionUrl(word="boot", setting="action uri startup", kind=EventKind.STARTED, keys=()),
            ActionUrl(word="reg", setting="action uri registered", kind=EventKind.ALIVE, keys=()),
            ActionUrl(word="poll", setting="action uri poll", kind=EventKind.ALIVE, keys=()),
        ),
        variables=MappingProxyType(
            {"a": "$$SIPUSERNAME$$", "r": "$$REMOTENUMBER$$", "n": "$$INCOMINGNAME$$"}
        ),
        most_characters=128,
    ),
    files=(BookFile(name="directory.xml"),),
    render=(("directory.xml", books.mitel),),
    limits=BookLimits(entries=books.MITEL_ITEMS, basic_plane_only=True, evidence=Evidence.LIKELY_UNCHECKED),
    write=settings.mitel,
    title="Lines for aastra.cfg, or for the file of the phone's MAC.",
    notes=(
        "An address has at most 128 characters: where public_url is long, account or name are left out.",
        "The directory is a list to dial from, on 69xx alone; that it names callers is not known.",
        "A menu is held to have 30 items: the phone sees the 30 most wanted.",
        "No report says that a call was missed: one that ends unanswered stands among the received.",
        "Every ten minutes the phone says that it is alive; the unit of the interval is held to be seconds.",
    ),
)

# --- Htek --------------------------------------------------------------------------------------------------

HTEK = Vendor(
    variant=_variant(
        "htek-events",
        vendor="Htek",
        title="events and a remote phonebook",
        models=("phones with P3701 to P3733",),
        events=can("events", Evidence.CERTAIN, "Values may arrive unescaped."),
        book=can("phonebook_offered", Evidence.CERTAIN, "A remote phonebook."),
        paste=can("settings", Evidence.LIKELY, "The P numbers are certain, the form of a file is not."),
    ),
    urls=ActionUrls(
        urls=_calls("P3707", "P3708", "P3709", "P3710", "P3726"),
        variables=MappingProxyType(
            {"c": "$call_id", "a": "$active_user", "l": "$local", "r": "$remote", "n": "$display_remote"}
        ),
        own_is_local=False,
    ),
    files=(BookFile(name="phonebook.xml"),),
    render=(("phonebook.xml", books.htek),),
    write=settings.htek,
    title="P values: type them in on the phone's web page, or put them into its configuration file.",
    notes=("The form of its configuration file is not known here; the P numbers are.",),
)

# --- Flyingvoice -------------------------------------------------------------------------------------------

FLYINGVOICE = Vendor(
    variant=_variant(
        "flyingvoice-events",
        vendor="Flyingvoice",
        title="events and a remote phonebook",
        models=("phones with action_url settings",),
        events=can(
            "events", Evidence.LIKELY, "The keys are certain; that variables are Yealink's is likely."
        ),
        book=can("phonebook_offered", Evidence.CERTAIN, "In Yealink's form."),
        paste=can("settings", Evidence.LIKELY, "Yealink's names of keys; older phones have others."),
    ),
    urls=ActionUrls(
        urls=_calls(
            "action_url.incoming_call",
            "action_url.outgoing_call",
            "action_url.call_established",
            "action_url.call_terminated",
            "action_url.missed_call",
            evidence=Evidence.LIKELY,
        ),
        variables=MappingProxyType(
            {"c": "$call_id", "a": "$active_user", "l": "$local", "r": "$remote", "n": "$display_remote"}
        ),
    ),
    files=(BookFile(name="book.xml"),),
    render=(("book.xml", books.yealink_like),),
    write=settings.flyingvoice,
    title="Lines for the phone's configuration file.",
    book_is_set=False,
    notes=("Older phones name these settings DBID_ACTIONURL_…; the variables are held to be Yealink's.",),
)

# --- Phonebooks alone --------------------------------------------------------------------------------------

CISCO = Vendor(
    variant=_variant(
        "cisco-book",
        vendor="Cisco",
        title="a corporate directory",
        models=("SPA3xx", "SPA5xx", "SPA9xx", "MPP 68xx", "MPP 78xx", "MPP 88xx"),
        events=cannot("events", "No reports of calls are documented."),
        book=can(
            "phonebook_offered",
            Evidence.CERTAIN,
            "The phone asks page by page and is given one page, of the 32 most wanted; that a page has 32 is "
            "not checked.",
        ),
        paste=can("settings", Evidence.CERTAIN, "XML_Directory_Service_Name and _URL of a flat profile."),
    ),
    files=(BookFile(name="directory.xml"),),
    render=(("directory.xml", books.cisco),),
    limits=BookLimits(entries=books.CISCO_ENTRIES, basic_plane_only=True, evidence=Evidence.LIKELY_UNCHECKED),
    write=settings.cisco,
    title="A flat profile for the phone's provisioning server.",
    notes=(
        "A page is held to have 32 entries and more are not served: the phone sees the 32 most wanted.",
        "The directory is one to dial from; that it names callers is not known.",
    ),
)

FANVIL = Vendor(
    variant=_variant(
        "fanvil-book",
        vendor="Fanvil",
        title="a remote phonebook",
        models=("Fanvil", "OpenVox"),
        events=cannot("events", "Settings for events exist; which variables a phone fills in is not known."),
        book=can("phonebook_offered", Evidence.CERTAIN, "Three numbers an entry."),
        paste=can("settings", Evidence.CERTAIN, "One entry of its table of remote phonebooks."),
    ),
    files=(BookFile(name="phonebook.xml"),),
    render=(("phonebook.xml", books.fanvil),),
    limits=BookLimits(entries=None, numbers=3, basic_plane_only=True, evidence=Evidence.UNKNOWN),
    write=settings.fanvil,
    signs_in=True,
    title="One entry for the remote phonebooks in the phone's configuration file.",
    notes=("Older phones have dssSoft type 21 in place of this entry.",),
)

GIGASET = Vendor(
    variant=_variant(
        "gigaset-book",
        vendor="Gigaset",
        title="a net directory",
        models=("N510", "N670", "N720", "N870"),
        events=cannot("events", "No reports of calls are documented."),
        book=can(
            "phonebook_offered",
            Evidence.CERTAIN,
            "The base asks page by page and by name; it is given the whole book at each request.",
        ),
        paste=can(
            "settings", Evidence.LIKELY, "Parameters of N670 and N870; N510 and N720 name them otherwise."
        ),
    ),
    files=(BookFile(name="list.xml"),),
    render=(("list.xml", books.gigaset),),
    write=settings.gigaset,
    title="Parameters of N670 and N870 bases.",
    notes=(
        "The base asks for pages, names and numbers; a file answers each such question with the whole book.",
        "So it is not to look up callers there: whatever their number, it is given every name.",
        "N510 and N720 name these settings BS_XML_Netdirs.astNetdirProvider[0].…",
    ),
)
