"""The command `ankiexport`, also as `python -m ankiexport`."""

from ankiexport.cli.app import cli
from ankiexport.collector import spare_what_is_there


def main() -> None:
    """Run the command with the arguments of the process."""
    try:
        cli(prog_name="ankiexport")
    finally:
        # Before Python ends it looks through all values once more, and gives them back one by one anyway.
        spare_what_is_there()


if __name__ == "__main__":
    main()
