"""Sounds and speech of a card: what Anki takes out of its text and plays.

    [sound:word.mp3]                                a file
    [anki:tts lang=en_US voices=A,B]text[/anki:tts] speech, which the filter `tts` writes

In the text stays `[anki:play:q:0]`, the side and the number; Anki's reviewer makes it a button.
"""

import re
from dataclasses import dataclass

from ankiexport.card_rendering.text import plain, unescaped


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound or video file, by its name in the media folder."""

    filename: str


@dataclass(frozen=True, slots=True)
class Speech:
    """A text to be spoken, as the filter `tts` asks for it."""

    text: str
    lang: str
    voices: tuple[str, ...] = ()
    speed: float = 1.0
    others: tuple[str, ...] = ()


AvTag = Sound | Speech

_TAG = re.compile(
    r"\[sound:(?P<sound>[^\]]+)\]"
    r"|\[anki:(?P<name>[^\]\s]+)(?P<options>(?:\s+[^\]\s=]+=(?:\"[^\"]*\"|[^\]\s\"]*))*)\s*\]"
    r"(?P<content>.*?)\[/anki:(?P=name)\]",
    re.DOTALL,
)
# Where a line ends, speech has a space; only bare tags count.
_BLOCK = re.compile(
    r"</?(?:address|article|aside|blockquote|br|canvas|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]"
    r"|header|hr|li|main|nav|noscript|ol|output|p|pre|section|table|tfoot|ul|video)>",
    re.IGNORECASE,
)
_GAP, _SPOKEN_GAP = "[...]", "blank"
_OPTION = re.compile(r"([^\]\s=]+)=(?:\"([^\"]*)\"|([^\]\s\"]*))")


def extract_av_tags(html: str, side: str) -> tuple[str, tuple[AvTag, ...]]:
    """Return a side with the places of its sounds and speech marked, and these; `side` is `q` or `a`."""
    tags: list[AvTag] = []

    def mark(tag: AvTag) -> str:
        tags.append(tag)
        return f"[anki:play:{side}:{len(tags) - 1}]"

    def replaced(match: re.Match[str]) -> str:
        if match["sound"] is not None:
            return mark(Sound(unescaped(match["sound"]).rpartition("/")[2]))
        options = {option[1]: option[2] or option[3] or "" for option in _OPTION.finditer(match["options"])}
        if match["name"] == "tts":
            speech = _speech(match["content"], options)
            return mark(speech) if speech else _error("anki:tts", "'\u2068lang\u2069' not set")
        listed = "".join(f" {key}={_quoted(value)}" for key, value in options.items())
        return f"[anki:{match['name']}{listed}]{match['content']}[/anki:{match['name']}]"

    return _TAG.sub(replaced, html), tuple(tags)


def speech_tag(options: str, html: str) -> str:
    """Return what the filter `tts` makes of a field."""
    return f"[anki:tts lang={options}]{html}[/anki:tts]"


def _speech(html: str, options: dict[str, str]) -> Speech | None:
    lang = options.pop("lang", None)
    if lang is None:
        return None
    voices = options.pop("voices", "")
    return Speech(
        text=plain(_BLOCK.sub(" ", html)).replace(_GAP, _SPOKEN_GAP),
        lang=lang,
        voices=tuple(voices.split(",")) if voices else (),
        speed=_speed(options.pop("speed", "")),
        others=tuple(f"{key}={value}" for key, value in options.items()),
    )


def _speed(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"\s", value) or not value else value


def _error(directive: str, reason: str) -> str:
    return f"[Error in directive '\u2068{directive}\u2069': \u2068{reason}\u2069]"
