"""Python's garbage collector, which in loops over many small values takes more time than the loops."""

import gc

# So many new values before it looks at them; the default is 700.
_NEW_VALUES = 100_000


def collect_seldom() -> None:
    """Let it look only after many new values, and never again at those that are there now."""
    gc.freeze()
    gc.set_threshold(_NEW_VALUES, 20, 20)
