"""Statistics of a bank: what it covers, how long it is, what its questions have, and what has not been looked at for long.

measuring  one question: its words, its time, what it has
summary    all of them, by level and by topic
as_json, as_page   how they are printed for programs and as a page with plots; the terminal's tables are the command's
"""

from ankiexport.stats.as_json import as_json
from ankiexport.stats.as_page import as_page
from ankiexport.stats.measuring import Feature, QuestionStats
from ankiexport.stats.summary import Group, Scope, Spread, Stats, stats_of

__all__ = ["Feature", "Group", "QuestionStats", "Scope", "Spread", "Stats", "as_json", "as_page", "stats_of"]
