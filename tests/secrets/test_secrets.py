"""Secrets: locked under their names, opened by a ring of keys, changed without a moment in which one is lost."""

import base64
import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from phonesync.errors import ConfigError
from phonesync.secrets import CREDENTIALS, Secrets, keeping
from phonesync.secrets.keyring import Key, read_ring, ring_text
from phonesync.secrets.sealed import Sealed, read_sealed, sealed_text

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
VALUES = {"phones": "Sesam öffne dich 1", "desk-101": "hunter two", "store": " blanks stay "}

ROTATE_FOR_EVER = (
    "import sys; from pathlib import Path; from phonesync.secrets import keeping\n"
    "key_file, file = map(Path, sys.argv[1:])\n"
    "print('begun', flush=True)\n"
    "while True: keeping.rotate(key_file, file)\n"
)


@pytest.fixture
def kept(tmp_path):
    """Three secrets, and how to ask for them."""
    key_file, file = tmp_path / "phonesync.key", tmp_path / "phonesync.secrets"
    written = [keeping.set_secret(key_file, file, name, value, now=NOW) for name, value in VALUES.items()]
    assert written == [True, False, False]

    def opened(**env):
        secrets = Secrets(key_file=key_file, file=file)
        return {name: secrets.reveal(name, env=env) for name in VALUES}

    return SimpleNamespace(key_file=key_file, file=file, folder=tmp_path, opened=opened)


def edit(file, change):
    shown = json.loads(file.read_text())
    change(shown["secrets"])
    file.write_text(json.dumps(shown))


def test_what_was_kept_is_opened_and_stands_nowhere(kept):
    assert kept.opened() == VALUES
    for path in kept.folder.iterdir():
        content = path.read_bytes()
        for value in VALUES.values():
            assert value.encode() not in content
            assert base64.b64encode(value.encode()).rstrip(b"=") not in content
    assert stat.S_IMODE(kept.key_file.stat().st_mode) == 0o600
    assert "Sesam" not in repr(read_sealed(kept.file)) + repr(Secrets(key_file=kept.key_file, file=kept.file))
    material = read_ring(kept.key_file).newest.material
    assert repr(material) not in repr(read_ring(kept.key_file))


def test_a_secret_does_not_open_under_another_name_nor_changed(kept):
    edit(kept.file, lambda shown: shown.update(phones=shown["desk-101"]))
    with pytest.raises(ConfigError, match='"phones" does not open: it was damaged, or moved here'):
        kept.opened()
    keeping.set_secret(kept.key_file, kept.file, "phones", VALUES["phones"], now=NOW)
    sealed = read_sealed(kept.file)
    for at in range(len(sealed["store"].content)):
        content = bytearray(sealed["store"].content)
        content[at] ^= 1
        changed = replace(sealed["store"], content=bytes(content))
        kept.file.write_bytes(sealed_text({**sealed, "store": changed}.values()))
        with pytest.raises(ConfigError, match='"store" does not open'):
            kept.opened()


def test_the_same_value_is_never_locked_the_same_way_twice():
    key = Key.new()
    one, other = (Sealed.seal("a", "value", key, changed_at=NOW) for _ in range(2))
    assert one.nonce != other.nonce
    assert one.content != other.content
    assert one.open(key) == other.open(key) == "value"


def test_an_unknown_secret_is_told_with_the_nearest_name(kept):
    secrets = Secrets(key_file=kept.key_file, file=kept.file)
    with pytest.raises(ConfigError) as raised:
        secrets.reveal("phone", env={})
    assert raised.value.message.startswith('Unknown secret "phone"; did you mean "phones"?')
    assert raised.value.hint == "`phonesync secret set phone` keeps it."


def test_a_lost_key_file_is_explained_and_never_replaced_by_a_new_one(kept):
    kept.key_file.unlink()
    for work in (
        kept.opened,
        lambda: keeping.rotate(kept.key_file, kept.file),
        lambda: keeping.set_secret(kept.key_file, kept.file, "new", "value", now=NOW),
    ):
        with pytest.raises(ConfigError) as raised:
            work()
        assert raised.value.message == (
            f"The key file {kept.key_file} does not exist, so the kept secrets cannot be opened."
        )
        assert "Bring it back from its copy." in raised.value.hint
    assert not kept.key_file.exists()
    for name in VALUES:
        keeping.remove_secret(kept.file, name)
    assert keeping.set_secret(kept.key_file, kept.file, "new", "value", now=NOW)


def test_a_foreign_key_file_is_explained_and_a_rotation_with_it_changes_nothing(kept):
    mine = read_ring(kept.key_file).newest
    other = Key.new()
    kept.key_file.write_bytes(ring_text([other]))
    before = kept.file.read_bytes()
    with pytest.raises(ConfigError) as raised:
        kept.opened()
    assert f"is locked with the key {mine.id}, which the key file {kept.key_file}" in raised.value.message
    assert f"(its keys: {other.id})" in raised.value.message
    with pytest.raises(ConfigError):
        keeping.rotate(kept.key_file, kept.file)
    assert read_ring(kept.key_file).keys == (other,)
    assert kept.file.read_bytes() == before


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o601])
def test_a_key_file_that_others_may_touch_is_not_used(kept, mode):
    kept.key_file.chmod(mode)
    with pytest.raises(ConfigError) as raised:
        kept.opened()
    assert f"can be read by others (its mode is {mode:04o})" in raised.value.message
    assert f"chmod 600 {kept.key_file}" in raised.value.hint
    kept.key_file.chmod(0o600)
    assert kept.opened() == VALUES


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no key"),
        (b"# only words\n\n", "holds no key"),
        (b"# words\nnot a key\n", "Line 2 of the key file"),
        (b"c2hvcnQ=\n", "Line 1 of the key file"),
        (b"\xff\xfe\n", "Line 1 of the key file"),
        (b"00000000 " + base64.urlsafe_b64encode(bytes(32)) + b"\n", "Line 1 of the key file"),
        (base64.urlsafe_b64encode(bytes(32)) + b" more\n", "Line 1 of the key file"),
    ],
)
def test_a_damaged_key_file_is_told_by_its_line(kept, content, message):
    kept.key_file.write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        kept.opened()


def test_a_key_file_of_the_first_kind_still_opens_and_a_rotation_writes_ids(tmp_path):
    key_file, file = tmp_path / "a.key", tmp_path / "a.secrets"
    key_file.write_bytes(base64.urlsafe_b64encode(os.urandom(32)) + b"\n")
    key_file.chmod(0o600)
    assert not keeping.set_secret(key_file, file, "a", "value", now=NOW)
    assert Secrets(key_file=key_file, file=file).reveal("a", env={}) == "value"
    done = keeping.rotate(key_file, file)
    assert f"{done.key_id} ".encode() in key_file.read_bytes()
    assert Secrets(key_file=key_file, file=file).reveal("a", env={}) == "value"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is damaged"),
        (b"[]", "is damaged"),
        (b"\xff", "is damaged"),
        (b'{"version": 1, "secrets": {"a": {"key": "k"}}}', "is damaged"),
        (b'{"version": 1, "secrets": {"a": 3}}', "is damaged"),
        (b'{"version": 2, "secrets": {"a": 3}}', r"newer phonesync \(its version is 2\)"),
    ],
)
def test_a_damaged_or_newer_file_of_secrets_is_told_and_not_overwritten(kept, content, message):
    kept.file.write_bytes(content)
    for work in (
        kept.opened,
        lambda: keeping.rotate(kept.key_file, kept.file),
        lambda: keeping.set_secret(kept.key_file, kept.file, "new", "value", now=NOW),
        lambda: keeping.remove_secret(kept.file, "phones"),
    ):
        with pytest.raises(ConfigError, match=message):
            work()
    assert kept.file.read_bytes() == content


@pytest.mark.parametrize("value", ["", "two\nlines"])
def test_a_value_that_is_no_line_is_not_kept(kept, value):
    with pytest.raises(ConfigError, match="must be one line"):
        keeping.set_secret(kept.key_file, kept.file, "phones", value, now=NOW)
    assert kept.opened() == VALUES


@pytest.mark.parametrize("name", ["", " a", "a\n", "a\u2028b"])
def test_a_name_that_is_no_visible_line_is_refused(kept, name):
    with pytest.raises(ConfigError, match="name of a secret"):
        keeping.set_secret(kept.key_file, kept.file, name, "value", now=NOW)


# --- rotation -----------------------------------------------------------------------------------------


def test_a_rotation_locks_everything_anew_and_drops_the_old_key(kept):
    old, before = read_ring(kept.key_file).newest, read_sealed(kept.file)
    done = keeping.rotate(kept.key_file, kept.file)
    (key,) = read_ring(kept.key_file).keys
    assert (done.key_id, done.secrets, done.dropped) == (key.id, 3, (old.id,))
    after = read_sealed(kept.file)
    assert {one.key_id for one in after.values()} == {key.id} != {old.id}
    assert {one.changed_at for one in after.values()} == {NOW}
    assert not {one.content for one in after.values()} & {one.content for one in before.values()}
    assert kept.opened() == VALUES


class Killed(BaseException):
    """Ends a rotation where the process could have ended."""


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("after", [False, True])
def test_a_rotation_that_ends_at_any_step_loses_nothing_and_the_next_one_finishes(
    kept, monkeypatch, step, after
):
    old = read_ring(kept.key_file).newest
    done = 0
    truly = Path.replace

    def replace(self, target):
        nonlocal done
        done += 1
        if done == step and not after:
            raise Killed
        truly(self, target)
        if done == step:
            raise Killed

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(Killed):
        keeping.rotate(kept.key_file, kept.file)
    monkeypatch.undo()
    assert kept.opened() == VALUES
    # The old key leaves with the very last step, not before.
    assert (old in read_ring(kept.key_file).keys) == ((step, after) != (3, True))
    keeping.set_secret(kept.key_file, kept.file, "between", "value", now=NOW)
    keeping.rotate(kept.key_file, kept.file)
    (key,) = read_ring(kept.key_file).keys
    assert key != old
    assert kept.opened() == VALUES
    assert Secrets(key_file=kept.key_file, file=kept.file).reveal("between", env={}) == "value"


def test_a_process_killed_at_random_instants_of_rotations_loses_nothing(kept):
    rng = random.Random(1)
    for _ in range(10):
        with subprocess.Popen(
            [sys.executable, "-c", ROTATE_FOR_EVER, str(kept.key_file), str(kept.file)],
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
            time.sleep(rng.uniform(0.0, 0.05))
            process.send_signal(signal.SIGKILL)
        assert kept.opened() == VALUES
        assert stat.S_IMODE(kept.key_file.stat().st_mode) == 0o600


def test_readers_beside_rotations_never_miss_a_secret(kept):
    secrets = Secrets(key_file=kept.key_file, file=kept.file)
    with subprocess.Popen(
        [sys.executable, "-c", ROTATE_FOR_EVER, str(kept.key_file), str(kept.file)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        first, until = read_ring(kept.key_file).newest.id, time.monotonic() + 1.0
        try:
            while time.monotonic() < until or read_ring(kept.key_file).newest.id == first:
                assert process.poll() is None
                assert {name: secrets.reveal(name, env={}) for name in VALUES} == VALUES
        finally:
            process.kill()
    assert read_ring(kept.key_file).newest.id != first


# --- reading ------------------------------------------------------------------------------------------


def test_a_changed_secret_is_seen_by_who_has_read_it_before_and_an_unchanged_file_is_not_read_again(
    kept, monkeypatch
):
    secrets = Secrets(key_file=kept.key_file, file=kept.file)
    assert secrets.reveal("phones", env={}) == VALUES["phones"]
    keeping.set_secret(kept.key_file, kept.file, "phones", "another", now=NOW)
    assert secrets.reveal("phones", env={}) == "another"
    monkeypatch.setattr("phonesync.secrets.reading.read_sealed", lambda _: pytest.fail("read again"))
    assert secrets.reveal("phones", env={}) == "another"


def test_a_service_finds_its_ring_among_its_credentials_whatever_their_mode(kept, tmp_path):
    folder = tmp_path / "credentials"
    folder.mkdir()
    credential = folder / kept.key_file.name
    assert kept.opened(**{CREDENTIALS: str(folder)}) == VALUES, "no credential: the file itself"
    kept.key_file.rename(credential)
    credential.chmod(0o440)
    assert kept.opened(**{CREDENTIALS: str(folder)}) == VALUES
    with pytest.raises(ConfigError, match="does not exist"):
        kept.opened()


# --- files --------------------------------------------------------------------------------------------


def test_a_file_is_replaced_behind_a_link_and_keeps_its_mode(kept, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    moved = kept.file.rename(elsewhere / "moved")
    moved.chmod(0o600)
    kept.file.symlink_to(moved)
    (elsewhere / "moved.new").write_text("left by a killed process")
    keeping.set_secret(kept.key_file, kept.file, "phones", "another", now=NOW)
    assert kept.file.is_symlink()
    assert stat.S_IMODE(moved.stat().st_mode) == 0o600
    assert read_sealed(moved).keys() == VALUES.keys()
    assert [path.name for path in elsewhere.iterdir()] == ["moved"]


def test_a_secret_is_not_locked_with_a_ring_that_opens_none_of_the_others(kept):
    before = kept.file.read_bytes()
    kept.key_file.write_bytes(ring_text([Key.new()]))
    with pytest.raises(ConfigError, match="holds none of the keys of the secrets kept"):
        keeping.set_secret(kept.key_file, kept.file, "fourth", "another", now=NOW)
    assert kept.file.read_bytes() == before
    # One that stands alone may be set anew: nothing else is locked otherwise.
    for name in ("phones", "store"):
        keeping.remove_secret(kept.file, name)
    keeping.set_secret(kept.key_file, kept.file, "desk-101", "another", now=NOW)
    secrets = Secrets(key_file=kept.key_file, file=kept.file)
    assert secrets.reveal("desk-101", env={}) == "another"


@pytest.mark.parametrize("name", ["key_file", "file"])
def test_a_directory_in_the_place_of_a_file_is_told(kept, name):
    path = getattr(kept, name)
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigError, match="is a directory") as raised:
        keeping.rotate(kept.key_file, kept.file)
    assert f"[secrets] {name}" in raised.value.hint


def test_a_folder_that_is_not_there_or_cannot_be_written_is_told(kept, tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match=r"The folder .*none cannot be opened: No such file"):
        keeping.set_secret(kept.key_file, tmp_path / "none" / "file", "a", "value", now=NOW)

    def full(_number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="cannot be written: No space left on device"):
        keeping.set_secret(kept.key_file, kept.file, "phones", "another", now=NOW)
    monkeypatch.undo()
    assert kept.opened() == VALUES
