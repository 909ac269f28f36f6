"""Safe reading of HTML, XML and JSON.

Pages are read by lxml with entities and network off and a bound on size; string literals in scripts are the
matter of :mod:`phonesync.driver.script`. Whatever is not what was asked for is an
:class:`~phonesync.errors.UnexpectedResponse`: a cut or foreign answer is never read as a shorter list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

from lxml import etree

from phonesync.driver.session import Response
from phonesync.errors import UnexpectedResponse

Element: TypeAlias = etree._Element  # noqa: SLF001  lxml has no public name for the type of its elements

MAX_BYTES = 4 * 1024 * 1024
"""Longest answer that is read at all."""

_EXCERPT_CHARACTERS = 160
_HEAD_BYTES = 4096
_BOMB = "The answer declares entities, as documents do that are made to fill the memory."
_END_ID = "phonesync-end-of-page"
_END_MARK = f'<i id="{_END_ID}"></i>'


# --- Saying what was wrong ---------------------------------------------------------------------------------


def excerpt(content: bytes) -> str:
    """The start of an answer for an error message, with everything that could be a person or a secret masked.

    Tags, punctuation and the keys of JSON stay; what stands between quotes or between tags and every run of
    digits become ``…``. Of an answer that is neither markup nor JSON only the length is told.
    """
    text = " ".join(content[: 4 * _EXCERPT_CHARACTERS].decode("utf-8", "replace").split())
    if text[:1] not in {"<", "{", "["}:
        return f"{len(content)} bytes that are neither markup nor JSON" if text else "nothing"
    masked: list[str] = []
    place = 0
    while place < len(text) and len(masked) < _EXCERPT_CHARACTERS:
        piece, place = _masked(text, place)
        if piece != "…" or masked[-1:] != ["…"]:
            masked.append(piece)
    return "".join(masked)


def _masked(text: str, place: int) -> tuple[str, int]:
    character = text[place]
    if character in {'"', "'"}:
        end = place + 1
        while end < len(text) and text[end] != character:
            end += 2 if text[end] == "\\" else 1
        word = text[place + 1 : end]
        is_key = text[end + 1 : end + 2] == ":" and word.replace("_", "").replace(".", "").isalpha()
        return (f'"{word}"' if is_key else '"…"'), end + 1
    if character == ">":
        end = text.find("<", place)
        end = len(text) if end < 0 else end
        return (">…" if text[place + 1 : end].strip() else ">"), end
    if character.isdigit():
        return "…", place + 1
    return (character if character.isprintable() else "�"), place + 1


def unexpected(response: Response, message: str, *, variant: str, hint: str = "") -> UnexpectedResponse:
    """An error that says which answer was not understood, and keeps it.

    Args:
        response: The answer.
        message: One sentence: what is wrong with it.
        variant: Name of the driver variant that was reading, or "" before identification.
        hint: What the user can do.
    """
    return UnexpectedResponse(
        named(message, response.content),
        variant=variant,
        path=shown_path(response.path),
        status=response.status,
        content_type=response.header("Content-Type"),
        excerpt=excerpt(response.content),
        content=response.content,
        hint=hint,
    )


def named(message: str, content: bytes) -> str:
    """The message, with what makes an answer dangerous besides: entities, which no phone's page declares."""
    if b"<!ENTITY" not in content[:_HEAD_BYTES] or _BOMB in message:
        return message
    return f"{message} {_BOMB}"


def shown_path(path: str) -> str:
    """A request path fit for a message: query values that could be secrets or random are masked."""
    route, question, query = path.partition("?")
    if not question:
        return path
    parts = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        kept = value.replace("-", "").replace("_", "").isalnum() and len(value) <= len("contacts-callinfo")
        known = name in {"m", "p", "q", "Id", "type"}
        parts.append(part if not equals or (kept and known) else f"{name}=…")
    return f"{route}?{'&'.join(parts)}"


@contextmanager
def reading(response: Response, *, variant: str) -> Iterator[None]:
    """Adds path, status and content to any :class:`UnexpectedResponse` raised while ``response`` is read."""
    try:
        yield
    except UnexpectedResponse as error:
        raise unexpected(response, error.message, variant=variant, hint=error.hint) from error


def _refuse(message: str) -> NoReturn:
    raise UnexpectedResponse(message)


# --- Bytes to text -----------------------------------------------------------------------------------------


def decode(content: bytes, *, encoding: str = "utf-8") -> str:
    """Text of an answer; bytes that do not fit the encoding become U+FFFD, a byte-order mark is dropped.

    Raises:
        UnexpectedResponse: Longer than :data:`MAX_BYTES`.
    """
    if len(content) > MAX_BYTES:
        _refuse(f"The answer is longer than {MAX_BYTES} bytes.")
    return content.decode(encoding, "replace").removeprefix("\ufeff")


def is_utf8(content: bytes) -> bool:
    """Whether the bytes are UTF-8 throughout."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


# --- HTML --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlPage:
    """One HTML page, read as leniently as a browser reads it.

    Attributes:
        text: The page as text.
        root: The ``html`` element.
        open_at_end: Elements still open where the page ends, outermost first; None where the page ends
            inside a tag, a comment or a script.
    """

    text: str
    root: Element
    open_at_end: tuple[Element, ...] | None

    def by_id(self, name: str) -> Element | None:
        """The element with that id, or None.

        Raises:
            UnexpectedResponse: Several elements bear the id.
        """
        found = [element for element in self.root.iter("*") if element.get("id") == name]
        if len(found) > 1:
            _refuse(f"The page holds {name} {len(found)} times.")
        return found[0] if found else None

    def scripts(self) -> str:
        """The text of all scripts, in order."""
        return "\n".join(script_text(element) for element in self.root.iter("script"))

    def attributes(self, tag: str, name: str) -> tuple[str, ...]:
        """The values of one attribute of all elements of one tag, in order."""
        return tuple(value for e in self.root.iter(tag) if (value := e.get(name)) is not None)

    def is_left_open(self, element: Element) -> bool:
        """Whether the page ends before ``element`` is closed, as a cut page does."""
        return self.open_at_end is None or element in self.open_at_end

    @property
    def is_cut(self) -> bool:
        """The page opens ``<html`` but holds no ``</html>``."""
        lower = self.text.lower()
        return "<html" in lower and "</html>" not in lower


def read_html(content: bytes, *, encoding: str = "utf-8") -> HtmlPage:
    """Reads an HTML page.

    Whether an element was really closed is lost in a lenient parser; so a mark is put where the page's
    content ends, and where the mark lands shows what was still open there.

    Raises:
        UnexpectedResponse: Too long, or not readable as HTML at all.
    """
    text = decode(content, encoding=encoding)
    end = _end_of_content(text)
    marked = f"{text[:end]}{_END_MARK}{text[end:]}"
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(marked.encode("utf-8", "replace"), parser)
    except etree.LxmlError as error:
        raise UnexpectedResponse("The answer cannot be read as HTML.") from error
    if root is None:
        _refuse("The answer holds no HTML.")
    mark = next((element for element in root.iter("i") if element.get("id") == _END_ID), None)
    still_open = None if mark is None else tuple(reversed(list(mark.iterancestors())))
    return HtmlPage(text=text, root=root, open_at_end=still_open)


def _end_of_content(text: str) -> int:
    lower = text.lower()
    end = lower.rfind("</html>")
    end = len(text) if end < 0 else end
    body = lower.rfind("</body>", 0, end)
    return end if body < 0 else body


def script_text(element: Element) -> str:
    """The text of a script, or of another element whose text is not markup, such as a title."""
    return "".join(element.itertext()).replace(_END_MARK, "")


def visible_text(element: Element) -> str:
    """The text of an element without that of its scripts; blanks at both ends removed."""
    return "".join(_visible(element)).replace(_END_MARK, "").strip()


def _visible(element: Element) -> Iterator[str]:
    if isinstance(element.tag, str) and element.tag not in {"script", "style"}:
        yield element.text or ""
        for child in element:
            yield from _visible(child)
            yield child.tail or ""


# --- XML ---------------------------------------------------------------------------------------------------


def read_xml(content: bytes) -> Element:
    """Reads a well-formed XML document without document type, entities or network.

    Raises:
        UnexpectedResponse: Too long, not well-formed (a cut document is not), or with a document type.
    """
    if len(content) > MAX_BYTES:
        _refuse(f"The answer is longer than {MAX_BYTES} bytes.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnexpectedResponse("The answer is not well-formed XML.") from error
    if root.getroottree().docinfo.doctype:
        _refuse("The XML answer declares a document type, which no call list needs.")
    return root


# --- JSON --------------------------------------------------------------------------------------------------


def read_json(content: bytes | str) -> Any:
    """Reads one JSON value that must be the whole answer.

    Control characters inside strings are let through, because phones do not escape them; a name that
    occurs twice in one object is refused, because one of the two would be lost.

    Raises:
        UnexpectedResponse: Too long, cut, not JSON, nested too deeply, or with a name twice.
    """
    text = decode(content) if isinstance(content, bytes) else content
    try:
        return json.loads(text, strict=False, object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise UnexpectedResponse("The answer is cut or is not JSON.") from error


def read_json_object(content: bytes | str) -> dict[str, Any]:
    """Reads one JSON object that must be the whole answer.

    Raises:
        UnexpectedResponse: As :func:`read_json`, or another JSON value.
    """
    value = read_json(content)
    if not isinstance(value, dict):
        _refuse("The JSON answer is not an object.")
    return value


_BRANCHES = (dict, list)


def values_under(tree: Any, key: str) -> Iterator[Any]:
    """Every value that stands under ``key`` in any object of a JSON tree, outermost first."""
    level = [tree]
    while level:
        below: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                if key in node:
                    yield node[key]
                below += [value for value in node.values() if isinstance(value, _BRANCHES)]
            elif isinstance(node, list):
                below += [value for value in node if isinstance(value, _BRANCHES)]
        level = below


def strings_in(tree: Any) -> Iterator[str]:
    """Every string value of a JSON tree."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        _refuse("The JSON answer holds a name twice in one object.")
    return found


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)
