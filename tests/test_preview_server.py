"""The preview over HTTP: what it tells of a bank, how it follows its files, and whom it does not answer."""

import asyncio
import http.client
import json
import os
import re
import socket
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from banks import FIRST_BANK, as_yaml, make_bank, question, questions
from click.testing import CliRunner
from previews import Server, served

from ankiexport.cli.app import cli
from ankiexport.pipeline import check_bank
from ankiexport.preview.answers import handles
from ankiexport.preview.checking import found_by_check
from ankiexport.preview.live import Preview
from ankiexport.preview.snapshot import Filter

PICTURE = "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='20'/>"


def bank_in(folder: Path) -> Path:
    """Write a bank with two questions in two files, a fact and a picture."""
    first = question(
        "first",
        tags=["topic::a"],
        hint=["one", "two"],
        facts=[{"id": "first-fact", "text": "A {{c1::b}}{{c2::c}}."}],
    )
    second = question("second", answer="See ![a box](media/box.svg) and $x<y$.", tags=["topic::b"])
    return make_bank(
        folder,
        {"a.yaml": questions("one", first), "b.yaml": questions("two", second), "media/box.svg": PICTURE},
    )


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """That bank, to change."""
    return bank_in(tmp_path)


@pytest.fixture
def server(bank: Path) -> Iterator[Server]:
    """The preview of that bank."""
    with served(bank) as running:
        yield running


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The preview of that bank, which nobody changes, with everything known."""
    with served(bank_in(tmp_path_factory.mktemp("still"))) as running:
        running.wait_for(lambda status: not status["checking"] and not status["preparing"])
        yield running


@pytest.fixture(scope="module")
def first_server() -> Iterator[Server]:
    """The preview of the first bank."""
    with served(FIRST_BANK) as running:
        yield running


# What is told


def test_lists_questions_and_facts_in_order_of_study(still: Server) -> None:
    found = still.get("list").json
    assert [(row["id"], row["fact"]) for row in found["rows"]] == [
        ("first", False), ("first-fact", True), ("second", False),
    ]  # fmt: skip
    assert found["levels"] == [
        {"key": "one", "name": "One", "count": 2}, {"key": "two", "name": "Two", "count": 1},
    ]  # fmt: skip
    assert [(tag["tag"], tag["count"]) for tag in found["tags"]] == [("topic::a", 2), ("topic::b", 1)]


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({"q": "what is first"}, ["first"]),
        ({"q": '"is first?"'}, ["first"]),
        ({"q": "tag:topic"}, ["first", "first-fact", "second"]),
        ({"q": "tag:topic::a -note:*cloze*"}, ["first"]),
        ({"q": 'deck:"Small bank::2 Two"'}, ["second"]),
        ({"q": "Hints:_*"}, ["first"]),
        ({"q": "(second or card:2) tag:topic"}, ["first-fact", "second"]),
        ({"q": "nothing"}, []),
        ({"level": "one"}, ["first", "first-fact"]),
        ({"tag": "topic::b"}, ["second"]),
        ({"kind": "fact"}, ["first-fact"]),
        ({"problems": "1"}, []),
        ({"limit": 1, "offset": 1}, ["first-fact"]),
    ],
)
def test_finds_what_is_asked_for(still: Server, asked: dict[str, Any], ids: list[str]) -> None:
    found = still.get("list", **asked).json
    assert [row["id"] for row in found["rows"]] == ids
    if "limit" not in asked:
        assert still.get("ids", **asked).json == ids


def test_searches_by_the_source_of_what_is_not_rendered_yet(tmp_path: Path) -> None:
    root = make_bank(
        tmp_path, {"a.yaml": questions("one", question("a", question="Why **so**?"), question("b"))}
    )
    snapshot = Preview(root).snapshot
    assert not snapshot.is_rendered
    assert handles(snapshot, Filter(query="**so** -tag:topic")) == ["a"]


def test_an_alias_of_a_tag_is_found(tmp_path: Path) -> None:
    tags = {"topic::a": {"aliases": ["topic::old"]}, "topic::b": "B"}
    root = make_bank(
        tmp_path,
        {"a.yaml": questions("one", question("a", tags=["topic::a"]), question("b", tags=["topic::b"]))},
        tags=tags,
    )
    assert handles(Preview(root).snapshot, Filter(query="tag:topic::old")) == ["a"]


def test_says_what_is_wrong_with_a_search(still: Server) -> None:
    found = still.get("list", q="first (second").json
    assert found["total"] == 0
    assert found["wrong"]["message"] == "the bracket is not closed"
    assert "first (second"[found["wrong"]["start"] : found["wrong"]["end"]] == "("
    assert still.get("ids", q="first (second").json == []
    assert still.get("list", q="is:due").json["wrong"]["message"].startswith("a bank cannot answer is:")


def test_tells_of_a_card_where_it_is_and_what_is_beside_it(still: Server) -> None:
    card = still.get("card", id="first-fact", level="one").json
    assert [part["name"] for part in card["cards"]] == ["Cloze 1", "Cloze 2"]
    assert (card["index"], card["total"], card["previous"], card["next"]) == (1, 2, "first", None)
    assert card["deck"] == "Small bank::Facts::1 One"
    place = card["place"]
    line = Path(place["path"]).read_text(encoding="utf-8").splitlines()[place["line"] - 1]
    assert line.strip() == "- id: first-fact"
    assert Path(place["path"]).parts[-2:] == ("bank", "a.yaml")


def test_shows_a_card_as_anki_does_in_each_form(still: Server) -> None:
    front = still.get("frame", id="first-fact", ord=1, side="front", device="windows", dark=0).text
    assert 'A b<span class="cloze" data-cloze="c" data-ordinal="2">[...]</span>.' in front.replace(
        '<span class="cloze-inactive" data-ordinal="1">b</span>', "b"
    )
    assert '<html class="win chrome">' in front
    assert '<body class="card card2 isWin">' in front
    back = still.get("frame", id="first-fact", ord=0, side="back", device="android", dark=1).text
    assert '<span class="cloze" data-ordinal="1">b</span>' in back
    assert '<html class="android mobile linux chrome js night-mode" data-bs-theme="dark">' in back
    assert '<body class="card card1 nightMode night_mode">' in back
    for wrong in ({"ord": 7}, {"device": "watch"}, {"id": "none"}):
        asked: dict[str, Any] = {"id": "first", "ord": 0, "side": "front", "device": "mac", **wrong}
        assert still.get("frame", **asked).status == 404


def test_puts_buttons_and_boxes_where_anki_does(tmp_path: Path) -> None:
    sides = {
        "front.html": "{{Text}}{{type:Text}}{{tts en_US:Text}}",
        "back.html": "{{FrontSide}}<hr id=answer>|{{type:Text}}|{{type:nc:Text}}",
    }
    kind = {
        "name": "Own", "requires": ["question"], "fields": [{"id": 1, "name": "Text"}],
        "templates": [{"id": 1, "name": "Own", "front": "front.html", "back": "back.html"}],
    }  # fmt: skip
    root = make_bank(
        tmp_path,
        {
            "a.yaml": questions(
                "one", question("a", question="Say *it* [sound:media/it.mp3]", note_type="own")
            ),
            "media/it.mp3": b"sound",
            "card_templates/own/note_type.yaml": as_yaml(kind),
            "card_templates/own/style.css": "",
            "card_templates/own/fields/text.html": "[[ question ]]",
            **{f"card_templates/own/{name}": text for name, text in sides.items()},
        },
    )
    with served(root) as server:
        front = server.get("frame", id="a", ord=0, side="front", device="mac").text
        back = server.get("frame", id="a", ord=0, side="back", device="mac").text
        sound = re.findall(r'data-sound="/(media/it-[0-9a-f]{12}\.mp3)"', front)
        assert len(sound) == 1
        assert server.get(sound[0]).body == b"sound"
    assert 'data-speech=" Say it' in front
    assert 'data-lang="en-US"' in front
    assert front.count('<input type="text" id="typeans"') == 1
    # Anki's reviewer puts its line before each of them, and leaves none where it stood.
    typed = re.findall(r"<hr id=answer><div[^>]*><code id=typeans>Say it</code></div>", back)
    assert len(typed) == back.count("<hr id=answer>") == 3
    assert "[anki:play" not in front + back
    assert "[[type:" not in front + back


def test_shows_the_source_of_the_bank_only(server: Server, bank: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("secret", encoding="utf-8")
    shown = server.get("source", path=bank / "a.yaml").json
    assert shown["lines"] == (bank / "a.yaml").read_text(encoding="utf-8").splitlines()
    for path in (tmp_path / "secret.yaml", bank / ".." / "secret.yaml", "/etc/passwd", ""):
        assert server.get("source", path=path).status == 404


def test_every_card_of_the_first_bank_can_be_shown(first_server: Server) -> None:
    ids = first_server.get("ids").json
    assert len(ids) > 300
    for handle in ids[:: len(ids) // 40]:
        card = first_server.get("card", id=handle).json
        for part in card["cards"]:
            asked = {"id": handle, "ord": part["ord"], "device": "mac", "dark": 0}
            for side in ("front", "back"):
                assert first_server.get("frame", side=side, **asked).status == 200


# Following the files


def test_follows_a_file_that_is_saved(server: Server, bank: Path) -> None:
    before = server.checked()["revision"]
    (bank / "a.yaml").write_text(
        questions("one", question("first", question="Why is it so?")), encoding="utf-8"
    )
    server.wait_for(lambda status: status["revision"] > before and status["total"] == 2)
    assert server.get("card", id="first").json["title"] == "Why is it so?"
    assert "Why is it so?" in server.get("frame", id="first", ord=0, device="mac").text


def test_follows_new_files_and_card_templates(server: Server, bank: Path) -> None:
    (bank / "c.md").write_text(
        "---\nlevel: two\n---\n\n## Third? {#third}\n\n### Answer\n\nYes.\n", encoding="utf-8"
    )
    server.wait_for(lambda status: status["total"] == 4)
    before = server.checked()["revision"]
    style = bank / "card_templates" / "question" / "style.css"
    style.parent.mkdir(parents=True)
    style.write_text(".card { color: rebeccapurple }", encoding="utf-8")
    server.wait_for(lambda status: status["revision"] > before)
    server.wait_for(lambda _: "rebeccapurple" in server.get("frame", id="third", ord=0, device="mac").text)


def test_tells_every_page_of_a_change(server: Server, bank: Path) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/events")
    stream = connection.getresponse()

    def heard() -> dict[str, object]:
        while not (line := stream.readline().decode()).startswith("data: "):
            pass
        told: dict[str, object] = json.loads(line.removeprefix("data: "))
        return told

    first = heard()
    while (told := heard())["checking"]:
        assert told["revision"] == first["revision"]
    (bank / "b.yaml").write_text(questions("two", question("second"), question("other")), encoding="utf-8")
    while (told := heard())["total"] != 4:
        pass
    assert int(str(told["revision"])) > int(str(first["revision"]))
    connection.close()


def test_ends_at_once_while_pages_listen(bank: Path) -> None:
    """Those who listen are let go in good order; a connection that is cut off would end in an error."""
    with served(bank) as server:
        listener = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        listener.request("GET", "/events")
        stream = listener.getresponse()
    assert stream.read().startswith(b"data: ")
    stream.close()
    listener.close()


def test_keeps_what_cannot_be_read_and_recovers(server: Server, bank: Path) -> None:
    good = (bank / "a.yaml").read_text(encoding="utf-8")
    (bank / "a.yaml").write_text(good + "\n\tbroken: [\n", encoding="utf-8")
    status = server.wait_for(lambda status: bool(status["stale"]))
    assert status["stale"] == [(bank / "a.yaml").as_posix()]
    assert status["errors"] == 1
    card = server.get("card", id="first").json
    assert card["stale"]
    assert [row["id"] for row in server.get("list").json["rows"]] == ["first", "first-fact", "second"]
    problem, *_others = server.get("problems").json["problems"]
    assert problem["code"] == "yaml-syntax"
    assert any("broken: [" in line["text"] for line in problem["excerpt"])
    (bank / "a.yaml").write_text(good, encoding="utf-8")
    assert server.wait_for(lambda status: not status["stale"])["errors"] == 0


def test_keeps_the_bank_when_its_settings_break_and_recovers(server: Server, bank: Path) -> None:
    good = (bank / "bank.yaml").read_text(encoding="utf-8")
    (bank / "bank.yaml").write_text("- no\n", encoding="utf-8")
    assert server.wait_for(lambda status: status["errors"] > 0)["total"] == 3
    assert server.get("frame", id="first", ord=0, device="mac").status == 200
    (bank / "bank.yaml").write_text(good, encoding="utf-8")
    server.wait_for(lambda status: status["errors"] == 0)


def test_goes_on_without_settings(server: Server, bank: Path) -> None:
    good = (bank / "bank.yaml").read_text(encoding="utf-8")
    (bank / "bank.yaml").unlink()
    status = server.wait_for(lambda status: status["errors"] > 0 and not status["checking"])
    assert status["total"] == 3
    (bank / "bank.yaml").write_text(good, encoding="utf-8")
    server.wait_for(lambda status: status["errors"] == 0 and not status["checking"])


def test_begins_with_a_bank_that_cannot_be_read(tmp_path: Path) -> None:
    root = make_bank(tmp_path, {"bank.yaml": "title: [\n", "a.yaml": questions("one", question("first"))})
    with served(root) as server:
        assert server.get("status").json["errors"]
        assert server.get("").status == 200
        make_bank(tmp_path, {})
        assert server.wait_for(lambda status: status["total"] == 1)["errors"] == 0


def test_shows_problems_beside_the_card_that_they_are_about(server: Server, bank: Path) -> None:
    items = [
        question("first"),
        question("second-here", answer="![x](media/none.svg) \n\n$a$", allow=["nope"]),
    ]
    (bank / "a.yaml").write_text(questions("one", *items), encoding="utf-8")
    server.wait_for(lambda status: not status["checking"] and status["errors"] == 2)
    rows = {row["id"]: row["errors"] for row in server.get("list").json["rows"]}
    assert rows == {"first": 0, "second-here": 2, "second": 0}
    codes = [problem["code"] for problem in server.get("card", id="second-here").json["problems"]]
    assert sorted(codes) == ["bad-value", "missing-media"]
    assert server.get("ids", problems=1).json == ["second-here"]
    assert all(problem["card"] == "second-here" for problem in server.get("problems").json["problems"])


def test_finds_in_the_end_what_a_check_finds(tmp_path: Path) -> None:
    """After the whole check, the problems are those of `ankiexport check`."""
    items = [
        question("same", question="What does the well known recall at ten measure?"),
        question("near", question="What does the well known recall at ten measure?"),
        question("same", answer="![gone](gone.png)"),
    ]
    root = make_bank(
        tmp_path, {"a.yaml": questions("one", *items), "b.yaml": questions("two", question("b"))}
    )
    expected = check_bank(root).diagnostics
    assert {problem.code for problem in expected} >= {"duplicate-id", "missing-media", "same-question"}
    with served(root) as server:
        server.checked()
        found = server.get("problems").json["problems"]
        assert server.get("ids").json == ["same", "near", "same~2", "b"]
        assert server.get("card", id="same~2").json["errors"] == 2
    assert sorted((p["code"], p["place"]["line"], p["message"]) for p in found) == sorted(
        (p.code, p.position.line, p.message) for p in expected
    )


# Safety


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:PORT"}, 200),
        ({"Host": "LOCALHOST:PORT"}, 200),
        ({"Host": "bank.example:PORT"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Host": "127.0.0.1:1"}, 421),
        ({"Host": ""}, 421),
        ({"Origin": "http://127.0.0.1:PORT"}, 200),
        ({"Origin": "http://bank.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
    ],
)
def test_answers_only_those_who_call_it_by_its_name(
    first_server: Server, headers: dict[str, str], status: int
) -> None:
    given = {name: value.replace("PORT", str(first_server.port)) for name, value in headers.items()}
    for path in ("", "status", "static/app.js", "media/x.svg"):
        answer = first_server.get(path, headers=given)
        assert answer.status == (404 if path == "media/x.svg" and status == 200 else status)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("list", {"Sec-Fetch-Site": "same-origin"}, 200),
        ("list", {"Sec-Fetch-Site": "none"}, 200),
        ("list", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ("list", {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ("list", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403),
        ("events", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ("", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
        ("", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ("list", {"Origin": "null"}, 403),
        ("media/none.svg", {"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 404),
        ("media/none.svg", {"Origin": "http://bank.example", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_other_sites_cannot_make_it_work(
    first_server: Server, path: str, headers: dict[str, str], status: int
) -> None:
    """Neither by scripts and pictures, for which browsers tell no origin, nor from a frame without one."""
    answer = first_server.get(path, headers=headers)
    assert answer.status == status
    allowed = "cross-origin" if path.startswith("media") else "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == allowed


def test_a_second_origin_does_not_pass(first_server: Server) -> None:
    with socket.create_connection(("127.0.0.1", first_server.port), timeout=60) as connection:
        own = f"127.0.0.1:{first_server.port}"
        request = f"GET /status HTTP/1.1\r\nHost: {own}\r\nOrigin: http://{own}\r\nOrigin: http://bank.example\r\n\r\n"
        connection.sendall(request.encode())
        assert connection.recv(99).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_can_only_be_read(first_server: Server, method: str) -> None:
    assert first_server.get("status", method=method).status == 405


def test_listens_on_this_machine_alone(first_server: Server) -> None:
    names = {entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for name in names - {"127.0.0.1"}:
        if not str(name).startswith("127."):
            with pytest.raises(OSError, match=r"refused|timed out|unreachable"):
                socket.create_connection((str(name), first_server.port), timeout=2)


def test_every_answer_has_a_strict_policy(first_server: Server) -> None:
    page = first_server.get("")
    policy = page.headers["content-security-policy"]
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert len(nonce) >= 16
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.text.count(f'nonce="{nonce}"') == page.text.count("<script") + page.text.count(
        'rel="stylesheet"'
    )
    assert first_server.get("").headers["content-security-policy"] != policy, "a nonce serves once"
    frame = first_server.get("frame", id=first_server.get("ids").json[0], ord=0, device="mac")
    assert frame.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'; ")
    for answer in (
        page,
        frame,
        first_server.get("status"),
        first_server.get("none"),
        first_server.get("static/app.js"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "'none'" in answer.headers["content-security-policy"]


def test_nothing_is_loaded_from_elsewhere(first_server: Server) -> None:
    for name in ("app.css", "app.js", "frame.js", "reviewer.css", "live.js"):
        text = first_server.get(f"static/{name}").text
        assert not re.search(r"https?://(?!www\.w3\.org)", text), name


def test_serves_the_media_of_shown_cards_only(server: Server, tmp_path: Path) -> None:
    (tmp_path / "secret.svg").write_text("secret", encoding="utf-8")
    name = "box-" + sha256(PICTURE.encode()).hexdigest()[:12] + ".svg"
    assert server.get(f"media/{name}").status == 404, "no card has asked for it"
    assert f'src="/media/{name}"' in server.get("frame", id="second", ord=0, side="back", device="mac").text
    answer = server.get(f"media/{name}")
    assert (answer.status, answer.text) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]
    for path in (
        "media/..%2Fbank.yaml",
        "media/box.svg",
        "media/../../secret.svg",
        "media/%2e%2e/bank.yaml",
        "static/../live.py",
        "static/..%2flive.py",
    ):
        assert server.get(path).status == 404, path


def test_serves_media_whatever_they_are_called(tmp_path: Path) -> None:
    asked = question("a", answer='<img src="media/a b%23 ü%25.svg">')
    root = make_bank(tmp_path, {"a.yaml": questions("one", asked), "media/a b# ü%.svg": PICTURE})
    with served(root) as server:
        back = server.get("frame", id="a", ord=0, side="back", device="mac").text
        (address,) = re.findall(r'src="/(media/[^"]+)"', back)
        assert server.get(address).text == PICTURE


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_follows_no_link_out_of_the_bank(server: Server, bank: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text(PICTURE, encoding="utf-8")
    name = (
        server.get("frame", id="second", ord=0, side="back", device="mac")
        .text.split('src="/media/')[1]
        .split('"')[0]
    )
    assert server.get(f"media/{name}").status == 200
    (bank / "media" / "box.svg").unlink()
    (bank / "media" / "box.svg").symlink_to(secret)
    assert server.get(f"media/{name}").status == 404
    server.wait_for(lambda status: not status["checking"] and status["errors"] == 1)
    assert server.get("card", id="second").json["problems"][0]["code"] == "media-outside"


def test_runs_no_code_from_the_folder_that_one_is_in(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bank that somebody else wrote may hold a file that is called like a module of Python's."""
    (bank / "click.py").write_text("open('taken', 'w').close()\n", encoding="utf-8")
    monkeypatch.chdir(bank)
    assert asyncio.run(found_by_check(bank)) == []
    assert not (bank / "taken").exists()


# The command


def test_says_when_the_port_is_taken(first_server: Server) -> None:
    result = CliRunner().invoke(
        cli, ["preview", str(FIRST_BANK), "--no-browser", "--port", str(first_server.port)]
    )
    assert result.exit_code == 2
    assert f"cannot serve on port {first_server.port}" in result.output


@pytest.mark.parametrize(
    ("options", "begins"),
    [
        ([], ""),
        (["--level", "two"], "#/?level=two"),
        (["--search", "tag:topic::a or b&c", "--level", "one"], "#/?q=tag%3Atopic%3A%3Aa+or+b%26c&level=one"),
    ],
)
def test_begins_with_what_is_chosen(
    bank: Path, options: list[str], begins: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("click.launch", opened.append)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(
        "ankiexport.preview.serve.serve", lambda *_, started, **__: started("http://127.0.0.1:1/")
    )
    result = CliRunner().invoke(cli, ["preview", str(bank), *options])
    assert result.exit_code == 0, result.output
    assert opened == [f"http://127.0.0.1:1/{begins}"]
    assert f" is at {opened[0]}\n" in result.output


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="these have a screen")
def test_opens_no_browser_where_there_is_no_screen(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("click.launch", opened.append)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("ankiexport.preview.serve.serve", lambda *_, started, **__: started("http://x/"))
    assert CliRunner().invoke(cli, ["preview", str(bank)]).exit_code == 0
    assert opened == []


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--search", "(a", "the bracket is not closed"),
        ("--level", "three", 'no level "three"; its levels are: one, two'),
    ],
)
def test_says_what_is_wrong_with_what_is_chosen(bank: Path, option: str, value: str, said: str) -> None:
    result = CliRunner().invoke(cli, ["preview", str(bank), "--no-browser", option, value])
    assert result.exit_code == 2
    assert said in result.output


def test_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ankiexport.preview.serve", None)
    result = CliRunner().invoke(cli, ["preview", str(FIRST_BANK)])
    assert result.exit_code == 2
    assert 'pip install "ankiexport[preview]"' in result.output
