"""The faults of the matrix: what goes wrong, what the phone's state must say of it, which kinds can show it."""

from __future__ import annotations

from phonesync.farm.faults import Fault, FaultKind
from tests.system.office import KINDS
from tests.thorough import THOROUGH

WITH_SESSION = tuple(kind for kind in KINDS if kind != "yealink-basic")
"""The oldest generation sends its password with every request; there is no session to lose."""

ONE_SESSION = ("yealink-json",)
SECURE = ("yealink-servlet-rsa",)

OTHER_PAGE = r"status 200|is no call list|not JSON|lacks the list|page titled \"Router\""

AT_LIST = {
    "hang": (Fault(kind=FaultKind.HANG), r"did not answer", KINDS),
    "reset": (Fault(kind=FaultKind.RESET), r"broke the connection .*reset", KINDS),
    "500": (Fault(kind=FaultKind.SERVER_ERROR), r"status 500", KINDS),
    "404": (Fault(kind=FaultKind.NOT_FOUND), r"status 404", KINDS),
    "garbage": (Fault(kind=FaultKind.GARBAGE), r"broke HTTP", KINDS),
    "endless": (Fault(kind=FaultKind.ENDLESS, piece=65536), r"a body of more than \d+ bytes", KINDS),
    "drip": (Fault(kind=FaultKind.DRIP, piece=8, delay_s=0.1), r"took longer than", KINDS),
    "redirect": (Fault(kind=FaultKind.REDIRECT), r"redirects to http://192\.0\.2\.66", KINDS),
    "login-page": (Fault(kind=FaultKind.LOGIN_PAGE), r"ended the session again", WITH_SESSION),
    "locked": (Fault(kind=FaultKind.LOCKED), r"has locked sign-in for 3 minutes", KINDS),
    "busy": (Fault(kind=FaultKind.BUSY), r"Somebody is signed in .* from 192\.0\.2\.250", ONE_SESSION),
    "expired": (Fault(kind=FaultKind.EXPIRED), r"ended the session again", WITH_SESSION),
    "entity-bomb": (Fault(kind=FaultKind.ENTITY_BOMB), r"declares entities", KINDS),
    "compressed-bomb": (Fault(kind=FaultKind.COMPRESSED_BOMB), r"a body of more than \d+ bytes", KINDS),
    "wrong-content": (Fault(kind=FaultKind.WRONG_CONTENT), OTHER_PAGE, KINDS),
}
"""Fault, what the phone's state must say, and the kinds of phone that can show it where lists are asked for."""

EVERYWHERE = {
    "offline": (Fault(kind=FaultKind.OFFLINE), r"broke the connection|refused the connection", KINDS),
    "certificate": (Fault(kind=FaultKind.CHANGED_CERTIFICATE), r"shows the certificate .* pinned", SECURE),
    "tls-1.0": (Fault(kind=FaultKind.OLD_TLS), r"TLS version.* too old.*tls_legacy = true", SECURE),
    "redirect": (AT_LIST["redirect"][0], r"redirects elsewhere, to http://192\.0\.2\.66", KINDS),
    "locked": (AT_LIST["locked"][0], AT_LIST["locked"][1], KINDS),
    "busy": (AT_LIST["busy"][0], AT_LIST["busy"][1], ONE_SESSION),
    **{
        name: AT_LIST[name]
        for name in (
            *("hang", "reset", "500", "404", "garbage", "endless", "drip"),
            *("entity-bomb", "compressed-bomb", "wrong-content"),
        )
    },
}
"""The same for faults of whatever is asked, connections included."""

ONLY_EVERYWHERE = ("offline", "certificate", "tls-1.0", "redirect", "locked", "busy")
"""Those that are told otherwise than where lists are asked for; the rest is the same at every turn of a poll."""

ROUNDS = [
    *(
        (name, "at the list", kinds[number % len(kinds)])
        for number, (name, (_, _, kinds)) in enumerate(AT_LIST.items())
    ),
    *(
        (name, "everywhere", kinds[number % len(kinds)])
        for number, (name, (_, _, kinds)) in enumerate(EVERYWHERE.items())
        if name in ONLY_EVERYWHERE or THOROUGH
    ),
]
"""Every fault, each on another kind of phone."""
