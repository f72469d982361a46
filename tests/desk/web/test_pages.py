"""What pages of the desk show and do, on the real application: rules, people, letters, privacy."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import tomllib
import zipfile
from pathlib import Path

import httpx
import pytest
from tests.helpers.desks import BASE, OpenDesk, demo_folder, open_desk

import rmmatch as rm

PAGES = ["/", "/people", "/rules", "/review", "/review?view=table", "/approve", "/send"]
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def desk(tmp_path: Path) -> OpenDesk:
    return open_desk(demo_folder(tmp_path / "scheme"))


def digest(desk: OpenDesk) -> str:
    match = re.search(r'id="digest" name="digest" value="(\w+)"', desk.get("/rules").text)
    assert match
    return match[1]


def words(text: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", text).split())


def test_rules_are_sentences_with_what_each_forbids(desk: OpenDesk) -> None:
    text = words(desk.get("/rules").text)
    assert "of 2,700 possible pairs meet the rules." in text
    assert "Forbids 115 of 2,700 pairs; 1 person could then have nobody." in text
    # a rule that reads private answers is not counted, and not written out
    assert "A confidential rule." in text
    assert "May leave somebody without a partner." in text


def test_a_rule_is_tried_without_being_saved_and_saved_with_its_comments(desk: OpenDesk) -> None:
    file = desk.folder.path / "scheme.yaml"
    before = file.read_text(encoding="utf-8")
    typed = {"part": "rules[5]", "rules[5].min_gap": "4"}
    tried = words(desk.post("/rules/try", **typed).text)
    assert "Not saved yet: A mentor must be at least 4 grades below the mentee." in tried
    assert "Forbids" in tried
    assert "115" not in tried
    assert file.read_text(encoding="utf-8") == before
    saved = desk.post("/rules/save", digest=digest(desk), **typed)
    assert "Saved." in saved.text
    after = file.read_text(encoding="utf-8")
    assert after == before.replace("min_gap: 2", "min_gap: 4")
    assert after.count("#") == before.count("#") > 5


def test_a_page_of_rules_that_is_older_than_the_file_changes_nothing(desk: OpenDesk) -> None:
    old = digest(desk)
    file = desk.folder.path / "scheme.yaml"
    text = file.read_text(encoding="utf-8") + "# edited elsewhere\n"
    file.write_text(text, encoding="utf-8")
    typed = {"part": "rules[5]", "rules[5].min_gap": "4"}
    answer = desk.post("/rules/save", digest=old, **typed)
    assert answer.headers["hx-refresh"] == "true"
    assert file.read_text(encoding="utf-8") == text


def test_what_cannot_be_is_said_in_words_and_not_written(desk: OpenDesk) -> None:
    file = desk.folder.path / "scheme.yaml"
    before = file.read_bytes()
    typed = {"part": "rules[5]", "rules[5].min_gap": "two"}
    answer = desk.post("/rules/save", digest=digest(desk), **typed)
    assert "That was not done." in answer.text
    assert answer.headers["hx-retarget"] == "#fault"
    answer = desk.post("/rules/text", digest=digest(desk), text="criteria: [{type: nothing}]")
    assert "That was not done." in answer.text
    assert file.read_bytes() == before


def test_weights_as_shares_and_beside_each_other(desk: OpenDesk) -> None:
    weights = {f"criteria[{number}].weight": "1" for number in range(5)}
    assert words(desk.post("/rules/weights", **weights).text).count("20 of 100") == 5
    text = words(desk.post("/rules/compare", **weights).text)
    assert "As saved Weighting 2" in text
    assert "pairs are the same." in text
    weights["criteria[0].weight"] = "9"
    assert "Weighting 3" in desk.post("/rules/compare", **weights).text
    weights["criteria[0].weight"] = "2"
    assert "Weighting 4" not in desk.post("/rules/compare", **weights).text
    desk.post("/rules/save-weights", digest=digest(desk), **weights)
    assert desk.folder.scheme.criteria[0].weight == 2


def test_a_rule_is_added_and_taken_out(desk: OpenDesk) -> None:
    n_rules = len(desk.folder.scheme.rules)
    new = {"new": "rules:reporting_chain", "digest": digest(desk)}
    assert 'name="rules[7].levels"' in desk.post("/rules/add", **new).text
    desk.post("/rules/add", is_typed="1", **{"rules[7].levels": "2"}, **new)
    assert len(desk.folder.scheme.rules) == n_rules + 1
    desk.post("/rules/remove", part="rules[7]", digest=digest(desk))
    assert len(desk.folder.scheme.rules) == n_rules


def test_everything_typed_by_anybody_is_only_text(tmp_path: Path) -> None:
    folder = demo_folder(tmp_path / "scheme")
    for name in ("mentors.csv", "mentees.csv"):
        file = folder / name
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
        for number, row in enumerate(rows):
            row["name"] = f"{SCRIPT}\u202e{{{{ 7*7 }}}}{number}"
            row["speciality"] = f"{row['speciality']}{SCRIPT}" if number % 2 else row["speciality"]
            row["workplace"] = f'"><img src=x onerror=alert(1)>{number}'
        out = io.StringIO()
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
        file.write_text(out.getvalue(), encoding="utf-8")
    desk = open_desk(folder, by=SCRIPT)
    desk.folder.pair()
    run = desk.folder.current
    assert run is not None
    keys = [card.key for card in desk.app.state.desk.view(run).pairs]
    answers = [
        desk.post("/review/ask-turn-down", key=keys[0]),
        desk.post("/review/turn-down", key=keys[0], reason=SCRIPT),
        desk.post("/review/why", key=keys[2]),
        desk.post("/review/keep", key=keys[2]),
        desk.post("/review/ask-together", key=keys[3]),
        desk.post("/review/undo"),
        desk.post("/review/together", mentee=SCRIPT, mentor=SCRIPT),
        *map(desk.get, PAGES),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
        assert "\u202e" not in answer.text
        assert "49" not in re.findall(r"&gt;(49)\d*<", answer.text)


def test_no_answer_holds_what_is_private(tmp_path: Path) -> None:
    folder = demo_folder(tmp_path / "scheme")
    for name in ("mentors.csv", "mentees.csv"):
        file = folder / name
        text = file.read_text(encoding="utf-8")
        text = text.replace("ethnic minority background", "PRIVATE-A").replace("UK", "PRIVATE-C")
        file.write_text(text.replace("other background", "PRIVATE-B"), encoding="utf-8")
    desk = open_desk(folder)
    assert desk.post("/pair").headers["hx-redirect"] == "/review"
    run = desk.folder.current
    assert run is not None
    card = desk.app.state.desk.view(run).pairs[0]
    answers = [
        desk.post("/review/why", key=card.key),
        desk.post("/review/ask-turn-down", key=card.key),
        desk.post("/review/turn-down", key=card.key, reason="a reason"),
        desk.post("/review/price-together", mentee=card.mentee.id, mentor="M001"),
        desk.post("/people/edit", role="mentee", person=card.mentee.id, field="grade", value="x"),
        desk.post("/rules/try", part="rules[2]"),
        desk.post("/approve", by="Ann Lee"),
        desk.post("/send/letters", kinds=["merge", "docx", "drafts", "print"]),
        *map(desk.get, [*PAGES, "/send/review"]),
    ]
    keys = re.findall(r"/send/file\?key=(\w+)", desk.get("/send").text)
    assert len(keys) > 8
    answers += [desk.get(f"/send/file?key={key}") for key in keys]
    for answer in answers:
        assert answer.status_code == 200
        assert b"PRIVATE-" not in answer.content
        if answer.content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
                assert not any(b"PRIVATE-" in archive.read(name) for name in archive.namelist())
        assert not re.search(r"E\d{3}|Mentee", str(answer.request.url))


def test_drafts_say_so_until_somebody_approves(desk: OpenDesk) -> None:
    desk.folder.pair()
    for path in ("/review", "/approve", "/send"):
        assert "Draft – not approved." in desk.get(path).text
    answer = desk.post("/approve", by="Ann Lee")
    assert "That was not done." in answer.text  # nobody has looked at them
    desk.post("/approve", by="Ann Lee", looked="yes")
    run = desk.folder.current
    assert run is not None
    assert run.state == "approved"
    for path in ("/review", "/approve", "/send"):
        assert "Draft –" not in desk.get(path).text
    assert "data-act" not in desk.get("/review").text


def test_an_export_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    desk = open_desk(tmp_path / "scheme")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 1_000_000_000)
    for name, content in {
        "a.xlsx": b"no workbook",
        "b.csv": b"",
        "../../c.xlsx": bomb.getvalue(),
    }.items():
        answer = desk.post("/people/export", files={"export": (name, content)})
        assert "That was not done." in answer.text
    assert not list(tmp_path.rglob("c.xlsx"))
    assert desk.folder.current is None
    assert "No such" not in desk.get("/people").text


def test_an_answer_is_corrected_on_the_page(desk: OpenDesk) -> None:
    assert "60 mentors and 45 mentees are ready" in words(desk.get("/people").text)
    edited = desk.post(
        "/people/edit", role="mentee", person="E001", field="grade", value="ST8", reason="a slip"
    )
    assert "E001, grade:" in edited.text
    assert [edit.value for edit in desk.folder.edits] == ["ST8"]


def test_decisions_that_were_sent_back_are_applied(desk: OpenDesk) -> None:
    desk.folder.pair()
    run = desk.folder.current
    assert run is not None
    mentee, mentor = next(iter(run.result.made))
    view = desk.app.state.desk.view(run)
    text = f"run,mentee,mentor,decision,reason\n{view.run_key},{mentee},{mentor},kept,\n"
    answer = desk.post("/review/decisions", files={"decisions": ("decisions.csv", text.encode())})
    assert "Applied: 1 pair kept." in answer.text
    assert rm.open_folder(desk.folder.path, read_only=True).current is not None


def test_what_pages_are_made_of_is_installed_with_the_package() -> None:
    project = Path(__file__).parents[3]
    data = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = data["tool"]["setuptools"]["package-data"]["rmmatch"]
    package = project / "src" / "rmmatch"
    for path in (package / "desk" / "web").rglob("*"):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            name = path.relative_to(package)
            assert any(name.match(pattern) for pattern in patterns), name


def test_of_a_slider_that_moves_only_the_latest_place_is_answered(desk: OpenDesk) -> None:
    async def move() -> list[int]:
        headers = {"X-Rmmatch-Desk": desk.door.csrf, "cookie": desk.door.cookie.split(";")[0]}
        transport = httpx.ASGITransport(app=desk.app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
            places = ({"criteria[0].weight": str(weight)} for weight in range(1, 9))
            answers = await asyncio.gather(
                *(client.post("/rules/weights", data=place) for place in places)
            )
        return [answer.status_code for answer in answers]

    codes = asyncio.run(move())
    assert codes[-1] == 200
    assert codes.count(204) >= 5
