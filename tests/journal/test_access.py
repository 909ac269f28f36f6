"""What roles may do, and whose calls they reach."""

import pytest

from phonesync.journal.access import BUILT_IN, Permission, Reader, Scope


def reader(role, **more):
    return Reader(
        user_id=1, name="anna", shown_name="Anna", role=role, permissions=BUILT_IN[role], owner="Anna", **more
    )


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        ("employee", Scope(owner="Anna", user_id=1)),
        ("head", Scope(owner="Anna", departments=frozenset({"Sales"}), user_id=1)),
        ("analyst", Scope(everybody=True, masked=True, user_id=1)),
        ("auditor", Scope(masked=True, user_id=1)),
        ("administrator", Scope(everybody=True, owner="Anna", departments=frozenset({"Sales"}), user_id=1)),
    ],
)
def test_each_role_reaches_its_calls_and_no_more(role, scope):
    assert reader(role, departments=frozenset({"Sales"})).scope == scope


def test_an_auditor_reaches_no_call():
    assert reader("auditor").scope.is_empty
    assert not reader("employee").scope.is_empty


def test_only_an_administrator_manages_users():
    assert [role for role in BUILT_IN if reader(role).may(Permission.USERS)] == ["administrator"]
