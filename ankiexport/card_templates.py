"""Card templates: from a folder of Jinja files to Anki's note types.

A folder holds one sub-folder a note type: `note_type.yaml` (ids, fields, card templates),
fronts, backs and style, and `fields/NAME.html`, which composes each field of a note. The
schema of a note type is frozen; new kinds of content go into fields that exist.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment
from jinja2.exceptions import TemplateError, TemplateNotFound

from ankiexport.card_generation import Side, template_problems
from ankiexport.diagnostics import Diagnostic, Position, did_you_mean
from ankiexport.ids import timestamp_id
from ankiexport.jinja_env import (
    TemplateFolders,
    jinja_diagnostic,
    make_environment,
    place_in_source,
)
from ankiexport.node_reader import MappingReader
from ankiexport.note_types import LoadedNoteType, shared_context
from ankiexport.notes import CardTemplate, Field, NoteType
from ankiexport.question import Bank
from ankiexport.resources import template_folders
from ankiexport.source_files import read_text
from ankiexport.yaml_source import Mapping, parse_yaml

NOTE_TYPE_FILE = "note_type.yaml"
NOTE_TYPE_KEYS = (
    "name", "id", "kind", "schema_version", "requires", "given", "sort_field", "style", "fields", "templates",
)  # fmt: skip
FIELD_KEYS = ("id", "name", "description", "source")
TEMPLATE_KEYS = ("id", "name", "front", "back")
REQUIRABLE = ("question", "hint", "answer", "key_points", "pitfalls", "follow_ups", "sources")

SIDES: tuple[Side, ...] = ("front", "back")

_BAD_FIELD_NAME = re.compile(r'[:"{}]|^[#^/]|^\s|\s$')


def load_note_types(bank: Bank, keys: list[str]) -> tuple[dict[str, LoadedNoteType], list[Diagnostic]]:
    """Return the note types with these keys; those that cannot be used are missing, with the reason."""
    folders = TemplateFolders(template_folders(bank.root))
    environment = make_environment(folders)
    loaded: dict[str, LoadedNoteType] = {}
    out: list[Diagnostic] = []
    for key in keys:
        found, problems = _load(key, bank, folders, environment)
        out.extend(problems)
        if found is not None:
            loaded[key] = found
    return loaded, out


def known_note_types(bank_root: Path) -> list[str]:
    """Return the keys of all note types that a bank can use."""
    folders = [folder for folder in template_folders(bank_root) if folder.is_dir()]
    return sorted({path.parent.name for folder in folders for path in folder.glob(f"*/{NOTE_TYPE_FILE}")})


def _load(
    key: str, bank: Bank, folders: TemplateFolders, environment: Environment
) -> tuple[LoadedNoteType | None, list[Diagnostic]]:
    path = folders.find(f"{key}/{NOTE_TYPE_FILE}")
    if path is None:
        return None, []
    text, out = read_text(path)
    node, problems = parse_yaml(text, path.as_posix()) if text is not None else (None, [])
    out += problems
    if not isinstance(node, Mapping):
        if not out:
            message = "note_type.yaml must hold a mapping"
            out.append(
                Diagnostic(Position(path.as_posix()), "note-type", message, "see docs/card-templates.md")
            )
        return None, out
    loader = _Loader(key, bank, folders, environment, out)
    loaded = loader.load(node)
    return (None if any(problem.is_error for problem in out) else loaded), out


@dataclass(frozen=True, slots=True)
class _Loader:
    """Reads one note type; what is wrong is gathered in `out`."""

    key: str
    bank: Bank
    folders: TemplateFolders
    environment: Environment
    out: list[Diagnostic]

    def load(self, node: Mapping) -> LoadedNoteType:
        reader = MappingReader(node, NOTE_TYPE_KEYS, "a note type", self.out)
        for key in ("name", "fields", "templates"):
            reader.require(key)
        kind = reader.string("kind", "standard")
        if kind not in {"standard", "cloze"}:
            reader.report("note-type", "kind", f'a note type is "standard" or "cloze", not "{kind}"')
        given = reader.flag("given")
        fields, sources = self._fields(reader, given=given)
        cloze = kind == "cloze"
        templates = self._templates(reader, fields, cloze=cloze, given=given)
        explicit = int(reader.number("id", 0, 1, 2**53 - 1, whole=True))
        note_type = NoteType(
            id=explicit or timestamp_id(self.bank.namespace, "note type", self.key),
            key=self.key,
            name=reader.string("name") if given else self._name(reader),
            cloze=cloze,
            fields=fields,
            templates=templates,
            css=self._text(f"{self.key}/{reader.string('style', 'style.css')}", given=given) or "",
            sort_field=self._sort_field(reader, fields),
            schema_version=int(reader.number("schema_version", 1, 1, 9999, whole=True)),
            position=reader.position_of("schema_version"),
        )
        return LoadedNoteType(
            note_type, self._requires(reader), sources, self.environment, self.folders, given
        )

    def _name(self, reader: MappingReader) -> str:
        name = reader.string("name") or self.key
        try:
            # A name is no HTML: nothing is escaped in it.
            plain = self.environment.overlay(autoescape=False)
            return plain.from_string(name).render(shared_context(self.bank))
        except TemplateError as error:
            reader.report("jinja", "name", f"Jinja: {error}")
            return name

    def _fields(self, reader: MappingReader, *, given: bool) -> tuple[tuple[Field, ...], tuple[str, ...]]:
        fields: list[Field] = []
        sources: list[str] = []
        for node in reader.mappings("fields"):
            item = MappingReader(node, FIELD_KEYS, "a field", self.out)
            item.require("name")
            name = item.string("name")
            if not name or _BAD_FIELD_NAME.search(name):
                item.report(
                    "note-type", "name", f'Anki takes no field with the name "{name}"', 'avoid : " { }'
                )
            if name.casefold() in {field.name.casefold() for field in fields}:
                item.report("note-type", "name", f'there are two fields with the name "{name}"')
            identifier = self._explicit_id(item, {field.id for field in fields})
            fields.append(Field(identifier, name, item.string("description")))
            source = f"{self.key}/fields/{item.string('source') or name.lower().replace(' ', '_') + '.html'}"
            sources.append(source)
            if not given and not _BAD_FIELD_NAME.search(name):
                self._compile(source, item.position_of("name"))
        return tuple(fields), tuple(sources)

    def _templates(
        self, reader: MappingReader, fields: tuple[Field, ...], *, cloze: bool, given: bool
    ) -> tuple[CardTemplate, ...]:
        templates: list[CardTemplate] = []
        for node in reader.mappings("templates"):
            item = MappingReader(node, TEMPLATE_KEYS, "a card template", self.out)
            for key in ("name", "front", "back"):
                item.require(key)
            identifier = self._explicit_id(item, {template.id for template in templates})
            sides: dict[str, str] = {}
            for side in SIDES:
                name = f"{self.key}/{item.string(side, side + '.html')}"
                text = self._text(name, given=given)
                if text is not None:
                    self._check_side(name, side, text, fields, cloze=cloze, given=given)
                sides[side] = text or ""
            templates.append(CardTemplate(identifier, item.string("name"), sides["front"], sides["back"]))
        fronts = [template.front for template in templates]
        if len(set(fronts)) < len(fronts) and all(fronts) and not given:
            reader.report(
                "note-type", "templates", "two card templates have the same front, which Anki refuses"
            )
        if cloze and len(templates) > 1:
            reader.report("note-type", "templates", "a note type of kind cloze has one card template")
        return tuple(templates)

    def _check_side(
        self, name: str, side: Side, text: str, fields: tuple[Field, ...], *, cloze: bool, given: bool
    ) -> None:
        path = self.folders.find(name)
        if path is None:
            return
        source = read_text(path)[0] or ""
        for problem in template_problems(text, [field.name for field in fields], cloze=cloze, side=side):
            where = place_in_source(source, text, problem.line, problem.column)
            position = Position(path.as_posix(), *where)
            # What learners have already is no reason not to build.
            code = "given-template" if given else problem.code
            self.out.append(Diagnostic(position, code, problem.message, problem.advice))

    def _explicit_id(self, item: MappingReader, taken: set[int]) -> int:
        item.require("id", "a whole number that never changes, such as the next one")
        # Anki draws its own from all numbers of 64 bits.
        identifier = item.integer("id", -(2**63), 2**63 - 1)
        if identifier and identifier in taken:
            item.report(
                "note-type", "id", f"the id {identifier} is there twice", "ids tell Anki which is which"
            )
        return identifier

    def _sort_field(self, reader: MappingReader, fields: tuple[Field, ...]) -> int:
        names = [field.name for field in fields]
        wanted = reader.string("sort_field")
        if wanted and wanted not in names:
            reader.report(
                "note-type", "sort_field", f'there is no field "{wanted}"', did_you_mean(wanted, names)
            )
        return names.index(wanted) if wanted in names else 0

    def _requires(self, reader: MappingReader) -> tuple[str, ...]:
        required = tuple(text.value for text in reader.texts("requires")) or ("question",)
        for name in required:
            if name not in REQUIRABLE:
                message = f'a question has no "{name}" that could be required'
                reader.report("bad-value", "requires", message, did_you_mean(name, REQUIRABLE))
        return required

    def _compile(self, name: str, declared: Position) -> None:
        if self.folders.find(name) is None:
            message = f'the template "{name}" that composes this field is missing'
            self.out.append(Diagnostic(declared, "jinja", message, "write it; it may be empty"))
            return
        try:
            self.environment.get_template(name)
        except TemplateError as error:
            self.out.append(jinja_diagnostic(error, name, self.folders))

    def _text(self, name: str, *, given: bool) -> str | None:
        if not given:
            return self._render(name)
        path = self.folders.find(name)
        text, problems = read_text(path) if path else (None, [])
        if path is None:
            problems = [jinja_diagnostic(TemplateNotFound(name), name, self.folders)]
        self.out.extend(problems)
        return text

    def _render(self, name: str) -> str | None:
        try:
            return self.environment.get_template(name).render(shared_context(self.bank)).strip()
        except Exception as error:  # noqa: BLE001 - whatever a stranger's template does is a diagnostic
            self.out.append(jinja_diagnostic(error, name, self.folders))
            return None
