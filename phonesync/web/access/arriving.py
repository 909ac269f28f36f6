"""Which user somebody is whom the identity provider has confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from phonesync.journal.access import ADMINISTRATOR
from phonesync.store.access.records import Act

if TYPE_CHECKING:
    from phonesync.config.access import OidcConfig
    from phonesync.store.access.records import User
    from phonesync.store.repository import Store


def user_of(store: Store, oidc: OidcConfig, claims: Mapping[str, Any], *, peer: str) -> User | None:
    """The user; taken in or given another role where the configuration says so.

    Args:
        store: Knows the users.
        oidc: Says what claims mean.
        claims: Of the provider.
        peer: Whence the user comes, for the audit log.

    Returns:
        None where nobody here belongs to this account.

    Raises:
        ConfigError: The new role would leave nobody who may make users.
    """
    subject = f"{oidc.issuer} {claims['sub']}"
    role = _role(oidc, claims)
    user = store.user_by_subject(subject)
    if user is None:
        user = _new(store, oidc, claims, subject=subject, role=role, peer=peer)
    if user is None or user.disabled_at is not None:
        return None
    if role is not None and role != user.role:
        user = store.change_user(user.id, role=role)
        _note(store, "user.change", user, peer=peer, role=role)
    return user


def _new(
    store: Store, oidc: OidcConfig, claims: Mapping[str, Any], *, subject: str, role: str | None, peer: str
) -> User | None:
    name = claims.get(oidc.user_claim)
    if not isinstance(name, str) or not name.strip():
        return None
    known = store.user(name)
    if known is None:
        given = role or oidc.role
        if given is None:
            return None
        user = store.add_user(
            name,
            role=given,
            shown_name=_text(claims.get("name")),
            owner=None if oidc.owner_claim is None else _text(claims.get(oidc.owner_claim)),
            subject=subject,
        )
        _note(store, "user.add", user, peer=peer, role=given)
        return user
    # A name alone takes nobody over who has another way in, nor an administrator: people may choose their
    # names at a provider.
    is_free = known.password is None and known.subject is None and known.disabled_at is None
    if not is_free or (known.role == ADMINISTRATOR and role != ADMINISTRATOR):
        return None
    user = store.change_user(known.id, subject=subject)
    _note(store, "user.change", user, peer=peer, changed=["subject"])
    return user


def _role(oidc: OidcConfig, claims: Mapping[str, Any]) -> str | None:
    """The role that the provider's claim means; None where it means none."""
    if oidc.roles_claim is None:
        return None
    said = claims.get(oidc.roles_claim)
    texts = {one for one in (said if isinstance(said, list) else [said]) if isinstance(one, str)}
    return next((role for text, role in oidc.roles.items() if text in texts), None)


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _note(store: Store, action: str, user: User, *, peer: str, **detail: object) -> None:
    store.note_act(
        Act(user=None, peer=peer, action=action, object=user.name, detail={"by": "provider", **detail})
    )
