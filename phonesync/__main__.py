"""``python -m phonesync`` is the program ``phonesync``."""

import sys

from phonesync.cli import main

sys.exit(main())
