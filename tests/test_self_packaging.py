"""The wheel holds all that the program needs: installed alone, it makes and builds a bank."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (path,) = out.glob("*.whl")
    return path


def test_contents(wheel: Path) -> None:
    """Card templates, the first bank, schemas, the starter bank and the page on codes are in the wheel."""
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, place in (
        ("card_templates", "_data/card_templates"),
        ("bank", "_data/bank"),
        ("ankiexport", ""),
    ):
        for path in (ROOT / folder).rglob("*"):
            relative = path.relative_to(ROOT / folder).as_posix()
            if path.is_file() and "__pycache__" not in relative:
                assert f"ankiexport/{place}{'/' if place else ''}{relative}" in names
    assert "ankiexport/_data/docs/diagnostics.md" in names
    assert not [name for name in names if name.startswith(("tests", "docs"))]


def test_installed_alone_it_builds_a_bank(wheel: Path, tmp_path: Path) -> None:
    """In a fresh environment with nothing but the wheel and what it asks for, `init` and `build` work."""
    venv.create(tmp_path / "env", with_pip=True)
    folder = "Scripts" if sys.platform == "win32" else "bin"
    python = tmp_path / "env" / folder / "python"
    install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-c",
        str(ROOT / "constraints.txt"),
        str(wheel),
    ]
    subprocess.run([python, *install], check=True)
    command = tmp_path / "env" / folder / "ankiexport"
    for arguments in (["init", "new"], ["build", "new"], ["init", "first", "--example"], ["build", "first"]):
        subprocess.run([command, *arguments], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "dist" / "new.apkg").is_file()
    assert (tmp_path / "dist" / "recsys-analyst.apkg").is_file()
    listed = subprocess.run([python, "-m", "pip", "list"], check=True, capture_output=True, text=True).stdout
    assert "\nanki " not in listed
