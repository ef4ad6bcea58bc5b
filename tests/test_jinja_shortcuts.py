"""Templates that are not run, because what they show is known, show what Jinja makes of them."""

from pathlib import Path

import pytest
from jinja2 import Environment
from markupsafe import Markup

from ankiexport.jinja_env import TemplateFolders, macro_alone, make_environment

MACROS = """\
[% macro items(texts, label="items", step=1) %]
[% for text in texts %]
<li>[[ text ]] of [[ label ]] [[ step ]]</li>
[% endfor %]
[% endmacro %]
[% macro with_name(one) %][[ one.name ]][% endmacro %]
[% macro of_all() %][[ varargs ]][[ kwargs ]][% endmacro %]
[% macro calling(one) %][[ one ]][[ caller() ]][% endmacro %]
[% macro of_outside(one) %][[ one ]][[ texts ]][% endmacro %]
[% set no_macro = "word" %]
"""
VALUES = {
    "texts": ["plain", "a < b", Markup("<b>bold</b>")],
    "none": None,
    "labels": {"hint": "Hint & more", "items": "a key that is a method of dictionaries"},
    "word": "<word>",
}
SHOWN = (
    "items(texts)", "items(texts, word)", "items(texts, labels.hint)", "items(texts, labels.items)", "items(texts, word, word)",
    "items(none)", "items(texts, labels.nothing)", "items(word)", "items(nothing)", "items(texts, word, word, word)",
    "with_name(labels)", "with_name(texts)", "with_name(word)", "of_all(word)", "of_all(word, texts)", "calling(word)",
    "of_outside(word)", "no_macro(word)", "absent(word)", "items(word.__class__)", "items(texts.append)", "items(true)",
)  # fmt: skip
OTHERS = (
    '[% from "macros.html" import items with context %][[ items(texts) ]]',
    '[% from "macros.html" import items as bullets %][[ bullets(texts) ]]',
    '[% from "macros.html" import items %][[ items(texts) ]] and more',
    '[% from "macros.html" import items %][[ items(texts|sort) ]]',
    '[% from "macros.html" import items %][[ items(texts, "word") ]]',
    '[% from "macros.html" import items %][[ items(texts)|upper ]]',
    '[% from "macros.html" import items %][[ items(label=word, texts=texts) ]]',
    '[% from "macros.html" import items %][# note #][[ items(texts) ]]',
    '[% from "nowhere.html" import items %][[ items(texts) ]]',
    "[[ texts ]]",
    "",
)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    (tmp_path / "macros.html").write_text(MACROS, encoding="utf-8")
    for number, call in enumerate(SHOWN):
        text = f'[% from "macros.html" import {call.partition("(")[0]} %][[ {call} ]]\n'
        (tmp_path / f"shown{number}.html").write_text(text, encoding="utf-8")
    for number, text in enumerate(OTHERS):
        (tmp_path / f"other{number}.html").write_text(text, encoding="utf-8")
    return make_environment(TemplateFolders([tmp_path]))


def rendered(environment: Environment, template: str) -> str | None:
    try:
        return environment.get_template(template).render(VALUES)
    except Exception:  # noqa: BLE001 - that a template fails is all that counts here
        return None


@pytest.mark.parametrize("number", range(len(SHOWN)), ids=SHOWN)
def test_a_macro_alone_shows_what_its_template_shows(environment: Environment, number: int) -> None:
    """Whatever it is called with; what fails is left to the template, which says why."""
    template = f"shown{number}.html"
    call = macro_alone(environment, template)
    assert (call.shown(VALUES) if call else None) == rendered(environment, template)


@pytest.mark.parametrize("number", range(len(OTHERS)), ids=OTHERS)
def test_other_templates_are_run(environment: Environment, number: int) -> None:
    """Anything else in a template could change what it shows."""
    assert macro_alone(environment, f"other{number}.html") is None
