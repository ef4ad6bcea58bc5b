"""The command `ankiexport`, also as `python -m ankiexport`."""

from ankiexport.cli.app import cli


def main() -> None:
    """Run the command with the arguments of the process."""
    cli(prog_name="ankiexport")


if __name__ == "__main__":
    main()
