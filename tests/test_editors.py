"""The settings that the documentation gives, tried in the editors that are installed here."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from other_programs import emacs_with, missing

from ankiexport.starter import make_bank

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
EXTENSION = ROOT / "docs" / "editors" / "vscode"
WAIT_SECONDS = 60

EMACS = """
(setq load-prefer-newer t eglot-sync-connect {wait} network-security-level 'low)
(require 'eglot)
{settings}
(unless (fboundp 'yaml-mode) (define-derived-mode yaml-mode text-mode "YAML"))
(defun until (test)
  (let ((end (+ (float-time) {wait})))
    (while (and (not (funcall test)) (< (float-time) end)) (accept-process-output nil 0.1) (flymake-start))
    (message "%s" (if (funcall test) "as it should be" "waited in vain"))))
(find-file "basics.yaml")
(yaml-mode)
(call-interactively 'eglot)
(goto-char (point-max))
(insert "\\nnonsense: \\U0001F98A\\n")
(eglot--signal-textDocument/didChange)
(until (lambda () (flymake-diagnostics)))
(dolist (found (flymake-diagnostics))
  (message "found <%s> %s" (buffer-substring (flymake-diagnostic-beg found) (flymake-diagnostic-end found))
           (flymake-diagnostic-text found)))
(erase-buffer)
(insert-file-contents "basics.yaml")
(eglot--signal-textDocument/didChange)
(until (lambda () (not (flymake-diagnostics))))
"""

NEOVIM = """
vim.cmd("filetype on")
{settings}
vim.cmd("edit basics.yaml")
local function wait(test) print(vim.wait({wait} * 1000, test, 50) and "as it should be" or "waited in vain") end
wait(function() local client = vim.lsp.get_active_clients()[1] return client and client.initialized end)
vim.api.nvim_buf_set_lines(0, -1, -1, false, {{ "nonsense: 🦊" }})
wait(function() return #vim.diagnostic.get(0) > 0 end)
for _, found in ipairs(vim.diagnostic.get(0)) do
  local line = vim.api.nvim_buf_get_lines(0, found.lnum, found.lnum + 1, false)[1]
  print("found <" .. line:sub(found.col + 1, found.end_col) .. "> [" .. found.code .. "]")
end
vim.api.nvim_buf_set_lines(0, -2, -1, false, {{}})
wait(function() return #vim.diagnostic.get(0) == 0 end)
vim.cmd("qa!")
"""


def blocks(language: str) -> list[str]:
    """Return the examples in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def place(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A new bank, and an environment in which `ankiexport` is a command."""
    make_bank(tmp_path / "bank")
    command = tmp_path / "bin" / "ankiexport"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ankiexport "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    home = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    python = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return tmp_path / "bank", {**os.environ, "PATH": path, "PYTHONPATH": python, **home}


def test_emacs(place: tuple[Path, dict[str, str]]) -> None:
    """A problem comes while it is typed, at the right place, and goes when it is mended."""
    bank, environment = place
    emacs = emacs_with("eglot", environment)
    script = bank.parent / "try.el"
    (settings,) = blocks("elisp")
    script.write_text(EMACS.format(settings=settings, wait=WAIT_SECONDS), encoding="utf-8")
    run = subprocess.run(
        [*emacs, "-l", script], cwd=bank, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert run.stderr.count("as it should be") == 2, run.stderr
    assert "found <nonsense> " in run.stderr
    assert "unknown-key" in run.stderr


def test_neovim(place: tuple[Path, dict[str, str]]) -> None:
    bank, environment = place
    neovim = shutil.which("nvim")
    if neovim is None:
        missing("Neovim is not installed")
    version = subprocess.run([neovim, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"NVIM v(\d+)\.(\d+)", version)
    assert found
    settings = blocks("lua")[0 if (int(found[1]), int(found[2])) >= (0, 11) else 1]
    script = bank.parent / "try.lua"
    script.write_text(NEOVIM.format(settings=settings, wait=WAIT_SECONDS), encoding="utf-8")
    run = subprocess.run(
        [neovim, "--headless", "-u", "NONE", "-n", "-c", f"luafile {script}"], cwd=bank, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.stderr.count("as it should be") == 3, run.stderr
    assert "found <nonsense> [unknown-key]" in run.stderr


def test_examples_are_well_formed() -> None:
    (helix,) = (tomllib.loads(block) for block in blocks("toml"))
    assert helix["language-server"]["ankiexport"] == {"command": "ankiexport", "args": ["lsp"]}
    assert {language["name"] for language in helix["language"]} == {"yaml", "markdown"}
    (settings,) = (json.loads(block) for block in blocks("json"))
    manifest = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    known = manifest["contributes"]["configuration"]["properties"]
    assert {key for key in settings if key.startswith("ankiexport.")} <= set(known)
    assert known["ankiexport.command"]["default"] == ["ankiexport", "lsp"]
    assert (EXTENSION / manifest["main"]).is_file()


def test_every_snippet_is_documented() -> None:
    snippets = json.loads((ROOT / "ankiexport" / "snippets.json").read_text(encoding="utf-8"))
    for entry in snippets.values():
        assert f"`{entry['prefix']}`" in PAGE
