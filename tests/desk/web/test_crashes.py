"""A desk that is killed between a click and its answer loses nothing that was answered."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import httpx
import pytest
from tests.helpers.desks import ServedDesk, demo_folder, served_desk, token_of

import rmmatch as rm

N_CRASHES = 10
DELAYS = [0.0, 0.004, 0.008, 0.015, 0.025, 0.04, 0.06, 0.1, 0.2, 0.4]  # seconds after the click


def let_in(served: ServedDesk) -> tuple[httpx.Client, str]:
    """A client with the cookie, and what its posts carry."""
    client = httpx.Client(base_url=served.address, timeout=60)
    answer = client.post("/enter", data={"token": token_of(served.enter_file)})
    assert answer.status_code == 303
    csrf = re.search(r"X-Rmmatch-Desk&#34;: &#34;([^&]+)&#34;", client.get("/").text)
    assert csrf
    return client, csrf[1]


def acts(folder: Path) -> list[str]:
    with rm.open_folder(folder) as opened:
        assert not opened.is_read_only  # the lock of the dead program is no obstacle
        run = opened.current
        assert run is not None
        assert not rm.check(run.result)
        return [act.act for act in run.acts]


def test_a_desk_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    folder = demo_folder(tmp_path / "scheme")
    with rm.open_folder(folder, by="Test") as opened:
        opened.pair()
    del opened
    n_answered = 0
    for delay in DELAYS[:N_CRASHES]:
        before = acts(folder)
        with served_desk(folder) as served:
            client, csrf = let_in(served)
            key = re.findall(r'<article class="card" id="(p[0-9a-f]+)"', client.get("/review").text)
            answers: list[int] = []

            def click(
                answers: list[int] = answers,
                client: httpx.Client = client,
                key: str = key[0],
                csrf: str = csrf,
            ) -> None:
                try:
                    answer = client.post(
                        "/review/turn-down",
                        data={"key": key, "reason": "a reason", "changes": "fewest"},
                        headers={"X-Rmmatch-Desk": csrf, "HX-Request": "true"},
                    )
                    answers.append(answer.status_code)
                except httpx.HTTPError:
                    return

            thread = threading.Thread(target=click)
            thread.start()
            thread.join(delay)
            served.kill()
            thread.join()
            client.close()
        after = acts(folder)
        assert after[: len(before)] == before
        assert after[len(before) :] in ([], ["turned_down"])
        if answers:
            n_answered += 1
            assert after[len(before) :] == ["turned_down"]
    assert n_answered < N_CRASHES


def test_a_second_desk_may_only_look(tmp_path: Path) -> None:
    folder = demo_folder(tmp_path / "scheme")
    with rm.open_folder(folder, by="Test") as opened:
        opened.pair()
    del opened
    with served_desk(folder) as first, served_desk(folder) as second:
        assert first.enter_file != second.enter_file
        client, csrf = let_in(second)
        text = client.get("/review").text
        assert "Only to look at." in text
        assert "data-act" not in text
        key = re.findall(r'<article class="card" id="(p[0-9a-f]+)"', text)[0]
        answer = client.post(
            "/review/keep",
            data={"key": key},
            headers={"X-Rmmatch-Desk": csrf, "HX-Request": "true"},
        )
        assert "is open elsewhere" in answer.text
        client.close()
        client, _ = let_in(first)
        assert "Only to look at." not in client.get("/review").text
        client.close()


@pytest.mark.parametrize("seconds", [1.0])
def test_a_desk_that_nobody_uses_closes_itself(tmp_path: Path, seconds: float) -> None:
    from rmmatch.desk.web import serve_desk

    lines: list[str] = []
    with rm.open_folder(tmp_path / "scheme", create=True, by="Test") as folder:
        serve_desk(folder, opens_browser=False, show=lines.append, idle_seconds=seconds)
    assert lines[-1] == "The desk is closed."
