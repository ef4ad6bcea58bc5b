"""Plain text in two columns, which nearly every flashcard program imports."""

from ankiexport.formats.export_format import Exported, ExportFormat, Feature, Shipment
from ankiexport.formats.study_cards import flat_text, study_cards


def export(shipment: Shipment) -> Exported:
    """Return the text file: what is asked, a tab, what is answered, one line a card."""
    lines = [f"{flat_text(card.front)}\t{flat_text(card.back)}\n" for card in study_cards(shipment)]
    return Exported({f"{shipment.bank.file_name}.tsv": "".join(lines)})


FORMAT = ExportFormat(
    name="tsv",
    description="Two columns of plain text, question and answer, for Quizlet, Brainscape and spreadsheets.",
    export=export,
    keeps=frozenset({Feature.MATH, Feature.CLOZES}),
    loses=(
        "all form: lines are joined by slashes, tables and code become text, math stays as TeX, pictures as their "
        "alternative texts; second cards of one note; retired notes"
    ),
)
