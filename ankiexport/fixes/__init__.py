"""Edits of a bank's files that leave the rest as it is written: `check --fix` and `tags rename`."""

from ankiexport.fixes.renaming import rename_tag
from ankiexport.fixes.repair import Fix, Repair, fix_bank, fix_text, repairs_in

__all__ = ["Fix", "Repair", "fix_bank", "fix_text", "rename_tag", "repairs_in"]
