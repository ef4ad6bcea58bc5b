"""Statistics as JSON, for programs; `ankiexport schema stats` describes it."""

import json

from ankiexport.stats.summary import Group, Stats

STATS_FORMAT = 1


def as_json(stats: Stats) -> str:
    """Return all figures, those of each question too."""
    data = {
        "format": STATS_FORMAT,
        "title": stats.title,
        "errors": stats.errors,
        "all": _group(stats.whole),
        "levels": [{"level": group.key, "name": group.name, **_group(group)} for group in stats.levels],
        "topics": {
            "prefix": stats.prefix,
            "tags": [
                {
                    "tag": topic.tag,
                    "questions": topic.total,
                    "by_level": {
                        group.key: count for group, count in zip(stats.levels, topic.counts, strict=True)
                    },
                }
                for topic in stats.coverage
            ],
        },
        "questions": [
            {
                "id": entry.id,
                "level": entry.level,
                "question": entry.title,
                "path": entry.position.path,
                "line": entry.position.line,
                "tags": list(entry.topics),
                "question_words": entry.question_words,
                "answer_words": entry.answer_words,
                "words": entry.words,
                "reading_seconds": entry.seconds,
                "has": sorted(entry.features),
                "facts": entry.facts,
                "revised": entry.revised or None,
                "built": entry.built.isoformat() if entry.built else None,
            }
            for entry in stats.questions
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _group(group: Group) -> dict[str, object]:
    answers = group.answers
    return {
        "questions": group.questions,
        "facts": group.facts,
        "reading_seconds": group.seconds,
        "answer_words": None
        if answers is None
        else {
            "least": answers.least,
            "lower_quartile": answers.lower,
            "median": answers.median,
            "upper_quartile": answers.upper,
            "greatest": answers.greatest,
        },
        "have": {str(feature): count for feature, count in group.features.items()},
    }
