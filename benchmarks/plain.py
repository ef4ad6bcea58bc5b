"""The plain pipeline: what a careful person writes with the same libraries, in one process, with no checks.

PyYAML's C loader, one Python-Markdown that is used again for every text, compiled Jinja templates, genanki. It
makes the same packages with the same HTML; it has no positions, no checks, no lock and no cache. This is what
the figures in docs/performance.md are ratios to.
"""

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import genanki
import yaml
from jinja2 import Environment, FileSystemLoader, Template
from markdown import Markdown
from markupsafe import Markup

# The one piece that is no library's: `$...$` as a formula. It belongs to the HTML, so it is the same here.
from ankiexport.labels import DEFAULT_LABELS
from ankiexport.markdown_html import _DollarMathExtension

TEMPLATES = Path(__file__).parent.parent / "card_templates"
EXTENSIONS = [
    "tables",
    "sane_lists",
    "def_list",
    "pymdownx.superfences",
    "pymdownx.highlight",
    "pymdownx.arithmatex",
    "pymdownx.tilde",
]
CONFIGS: dict[str, dict[str, Any]] = {
    "pymdownx.highlight": {"css_class": "highlight", "guess_lang": False},
    "pymdownx.arithmatex": {"generic": True, "inline_syntax": ["round"]},
    "pymdownx.tilde": {"subscript": False},
}
LISTS = ("key_points", "pitfalls", "follow_ups", "sources")
MODEL_ID = 1_607_392_319


class Plain:
    """A bank and what is made once for all of its questions."""

    def __init__(self, root: Path) -> None:
        """Read the settings and prepare Markdown and templates."""
        self.root = root
        self.bank = yaml.load((root / "bank.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
        self.markdown = Markdown(extensions=[*EXTENSIONS, _DollarMathExtension()], extension_configs=CONFIGS)
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            variable_start_string="[[",
            variable_end_string="]]",
            block_start_string="[%",
            block_end_string="%]",
            comment_start_string="[#",
            comment_end_string="#]",
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        note_type = yaml.load((TEMPLATES / "question/note_type.yaml").read_text(), yaml.CSafeLoader)
        self.names = [field["name"] for field in note_type["fields"]]
        self.fields: list[Template] = [
            environment.get_template(
                "question/fields/" + field.get("source", field["name"].lower().replace(" ", "_") + ".html")
            )
            for field in note_type["fields"]
        ]
        context: dict[str, Any] = {"bank": {**self.bank, "language": "en"}, "labels": DEFAULT_LABELS}
        front, back, style = (
            environment.get_template(f"question/{name}").render(context)
            for name in ("front.html", "back.html", "style.css")
        )
        self.context = context
        self.model = genanki.Model(
            MODEL_ID,
            "Question",
            fields=[{"name": name} for name in self.names],
            templates=[{"name": "Question", "qfmt": front, "afmt": back}],
            css=style,
        )

    def html(self, text: str) -> Markup:
        """Return the HTML of a Markdown text."""
        self.markdown.reset()
        html = self.markdown.convert(text)
        html = re.sub(r"<p>(<img [^<>]*>)</p>", r'<p class="picture">\1</p>', html)
        html = html.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")
        return Markup(html)  # noqa: S704

    def inline(self, text: str) -> Markup:
        """Return the HTML of a text without the paragraph around it."""
        html = self.html(text)
        only = re.fullmatch(r"<p>((?:(?!</?p>).)*)</p>", html, re.DOTALL)
        return Markup(only[1]) if only else html  # noqa: S704

    def note(self, question: dict[str, Any], level: dict[str, Any]) -> genanki.Note:
        """Return the note of a question."""
        tags = sorted([*question.get("tags", []), f"level::{level['key']}"])
        hints = question.get("hint", [])
        context = {
            **self.context,
            **{key: [self.inline(text) for text in question.get(key, [])] for key in LISTS},
            "id": question["id"],
            "level": level,
            "topics": [
                {"name": tag.partition("::")[2].replace("-", " ")}
                for tag in tags
                if tag.startswith("topic::")
            ],
            "question": self.html(question["question"]),
            "answer": self.html(question["answer"]),
            "hints": [self.html(text) for text in ([hints] if isinstance(hints, str) else hints)],
            "what_changed": "",
            "retired": None,
        }
        fields = [template.render(context).strip() for template in self.fields]
        return genanki.Note(self.model, fields, tags=tags, guid=genanki.guid_for(question["id"]))

    def build(self, out: Path) -> None:
        """Write a package with everything and one for each level."""
        decks = []
        for number, level in enumerate(self.bank["levels"]):
            deck = genanki.Deck(1_600_000_000 + number, f"{self.bank['title']}::{level['deck']}")
            for path in sorted((self.root / level["key"]).glob("*.yaml")):
                data = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
                for question in data["questions"]:
                    deck.add_note(self.note(question, level))
            decks.append((level["key"], deck))
        out.mkdir(exist_ok=True)
        name = self.bank["file_name"]
        write(out / f"{name}.apkg", [deck for _key, deck in decks])
        for key, deck in decks:
            write(out / f"{name}-{key}.apkg", [deck])


def write(path: Path, decks: list[genanki.Deck]) -> None:
    """Write a package with genanki."""
    # genanki leaves a temporary database behind.
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir, before = folder, tempfile.tempdir
        genanki.Package(decks).write_to_file(path)
        tempfile.tempdir = before


if __name__ == "__main__":
    Plain(Path(sys.argv[1])).build(Path(sys.argv[2]))
