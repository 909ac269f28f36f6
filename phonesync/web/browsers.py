"""What a browser is called, out of the header that it sends. Pure."""

from __future__ import annotations

import re

_BROWSERS = (
    ("Edge", re.compile(r"\bEdgA?/(\d{1,4})")),
    ("Opera", re.compile(r"\bOPR/(\d{1,4})")),
    ("Yandex Browser", re.compile(r"\bYaBrowser/(\d{1,4})")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/(\d{1,4})")),
    ("Chrome", re.compile(r"\b(?:HeadlessChrome|Chrome|CriOS)/(\d{1,4})")),
    ("Safari", re.compile(r"\bVersion/(\d{1,4})[\d.]* (?:Mobile/\w+ )?Safari/")),
)
"""Those that call themselves by other names, too, stand before those names."""

_SYSTEMS = (
    ("Windows", "Windows NT"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("macOS", "Mac OS X"),
    ("ChromeOS", "CrOS"),
    ("Linux", "Linux"),
)


def short(header: str) -> str:
    """Browser and system, ``Chrome 140, Linux``; a header that is not known is shown as it is.

    Args:
        header: ``User-Agent``, as sent: whoever sends it may write anything.
    """
    for name, form in _BROWSERS:
        found = form.search(header)
        if found is not None:
            system = next((system for system, sign in _SYSTEMS if sign in header), None)
            return f"{name} {found[1]}" + (f", {system}" if system else "")
    return header
