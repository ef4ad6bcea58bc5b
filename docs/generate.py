"""Write the parts of the documentation that the program itself knows best.

Run as `python docs/generate.py`; a test compares the result with what is committed.
"""

from pathlib import Path

import click

from ankiexport.cli.app import cli
from ankiexport.codes import CODES
from ankiexport.quality import CODES as QUALITY_CODES

DOCS = Path(__file__).resolve().parent
_NOTICE = "<!-- Made by docs/generate.py: change the program, not this file. -->\n"


def commands() -> str:
    """Return `commands.md`: every command with its help, as a terminal of 80 columns shows it."""
    parts = [_NOTICE, "# Commands\n", "`python -m ankiexport` is the same as `ankiexport`.\n"]
    parts.append(_help(cli, "ankiexport"))
    for name, command in cli.commands.items():
        parts.append(f"## ankiexport {name}\n")
        parts.append(_help(command, f"ankiexport {name}"))
        for below, inner in command.commands.items() if isinstance(command, click.Group) else ():
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


def pages() -> dict[Path, str]:
    """Return every generated page with its text."""
    return {DOCS / "commands.md": commands(), DOCS / "diagnostics.md": diagnostics()}


def _help(command: click.Command, path: str) -> str:
    context = click.Context(command, info_name=path, max_content_width=80, terminal_width=80)
    context.help_option_names = ["-h", "--help"]
    return f"```text\n{command.get_help(context).rstrip()}\n```\n"


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
