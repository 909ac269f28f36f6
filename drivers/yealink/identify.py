"""Which generation a phone is, found out without signing in and without spending an attempt (sheet 1.1)."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

from drivers.yealink import answers, quirks, status
from drivers.yealink.login import FORM_PAGE, SERVLET_PAGE, info, info_request
from phonesync.driver.markup import HtmlPage, script_text, unexpected
from phonesync.driver.script import assigned_string, called_with
from phonesync.driver.session import Request, Response, Session
from phonesync.model import Evidence, PhoneIdentity

_REALMS = ("enterprise ip phone", "gigabit color ip phone")
_CGI = "/cgi-bin/"
_MOST_LINKS = 4
_SERVLET_LOGIN = "m=mod_listener&p=login"
_FORM_LOGIN = "p=login&q=login"
_T3X_PREFIXES = ("124", "127")
_FIRST_RSA_ONLY = 86
_EITHER = 85


async def identify(session: Session) -> PhoneIdentity | None:
    """Recognises a Yealink phone; None where it is none.

    Raises:
        PhoneError: The phone could not be reached, or shows a login form of no known generation.
    """
    first = await session.send(Request(path="/"))
    if first.status == answers.UNAUTHORIZED:
        return basic_identity(first)
    locked = answers.refusal(first)
    if locked is not None:
        raise locked
    form = await _form(session, first)
    found = None if form is None else form_identity(form)
    if found is None:
        found = await _identify_json(session)
    return found if found is not None else await _identify_links(session, first)


def _identity(
    variant: str,
    evidence: Evidence,
    *,
    model: str | None = None,
    firmware: str | None = None,
    mac: str | None = None,
) -> PhoneIdentity:
    return PhoneIdentity(
        vendor="yealink",
        variant=variant,
        model=model or quirks.model_of(firmware),
        firmware=firmware,
        mac=mac,
        evidence=evidence,
    )


# --- v70: the realm names the model ------------------------------------------------------------------------


def basic_identity(response: Response) -> PhoneIdentity | None:
    """v70 from ``Basic realm="Enterprise IP phone SIP-T20P"``; None for any other challenge."""
    challenge = response.header("WWW-Authenticate") or ""
    scheme, _, rest = challenge.strip().partition(" ")
    parts = rest.split('"')
    realm = parts[1].strip() if len(parts) > 1 and parts[0].strip().lower() == "realm=" else ""
    start = next((known for known in _REALMS if realm.lower().startswith(known)), None)
    if scheme.lower() != "basic" or start is None:
        return None
    return _identity(quirks.V70, Evidence.CERTAIN, model=realm[len(start) :].strip() or None)


async def _identify_links(session: Session, first: Response) -> PhoneIdentity | None:
    """v70 whose root asks for nothing: links below /cgi-bin/, followed until one asks for a password.

    Links are followed without their query, which could name a command.
    """
    if first.status != answers.OK:
        return None
    page = answers.html_or_none(await session.send(Request(path=_CGI)))
    links = () if page is None else page.attributes("a", "href")
    paths = dict.fromkeys(urlsplit(urljoin(_CGI, link)).path for link in links)
    for path in [path for path in paths if path.startswith(_CGI) and path != _CGI][:_MOST_LINKS]:
        answer = await session.send(Request(path=quote(path)))
        if answer.status == answers.UNAUTHORIZED:
            return basic_identity(answer)
    return None


# --- v71 to v86: the login form tells ----------------------------------------------------------------------


async def _form(session: Session, first: Response) -> Response | None:
    """The login form that the first answer leads to, or is."""
    page = answers.html_or_none(first) if first.status == answers.OK else None
    place = first.header("Location") or ""
    if page is not None:
        place = "\n".join((place, *_places(page)))
    if _SERVLET_LOGIN in place:
        return await session.send(Request(path=SERVLET_PAGE))
    if _FORM_LOGIN in place:
        return await session.send(Request(path=FORM_PAGE))
    return first if page is not None and answers.is_login_page(page) else None


def _places(page: HtmlPage) -> tuple[str, ...]:
    """Where a page leads: by script, refresh, frame, link or form."""
    return (
        page.scripts(),
        *page.attributes("meta", "content"),
        *page.attributes("iframe", "src"),
        *page.attributes("frame", "src"),
        *page.attributes("a", "href"),
        *page.attributes("form", "action"),
    )


def form_identity(response: Response) -> PhoneIdentity | None:
    """v71 to v86 from a login form; None where it is no Yealink's, or was cut and could be of any generation.

    Raises:
        UnexpectedResponse: The form offers an RSA key but no firmware to tell v84 from v86 by.
    """
    page = answers.html_or_none(response) if response.status == answers.OK else None
    if page is None or page.is_cut:
        return None
    script = page.scripts()
    key, shown = assigned_string(script, "g_rsa_n"), assigned_string(script, "g_strFirmware")
    model = assigned_string(script, "g_phonetype")
    if key is not None:
        if shown is None:
            raise unexpected(response, "The login form names no firmware.", variant="", hint=_SET_VARIANT)
        return servlet_identity(
            shown.value.strip(), model.value.strip() if model is not None else "", response
        )
    title = _title(page)
    inputs = set(page.attributes("input", "name"))
    if title is None and not inputs >= {"username", "pwd"}:
        return None
    version = _rsa_script_version(page)
    if version is not None:
        return _identity(quirks.V80, Evidence.LIKELY, model=title, firmware=version or None)
    if title is not None or "jumpto" in inputs:
        return _identity(quirks.V72, Evidence.CERTAIN, model=title)
    return None


_SET_VARIANT = (
    'Set `variant = "v84-servlet"` or `variant = "v86-servlet"` for this phone: trying could lock it.'
)


def servlet_identity(firmware: str, model: str, response: Response) -> PhoneIdentity:
    """v84 or v86 by the second number of the firmware, and on v85 by the model. Never by trying.

    Raises:
        UnexpectedResponse: The firmware is no dotted version.
    """
    numbers = firmware.split(".")
    if len(numbers) < len(("66", "84")) or not all(n.isascii() and n.isdigit() for n in numbers[:2]):
        raise unexpected(response, "The login form names no firmware.", variant="", hint=_SET_VARIANT)
    generation = int(numbers[1])
    is_t3x = numbers[0] in _T3X_PREFIXES or model.upper().removeprefix("SIP-").startswith("T3")
    rsa_only = generation >= _FIRST_RSA_ONLY or (generation == _EITHER and is_t3x)
    certain = is_t3x if rsa_only else generation < _EITHER
    return _identity(
        quirks.V86 if rsa_only else quirks.V84,
        Evidence.CERTAIN if certain else Evidence.LIKELY,
        model=model or None,
        firmware=firmware,
    )


def _title(page: HtmlPage) -> str | None:
    """The model of ``T("Enterprise IP phone <model>")``, which may stand in a script or in the title."""
    titles = "\n".join(script_text(element) for element in page.root.iter("title"))
    for text in called_with(f"{titles}\n{page.scripts()}", "T"):
        start = next((known for known in _REALMS if text.lower().startswith(known)), None)
        if start is not None and text[len(start) :].strip():
            return text[len(start) :].strip()
    return None


def _rsa_script_version(page: HtmlPage) -> str | None:
    """The version behind ``rsa.js?``; "" where there is none, None without such a script."""
    for source in page.attributes("script", "src"):
        parts = urlsplit(source)
        if parts.path.rpartition("/")[2] == "rsa.js":
            digits = parts.query.rpartition("=")[2]
            return digits if digits.replace(".", "").isdigit() else ""
    return None


# --- v85 to v87: JSON --------------------------------------------------------------------------------------


async def _identify_json(session: Session) -> PhoneIdentity | None:
    request = info_request("Login", ["wui.common.rsaN", "wui.common.rsaE"], now=session.now())
    answer = await session.send(request)
    if not is_json_generation(answer):
        answer = await session.send(Request(path="/api/common/info?p=Login"))
        if not is_json_generation(answer):
            return None
    answer = await session.send(info_request("StatusGeneral", ["wui"], now=session.now()))
    shown = status.wui_identity(answer)
    return _identity(quirks.JSON, Evidence.CERTAIN, model=shown.model, firmware=shown.firmware, mac=shown.mac)


def is_json_generation(response: Response) -> bool:
    """Whether ``/api/common/info`` answers as the JSON generation does: names that begin with ``wui.``."""
    data = info(response)
    return data is not None and any(name.startswith("wui.") for name in data)
