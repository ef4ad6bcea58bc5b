"""Python's garbage collector, which looks for cycles in values that have none: at a large bank for a third of the time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# So many new values before it looks at them; the default is 700.
_NEW_VALUES = 100_000


def spare_what_is_there() -> None:
    """Let it never again look at the values that are there now."""
    gc.freeze()


def collect_seldom() -> None:
    """Let it look only after many new values, and never again at those that are there now."""
    spare_what_is_there()
    gc.set_threshold(_NEW_VALUES, 20, 20)


@contextmanager
def collecting_paused() -> Iterator[None]:
    """Let it not look at all while values are made that are kept."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
