"""An OpenAPI document as people read it: operations by subject, and the objects they speak of. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter, or a field of an object.

    Attributes:
        name: Its name.
        kind: What it holds, in words.
        refers: Names of the objects that the words speak of.
        required: It must stand there.
        said: What it means.
        where: ``path``, ``query`` or ``header`` of a parameter; "" of a field.
    """

    name: str
    kind: str
    refers: tuple[str, ...]
    required: bool
    said: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of an operation.

    Attributes:
        status: Of the answer.
        said: What it means.
        media: Media types, or none.
        kind: What it holds, in words; "" for nothing.
        refers: Names of the objects that the words speak of.
    """

    status: str
    said: str
    media: tuple[str, ...]
    kind: str
    refers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one method does at one address.

    Attributes:
        id: Unique.
        method: In capital letters.
        path: With parameters in braces.
        title: In few words.
        said: In sentences.
        permissions: One of them is needed; none: being signed in is enough.
        parameters: In the address.
        body: What is sent, or None.
        answers: By status.
    """

    id: str
    method: str
    path: str
    title: str
    said: str
    permissions: tuple[str, ...]
    parameters: tuple[Field, ...]
    body: Answer | None
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """An object that operations take or give.

    Attributes:
        name: Of its schema.
        said: What it is.
        fields: In order.
        words: Of an enumeration, what it may be.
    """

    name: str
    said: str
    fields: tuple[Field, ...]
    words: tuple[str, ...]


def operations(schema: Mapping[str, Any]) -> Mapping[str, list[Operation]]:
    """The operations of a document by subject, both in the order in which they stand."""
    found: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods:
                one = methods[method]
                found.setdefault(one["tags"][0], []).append(_operation(path, method, one))
    return found


def things(schema: Mapping[str, Any]) -> list[Thing]:
    """The objects of a document, by name."""
    return [
        Thing(
            name=name,
            said=_plain(one.get("description", "")),
            fields=tuple(_fields(one)),
            words=tuple(map(str, one.get("enum", ()))),
        )
        for name, one in sorted(schema["components"]["schemas"].items())
    ]


def _operation(path: str, method: str, one: Mapping[str, Any]) -> Operation:
    body = one.get("requestBody")
    return Operation(
        id=one["operationId"],
        method=method.upper(),
        path=path,
        title=one.get("summary", ""),
        said=_plain(one.get("description", "")),
        permissions=tuple(one.get("x-permissions", ())),
        parameters=tuple(
            Field(
                name=each["name"],
                kind=kind_of(each["schema"]),
                refers=refers_of(each["schema"]),
                required=each.get("required", False),
                said=_plain(each.get("description", "")),
                where=each["in"],
            )
            for each in one.get("parameters", ())
        ),
        body=None if body is None else _answer("", body),
        answers=tuple(_answer(status, each) for status, each in sorted(one["responses"].items())),
    )


def _answer(status: str, one: Mapping[str, Any]) -> Answer:
    content = one.get("content", {})
    schemas = [each["schema"] for each in content.values() if each.get("schema")]
    return Answer(
        status=status,
        said=_plain(one.get("description", "")),
        media=tuple(content),
        kind=kind_of(schemas[0]) if schemas else "",
        refers=refers_of(schemas[0]) if schemas else (),
    )


def _fields(one: Mapping[str, Any]) -> Iterator[Field]:
    for name, schema in one.get("properties", {}).items():
        yield Field(
            name=name,
            kind=kind_of(schema),
            refers=refers_of(schema),
            required=name in one.get("required", ()),
            said=_plain(schema.get("description", "")),
        )


def kind_of(schema: Mapping[str, Any]) -> str:
    """What a schema allows, in words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " or ".join(kind_of(each) for each in schema[several])
    if "enum" in schema:
        return ", ".join(f'"{word}"' for word in schema["enum"])
    kind = f'"{schema["const"]}"' if "const" in schema else schema.get("type", "anything")
    if kind == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"map to {kind_of(schema['additionalProperties'])}"
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


def refers_of(schema: Any) -> tuple[str, ...]:
    """Names of the objects that a schema speaks of, each once."""
    found: dict[str, None] = {}
    left = [schema]
    while left:
        one = left.pop(0)
        if isinstance(one, Mapping):
            if "$ref" in one:
                found[str(one["$ref"]).rpartition("/")[2]] = None
            left += one.values()
        elif isinstance(one, list):
            left += one
    return tuple(found)


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())
