"""The command line: one module per command group; :func:`main` is the program."""

from phonesync.cli.app import main

__all__ = ["main"]
