"""What the preview takes from other packages."""

import sys
from pathlib import Path

import pytest

from ankiexport.pages.assets import MATHJAX_PACKAGE, mathjax_folder


def test_finds_mathjax_where_its_package_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / MATHJAX_PACKAGE / "static" / "mathjax" / "tex-chtml-full.js"
    script.parent.mkdir(parents=True)
    script.write_text("", encoding="utf-8")
    info = tmp_path / f"{MATHJAX_PACKAGE.replace('-', '_')}-0.0.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {MATHJAX_PACKAGE}\nVersion: 0.0.2\n", encoding="utf-8"
    )
    (info / "RECORD").write_text(f"{script.relative_to(tmp_path).as_posix()},,\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert mathjax_folder() == script.parent


def test_goes_without_mathjax(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ankiexport.pages.assets.MATHJAX_PACKAGE", "no-such-package")
    assert mathjax_folder() is None
