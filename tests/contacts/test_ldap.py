"""LDAP, spoken to a real slapd, encrypted by StartTLS."""

from dataclasses import replace
from uuid import UUID

import pytest

from phonesync.contacts.ldap import ATTRIBUTES, Directory, contact_of, harvest
from phonesync.errors import SourceError
from phonesync.farm.certificates import self_signed
from tests.contacts import slapd
from tests.contacts.conftest import PEOPLE

pytestmark = pytest.mark.network


@pytest.fixture
def people(directory):
    return Directory(
        url=directory.url,
        username=slapd.READER,
        password=slapd.PASSWORD,
        tls="verify",
        ca_file=directory.ca_file,
        start_tls=True,
        base=f"ou=people,{slapd.BASE}",
        filter="(&(objectClass=person)(|(telephoneNumber=*)(mobile=*)(homePhone=*)(ipPhone=*)))",
        subtree=True,
        page_size=50,
        attributes=ATTRIBUTES,
    )


@pytest.mark.parametrize("page_size", [7, 50, 10_000])
def test_all_entries_come_page_by_page(people, page_size):
    brought = harvest(replace(people, page_size=page_size))
    assert len(brought.found) == PEOPLE + 1
    assert brought.remarks == ()
    one = next(found for found in brought.found if found.name == "Иванов 007")
    assert UUID(str(one.uid))
    assert [(number.number, number.kind.value) for number in one.numbers] == [
        ("107", "work"),
        ("+7 916 000-00-07", "mobile"),
    ]
    assert (one.company, one.department) == ("Example", "Sales")


def test_uids_stay_from_one_import_to_the_next(people):
    first, second = ({one.uid: one.name for one in harvest(people).found} for _ in range(2))
    assert first == second
    assert len(first) == PEOPLE + 1


def test_the_search_may_end_right_below_the_base(people):
    assert len(harvest(replace(people, subtree=False)).found) == PEOPLE


def test_the_filter_decides_who_comes(people):
    found = harvest(replace(people, filter="(uid=p1*)", base=slapd.BASE)).found
    assert all(one.numbers[0].number.startswith(("101", "11", "2")) for one in found)
    silent = harvest(replace(people, filter="(uid=silent)"))
    assert silent.found == ()
    assert [str(one) for one in silent.remarks] == [
        f'uid=silent,ou=people,{slapd.BASE}: "Silent" has no number'
    ]


def test_an_answer_that_the_server_cut_off_is_never_a_smaller_directory(people):
    with pytest.raises(SourceError, match="does not give all that was asked for: sizeLimitExceeded"):
        harvest(replace(people, username=slapd.LIMITED, page_size=20))


def test_without_starttls_this_server_takes_no_password(people):
    with pytest.raises(SourceError, match="confidentialityRequired"):
        harvest(replace(people, start_tls=False))


def test_a_certificate_of_a_stranger_is_refused_before_the_password_goes_out(people, tmp_path):
    stranger = tmp_path / "stranger.pem"
    stranger.write_bytes(self_signed("127.0.0.1").pem)
    with pytest.raises(SourceError, match=r"cannot be read.*certificate"):
        harvest(replace(people, ca_file=stranger))
    assert harvest(replace(people, ca_file=stranger, tls="insecure")).found


def test_a_certificate_of_another_name_is_refused(people):
    with pytest.raises(SourceError, match="cannot be read"):
        harvest(replace(people, url=people.url.replace("127.0.0.1", "localhost")))


def test_a_wrong_password_is_told_without_showing_it(people):
    wrong = replace(people, password="wr0ng")
    with pytest.raises(SourceError, match="refuses the user or the password") as refused:
        harvest(wrong)
    assert "wr0ng" not in str(refused.value) + repr(wrong)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"base": "ou=nobody,dc=example"}, "has no entry ou=nobody,dc=example"),
        ({"filter": "(uid=p1"}, "cannot be read: invalid filter"),
        ({"url": "ldap://127.0.0.1:1"}, "cannot be read"),
        ({"username": None, "password": ""}, "has no entry|refuses the search"),
    ],
)
def test_every_mistake_is_one_sentence(people, changed, told):
    with pytest.raises(SourceError, match=told) as refused:
        harvest(replace(people, **changed))
    assert "\n" not in refused.value.message


def test_an_entry_of_active_directory_is_known_by_its_guid():
    guid = UUID("00112233-4455-6677-8899-aabbccddeeff")
    raw = {
        "objectGUID": [guid.bytes_le],
        "displayName": ["Пётр".encode()],
        "ipPhone": [b"201"],
        "otherTelephone": [b"+7 495 1234567", b"\xff5"],
        "company": [b"", b"Example"],
    }
    found, remarks = contact_of("CN=Petr,DC=example", raw, ATTRIBUTES)
    assert found.uid == str(guid)
    assert [number.number for number in found.numbers] == ["+7 495 1234567", "\ufffd5", "201"]
    assert found.company == "Example"
    assert remarks == []


def test_an_entry_without_an_id_is_known_by_its_name():
    found, _ = contact_of("CN=Petr,DC=Example", {"cn": [b"Petr"], "mobile": [b"5"]}, ATTRIBUTES)
    assert found.uid == "cn=petr,dc=example"
