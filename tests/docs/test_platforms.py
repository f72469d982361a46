"""The service of docs/platforms.md: each answer, each error, and many requests at once."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
import time
import types
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

import rmmatch as rm

PAGE = Path(__file__).parents[2] / "docs" / "platforms.md"


def service_code() -> str:
    block = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    return block[1]


@pytest.fixture(scope="module")
def service() -> Iterator[Any]:
    module = types.ModuleType("service_of_the_page")
    sys.modules[module.__name__] = module  # where FastAPI looks for the classes it is given
    exec(compile(service_code(), str(PAGE), "exec"), vars(module))
    yield module
    del sys.modules[module.__name__]


async def ask_all(app: Any, *requests: tuple[str, str, Any]) -> list[httpx.Response]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await asyncio.gather(
            *(client.request(method, path, json=data) for method, path, data in requests)
        )


def ask(service: Any, method: str, path: str, data: Any = None) -> httpx.Response:
    return asyncio.run(ask_all(service.app, (method, path, data)))[0]


def order(n: int = 4, **scheme: Any) -> dict[str, Any]:
    goals = ["teaching", "research", "wellbeing"]
    return {
        "scheme": {"criteria": [{"type": "goals"}], **scheme},
        "mentors": [{"id": f"M{at}", "goals": [goals[at % 3]], "capacity": 1} for at in range(n)],
        "mentees": [{"id": f"E{at}", "goals": goals[at % 2], "name": None} for at in range(n)],
    }


def test_the_service_is_short() -> None:
    lines = [line for line in service_code().splitlines() if line.strip()]
    assert len(lines) <= 80


def test_a_run_is_paired_kept_shown_explained_and_approved(service: Any) -> None:
    made = ask(service, "POST", "/runs", order())
    assert made.status_code == 201
    run = made.json()
    path = f"/runs/{run['id']}"
    assert run["status"] == "optimal"
    assert len(run["pairs"]) == 4
    assert ask(service, "GET", path).json() == {k: v for k, v in run.items() if k != "id"}
    told = ask(service, "GET", f"{path}/mentees/E1").json()
    assert {row["mentee"] for row in told["rows"]} == {"E1"}
    pair = [run["pairs"][0]["mentee"], run["pairs"][0]["mentor"]]
    change = ask(service, "POST", f"{path}/what-if", {"forbid": [pair]}).json()
    assert pair[0] in [row["id"] for row in change["changes"]]
    early = ask(service, "POST", f"{path}/approve?by=Kim")
    assert early.status_code == 409
    assert early.json()["problems"][0]["code"] == "not_reviewed"
    assert ask(service, "POST", f"{path}/review?by=Kim").json()["state"] == "reviewed"
    assert ask(service, "POST", f"{path}/approve?by=Kim").json()["state"] == "approved"
    assert ask(service, "GET", path).json()["state"] == "approved"


def test_mistakes_of_whoever_asks_are_4xx_with_their_problems(service: Any) -> None:
    wrong = order(cycle_weeks=0, criteria=[{"type": "gaols"}])
    refused = ask(service, "POST", "/runs", wrong)
    assert refused.status_code == 422
    assert refused.json()["error"] == "SchemeError"
    codes = {problem["column"]: problem["code"] for problem in refused.json()["problems"]}
    assert codes == {"cycle_weeks": "out_of_range", "criteria[0]": "unknown_type"}

    wrong = order()
    wrong["mentors"][2]["capacity"] = -1
    wrong["mentees"][1] = {"id": "E0"}
    refused = ask(service, "POST", "/runs", wrong)
    assert refused.status_code == 422
    rows = [(p["file"], p["row"], p["column"]) for p in refused.json()["problems"]]
    assert rows == [("mentors", 3, "capacity"), ("mentees", 1, "id")]

    run = ask(service, "POST", "/runs", order()).json()["id"]
    unknown = ask(service, "GET", f"/runs/{run}/mentees/E33")
    assert unknown.status_code == 404
    assert unknown.json()["suggestions"]["E33"]
    assert ask(service, "GET", "/runs/nothing").status_code == 404
    assert ask(service, "POST", "/runs/nothing/approve?by=Kim").status_code == 404
    assert ask(service, "POST", "/runs", {"mentors": 3}).status_code == 422


def test_no_file_of_the_server_is_opened(service: Any, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("mentee,mentor,score\nE0,M0,hush\n")
    data = order(criteria=[{"type": "table", "file": str(secret)}])
    before = dict(service.runs)
    refused = ask(service, "POST", "/runs", data)
    assert refused.status_code == 422
    assert "hush" not in refused.text
    assert service.runs == before


def test_what_is_impossible_is_an_answer(service: Any) -> None:
    data = order(1, rules=[{"type": "pairs", "forbid": [["E0", "M0"]]}])
    data["mentees"][0]["min_load"] = 1
    made = ask(service, "POST", "/runs", data)
    assert made.status_code == 201
    assert made.json()["status"] == "infeasible"
    assert made.json()["conflict"]["wishes"]
    refused = ask(service, "POST", f"/runs/{made.json()['id']}/what-if", {"forbid": []})
    assert refused.status_code in (200, 409)


def test_many_requests_at_once_get_the_answers_of_one(service: Any) -> None:
    requests = [("POST", "/runs", order(3 + at % 4)) for at in range(16)]
    answers = asyncio.run(ask_all(service.app, *requests))
    for (_, _, data), answer in zip(requests, answers, strict=True):
        alone = rm.match(*service.Order(**data).read()).to_dict()
        assert {k: v for k, v in answer.json().items() if k != "id"} == alone


def test_threads_that_begin_together_in_a_fresh_process_agree() -> None:
    """What is built when it is first used is built by several threads at the same time."""
    code = f"""
import io, sys, threading
sys.setswitchinterval(1e-5)
import rmmatch as rm
ORDER = {order(6, rules=[{"type": "relations", "forbid": ["tutor"]}])!r}
ready, answers = threading.Barrier(4), []
def work():
    ready.wait()
    scheme = rm.Scheme.from_dict(ORDER["scheme"])
    result = rm.match(rm.read_cohort(ORDER["mentors"], ORDER["mentees"]), scheme)
    file = io.StringIO()
    result.save(file)
    file.seek(0)
    loaded = rm.load_result(file)
    assert rm.check(loaded) == []
    answers.append(f"{{loaded.to_dict()}} {{rm.explain(loaded, mentee='E1').to_dict()}}")
threads = [threading.Thread(target=work) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert len(answers) == 4 and len(set(answers)) == 1, answers
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ})


def test_one_cohort_and_scheme_are_shared_by_two_threads() -> None:
    cohort, scheme = rm.synthetic.demo()
    alone = rm.match(*rm.synthetic.demo()).to_dict()
    ready = threading.Barrier(2)

    def work(_: int) -> list[Any]:
        ready.wait()
        result = rm.match(cohort, scheme)
        forced = rm.what_if(result, forbid=[result.made.pairs[0]])
        return [result.to_dict(), forced.to_dict()]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(work, range(2))
    assert first == second
    assert first[0] == alone


def test_a_time_limit_holds_in_a_thread_too() -> None:
    """A large cohort is stopped where it stands, with a valid pairing or none."""
    cohort = rm.synthetic.cohort(1500, 1500, seed=3)
    scheme = rm.synthetic.demo()[1]
    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(rm.match, cohort, scheme, time_limit=0.5).result()
    assert time.monotonic() - began < 60
    assert result.status in (rm.Status.FEASIBLE, rm.Status.NO_SOLUTION_FOUND, rm.Status.OPTIMAL)
    if result.matching is not None:
        assert rm.check(result) == []
