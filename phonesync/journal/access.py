"""Who may see and do what: permissions, the roles made of them, and what a role's reader reaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """One thing that somebody may do or see."""

    OWN_CALLS = "calls.own"
    """Calls of phones that were the user's own then."""
    DEPARTMENT_CALLS = "calls.department"
    """Calls of the departments the user is head of."""
    ALL_CALLS = "calls.all"
    """Everybody's calls."""
    NUMBERS = "numbers"
    """Numbers and names of outside parties in full; without it they are masked."""
    FIGURES = "figures"
    """Figures over everybody's calls, without any call."""
    MARK = "calls.mark"
    """Tags, favourites, ratings and comments on calls that may be seen; hiding one's own calls."""
    CALLBACKS = "callbacks"
    """Taking, snoozing and closing call-backs that may be seen."""
    EXPORT = "export"
    """Exporting calls that may be seen."""
    LISTEN = "recordings"
    """Listening to and downloading recordings of calls that may be seen."""
    DIAL = "dial"
    """Letting one's own phone dial a number."""
    TAGS = "tags"
    """Making, renaming and removing tags."""
    PHONES = "phones"
    """The state of every phone."""
    AUDIT = "audit"
    """The audit log."""
    USERS = "users"
    """Making, changing and locking users; ending their sessions."""


ADMINISTRATOR = "administrator"
"""The role of whoever may do everything; one such user is always left."""

P = Permission
_EVERYDAY = frozenset({P.OWN_CALLS, P.NUMBERS, P.MARK, P.CALLBACKS, P.EXPORT, P.DIAL})

BUILT_IN: Mapping[str, frozenset[Permission]] = MappingProxyType(
    {
        "employee": _EVERYDAY,
        "head": _EVERYDAY | {P.DEPARTMENT_CALLS, P.LISTEN},
        "analyst": frozenset({P.ALL_CALLS, P.FIGURES, P.EXPORT}),
        "auditor": frozenset({P.AUDIT}),
        ADMINISTRATOR: frozenset(Permission),
    }
)
"""The roles that every installation has, and their permissions. An analyst sees calls with masked numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose calls somebody reaches; it is enforced in every query.

    Attributes:
        everybody: All calls.
        owner: Calls with a leg on a phone that was this employee's then, or that are his by an end.
        departments: Calls with a leg in one of these departments, or of a call-back of theirs.
        masked: Numbers and names of outside parties are to be hidden.
        user_id: Whose own marks count (favourites); None for nobody's.
    """

    everybody: bool = False
    owner: str | None = None
    departments: frozenset[str] = frozenset()
    masked: bool = False
    user_id: int | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing can be reached."""
        return not (self.everybody or self.owner is not None or self.departments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who is signed in.

    Attributes:
        user_id: Row of the user.
        name: What the user signs in with.
        shown_name: What the user is called.
        role: Name of the role.
        permissions: What the role, and a token where one is used, allows.
        owner: The employee whose calls are the user's own, or None.
        departments: The departments the user is head of.
        language: ``ru`` or ``en``; None as the browser asks.
        timezone: IANA name; None for that of the site.
        theme: ``light`` or ``dark``; None as the browser asks.
    """

    user_id: int
    name: str
    shown_name: str
    role: str
    permissions: frozenset[Permission]
    owner: str | None = None
    departments: frozenset[str] = frozenset()
    language: str | None = None
    timezone: str | None = None
    theme: str | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the permission is held."""
        return permission in self.permissions

    @property
    def scope(self) -> Scope:
        """Whose calls can be reached."""
        return Scope(
            everybody=self.may(P.ALL_CALLS),
            owner=self.owner if self.may(P.OWN_CALLS) else None,
            departments=self.departments if self.may(P.DEPARTMENT_CALLS) else frozenset(),
            masked=not self.may(P.NUMBERS),
            user_id=self.user_id,
        )
