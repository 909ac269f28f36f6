"""HTTP Basic, tried out on a page of its own, so that a wrong password is known before the list is read."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta
from types import MappingProxyType

from phonesync.driver.crypto import base64_text
from phonesync.driver.markup import read_xml, reading, unexpected
from phonesync.driver.session import Credentials, Request, Response, SignedIn
from phonesync.errors import LockedOut, SignInRefused

WRONG_PASSWORD, LOCKED = 401, 423


class BasicLogin:
    """Sign-in of every toy phone."""

    def sign_in(self, credentials: Credentials, *, now: datetime) -> Generator[Request, Response, SignedIn]:
        """One request to a page that shows the account and nothing else."""
        token = base64_text(f"{credentials.username}:{credentials.password}")
        signed_in = SignedIn(values=MappingProxyType({"basic": token}))
        response = yield self.authorize(Request(path="/account.xml"), signed_in)
        if response.status == WRONG_PASSWORD:
            raise SignInRefused(
                "The phone refuses user or password.", hint="Correct them in the configuration."
            )
        with reading(response, variant=""):
            root = read_xml(response.content)
        if response.status == LOCKED and root.tag == "locked":
            minutes = root.get("minutes", "")
            until = now + timedelta(minutes=int(minutes)) if minutes.isdecimal() else None
            raise LockedOut("The phone has locked sign-in.", until=until, hint="Wait until the lock ends.")
        if response.status != 200 or root.tag != "account":
            raise unexpected(response, "The phone answered the sign-in with another page.", variant="")
        return signed_in

    def authorize(self, request: Request, signed_in: SignedIn) -> Request:
        """Basic authentication has no session: every request shows the password."""
        return request.with_headers(("Authorization", f"Basic {signed_in.values['basic']}"))

    def is_expired(self, response: Response) -> bool:
        """A 401 after the sign-in means that the password was changed meanwhile."""
        return response.status == WRONG_PASSWORD

    def sign_out(self, signed_in: SignedIn) -> Request | None:
        """There is no session to end."""
        return None
