"""What cards look like before and after a change: pictures, and HTML for a pull request.

changes      which cards differ, and both of their forms
showing      the bank and its base revision to all that is shown
contact_sheet, camera   a page with the cards beside each other, and the browser that photographs it
as_markdown, github_html   the same as HTML that a Git host leaves as it is
"""

from ankiexport.picturing.as_markdown import as_markdown
from ankiexport.picturing.changes import CardChange, Kind
from ankiexport.picturing.showing import Pictures, picture_changes

__all__ = ["CardChange", "Kind", "Pictures", "as_markdown", "picture_changes"]
