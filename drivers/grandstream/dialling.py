"""CTI: a phone is asked whether it is free, and then told to dial (vendor sheet 4.2).

Certain for GXP16xx, GXP17xx, GXP21xx and GRP26xx, whose guides have it. GXP14xx and GHP6xx are held to be
alike, so there it is tried only where the configuration allows experimental ways. WP8x6 wants a web session
for it, and DP7xx has handsets of which none can be named: neither is asked. Where the guide for GXP has the
password a second time, both are sent. Which account is meant by another number than 0 is not documented.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from drivers.grandstream import answers
from drivers.grandstream.answers import FORBIDDEN, OK, UNAUTHORIZED
from drivers.grandstream.quirks import FORM, HISTORY21, HISTORY26
from phonesync.driver.contract import PhoneContext
from phonesync.driver.dialling import DialOrder, DialRefused, DialRoute, Steps, WhyNot, not_allowed
from phonesync.driver.session import Credentials, Request, Response
from phonesync.errors import SignInRefused, Unsupported
from phonesync.model import Evidence

_STATUS = "/cgi-bin/api-get_phone_status"
_CALL = "/cgi-bin/api-make_call"
_FREE = "available"
_IN_CALL = frozenset({"ringing", "busy", "oncall"})

_ALLOW = (
    "On the phone's page Network, Remote Control (GXP21xx and GRP26xx; on by default on GXP16xx and "
    "GXP17xx): switch Action URI Support on, enter the address of the machine on which phonesync runs as "
    "allowed, and switch the pop-up window off (P32050, P32052, P32051)."
)
_CERTAIN = DialRoute(
    evidence=Evidence.CERTAIN,
    note="CTI of the vendor's guide; by the phone's first account.",
    allow=_ALLOW,
    confirms=True,
)
_LIKELY = DialRoute(
    evidence=Evidence.LIKELY,
    note="CTI as on its sister models, whose guide does not name this one; only with `experimental = true`.",
    allow=_ALLOW,
    experimental=True,
    confirms=True,
)
_GUIDED = re.compile(r"GXP1[67]\d\d|GXP21\d\d|GRP26\d\d[A-Z]*")
_SISTERS = re.compile(r"GXP14\d\d|GHP6\d\d[A-Z]*")


def route_of(variant: str, model: str | None) -> DialRoute | None:
    """How phones are told to dial; None where no way is documented in full."""
    if variant not in {FORM, HISTORY21, HISTORY26}:
        return None
    word = (model or "").strip().upper()
    if _GUIDED.fullmatch(word) or (variant == HISTORY21 and not word):
        return _CERTAIN
    return _LIKELY if _SISTERS.fullmatch(word) else None


def dial(order: DialOrder, credentials: Credentials, *, phone: PhoneContext) -> Steps:
    """Two requests; see :class:`~phonesync.driver.dialling.DialsNumbers`."""
    variant = phone.variant.name
    if route_of(variant, phone.identity.model) is None:
        raise Unsupported(f"No way is known to let {phone.identity.model or phone.variant.title} dial.")
    if order.line > 1:
        raise DialRefused(
            f"The calls are to go out by account {order.line} of the phone; it can be told to use its first "
            "one only.",
            why=WhyNot.OTHER_LINE,
        )
    password = quote(credentials.password, safe="")
    address = (("Referer", f"{phone.origin}/"), ("Origin", phone.origin)) if phone.origin else ()
    hidden = f"passcode={password}"
    state = _body((yield Request(path=_STATUS, hidden=hidden, headers=address, once=True)), variant=variant)
    if isinstance(state, str) and state.lower() in _IN_CALL:
        raise DialRefused("The phone has a call already.", why=WhyNot.IN_CALL, hint="End it first.")
    if not isinstance(state, str) or state.lower() != _FREE:
        raise DialRefused("The phone does not say that it is free.", why=WhyNot.SAID_NO)
    number = quote(order.number, safe="*")
    path = f"{_CALL}?phonenumber={number}"
    if variant != HISTORY26:
        path, hidden = f"{path}&account=0", f"{hidden}&password={password}"
    done = _body((yield Request(path=path, hidden=hidden, headers=address, once=True)), variant=variant)
    if done is False:
        raise DialRefused("The phone says that it does not dial.", why=WhyNot.SAID_NO)


def _body(response: Response, *, variant: str) -> object:
    """``body`` of a good answer."""
    known = answers.refusal(response)
    if known is not None:
        raise known
    if response.status == FORBIDDEN or b"Forbidden" in response.content[:500]:
        raise not_allowed(_ALLOW)
    found = answers.cgi(response) if response.status == OK else None
    if response.status == UNAUTHORIZED or (found is not None and found["response"] != "success"):
        if found is not None and found.get("body") is False:
            raise DialRefused("The phone says that it does not dial.", why=WhyNot.SAID_NO)
        raise SignInRefused(
            "The phone refused the order to dial: the password is wrong, or it takes no orders from this "
            "machine, which its answer does not tell apart.",
            hint=_ALLOW,
        )
    if found is None:
        raise answers.not_understood(response, "an answer to an order to dial", variant=variant)
    return found.get("body")
