"""Write the parts of the documentation that the program itself knows best.

Run as `python docs/generate.py`; a test compares the result with what is committed.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from ankiexport.cli.app import cli
from ankiexport.codes import CODES
from ankiexport.formats.export_format import Feature
from ankiexport.formats.table import FORMATS
from ankiexport.importing.reading import Kept
from ankiexport.importing.sources import SOURCES
from ankiexport.quality import CODES as QUALITY_CODES

DOCS = Path(__file__).resolve().parent
_NOTICE = "<!-- Made by docs/generate.py: change the program, not this file. -->\n"


def commands() -> str:
    """Return `commands.md`: every command with its help, as a terminal of 80 columns shows it."""
    parts = [_NOTICE, "# Commands\n", "`python -m ankiexport` is the same as `ankiexport`.\n"]
    parts.append(_help(cli, "ankiexport"))
    for name, command in _commands_of(cli):
        parts.append(f"## ankiexport {name}\n")
        parts.append(_help(command, f"ankiexport {name}"))
        for below, inner in _commands_of(command):
            parts.append(f"### ankiexport {name} {below}\n")
            parts.append(_help(inner, f"ankiexport {name} {below}"))
    parts.append(_EXIT_CODES)
    return "\n".join(parts)


def diagnostics() -> str:
    """Return `diagnostics.md`: every code with its severity and the reason for the rule."""
    rows = [
        f"| `{name}` | {'warning' if code.warning else 'error'} | {code.reason} |"
        for name, code in sorted(CODES.items())
    ]
    allowed = ", ".join(f"`{code}`" for code in QUALITY_CODES) + "."
    return "\n".join(
        [
            _NOTICE,
            _DIAGNOSTICS_HEAD,
            "| Code | Severity | Why |",
            "|---|---|---|",
            *rows,
            _QUALITY,
            allowed,
            "",
        ]
    )


def formats() -> str:
    """Return `formats.md`: the formats of `export`, what each keeps and loses, and how to add one."""
    features = list(Feature)
    rows = [
        f"| `{found.name}` | {' | '.join('yes' if feature in found.keeps else '-' for feature in features)} |"
        for found in FORMATS
    ]
    parts = [
        _NOTICE,
        _FORMATS_HEAD,
        f"| Format | {' | '.join(features)} |",
        f"|---|{'---|' * len(features)}",
        *rows,
        "",
        _FORMATS_LEGEND,
        *(f"- **`{found.name}`**: {found.description} Not kept: {found.loses}." for found in FORMATS),
        _OWN_FORMAT,
    ]
    return "\n".join(parts)


def sources() -> str:
    """Return `import.md` with its table of what can be imported and what is kept of it."""
    page = (DOCS / "import.md").read_text(encoding="utf-8")
    rows = [
        f"| `{found.name}` | {' | '.join('yes' if kept in found.keeps else '-' for kept in Kept)} |"
        for found in SOURCES
    ]
    parts = [
        _SOURCES_BEGIN,
        f"| Source | {' | '.join(Kept)} |",
        f"|---|{'---|' * len(Kept)}",
        *rows,
        "",
        *(f"- **`{found.name}`**: {found.description} Not kept: {found.loses}." for found in SOURCES),
        _SOURCES_END,
    ]
    before, _, rest = page.partition(_SOURCES_BEGIN)
    return before + "\n".join(parts) + rest.partition(_SOURCES_END)[2]


def pages() -> dict[Path, str]:
    """Return every generated page with its text."""
    return {
        DOCS / "commands.md": commands(),
        DOCS / "diagnostics.md": diagnostics(),
        DOCS / "formats.md": formats(),
        DOCS / "import.md": sources(),
    }


def _commands_of(group: click.Command) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context) if isinstance(group, click.Group) else ():
        command = group.get_command(context, name)
        if command:
            yield name, command


def _help(command: click.Command, path: str) -> str:
    context = click.Context(command, info_name=path, max_content_width=80, terminal_width=80)
    context.help_option_names = ["-h", "--help"]
    return f"```text\n{command.get_help(context).rstrip()}\n```\n"


_SOURCES_BEGIN = "<!-- sources -->"
_SOURCES_END = "<!-- /sources -->"

_EXIT_CODES = """## Exit codes

| Code | Meaning |
|---|---|
| 0 | Done. |
| 1 | Problems were found, or a result could not be written. Nothing was changed. |
| 2 | Wrong usage: an unknown option, no bank there, no such level, a bad search. |
"""

_QUALITY = """
## Quality

Some warnings are matters of taste that most authors share. A question that is right as it is silences one:

```yaml
  - id: planets
    question: Which are the planets, from the Sun outwards?
    allow: [long-list]
```

`allow` in `bank.yaml` silences it for the whole bank. These codes can be allowed:
"""

_FORMATS_HEAD = """# Other formats

`ankiexport export FORMAT` writes a bank for another program. The bank is checked as for a build, and needs none
before; `bank.lock` is read, for the GUIDs that were shipped, and stays as it is. `--level` takes a part, and so do
`--search`, in [Anki's language](search.md), and `--deck`, for a search that `bank.yaml` names.

## What each format keeps
"""

_FORMATS_LEGEND = """*Hierarchy* are the decks below one another; *math* says that formulas are there, as TeX or drawn; *code* that it keeps
its lines and indentation; *media* that pictures and sound come with it; *updates in place* that who imports a later
export keeps progress. A card that a format would show as something else is left out, and named with the
reason. The tests measure this table, and read each format with the program that it is for: Anki, brain-brew (for
CrowdAnki), Mnemosyne, Emacs with org-drill. For hashcards and Obsidian, which they do not install, they have readers
of their own, written from the documentation of these programs.
"""

_OWN_FORMAT = """
The notes for Obsidian suit the settings that the plugin Spaced Repetition (1.13 or later) comes with: leave the one for the end of clozes
and multi-line cards empty. Copy the folder into a vault. Answers of several paragraphs are quotations, since a blank line would end a
card; hints are folded callouts. For hashcards, `hashcards drill FOLDER`; its hints open at a click.

## Printing

`pdf-cards` and `pdf-booklet` need `pip install "ankiexport[pdf]"`, and Pango, which most Linux desktops have (`apt install
libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0`; for other systems see WeasyPrint's installation guide). `--paper letter` prints on
Letter in place of A4. Fonts are Noto's, or DejaVu's where those are not installed, and are embedded; with the same fonts a bank
gives the same bytes. A hundred questions with long answers take about a minute.

- **Cards**: print on both sides, *flip on the long edge*, at 100 %, and cut along the marks. A sheet holds eight small cards; what does
  not fit goes on a sheet of four, then in smaller letters, then over several cards, whose fronts say which part they are. The number
  in the corner tells which front and back belong together. `check` does not know of paper: an export names each card that did not fit.
- **Booklet**: a chapter for each level, contents with page numbers, bookmarks, and tags for screen readers.
- **Formulas** are drawn by ziamath, without LaTeX or a network. It knows most of what MathJax knows; a formula with anything else stands
  as TeX, and is named.

`ankiexport schema notes` prints the JSON Schema of `json`. Keys may be added to it; a change that a reader of the
old form would stumble over gets another number in `ankiexport_notes`.

## A format of your own

A format is an `ExportFormat`: a name, a sentence, and a function from a `Shipment` (bank, notes, note types, decks,
sources) to files. A package that is installed beside ankiexport offers it by an entry point:

```toml
# pyproject.toml
[project.entry-points."ankiexport.formats"]
outline = "outline_format:FORMAT"
```

```python
# outline_format.py
from ankiexport.formats.export_format import Exported, ExportFormat, Shipment
from ankiexport.html_text import html_to_text


def export(shipment: Shipment) -> Exported:
    lines = [f"# {shipment.bank.title}"]
    for note in shipment.plan.notes:
        question = html_to_text(note.content.text).replace("\\n", " ")
        lines.append(f"- {question} ({', '.join(note.content.tags)})")
    return Exported({f"{shipment.bank.file_name}.md": "\\n".join(lines) + "\\n"})


FORMAT = ExportFormat(
    name="outline",
    description="The questions as an outline in Markdown.",
    export=export,
)
```

Then `ankiexport export outline` writes it. File names are paths below the output folder; a `pathlib.Path` as content
stands for a file to copy. What cannot be shown goes into `Exported.diagnostics` with the code `export-refused`.
"""

_DIAGNOSTICS_HEAD = """# Diagnostics

Every problem is printed with its place (`file:line:column`), a code, what is wrong, and what to do. One run
finds all of them. An error stops a build, a warning does not (`check --strict` fails on both). Codes are never
renamed or reused.

`check --format json` prints a list of objects with `path`, `line`, `column`, `severity`, `code`, `message`,
`advice` and `related` (other places that belong to the problem). `check --format github` prints annotations
that GitHub shows beside the line.
"""


if __name__ == "__main__":
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8", newline="\n")
