"""Tells the service manager how the agent fares: the datagrams of sd_notify(3), spoken by ourselves.

Source of fact: the manual pages sd_notify(3), sd_watchdog_enabled(3) and systemd.service(5).
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping

import structlog

_log = structlog.get_logger(__name__)

SOCKET = "NOTIFY_SOCKET"
WATCHDOG_USEC = "WATCHDOG_USEC"
WATCHDOG_PID = "WATCHDOG_PID"

PATIENCE_S = 1.0
"""How long a datagram may wait for room in the manager's queue."""

_MOST_STATUS = 300


class Notifier:
    """Sends datagrams to ``$NOTIFY_SOCKET``; silent where there is none.

    Args:
        env: Environment variables.

    Attributes:
        watchdog_s: The manager ends this process if it does not hear from it for so long, seconds; None
            where it does not watch.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._address = _address(env.get(SOCKET, ""))
        self.watchdog_s = _watchdog_s(env) if self._address is not None else None
        self._failed = False

    @property
    def is_heard(self) -> bool:
        """Whether there is a service manager that listens."""
        return self._address is not None

    def ready(self, status: str) -> None:
        """The agent reads phones; also after a reload."""
        self._send("READY=1", _status(status))

    def reloading(self) -> None:
        """The configuration is being read again; :meth:`ready` ends it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """The agent ends its reads."""
        self._send("STOPPING=1", _status("ending the reads in hand"))

    def status(self, text: str) -> None:
        """A line for ``systemctl status``."""
        self._send(_status(text))

    def alive(self) -> None:
        """Keeps the watchdog from biting."""
        self._send("WATCHDOG=1")

    def _send(self, *fields: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(PATIENCE_S)
                sender.sendto("\n".join(fields).encode(), self._address)
        except OSError as error:
            if not self._failed:
                _log.warning("service manager does not hear", error=str(error))
            self._failed = True
        else:
            self._failed = False


def _address(text: str) -> str | None:
    """The address of the socket; one that begins with ``@`` lies in the abstract namespace."""
    if text.startswith("@"):
        return f"\0{text[1:]}"
    if text and not text.startswith("/"):
        _log.warning("service manager not understood", text=f"{SOCKET} is neither a path nor begins with @.")
        return None
    return text or None


def _watchdog_s(env: Mapping[str, str]) -> float | None:
    """The watchdog's time, where it is meant for this process."""
    text, pid = env.get(WATCHDOG_USEC, ""), env.get(WATCHDOG_PID, "")
    if not text.isdecimal() or int(text) == 0 or (pid and pid != str(os.getpid())):
        return None
    return int(text) / 1_000_000


def _status(text: str) -> str:
    """A field holds one line."""
    return f"STATUS={' '.join(text.split())[:_MOST_STATUS]}"
