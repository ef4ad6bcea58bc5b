"""Typed access to YAML nodes: each wrong turn of an author becomes a diagnostic with its place."""

from collections.abc import Iterable

from ankiexport.diagnostics import Diagnostic, Position, did_you_mean
from ankiexport.question import Text
from ankiexport.yaml_source import Mapping, Node, Scalar, Sequence

_KINDS = {Scalar: "a text", Sequence: "a list", Mapping: "a mapping"}


class MappingReader:
    """Reads one mapping with known keys and gathers what is wrong with it.

    Each getter returns a usable value whatever is there, so that reading always goes on.
    """

    def __init__(self, node: Mapping, known: Iterable[str], what: str, out: list[Diagnostic]) -> None:
        """Report the keys that `what` (such as "a question") does not have."""
        self.node = node
        self.what = what
        self.out = out
        known = tuple(known)
        for key, (scalar, _value) in node.entries.items():
            if key not in known:
                message = f'{what} has no key "{key}"'
                out.append(Diagnostic(scalar.position, "unknown-key", message, did_you_mean(key, known)))

    @property
    def position(self) -> Position:
        """Where the mapping begins."""
        return self.node.position

    def has(self, key: str) -> bool:
        """Tell whether the key is there, whatever its value."""
        return key in self.node.entries

    def position_of(self, key: str) -> Position:
        """Where the value of a key begins, or the mapping itself when it is not there."""
        found = self.node.entries.get(key)
        return found[1].position if found else self.position

    def report(self, code: str, key: str, message: str, advice: str = "") -> None:
        """Add a diagnostic at the value of a key."""
        self.out.append(Diagnostic(self.position_of(key), code, message, advice))

    def get(self, key: str) -> Node | None:
        """Return a key's node; None when the key is absent or nothing is written behind it."""
        found = self.node.entries.get(key)
        if found is None or (isinstance(found[1], Scalar) and found[1].is_null):
            return None
        return found[1]

    def require(self, key: str, advice: str = "") -> bool:
        """Report a key that is not there; tell whether it is."""
        if not self.has(key):
            self.out.append(
                Diagnostic(self.position, "missing-key", f'{self.what} needs the key "{key}"', advice)
            )
        return self.has(key)

    def text(self, key: str) -> Text | None:
        """Return a text, or None when it is absent or of another kind."""
        node = self.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar):
            return node.text
        self._wrong(key, node, "a text", 'a text that holds ": " or begins with "[" or "{" must be quoted')
        return None

    def string(self, key: str, default: str = "") -> str:
        """Return a text's value without surrounding space, or the default."""
        node = self.get(key)
        if isinstance(node, Scalar):
            return node.value.strip()
        # For the report, if it is of another kind.
        self.text(key)
        return default

    def texts(self, key: str) -> tuple[Text, ...]:
        """Return one text or a list of texts; entries that are empty are reported and left out."""
        node = self.get(key)
        if node is None:
            return ()
        if isinstance(node, Mapping):
            self._wrong(key, node, "a text or a list of texts", 'quote a text that holds ": "')
            return ()
        result = []
        for item in node.items if isinstance(node, Sequence) else [node]:
            if not isinstance(item, Scalar):
                self._wrong(key, item, "a text", 'quote a text that holds ": " or begins with "[" or "{"')
            elif item.is_null or not item.value.strip():
                message = f'an entry of "{key}" is empty'
                self.out.append(
                    Diagnostic(item.position, "empty-text", message, "write it, or remove the entry")
                )
            else:
                result.append(item.text)
        return tuple(result)

    def mappings(self, key: str) -> list[Mapping]:
        """Return a list of mappings; entries of another kind are reported and left out."""
        node = self.get(key)
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self._wrong(key, node, "a list", 'begin each entry on its own line with "- "')
            return []
        for item in node.items:
            if not isinstance(item, Mapping):
                self._wrong(key, item, "a mapping with keys", 'each entry looks like "- id: some-slug"')
        return [item for item in node.items if isinstance(item, Mapping)]

    def mapping(self, key: str) -> Mapping | None:
        """Return a mapping, or None when it is absent or of another kind."""
        node = self.get(key)
        if node is None or isinstance(node, Mapping):
            return node
        self._wrong(key, node, "a mapping with keys", 'write "name: value" lines, indented below it')
        return None

    def number(self, key: str, default: float, low: float, high: float, *, whole: bool = False) -> float:
        """Return a number between two bounds, or the default after reporting what is wrong."""
        text = self.text(key)
        if text is None:
            return default
        try:
            value = float(int(text.value)) if whole else float(text.value)
        except ValueError:
            kind = "a whole number" if whole else "a number"
            self.report("wrong-type", key, f'"{key}" takes {kind}, not "{text.value}"')
            return default
        if not low <= value <= high:
            self.report(
                "bad-value", key, f'"{key}" is {text.value}, but must lie between {low:g} and {high:g}'
            )
            return default
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        """Return a whole number between two bounds, of any size; 0 if it is absent or wrong, which is reported."""
        word = self.string(key, "0")
        digits = word.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal()):
            self.report("wrong-type", key, f'"{key}" takes a whole number, not "{word}"')
        elif len(digits) > len(str(high)) or not low <= int(word) <= high:
            self.report("bad-value", key, f'"{key}" is {word}, but must lie between {low} and {high}')
        else:
            return int(word)
        return 0

    def flag(self, key: str) -> bool:
        """Return whether a key says true; anything but true and false is reported."""
        word = self.string(key, "false").lower()
        if word not in {"true", "false"}:
            self.report("wrong-type", key, f'"{key}" is true or false, not "{word}"')
        return word == "true"

    def _wrong(self, key: str, node: Node, wanted: str, advice: str) -> None:
        message = f'"{key}" takes {wanted}, not {_KINDS[type(node)]}'
        self.out.append(Diagnostic(node.position, "wrong-type", message, advice))
