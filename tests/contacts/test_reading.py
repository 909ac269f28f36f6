"""Sources as the configuration names them, read from real servers and kept in a store."""

from __future__ import annotations

import pytest

from phonesync import config as configuration
from phonesync.clock import SystemClock
from phonesync.contacts import files, taking
from phonesync.contacts.files import content
from phonesync.contacts.tls import context
from phonesync.errors import PlanRefused, SourceError
from phonesync.store.repository import open_store
from tests import stores
from tests.contacts import radicale, slapd
from tests.contacts.conftest import PEOPLE

SITE = """\
[site]
name = "Head office"
timezone = "Europe/Moscow"
country = "RU"
area_code = "495"
extension_length = 3
"""
ENV = {"DAV_PASSWORD": radicale.PASSWORD, "LDAP_PASSWORD": slapd.PASSWORD}


@pytest.fixture
def office(tmp_path):
    """A store, and sources by their tables."""
    stores.lay(tmp_path / "office.db")

    class Office:
        folder = tmp_path
        store = open_store("sqlite:///office.db", clock=SystemClock(), base=tmp_path)

        def take(self, text, env=ENV):
            (tmp_path / "config.toml").write_text(
                f"{SITE}[[contacts]]\nname = 'it'\n{text}", encoding="utf-8"
            )
            loaded = configuration.load(tmp_path / "config.toml", env={}, drivers=dict)
            (source,) = loaded.contact_sources
            return taking.import_source(loaded, self.store, source, clock=SystemClock(), env=env)

        def names(self):
            return sorted(kept.contact.name for kept in self.store.contacts())

    office = Office()
    yield office
    office.store.close()


@pytest.mark.network
def test_a_carddav_source_is_kept_up_to_date_by_its_sync_token(office, book):
    text = (
        f"kind = 'carddav'\nurl = '{book.url}'\nusername = '{radicale.USER}'\n"
        "password = { env = 'DAV_PASSWORD' }\nshrink_percent = 60\n"
    )
    for name in ("Anna", "Boris", "Vera"):
        book.put(f"{name}.vcf", f"UID:{name}", f"FN:{name}", "TEL:8 495 123-45-67")
    made = office.take(text)
    assert (made.new, office.names()) == (3, ["Anna", "Boris", "Vera"])
    assert [kept.canonicals for kept in office.store.contacts()] == [("+74951234567",)] * 3
    version, token = office.store.contacts_version(), office.store.contact_source("it").token
    assert token is not None
    made = office.take(text)
    assert (made.new, made.changed, made.gone, made.total) == (0, 0, 0, 3)
    assert office.store.contacts_version() == version
    book.put("Anna.vcf", "UID:Anna", "FN:Анна", "TEL:201")
    book.delete("Vera.vcf")
    made = office.take(text)
    assert (made.new, made.changed, made.gone) == (0, 1, 1)
    assert office.names() == ["Boris", "Анна"]
    assert office.store.contacts_version() != version


@pytest.mark.network
def test_a_held_carddav_import_is_asked_for_again_and_not_forgotten_by_the_token(office, book):
    text = f"kind = 'carddav'\nurl = '{book.url}'\nusername = '{radicale.USER}'\npassword = {{ env = 'DAV_PASSWORD' }}\n"
    for name in ("Anna", "Boris"):
        book.put(f"{name}.vcf", f"UID:{name}", f"FN:{name}", "TEL:201")
    office.take(text)
    book.delete("Anna.vcf")
    book.delete("Boris.vcf")
    for _ in range(2):
        with pytest.raises(PlanRefused, match="2 contacts would go"):
            office.take(text)
    assert office.names() == ["Anna", "Boris"]
    state = office.store.contact_source("it")
    assert office.store.confirm_contacts("it", state.held_digest)
    assert office.take(text).gone == 2
    assert office.names() == []


@pytest.mark.network
def test_an_ldap_source_is_read_encrypted_with_the_authority_that_the_configuration_names(office, directory):
    (office.folder / "ca.pem").write_bytes(directory.ca_file.read_bytes())
    text = (
        f"kind = 'ldap'\nurl = '{directory.url}'\nusername = '{slapd.READER}'\npassword = {{ env = 'LDAP_PASSWORD' }}\n"
        f"base = 'ou=people,{slapd.BASE}'\nca_file = 'ca.pem'\npage_size = 100\n"
    )
    assert office.take(text).new == PEOPLE + 1
    by_name = {kept.contact.name: kept for kept in office.store.contacts()}
    assert by_name["Иванов 007"].canonicals == ("ext:107", "+79160000007")
    made = office.take(text)
    assert (made.new, made.changed, made.gone) == (0, 0, 0)
    made = office.take(text + "attributes = { mobile = [] }\n")
    assert made.changed == PEOPLE
    with pytest.raises(PlanRefused, match="would go"):
        office.take(text + "filter = '(uid=p7)'\n")


@pytest.mark.network
def test_a_password_that_cannot_be_had_is_noted_and_nothing_is_asked(office):
    text = "kind = 'ldap'\nurl = 'ldap://127.0.0.1:1'\nbase = 'dc=x'\nusername = 'u'\npassword = { env = 'NONE' }\n"
    with pytest.raises(SourceError, match=r"The password of it cannot be had.*NONE is not set"):
        office.take(text)
    assert "NONE is not set" in office.store.contact_source("it").error


def test_vcards_come_from_a_folder_beside_the_configuration(office):
    (office.folder / "cards").mkdir()
    (office.folder / "cards" / "a.vcf").write_text("BEGIN:VCARD\nVERSION:3.0\nFN:Anna\nTEL:201\nEND:VCARD\n")
    office.take("kind = 'vcard'\npath = 'cards'\n")
    assert office.names() == ["Anna"]


def test_a_file_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    with pytest.raises(SourceError, match="Is a directory"):
        content(tmp_path)
    with pytest.raises(SourceError, match="cannot be read"):
        content(tmp_path / "nul\0.csv")
    monkeypatch.setattr(files, "LARGEST", 3)
    (tmp_path / "large").write_bytes(b"1234")
    with pytest.raises(SourceError, match="larger than"):
        content(tmp_path / "large")


def test_authorities_that_cannot_be_used_are_told(tmp_path):
    with pytest.raises(SourceError, match="No such file"):
        context("verify", tmp_path / "none.pem")
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(SourceError, match="there is none in it"):
        context("verify", tmp_path / "empty.pem")
