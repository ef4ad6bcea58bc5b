"""One question file: read, check what needs no other question, render."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ankiexport.bank import questions_in
from ankiexport.card_templates import known_note_types, load_note_types
from ankiexport.checks import Subject, check
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.media import Answer
from ankiexport.note_types import LoadedNoteType
from ankiexport.notes import NoteContent
from ankiexport.quality import advise
from ankiexport.quality.links import relative_links
from ankiexport.quality.outline import Outline, outline_of
from ankiexport.question import Bank, LoadedBank
from ankiexport.render import Renderer


@dataclass(frozen=True, slots=True)
class Examined:
    """What became of one question file: outlines, the content of notes, and what is wrong.

    `asked` are the references to media with the places where they stand, and `links` the relative links with
    whether they lead somewhere: on these it depends, besides the file's own bytes.
    """

    outlines: Sequence[Outline]
    contents: tuple[NoteContent, ...]
    diagnostics: tuple[Diagnostic, ...]
    asked: Mapping[tuple[str, Position], Answer] = field(default_factory=dict)
    links: Mapping[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Examiner:
    """Examines question files of one bank; it keeps what is the same for all of them."""

    bank: Bank
    renderer: Renderer = field(init=False)
    known: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the note types, which are loaded when a question first asks for one."""
        self.renderer = Renderer(self.bank, _NoteTypes(self.bank))
        self.known = tuple(known_note_types(self.bank.root))

    def examine(self, path: Path, data: bytes) -> Examined:
        """Return what becomes of a question file with these bytes."""
        self.renderer.library.asked.clear()
        questions, found = questions_in(data, path, self.bank)
        loaded = LoadedBank(self.bank, tuple(questions))
        problems = [*found, *advise(loaded)]
        problems += check(Subject(loaded, self.renderer.note_types, self.known, self.renderer.vocabulary))
        contents: list[NoteContent] = []
        for question in questions:
            if question.level in self.bank.level_keys:
                notes, found = self.renderer.notes_of(question)
                contents += notes
                problems += found
        return Examined(
            tuple(outline_of(question) for question in questions),
            tuple(contents),
            tuple(problems),
            dict(self.renderer.library.asked),
            links_of(path, (link[2] for question in questions for link in relative_links(question))),
        )


def links_of(path: Path, targets: Iterable[str]) -> dict[str, bool]:
    """Return whether each of some links of a question file leads somewhere."""
    return {target: (path.parent / target).exists() for target in targets}


class _NoteTypes(Mapping[str, LoadedNoteType]):
    """The note types that can be used; what is wrong with the others is told elsewhere."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._loaded: dict[str, LoadedNoteType | None] = {}

    def __getitem__(self, key: str) -> LoadedNoteType:
        if key not in self._loaded:
            self._loaded[key] = load_note_types(self._bank, [key])[0].get(key)
        found = self._loaded[key]
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return (key for key, found in self._loaded.items() if found)

    def __len__(self) -> int:
        return len([*iter(self)])
