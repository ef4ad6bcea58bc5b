"""Repairs of question files (`ankiexport check --fix`), by edits of their text."""

from ankiexport.fixes.repair import Fix, fix_bank

__all__ = ["Fix", "fix_bank"]
