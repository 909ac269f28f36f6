"""Exports with a password, opened by what others wrote."""

import io
import random
import zipfile

import msoffcrypto
import olefile
import pytest
import pyzipper

from phonesync.journal import export_sealed
from phonesync.journal.export_compound import SECTOR

WORD = "пароль 1"


def package_of(size):
    """A file that is recognised as of Office, and that is as long as wanted or a little longer."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        zipped.writestr("[Content_Types].xml", "<Types/>")
        zipped.writestr("filling", random.Random(1).randbytes(size))
    return made.getvalue()


def opened(path, word):
    office = msoffcrypto.OfficeFile(io.BytesIO(path.read_bytes()))
    office.load_key(password=word, verify_password=True)
    plain = io.BytesIO()
    office.decrypt(plain, verify_integrity=True)
    return plain.getvalue()


# Less than a table, more than one table, more tables than the head names (7 MB), and lengths around a segment.
@pytest.mark.parametrize("size", [4096, 4096 * 16 - 300, 200_000, 7_300_000])
def test_a_sealed_workbook_opens_with_its_password_and_is_whole(tmp_path, size):
    plain, sealed = tmp_path / "plain", tmp_path / "sealed"
    plain.write_bytes(package_of(size))
    export_sealed.seal_workbook(plain, sealed, WORD)
    assert opened(sealed, WORD) == plain.read_bytes()
    assert sealed.stat().st_size % SECTOR == 0
    with olefile.OleFileIO(sealed, raise_defects=olefile.DEFECT_POTENTIAL) as compound:
        assert compound.get_size("EncryptedPackage") >= size


@pytest.mark.parametrize("extra", [0, 1, 15, 16, 4095])
def test_the_last_piece_of_a_package_may_have_any_length(tmp_path, extra):
    plain, sealed = tmp_path / "plain", tmp_path / "sealed"
    plain.write_bytes(package_of(4096 + extra))
    export_sealed.seal_workbook(plain, sealed, WORD)
    assert opened(sealed, WORD) == plain.read_bytes()


def test_a_sealed_workbook_does_not_open_with_another_password(tmp_path):
    plain, sealed = tmp_path / "plain", tmp_path / "sealed"
    plain.write_bytes(package_of(5000))
    export_sealed.seal_workbook(plain, sealed, WORD)
    with pytest.raises(msoffcrypto.exceptions.InvalidKeyError):
        opened(sealed, "пароль 2")
    assert b"filling" not in sealed.read_bytes()


def test_a_sealed_zip_opens_with_its_password_alone(tmp_path):
    plain, sealed = tmp_path / "plain", tmp_path / "sealed.zip"
    plain.write_bytes("Иванов;+74955550101\r\n".encode() * 1000)
    export_sealed.seal_in_zip(plain, sealed, WORD, name="calls.csv")
    with pyzipper.AESZipFile(sealed) as zipped:
        zipped.setpassword(WORD.encode())
        assert zipped.read("calls.csv") == plain.read_bytes()
        zipped.setpassword(b"another")
        with pytest.raises(RuntimeError, match="password"):
            zipped.read("calls.csv")
    assert b"5550101" not in sealed.read_bytes()
