"""Source files as text: no larger than people write them, in UTF-8, with one kind of line break."""

from pathlib import Path

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.yaml_syntax import encoding_diagnostic

MAX_BYTES = 8_000_000


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> tuple[str | None, list[Diagnostic]]:
    r"""Return a source file's text, with `\n` as the only line break, or None and the reason."""
    data, out = read_source(path, max_bytes)
    return (None, out) if data is None else text_of(data, path)


def read_source(path: Path, max_bytes: int = MAX_BYTES) -> tuple[bytes | None, list[Diagnostic]]:
    """Return a source file's bytes, or None and the reason."""
    where = Position(path.as_posix())
    try:
        size = path.stat().st_size
        if size > max_bytes:
            message = f"the file has {size:,} bytes; the limit is {max_bytes:,}"
            return None, [
                Diagnostic(where, "file-too-large", message, "split it into several question files")
            ]
        return path.read_bytes(), []
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or error}"
        return None, [Diagnostic(where, "file-unreadable", message, "check its permissions")]


def text_of(data: bytes, path: Path) -> tuple[str | None, list[Diagnostic]]:
    r"""Return the text of a source file's bytes, with `\n` as the only line break, or None and the reason."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, [encoding_diagnostic(path.as_posix(), data, error)]
    # Some programs put a second byte order mark before the first.
    text = text.lstrip("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n"), []
