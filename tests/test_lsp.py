"""The language server, asked by a client library over the pipes of the real process."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from banks import HARD_BANK, make_bank, question, questions
from editor import MARK, Editor, position_of_mark
from lsprotocol import types

from ankiexport.editing.source_text import Units, units_before
from ankiexport.pipeline import build_bank, check_bank
from ankiexport.question_nodes import FILE_KEYS

TAGS = {
    "topic::bonds": "Kinds of bonds.",
    "topic::naming": {"name": "IUPAC", "description": "Names.", "aliases": ["topic::iupac"]},
}
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


def chemistry(folder: Path, files: dict[str, str | bytes] | None = None, /, **settings: object) -> Path:
    """Write a bank with a vocabulary, a picture, and a question in each form."""
    given: dict[str, str | bytes] = {
        "a.yaml": questions("one", question("sigma", tags=["topic::bonds"])),
        "b.md": "---\nlevel: two\n---\n\n## What is pi? {#pi}\n\n### Answer\n\nA bond.\n",
        "media/bond.svg": PICTURE,
        "media/two words (1).svg": PICTURE,
        **(files or {}),
    }
    return make_bank(folder, given, tags=TAGS, **settings)


def of_yaml(body: str, level: str = "one") -> str:
    """Return a question file with what stands below a question."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return f"level: {level}\nquestions:\n  - id: sigma\n    question: What is it?\n{lines}"


def test_shows_problems_as_they_are_typed_and_takes_them_back(tmp_path: Path) -> None:
    root = chemistry(tmp_path)
    with Editor(root) as editor:
        editor.open("a.yaml")
        editor.replace("a.yaml", of_yaml("answer: It is a bond.\ntags: [topic::bondz]"))
        editor.wait(lambda: editor.codes("a.yaml") == ["unknown-tag"])
        found = editor.of("a.yaml")[0]
        assert found.range == types.Range(types.Position(5, 11), types.Position(5, 23))
        assert found.severity is types.DiagnosticSeverity.Error
        assert found.source == "ankiexport"
        assert 'did you mean "topic::bonds"?' in found.message
        editor.type("a.yaml", 5, 22, 23, "s")
        editor.wait(lambda: editor.codes("a.yaml") == [])
        # The file was never saved.
        assert "bondz" not in (root / "a.yaml").read_text(encoding="utf-8")


def test_links_each_code_to_its_explanation(tmp_path: Path) -> None:
    root = chemistry(tmp_path, {"a.yaml": of_yaml("answer: A bond.\ntags: [nope]")})
    with Editor(root) as editor:
        editor.wait(lambda: editor.codes("a.yaml") == ["unknown-tag"])
        description = editor.of("a.yaml")[0].code_description
        assert description is not None
        address, _, line = description.href.partition("#L")
        page = Path(address.removeprefix("file://")).read_text(encoding="utf-8").split("\n")
        assert page[int(line) - 1].startswith("| `unknown-tag` |")


def test_finds_duplicates_across_files_and_leads_to_the_other_place(tmp_path: Path) -> None:
    root = chemistry(tmp_path)
    with Editor(root) as editor:
        editor.open("b.md")
        where = editor.replace(
            "b.md", f"---\nlevel: two\n---\n\n## What is pi? {{#sig{MARK}ma}}\n\n### Answer\n\nA bond.\n"
        )
        editor.wait(lambda: editor.codes("b.md") == ["duplicate-id"])
        related = editor.of("b.md")[0].related_information
        assert related is not None
        assert related[0].location.uri == editor.uri("a.yaml")
        assert related[0].location.range.start == types.Position(2, 6)
        assert editor.definition("b.md", where) == [("a.yaml", 2, 6)]
        editor.close("b.md")
        editor.wait(lambda: editor.codes("b.md") == [])


def test_survives_what_cannot_be_read_and_recovers(tmp_path: Path) -> None:
    root = chemistry(tmp_path)
    settings = (root / "bank.yaml").read_text(encoding="utf-8")
    with Editor(root) as editor:
        editor.open("a.yaml")
        editor.open("bank.yaml")
        editor.replace("a.yaml", "level: one\nquestions:\n  - {id: a, [\n\t\0")
        editor.wait(lambda: "yaml-syntax" in editor.codes("a.yaml"))
        editor.replace("bank.yaml", "title: [\n")
        editor.wait(lambda: editor.codes("bank.yaml") == ["yaml-syntax"])
        # What was known of the questions still stands.
        assert editor.codes("a.yaml") == ["yaml-syntax"]
        (root / "b.md").write_bytes(b"\xff\xfe")
        editor.replace("bank.yaml", settings)
        editor.wait(lambda: editor.codes("bank.yaml") == [] and editor.codes("b.md") == ["file-encoding"])
        (root / "b.md").unlink()
        editor.replace("a.yaml", of_yaml("answer: A bond."))
        editor.wait(lambda: editor.codes("a.yaml") == [] and editor.codes("b.md") == [])
        assert editor.messages == []


def test_a_text_that_was_never_saved_is_part_of_the_bank(tmp_path: Path) -> None:
    root = chemistry(tmp_path)
    with Editor(root) as editor:
        editor.open("new.yaml", questions("one", question("pi")))
        editor.wait(lambda: editor.codes("new.yaml") + editor.codes("b.md") == ["duplicate-id"])


def test_files_that_are_not_of_a_bank_are_left_alone(tmp_path: Path) -> None:
    root = chemistry(tmp_path)
    (tmp_path / "other.yaml").write_text("[", encoding="utf-8")
    with Editor(tmp_path) as editor:
        where = editor.open("other.yaml", f"le{MARK}: [\n")
        readme = editor.open("bank/README.md", f"# Read me {MARK}")
        editor.open("bank/a.yaml", "level: [")
        editor.wait(lambda: editor.codes("bank/a.yaml") == ["yaml-syntax"])
        assert editor.labels("other.yaml", where) == []
        assert editor.labels("bank/README.md", readme) == []
        assert editor.hover("other.yaml", where) == ""
        assert editor.of("other.yaml") == editor.of("bank/README.md") == []
    assert root.is_dir()


def test_shows_what_check_finds(tmp_path: Path) -> None:
    """Advice on quality and what a lock forbids, too: the same problems at the same places."""
    root = chemistry(tmp_path, {"z.yaml": questions("one", question("old", question="What was it once?"))})
    assert not build_bank(root, tmp_path / "dist").has_errors
    text = (root / "z.yaml").read_text(encoding="utf-8").replace("old", "new")
    (root / "z.yaml").write_text(text, encoding="utf-8")
    expected = shown_by_check(root)
    assert {code for _path, _line, code in expected} >= {"renamed-id"}
    with Editor(root) as editor:
        editor.wait(lambda: shown_in(editor) == expected)
    with Editor(HARD_BANK) as editor:
        editor.wait(lambda: shown_in(editor) == shown_by_check(HARD_BANK))


def shown_by_check(root: Path) -> set[tuple[str, int, str]]:
    """Return address, line and code of what `check` finds."""
    found = check_bank(root).diagnostics
    return {(Path(one.position.path).as_uri(), one.position.line, one.code) for one in found}


def shown_in(editor: Editor) -> set[tuple[str, int, str]]:
    """Return address, line and code of what an editor shows."""
    return {
        (uri, one.range.start.line + 1, str(one.code))
        for uri, found in editor.diagnostics.items()
        for one in found
    }


@pytest.mark.parametrize("units", list(Units))
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_counts_as_the_editor_does(tmp_path: Path, units: Units, line_break: str) -> None:
    """Letters beyond the first plane, two scripts and a tab stand before what is wrong."""
    root = chemistry(tmp_path)
    before = '    tags: ["🦊é漢", "\t𝒳x", '
    text = of_yaml("answer: A bond.").rstrip("\n") + f"\n{before}topic::bondz, topic::na]\n"
    with Editor(root, units=[units]) as editor:
        assert editor.server.position_encoding == units.value
        editor.open("a.yaml", text.replace("\n", line_break))
        editor.wait(lambda: "unknown-tag" in editor.codes("a.yaml"))
        found = [one for one in editor.of("a.yaml") if "bondz" in one.message]
        start = units_before(before, len(before), units)
        assert found[0].range == types.Range(types.Position(5, start), types.Position(5, start + 12))
        inside = types.Position(5, start + len("topic::bondz, topic::na"))
        item = next(one for one in editor.complete("a.yaml", inside) if one.label == "topic::naming")
        assert isinstance(item.text_edit, types.TextEdit)
        assert item.text_edit.range.start.character == start + len("topic::bondz, ")
        # An edit behind them arrives where it was made.
        editor.type("a.yaml", 5, start + 11, start + 12, "s")
        editor.wait(lambda: not [one for one in editor.of("a.yaml") if "bondz" in one.message])


def test_completes_in_yaml(tmp_path: Path) -> None:
    root = chemistry(tmp_path, {"stories/c.yaml": questions("two", question("c"))})
    with Editor(root) as editor:
        editor.open("a.yaml")
        editor.open("stories/c.yaml")
        editor.wait(lambda: not editor.codes("a.yaml") and bool(editor.hover("a.yaml", types.Position(2, 8))))

        def offered(text: str, name: str = "a.yaml") -> list[str]:
            return editor.labels(name, editor.replace(name, text))

        assert offered(of_yaml(f"tags: [{MARK}")) == ["topic::bonds", "topic::naming"]
        assert offered(of_yaml(f"tags:\n  - topic::{MARK}")) == ["topic::bonds", "topic::naming"]
        assert offered(f"level: {MARK}\nquestions: []\n") == ["one", "two"]
        assert {"cloze", "question"} <= set(offered(of_yaml(f"note_type: {MARK}")))
        assert "yes-no" in offered(of_yaml(f"allow: [{MARK}]"))
        keys = offered(of_yaml(f"{MARK}\nanswer: A bond."))
        assert {"hint", "key_points", "facts"} <= set(keys)
        assert not {"id", "question", "answer"} & set(keys)
        assert "anki-question" in offered(f"level: one\nquestions:\n  - {MARK}\n")
        assert "anki-revised" in offered(of_yaml(f"answer: A bond.\n{MARK}"))
        pictures = ["media/bond.svg", "media/two words (1).svg"]
        assert offered(of_yaml(f"answer: |\n  See ![it]({MARK})")) == pictures
        assert offered(of_yaml(f'answer: \'<img alt="" src="{MARK}">\'')) == pictures
        assert offered(of_yaml(f"answer: Hear [sound:{MARK}"))[0] == pictures[0]
        below = of_yaml(f"answer: |\n  ![it]({MARK}", level="two").replace("sigma", "c")
        assert offered(below, "stories/c.yaml")[0] == "../media/bond.svg"
        assert offered(of_yaml(f"answer: nothing {MARK}")) == []


def test_completions_say_what_they_are_and_are_written_as_needed(tmp_path: Path) -> None:
    root = chemistry(tmp_path)
    with Editor(root) as editor:
        editor.open("a.yaml")
        editor.wait(lambda: bool(editor.hover("a.yaml", types.Position(2, 8))))
        where = editor.replace("a.yaml", of_yaml(f"tags: [topic::{MARK}x, b]"))
        first = editor.complete("a.yaml", where)[0]
        assert first.text_edit == types.TextEdit(
            types.Range(types.Position(4, 11), types.Position(4, 19)), "topic::bonds"
        )
        assert first.detail == "1 question, 0 facts"
        assert isinstance(first.documentation, types.MarkupContent)
        assert first.documentation.value == "Kinds of bonds."
        where = editor.replace("a.yaml", of_yaml(f"answer: |\n  ![it](media/tw{MARK}o"))
        item = next(one for one in editor.complete("a.yaml", where) if "two" in one.label)
        assert isinstance(item.text_edit, types.TextEdit)
        assert item.text_edit.new_text == "media/two%20words%20%281%29.svg"
        where = editor.replace("a.yaml", of_yaml(f"hi{MARK}"))
        item = next(one for one in editor.complete("a.yaml", where) if one.label == "hint")
        assert isinstance(item.documentation, types.MarkupContent)
        assert "revealed step by step" in item.documentation.value


def test_completes_ids_that_learners_have_and_the_bank_no_more(tmp_path: Path) -> None:
    root = chemistry(tmp_path)
    assert not build_bank(root, tmp_path / "dist").has_errors
    text = of_yaml("answer: It is a bond.").replace("sigma", "sigma-bond").replace("What is it", "What now")
    with Editor(root) as editor:
        editor.open("a.yaml", text)
        editor.wait(lambda: editor.of("a.yaml") == [])
        where = editor.replace("a.yaml", f"{text}    previous_ids: [{MARK}]\n")
        editor.wait(lambda: editor.labels("a.yaml", where) == ["sigma"])
        markdown = "---\nlevel: two\n---\n\n## What is pi? {#pi}\n\n### Answer\n\nA bond.\n\n### Replaces\n\n"
        editor.open("b.md")
        where = editor.replace("b.md", f"{markdown}{MARK}\n")
        editor.wait(lambda: editor.labels("b.md", where) == ["sigma"])


def test_completes_in_markdown(tmp_path: Path) -> None:
    root = chemistry(tmp_path)
    body = "---\nlevel: two\n---\n\n## What is pi? {#pi}\n\n### Answer\n\nA bond.\n"
    with Editor(root) as editor:
        editor.open("b.md")
        editor.wait(lambda: bool(editor.hover("b.md", types.Position(4, 5))))

        def offered(text: str) -> list[str]:
            return editor.labels("b.md", editor.replace("b.md", text))

        assert offered(f"{body}\n### Tags\n\ntopic::naming, topic::{MARK}\n") == [
            "topic::bonds",
            "topic::naming",
        ]
        assert offered(body.replace("two", MARK)) == ["one", "two"]
        assert set(offered(body.replace("level: two", f"level: two\n{MARK}"))) == set(FILE_KEYS) - {"level"}
        assert {"Key points", "Pitfalls"} <= set(offered(f"{body}\n### Ke{MARK}\n"))
        assert "media/bond.svg" in offered(f"{body}\n![it](me{MARK})\n")
        assert offered(f"{body}\n```\n### Ke{MARK}\n```\n") == []
        assert "anki-question" in offered(f"{body}\n{MARK}\n")
        assert offered(f"{MARK}") == ["anki-file"]


def test_completes_in_the_settings(tmp_path: Path) -> None:
    root = chemistry(tmp_path)
    settings = (root / "bank.yaml").read_text(encoding="utf-8")
    with Editor(root) as editor:
        editor.open("bank.yaml")
        editor.open("a.yaml")
        editor.wait(lambda: bool(editor.hover("a.yaml", types.Position(2, 8))))

        def offered(text: str) -> list[str]:
            return editor.labels("bank.yaml", editor.replace("bank.yaml", settings + text))

        assert {"preset", "acronyms"} <= set(offered(MARK))
        assert not {"title", "tags"} & set(offered(MARK))
        assert offered(f"media_names: {MARK}\n") == ["hashed", "kept"]
        assert "new_cards_per_day" in offered(f"preset:\n  {MARK}\n")
        assert offered(f"defaults:\n  tags: [{MARK}]\n") == ["topic::bonds", "topic::naming"]
        assert offered(f"decks:\n  week-1: tag:topic::bonds -tag:le{MARK}\n")[0] == "tag:level::one"


def test_goes_to_where_a_thing_is_declared_and_used(tmp_path: Path) -> None:
    picture = "answer: |\n  🦊 ![it](media/bond.svg)"
    files: dict[str, str | bytes] = {
        "a.yaml": of_yaml(f"{picture}\ntags: [topic::iupac]"),
        "b.md": "---\nlevel: two\n---\n\n## What is pi? {#pi}\n\n### Answer\n\n![it](media/bond.svg)\n\n"
        "### Tags\n\ntopic::naming\n",
    }
    root = chemistry(tmp_path, files)
    lines = (root / "bank.yaml").read_text(encoding="utf-8").split("\n")
    naming, one = lines.index("  topic::naming:"), lines.index("- key: one")
    with Editor(root) as editor:
        editor.open("a.yaml")
        editor.open("b.md")
        editor.open("bank.yaml")
        editor.wait(lambda: editor.codes("a.yaml") == ["alias-tag"])
        alias, link = types.Position(6, 14), types.Position(5, 20)
        assert editor.definition("a.yaml", alias) == [("bank.yaml", naming, 2)]
        assert editor.definition("a.yaml", types.Position(0, 8)) == [("bank.yaml", one, 7)]
        assert editor.definition("a.yaml", link) == [("media/bond.svg", 0, 0)]
        uses = [("bank.yaml", naming, 2), ("a.yaml", 6, 11), ("b.md", 12, 0)]
        assert editor.references("a.yaml", alias) == uses
        assert editor.references("bank.yaml", types.Position(naming, 4)) == uses
        # Columns in UTF-16: the fox takes two.
        assert editor.references("a.yaml", link) == [("a.yaml", 5, 15), ("b.md", 8, 6)]
        assert editor.references("bank.yaml", types.Position(one, 8)) == [
            ("bank.yaml", one, 7),
            ("a.yaml", 0, 7),
        ]


def test_shows_cards_on_hover(tmp_path: Path) -> None:
    facts = [{"id": "sigma-fact", "text": "A {{c1::bond::what?}} holds **atoms**."}]
    asked = question("sigma", hint=["Look.", "Think."], tags=["topic::bonds"], facts=facts,
                     answer="A ![bond](media/bond.svg), $x$.", key_points=["Holds."])  # fmt: skip
    root = chemistry(tmp_path, {"a.yaml": questions("one", asked)})
    with Editor(root) as editor:
        editor.open("a.yaml")
        editor.open("b.md")
        editor.wait(lambda: bool(editor.hover("b.md", types.Position(4, 4))))
        shown = editor.hover("a.yaml", types.Position(2, 8))
        parts = shown.split("\n\n---\n\n")
        address = (root / "media/bond.svg").as_uri()
        assert parts == [
            "What is sigma?",
            "*Hint 1*\n\nLook.",
            "*Hint 2*\n\nThink.",
            f"A ![bond]({address}), $x$.",
            "*Key points*\n\n- Holds.",
            "`sigma` · Small bank › 1 One · `level::one` · `topic::bonds`",
        ]
        text = (root / "a.yaml").read_text(encoding="utf-8").split("\n")
        line = next(number for number, one in enumerate(text) if "sigma-fact" in one)
        fact = editor.hover("a.yaml", types.Position(line, 12)).split("\n\n---\n\n")
        assert fact[:2] == ["A **[what?]** holds **atoms**.", "A **bond** holds **atoms**."]
        assert "What is pi?\n\n---\n\nA bond.\n\n---\n\n`pi`" in editor.hover("b.md", types.Position(4, 4))
        assert editor.hover("b.md", types.Position(8, 3)) == ""


def test_explains_tags_levels_and_keys_on_hover(tmp_path: Path) -> None:
    root = chemistry(tmp_path, {"a.yaml": questions("one", question("sigma", tags=["topic::iupac"]))})
    with Editor(root, markdown=False) as editor:
        editor.open("a.yaml")
        editor.open("b.md", "---\nlevel: two\n---\n\n## What is pi? {#pi}\n\n### Answer\n\nA bond.\n")
        editor.wait(lambda: editor.codes("a.yaml") == ["alias-tag"])
        tag = editor.hover("a.yaml", types.Position(6, 8))
        assert "topic::naming" in tag
        assert "Names." in tag
        assert "1 question, 0 facts" in tag
        assert "The *first* step." in editor.hover("a.yaml", types.Position(0, 8))
        assert "A slug, unique in the bank" in editor.hover("a.yaml", types.Position(2, 4))
        assert "A model answer" in editor.hover("b.md", types.Position(6, 6))
        assert "The key of a level" in editor.hover("b.md", types.Position(1, 2))


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_repairs_what_has_one_right_answer(tmp_path: Path, line_break: str) -> None:
    text = "level: one\nquestions:\n  - question: What is it, then?\n    answer: It is a bond.\n"
    text += "    tags: [topic::iupac]\n    hinf: Look.\n"
    root = chemistry(tmp_path, {"a.yaml": text.replace("\n", line_break)})
    with Editor(root) as editor:
        editor.open("a.yaml")
        editor.wait(lambda: sorted(editor.codes("a.yaml")) == ["alias-tag", "missing-id", "unknown-key"])
        (add,) = editor.actions("a.yaml", types.Position(2, 5), ["quickfix"])
        assert add.title == "Add the id what-is-it-then"
        assert add.diagnostics
        new = editor.applied("a.yaml", add).replace("\r\n", "\n")
        assert "  - id: what-is-it-then\n    question: What" in new
        (replace,) = editor.actions("a.yaml", types.Position(4, 15), ["quickfix"])
        assert "tags: [topic::naming]" in editor.applied("a.yaml", replace)
        (near,) = editor.actions("a.yaml", types.Position(5, 5), ["quickfix"])
        assert near.title == "Replace by hint"
        assert "    hint: Look." in editor.applied("a.yaml", near)
        (whole,) = editor.actions("a.yaml", types.Position(0, 0), ["source.fixAll"])
        new = editor.applied("a.yaml", whole)
        assert new.count("\r\n") == (new.count("\n") if line_break == "\r\n" else 0)
        assert "id: what-is-it-then" in new
        assert "topic::naming" in new
        editor.replace("a.yaml", new.replace("hinf", "hint"))
        editor.wait(lambda: editor.codes("a.yaml") == [])


def test_lists_questions_of_a_file_and_of_the_bank(tmp_path: Path) -> None:
    facts = [{"id": "sigma-fact", "text": "A {{c1::bond}}."}]
    root = chemistry(tmp_path, {"a.yaml": questions("one", question("sigma", facts=facts), question("tau"))})
    with Editor(root) as editor:
        editor.open("a.yaml")
        # Asked for at once, before the bank can have been read.
        outline = editor.outline("a.yaml")
        assert [one.name for one in outline] == ["sigma", "tau"]
        assert [one.name for one in outline[0].children or []] == ["sigma-fact"]
        assert outline[0].range.end.line == outline[1].range.start.line - 1
        for one in outline:
            assert one.range.start.line <= one.selection_range.start.line <= one.range.end.line
        found = editor.do(editor.client.workspace_symbol_async(types.WorkspaceSymbolParams("sgm")))
        assert [one.name for one in found or []] == ["sigma", "sigma-fact"]
        text = (root / "a.yaml").read_text(encoding="utf-8")
        editor.replace("a.yaml", text.replace("id: tau", "id: upsilon"))
        assert [one.name for one in editor.outline("a.yaml")] == ["sigma", "upsilon"]
        editor.replace("a.yaml", f"{text}[")
        assert editor.outline("a.yaml")[0].name == "sigma"
        editor.replace("a.yaml", "")
        editor.open("README.md", "")
        assert editor.outline("README.md") == []


def test_follows_files_that_others_change(tmp_path: Path) -> None:
    root = chemistry(tmp_path)
    with Editor(root, watches=True) as editor:
        editor.wait(lambda: editor.watched == [types.WORKSPACE_DID_CHANGE_WATCHED_FILES])
        (root / "a.yaml").write_text(of_yaml("tags: [nope]"), encoding="utf-8")
        event = types.FileEvent(editor.uri("a.yaml"), types.FileChangeType.Changed)
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        editor.wait(lambda: "unknown-tag" in editor.codes("a.yaml"))


def test_a_snippet_takes_the_place_of_what_was_typed(tmp_path: Path) -> None:
    """With the dash before it or without, at the depth of the line."""
    root = chemistry(tmp_path)
    with Editor(root) as editor:
        editor.open("a.yaml")
        for typed, first, start in (("  - anki-f", "id: ", 4), ("  anki-f", "- id: ", 2)):
            where = editor.replace("a.yaml", of_yaml(f"facts:\n{typed}{MARK}"))
            (item,) = [one for one in editor.complete("a.yaml", where) if one.label == "anki-fact"]
            assert item.insert_text_format is types.InsertTextFormat.Snippet
            assert isinstance(item.text_edit, types.TextEdit)
            assert item.text_edit.new_text.startswith(first)
            assert item.text_edit.new_text.split("\n")[1].startswith("  text: ")
            assert item.text_edit.range.start == types.Position(5, 4 + start)
        where = editor.replace("a.yaml", of_yaml(f"answer: A bond.\nanki-r{MARK}"))
        (item,) = [one for one in editor.complete("a.yaml", where) if one.label == "anki-revised"]
        assert isinstance(item.text_edit, types.TextEdit)
        assert re.match(r"revised: 20\d\d-[01]\d\n", item.text_edit.new_text)


def test_an_editor_without_snippets_is_offered_none(tmp_path: Path) -> None:
    root = chemistry(tmp_path)
    with Editor(root, snippets=False) as editor:
        where = editor.open("a.yaml", f"level: one\nquestions:\n  - {MARK}\n")
        assert "id" in editor.labels("a.yaml", where)
        assert "anki-question" not in editor.labels("a.yaml", where)


def test_says_what_to_install(tmp_path: Path) -> None:
    """Without its packages the command ends with advice, and so do no others."""
    (tmp_path / "pygls.py").write_text("raise ImportError('no', name='pygls')\n", encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from ankiexport.__main__ import main; main()"
    run = subprocess.run([sys.executable, "-c", code, "lsp"], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert 'pip install "ankiexport[lsp]"' in run.stderr
    assert run.stdout == ""


def test_the_mark_of_these_tests_is_where_it_says() -> None:
    assert position_of_mark(f"a\nbc{MARK}d") == types.Position(1, 2)
