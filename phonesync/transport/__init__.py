"""Speaking HTTP to phones: bounded, redacted, one request at a time."""

from phonesync.transport.client import Connection, Transport
from phonesync.transport.session import SignedInSession
from phonesync.transport.target import Bounds, Target, TlsMode

__all__ = ["Bounds", "Connection", "SignedInSession", "Target", "TlsMode", "Transport"]
