"""Action URI: a phone is told to dial by one request that holds user and password (vendor sheet 4.3).

Certain for v80 and v81, whose guide has it. That older and newer firmware takes the same request is likely,
so there it is tried only where the configuration allows experimental ways: the newer generations sign people
in differently, and nobody has shown one that took this request. What a phone answers that has a call already
is not known; 200 therefore means that it has understood, and no more. The pages of the web interface that
dial too (sheet 3.7) are never asked: they need a web session, of which most phones have one alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from drivers.yealink import answers
from drivers.yealink.answers import FORBIDDEN, OK, UNAUTHORIZED
from drivers.yealink.quirks import JSON, V70, V72, V80, V84, V86
from phonesync.driver import crypto
from phonesync.driver.contract import PhoneContext
from phonesync.driver.dialling import DialOrder, DialRefused, DialRoute, Steps, WhyNot, not_allowed
from phonesync.driver.session import Credentials, Request, Response
from phonesync.errors import Unsupported
from phonesync.model import Evidence

_SERVLET = "/servlet?jumpto=URI&key="
_BASIC = "/cgi-bin/ConfigManApp.com?key="

_ALLOW = (
    "On the phone's page Features, Remote Control: enter the address of the machine on which phonesync runs "
    "as allowed for Action URI, and switch off that the phone asks at each request "
    "(features.action_uri.enable = 1, features.action_uri_limit_ip, features.show_action_uri_option = 0)."
)
_NOT_SHOWN = "no phone of this generation is known to have taken it"

_CERTAIN = DialRoute(
    evidence=Evidence.CERTAIN,
    note="Action URI of the vendor's guide for v80 and v81; the phone does not say whether it had a call.",
    allow=_ALLOW,
)
_LIKELY = DialRoute(
    evidence=Evidence.LIKELY,
    note=f"Action URI as on v80 and v81; {_NOT_SHOWN}; only with `experimental = true`.",
    allow=_ALLOW,
    experimental=True,
)

ROUTES: Mapping[str, DialRoute] = MappingProxyType(
    {V70: _LIKELY, V72: _LIKELY, V80: _CERTAIN, V84: _LIKELY, V86: _LIKELY, JSON: _LIKELY}
)


def dial(order: DialOrder, credentials: Credentials, *, phone: PhoneContext) -> Steps:
    """One request; see :class:`~phonesync.driver.dialling.DialsNumbers`."""
    variant = phone.variant.name
    if variant not in ROUTES:
        raise Unsupported(f"No way is known to let {phone.variant.title} phones dial.")
    if order.line > 1 and (order.account is None or order.server is None):
        raise DialRefused(
            f"The calls are to go out by account {order.line} of the phone, whose server is not known.",
            why=WhyNot.OTHER_LINE,
            hint="Write `server` into [dial].",
        )
    _verdict((yield dial_request(order, credentials, variant=variant)), variant=variant)


def dial_request(order: DialOrder, credentials: Credentials, *, variant: str) -> Request:
    """The address as the vendor's guide has it: user and password in front of ``key``."""
    key = f"number={quote(order.number, safe='*')}"
    if order.account is not None and order.server is not None:
        key += f"&outgoing_uri={quote(order.account, safe='')}@{quote(order.server, safe='')}"
    if variant == V70:
        sealed = crypto.base64_text(f"{credentials.username}:{credentials.password}")
        return Request(path=f"{_BASIC}{key}", headers=(("Authorization", f"Basic {sealed}"),), once=True)
    user, password = quote(credentials.username, safe=""), quote(credentials.password, safe="")
    return Request(
        path=f"{_SERVLET}{key}",
        hidden=f"p=login&q=login&username={user}&pwd={password}",
        hidden_first=True,
        once=True,
    )


def _verdict(response: Response, *, variant: str) -> None:
    known = answers.refusal(response)
    if known is not None:
        raise known
    if response.status == FORBIDDEN:
        raise not_allowed(_ALLOW)
    page = answers.html_or_none(response) if response.status == OK else None
    asks_again = page is not None and answers.is_login_page(page)
    if response.status == UNAUTHORIZED or asks_again or answers.leads_to_sign_in(response):
        raise answers.refused()
    if response.status != OK:
        raise answers.not_understood(response, "an answer to an order to dial", variant=variant)
