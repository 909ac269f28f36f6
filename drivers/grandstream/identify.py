"""Which generation a phone is, found out by probes that need no password (sheet 1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from drivers.grandstream import answers, quirks
from drivers.grandstream.answers import OK, UNAUTHORIZED
from drivers.grandstream.login import GMI_PATH, realm_of
from phonesync.driver.markup import HtmlPage, decode, read_json, script_text, unexpected
from phonesync.driver.session import Request, Response, Session
from phonesync.errors import UnexpectedResponse
from phonesync.model import Evidence, PhoneIdentity

VALUES = "/cgi-bin/api.values.get"
MODEL_PROBE = f"{VALUES}?request=phone_model:1395"
"""The names stay short: before 1.0.7.81 a long one overflows a buffer of GXP16xx (CVE-2026-2329)."""

DEFINE_PROBE = "/json/configs/model.define.js"
PRODUCT_PROBE = f"{GMI_PATH}product&time=0"
REALM_PROBE = "/cgi-bin/loginrealm"

_NO_PHONES = re.compile(r"(HT|GDS|GSC|UCM|GAC|GVC|GXW|GWN)\d.*")
"""Adapters, door stations, switchboards of the maker: other dialects, no desk phones."""

_MODEL = re.compile(r"\b(?:GXP|BT)\d{3,4}\b")
_OLD_FORM = {"P2", "gnkey"}
_SET_VARIANT = "Set `variant` for this phone; `phonesync drivers` lists them. A wrong one spends no password."


async def identify(session: Session) -> PhoneIdentity | None:
    """Recognises a Grandstream phone; None where it is none.

    Raises:
        PhoneError: The phone could not be reached, or is of this maker and of no known generation.
    """
    first = await session.send(Request(path="/"))
    if first.status == UNAUTHORIZED:
        return None  # these phones sign in by forms; a probe could count as an attempt elsewhere
    found = form_identity(first)
    if found is not None:
        return found
    for probe, read in ((MODEL_PROBE, model_of), (DEFINE_PROBE, defined_model), (PRODUCT_PROBE, product)):
        answer = await session.send(Request(path=probe))
        model = read(answer)
        if model is not None:
            return identity_of(model, answer)
    answer = await session.send(Request(path=REALM_PROBE))
    return None if realm_of(answer) is None else _identity(quirks.REALM, Evidence.LIKELY)


def _identity(variant: str, evidence: Evidence, *, model: str | None = None) -> PhoneIdentity:
    return PhoneIdentity(vendor="grandstream", variant=variant, model=model, evidence=evidence)


def identity_of(model: str, response: Response) -> PhoneIdentity | None:
    """What a phone is by its model; None for what is no phone.

    Raises:
        UnexpectedResponse: A model of no known generation.
    """
    if _NO_PHONES.fullmatch(model.upper()):
        return None
    variant = quirks.variant_of_model(model)
    if variant is None:
        shown = (
            model if model.isascii() and model.isalnum() and len(model) <= len("GXV3500-LONG") else "phone"
        )
        message = f"The Grandstream {shown} is of no generation that is known."
        raise unexpected(response, message, variant="", hint=_SET_VARIANT)
    certain = variant in {quirks.GMI, quirks.FORM} or model.upper().startswith("WP826")
    return _identity(variant, Evidence.CERTAIN if certain else Evidence.LIKELY, model=model)


def _word(value: object) -> str | None:
    text = value.strip() if isinstance(value, str) else ""
    return text or None


def model_of(response: Response) -> str | None:
    """``phone_model`` of ``api.values.get``, or None."""
    body = answers.success_body(response)
    return _word(body.get("phone_model")) if isinstance(body, dict) else None


def defined_model(response: Response) -> str | None:
    """``model`` of ``model.define.js`` where it names this vendor, or None."""
    found = _define(response) if response.status == OK else {}
    vendor = _word(found.get("vendor_name"))
    return _word(found.get("model")) if vendor is not None and vendor.lower() == "grandstream" else None


def _define(response: Response) -> Mapping[str, Any]:
    try:
        found = read_json(response.content)
    except UnexpectedResponse:
        return {}
    return found if isinstance(found, dict) else {}


def product(response: Response) -> str | None:
    """``Product`` of GMI, or None."""
    if response.status != OK or not decode(response.content[:20]).lower().startswith("response="):
        return None
    shown = answers.text_fields(response)
    whole = response.content.endswith((b"\n", b"\r")) and shown.get("response", "").lower() == "success"
    return _word(shown.get("product")) if whole else None


def form_identity(response: Response) -> PhoneIdentity | None:
    """The old HTML generations by their form: a field ``P2`` or ``gnkey``, sent to ``dologin``."""
    page = answers.html_or_none(response) if response.status == OK else None
    if page is None or page.is_cut:
        return None
    targets = " ".join(page.attributes("form", "action"))
    if "dologin" not in targets or not _OLD_FORM.intersection(page.attributes("input", "name")):
        return None
    return _identity(quirks.HTML, Evidence.LIKELY, model=_titled(page))


def _titled(page: HtmlPage) -> str | None:
    titles = " ".join(script_text(element) for element in page.root.iter("title"))
    found = _MODEL.search(titles)
    return found[0] if found else None
