"""The secrets: password, cookies and tokens show in no ``repr``, no error and no log."""

from __future__ import annotations

import base64
import io
import logging
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from urllib.parse import quote

from phonesync.driver.session import Credentials
from phonesync.errors import PhoneError
from phonesync.testing.checks.faults import always, cut_to
from phonesync.testing.checks.subject import Fault, Outcome, Subject, require, run
from phonesync.testing.fixtures import Case
from phonesync.testing.replay import NOT_FOUND, context_of
from phonesync.testing.strangers import LOGIN_PAGE, PAGES

SHORTEST = 6
"""Values shorter than this are words, not secrets."""

_PLANTED = "Kupfer-Anker=42&ß"


async def secrets_stay_secret(subject: Subject, case: Case) -> None:
    """Nothing that a run leaves behind shows the password, a cookie or a token, whatever is answered."""
    planted = Credentials(username=case.credentials.username, password=_PLANTED)
    for credentials in (None, planted):
        with _captured() as said:
            outcomes = [await run(subject, case, credentials=credentials)]
            outcomes += [await run(subject, case, fault, credentials=credentials) for fault in _faults(case)]
        secrets = _secrets(case, credentials or case.credentials, outcomes)
        context = context_of(subject.driver, case)
        left = [("the driver's repr", repr(subject.driver)), ("the phone's repr", repr(context))]
        left.append(("the log or the terminal", said.getvalue()))
        for outcome in outcomes:
            left.extend(_left_behind(outcome))
        for where, text in left:
            shown = [kind for kind, secret in secrets if secret in text]
            require(not shown, f"{case.name}: {shown[0] if shown else ''} shows in {where}: {text[:200]!r}.")


def _faults(case: Case) -> Iterator[Fault]:
    """Answers that make a driver say what it was doing."""
    for turn, recorded in enumerate(case.turns):
        for status in (401, 403, 500):
            change = always(replace(NOT_FOUND, status=status))
            yield Fault(title=f"status {status}", turn=turn, change=change)
        yield Fault(title="a sign-in page", turn=turn, change=always(LOGIN_PAGE))
        for title, page in PAGES[:6]:
            yield Fault(title=title, turn=turn, change=always(page))
        length = len(recorded.response.content)
        for part in range(1, 8):
            yield Fault(title="cut", turn=turn, change=cut_to(length * part // 8))


def _secrets(case: Case, credentials: Credentials, outcomes: list[Outcome]) -> list[tuple[str, str]]:
    """Kind and text of everything that must not show."""
    password = credentials.password
    pair = f"{credentials.username}:{password}".encode()
    found = [("the password", form) for form in (password, quote(password, safe=""))]
    found.append(("the password", base64.b64encode(pair).decode()))
    found.append(("the password", base64.b64encode(password.encode()).decode()))
    for turn in case.turns:
        for name, value in turn.response.headers:
            if name.lower() == "set-cookie" and "=" in value:
                found.append(("a cookie", value.split(";", 1)[0].partition("=")[2].strip()))
    for outcome in outcomes:
        for signed_in in outcome.replay.signed_in:
            found += [("a cookie", value) for value in signed_in.cookies.values()]
            found += [("a token", value) for value in signed_in.values.values()]
    return [(kind, secret) for kind, secret in dict.fromkeys(found) if len(secret) >= SHORTEST]


def _left_behind(outcome: Outcome) -> Iterator[tuple[str, str]]:
    for request in outcome.replay.sent:
        yield "the repr of a request", repr(request)
    for signed_in in outcome.replay.signed_in:
        yield "the repr of a session", repr(signed_in)
    if outcome.log is not None:
        yield "the repr of what was read", repr(outcome.log)
    error: BaseException | None = outcome.error
    while error is not None:
        yield f"a {type(error).__name__}", f"{error} {error!r} {_attributes(error)}"
        error = error.__cause__ or error.__context__
    if outcome.error is not None:
        yield "a traceback", "".join(traceback.format_exception(outcome.error))


def _attributes(error: BaseException) -> str:
    """Everything an error carries but the raw answer, which is kept and never shown."""
    hidden = {"content"} if isinstance(error, PhoneError) else set()
    return " ".join(f"{name}={value!r}" for name, value in vars(error).items() if name not in hidden)


@contextmanager
def _captured() -> Iterator[io.StringIO]:
    """Everything logged, warned or printed meanwhile."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(said), redirect_stderr(said), warnings.catch_warnings():
            warnings.simplefilter("always")
            yield said
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
