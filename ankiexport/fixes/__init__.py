"""Edits of a bank's files that leave the rest as it is written: `check --fix` and `tags rename`."""

from ankiexport.fixes.renaming import rename_tag
from ankiexport.fixes.repair import Fix, fix_bank

__all__ = ["Fix", "fix_bank", "rename_tag"]
