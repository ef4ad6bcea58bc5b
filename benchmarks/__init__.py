"""How fast the program is, beside a plain pipeline of the same libraries. See docs/performance.md."""
