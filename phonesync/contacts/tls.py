"""How servers with contacts are trusted: unlike phones, they have certificates worth the name."""

from __future__ import annotations

import ssl
from pathlib import Path

from phonesync.errors import SourceError


def context(mode: str, ca_file: Path | None) -> ssl.SSLContext:
    """The TLS settings for one server.

    Args:
        mode: ``verify`` or ``insecure``.
        ca_file: Authorities to trust in place of the machine's, or None.

    Raises:
        SourceError: The file cannot be used.
    """
    if mode == "insecure":
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
        return made
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:
        reason = "there is none in it" if isinstance(error, ssl.SSLError) else error.strerror
        raise SourceError(f"The certificates of {ca_file} cannot be used: {reason}.") from error
