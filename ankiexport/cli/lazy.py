"""A group of commands whose modules are imported when a command is called, so that `--help` is instant."""

from importlib import import_module
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


# Where a command lives, what it is called there, and the first sentence of its help.
Entry = tuple[str, str, str]


class LazyGroup(click.Group):
    """A group that knows of its commands what a list of them says; they come in the order of their table."""

    def __init__(self, *args: object, table: dict[str, Entry], **kwargs: object) -> None:
        """Make a group of the commands of a table."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # click's own
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which a person needs them."""
        del ctx
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; its module is imported now."""
        if cmd_name in self.table and cmd_name not in self.commands:
            module, function, _summary = self.table[cmd_name]
            self.add_command(getattr(import_module(module), function), cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, summary) for name, (_module, _function, summary) in self.table.items()]
            )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Return the commands and options that a word may become."""
        from click.shell_completion import CompletionItem

        commands = [
            CompletionItem(name, help=summary)
            for name, (_module, _function, summary) in self.table.items()
            if name.startswith(incomplete)
        ]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]
