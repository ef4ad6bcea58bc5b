"""Fresh processes, measured: how long each took, and how much memory it came to."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took with its children: seconds on the clock and of processors, largest memory in KB."""

    seconds: float
    processor: float
    memory: int
    output: str


def run(command: Sequence[str], cache: Path) -> Run:
    """Run Python with these arguments in a fresh process; raises `RuntimeError` when it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ANKIEXPORT_CACHE_DIR": str(cache)}
    # Nobody's installed program is compiled anew in each run.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    output, errors = process.stdout.read(), process.stderr.read()  # type: ignore[union-attr]
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise RuntimeError(errors or output)
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, output)


def alternate(rounds: int, runs: Mapping[str, Callable[[], Run]]) -> dict[str, list[Run]]:
    """Run each of some things in turn, so many times, so that a busy machine is busy for all of them."""
    results: dict[str, list[Run]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, function in runs.items():
            results[name].append(function())
    return results


@dataclass(frozen=True, slots=True)
class Times:
    """The medians of some runs: on the clock, and of processors, which counts less what else is running."""

    seconds: float
    processor: float

    @classmethod
    def of(cls, runs: Sequence[Run]) -> "Times":
        """Return the medians of runs."""
        return cls(median(run.seconds for run in runs), median(run.processor for run in runs))

    def __str__(self) -> str:
        """Return both."""
        return f"{self.seconds:.2f} s ({self.processor:.2f} s of processors)"
