"""`ankiexport check --fix`: repairs in the question files of a bank what has exactly one right answer.

Missing ids are added, aliases of tags replaced, keys put in order, and the layout tidied. All of
it happens by edits of the text, and a file's new text is read again before it is believed: what
does not give the same questions, or loses a comment, is not written.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ankiexport.bank import question_files
from ankiexport.bank_settings import is_slug, read_settings, slugify
from ankiexport.diagnostics import Position
from ankiexport.fixes.edits import Draft, Edit
from ankiexport.fixes.layout import Note, replace_tabs, sort_keys, tidy
from ankiexport.fixes.source_files import QuestionFile, TagTable, is_kept, is_markdown, parse, read_file
from ankiexport.fixes.spans import Span, parse_spans
from ankiexport.fixes.spots import IdSpot, Spots, TagList
from ankiexport.question import Bank
from ankiexport.source_files import read_text

ID_LENGTH = 40

_MAX_ID_LENGTH = 80
_SCHEMA_LINE = re.compile(r"^#[ \t]*yaml-language-server:[ \t]*\$schema=\S+", re.MULTILINE)
# YAML takes these for line breaks, and nobody can see where they are.
_OTHER_BREAKS = re.compile("[\x85\u2028\u2029]")
_ID_LIKE = re.compile(r"""(?:\bid:[ \t]*["']?|\{#|[-*+][ \t]+`)([a-z0-9-]+)""")


@dataclass(frozen=True, order=True, slots=True)
class Fix:
    """One repair: where it was needed, in the file as it was, and what was done."""

    position: Position
    message: str


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair of a text that was not made yet: what it would do, in the words of a menu, and the edits."""

    fix: Fix
    title: str
    edits: tuple[Edit, ...]
    is_id: bool = False


def fix_text(path: Path, text: str, bank: Bank, taken: Iterable[str]) -> tuple[str, list[Fix]]:
    """Return the new text of one question file as an editor has it, and what was repaired.

    `taken` are the ids of the bank. A text that cannot be parsed stays as it is.
    """
    file = read_file(path, text, bank, text.encode())
    return _repaired(file, bank, TagTable(bank), set(taken), "") if file else (text, [])


def repairs_in(path: Path, text: str, bank: Bank, taken: Iterable[str]) -> list[Repair]:
    """Return the ids and tags that a question file's text has to mend, one by one."""
    file = read_file(path, text, bank, text.encode())
    return list(_repairs(file, TagTable(bank), set(taken))) if file else []


def fix_bank(root: Path) -> tuple[dict[Path, str], list[Fix]]:
    """Return the new text of each file that changes, and what was repaired; writes nothing."""
    bank, _problems = read_settings(root)
    if bank is None:
        return {}, []
    files, taken = _read_files(root, bank)
    tags, schemas = TagTable(bank), _schema_lines(files, root)
    texts: dict[Path, str] = {}
    fixes: list[Fix] = []
    for file in files:
        schema = schemas.get(_depth(file.path, root), "")
        text, found = _repaired(file, bank, tags, taken, schema)
        if text.encode() != file.data:
            texts[file.path] = text
            fixes.extend(sorted(found))
    return texts, fixes


def _read_files(root: Path, bank: Bank) -> tuple[list[QuestionFile], set[str]]:
    """Return the files that can be repaired, and the ids that the bank has already."""
    files: list[QuestionFile] = []
    taken: set[str] = set()
    for path in question_files(root):
        text, _problems = read_text(path)
        if text is None:
            continue
        file = read_file(path, text, bank)
        if file is None:
            # Nobody can tell where its ids are, but a new one had better not be among them.
            taken.update(_ID_LIKE.findall(text))
        else:
            files.append(file)
            taken.update(spot.id for spot in _ids(file.spots))
    return files, taken


def _ids(spots: Spots) -> Iterator[IdSpot]:
    for question in spots.questions:
        yield question.own
        yield from question.facts


def _depth(path: Path, root: Path) -> int:
    return len(path.relative_to(root).parts)


def _schema_lines(files: list[QuestionFile], root: Path) -> dict[int, str]:
    """Return, for each depth of folders, the line that tells editors the schema, where files agree."""
    found: dict[int, set[str]] = {}
    for file in files:
        line = _SCHEMA_LINE.search(file.text)
        if line and not is_markdown(file.path):
            found.setdefault(_depth(file.path, root), set()).add(line[0])
    return {depth: min(lines) for depth, lines in found.items() if len(lines) == 1}


def _repaired(
    file: QuestionFile, bank: Bank, tags: TagTable, taken: set[str], schema: str
) -> tuple[str, list[Fix]]:
    """Return a file's new text and its repairs; on any doubt, fewer of them."""
    edits, content = _content(file, tags, taken)
    encoding = list(_encoding_fixes(file))
    draft = Draft.of(file.text)
    edited = draft.edited(edits)
    laid_out, layout = _laid_out(edited, file, schema)
    if is_kept(file, laid_out.text, bank, tags):
        return laid_out.text, encoding + content + layout
    if is_kept(file, edited.text, bank, tags):
        return edited.text, encoding + content
    laid_out, layout = _laid_out(draft, file, schema)
    if is_kept(file, laid_out.text, bank, tags):
        return laid_out.text, encoding + layout
    return file.text, encoding


def _content(file: QuestionFile, tags: TagTable, taken: set[str]) -> tuple[list[Edit], list[Fix]]:
    """Return the edits that add ids and replace tags, and what they repair."""
    repairs = list(_repairs(file, tags, taken))
    # Those of one list of tags together: in a line of Markdown they depend on each other.
    edits = [edit for repair in repairs if repair.is_id for edit in repair.edits]
    edits += [edit for found in file.spots.tag_lists for edit in found.edits(new_tags(found, tags))]
    return edits, [repair.fix for repair in repairs]


def _repairs(file: QuestionFile, tags: TagTable, taken: set[str]) -> Iterator[Repair]:
    for spot, identifier in _new_ids(file.spots, taken):
        if spot.edit:
            fix = Fix(file.position(spot.offset), f"added the id {identifier}")
            yield Repair(fix, f"Add the id {identifier}", (spot.edit(identifier),), is_id=True)
    for found in file.spots.tag_lists:
        for number, (old, tag) in enumerate(zip(found.tags, new_tags(found, tags), strict=True)):
            if tag == old:
                continue
            message, title = f"{old} -> {tag}", f"Replace {old} by {tag}"
            if tag is None:
                message = f"dropped {old}: {tags.canonical(old)} is there twice"
                title = f"Drop {old}: {tags.canonical(old)} is there twice"
            alone: list[str | None] = [*found.tags[:number], tag, *found.tags[number + 1 :]]
            fix = Fix(file.position(found.offsets[number]), message)
            yield Repair(fix, title, tuple(found.edits(alone)))


def _new_ids(spots: Spots, taken: set[str]) -> Iterator[tuple[IdSpot, str]]:
    """Yield the spots that lack an id, each with one that the bank does not have yet."""
    for question in spots.questions:
        own = question.own.id
        if not own and question.own.edit:
            slug = _shortened(slugify(question.own.text), ID_LENGTH)
            if slug:
                own = _unique(slug, taken)
                yield question.own, own
        for number, fact in enumerate(question.facts, start=1):
            if not fact.id and fact.edit and is_slug(own):
                ending = f"-fact-{number}"
                yield fact, _unique(_shortened(own, _MAX_ID_LENGTH - len(ending) - 5) + ending, taken)


def _shortened(slug: str, length: int) -> str:
    """Return the slug cut at a word boundary, or within its first word when that is too long already."""
    if len(slug) <= length:
        return slug
    words = slug[: length + 1].rpartition("-")[0]
    return words or slug[:length]


def _unique(slug: str, taken: set[str]) -> str:
    """Return the slug, numbered if it is taken, and take it."""
    number, result = 1, slug
    while result in taken:
        number += 1
        result = f"{slug}-{number}"
    taken.add(result)
    return result


def new_tags(found: TagList, tags: TagTable) -> list[str | None]:
    """Return the canonical tags of a list; None for each that replacing has made a duplicate."""
    canonical = [tags.canonical(tag) for tag in found.tags]
    replaced = {new for old, new in zip(found.tags, canonical, strict=True) if old != new}
    return [
        None if droppable and tag in replaced and tag in canonical[:number] else tag
        for number, (tag, droppable) in enumerate(zip(canonical, found.droppable, strict=True))
    ]


def _laid_out(draft: Draft, file: QuestionFile, schema: str) -> tuple[Draft, list[Fix]]:
    """Return the draft of a YAML file with keys, blank lines and white space in order."""
    fixes: list[Fix] = []
    if is_markdown(file.path) or _OTHER_BREAKS.search(draft.text):
        return draft, fixes
    for step in (replace_tabs, sort_keys, tidy):
        tree = file.tree if draft.text == file.text else _spans(draft.text, file.path)
        if tree is None:
            break
        draft, notes = step(draft, tree)
        fixes.extend(_fixes(file.path, notes))
    if schema and not _SCHEMA_LINE.search(draft.text):
        fixes.extend(_fixes(file.path, [(1, "added the line that tells editors the schema")]))
        draft = Draft.of(f"{schema}\n{draft.text}", (1, *draft.origins))
    return draft, fixes


def _spans(text: str, path: Path) -> Span | None:
    """Return the spans of an edited text; None when the edits have broken it."""
    return None if parse(text, path)[1] else parse_spans(text)


def _fixes(path: Path, notes: Iterable[Note]) -> Iterator[Fix]:
    return (Fix(Position(path.as_posix(), line), message) for line, message in notes)


def _encoding_fixes(file: QuestionFile) -> Iterator[Fix]:
    where = Position(file.path.as_posix())
    if file.data.startswith(b"\xef\xbb\xbf"):
        yield Fix(where, "removed the byte order mark")
    if b"\r" in file.data:
        yield Fix(where, "CRLF -> LF")
    if not file.data.endswith((b"\n", b"\r")):
        yield Fix(file.position(len(file.text) - 1), "added a line break at the end of the file")
