"""``phonesync farm verify`` on a PostgreSQL store: ``python -m tests.system.verify_on_server --days 30 …``.

Starts a server for the run, makes an empty database, and hands every argument on to ``farm verify``.
"""

from __future__ import annotations

import os
import sys

from phonesync import cli
from tests import postgres

PASSWORD_ENV = "PHONESYNC_TEST_STORE_PASSWORD"


def main() -> int:
    """Runs it; the exit code of ``farm verify``."""
    sys.stdout.write(f"PostgreSQL {postgres.version()}\n")
    sys.stdout.flush()
    os.environ[PASSWORD_ENV] = postgres.PASSWORD
    with postgres.running() as server:
        place = ("--store", server.url(server.new_database()), "--password-env", PASSWORD_ENV)
        return cli.main(["farm", "verify", *sys.argv[1:], *place])


if __name__ == "__main__":
    sys.exit(main())
