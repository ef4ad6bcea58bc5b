"""The keys of the bank's files with their documentation, from the JSON Schemas that ship with the program."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from ankiexport import resources
from ankiexport.editing.spots import FileKind

_Node = dict[str, Any]
_WORDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false",
          "array": "list", "object": "mapping"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """A key that a mapping can have; `holds_more` tells that its value begins on the next line."""

    name: str
    documentation: str
    is_required: bool
    holds_more: bool


def keys_at(kind: FileKind, path: tuple[str, ...]) -> tuple[Key, ...]:
    """Return the keys of the mapping, or of the mappings in the list, below a path."""
    return tuple(_keys(_schema(kind), path))


def documentation(kind: FileKind, path: tuple[str, ...]) -> str:
    """Return what there is to say on the key that a path ends with, as Markdown; empty if it is none."""
    return next((key.documentation for key in keys_at(kind, path[:-1]) if key.name == path[-1]), "")


def values_at(kind: FileKind, path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values that are listed for a path, and its default."""
    schema = _schema(kind)
    found: dict[str, None] = {}
    for node in _nodes(schema, path):
        found.update((str(value), None) for value in node.get("enum", ()))
        if "default" in node and "enum" not in node:
            found[str(node["default"])] = None
    return tuple(found)


def takes_words(kind: FileKind, path: tuple[str, ...]) -> bool:
    """Tell whether what stands below a path can be a single value."""
    types = {word for node in _nodes(_schema(kind), path) for word in _types(node)}
    return not types or bool(types - {"object", "array"})


@cache
def _schema(kind: FileKind) -> _Node:
    schema: _Node = json.loads(resources.schema(kind.value).read_text(encoding="utf-8"))
    return schema


def _keys(schema: _Node, path: tuple[str, ...]) -> Iterator[Key]:
    for node in _nodes(schema, path):
        for name, below in node.get("properties", {}).items():
            # `false` forbids a key.
            if isinstance(below, dict):
                required = name in node.get("required", ())
                alternatives = list(_resolved(schema, below))
                types = {word for one in alternatives for word in _types(one)}
                holds_more = bool(types) and types <= {"array", "object", "null"}
                yield Key(name, _documentation(name, alternatives, required=required), required, holds_more)


def _documentation(name: str, alternatives: list[_Node], *, required: bool) -> str:
    said = next((str(node["description"]) for node in alternatives if "description" in node), "")
    types = [_WORDS[word] for node in alternatives for word in _types(node) if word in _WORDS]
    # What takes a text takes what YAML would not call one, too.
    kinds = [
        word
        for word in dict.fromkeys(types)
        if "text" not in types or word not in {"number", "true or false"}
    ]
    facts = [" or ".join(kinds)] if kinds else []
    for node in alternatives:
        if "enum" in node:
            facts.append("one of " + ", ".join(f"`{value}`" for value in node["enum"]))
        if "minimum" in node and "maximum" in node:
            facts.append(f"from {node['minimum']} to {node['maximum']}")
        if "default" in node:
            facts.append(f"`{node['default']}` if left out")
    head = f"**{name}**" + (" (required)" if required else "")
    tail = "; ".join(dict.fromkeys(facts))
    return "\n\n".join(
        part for part in (head, said, f"*{tail[:1].upper()}{tail[1:]}.*" if tail else "") if part
    )


def _nodes(schema: _Node, path: tuple[str, ...]) -> list[_Node]:
    """Return the alternatives that describe a path, those of lists and of their items."""
    nodes = list(_resolved(schema, schema))
    for key in path:
        below: list[_Node] = []
        for node in nodes:
            inner = node.get("properties", {}).get(key, node.get("additionalProperties"))
            if isinstance(inner, dict):
                below.extend(_resolved(schema, inner))
        nodes = below
    return nodes


def _resolved(schema: _Node, node: _Node) -> Iterator[_Node]:
    """Yield a node and all that it refers to: references, alternatives, and the items of a list."""
    yield node
    if "$ref" in node:
        yield from _resolved(schema, schema["definitions"][node["$ref"].rpartition("/")[2]])
    for one in node.get("anyOf", ()):
        yield from _resolved(schema, one)
    if "items" in node:
        yield from _resolved(schema, node["items"])


def _types(node: _Node) -> list[str]:
    types = node.get("type", [])
    return [types] if isinstance(types, str) else list(types)
