"""What is pressed on a phone of a site to reach a number: the way back from its one form. Pure."""

from __future__ import annotations

from phonesync.numbering import DialPlan
from phonesync.phonebook.spelling import Form, Sort, spelled

_PRESSED = (Form.INSIDE, Form.NATIONAL, Form.INTERNATIONAL, Form.PLUS)
"""The forms that switches take from a desk, the usual one first."""


def dialled(plan: DialPlan, number: str, *, prefix: str = "") -> str:
    """The keys that reach a number.

    Args:
        plan: Of the site.
        number: E.164, or ``ext:`` and an extension.
        prefix: For an outside line; not dialled before an extension.
    """
    known = spelled(plan, number)
    keys = next(known.forms[form] for form in _PRESSED if form in known.forms)
    return keys if known.sort is Sort.INSIDE else f"{prefix}{keys}"
