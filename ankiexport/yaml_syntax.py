"""What a parser of YAML says, in words that help an author."""

import yaml

from ankiexport.diagnostics import Diagnostic, Position


def character_diagnostic(text: str, path: str, offset: int, error: yaml.reader.ReaderError) -> Diagnostic:
    """Return the diagnostic of a character that YAML does not allow."""
    index = next((i for i, char in enumerate(text) if yaml.reader.Reader.NON_PRINTABLE.match(char)), 0)
    line = text.count("\n", 0, index) + 1 + offset
    column = index - (text.rfind("\n", 0, index) + 1) + 1
    message = f"the character U+{ord(text[index]):04X} is not allowed in YAML" if text else str(error)
    return Diagnostic(Position(path, line, column), "yaml-syntax", message, "remove the control character")


_TAB_ADVICE = "indent with spaces; YAML allows no tabs there"
_ADVICE = (
    ("cannot start any token", "quote a text that begins with @, ` or %"),
    ("mapping values are not allowed", 'quote a text that holds ": ", or write it as a block after "|"'),
    (
        "unknown escape character",
        "in double quotes a backslash is doubled; or write the text as a block after |",
    ),
    ("did not find expected key", "check the indentation here and above"),
    ("block end", "check the indentation here and above"),
    ("unexpected end of stream", "a quote or a bracket that is opened above is never closed"),
    ("undefined alias", "a text that begins with * must be quoted"),
)


def syntax_diagnostic(text: str, path: str, offset: int, error: yaml.MarkedYAMLError) -> Diagnostic:
    """Return the diagnostic of a text that is not YAML; `offset` is the number of lines above it."""
    mark = error.problem_mark or error.context_mark
    where = Position(path, mark.line + 1 + offset, mark.column + 1) if mark else Position(path, 1 + offset, 1)
    problem = " ".join(part for part in (error.context, error.problem) if part)
    advice = next(
        (text for sign, text in _ADVICE if sign in problem), "check the indentation and the quotes here"
    )
    if mark and text[mark.index : mark.index + 1] == "\t":
        advice = _TAB_ADVICE
    return Diagnostic(where, "yaml-syntax", f"not valid YAML: {problem}", advice)


def encoding_diagnostic(path: str, data: bytes, error: UnicodeDecodeError) -> Diagnostic:
    """Return the diagnostic of a byte that is not of UTF-8."""
    before = data[: error.start]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    message = f"the file is not UTF-8: byte 0x{data[error.start]:02x} does not belong there"
    return Diagnostic(Position(path, line, column), "file-encoding", message, "save the file as UTF-8")
