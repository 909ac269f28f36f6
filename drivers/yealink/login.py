"""Signing in: one flow per generation, each a generator of requests without I/O.

Every flow spends at most one attempt: whatever the phone says after the password was sent is either a
sign-in, a refusal, a lock, a busy line, or an answer that is not understood.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from drivers.yealink import answers, quirks
from drivers.yealink.answers import OK, UNAUTHORIZED
from phonesync.driver import crypto
from phonesync.driver.contract import PhoneContext
from phonesync.driver.markup import read_html, read_json_object, reading, values_under
from phonesync.driver.script import assigned_string
from phonesync.driver.session import Credentials, LoginFlow, Request, Response, SignedIn
from phonesync.errors import PhoneError, UnexpectedResponse

Steps = Generator[Request, Response, SignedIn]

BASIC_STATUS = "/cgi-bin/ConfigManApp.com?Id=1"
FORM_PAGE = "/servlet?p=login&q=loginForm&jumpto=status"
SERVLET_PAGE = "/servlet?m=mod_listener&p=login&q=loginForm&jumpto=status"
PHONECFG = "/servlet?phonecfg="

UNCERTAIN_PATHS = ("/api/time/", "/api/inner/")
"""Not every model has them, so what they answer says nothing about the session."""

_FORM_TYPE = ("Content-Type", "application/x-www-form-urlencoded")
_JSON_TYPE = ("Content-Type", "application/json;charset=UTF-8")
_LIKE_A_BROWSER = (
    ("Accept", "application/json, text/plain, */*"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
    ("Connection", "close"),
)
"""Some T5x reset the connection without these, ``Origin`` and ``Referer`` (sheet 2.6)."""

_OFFER_WORDS = 3


def flow_of(phone: PhoneContext) -> LoginFlow:
    """The sign-in of this phone's variant."""
    return _FLOWS[phone.variant.name](phone)


def _post(path: str, fields: list[tuple[str, str]]) -> Request:
    return Request(path=path, method="POST", headers=(_FORM_TYPE,), content=crypto.form(fields))


def _basic(credentials: Credentials) -> str:
    return f"Basic {crypto.base64_text(f'{credentials.username}:{credentials.password}')}"


# --- v70: HTTP Basic ---------------------------------------------------------------------------------------


class BasicFlow:
    """HTTP Basic: the status page is fetched once to learn whether the password is right."""

    def __init__(self, phone: PhoneContext) -> None:
        self._variant = phone.variant.name

    def sign_in(self, credentials: Credentials, *, now: datetime) -> Steps:  # noqa: ARG002  of the contract
        """Fetches the status page with the password; 401 is a refusal."""
        signed_in = SignedIn(values=MappingProxyType({"authorization": _basic(credentials)}))
        response = yield self.authorize(Request(path=BASIC_STATUS), signed_in)
        known = answers.refusal(response)
        if known is not None:
            raise known
        if response.status == UNAUTHORIZED:
            raise answers.refused()
        if response.status != OK:
            raise answers.not_understood(response, "the status page", variant=self._variant)
        return signed_in

    def authorize(self, request: Request, signed_in: SignedIn) -> Request:
        """Adds the password."""
        return request.with_headers(("Authorization", signed_in.values["authorization"]))

    def is_expired(self, response: Response) -> bool:  # noqa: ARG002  of the contract
        """Never: without a session a 401 is a refused password, and signing in again would spend another."""
        return False

    def sign_out(self, signed_in: SignedIn) -> Request | None:  # noqa: ARG002  of the contract
        """There is no session to end."""
        return None


# --- v71 to v86: cookie ------------------------------------------------------------------------------------


class CookieFlow:
    """What the generations with a session cookie and HTML pages share; no sign-out is documented."""

    def __init__(self, phone: PhoneContext) -> None:
        self._variant = phone.variant.name

    def authorize(self, request: Request, signed_in: SignedIn) -> Request:
        """Adds the cookie; the one page outside of the web session gets the password that worked."""
        if request.path.startswith(PHONECFG):
            return request.with_headers(("Authorization", signed_in.values["authorization"]))
        return request.with_headers(("Cookie", signed_in.cookie_header()))

    def is_expired(self, response: Response) -> bool:
        """A login page, 401 or a redirect to the login form in place of what was asked for."""
        if response.path.startswith(PHONECFG) or b"ListContent" in response.content:
            return False
        return b"g_callloglist" not in response.content and answers.is_signed_out_page(response)

    def sign_out(self, signed_in: SignedIn) -> Request | None:  # noqa: ARG002  of the contract
        """None is documented."""
        return None

    def _signed_in(self, credentials: Credentials, *responses: Response) -> SignedIn:
        cookies = {name: value for each in responses for name, value in each.cookies.items()}
        return SignedIn(
            cookies=MappingProxyType(cookies),
            values=MappingProxyType({"authorization": _basic(credentials)}),
        )

    def _verdict_by_redirect(self, response: Response) -> None:
        """Success is a redirect; the login page again, or a way back to it, is a refusal."""
        known = answers.refusal(response)
        if known is not None:
            raise known
        page = answers.html_or_none(response) if response.status == OK else None
        back = answers.is_redirect(response) and "loginForm" in (response.header("Location") or "")
        if response.status == UNAUTHORIZED or back or (page is not None and answers.is_login_page(page)):
            raise answers.refused()
        if not answers.is_redirect(response):
            raise answers.not_understood(response, "an answer to a sign-in", variant=self._variant)


class FormFlow(CookieFlow):
    """v71-v73: a plain form."""

    def sign_in(self, credentials: Credentials, *, now: datetime) -> Steps:  # noqa: ARG002  of the contract
        """Fetches the form for its cookie, then posts user and password."""
        form = yield Request(path=FORM_PAGE)
        if form.status != OK:
            raise answers.not_understood(form, "the login form", variant=self._variant)
        fields = [("username", credentials.username), ("pwd", credentials.password)]
        request = _post("/servlet?p=login&q=login", [*fields, ("jumpto", "status"), ("acc", "")])
        before = self._signed_in(credentials, form)
        answer = yield self.authorize(request, before) if before.cookies else request
        self._verdict_by_redirect(answer)
        return self._signed_in(credentials, form, answer)


class BlobFlow(CookieFlow):
    """v80/v81: user and password inside one AES blob, its key under RSA."""

    def sign_in(self, credentials: Credentials, *, now: datetime) -> Steps:  # noqa: ARG002  of the contract
        """Fetches key and session id, then posts the blob."""
        fraction = crypto.random_fraction()
        offer = yield Request(path=f"/servlet?p=login&q=getsessionid&random={fraction}")
        with reading(offer, variant=self._variant):
            modulus, exponent, session = self._offer(offer)
            key, initial = crypto.random_hex(), crypto.random_hex()
            text = (
                f"rand={crypto.random_fraction()};sessionid={session};"
                f"username={credentials.username};pwd={credentials.password};"
            )
            blob = crypto.aes_cbc(
                f"MD5={crypto.md5_hex(text)};{text}", key=key, initial=initial, whole_block=True
            )
            fields = [
                ("key", crypto.rsa_hex(key, modulus=modulus, exponent=exponent)),
                ("iv", crypto.rsa_hex(initial, modulus=modulus, exponent=exponent)),
                ("data", crypto.base64_text(blob)),
            ]
        cookies = MappingProxyType({"JSESSIONID": session})
        before = SignedIn(cookies=cookies, values=self._signed_in(credentials).values)
        request = _post("/servlet?p=login&q=login", [*fields, ("jumpto", "status"), ("acc", "")])
        answer = yield self.authorize(request, before)
        self._verdict_by_redirect(answer)
        return SignedIn(cookies=MappingProxyType({**cookies, **answer.cookies}), values=before.values)

    def _offer(self, response: Response) -> tuple[str, str, str]:
        words = response.content.decode("ascii", "replace").strip().split(",")
        session = response.cookies.get("JSESSIONID", words[-1])
        is_word = session.replace("-", "").replace("_", "").isalnum()
        if response.status != OK or len(words) != _OFFER_WORDS or not is_word:
            raise UnexpectedResponse("The phone's answer is not an RSA key and a session id.")
        return words[0], words[1], session


class ServletFlow(CookieFlow):
    """v82-v86, ``mod_listener``: the verdict stands in ``_RES_INFO_``."""

    def __init__(self, phone: PhoneContext) -> None:
        super().__init__(phone)
        self._with_aes = phone.variant.name == quirks.V84

    def sign_in(self, credentials: Credentials, *, now: datetime) -> Steps:  # noqa: ARG002  of the contract
        """Fetches cookie and RSA key from the form, then posts user and encrypted password."""
        form = yield Request(path=SERVLET_PAGE)
        session = form.cookies.get("JSESSIONID")
        if form.status != OK or not session:
            raise answers.not_understood(form, "the login form with its cookie", variant=self._variant)
        with reading(form, variant=self._variant):
            secret = self._secret(form, session=session, password=credentials.password)
        path = f"/servlet?m=mod_listener&p=login&q=login&Rajax={crypto.random_fraction()}"
        request = _post(path, [("username", credentials.username), *secret])
        answer = yield self.authorize(request, self._signed_in(credentials, form))
        self._verdict(answer)
        return self._signed_in(credentials, form, answer)

    def _secret(self, form: Response, *, session: str, password: str) -> list[tuple[str, str]]:
        script = read_html(form.content).scripts()
        modulus, exponent = assigned_string(script, "g_rsa_n"), assigned_string(script, "g_rsa_e")
        if modulus is None or exponent is None:
            raise UnexpectedResponse("The login form offers no RSA key.")

        def sealed(text: str) -> str:
            return crypto.rsa_hex(text, modulus=modulus.value, exponent=exponent.value)

        if not self._with_aes:
            return [("pwd", sealed(password))]
        key, initial = crypto.random_hex(), crypto.random_hex()
        text = f"{crypto.random_fraction()};{session};{password}"
        blob = crypto.aes_cbc(text, key=key, initial=initial)
        return [("pwd", crypto.base64_text(blob)), ("rsakey", sealed(key)), ("rsaiv", sealed(initial))]

    def _verdict(self, answer: Response) -> None:
        known = answers.refusal(answer)
        if known is not None:
            raise known
        with reading(answer, variant=self._variant):
            result = answers.result_of(read_html(answer.content)) or answers.json_or_none(answer)
        status = None if result is None else result.get("authstatus")
        if status == "done":
            return
        if isinstance(status, str) or answer.status == UNAUTHORIZED:
            raise answers.refused("" if status == "none" else status or "")
        raise answers.not_understood(answer, "an answer to a sign-in", variant=self._variant)


# --- v85 to v87: JSON --------------------------------------------------------------------------------------


def info_request(page: str, idlist: list[str], *, now: datetime) -> Request:
    """Asks ``/api/common/info`` for values by their names.

    Args:
        page: The browser's page that asks.
        idlist: Names.
        now: Our time, UTC.
    """
    return json_request(f"/api/common/info?p={page}&t={milliseconds(now)}", {"idlist": idlist})


def json_request(path: str, value: Mapping[str, list[str]]) -> Request:
    """Posts JSON that asks for values."""
    content = json.dumps(value, separators=(",", ":")).encode()
    return Request(path=path, method="POST", headers=(_JSON_TYPE,), content=content, harmless=True)


def milliseconds(now: datetime) -> int:
    """The ``t`` of every request."""
    return int(now.timestamp() * 1000)


def info(response: Response) -> Mapping[str, Any] | None:
    """``data`` of a good answer of ``/api/common/info``, or None where it is none."""
    answer = answers.json_or_none(response)
    data = answer.get("data") if answer is not None and answer.get("ret") == "ok" else None
    return data if isinstance(data, dict) else None


class JsonFlow:
    """v85-v87: RSA password, a token in a header, one session at a time."""

    def __init__(self, phone: PhoneContext) -> None:
        self._variant = phone.variant.name
        origin = phone.origin.rstrip("/")
        address = (("Origin", origin), ("Referer", f"{origin}/")) if origin else ()
        self._headers = (*_LIKE_A_BROWSER, *address)

    def sign_in(self, credentials: Credentials, *, now: datetime) -> Steps:
        """Fetches the RSA key, posts user and password, fetches the token."""
        names = ["wui.common.rsaN", "wui.common.rsaE"]
        offer = yield self._anonymous(info_request("Login", names, now=now))
        if info(offer) is None and answers.refusal(offer) is None:
            # AX86R offers the key to a plain GET only.
            offer = yield self._anonymous(Request(path="/api/common/info?p=Login"))
        secret = self._secret(offer, credentials.password)
        fields = [("username", credentials.username), ("pwd", secret)]
        answer = yield self._anonymous(_post(f"/api/auth/login?p=Login&t={milliseconds(now)}", fields))
        self._verdict(answer)
        signed_in = SignedIn(cookies=MappingProxyType({**offer.cookies, **answer.cookies}))
        reply = yield self.authorize(info_request("Login", ["wui"], now=now), signed_in)
        token = (info(reply) or {}).get("wui.common.token")
        if not isinstance(token, str) or not token:
            # The session is open already and would keep everybody else out.
            yield self.sign_out(signed_in)
            raise answers.not_understood(reply, "the token of a session", variant=self._variant)
        cookies = MappingProxyType({**signed_in.cookies, **reply.cookies})
        return SignedIn(cookies=cookies, values=MappingProxyType({"token": token}))

    def authorize(self, request: Request, signed_in: SignedIn) -> Request:
        """Adds cookie, token and what a browser would send."""
        added = [("Cookie", signed_in.cookie_header())] if signed_in.cookies else []
        if "token" in signed_in.values:
            added.append(("X-CSRFToken", signed_in.values["token"]))
        return self._anonymous(request).with_headers(*added)

    def is_expired(self, response: Response) -> bool:
        """The answers that mean "signed out", on paths that are sure to exist."""
        if response.path.startswith(UNCERTAIN_PATHS) or b'"calls"' in response.content:
            return False
        return answers.is_signed_out_json(response)

    def sign_out(self, signed_in: SignedIn) -> Request:
        """Ends the session: the phone has only one."""
        return self.authorize(Request(path="/api/auth/logout", method="POST"), signed_in)

    def _anonymous(self, request: Request) -> Request:
        return request.with_headers(*self._headers)

    def _secret(self, offer: Response, password: str) -> str:
        data = info(offer)
        if data is None:
            raise answers.not_understood(offer, "the keys of a sign-in", variant=self._variant)
        modulus, exponent = data.get("wui.common.rsaN"), data.get("wui.common.rsaE")
        if not modulus and not exponent:
            return password
        with reading(offer, variant=self._variant):
            if not isinstance(modulus, str) or not isinstance(exponent, str):
                raise UnexpectedResponse("The phone offers half an RSA key.")
            return f"__WUI_ENC__:{crypto.rsa_hex(password, modulus=modulus, exponent=exponent)}"

    def _verdict(self, response: Response) -> None:
        known = answers.refusal(response)
        if known is not None:
            raise known
        if response.status == UNAUTHORIZED:
            raise answers.refused()
        with reading(response, variant=self._variant):
            answer = read_json_object(response.content)
        if answer.get("ret") == "ok" and answer.get("data") is True:
            return
        raise self._refusal(response, answer)

    def _refusal(self, response: Response, answer: Mapping[str, Any]) -> PhoneError:
        # Any definite "no" stops the phone: an unknown word for a wrong password must not be tried twice.
        if answer.get("ret") in {"ok", "failed"}:
            said = next(values_under(answer.get("error"), "msg"), "")
            return answers.refused(said if isinstance(said, str) else "")
        return answers.not_understood(response, "an answer to a sign-in", variant=self._variant)


_FLOWS: Mapping[str, Callable[[PhoneContext], LoginFlow]] = MappingProxyType(
    {
        quirks.V70: BasicFlow,
        quirks.V72: FormFlow,
        quirks.V80: BlobFlow,
        quirks.V84: ServletFlow,
        quirks.V86: ServletFlow,
        quirks.JSON: JsonFlow,
    }
)
