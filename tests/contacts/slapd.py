"""A real LDAP server for the tests: Debian's slapd with a folder of its own, started by them, gone with them.

It needs no root; root lends it to an ordinary user, as a distribution would. The program is copied, because
AppArmor keeps the installed one out of temporary folders.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phonesync.farm.certificates import self_signed

NEEDED = "needs slapd: apt-get install slapd ldap-utils"
PROGRAMS = (Path("/usr/sbin/slapd"), Path("/usr/lib/openldap/slapd"), Path("/usr/local/libexec/slapd"))
BASE = "dc=example"
READER, PASSWORD = f"cn=reader,{BASE}", "sesame-0f-the-people"
LIMITED = f"cn=limited,{BASE}"
MOST = 50
"""Entries that the limited user is given."""

PATIENCE_S = 60.0
_CONFIG = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
TLSCertificateFile {folder}/certificate.pem
TLSCertificateKeyFile {folder}/certificate.pem
TLSVerifyClient never
security simple_bind=64
database mdb
suffix "{base}"
directory {folder}/data
maxsize 67108864
index objectClass eq
access to attrs=userPassword by anonymous auth
access to * by users read by * none
sizelimit unlimited
limits dn.exact="{limited}" size.soft={most} size.hard={most} size.prtotal={most}
"""
_HEAD = """\
dn: {base}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: cn=reader,{base}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: {password}

dn: cn=limited,{base}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: limited
userPassword: {password}

dn: ou=people,{base}
objectClass: organizationalUnit
ou: people

"""


@dataclass(frozen=True, kw_only=True)
class Slapd:
    """A server that runs.

    Attributes:
        url: Its address without encryption.
        ca_file: Its certificate.
        folder: What it keeps.
    """

    url: str
    ca_file: Path
    folder: Path


def program() -> Path | None:
    found = shutil.which("slapd")
    return Path(found) if found else next((path for path in PROGRAMS if path.exists()), None)


@contextmanager
def running(entries: str) -> Iterator[Slapd]:
    """A server that holds entries, given as LDIF below ``ou=people,dc=example``.

    It wants encryption before a password is sent.
    """
    installed = program()
    assert installed is not None, NEEDED
    lent = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="phonesync-slapd-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _furnish(folder, installed, entries)
        as_lent: dict[str, Any] = {}
        if lent is not None:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, lent.pw_uid, lent.pw_gid)
            as_lent = {"user": lent.pw_uid, "group": lent.pw_gid, "extra_groups": []}
        words = [str(folder / "slapd"), "-f", str(folder / "slapd.conf")]
        filled = subprocess.run(
            [words[0], "-T", "add", *words[1:], "-q", "-l", str(folder / "people.ldif")],
            capture_output=True, text=True, check=False, cwd=folder, **as_lent,
        )  # fmt: skip
        assert filled.returncode == 0, filled.stdout + filled.stderr
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"ldap://127.0.0.1:{free.getsockname()[1]}"
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*words, "-h", url, "-d", "0"], stdout=log, stderr=log, cwd=folder, **as_lent
            )
        try:
            _await(process, url, folder / "log")
            yield Slapd(url=url, ca_file=folder / "certificate.pem", folder=folder)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _furnish(folder: Path, installed: Path, entries: str) -> None:
    shutil.copy(installed, folder / "slapd")
    (folder / "data").mkdir()
    (folder / "certificate.pem").write_bytes(self_signed("127.0.0.1").pem)
    config = _CONFIG.format(folder=folder, base=BASE, limited=LIMITED, most=MOST)
    (folder / "slapd.conf").write_text(config)
    head = _HEAD.format(base=BASE, password=PASSWORD)
    (folder / "people.ldif").write_text(head + entries, encoding="utf-8")


def _await(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    host, port = url.removeprefix("ldap://").split(":")
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            told = log.read_text(errors="replace")
            assert process.poll() is None, told
            assert time.monotonic() < until, told
            time.sleep(0.05)
        else:
            return
