"""`ankiexport tags rename`: a tag gets another name in the whole bank, and those below it with it.

Learners' notes follow with the next build, and the old name stays as an alias, so that searches
and authors that still use it are understood.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ankiexport.bank import question_files
from ankiexport.bank_settings import BANK_FILE, parse_settings, read_settings
from ankiexport.diagnostics import did_you_mean
from ankiexport.errors import TagRenameError
from ankiexport.fixes.edits import Draft
from ankiexport.fixes.repair import Fix, new_tags
from ankiexport.fixes.source_files import QuestionFile, TagTable, is_kept, read_file
from ankiexport.fixes.spans import comments, parse_spans
from ankiexport.fixes.vocabulary_edits import renamed_vocabulary, settings_edits
from ankiexport.question import Bank, TagEntry
from ankiexport.source_files import read_text
from ankiexport.tags import is_reserved, tag_problem

_BY_HAND = "edit it by hand"


def rename_tag(root: Path, old: str, new: str) -> tuple[dict[Path, str], list[Fix]]:
    """Return the new text of each file that changes, and each place; writes nothing.

    Raises `TagRenameError`.
    """
    bank, _problems = read_settings(root)
    if bank is None:
        raise TagRenameError(old, new, f"{BANK_FILE} cannot be read; run: ankiexport check")
    old = next((tag for alias, tag in bank.aliases().items() if alias.casefold() == old.casefold()), old)
    _refuse(bank, old, new)
    files = [_question_file(path, bank, old, new) for path in question_files(root)]
    known = {
        *bank.vocabulary,
        *(tag for file in files for found in file.spots.tag_lists for tag in found.tags),
    }
    renames = _renames(known, old, new)
    if not renames:
        raise TagRenameError(old, new, f"no such tag is in the bank; {did_you_mean(old, known)}")
    table = _table(bank, renames)
    texts: dict[Path, str] = {}
    fixes: list[Fix] = []
    for file in files:
        text, found = _renamed(file, table)
        if found:
            if not is_kept(file, text, bank, table):
                raise TagRenameError(old, new, f"{file.path} does not let itself be edited; {_BY_HAND}")
            texts[file.path] = text
            fixes += sorted(found)
    settings = _settings(root, bank, renames)
    if settings is None:
        raise TagRenameError(old, new, f"{root / BANK_FILE} does not let itself be edited; {_BY_HAND}")
    return {**settings, **texts}, fixes


def _refuse(bank: Bank, old: str, new: str) -> None:
    if old == new:
        raise TagRenameError(old, new, "it has this name")
    problem = tag_problem(new)
    if problem:
        raise TagRenameError(old, new, problem)
    levels = {level.tag.casefold() for level in bank.levels}
    for tag in (old, new):
        if tag.casefold() in {*levels, "level"}:
            raise TagRenameError(old, new, f'"{tag}" comes from the levels; their keys are in {BANK_FILE}')
        if is_reserved(tag):
            raise TagRenameError(old, new, f'"{tag}" is given by builds alone')
    if new.casefold().startswith(f"{old.casefold()}::"):
        raise TagRenameError(old, new, "a tag cannot come to lie below itself; take two steps")


def _question_file(path: Path, bank: Bank, old: str, new: str) -> QuestionFile:
    text, _problems = read_text(path)
    file = read_file(path, text, bank) if text is not None else None
    if file is None:
        raise TagRenameError(old, new, f"{path} has errors; run: ankiexport check")
    return file


def _renames(known: set[str], old: str, new: str) -> dict[str, str]:
    """Return each tag that changes, also those below, with its new name."""
    start = f"{old.casefold()}::"
    return {
        tag: new + tag[len(old) :]
        for tag in sorted(known)
        if (tag.casefold() == old.casefold() or tag.casefold().startswith(start))
        and tag != new + tag[len(old) :]
    }


def _table(bank: Bank, renames: Mapping[str, str]) -> TagTable:
    """Return a table that knows these names alone: other aliases are no business of a renaming."""
    entries: dict[str, TagEntry] = {}
    for old, new in renames.items():
        older = entries[new].aliases if new in entries else ()
        entries[new] = TagEntry(new, "", new, (*older, old))
    return TagTable(replace(bank, vocabulary=entries, levels=()))


def _renamed(file: QuestionFile, table: TagTable) -> tuple[str, list[Fix]]:
    edits = []
    fixes: list[Fix] = []
    for found in file.spots.tag_lists:
        new = new_tags(found, table)
        edits += found.edits(new)
        for offset, old, tag in zip(found.offsets, found.tags, new, strict=True):
            if tag != old:
                done = f"{old} -> {tag}" if tag else f"dropped {old}: {table.canonical(old)} is there twice"
                fixes.append(Fix(file.position(offset), done))
    return Draft.of(file.text).edited(edits).text, fixes


def _settings(root: Path, bank: Bank, renames: Mapping[str, str]) -> dict[Path, str] | None:
    """Return the new `bank.yaml`, if it changes; None when it would not say what it should."""
    path = root / BANK_FILE
    text, _problems = read_text(path)
    tree = parse_spans(text) if text is not None else None
    if text is None or tree is None:
        return None
    edited = Draft.of(text).edited(settings_edits(text, tree, renames, bank.vocabulary)).text
    after, problems = parse_settings(root, edited)
    new_tree = None if problems or after is None else parse_spans(edited)
    if (
        after is None
        or new_tree is None
        or Counter(comments(text, tree)) != Counter(comments(edited, new_tree))
    ):
        return None
    expected = renamed_vocabulary(bank.vocabulary, renames) if bank.vocabulary else {}
    if {tag: entry.aliases for tag, entry in after.vocabulary.items()} != expected:
        return None
    same = replace(after, vocabulary=bank.vocabulary, defaults=bank.defaults, decks=bank.decks)
    if same != bank or not _says_the_same(bank, after, renames):
        return None
    return {path: edited} if edited != text else {}


def _says_the_same(before: Bank, after: Bank, renames: Mapping[str, str]) -> bool:
    """Tell whether what tags are for, the defaults and the searches' names are what they were."""
    said: dict[str, set[str]] = {}
    for tag, entry in before.vocabulary.items():
        said.setdefault(renames.get(tag, tag), set()).add(entry.description)
    kept = all(entry.description in said.get(tag, ()) for tag, entry in after.vocabulary.items())
    defaults = [renames.get(tag.value.strip(), tag.value.strip()) for tag in before.defaults.tags]
    return (
        kept
        and [tag.value.strip() for tag in after.defaults.tags] == defaults
        and after.defaults.note_type == before.defaults.note_type
        and [search.name for search in after.decks] == [search.name for search in before.decks]
    )
