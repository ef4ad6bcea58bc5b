"""Both sides of a card as HTML, exactly as Anki renders them.

The rules are those of Anki 26.9, found by trying it; `tests/test_card_rendering_in_anki.py` compares with it.
What differs: the ids of the hint filter are other hashes than Anki's. LaTeX pictures are taken for switched
off, as they are in a new collection. The options of an unknown `[anki:...]` tag keep the order in which they
are written, where Anki's is random.
"""

from ankiexport.card_rendering.cards import CardInfo, RenderedCard, render_card
from ankiexport.card_rendering.clozes import typed_cloze
from ankiexport.card_rendering.sounds import AvTag, Sound, Speech
from ankiexport.card_rendering.text import plain

__all__ = ["AvTag", "CardInfo", "RenderedCard", "Sound", "Speech", "plain", "render_card", "typed_cloze"]
