"""What a column holds, by its heading: Russian and English ones as Excel, Outlook and Google write them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

Columns = Mapping[str, tuple[int, ...]]
"""Role to positions of columns; the positions of a name are joined by a blank."""

_EXACT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "name": (
            "фио", "ф и о", "имя и фамилия", "фамилия и имя", "фамилия имя отчество", "фамилия имя",
            "полное имя", "отображаемое имя", "контакт", "абонент", "сотрудник", "наименование", "название",
            "name", "full name", "display name", "displayname", "contact", "contact name", "employee",
            "file as",
        ),
        "last": ("фамилия", "last name", "lastname", "surname", "family name"),
        "first": ("имя", "first name", "firstname", "given name"),
        "middle": ("отчество", "middle name", "additional name", "patronymic"),
        "company": (
            "организация", "компания", "фирма", "предприятие", "company", "company name", "organization",
            "organisation", "organization name", "organization 1 name", "firm",
        ),
        "department": (
            "отдел", "подразделение", "департамент", "department", "division", "organization department",
            "organization 1 department",
        ),
        "id": (
            "id", "uid", "guid", "uuid", "ид", "код", "табельный номер", "таб номер", "таб", "табельный",
            "идентификатор", "employee id", "employee number", "personnel number", "user id", "contact id",
        ),
    }
)  # fmt: skip

_NO_NUMBER = re.compile(r"\b(?:type|label|тип|метка|вид)\b")
_FAX = re.compile(r"факс|\bfax")
_MOBILE = re.compile(r"моб|сотов|\bсот\b|\bcell|mobil|handy")
_HOME = re.compile(r"\bдом|\bhome|private|личн")
_OTHER = re.compile(r"друг|проч|дополнит|\bother\b|pager|пейджер")
_PHONE = re.compile(r"телефон|\bтел\b|phone|\btel\b|внутр|добавочн|\bдоб\b|extension|\bext\b")
_NUMBER = re.compile(r"\b(?:номер|number|no|work|рабочий|business)\b")
_ACCOUNT = re.compile(
    r"счет|account|паспорт|passport|договор|invoice|карт|card|инн\b|address|адрес|mail|почт"
)
NUMBERS = ("work", "mobile", "home", "fax", "other")


def recognised(headings: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Role to columns, for the headings that are known.

    Args:
        headings: The first row of a file.

    Returns:
        Roles as :data:`phonesync.config.contacts.ROLES` names them; those that were not found are missing.
    """
    found: dict[str, list[int]] = {}
    for position, heading in enumerate(headings):
        role = role_of(heading)
        if role is not None:
            found.setdefault(role, []).append(position)
    parts = [found.pop(role, []) for role in ("last", "first", "middle")]
    if "name" not in found:
        found["name"] = [position for part in parts for position in part[:1]]
    else:
        found["name"] = found["name"][:1]
    for role in ("id", "company", "department"):
        found[role] = found.get(role, [])[:1]
    return {role: tuple(positions) for role, positions in found.items() if positions}


def role_of(heading: str) -> str | None:
    """What a column holds, or None; names in parts are ``last``, ``first`` and ``middle``."""
    words = plain(heading)
    unnumbered = re.sub(r"(?: \d+)?(?: value| значение)?$", "", words)
    for text in (words, unnumbered):
        for role, known in _EXACT.items():
            if text in known:
                return role
    return _number_role(words)


def plain(heading: str) -> str:
    """A heading without case, punctuation, and the dots of ё."""
    text = re.sub(r"[\W_]+", " ", heading.casefold().replace("ё", "е"))
    return text.strip()


def _number_role(words: str) -> str | None:
    if _NO_NUMBER.search(words) or _ACCOUNT.search(words):
        return None
    if _FAX.search(words):
        return "fax"
    if _MOBILE.search(words):
        return "mobile"
    phone = _PHONE.search(words) is not None
    if phone and _HOME.search(words):
        return "home"
    if phone and _OTHER.search(words):
        return "other"
    return "work" if phone or _NUMBER.fullmatch(words) else None
