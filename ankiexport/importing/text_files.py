"""Text files of strangers: decoded, with limits, and JSON that cannot eat memory or end in a traceback."""

import json
import unicodedata
from pathlib import Path
from typing import Any, NoReturn

from ankiexport.diagnostics import Position
from ankiexport.importing.package import refuse

MAX_BYTES = 1 << 27
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def read_source_text(path: Path) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 or UTF-32 with its mark; raises `RefusedError` and `OSError`."""
    if not path.is_file():
        refuse("it is not a file" if path.exists() else "No such file or directory")
    if path.stat().st_size > MAX_BYTES:
        refuse(f"it has more than {MAX_BYTES >> 20} MiB")
    data = path.read_bytes()
    mark, encoding = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", "utf-8"))
    body = data[len(mark) :]
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(encoding, "replace")
        refuse_at(
            place_of(path, before, len(before)),
            f"the byte 0x{body[error.start]:02x} is not {encoding.upper()}; save the file as UTF-8",
        )


def place_of(path: Path, text: str, offset: int) -> Position:
    """Return the place of the character at an offset in the text of a file."""
    start = text.rfind("\n", 0, offset) + 1
    return Position(path.as_posix(), text.count("\n", 0, offset) + 1, offset - start + 1)


def refuse_at(place: Position, reason: str) -> NoReturn:
    """Refuse the source for something that stands at a place."""
    refuse(f"{place}: {reason}")


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever JSON there is
    """Return the JSON of a file; raises `RefusedError` and `OSError`."""
    text = read_source_text(path)
    try:
        data = json.loads(text)
        # A half of a surrogate pair is JSON, but no text that could be written anywhere.
        json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        refuse_at(Position(path.as_posix(), error.lineno, error.colno), f"it is not JSON: {error.msg}")
    except RecursionError:
        refuse("its JSON is nested without end")
    except ValueError as error:
        refuse(f"its JSON holds what is no text or number ({error})")
    return data


class Fields:
    """Typed access to an object of JSON; what is of another kind refuses the source."""

    def __init__(self, data: object, what: str) -> None:
        """Take an object; `what` names it in what is said."""
        if not isinstance(data, dict):
            refuse(f"{what} is not a JSON object")
        self.data: dict[str, Any] = data
        self._what = what

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text in Unicode's composed form; without a default it must be there."""
        value = self.data.get(key, default)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            self._refuse(key, "a text")
        return unicodedata.normalize("NFC", value)

    def number(self, key: str, default: int = 0) -> int:
        """Return a whole number that a database could hold."""
        value = self.data.get(key, default)
        if value is None:
            return default
        # Not isinstance: a bool is no number.
        if type(value) is not int or not -(2**63) <= value < 2**63:
            self._refuse(key, "a number")
        return value

    def items(self, key: str) -> list[Any]:
        """Return a list; empty if it is not there."""
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self._refuse(key, "a list")
        return value

    def texts(self, key: str) -> list[str]:
        """Return a list of texts; empty if it is not there."""
        found = self.items(key)
        if not all(isinstance(text, str) for text in found):
            self._refuse(key, "a list of texts")
        return [unicodedata.normalize("NFC", text) for text in found]

    def _refuse(self, key: str, kind: str) -> NoReturn:
        refuse(f'{self._what}: "{key}" is not {kind}')


def with_line_feeds(text: str) -> str:
    r"""Return a text with `\n` as its only line break."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
