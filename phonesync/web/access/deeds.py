"""What pages and API do for and to users: each deed is checked, done and noted, whoever asks for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from phonesync.errors import ConfigError
from phonesync.journal.access import Permission
from phonesync.spelling import N_, capital, unknown, worded
from phonesync.web import audit
from phonesync.web.access import passwords, second_factor
from phonesync.web.access.links import new_link
from phonesync.web.access.secrets import digest, new_token
from phonesync.web.ground import ground_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.journal.access import Reader
    from phonesync.secrets.keyring import KeyRing
    from phonesync.store.access.records import Session, User

LONGEST_DAYS = 3660
MOST_TOKENS = 100
"""Tokens of one user."""


def own_user(request: Request, reader: Reader) -> User:
    """The user who asks."""
    user = ground_of(request).store.user_of(reader.user_id)
    assert user is not None
    return user


def change_password(request: Request, reader: Reader, *, old: str, new: str, again: str) -> User:
    """Sets a password of one's own; every session ends.

    Raises:
        ConfigError: The old one is wrong, or the new one is weak.
        StoreError: It cannot be kept.
    """
    _by_session(request)
    if new != again:
        raise ConfigError(N_("The two new passwords are not the same."))
    _prove(request, reader, old)
    passwords.check_strength(new, name=reader.name)
    user = ground_of(request).store.change_user(reader.user_id, password=passwords.hashed(new))
    audit.note(request, reader, "password.change", reader.name)
    return user


def turn_on(request: Request, reader: Reader, *, secret: bytes, code: str) -> None:
    """Turns a second factor on, once a code has shown that the device has its secret.

    Raises:
        ConfigError: The code is wrong, or there is no key to seal the secret with.
    """
    _by_session(request)
    ground = ground_of(request)
    now = ground.clock.now()
    step = second_factor.step_of(secret, code, now=ground.code_time())
    if step is None:
        raise ConfigError(
            N_("This code is wrong."), hint=N_("Type the one that the authenticator shows now.")
        )
    kept = second_factor.sealed(secret, reader.user_id, ring=key_ring(request), now=now)
    ground.store.change_user(reader.user_id, second_factor=kept, second_factor_step=step)
    audit.note(request, reader, "second-factor.on", reader.name)


def key_ring(request: Request) -> KeyRing:
    """The keys that a second factor is sealed with.

    Raises:
        ConfigError: There is none yet, or they cannot be used.
    """
    try:
        return second_factor.ring_of(ground_of(request).config())
    except ConfigError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise ConfigError(
                N_("There is no key file yet that a second factor could be sealed with."),
                hint=N_("Whoever runs phonesync writes one with `phonesync secret set`."),
            ) from error
        raise


def turn_off(request: Request, reader: Reader, *, password: str) -> None:
    """Turns one's second factor off.

    Raises:
        ConfigError: The password is wrong.
    """
    _by_session(request)
    _prove(request, reader, password)
    ground_of(request).store.change_user(reader.user_id, second_factor=None, second_factor_step=None)
    audit.note(request, reader, "second-factor.off", reader.name)


def change_look(request: Request, reader: Reader, **values: str | None) -> User:
    """Changes language, zone or theme of one's own."""
    user = ground_of(request).store.change_user(reader.user_id, **values)
    audit.note(request, reader, "account.change", reader.name, changed=sorted(values))
    return user


def end_session(request: Request, reader: Reader, session_id: int, *, user: User | None = None) -> bool:
    """Ends a session, one's own or a user's; False where there is none.

    Raises:
        ConfigError: The user may do more than whoever asks.
    """
    if user is not None:
        _may_manage(request, reader, user)
    whose = (reader.user_id, reader.name) if user is None else (user.id, user.name)
    done = ground_of(request).store.end_session(session_id, user_id=whose[0])
    if done:
        audit.note(request, reader, "session.end", whose[1])
    return done


def sessions_of(request: Request, user_id: int) -> list[Session]:
    """The sessions of a user that last."""
    ground = ground_of(request)
    idle_s = ground.config().access.journal.session_idle.total_seconds()
    return ground.store.sessions_of(user_id, idle_s=idle_s)


def add_token(
    request: Request, reader: Reader, *, name: str, permissions: Collection[str], days: int
) -> tuple[int, str]:
    """Makes a token; it allows no more than whoever asks may do now.

    Returns:
        Its id, and the token, which nobody can see again.

    Raises:
        ConfigError: A permission is unknown, or there are too many tokens.
    """
    ground = ground_of(request)
    known = [one.value for one in Permission]
    for wanted in permissions:
        if wanted not in known:
            raise ConfigError(capital(unknown("permission", wanted, known)))
    if not name.strip():
        raise ConfigError(N_("A token needs a name."), hint=N_("Say what it is for."))
    if len(ground.store.tokens(user_id=reader.user_id)) >= MOST_TOKENS:
        raise ConfigError(N_("There are too many tokens."), hint=N_("Revoke those that nothing uses."))
    own = {one.value for one in reader.permissions}
    token = new_token()
    number = ground.store.add_token(
        reader.user_id,
        digest=digest(token),
        name=name.strip(),
        permissions=own & set(permissions) if permissions else own,
        expires_at=ground.clock.now() + timedelta(days=days),
    )
    audit.note(request, reader, "token.add", str(number), name=name.strip(), days=days)
    return number, token


def revoke_token(request: Request, reader: Reader, token_id: int) -> bool:
    """Ends a token, one's own or, with the right to change users, anybody's; False where there is none."""
    whose = None if reader.may(Permission.USERS) else reader.user_id
    done = ground_of(request).store.revoke_token(token_id, user_id=whose)
    if done:
        audit.note(request, reader, "token.revoke", str(token_id))
    return done


# Others


def add_user(request: Request, reader: Reader, *, name: str, role: str, **values: Any) -> tuple[User, str]:
    """Takes a user in.

    Returns:
        The user, and a link that signs in once.

    Raises:
        ConfigError: The name is taken, or the role unknown, or may do more than whoever asks.
    """
    ground = ground_of(request)
    _may_give(request, reader, role)
    user = ground.store.add_user(name, role=role, **values)
    audit.note(request, reader, "user.add", user.name, role=role)
    return user, new_link(ground.store, ground.config(), user, clock=ground.clock)


def change_user(request: Request, reader: Reader, user: User, **values: Any) -> User:
    """Changes a user.

    Raises:
        ConfigError: The role is unknown, the user may do more than whoever asks, or nobody would be left
            who may make users.
    """
    _may_manage(request, reader, user)
    if "role" in values:
        _may_give(request, reader, values["role"])
    done = ground_of(request).store.change_user(user.id, **values)
    action = "user.change"
    if "disabled" in values:
        action = "user.lock" if values["disabled"] else "user.unlock"
    audit.note(request, reader, action, user.name, changed=sorted(values))
    return done


def link_for(request: Request, reader: Reader, user: User) -> str:
    """A link that signs in as a user, once.

    Raises:
        ConfigError: The user may do more than whoever asks, or is locked.
    """
    _may_manage(request, reader, user)
    if user.disabled_at is not None:
        raise ConfigError(worded(N_("%(name)s is locked."), name=user.name))
    ground = ground_of(request)
    audit.note(request, reader, "user.link", user.name)
    return new_link(ground.store, ground.config(), user, clock=ground.clock)


def _may_give(request: Request, reader: Reader, role: str) -> None:
    roles = ground_of(request).config().access.permissions
    if role not in roles:
        raise ConfigError(capital(unknown("role", role, roles)))
    if not roles[role] <= reader.permissions:
        raise ConfigError(
            worded(N_("The role %(role)s may do more than you may, so you cannot give it."), role=role)
        )


def _may_manage(request: Request, reader: Reader, user: User) -> None:
    roles = ground_of(request).config().access.permissions
    if not roles.get(user.role, frozenset()) <= reader.permissions:
        raise ConfigError(
            worded(N_("%(name)s may do more than you may, so you cannot change this user."), name=user.name)
        )


def _by_session(request: Request) -> None:
    """A token never changes how its user signs in."""
    if request.state.session is None:
        raise ConfigError(N_("A token cannot change this."), hint=N_("Sign in with a browser."))


def _prove(request: Request, reader: Reader, password: str) -> None:
    """Has whoever asks prove, by the password, that the browser is still in the right hands."""
    user = own_user(request, reader)
    if user.password is None:
        return
    ground = ground_of(request)
    if user.is_locked(ground.clock.now()) or not passwords.is_right(password, user.password):
        rules = ground.config().access.journal
        ground.store.note_failure(user.id, most=rules.failures, locked_s=rules.locked.total_seconds())
        raise ConfigError(N_("The password is wrong."), hint=N_("After too many wrong ones, wait a while."))
