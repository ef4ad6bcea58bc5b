"""The group of all commands."""

import click

from ankiexport._version import __version__
from ankiexport.cli.lazy import Entry, LazyGroup


def _entry(module: str, summary: str, function: str = "") -> Entry:
    return f"ankiexport.cli.{module}", function or module, summary


# In the order in which a person needs them. Each summary is the first sentence of the command's help.
COMMANDS = {
    "build": _entry("build", "Build Anki packages from a bank."),
    "check": _entry("check", "Find every problem of a bank, in one run."),
    "preview": _entry("preview", "Look at every card as Anki will show it, while you write."),
    "plan": _entry("plan", "Show what the next build would do to learners; write nothing."),
    "pictures": _entry("pictures", "Show the cards that changed since a Git revision."),
    "list": _entry("listing", "List the questions of a bank: id, level, tags, first line.", "list_questions"),
    "tags": _entry("tags", "Show how the tags of a bank are used, or rename one."),
    "stats": _entry("stats", "Show a bank in figures: coverage, lengths, what is old."),
    "searches": _entry("searches", "Print searches for Anki's browser and for filtered decks."),
    "export": _entry("export", "Write a bank in another format, for another program."),
    "import": _entry("import_", "Make a bank of packages, CrowdAnki, tables, Markdown or JSON."),
    "diff": _entry("diff", "Compare two banks, packages or CrowdAnki folders."),
    "init": _entry("init", "Make a new bank that builds at once."),
    "lock": _entry("lock", "Look after bank.lock, which remembers what was shipped."),
    "verify": _entry("verify", "Rehearse an upgrade from the package OLD to NEW in real Anki."),
    "schema": _entry("schema", "Print the JSON Schema of a bank's files or of exported notes."),
    "snippets": _entry("snippets", "Print snippets for editors, in the form of VS Code."),
    "lsp": _entry("lsp", "Run the language server, for editors to start."),
    "cache": _entry("cache", "Look after what earlier runs have left to save time."),
    "completion": _entry("completion", "Print the completion script of a shell."),
}


@click.group(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="ankiexport", message="%(prog)s %(version)s")
def cli() -> None:
    """Turn a bank of questions, kept as text, into Anki decks.

    A bank is a folder with a bank.yaml and question files in YAML or Markdown.

    \b
    Examples:
      ankiexport init my-bank          make a new bank
      ankiexport check my-bank         find every problem in it
      ankiexport build my-bank         write its packages to dist/
      ankiexport plan my-bank          see what the next build would change
    """
