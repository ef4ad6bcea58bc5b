"""The group of all commands. Their modules import nothing heavy, so that `--help` is instant."""

import click

from ankiexport._version import __version__
from ankiexport.cli.build import build
from ankiexport.cli.check import check
from ankiexport.cli.completion import completion
from ankiexport.cli.diff import diff
from ankiexport.cli.export import export
from ankiexport.cli.import_ import import_
from ankiexport.cli.init import init
from ankiexport.cli.listing import list_questions
from ankiexport.cli.lock import lock
from ankiexport.cli.lsp import lsp
from ankiexport.cli.plan import plan
from ankiexport.cli.preview import preview
from ankiexport.cli.schema import schema
from ankiexport.cli.searches import searches
from ankiexport.cli.snippets import snippets
from ankiexport.cli.tags import tags
from ankiexport.cli.verify import verify


class OrderedGroup(click.Group):
    """A group that lists its commands in the order in which a person needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of their registration."""
        del ctx
        return list(self.commands)


@click.group(cls=OrderedGroup, context_settings={"help_option_names": ["-h", "--help"]})
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


for command in (
    build, check, preview, plan, list_questions, tags, searches, export, import_, diff, init, lock, verify, schema,
    snippets, lsp, completion,
):  # fmt: skip
    cli.add_command(command)
