"""Secrets kept encrypted beside the configuration, and the ring of keys that opens them.

Whatever needs a secret names it; where it stands and how it is locked is known here alone. Reading is
:class:`Secrets`; changing is :mod:`phonesync.secrets.keeping`.
"""

from phonesync.secrets.reading import CREDENTIALS, Secrets

__all__ = ["CREDENTIALS", "Secrets"]
