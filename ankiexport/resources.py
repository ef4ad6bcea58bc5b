"""What ships with the package: card templates, the first bank, JSON Schemas, snippets, the starter bank.

`card_templates/` and `bank/` lie at the top of the repository, which is their single source.
The wheel holds a copy under `_data`; a checkout installed in place falls back to the originals.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _data(name: str) -> Path:
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name


def card_templates() -> Path:
    """Return the folder of the card templates that ship with the package."""
    return _data("card_templates")


def template_folders(bank_root: Path) -> list[Path]:
    """Return where card templates are looked up, first match first, file by file."""
    own = [bank_root / "card_templates", bank_root.resolve().parent / "card_templates"]
    if not bank_root.is_absolute():
        own[1] = (
            bank_root / ".." / "card_templates"
            if bank_root == Path()
            else bank_root.parent / "card_templates"
        )
    return [folder for folder in own if folder.is_dir()] + [card_templates()]


def first_bank() -> Path:
    """Return the folder of the bank that ships with the package."""
    return _data("bank")


def starter_bank() -> Path:
    """Return the folder whose files `init` copies."""
    return _PACKAGE / "starter_bank"


def snippets() -> Path:
    """Return the file of snippets for editors, in the form of VS Code."""
    return _PACKAGE / "snippets.json"


def diagnostics_page() -> Path:
    """Return the page of the documentation that explains every code."""
    return _data("docs") / "diagnostics.md"


def schema(name: str) -> Path:
    """Return the JSON Schema of `bank` or `questions` files."""
    return _PACKAGE / "schemas" / f"{name}.schema.json"
