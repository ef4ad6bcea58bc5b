"""Jinja as the author of card templates meets it: delimiters that leave Anki's braces alone, in a sandbox.

Jinja writes `[[ value ]]`, `[% block %]` and `[# comment #]`; Anki's `{{Field}}`, `{{#Field}}`
and `{{hint:Field}}` pass through untouched. Templates belong to the bank and may be a
stranger's: the sandbox runs none of their code, and no file outside the folders is read.
"""

import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import (
    BaseLoader,
    BytecodeCache,
    Environment,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    meta,
)
from jinja2.bccache import Bucket
from jinja2.runtime import Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ankiexport.diagnostics import Diagnostic, Position, did_you_mean
from ankiexport.source_files import read_text

if TYPE_CHECKING:
    from types import CodeType

_NAME = r"[^\W\d]\w*"
_VALUE = rf"{_NAME}(?:\.{_NAME})*"
_NAME_ALONE = re.compile(rf"\s*\[\[ ?({_NAME}) ?\]\]\s*")
_MACRO_ALONE = re.compile(
    rf'\s*\[% from "(?P<file>[^"\\]+)" import (?P<macro>{_NAME}) %\]\s*'
    rf"\[\[ (?P=macro)\((?P<values>{_VALUE}(?:, {_VALUE})*)\) \]\]\s*"
)


class TemplateFolders(BaseLoader):
    """Looks each template up in several folders; a file in an earlier one shadows the later ones."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Take the folders in order of precedence."""
        self.folders = tuple(folders)
        self._homes = [(folder, folder.resolve()) for folder in self.folders]
        self._found: dict[str, Path | None] = {}

    def find(self, name: str) -> Path | None:
        """Return the file of a template name such as `question/front.html`, or None."""
        if name not in self._found:
            self._found[name] = None if ".." in name.split("/") else self._looked_up(name)
        return self._found[name]

    def _looked_up(self, name: str) -> Path | None:
        for folder, home in self._homes:
            path = folder / name
            if path.is_file() and path.resolve().is_relative_to(home):
                return path
        return None

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return a template's text; called by Jinja."""
        del environment
        path = self.find(template)
        text = None if path is None else read_text(path)[0]
        if path is None or text is None:
            raise TemplateNotFound(template)
        return text, path.as_posix(), lambda: True

    def names(self, folder: str) -> set[str]:
        """Return the names of the files in one sub-folder of any of the folders."""
        found = (base / folder for base in self.folders)
        return {path.name for base in found if base.is_dir() for path in base.iterdir() if path.is_file()}


class _KeptCode(BytecodeCache):
    """What templates of the same text were compiled to: a run loads the note types more than once."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.checksum, bucket.code


# All environments are made in the same way, so that the same text gives the same code.
_kept_code = _KeptCode()


def make_environment(loader: TemplateFolders) -> Environment:
    """Return the sandboxed environment; a name that is not defined is an error, never empty."""
    return ImmutableSandboxedEnvironment(
        loader=loader,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        bytecode_cache=_kept_code,
    )


def names_used(environment: Environment, templates: Sequence[str]) -> list[frozenset[str] | None]:
    """Return for each template the names on which its output can depend, also through other templates.

    None when that cannot be known: a template that it takes in is named only as it runs, or has a mistake.
    """
    # Templates take in the same ones, and each is parsed once.
    parsed: dict[str, _Parsed | None] = {}
    return [_names_used(environment, template, parsed) for template in templates]


def name_alone(environment: Environment, template: str) -> str:
    """Return the name that a template shows, if it does nothing else, such as `[[ answer ]]`; else nothing."""
    try:
        source = environment.loader.get_source(environment, template)[0]  # type: ignore[union-attr]
    except TemplateError:
        return ""
    only = _NAME_ALONE.fullmatch(source)
    return only[1] if only else ""


@dataclass(frozen=True, slots=True)
class MacroCall:
    """What a template is that only shows what a macro of another one makes, such as `[[ bullets(sources) ]]`."""

    environment: Environment
    macro: Macro
    # Each is the name of a value, and those of its attributes.
    arguments: tuple[tuple[str, ...], ...]

    def shown(self, context: Mapping[str, object]) -> str | None:
        """Return what the template shows; None when it is to be run, because it would fail."""
        try:
            return str(self.macro(*[self._value(names, context) for names in self.arguments]))
        except Exception:  # noqa: BLE001 - whatever it is, the template as a whole says it better
            return None

    def _value(self, names: tuple[str, ...], context: Mapping[str, object]) -> object:
        value = context[names[0]]
        for name in names[1:]:
            value = self.environment.getattr(value, name)
        return value


def macro_alone(environment: Environment, template: str) -> MacroCall | None:
    """Return the macro that a template takes in and shows with some values, if it does nothing else."""
    try:
        source = environment.loader.get_source(environment, template)[0]  # type: ignore[union-attr]
        only = _MACRO_ALONE.fullmatch(source)
        if only is None:
            return None
        macro = getattr(environment.get_template(only["file"]).module, only["macro"], None)
    except Exception:  # noqa: BLE001 - whatever is wrong in a template shows when it is run
        return None
    arguments = tuple(tuple(names.split(".")) for names in only["values"].split(", "))
    return MacroCall(environment, macro, arguments) if isinstance(macro, Macro) else None


# The names that a template has from outside, and the templates that it takes in; None for one that is named as it runs.
_Parsed = tuple[set[str], list[str | None]]


def _names_used(
    environment: Environment, template: str, parsed: dict[str, _Parsed | None]
) -> frozenset[str] | None:
    used: set[str] = set()
    pending, seen = [template], {template}
    while pending:
        name = pending.pop()
        if name not in parsed:
            parsed[name] = _parsed(environment, name)
        found = parsed[name]
        if found is None or None in found[1]:
            return None
        used |= found[0]
        new = [other for other in found[1] if other is not None and other not in seen]
        seen.update(new)
        pending += new
    return frozenset(used)


def _parsed(environment: Environment, template: str) -> _Parsed | None:
    try:
        text, _path, _current = environment.loader.get_source(environment, template)  # type: ignore[union-attr]
        tree = environment.parse(text)
    except TemplateError:
        return None
    return meta.find_undeclared_variables(tree), list(meta.find_referenced_templates(tree))


def jinja_diagnostic(error: Exception, name: str, loader: TemplateFolders) -> Diagnostic:
    """Return the diagnostic of whatever went wrong while Jinja read or ran a template."""
    file_name, line = _where(error, name, loader)
    message = str(getattr(error, "message", None) or error).strip() or type(error).__name__
    advice = ""
    if isinstance(error, TemplateNotFound):
        folder = str(error.name or name).rpartition("/")[0]
        message = f'there is no template "{error.name}"'
        advice = did_you_mean(str(error.name or "").rpartition("/")[2], loader.names(folder))
    elif undefined := re.match(r"'(\w+)' is undefined", message):
        advice = f'"{undefined[1]}" is no name that this template is given; docs/card-templates.md lists them'
    elif not isinstance(error, TemplateError):
        message = f"{type(error).__name__}: {message}"
    return Diagnostic(Position(file_name, line), "jinja", f"Jinja: {message}", advice)


def place_in_source(source: str, rendered: str, line: int, column: int) -> tuple[int, int]:
    """Return where a place in a rendered template stands in its source, as far as it can be found."""
    lines = rendered.split("\n")
    text = lines[line - 1] if line <= len(lines) else ""
    source_lines = source.split("\n")
    if text.strip():
        for number, candidate in enumerate(source_lines, start=1):
            if candidate.strip() == text.strip():
                return number, column + candidate.find(text.strip()) - text.find(text.strip())
    mark = text[column - 1 :].split("}}")[0]
    for number, candidate in enumerate(source_lines, start=1):
        if mark and mark in candidate:
            return number, candidate.index(mark) + 1
    return 1, 1


def _where(error: Exception, name: str, loader: TemplateFolders) -> tuple[str, int]:
    path = loader.find(name)
    fallback = path.as_posix() if path else name
    line = getattr(error, "lineno", None)
    if isinstance(line, int):
        return str(getattr(error, "filename", None) or fallback), line
    known = {folder.as_posix() for folder in loader.folders}
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        file_name = Path(frame.filename).as_posix()
        if any(file_name.startswith(folder + "/") for folder in known):
            return file_name, frame.lineno or 1
    return fallback, 1
