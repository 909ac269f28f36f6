"""Self-made certificates of emulated phones, and the TLS contexts that show them."""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

# Phones carry certificates that are valid for decades; fixed dates need no clock.
_VALID_FROM = datetime(2015, 1, 1, tzinfo=UTC)
_VALID_UNTIL = datetime(2049, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate with its private key.

    Attributes:
        pem: Key and certificate, as ``load_cert_chain`` wants them.
        fingerprint: SHA-256 of the certificate, 64 lower-case hex digits.
    """

    pem: bytes = field(repr=False)
    fingerprint: str


def self_signed(host: str, *, old: bool = False) -> Certificate:
    """Makes a new certificate for one address; never the same twice.

    Args:
        host: Address or name it is for.
        old: An RSA key of 1024 bits, as the oldest phones have, instead of ECDSA P-256, which is made faster.
    """
    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  the point of `old`
        if old
        else ec.generate_private_key(ec.SECP256R1())
    )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_VALID_FROM)
        .not_valid_after(_VALID_UNTIL)
        .add_extension(x509.SubjectAlternativeName([_general_name(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Certificate(
        pem=key_pem + certificate.public_bytes(serialization.Encoding.PEM),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
    )


def server_context(certificate: Certificate, *, only_old_tls: bool = False) -> ssl.SSLContext:
    """A context that shows ``certificate``.

    Args:
        certificate: Key and certificate.
        only_old_tls: Speak TLS 1.0 and nothing newer.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # The level must be lowered before the chain is loaded: a key of 1024 bits is refused otherwise.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if only_old_tls:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that TLS 1.0 is old is the point
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:  # the ssl module reads chains from files only
        file.write(certificate.pem)
        file.flush()
        context.load_cert_chain(file.name)
    return context


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
