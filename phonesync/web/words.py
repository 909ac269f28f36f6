"""Words of the journal: what each value of a call, a phone's row or a filter is called in pages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from phonesync.calls.values import CallDirection, Disposition, LegOutcome, Rule
from phonesync.journal.access import ADMINISTRATOR, Permission
from phonesync.journal.callback_states import State
from phonesync.journal.filters import Commented, Period, Tab
from phonesync.journal.marks import IMPORTANT, NEW_CLIENT, SPAM
from phonesync.model import ListName
from phonesync.spelling import N_
from phonesync.store.records import PhoneStanding

TABS: Mapping[Tab, str] = MappingProxyType(
    {
        Tab.ALL: N_("All"),
        Tab.MISSED: N_("Missed"),
        Tab.RECEIVED: N_("Received"),
        Tab.OUTGOING: N_("Outgoing"),
        Tab.INTERNAL: N_("Internal"),
    }
)

PERIODS: Mapping[Period, str] = MappingProxyType(
    {
        Period.TODAY: N_("Today"),
        Period.YESTERDAY: N_("Yesterday"),
        Period.WEEK: N_("7 days"),
        Period.MONTH: N_("30 days"),
        Period.THIS_MONTH: N_("This month"),
        Period.LAST_MONTH: N_("Last month"),
        Period.YEAR: N_("365 days"),
        Period.EVER: N_("All time"),
    }
)

DIRECTIONS: Mapping[CallDirection, str] = MappingProxyType(
    {
        CallDirection.INBOUND: N_("incoming call"),
        CallDirection.OUTBOUND: N_("outgoing call"),
        CallDirection.INTERNAL: N_("internal call"),
    }
)

OUTCOMES: Mapping[Disposition, str] = MappingProxyType(
    {
        Disposition.ANSWERED: N_("answered"),
        Disposition.MISSED: N_("missed"),
        Disposition.NO_ANSWER: N_("no answer"),
        Disposition.VOICEMAIL: N_("voicemail"),
        Disposition.REJECTED: N_("rejected"),
        Disposition.BUSY: N_("busy"),
        Disposition.FORWARDED: N_("forwarded"),
        Disposition.FAILED: N_("failed"),
        Disposition.UNKNOWN: N_("outcome unknown"),
    }
)

LEGS: Mapping[LegOutcome, str] = MappingProxyType(
    {
        LegOutcome.ANSWERED: N_("answered"),
        LegOutcome.ANSWERED_ELSEWHERE: N_("rang, answered elsewhere"),
        LegOutcome.MISSED: N_("rang, not answered"),
        LegOutcome.PLACED: N_("called"),
        LegOutcome.FORWARDED: N_("sent the call on"),
        LegOutcome.REJECTED: N_("turned the call down"),
        LegOutcome.UNKNOWN: N_("its part is not known"),
    }
)

LISTS: Mapping[ListName, str] = MappingProxyType(
    {
        ListName.PLACED: N_("placed calls"),
        ListName.RECEIVED: N_("received calls"),
        ListName.MISSED: N_("missed calls"),
        ListName.FORWARDED: N_("forwarded calls"),
    }
)

STANDINGS: Mapping[PhoneStanding, str] = MappingProxyType(
    {
        PhoneStanding.NEW: N_("not read yet"),
        PhoneStanding.UP: N_("is read"),
        PhoneStanding.DOWN: N_("does not answer"),
        PhoneStanding.REFUSED: N_("refused its password"),
        PhoneStanding.HELD: N_("is held: somebody has to look at it"),
        PhoneStanding.UNSUPPORTED: N_("cannot be read"),
        PhoneStanding.DISABLED: N_("is switched off in the configuration"),
    }
)

RULES: Mapping[Rule, str] = MappingProxyType(
    {
        Rule.CALL_ID: N_("The phones name the same SIP call."),
        Rule.RANG_TOGETHER: N_("The same number rang these phones at the same time."),
        Rule.MIRRORED: N_("Two phones show the two ends of one call."),
        Rule.FORWARDED: N_("One phone sent the call on, and another rang with it."),
        Rule.HUNT: N_("The phones of a group rang one after another."),
        Rule.BLIND_TRANSFER: N_("The call was transferred without a word."),
        Rule.ATTENDED_TRANSFER: N_("The call was transferred after a word."),
        Rule.PICKED_UP: N_("Somebody picked the call up from another phone."),
        Rule.BY_HAND: N_("Somebody put these rows together by hand."),
        Rule.SPLIT_BY_HAND: N_("Somebody took these rows apart by hand."),
        Rule.UNDECIDED: N_("It cannot be told whether these rows belong to it; they are left apart."),
        Rule.CROWDED: N_("Too many calls of this number were under way at once; they are left apart."),
        Rule.ALONE: N_("No other phone has a row of this call."),
        Rule.SWITCH: N_("The record of the switch says so."),
    }
)
"""Why rows are one call; the figures follow in the reason's own sentence."""

CALLBACK_STATES: Mapping[State, str] = MappingProxyType(
    {
        State.OPEN: N_("open"),
        State.TAKEN: N_("taken"),
        State.SNOOZED: N_("snoozed"),
        State.DONE: N_("done by hand"),
        State.CLOSED: N_("closed"),
    }
)

ROLES: Mapping[str, str] = MappingProxyType(
    {
        "employee": N_("employee"),
        "head": N_("head of department"),
        "analyst": N_("analyst"),
        "auditor": N_("auditor"),
        ADMINISTRATOR: N_("administrator"),
    }
)
"""Roles that every installation has; others are called as the configuration names them."""

PERMISSIONS: Mapping[Permission, str] = MappingProxyType(
    {
        Permission.OWN_CALLS: N_("see one's own calls"),
        Permission.DEPARTMENT_CALLS: N_("see the calls of one's departments"),
        Permission.ALL_CALLS: N_("see everybody's calls"),
        Permission.NUMBERS: N_("see numbers and names in full"),
        Permission.FIGURES: N_("see figures over everybody's calls"),
        Permission.MARK: N_("tag, rate and comment calls"),
        Permission.CALLBACKS: N_("work on call-backs"),
        Permission.EXPORT: N_("export calls"),
        Permission.LISTEN: N_("listen to recordings"),
        Permission.DIAL: N_("dial with one's own phone"),
        Permission.TAGS: N_("make and remove tags"),
        Permission.PHONES: N_("see the state of phones"),
        Permission.AUDIT: N_("see the audit log"),
        Permission.USERS: N_("manage users"),
    }
)

COMMENTED: Mapping[Commented, str] = MappingProxyType(
    {Commented.WITH: N_("with a comment"), Commented.WITHOUT: N_("without a comment")}
)

BUILT_IN_TAGS: Mapping[str, str] = MappingProxyType(
    {IMPORTANT: N_("important"), NEW_CLIENT: N_("new client"), SPAM: N_("spam")}
)

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "tab": N_("Tab"),
        "period": N_("Period"),
        "since": N_("From"),
        "until": N_("To"),
        "directions": N_("Direction"),
        "outcomes": N_("Outcome"),
        "employees": N_("Employee"),
        "departments": N_("Department"),
        "sites": N_("Site"),
        "phones": N_("Phone"),
        "lines": N_("Line"),
        "parties": N_("Number"),
        "tags": N_("Tag"),
        "regions": N_("Region"),
        "withheld": N_("Caller's number"),
        "search": N_("Search"),
        "talk_from": N_("Talk at least"),
        "talk_to": N_("Talk at most"),
        "ring_from": N_("Ring at least"),
        "ring_to": N_("Ring at most"),
        "comments": N_("Comments"),
        "uncertain": N_("Certainty"),
        "favourite": N_("Favourites"),
        "spam": N_("Spam"),
    }
)
"""Fields of :class:`phonesync.journal.filters.JournalFilter` by attribute."""
