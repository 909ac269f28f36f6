"""TLS towards phones: four shared contexts, and the judgement of a certificate before any request byte.

Phones carry self-signed certificates, so the usual check by an authority is of no use with most of them. A
pinned certificate says more: it is the same box as before. A context costs 40 ms to make with authorities
loaded, so there is one per mode, shared by all phones.
"""

from __future__ import annotations

import functools
import hashlib
import ssl
import warnings

from phonesync.errors import CertificateChanged
from phonesync.transport.target import Target, TlsMode

_SHOWN = 16


@functools.cache
def shared_context(*, verify: bool, legacy: bool) -> ssl.SSLContext:
    """The TLS context of one mode, made once.

    Args:
        verify: Check authority and host name.
        legacy: Also speak TLS 1.0, with keys, digests and ciphers that are broken today. Both the lowest
            version and the security level must be lowered: each alone fails with an old phone.
    """
    if verify:
        context = ssl.create_default_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])  # as httpcore sets it with each connection
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if legacy:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that TLS 1.0 is old is the point
            context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context


def context_of(target: Target) -> ssl.SSLContext:
    """The shared context for one phone."""
    return shared_context(verify=target.mode is TlsMode.VERIFY, legacy=target.tls_legacy)


class Trust:
    """Which certificate a phone must show, and which it has shown.

    Attributes:
        seen: SHA-256 of the certificate seen in this conversation, 64 lower-case hex digits, or None.
    """

    def __init__(self, target: Target, *, remembered: str | None) -> None:
        self._target = target
        self._mode = target.mode
        self._expected = {TlsMode.PIN: target.pin, TlsMode.TOFU: remembered}.get(self._mode)
        self.seen: str | None = None

    def judge(self, certificate: bytes | None) -> None:
        """Judges the certificate of a handshake that has just ended, before anything is sent.

        Args:
            certificate: As DER, or None where the phone sent none.

        Raises:
            CertificateChanged: Not the pinned one, or not the one seen before in this conversation.
        """
        fingerprint = hashlib.sha256(certificate or b"").hexdigest()
        if self._expected is not None and fingerprint != self._expected:
            raise self._changed(fingerprint)
        self.seen = fingerprint
        if self._mode is TlsMode.TOFU:
            self._expected = fingerprint

    def _changed(self, fingerprint: str) -> CertificateChanged:
        name = self._target.name
        if self._mode is TlsMode.PIN:
            hint = (
                "If the phone was replaced or given a new certificate, put its SHA-256 into the tls setting; "
                "otherwise something else answers in its place."
            )
        else:
            hint = (
                "If the phone was replaced, reset or given a new certificate, "
                f"run phonesync phones retry {name}; otherwise something else answers in its place."
            )
        return CertificateChanged(
            f"Phone {name} at {self._target.url} shows the certificate {fingerprint[:_SHOWN]}…, "
            f"but {(self._expected or '')[:_SHOWN]}… is the one pinned; nothing was sent to it.",
            hint=hint,
        )
