"""What the words of an export mean: sentences of ``docs/reference/definitions.md``, translated."""

from __future__ import annotations

from phonesync.calls.values import Disposition
from phonesync.journal.export_table import Gettext, outcome_words


def definitions(gettext: Gettext) -> tuple[tuple[str, str], ...]:
    """Words as they head the columns, and outcomes, each with its meaning."""
    return (*_whose(gettext), *_measured(gettext), *_outcomes(gettext))


def _whose(gettext: Gettext) -> tuple[tuple[str, str], ...]:
    return (
        (
            gettext("Started"),
            gettext(
                "When it began to ring or was dialled, by the row that shows it best, corrected, whole "
                "seconds"
            ),
        ),
        (
            gettext("Direction"),
            gettext(
                "Seen from the office: incoming from outside, outgoing to outside, internal between "
                "extensions."
            ),
        ),
        (
            gettext("From"),
            gettext(
                "The two ends: who called first, and who was called first. Transfers do not change them."
            ),
        ),
        (
            gettext("Employee"),
            gettext(
                "Whose call it is: the group, where one was called; else the first by extension of the "
                "phones that rang (outbound: of the phone that called), by its owner then, else its "
                "extension, else its name."
            ),
        ),
        (gettext("Department"), gettext("That of the group, else the owner's as it was then.")),
    )


def _measured(gettext: Gettext) -> tuple[tuple[str, str], ...]:
    return (
        (
            gettext("Ring time"),
            gettext(
                "Seconds from the start to the answer, or, where nobody answered, to the end. Reported, "
                "from a CDR, or between two instants that are known to the second; else null."
            ),
        ),
        (
            gettext("Talk time"),
            gettext(
                "Seconds of talk in answered calls; after a transfer both talks add up. Calls that show "
                "none are counted apart."
            ),
        ),
        (
            gettext("Uncertain"),
            gettext(
                "The call may be part of another that was left apart, or a row of it is itself uncertain."
            ),
        ),
        (
            gettext("Coverage"),
            gettext(
                "Share of the time of the phones involved, from 60 s before to 60 s after the call, in "
                "which their lists of received and missed calls are proven complete."
            ),
        ),
        (
            gettext("Call"),
            gettext("The row of a call that was seen first, by first_seen_at and id; the call bears its id."),
        ),
    )


def _outcomes(gettext: Gettext) -> tuple[tuple[str, str], ...]:
    meanings = {
        Disposition.ANSWERED: gettext(
            "A phone that is read answered. Outbound: the row shows talk time, or a report "
            "or a CDR says that the "
            "other side answered."
        ),
        Disposition.MISSED: gettext(
            "Nobody answered a call from outside or from a colleague, and every phone that "
            "could have is proven "
            "complete around it."
        ),
        Disposition.NO_ANSWER: gettext(
            "The other side of an outbound call did not answer: a report or a CDR says so, "
            "or the row shows a "
            "talk time of 0."
        ),
        Disposition.VOICEMAIL: gettext("A CDR says that it went to voicemail, and no phone answered."),
        Disposition.REJECTED: gettext("Somebody turned it down, by report or CDR, and nobody else answered."),
        Disposition.BUSY: gettext("The other side was busy, by report or CDR."),
        Disposition.FORWARDED: gettext("A phone sent it on, and no phone that is read answered."),
        Disposition.FAILED: gettext("It could not be put through, by report or CDR."),
        Disposition.UNKNOWN: gettext(
            "Nothing proves any of these. Inbound: nobody is seen to have answered, but a "
            "phone that could have "
            "is not proven complete. Outbound: the row shows no talk time."
        ),
    }
    return tuple((word, meanings[outcome]) for outcome, word in outcome_words(gettext).items())
