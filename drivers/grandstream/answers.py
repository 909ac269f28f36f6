"""What an answer of a Grandstream phone means: success, refusal, lock, ended session, by dialect.

Three dialects: ``{"response": …, "body": …}`` of the CGI generations, ``{"res": …, "msg": …}`` of GMI, and
GMI's plain text ``Response=Success``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from phonesync.driver.markup import HtmlPage, decode, read_html, read_json, unexpected
from phonesync.driver.session import Response
from phonesync.errors import LockedOut, PhoneError, SignInRefused, UnexpectedResponse

OK, UNAUTHORIZED, FORBIDDEN = 200, 401, 403

EXPIRED = "session-expired"
NO_SESSION = "authentication required"

_WRONG = re.compile(r"wrong(\d{0,3})")
_MISSING_COLON = re.compile(r'("isVideo")\s*,(\s*")')
"""The vendor prints ``"isVideo", "0"`` where JSON has a colon (sheet 3.3)."""

_CORRECT = "Correct the user or password in the configuration; until then no further attempt is made."
_CORRECT_OR_WAIT = (
    "If they are right, wait until a lock must have ended, and then have the phone tried again; if not, "
    "correct them in the configuration. Until then no further attempt is made."
)
_WAIT = "Wait until the lock ends; each attempt before that starts it anew."
_REFERER = (
    "It does so when the address it is called by is not its own: write `url` with the address that its web "
    "page has in a browser."
)


def cgi(response: Response) -> Mapping[str, Any] | None:
    """The object of a CGI answer, ``{"response": …}``, or None where it is none."""
    found = _object(response.content)
    return found if found is not None and isinstance(found.get("response"), str) else None


def success_body(response: Response) -> Any:
    """``body`` of a good CGI answer, or None."""
    found = cgi(response) if response.status == OK else None
    return found.get("body") if found is not None and found["response"] == "success" else None


def gmi(response: Response) -> Mapping[str, Any] | None:
    """The object of a GMI answer, or None where it is none.

    As printed by the vendor, a whole answer stands in a pair of quotes, and one colon is missing.
    """
    text = decode(response.content).strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = _unquoted(text)
    return _object(_MISSING_COLON.sub(r"\1:\2", text))


def _unquoted(text: str) -> str:
    try:
        inner = read_json(text)
    except UnexpectedResponse:
        return text[1:-1]
    return inner if isinstance(inner, str) else text


def _object(content: bytes | str) -> Mapping[str, Any] | None:
    try:
        found = read_json(content)
    except UnexpectedResponse:
        return None
    return found if isinstance(found, dict) else None


def text_fields(response: Response) -> Mapping[str, str]:
    """``name=value`` lines of GMI's plain text."""
    lines = (line.partition("=") for line in decode(response.content).splitlines())
    return {name.strip().lower(): value.strip() for name, equals, value in lines if equals}


def verdict_word(response: Response) -> str:
    """``success`` or ``error`` where an answer of GMI or ``/cgi-bin/login`` says so, in lower case; or ""."""
    found = gmi(response)
    if found is None:
        return text_fields(response).get("response", "").lower()
    words = (found.get(name) for name in ("res", "Response", "response"))
    return next((word.lower() for word in words if isinstance(word, str)), "")


def html_or_none(response: Response) -> HtmlPage | None:
    """The page of an answer, or None where it is no HTML."""
    try:
        return read_html(response.content)
    except UnexpectedResponse:
        return None


def refusal(response: Response) -> PhoneError | None:
    """Wrong password or lock, as the CGI generations say it, or None."""
    found = cgi(response)
    if found is None or found["response"] == "success":
        return None
    body = found.get("body")
    if body in {"locked", "lockout"}:
        return locked(found.get("lockTime"), at=response.at)
    wrong = _WRONG.fullmatch(body) if isinstance(body, str) else None
    if wrong is None:
        return None
    return refused(f"{wrong[1]} attempts are left" if wrong[1] else "")


def locked(time: object, *, at: datetime) -> LockedOut:
    """The phone has locked sign-in.

    Args:
        time: ``lockTime``, or None. Sources disagree whether it counts minutes or seconds; minutes are the
            longer reading, and an attempt inside a lock starts it anew.
        at: When it said so, UTC.
    """
    digits = "" if isinstance(time, bool) else str(time).strip()
    known = digits.isascii() and digits.isdigit() and len(digits) <= len("9999")
    until = at + timedelta(minutes=int(digits)) if known else None
    span = f" for {int(digits)} minutes" if known else ""
    return LockedOut(f"The phone has locked sign-in{span} after wrong passwords.", until=until, hint=_WAIT)


def refused(said: str = "") -> SignInRefused:
    """The phone refused user or password.

    Args:
        said: What it added, in our words.
    """
    return SignInRefused(f"The phone refused user or password{f' ({said})' if said else ''}.", hint=_CORRECT)


def refused_or_locked() -> SignInRefused:
    """The phone said no, and what it said may mean either.

    GMI has one answer for every failure, ``authentication failed``, and no other of a locked phone is
    documented (sheet 2.3); nor is any of the old HTML forms and of loginrealm.
    """
    return SignInRefused(
        "The phone refused the sign-in: user or password is wrong, or sign-in is locked after wrong "
        "passwords, which its answer does not tell apart.",
        hint=_CORRECT_OR_WAIT,
    )


def not_understood(response: Response, what: str, *, variant: str, hint: str = "") -> PhoneError:
    """Refused or locked where the answer says so, else an answer that is not understood.

    Args:
        response: The answer.
        what: What was asked for, for the sentence: ``the call list``.
        variant: Name of the variant.
        hint: What the user can do.
    """
    known = refusal(response)
    if known is not None:
        return known
    if response.status == FORBIDDEN or b"Forbidden" in response.content[:500]:
        message = f"The phone forbids {what} before it has looked at the password."
        return unexpected(response, message, variant=variant, hint=_REFERER)
    if response.status != OK:
        message = f"The phone answered status {response.status} in place of {what}."
    else:
        message = f"The phone's answer is not {what}."
    return unexpected(response, message, variant=variant, hint=hint)


def is_expired(response: Response) -> bool:
    """Whether an answer of the CGI generations means that the session has ended: 401, or its JSON status."""
    if response.status == UNAUTHORIZED:
        return True
    found = cgi(response)
    body = None if found is None or found["response"] == "success" else found.get("body")
    status = body.get("status") if isinstance(body, dict) else body
    return status == EXPIRED


def is_gmi_expired(response: Response) -> bool:
    """Whether GMI says that there is no session (or that it was idle for more than 900 s)."""
    if response.status == UNAUTHORIZED:
        return True
    found = gmi(response)
    said = text_fields(response).get("message") if found is None else found.get("msg")
    return isinstance(said, str) and said.strip().lower() == NO_SESSION
