"""`ankiexport completion`."""

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      ankiexport completion bash >> ~/.bashrc
      ankiexport completion zsh >> ~/.zshrc
      ankiexport completion fish > ~/.config/fish/completions/ankiexport.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(ctx.find_root().command, {}, "ankiexport", "_ANKIEXPORT_COMPLETE").source())
