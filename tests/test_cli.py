"""The command line as a person and a program meet it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ankiexport import __version__
from ankiexport.cli.app import COMMANDS, cli

ROOT = Path(__file__).parent.parent


def run(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def new_bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bank made by `init`, in the folder in which the test stands."""
    monkeypatch.chdir(tmp_path)
    assert run("init", "my-bank", "--title", "My: bank").exit_code == 0
    return tmp_path / "my-bank"


def test_a_new_bank_builds_at_once(new_bank: Path) -> None:
    """What `init` makes has no problem, and builds into `dist`."""
    assert run("check", "my-bank", "--strict").output.endswith("3 questions, 4 notes: no problems\n")
    result = run("build", "my-bank")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    *packages, changes, last = result.stdout.splitlines()
    assert changes == "All notes are new: this is the first build"
    assert [line.split()[0] for line in packages] == [
        "my-bank.apkg", "my-bank-basics.apkg", "my-bank-basics-facts.apkg", "my-bank-practice.apkg",
    ]  # fmt: skip
    assert packages[0].split()[1:7] == ["4", "notes", "4", "cards", "1", "media"]
    assert last.startswith("4 packages in dist/ (")
    names = sorted(path.name for path in (new_bank.parent / "dist").iterdir())
    assert names == sorted(["manifest.json", *(line.split()[0] for line in packages)])


def test_two_new_banks_share_no_ids(tmp_path: Path) -> None:
    """The namespace of a new bank is drawn, so that two banks of one title stay apart."""
    for name in ("a", "b"):
        assert run("init", str(tmp_path / name), "--title", "Same").exit_code == 0
    first, second = ((tmp_path / name / "bank.yaml").read_text(encoding="utf-8") for name in ("a", "b"))
    assert first != second
    assert "title: Same\n" in first


def test_init_with_own_templates(tmp_path: Path) -> None:
    """Copied card templates are used, file by file, and can be changed."""
    bank = tmp_path / "bank"
    assert run("init", str(bank), "--templates").exit_code == 0
    (bank / "card_templates" / "question" / "front.html").write_text("{{Nope}}", encoding="utf-8")
    result = run("build", str(bank), "--out", str(tmp_path / "dist"))
    assert result.exit_code == 1
    assert "card_templates/question/front.html:1:1: error[template-unknown-field]" in result.stderr


def test_init_with_the_first_bank(tmp_path: Path) -> None:
    """The bank that ships can be copied, and gives the same content."""
    bank = tmp_path / "copy"
    assert run("init", str(bank), "--example").exit_code == 0
    result = run("build", str(bank), "--out", str(tmp_path / "dist"), "--json")
    original = run("build", str(ROOT / "bank"), "--out", str(tmp_path / "other"), "--json")
    assert json.loads(result.stdout)["packages"] == json.loads(original.stdout)["packages"]


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    """A folder that holds anything is left alone."""
    (tmp_path / "mine.txt").write_text("x")
    result = run("init", str(tmp_path))
    assert result.exit_code == 2
    assert "is not empty" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_level_and_json(new_bank: Path) -> None:
    """`--level` writes only that level's packages and keeps the others in the manifest."""
    assert run("build", "my-bank").exit_code == 0
    result = run("build", "my-bank", "--level", "practice", "--json")
    data = json.loads(result.stdout)
    assert [package["file"] for package in data["packages"]] == ["my-bank-practice.apkg"]
    assert data["diagnostics"] == []
    manifest = json.loads((new_bank.parent / "dist" / "manifest.json").read_text(encoding="utf-8"))
    assert len(manifest["packages"]) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "nowhere"], "no bank in nowhere"),
        (["check", "nowhere"], "no bank in nowhere"),
        (["list", "nowhere"], "no bank in nowhere"),
        (["build", "my-bank", "--level", "expert"], 'no level "expert"; its levels are: basics, practice'),
        (["list", "my-bank", "--level", "expert"], 'no level "expert"'),
        (["build", "my-bank", "--jobs", "x"], "Invalid value for '-j' / '--jobs'"),
        (["nonsense"], "No such command 'nonsense'"),
        (["init", "x", "--title", "T", "--example"], "--title goes with a new bank"),
    ],
)
@pytest.mark.usefixtures("new_bank")
def test_wrong_usage(arguments: list[str], message: str) -> None:
    """Wrong usage exits with 2 and says what is wrong, without a traceback."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_what_cannot_be_written(new_bank: Path) -> None:
    """A folder that is a file is named, exit 1, and nothing is left behind."""
    (new_bank.parent / "taken").write_text("x")
    result = run("build", "my-bank", "--out", "taken")
    assert result.exit_code == 1
    assert "cannot write taken" in result.stderr
    assert sorted(path.name for path in new_bank.parent.iterdir()) == ["my-bank", "taken"]


@pytest.mark.usefixtures("new_bank")
def test_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Piped, the list is lines with tabs; --json has the same facts by name."""
    lines = run("list", "my-bank").stdout.splitlines()
    assert [line.split("\t")[:3] for line in lines] == [
        ["why-spacing-works", "basics", "topic::anki"],
        ["tags-or-decks", "basics", "topic::anki"],
        ["good-question", "practice", "topic::writing"],
    ]
    rows = json.loads(run("list", "my-bank", "--level", "practice", "--json").stdout)
    assert [(row["id"], row["level"], row["tags"]) for row in rows] == [
        ("good-question", "practice", ["topic::writing"])
    ]
    monkeypatch.chdir("my-bank")
    assert run("list").stdout.splitlines() == lines


def test_check_in_all_formats(new_bank: Path) -> None:
    """Text for people, JSON for programs, annotations for CI; exit 1 when there is an error."""
    (new_bank / "bad.yaml").write_text("level: none\nquestions: []\n", encoding="utf-8")
    assert "bad.yaml:1:8: error[unknown-level]" in run("check", "my-bank").stdout
    assert (
        "::error file=my-bank/bad.yaml,line=1,col=8,title=unknown-level::"
        in run("check", "my-bank", "-f", "github").stdout
    )
    result = run("check", "my-bank", "--json")
    assert [problem["code"] for problem in json.loads(result.stdout)] == ["unknown-level"]
    assert result.exit_code == 1


def test_strict_lets_warnings_fail(new_bank: Path) -> None:
    """An alias is only a warning, and --fix repairs it."""
    path = new_bank / "practice.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("topic::writing", "topic::style"), encoding="utf-8"
    )
    assert run("check", "my-bank").exit_code == 0
    assert run("check", "my-bank", "--strict").exit_code == 1
    fixed = run("check", "my-bank", "--strict", "--fix")
    assert fixed.exit_code == 0
    assert "practice.md:3:8: fixed: " in fixed.stderr
    assert "topic::writing" in path.read_text(encoding="utf-8")


def test_schema_and_completion() -> None:
    """The schema is printed as it ships, the completion script for each shell."""
    assert json.loads(run("schema", "bank").stdout)["title"].startswith("The settings")
    for shell in ("bash", "zsh", "fish"):
        assert "_ANKIEXPORT_COMPLETE" in run("completion", shell).stdout


@pytest.mark.parametrize(("name", "entry"), COMMANDS.items())
def test_the_list_of_commands_says_what_their_help_says(name: str, entry: tuple[str, str, str]) -> None:
    """The list is made without the commands: its lines are the first sentences of their help, and fit 80 columns."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    assert f"{entry[2].removesuffix('.')}." == f"{command.get_short_help_str(1000).removesuffix('.')}."
    listed = CliRunner().invoke(cli, ["--help"], terminal_width=80).stdout.splitlines()
    assert f"  {name:<10}  {entry[2]}" in listed


@pytest.mark.parametrize(("line", "expected"), [
    ("", ["plain,build", "plain,check"]),
    ("se", ["plain,searches"]),
    ("searches --f", ["plain,--format"]),
    ("tags rename --d", ["plain,--dry-run"]),
    ("--v", ["plain,--version"]),
])  # fmt: skip
def test_the_shell_completes_commands_and_their_options(line: str, expected: list[str]) -> None:
    """Of commands that are not imported yet, too."""
    environment = {
        **os.environ,
        "_ANKIEXPORT_COMPLETE": "bash_complete",
        "COMP_WORDS": f"ankiexport {line}",
        "COMP_CWORD": str(max(1, len(line.split()))),
    }
    done = subprocess.run(
        [sys.executable, "-m", "ankiexport"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[: len(expected)] == expected
    assert len(done.stdout.splitlines()) == len(expected if line else COMMANDS)


def test_a_command_that_is_not_there_is_named() -> None:
    """Its name is not among those of the table."""
    result = run("biuld")
    assert result.exit_code == 2
    assert "No such command 'biuld'" in result.stderr


def test_levels_are_completed(new_bank: Path) -> None:
    """The shell completes the levels of the bank that is named."""
    environment = {
        **os.environ,
        "_ANKIEXPORT_COMPLETE": "bash_complete",
        "COMP_WORDS": "ankiexport build my-bank --level p",
        "COMP_CWORD": "4",
    }
    done = subprocess.run(
        [sys.executable, "-m", "ankiexport"],
        env=environment,
        cwd=new_bank.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "plain,practice"


def test_version_and_module() -> None:
    """`python -m ankiexport --version` names the version."""
    done = subprocess.run(
        [sys.executable, "-m", "ankiexport", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"ankiexport {__version__}\n"


@pytest.mark.parametrize("command", ["--help", "build --help"])
def test_help_loads_nothing_heavy(command: str) -> None:
    """Help is instant because it imports no parser, no renderer and no packager."""
    code = (
        "import sys\nfrom ankiexport.cli.app import COMMANDS, cli\n"
        f"try:\n    cli({command.split()!r})\nexcept SystemExit:\n    pass\n"
        "print(sorted({'yaml', 'jinja2', 'markdown', 'genanki', 'rich', 'pygments'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_small_build_loads_only_what_it_needs(new_bank: Path) -> None:
    """No search language, no processes, no genanki, nothing for terminals: that would double its time."""
    code = (
        "import sys\nfrom ankiexport.cli.app import cli\n"
        f"try:\n    cli(['build', {str(new_bank)!r}, '-o', {str(new_bank / 'out')!r}])\nexcept SystemExit as end:\n    assert not end.code\n"
        "unwanted = {'ankiexport.search', 'ankiexport.selection', 'multiprocessing', 'genanki', 'rich', 'asyncio'}\n"
        "print(sorted(unwanted & set(sys.modules)))"
    )
    # What measures coverage of programs that tests start needs more.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal(new_bank: Path) -> None:
    """On a terminal the list is a table and problems are coloured."""
    import pty

    def on_terminal(*arguments: str) -> str:
        leader, follower = pty.openpty()
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
        environment.pop("NO_COLOR", None)
        with subprocess.Popen(
            [sys.executable, "-m", "ankiexport", *arguments],
            cwd=new_bank.parent,
            env=environment,
            stdout=follower,
            stderr=follower,
        ) as process:
            os.close(follower)
            output = b""
            try:
                while data := os.read(leader, 4096):
                    output += data
            except OSError:
                pass
            process.wait()
        os.close(leader)
        return output.decode()

    counts = on_terminal("tags", "my-bank")
    assert "What it is for" in counts
    assert "  writing" in counts
    assert "practice" in on_terminal("tags", "my-bank", "--by", "topic")
    table = on_terminal("list", "my-bank")
    assert "Question" in table
    assert "\t" not in table
    (new_bank / "bad.yaml").write_text("level: none\nquestions: []\n", encoding="utf-8")
    assert "\x1b[31m\x1b[1merror[unknown-level]\x1b[0m" in on_terminal("check", "my-bank")
