"""What an answer of a Yealink phone means, whichever page it is: login page, lock, busy, refusal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from phonesync.driver.markup import (
    HtmlPage,
    read_html,
    read_json_object,
    strings_in,
    unexpected,
    values_under,
    visible_text,
)
from phonesync.driver.script import assigned_string
from phonesync.driver.session import Response
from phonesync.errors import LockedOut, PhoneBusy, PhoneError, SignInRefused, UnexpectedResponse

OK, UNAUTHORIZED, FORBIDDEN = 200, 401, 403

BUSY = "auth_err_user_busy"
WRONG = "error_username_or_password_is_wrong"

_SIGNED_OUT_WORDS = ("login", "session", "token", "csrf", "expire", "auth")

_CORRECT = "Correct the user or password in the configuration; until then no further attempt is made."
_WAIT = "Wait until the lock ends; each attempt before that starts it anew."
_LATER = (
    "It is read again later; a separate account for phonesync avoids the conflict where the phone has one."
)


def is_redirect(response: Response) -> bool:
    """A 3xx answer with a place to go to."""
    return response.status // 100 == 3 and response.header("Location") is not None  # noqa: PLR2004  RFC 9110


def where_to(response: Response) -> str:
    """Where a redirect leads, in words: scheme and host, or elsewhere on the phone; no path, no secret."""
    where = urlsplit(response.header("Location") or "")
    host = where.netloc.rpartition("@")[2]
    return f"{where.scheme or 'http'}://{host}" if host else "another of its pages"


def leads_to_sign_in(response: Response) -> bool:
    """A redirect to a login form, or to the root, which is where every generation shows it."""
    if not is_redirect(response):
        return False
    where = urlsplit(response.header("Location") or "")
    return "login" in where.path.lower() or "login" in where.query.lower() or where.path in {"", "/"}


def is_login_page(page: HtmlPage) -> bool:
    """Whether a page is the login form of any generation, or the script that leads to it."""
    fields = {*page.attributes("input", "name"), *page.attributes("input", "id")}
    if fields & {"pwd", "idPassword"}:
        return True
    script = page.scripts()
    if "p=login&q=loginForm" in script or "p=login" in " ".join(page.attributes("form", "action")):
        return True
    # Pages behind the sign-in may offer the RSA key too, for uploads; they also hold the token.
    return assigned_string(script, "g_rsa_n") is not None and assigned_string(script, "g_strToken") is None


def json_or_none(response: Response) -> Mapping[str, Any] | None:
    """The JSON object of an answer whatever its Content-Type, or None where it is none."""
    if not response.content.lstrip().startswith(b"{"):
        return None
    try:
        return read_json_object(response.content)
    except UnexpectedResponse:
        return None


def html_or_none(response: Response) -> HtmlPage | None:
    """The page of an answer, or None where it is no HTML."""
    try:
        return read_html(response.content)
    except UnexpectedResponse:
        return None


def result_of(page: HtmlPage) -> Mapping[str, Any] | None:
    """The JSON object in ``<div id="_RES_INFO_">``, or None where the page has no such element."""
    element = page.by_id("_RES_INFO_")
    return None if element is None else read_json_object("".join(str(text) for text in element.itertext()))


def refusal(response: Response) -> PhoneError | None:
    """Locked or busy, in any of the forms the phones use, or None.

    Lock forms: ``{"authstatus":"lock","locktime":"3"}`` as the body of a 403 or in ``_RES_INFO_``, JSON with
    ``webStatus`` and ``lockTime``, and the sentence "You are not authorized … try again N minutes later".
    """
    answer = json_or_none(response)
    page = None if answer is not None else html_or_none(response)
    if answer is None and page is not None and b"_RES_INFO_" in response.content:
        try:
            answer = result_of(page)
        except UnexpectedResponse:
            answer = None
    if answer is not None:
        return _refusal_in_json(answer, at=response.at)
    return None if page is None else _lock_in_words(page, at=response.at)


def _lock_in_words(page: HtmlPage, *, at: datetime) -> LockedOut | None:
    words = f"{visible_text(page.root)} {page.scripts()}".lower().split()
    sentence = " ".join(words)
    if "not authorized" not in sentence or "try again" not in sentence:
        return None
    minutes = next((one for one, next_one in pairwise(words) if next_one.startswith("minute")), None)
    return locked(minutes, at=at)


def _refusal_in_json(answer: Mapping[str, Any], *, at: datetime) -> PhoneError | None:
    if answer.get("authstatus") == "lock":
        return locked(answer.get("locktime"), at=at)
    if "lock" in values_under(answer, "webStatus"):
        return locked(next(values_under(answer, "lockTime"), None), at=at)
    if answer.get("ret") != "ok" and BUSY in strings_in(answer):
        where = next(values_under(answer, "lineIp"), None)
        who = f" from {where}" if isinstance(where, str) and where else ""
        return PhoneBusy(f"Somebody is signed in to the phone's web page{who}.", hint=_LATER)
    return None


def locked(minutes: object, *, at: datetime) -> LockedOut:
    """The phone has locked sign-in.

    Args:
        minutes: For how long, as the phone says it, or None.
        at: When it said so, UTC.
    """
    digits = str(minutes).strip()
    known = digits.isascii() and digits.isdigit() and len(digits) <= len("9999")
    until = at + timedelta(minutes=int(digits)) if known else None
    span = f" for {int(digits)} minutes" if known else ""
    return LockedOut(
        f"The phone has locked sign-in{span} after wrong passwords.",
        until=until,
        hint=_WAIT,
    )


def refused(said: str = "") -> SignInRefused:
    """The phone refused user or password.

    Args:
        said: The phone's own word for it, where it has one.
    """
    own_word = f" ({said[:60]})" if said and said.replace("_", "").isalnum() and said != WRONG else ""
    return SignInRefused(f"The phone refused user or password{own_word}.", hint=_CORRECT)


def not_understood(response: Response, what: str, *, variant: str, hint: str = "") -> PhoneError:
    """Locked or busy where the answer says so, else an answer that is not understood.

    Args:
        response: The answer.
        what: What was asked for, for the sentence: ``the call list``.
        variant: Name of the variant.
        hint: What the user can do.
    """
    known = refusal(response)
    if known is not None:
        return known
    if is_redirect(response):
        message = f"The phone redirects to {where_to(response)} in place of {what}."
    elif response.status != OK:
        message = f"The phone answered status {response.status} in place of {what}."
    else:
        message = f"The phone's answer is not {what}."
    return unexpected(response, message, variant=variant, hint=hint)


def is_signed_out_page(response: Response) -> bool:
    """Whether an answer in HTML means that the session has ended."""
    if response.status == UNAUTHORIZED or leads_to_sign_in(response):
        return True
    page = html_or_none(response) if response.status in {OK, FORBIDDEN} else None
    return page is not None and is_login_page(page) and refusal(response) is None


def is_signed_out_json(response: Response) -> bool:
    """Whether an answer of the JSON generation means that the session has ended.

    No source shows this answer. Taken for it: 401, 403 without a lock, a redirect to where one signs in, a
    login page in place of JSON, and a failure whose message speaks of login, session, token or authorisation.
    """
    if refusal(response) is not None:
        return False
    if response.status in {UNAUTHORIZED, FORBIDDEN} or leads_to_sign_in(response):
        return True
    answer = json_or_none(response)
    if answer is None:
        page = html_or_none(response) if response.content.lstrip().startswith(b"<") else None
        return page is not None and is_login_page(page)
    if answer.get("ret") != "failed":
        return False
    said = " ".join(strings_in(answer.get("error"))).lower()
    return any(word in said for word in _SIGNED_OUT_WORDS) and WRONG not in said
