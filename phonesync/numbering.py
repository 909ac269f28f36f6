"""The dial plan of a site: digits as a phone shows them → extension, withheld, E.164.

A number stays as shown everywhere else; only this module normalises. It would rather say nothing than
guess: what is no valid number of the site's country gets no E.164 form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

WITHHELD = frozenset(
    {
        "",
        "anonymous",
        "blocked",
        "no number",
        "not available",
        "number withheld",
        "private",
        "private number",
        "restricted",
        "unavailable",
        "unknown",
        "unknown number",
        "withheld",
    },
)
"""Texts that phones and switches show where the caller withheld the number, in lower case."""

_SEPARATORS = re.compile(
    r"[\s.()/\u2010-\u2015\u2212\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff-]"
)
"""What people write between digits; the marks of writing direction come along when a number is pasted."""

_DIGITS = re.compile(r"\+?[0-9]{3,24}")
_IN_BRACKETS = re.compile(r"<([^<>]*)>\s*(?:;.*)?$", re.DOTALL)
_SCHEME = re.compile(r"(?:sips?|tel|callto):(?://)?", re.IGNORECASE)
_CONTEXT = re.compile(r";phone-context=(\+[0-9.()-]+)(?=;|$)", re.IGNORECASE)
_INTERNAL_WORD = re.compile(r"(?:extension|ext|внутренний|внутр|вн|добавочный|доб)\b[.:\s]*", re.IGNORECASE)
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")

EXTENSION = "ext:"
"""Begins the canonical form of an internal number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialPlan:
    """How numbers are dialled at one site.

    Attributes:
        country: ISO 3166 code of two capital letters, for example ``RU``.
        area_code: The site's own area code without the national prefix, or None.
        extension_length: Digits of an internal number, or None.
        extension_pattern: Regular expression that a whole internal number matches, or None.
    """

    country: str
    area_code: str | None = None
    extension_length: int | None = None
    extension_pattern: str | None = None

    def is_extension(self, number: str) -> bool:
        """True where ``number`` (the user part, as shown) is an internal number of this dial plan."""
        shown = number.strip()
        if self.extension_pattern is not None:
            return re.fullmatch(self.extension_pattern, shown) is not None
        return len(shown) == self.extension_length and re.fullmatch("[0-9]+", shown) is not None

    def e164(self, number: str | None) -> str | None:
        """The number in E.164, for example ``+74951234567``.

        Args:
            number: The user part of the remote party as shown, or None.

        Returns:
            None for internal and short numbers, withheld ones, feature codes (``*``, ``#``), names, and
            whatever is no valid number of the country or of the country it was dialled to.
        """
        if is_withheld(number) or number is None or self.is_extension(number):
            return None
        digits = _SEPARATORS.sub("", number)
        return _e164(self.country, self.area_code or "", digits) if _DIGITS.fullmatch(digits) else None


def is_withheld(number: str | None) -> bool:
    """True where no number is shown, or a word in its place that means "withheld"."""
    return number is None or number.strip().casefold() in WITHHELD


def canonical(plan: DialPlan, number: str | None) -> str | None:
    """The one form in which numbers are held against each other, however they are presented or written.

    Args:
        plan: Of the site at which the number is met, or for which it was written down.
        number: As a phone, a switch or a source of contacts gives it: ``sip:201@pbx.example;user=phone``,
            ``"Ivanov" <sip:+74951234567@192.0.2.1>``, ``8 (495) 123-45-67``, ``ext. 201``; or None.

    Returns:
        E.164, or ``ext:`` and the internal number. None where the number is withheld or missing, and for
        whatever is neither: names, feature codes, short numbers that are not internal, IP addresses.
    """
    if number is None:
        return None
    user = _user_part(number)
    if is_withheld(user) or _ADDRESS.fullmatch(user):
        return None
    named = _INTERNAL_WORD.match(user)
    digits = _SEPARATORS.sub("", user[named.end() :] if named else user)
    if plan.is_extension(digits):
        return f"{EXTENSION}{digits}"
    return None if named else plan.e164(digits)


def _user_part(shown: str) -> str:
    """What stands for the party in a SIP or tel URI or a header with one, or the text itself."""
    bracketed = _IN_BRACKETS.search(shown)
    text = (bracketed[1] if bracketed else shown).strip()
    scheme = _SCHEME.match(text)
    text = text[scheme.end() :] if scheme else text
    context = _CONTEXT.search(text)
    user = text.partition("@")[0].partition(";")[0]
    if ":" in user and scheme:
        user = user.partition(":")[0]  # a port where no user is named, else a password
    user = unquote(user).strip()
    # RFC 3966: a local number is only one together with its context.
    return f"{context[1]}{user}" if context and not user.startswith("+") else user


def is_country(code: str) -> bool:
    """True for an ISO 3166 code of two capital letters whose numbering is known."""
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415  heavy, and many commands never need it

    return code in SUPPORTED_REGIONS


def countries() -> frozenset[str]:
    """Every code that :func:`is_country` accepts."""
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415  heavy, and many commands never need it

    return frozenset(SUPPORTED_REGIONS)


@lru_cache(maxsize=65536)
def _e164(country: str, area_code: str, digits: str) -> str | None:
    """E.164 of digits with at most a leading plus; the first reading that makes a valid number holds.

    Trunks present one caller in several ways. With a plus or the country's international prefix there is
    one reading. Else: with the national prefix (Russia ``8``), with the country code but without plus, as a
    subscriber of the site's own area, as a national number without its prefix.
    """
    import phonenumbers  # noqa: PLC0415  heavy, and many commands never need it

    if digits.startswith("+"):
        return _valid(digits, None)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    assert metadata is not None, "the configuration takes countries of the numbering data only"
    readings: list[tuple[str, str | None]] = []
    if metadata.international_prefix and re.match(metadata.international_prefix, digits):
        readings.append((digits, country))
    if metadata.national_prefix and digits.startswith(metadata.national_prefix):
        readings.append((digits, country))
    if digits.startswith(str(metadata.country_code)):
        readings.append((f"+{digits}", None))
    if area_code:
        readings.append((f"+{metadata.country_code}{area_code}{digits}", None))
    readings.append((digits, country))
    return next((found for text, region in readings if (found := _valid(text, region))), None)


def _valid(text: str, region: str | None) -> str | None:
    """``text`` as E.164 where it is a valid number, read as dialled in ``region`` (None: it has a plus)."""
    import phonenumbers  # noqa: PLC0415  heavy, and many commands never need it

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
