"""Sentences that are kept with calls, as forms with values: each reader has them in his language. Pure.

A sentence is one clause or several, one behind another; a full stop follows the last. English is the text of
``FORMS``, and what the command line and the API say. Pages put the texts of another language in their place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from phonesync.spelling import N_


class Form(StrEnum):
    """The form of a clause. Its word is kept in the store."""

    PLAIN = "plain"
    """A sentence as it was written, of a call that was joined before there were forms."""
    ALONE = "alone"
    LOST_IN_TURN = "lost-in-turn"
    LOST_ALONE = "lost-alone"
    CALLED = "called"
    RANG = "rang"
    RANG_WITHHELD = "rang-withheld"
    GROUP = "group"
    FITTING = "fitting"
    SAME_SECOND = "same-second"
    EACH_WITHIN = "each-within"
    AS_TOLD = "as-told"
    SENT_ON = "sent-on"
    BY_WAY = "by-way"
    INSIDE = "inside"
    IN_TURN = "in-turn"
    BLIND = "blind"
    PICKED_UP = "picked-up"
    ATTENDED = "attended"
    WENT_ON = "went-on"
    WITHIN = "within"
    LATER = "later"
    LATER_UP_TO = "later-up-to"
    CALL_ID = "call-id"
    BY_HAND = "by-hand"
    CROWDED = "crowded"
    OTHER_ANSWERED = "other-answered"
    OTHER_UNANSWERED = "other-unanswered"
    RECORD_ANSWERED = "record-answered"
    RECORD_UNANSWERED = "record-unanswered"
    RECORD_BUSY = "record-busy"
    RECORD_FAILED = "record-failed"
    RECORD_VOICEMAIL = "record-voicemail"
    RECORD_ITSELF = "record-itself"
    BY = "by"
    AND_BY = "and-by"
    AFTER = "after"
    DIALLED = "dialled"
    PRESSED = "pressed"
    RECORDED = "recorded"
    OTHERWISE = "otherwise"
    ANOTHER = "another"
    UNSEEN = "unseen"
    SEVERAL_FIT = "several-fit"


FORMS: Mapping[Form, str] = MappingProxyType(
    {
        Form.PLAIN: "%(text)s",
        Form.ALONE: N_("Only %(phone)s shows this call"),
        Form.LOST_IN_TURN: N_(
            "The caller hides the number, and this is a hunt list: where else it rang, nobody can tell"
        ),
        Form.LOST_ALONE: N_(
            "The caller hides the number, and one phone rang: whether a colleague had answered and passed "
            "the call on, nobody can tell"
        ),
        Form.CALLED: N_("%(caller)s called %(number)s, and "),
        Form.RANG: N_("%(phones)s rang for %(number)s"),
        Form.RANG_WITHHELD: N_("%(phones)s rang for a caller without a number"),
        Form.GROUP: N_("; they are of the group %(group)s"),
        Form.FITTING: N_(" at times that fit"),
        Form.SAME_SECOND: N_(" at the same second"),
        Form.EACH_WITHIN: N_(" within %(span)s of one another"),
        Form.AS_TOLD: N_(", as far as their rows tell to seconds"),
        Form.SENT_ON: N_("%(before)s sent the call on, and %(after)s began to ring for the same caller"),
        Form.BY_WAY: N_("; for so long its calls ring at a phone between, which shows nothing"),
        Form.INSIDE: N_("%(before)s was calling inside, and %(after)s began to ring for it"),
        Form.IN_TURN: N_("%(before)s rang in vain, and %(after)s, later in the hunt list, began to ring"),
        Form.BLIND: N_("The talk at %(before)s ended, and %(after)s began to ring for the same caller"),
        Form.PICKED_UP: N_("%(before)s stopped ringing, and %(after)s answered the same caller"),
        Form.ATTENDED: N_("%(before)s held the caller, called %(after)s, and left both calls"),
        Form.WENT_ON: N_("; the talk at %(after)s went on"),
        Form.WITHIN: N_(" within %(span)s"),
        Form.LATER: N_(" %(seconds)s s later"),
        Form.LATER_UP_TO: N_(" %(seconds)s s to %(span)s later"),
        Form.CALL_ID: N_("Their SIP Call-ID is the same"),
        Form.BY_HAND: N_("A person has said that these entries are one call"),
        Form.CROWDED: N_(
            "More than %(count)s entries of calls that followed one another without a pause may belong "
            "together: too many to tell which do. Each is left apart"
        ),
        Form.OTHER_ANSWERED: N_(
            "Another call with the same party, answered, may be this one: its times fit, and nothing "
            "decides. It is left apart"
        ),
        Form.OTHER_UNANSWERED: N_(
            "Another call with the same party, not answered, may be this one: its times fit, and nothing "
            "decides. It is left apart"
        ),
        Form.RECORD_ANSWERED: N_("The record %(source)s of the switch has this call: it was answered"),
        Form.RECORD_UNANSWERED: N_("The record %(source)s of the switch has this call: nobody answered"),
        Form.RECORD_BUSY: N_("The record %(source)s of the switch has this call: it was busy"),
        Form.RECORD_FAILED: N_("The record %(source)s of the switch has this call: it failed"),
        Form.RECORD_VOICEMAIL: N_("The record %(source)s of the switch has this call: it went to voicemail"),
        Form.RECORD_ITSELF: N_(
            "The record %(source)s of the switch has this call: the switch itself answered"
        ),
        Form.BY: N_(" by %(extension)s"),
        Form.AND_BY: N_(" and %(extension)s"),
        Form.AFTER: N_(" after %(seconds)s s"),
        Form.DIALLED: N_(", %(number)s was dialled"),
        Form.PRESSED: N_(", %(keys)s was pressed"),
        Form.RECORDED: N_(", recorded as %(name)s"),
        Form.OTHERWISE: N_("; phones say otherwise, and their word stays"),
        Form.ANOTHER: N_("; a phone says that it answered, and its word stays"),
        Form.UNSEEN: N_("; no phone's list shows that answer"),
        Form.SEVERAL_FIT: N_(
            "Several calls of the switch's record fit, or one fits several calls: none of them is taken"
        ),
    }
)
"""English of each form, and the key of its translations. ``span`` is as ``saying.at_most`` says it."""

Value = str | tuple[str, ...]
"""A text, or names that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A part of a sentence.

    Attributes:
        form: Which one.
        values: What stands in it, by name.
    """

    form: Form
    values: tuple[tuple[str, Value], ...] = ()


Sentence = tuple[Clause, ...]


def clause(form: Form, **values: Value) -> Clause:
    """A clause of a form with its values by name."""
    return Clause(form=form, values=tuple(values.items()))


def plain(text: str) -> Sentence:
    """A sentence that has no form: it is the same in every language."""
    return (clause(Form.PLAIN, text=text),)


def is_plain(said: Sentence) -> bool:
    """Whether a sentence is known in English alone."""
    return any(one.form is Form.PLAIN for one in said)


def listed(names: Sequence[str]) -> str:
    """Names in a row: ``a``, ``a and b``, ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def in_english(said: Sentence) -> str:
    """A sentence as the command line and the API say it."""
    return in_words(said, lambda text: text, lambda _name, value: shown(value))


def shown(value: Value) -> str:
    """A value in English."""
    return value if isinstance(value, str) else listed(value)


def in_words(said: Sentence, translated: Callable[[str], str], told: Callable[[str, Value], str]) -> str:
    """A sentence in a language.

    Args:
        said: The sentence.
        translated: The text of a form in that language.
        told: A value by its name in that language.
    """
    text = "".join(
        translated(FORMS[one.form]) % {name: told(name, value) for name, value in one.values} for one in said
    )
    return text if is_plain(said) else f"{text}."
