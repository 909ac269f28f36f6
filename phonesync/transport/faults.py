"""What goes wrong below HTTP, in words: one table from the errors of httpx, TLS and the system to ours."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from phonesync.errors import (
    DriverError,
    PhoneError,
    PhonesyncError,
    PhoneTimeout,
    PhoneUnreachable,
    UnexpectedResponse,
)
from phonesync.transport import redact
from phonesync.transport.backend import Phase
from phonesync.transport.target import Bounds, Target

LEGACY_HINT = "If the phone is that old, set tls_legacy = true for it."

_OLD_TLS = frozenset(
    {
        "UNSUPPORTED_PROTOCOL",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "WRONG_SSL_VERSION",
        "NO_PROTOCOLS_AVAILABLE",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "NO_SHARED_CIPHER",
        "NO_CIPHERS_AVAILABLE",
        "WRONG_CIPHER_RETURNED",
        "DH_KEY_TOO_SMALL",
        "EE_KEY_TOO_SMALL",
        "CA_KEY_TOO_SMALL",
        "CA_MD_TOO_WEAK",
        "MD_TOO_WEAK",
        "BAD_ECPOINT",
        "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
        "WRONG_SIGNATURE_TYPE",
        "NO_SUITABLE_SIGNATURE_ALGORITHM",
        "LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED",
        "TLSV1_ALERT_INSUFFICIENT_SECURITY",
    }
)
"""Reasons of OpenSSL that mean: the other side is too old for us."""

_NOT_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "PACKET_LENGTH_TOO_LONG"}
)
"""Reasons of OpenSSL that mean: the other side does not speak TLS at all."""

_SELF_SIGNED = frozenset({18, 19, 20, 21})
"""Verification codes of OpenSSL: self-signed, or signed by an authority that is not known here."""

_NO_ROUTE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN})

_OUT_OF_FILES = frozenset({errno.EMFILE, errno.ENFILE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failed request, as the table sees it."""

    target: Target
    bounds: Bounds
    phase: Phase
    path: str
    secrets: frozenset[str]

    @property
    def phone(self) -> str:
        """The phone, as sentences name it."""
        return f"Phone {self.target.name} at {self.target.url}"


def translate(exc: Exception, failure: Failure) -> PhonesyncError:
    """The error of ours that says what ``exc`` means for this phone."""
    for kinds, rule in _TABLE:
        if isinstance(exc, kinds):
            return rule(exc, failure)
    return PhoneUnreachable(f"{failure.phone} could not be reached: {type(exc).__name__}.")


def is_worth_repeating(exc: PhoneError) -> bool:
    """True where the same connection may simply work the second time: refused, reset, closed; not TLS."""
    return isinstance(exc, PhoneUnreachable) and not isinstance(exc.__cause__, ssl.SSLError)


def _connect_timeout(_: Exception, failure: Failure) -> PhoneError:
    what = "finish the TLS handshake" if failure.phase is Phase.HANDSHAKE else "accept a connection"
    return PhoneTimeout(f"{failure.phone} did not {what} within {failure.bounds.connect_s:g} s.")


def _read_timeout(_: Exception, failure: Failure) -> PhoneError:
    silent = f"nothing came for {failure.bounds.read_s:g} s"
    if failure.phase is Phase.BODY:
        return PhoneTimeout(f"{failure.phone} stopped in the middle of its answer: {silent}.")
    return PhoneTimeout(f"{failure.phone} did not answer: {silent}.")


def _write_timeout(_: Exception, failure: Failure) -> PhoneError:
    return PhoneTimeout(f"{failure.phone} took none of the request for {failure.bounds.read_s:g} s.")


def _system_timeout(_: Exception, failure: Failure) -> PhoneError:
    return PhoneTimeout(f"{failure.phone} does not answer on the network.")


def _name(_: Exception, failure: Failure) -> PhoneError:
    return PhoneUnreachable(
        f"The name in the url of phone {failure.target.name}, {failure.target.url}, was not found.",
        hint="Check the name, or write the phone's address.",
    )


def _certificate(exc: Exception, failure: Failure) -> PhoneError:
    code = getattr(exc, "verify_code", None)
    why = str(getattr(exc, "verify_message", "") or "the check failed").rstrip(".")
    hint = 'Set tls = "tofu" (trusted at first use, pinned from then on) or tls = "pin:sha256:…" for it.'
    if code in _SELF_SIGNED:
        return PhoneUnreachable(
            f"{failure.phone} shows a self-signed certificate, or one of an unknown authority ({why}), "
            'and tls = "verify" refuses it.',
            hint=hint,
        )
    return PhoneUnreachable(
        f'{failure.phone} shows a certificate that tls = "verify" refuses: {why}.', hint=hint
    )


def _tls(exc: Exception, failure: Failure) -> PhoneError:
    reason = str(getattr(exc, "reason", None) or "")
    if reason in _NOT_TLS:
        return PhoneUnreachable(
            f"{failure.phone} does not speak TLS on this port.",
            hint="Check the port, or write http:// in its url.",
        )
    if reason in _OLD_TLS and not failure.target.tls_legacy:
        return PhoneUnreachable(
            f"{failure.phone} offers only a TLS version, key or cipher that is too old ({_words(reason)}).",
            hint=LEGACY_HINT,
        )
    hint = "" if failure.target.tls_legacy or failure.phase is not Phase.HANDSHAKE else LEGACY_HINT
    return PhoneUnreachable(
        f"TLS with {failure.phone[0].lower()}{failure.phone[1:]} failed: {_words(reason)}.", hint=hint
    )


def _words(reason: str) -> str:
    return reason.replace("_", " ").lower() or "no reason given"


def _broken(_: Exception, failure: Failure) -> PhoneError:
    if failure.phase is Phase.HANDSHAKE:
        return PhoneUnreachable(
            f"{failure.phone} broke off the TLS handshake.",
            hint="" if failure.target.tls_legacy else LEGACY_HINT,
        )
    where = {
        Phase.CONNECT: "while connecting",
        Phase.HEAD: "before its answer was complete",
        Phase.BODY: "in the middle of its answer",
    }[failure.phase]
    return PhoneUnreachable(f"{failure.phone} broke the connection {where} (connection reset).")


def _refused(_: Exception, failure: Failure) -> PhoneError:
    return PhoneUnreachable(
        f"{failure.phone} refused the connection.",
        hint="Check that its web interface is switched on, and the port.",
    )


def _system(exc: Exception, failure: Failure) -> PhoneError:
    code = getattr(exc, "errno", None)
    if code in _NO_ROUTE:
        return PhoneUnreachable(f"There is no route to {failure.phone[0].lower()}{failure.phone[1:]}.")
    if code in _OUT_OF_FILES:
        return PhoneUnreachable(
            f"{failure.phone} was not tried: this process has no file descriptor left.",
            hint="Raise the limit of open files, or lower agent.concurrency.",
        )
    words = getattr(exc, "strerror", None) or type(exc).__name__
    return PhoneUnreachable(f"{failure.phone} could not be reached: {redact.text(words)}.")


_TLS_ALERT = re.compile(r"illegal status line: (?:bytearray\()?b['\"]\\x15")
"""The first byte of an alert (RFC 8446, section 5.1), whatever else had arrived by then."""


def _protocol(exc: Exception, failure: Failure) -> PhoneError:
    words = str(exc)
    if words.startswith("Server disconnected"):
        return PhoneUnreachable(f"{failure.phone} closed the connection without an answer.")
    if words.startswith("peer closed connection"):
        return cut(failure)
    if _TLS_ALERT.match(words):
        return UnexpectedResponse(
            f"{failure.phone} speaks TLS on this port.", hint="Write https:// in its url."
        )
    shown = redact.text(words, secrets=failure.secrets)[:120]
    return UnexpectedResponse(f"{failure.phone} broke HTTP: {shown}.")


def cut(failure: Failure) -> PhoneUnreachable:
    """An answer ended before its declared length: never handed on as a shorter one."""
    return PhoneUnreachable(f"{failure.phone} broke off its answer: it ended before its declared length.")


def _ours(_: Exception, failure: Failure) -> PhonesyncError:
    return DriverError(
        f"The driver asked phone {failure.target.name} for something that HTTP does not allow, "
        f"at {redact.path(failure.path, secrets=failure.secrets)[:120]}."
    )


_Rule = Callable[[Exception, Failure], PhonesyncError]

_TABLE: tuple[tuple[type[Exception] | tuple[type[Exception], ...], _Rule], ...] = (
    # The first line that fits is taken, so a class stands before those it descends from.
    (httpx.ConnectTimeout, _connect_timeout),
    (httpx.ReadTimeout, _read_timeout),
    (httpx.WriteTimeout, _write_timeout),
    (httpx.TimeoutException, _system_timeout),
    ((httpx.LocalProtocolError, httpx.InvalidURL, httpx.UnsupportedProtocol), _ours),
    (httpx.ProtocolError, _protocol),
    (ssl.SSLCertVerificationError, _certificate),
    ((ssl.SSLEOFError, ssl.SSLZeroReturnError), _broken),
    (ssl.SSLError, _tls),
    (socket.gaierror, _name),
    (TimeoutError, _system_timeout),
    ((ConnectionRefusedError, httpx.ConnectError), _refused),
    ((ConnectionError, httpx.NetworkError), _broken),
    (OSError, _system),
)
