"""``phonesync farm`` on ports of its own, so that tests disturb no farm that runs beside them.

Run as ``farm.py HTTP_PORT HTTPS_PORT farm …``: everything else is the program itself.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from phonesync import cli
from phonesync.farm import commands
from phonesync.farm.spec import FarmSpec


def main() -> int:
    """Runs the program with other ports."""
    port, secure_port = int(sys.argv[1]), int(sys.argv[2])

    def spec(**given: Any) -> FarmSpec:
        return replace(FarmSpec(**given), port=port, secure_port=secure_port)

    commands.__dict__["FarmSpec"] = spec
    return cli.main(sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
