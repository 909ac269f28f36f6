"""Signing in: one flow per dialect, each a generator of requests without I/O.

Every flow spends at most one attempt: a refused password is never tried again, nor in another dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from drivers.grandstream import answers, quirks
from drivers.grandstream.answers import FORBIDDEN, OK, UNAUTHORIZED
from phonesync.driver import crypto
from phonesync.driver.contract import PhoneContext
from phonesync.driver.markup import decode
from phonesync.driver.session import Credentials, LoginFlow, Request, Response, SignedIn
from phonesync.errors import PhoneError, Unsupported

Steps = Generator[Request, Response, SignedIn]

GMI_PATH = "/manager?action="
GMI_USER = "gmiadmin"

_FORM_TYPE = ("Content-Type", "application/x-www-form-urlencoded")
_SCRIPTED = ("X-Requested-With", "XMLHttpRequest")
_GNKEY = ("gnkey", "0b82")
"""The old forms hold this constant."""

_OTHER_DIALECT = (
    "Older firmware signs in by a plain form: set `variant` for this phone if it is older than its model's "
    "list in `phonesync drivers` says."
)


def flow_of(phone: PhoneContext) -> LoginFlow:
    """The sign-in of this phone's variant."""
    return _FLOWS[phone.variant.name](phone)


def _query(fields: list[tuple[str, str]]) -> str:
    return crypto.form(fields).decode("ascii")


class Flow:
    """What the dialects share: no sign-out, and the headers without which a phone answers 403."""

    def __init__(self, phone: PhoneContext) -> None:
        self._variant = phone.variant.name
        self._quirks = phone.quirks
        origin = phone.origin.rstrip("/")
        self._address = (("Referer", f"{origin}/"), ("Origin", origin)) if origin else ()

    def authorize(self, request: Request, signed_in: SignedIn) -> Request:
        """Adds the cookies."""
        cookies = (("Cookie", signed_in.cookie_header()),) if signed_in.cookies else ()
        return request.with_headers(*self._address, *cookies)

    def is_expired(self, response: Response) -> bool:
        """401, or the JSON status that says so."""
        return answers.is_expired(response)

    def sign_out(self, signed_in: SignedIn) -> Request | None:  # noqa: ARG002  of the contract
        """None is documented."""
        return None

    def _post(self, path: str, fields: list[tuple[str, str]], *, harmless: bool = False) -> Request:
        content = crypto.form(fields)
        request = Request(path=path, method="POST", headers=(_FORM_TYPE,), content=content, harmless=harmless)
        return request.with_headers(*self._address)

    def _session(self, answer: Response) -> Mapping[str, Any]:
        """``body`` of a good sign-in, which holds ``sid``.

        Raises:
            PhoneError: The phone refused, has locked sign-in, or answered something else.
        """
        body = answers.success_body(answer)
        sid = body.get("sid") if isinstance(body, dict) else None
        if isinstance(body, dict) and isinstance(sid, str) and sid:
            return body
        raise self._refusal(answer)

    def _refusal(self, answer: Response) -> PhoneError:
        found = answers.cgi(answer)
        said_no = found is not None and found["response"] == "error"
        if answer.status == UNAUTHORIZED or (said_no and answers.refusal(answer) is None):
            # Any definite "no" stops the phone: an unknown word for a wrong password must not be tried twice.
            return answers.refused_or_locked()
        return answers.not_understood(answer, "an answer to a sign-in", variant=self._variant)


def _identity_cookies(body: Mapping[str, Any], user: str) -> Mapping[str, str]:
    """The cookies as a browser builds them; those received verbatim end the session (sheet 7.2)."""
    role = body.get("role")
    return MappingProxyType(
        {"session-role": role if isinstance(role, str) and role else user, "session-identity": body["sid"]}
    )


# --- GXP14xx to GXP17xx: plain form, JSON answer -----------------------------------------------------------


class FormFlow(Flow):
    """``/cgi-bin/dologin`` with the password as it is; ``sid`` goes into cookies and into each form."""

    def sign_in(self, credentials: Credentials, *, now: datetime) -> Steps:  # noqa: ARG002  of the contract
        """Posts user and password; firmware set to it by quirk takes the password alone."""
        fields = [("username", credentials.username), ("password", credentials.password)]
        if self._quirks.get("login_fields") == "password":
            fields = fields[1:]
        body = self._session((yield self._post("/cgi-bin/dologin", fields)))
        return SignedIn(
            cookies=_identity_cookies(body, credentials.username),
            values=MappingProxyType({"sid": body["sid"]}),
        )

    def authorize(self, request: Request, signed_in: SignedIn) -> Request:
        """Adds cookies, and ``sid`` to a form."""
        ready = super().authorize(request, signed_in)
        if request.method != "POST":
            return ready
        sid = crypto.form([("sid", signed_in.values["sid"])])
        content = b"&".join(part for part in (request.content, sid) if part)
        return Request(path=ready.path, method="POST", headers=(*ready.headers, _FORM_TYPE), content=content)


# --- GXP21xx from 1.0.11, GRP26xx, GHP6xx, WP8x6: challenge ------------------------------------------------


class ChallengeFlow(Flow):
    """SHA-256 over password and a nonce; one session an account, so it is signed out after each read."""

    def __init__(self, phone: PhoneContext) -> None:
        super().__init__(phone)
        usual = "identity" if phone.variant.name == quirks.HISTORY21 else "sid"
        self._by_identity = phone.quirks.get("session", usual) == "identity"

    def sign_in(self, credentials: Credentials, *, now: datetime) -> Steps:  # noqa: ARG002  of the contract
        """Asks for a nonce with the digest of the user's name, then posts the digest of the password."""
        user = crypto.sha256_hex(credentials.username)
        offer = yield self._scripted(self._post("/cgi-bin/access", [("access", user)], harmless=True))
        nonce = answers.success_body(offer)
        if not isinstance(nonce, str) or not nonce:
            raise answers.not_understood(
                offer, "the challenge of a sign-in", variant=self._variant, hint=_OTHER_DIALECT
            )
        secret = crypto.sha256_hex(credentials.password + nonce)
        fields = [("username", credentials.username), ("password", secret)]
        body = self._session((yield self._scripted(self._post("/cgi-bin/dologin", fields))))
        cookies: Mapping[str, str] = MappingProxyType({"sid": body["sid"]})
        if self._by_identity:
            cookies = _identity_cookies(body, credentials.username)
        return SignedIn(cookies=cookies, values=MappingProxyType({"sid": body["sid"]}))

    def authorize(self, request: Request, signed_in: SignedIn) -> Request:
        """Adds cookies; GXP2170 also wants ``sid`` in the query."""
        ready = self._scripted(super().authorize(request, signed_in))
        if not self._by_identity or request.method != "GET":
            return ready
        return Request(
            path=ready.path, headers=ready.headers, hidden=_query([("sid", signed_in.values["sid"])])
        )

    def sign_out(self, signed_in: SignedIn) -> Request:
        """Ends the session; the empty POST carries its length, for the phone answers 411 without."""
        return self.authorize(Request(path="/cgi-bin/dologout", method="POST"), signed_in)

    def _scripted(self, request: Request) -> Request:
        return request.with_headers(_SCRIPTED)


# --- GXV32xx, GXP2200: GMI ---------------------------------------------------------------------------------


class GmiFlow(Flow):
    """``/manager?action=login``; the session ends after 900 s without a request."""

    def sign_in(self, credentials: Credentials, *, now: datetime) -> Steps:  # noqa: ARG002  of the contract
        """Asks with user and password in the query, which is how GMI has it."""
        user = _query([("Username", credentials.username)])
        secret = _query([("Secret", credentials.password)])
        answer = yield Request(path=f"{GMI_PATH}login&{user}&format=json", hidden=secret)
        return _signed_in_by_word(answer, variant=self._variant)

    def is_expired(self, response: Response) -> bool:
        """``authentication required``."""
        return answers.is_gmi_expired(response)


def _signed_in_by_word(answer: Response, *, variant: str) -> SignedIn:
    """The session of an answer that says success; its cookies carry it.

    Raises:
        PhoneError: The phone refused, has locked sign-in, or answered something else.
    """
    known = answers.refusal(answer)
    if known is not None:
        raise known
    word = answers.verdict_word(answer)
    if answer.status == OK and word == "success":
        return SignedIn(cookies=answer.cookies)
    if word == "error" or answer.status in {UNAUTHORIZED, FORBIDDEN}:
        raise answers.refused_or_locked()
    raise answers.not_understood(answer, "an answer to a sign-in", variant=variant)


# --- GXV33xx, GXV34xx, WP820: loginrealm -------------------------------------------------------------------

_LONGEST_REALM = 64


def realm_of(response: Response) -> str | None:
    """The random number of ``/cgi-bin/loginrealm``, or None where the answer is none.

    The vendor's guide does not say how it is written (sheet 2.4): bare, or as the body of a CGI answer.
    """
    body = answers.success_body(response)
    bare = decode(response.content).strip() if response.status == OK else ""
    text = body if isinstance(body, str) else bare
    fits = 0 < len(text) <= _LONGEST_REALM and crypto.is_hex(text) and any(map(str.isdigit, text))
    return text if fits else None


class RealmFlow(Flow):
    """MD5 over user, random number and password; always as gmiadmin, as the vendor's guide has it."""

    def sign_in(self, credentials: Credentials, *, now: datetime) -> Steps:  # noqa: ARG002  of the contract
        """Fetches the random number, then asks with the digest in the query."""
        offer = yield Request(path="/cgi-bin/loginrealm").with_headers(*self._address)
        realm = realm_of(offer)
        if realm is None:
            raise answers.not_understood(offer, "the random number of a sign-in", variant=self._variant)
        secret = crypto.md5_hex(f"{GMI_USER}:{realm}:{credentials.password}")
        request = Request(
            path=f"/cgi-bin/login?{_query([('Username', GMI_USER)])}", hidden=_query([("Secret", secret)])
        )
        answer = yield request.with_headers(*self._address)
        return _signed_in_by_word(answer, variant=self._variant)


# --- GXP14xx, GXP21xx and older: HTML forms ----------------------------------------------------------------


class HtmlFlow(Flow):
    """The two old forms; the page says which, and shows the form again where it refuses."""

    def sign_in(self, credentials: Credentials, *, now: datetime) -> Steps:  # noqa: ARG002  of the contract
        """Fetches the form, posts the password to where it leads."""
        form = yield Request(path="/")
        if form.status != OK or b"dologin" not in form.content:
            raise answers.not_understood(form, "the login form", variant=self._variant)
        password, button = ("P2", credentials.password), ("Login", "Login")
        if b"dologin.htm" in form.content:
            answer = yield self._post("/dologin.htm", [button, password, _GNKEY])
        else:
            answer = yield self._post("/cgi-bin/dologin", [password, button, _GNKEY])
        if b"dologin" in answer.content or answer.status == UNAUTHORIZED:
            raise answers.refused_or_locked()
        if answer.status // 100 not in {2, 3} or not answer.cookies:
            raise answers.not_understood(answer, "an answer to a sign-in", variant=self._variant)
        return SignedIn(cookies=MappingProxyType({**form.cookies, **answer.cookies}))


# --- DP7xx -------------------------------------------------------------------------------------------------


class NoFlow(Flow):
    """No sign-in is documented, so none is tried."""

    def __init__(self, phone: PhoneContext) -> None:
        super().__init__(phone)
        self._refused = Unsupported(phone.variant.refusal)

    def sign_in(self, credentials: Credentials, *, now: datetime) -> Steps:  # noqa: ARG002  of the contract
        """Raises Unsupported, without a request."""
        raise self._refused


_FLOWS: Mapping[str, Callable[[PhoneContext], LoginFlow]] = MappingProxyType(
    {
        quirks.GMI: GmiFlow,
        quirks.HISTORY21: ChallengeFlow,
        quirks.HISTORY26: ChallengeFlow,
        quirks.FORM: FormFlow,
        quirks.HTML: HtmlFlow,
        quirks.REALM: RealmFlow,
        quirks.DP7: NoFlow,
    }
)
