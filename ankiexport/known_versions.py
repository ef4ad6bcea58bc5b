"""Versions of libraries with which our shortcuts make the same; any other version is used as it comes.

The shortcuts replace what the libraries do inside, and any release may do that in another way: before 3.11.1,
Python-Markdown has no emphasis as ours expects it, and before 2.21 Pygments escapes quotes. So a version is named here
after tests/test_markdown_shortcuts.py and tests/test_tree_shortcuts.py have passed with it.
"""

from importlib import import_module

_KNOWN = {
    "markdown": ("3.11.1", "3.11.2", "3.11.3"),
    "pygments": ("2.21.0",),
    "pymdownx": ("12.3", "13.0", "13.1"),
}


def are_known(*modules: str) -> bool:
    """Tell whether shortcuts may be taken with the libraries that are installed, by the names of their modules."""
    return all(import_module(module).__version__ in _KNOWN[module] for module in modules)
