"""Measures the program beside the plain pipeline, and prints the table of docs/performance.md.

`python -m benchmarks` takes some minutes; `--large` adds a bank of 100,000 questions; `--small` is there to see
that all of it works. What counts are the ratios: both sides run in turn, in fresh processes, in the same run.
"""

import argparse
import importlib.util
import shutil
import sqlite3
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.banks import edit, generate
from benchmarks.processes import Run, Times, alternate, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(slots=True)
class Bench:
    """The scratch folder and the results: name, ratio, the most it may be, and what to try for."""

    scratch: Path
    rounds: int
    rows: list[tuple[str, ...]]
    cold_runs: dict[int, Run]

    def bank(self, count: int) -> Path:
        """Return the bank of so many questions, generated once."""
        folder = self.scratch / f"bank-{count}"
        if not folder.exists():
            generate(folder, count)
        return folder

    def plain(self, count: int) -> Run:
        """Build with the plain pipeline."""
        return run(
            ["-m", "benchmarks.plain", str(self.bank(count)), str(self.scratch / f"plain-{count}")],
            self.cache,
        )

    def ours(self, count: int, *arguments: str) -> Run:
        """Build with the program and the cache as it is."""
        out = str(self.scratch / f"out-{count}")
        return run(
            ["-m", "ankiexport", "build", str(self.bank(count)), "-o", out, "-q", *arguments], self.cache
        )

    def cold(self, count: int) -> Run:
        """Build with the program as if for the first time: no cache, no packages, no lock."""
        shutil.rmtree(self.cache, ignore_errors=True)
        shutil.rmtree(self.scratch / f"out-{count}", ignore_errors=True)
        (self.bank(count) / "bank.lock").unlink(missing_ok=True)
        done = self.ours(count)
        self.cold_runs[count] = done
        return done

    def edited(self, count: int) -> Run:
        """Edit one question and build again."""
        self.edits += 1
        edit(self.bank(count), self.edits)
        return self.ours(count)

    edits: int = 0

    @property
    def cache(self) -> Path:
        """The folder of the program's cache."""
        return self.scratch / "cache"

    def add(self, name: str, ours: Times, other: Times, most: float, wish: float) -> None:
        """Add a row to the table."""
        ratios = (ours.seconds / other.seconds, ours.processor / other.processor)
        # Two digits that count, of ratios however small.
        digits = 3 if most > 0.01 else 4
        self.rows.append((name, *(f"{ratio:.{digits}f}" for ratio in (*ratios, most, wish))))
        _say(f"  {name}: {ratios[0]:.4f}, of processors {ratios[1]:.4f}")


def against_plain(bench: Bench, count: int, most: float, wish: float) -> Times:
    """Compare a cold build with the plain pipeline; return the median of the plain pipeline."""
    results = alternate(
        bench.rounds, {"plain": lambda: bench.plain(count), "cold": lambda: bench.cold(count)}
    )
    same_html(bench.scratch / f"plain-{count}", bench.scratch / f"out-{count}")
    plain, cold = Times.of(results["plain"]), Times.of(results["cold"])
    _say(f"{count}: plain {plain}, cold {cold}")
    bench.add(f"cold build, {count:,} ÷ plain pipeline", cold, plain, most, wish)
    return plain


def rebuilds(bench: Bench, count: int) -> None:
    """Compare what is done again and again with a cold build."""
    bank = str(bench.bank(count))
    steps: dict[str, Callable[[], Run]] = {
        "cold": lambda: bench.cold(count),
        "edited": lambda: bench.edited(count),
        "same": lambda: bench.ours(count),
        "check": lambda: run(["-m", "ankiexport", "check", bank], bench.cache),
    }
    results = {name: Times.of(runs) for name, runs in alternate(bench.rounds, steps).items()}
    _say(f"{count}: " + ", ".join(f"{name} {value}" for name, value in results.items()))
    cold = results["cold"]
    bench.add(f"rebuild after one edit, {count:,} ÷ own cold build", results["edited"], cold, 0.08, 0.04)
    bench.add(f"rebuild with nothing changed, {count:,} ÷ own cold build", results["same"], cold, 0.03, 0.015)
    bench.add(f"check of {count:,} with a warm cache ÷ own cold build", results["check"], cold, 0.10, 0.05)


def packaging(bench: Bench, count: int) -> None:
    """Compare packaging alone with genanki's, and with as little as SQLite and zlib allow."""
    plans, out = str(bench.scratch / "plans"), str(bench.scratch / "packed")
    run(["-m", "benchmarks.packaging", "dump", str(bench.bank(count)), plans], bench.cache)

    def measured(way: str) -> Run:
        done = run(["-m", "benchmarks.packaging", way, plans, out], bench.cache)
        clock, processor = done.output.split()
        return Run(float(clock), float(processor), done.memory, "")

    has_extra = importlib.util.find_spec("isal") is not None
    names = ("ours", *(("with-extra",) if has_extra else ()), "genanki", "by-hand")
    ways = {way: (lambda way=way: measured(way)) for way in names}
    results = {name: Times.of(runs) for name, runs in alternate(bench.rounds, ways).items()}
    _say("packaging: " + ", ".join(f"{name} {value}" for name, value in results.items()))
    others = ("genanki", 0.30, 0.20), ("by-hand", 1.0, 0.65)
    said = {"genanki": "genanki", "by-hand": "bare `executemany` plus deflate by zlib"}
    for other, most, wish in others:
        for way, deflater in (("ours", "zlib"), ("with-extra", "`isal`")):
            if way in results:
                name = f"packaging {count:,} notes, six packages, by {deflater} ÷ {said[other]}"
                bench.add(name, results[way], results[other], most, wish)


def starting(bench: Bench) -> None:
    """Compare `--help` with importing what it needs."""
    steps: dict[str, Callable[[], Run]] = {
        "help": lambda: run(["-m", "ankiexport", "--help"], bench.cache),
        "click": lambda: run(["-c", "import click"], bench.cache),
    }
    results = {name: Times.of(runs) for name, runs in alternate(max(15, bench.rounds), steps).items()}
    bench.add(
        "`ankiexport --help` ÷ `python -c 'import click'`", results["help"], results["click"], 1.3, 1.15
    )


def memory(bench: Bench, small: int, large: int) -> None:
    """Compare the peak memory of two cold builds."""
    for count in {small, large} - bench.cold_runs.keys():
        bench.cold(count)
    growth = (bench.cold_runs[large].memory - bench.cold_runs[small].memory) / (large - small)
    bench.rows.append(
        (f"memory growth a note, cold {small:,} to {large:,}, KB", f"{growth:.2f}", "", "1.0", "0.5")
    )


def same_html(plain: Path, ours: Path) -> None:
    """Raise `ValueError` unless both have made the same notes with the same HTML."""
    if _fields(plain / "generated.apkg") != _fields(ours / "generated.apkg"):
        message = "the plain pipeline and the program have not made the same HTML"
        raise ValueError(message)


def _fields(path: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        connection = sqlite3.connect(archive.extract("collection.anki2", folder))
        try:
            return sorted(fields for (fields,) in connection.execute("SELECT flds FROM notes"))
        finally:
            connection.close()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--large", action="store_true", help="also build 100,000 questions")
    parser.add_argument("--small", action="store_true", help="only see that everything works")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    count = 60 if given.small else 10_000
    with tempfile.TemporaryDirectory(prefix="ankiexport-bench-") as folder:
        bench = Bench(Path(folder), 1 if given.small else given.rounds, [], {})
        starting(bench)
        against_plain(bench, 50, 0.80, 0.60)
        against_plain(bench, count, 0.35, 0.20)
        rebuilds(bench, count)
        packaging(bench, count)
        memory(bench, count // 10, count)
        if given.large:
            bench.rounds = 1
            plain = against_plain(bench, 100_000, 0.35, 0.20)
            edited = [bench.edited(100_000) for _ in range(5)]
            bench.add(
                "rebuild after one edit, 100,000 ÷ plain pipeline", Times.of(edited), plain, 0.005, 0.003
            )
            memory(bench, 10_000, 100_000)
        else:
            bench.rows.append(
                (
                    "rebuild after one edit, 100,000 ÷ plain pipeline",
                    "see make bench-large",
                    "",
                    "0.005",
                    "0.003",
                )
            )
    head = ("ours ÷ what", "on the clock", "of processors", "at most", "try for")
    print(_table([head, ("---",) * 5, *bench.rows]))
    print()
    print(_table([*_scaling(bench.cold_runs)]))


def _scaling(runs: dict[int, Run]) -> "Iterator[tuple[str, ...]]":
    yield ("cold build of", "seconds", "of processors", "of processors for 1,000", "largest memory, MB")
    yield ("---",) * 5
    for count, done in sorted(runs.items()):
        share = done.processor * 1000 / count
        yield (
            f"{count:,}",
            f"{done.seconds:.1f}",
            f"{done.processor:.1f}",
            f"{share:.2f}",
            f"{done.memory / 1024:.0f}",
        )


def _table(rows: list[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


if __name__ == "__main__":
    main()
