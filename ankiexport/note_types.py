"""Note types as they are used: with the templates that compose their fields, and what follows from these."""

from dataclasses import dataclass
from functools import cached_property

from jinja2 import Environment, Template

from ankiexport.anki_template import Template as FrontTemplate
from ankiexport.anki_template import parse_template
from ankiexport.jinja_env import MacroCall, TemplateFolders, macro_alone, name_alone, names_used
from ankiexport.labels import DEFAULT_LABELS
from ankiexport.notes import NoteType
from ankiexport.question import Bank

_SHARED = {"bank", "labels"}


@dataclass(frozen=True)
class LoadedNoteType:
    """A note type with the Jinja templates that compose its fields.

    If it `is_given`, questions give its fields, and its files are no templates of Jinja's.
    """

    note_type: NoteType
    requires: tuple[str, ...]
    field_templates: tuple[str, ...]
    environment: Environment
    folders: TemplateFolders
    is_given: bool = False

    @cached_property
    def compiled_fields(self) -> tuple[Template, ...]:
        """The fields' Jinja templates, in the order of the fields; they are known to compile."""
        return tuple(self.environment.get_template(name) for name in self.field_templates)

    @cached_property
    def names_used(self) -> tuple[tuple[str, ...] | None, ...]:
        """For each field, the names of a note's own on which it can depend; None when that cannot be known."""
        used = names_used(self.environment, self.field_templates)
        return tuple(None if names is None else tuple(sorted(names - _SHARED)) for names in used)

    @cached_property
    def names_alone(self) -> tuple[str, ...]:
        """For each field, the name that its template only shows, or nothing."""
        return tuple(name_alone(self.environment, name) for name in self.field_templates)

    @cached_property
    def macros_alone(self) -> tuple[MacroCall | None, ...]:
        """For each field, the macro whose result its template only shows."""
        return tuple(macro_alone(self.environment, name) for name in self.field_templates)

    @cached_property
    def fronts(self) -> tuple[FrontTemplate, ...]:
        """The fronts, parsed, from which follows which cards a note has."""
        return tuple(parse_template(template.front) for template in self.note_type.templates)

    @cached_property
    def cloze_fields(self) -> tuple[str, ...]:
        """The fields that a front shows through the cloze filter."""
        return tuple(sorted({name for front in self.fronts for name in front.cloze_fields}))


def shared_context(bank: Bank) -> dict[str, object]:
    """Return the names that every template knows: the bank, and its labels."""
    return {"bank": bank, "labels": {**DEFAULT_LABELS, **bank.labels}}
