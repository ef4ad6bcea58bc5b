"""Which column of a table holds what: said by the user, or told by the names in its first row."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ankiexport.diagnostics import did_you_mean
from ankiexport.importing.delimited import Row
from ankiexport.importing.package import refuse
from ankiexport.importing.text_files import refuse_at

ROLES = (
    "question", "answer", "hint", "key_points", "pitfalls", "follow_ups", "sources", "tags", "level", "deck", "id",
)  # fmt: skip

# What people call them; compared without letter case, spaces and signs.
_NAMES = {
    "question": ("question", "front", "term", "prompt", "q", "word", "frage", "pregunta"),
    "answer": ("answer", "back", "definition", "a", "meaning", "translation", "antwort", "respuesta"),
    "hint": ("hint", "hints"),
    "key_points": ("keypoints",),
    "pitfalls": ("pitfalls",),
    "follow_ups": ("followups",),
    "sources": ("sources", "source", "reference", "references"),
    "tags": ("tags", "tag"),
    "level": ("level", "chapter"),
    "deck": ("deck",),
    "id": ("id", "key", "slug"),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """The numbers of columns, from 0, by what they hold; `names` are those of the first row if it is a header."""

    numbers: Mapping[str, int]
    names: tuple[str, ...] = ()

    @property
    def unused(self) -> list[str]:
        """The names of the columns that nothing is taken from."""
        used = set(self.numbers.values())
        return [name for number, name in enumerate(self.names) if number not in used and name]


def columns_of(first: Row, wished: Mapping[str, str], path: Path) -> Columns:
    """Return the columns of a table by its first row; raises `RefusedError`."""
    names = tuple(cell.strip() for cell in first.cells)
    if wished:
        return _wished(names, wished, first, path)
    found: dict[str, int] = {}
    for number, name in enumerate(names):
        role = role_of(name)
        if role:
            found.setdefault(role, number)
    if "question" in found:
        return Columns(found, names)
    if len(names) > 3:
        refuse_at(
            first.place(path),
            f"the file has {len(names)} columns, and none is called question: say what they hold, such as "
            f"--map question=1,answer=2,tags={len(names)}",
        )
    return Columns(dict(zip(("question", "answer", "tags"), range(len(names)), strict=False)))


def role_of(name: str) -> str:
    """Return what a column or key of this name holds; nothing if it is not known."""
    return next((role for role, known in _NAMES.items() if _folded(name) in known), "")


def _wished(names: tuple[str, ...], wished: Mapping[str, str], first: Row, path: Path) -> Columns:
    folded = [name.casefold() for name in names]
    numbers: dict[str, int] = {}
    has_names = False
    for role, column in wished.items():
        if role not in ROLES:
            refuse(f'--map knows no "{role}"; {did_you_mean(role, ROLES)}')
        word = column.strip().casefold()
        if word.isascii() and word.isdecimal() and 1 <= int(word[:9]) <= len(names):
            numbers[role] = int(word[:9]) - 1
        elif word in folded:
            numbers[role], has_names = folded.index(word), True
        else:
            refuse_at(first.place(path), f'there is no column "{column}"; {did_you_mean(column, names)}')
    if "question" not in numbers:
        refuse("--map does not say which column holds the question")
    # All by numbers: the first row is a header only if it says so itself.
    return Columns(
        numbers, names if has_names or _folded(names[numbers["question"]]) in _NAMES["question"] else ()
    )


def _folded(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
