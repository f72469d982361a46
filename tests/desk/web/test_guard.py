"""Who is let into a desk: each line of the security checks, on the real application."""

from __future__ import annotations

import hashlib
import json
import socket
import stat
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from tests.helpers.desks import PORT, OpenDesk, demo_folder, open_desk, served_desk, token_of

from rmmatch.cli import main
from rmmatch.desk.web.guarding import HEADERS, MAX_UPLOAD_BYTES


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> OpenDesk:
    opened = open_desk(demo_folder(tmp_path_factory.mktemp("guard") / "scheme"))
    opened.folder.pair()
    return opened


PAGES = ["/", "/people", "/rules", "/review", "/review?view=table", "/approve", "/send"]


@pytest.mark.parametrize("path", PAGES)
def test_a_browser_that_was_let_in_reads_every_page(desk: OpenDesk, path: str) -> None:
    answer = desk.get(path)
    assert answer.status_code == 200
    assert "Nothing you see here leaves it." in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/static/page.css", "/nothing"])
def test_without_the_cookie_nothing_is_read(desk: OpenDesk, path: str) -> None:
    answer = desk.client.get(path, headers={"cookie": ""})
    assert answer.status_code == 403
    assert "Mentee" not in answer.text


@pytest.mark.parametrize(
    "host",
    [
        "attacker.test",
        f"attacker.test:{PORT}",
        "127.0.0.1",  # without the port
        f"127.0.0.1:{PORT + 1}",
        f"127.0.0.1.attacker.test:{PORT}",
        f"localhost.:{PORT}",
        "",
    ],
)
def test_a_forged_host_is_misdirected_even_with_the_cookie(desk: OpenDesk, host: str) -> None:
    assert desk.client.get("/review", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
def test_the_names_of_this_computer_are_right(desk: OpenDesk, name: str) -> None:
    answer = desk.client.get(
        "/",
        headers={"host": f"{name}:{PORT}", "cookie": desk.door.cookie.split(";")[0]},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://attacker.test"},
        {"origin": "null"},
        {"origin": f"http://127.0.0.1:{PORT + 1}"},
        {"origin": f"https://127.0.0.1:{PORT}"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_site_gets_nothing(desk: OpenDesk, headers: dict[str, str], method: str) -> None:
    own = {"X-Rmmatch-Desk": desk.door.csrf}
    answer = desk.client.request(method, "/review", headers={**own, **headers})
    assert answer.status_code == 403


@pytest.mark.parametrize("headers", [{}, {"X-Rmmatch-Desk": "wrong"}, {"X-Rmmatch-Desk": ""}])
def test_a_post_that_no_page_of_the_desk_made_does_nothing(
    desk: OpenDesk, headers: dict[str, str]
) -> None:
    n_acts = len(desk.folder.current.acts)
    for path in ("/review/undo", "/review/keep", "/pair", "/close"):
        assert desk.client.post(path, headers=headers).status_code == 403
    assert len(desk.folder.current.acts) == n_acts


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused(desk: OpenDesk, method: str) -> None:
    answer = desk.client.request(method, "/", headers={"X-Rmmatch-Desk": desk.door.csrf})
    assert answer.status_code == 403


def test_a_token_opens_once_and_its_cookie_is_for_this_desk_alone(
    desk: OpenDesk, tmp_path: Path
) -> None:
    file = tmp_path / "enter.html"
    desk.door.write_file(file)
    token = token_of(file)
    first = desk.client.post("/enter", data={"token": token})
    assert first.status_code == 303
    assert first.headers["location"] == "/opened"
    cookie = first.headers["set-cookie"]
    assert cookie.startswith(f"rmmatch-desk-{PORT}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert token not in cookie
    again = desk.client.post("/enter", data={"token": token})
    assert again.status_code == 403
    assert "set-cookie" not in again.headers
    # the file holds the next one, so that a browser that was closed can come back
    assert token_of(file) != token
    assert desk.client.post("/enter", data={"token": token_of(file)}).status_code == 303


@pytest.mark.parametrize(
    ("body", "origin"),
    [
        ("token=wrong", "null"),
        ("", "null"),
        ("token=", "null"),
        ("token=a&token=b", "null"),
        ("token=" + "a" * 5_000, "null"),
        ("token=%ff%00", "null"),
        ("token=wrong", "https://attacker.test"),
    ],
)
def test_a_wrong_token_opens_nothing(desk: OpenDesk, body: str, origin: str) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": origin}
    answer = desk.client.post("/enter", content=body, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_the_file_that_lets_in_is_read_by_its_owner_alone(desk: OpenDesk, tmp_path: Path) -> None:
    file = tmp_path / "enter.html"
    desk.door.write_file(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "GET" not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../desk.py",
        "/static/..%2fdesk.py",
        "/static/%2e%2e/desk.py",
        "/static/manifest.json",
        "/static//etc/passwd",
        "/static/htmx.min.js/",
        "/../../etc/passwd",
        "/send/file?key=../people.csv",
        "/send/file?key=/etc/passwd",
        "/send/file",
        "/people.csv",
    ],
)
def test_no_path_leads_out(desk: OpenDesk, path: str) -> None:
    answer = desk.client.get(path)
    assert answer.status_code == 404
    assert "root:" not in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/static/htmx.min.js", "/nothing", "/opened"])
def test_every_answer_carries_the_headers(desk: OpenDesk, path: str) -> None:
    answer = desk.get(path)
    for name, text in HEADERS.items():
        assert answer.headers[name] == text
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")


def test_answers_that_refuse_carry_them_too(desk: OpenDesk) -> None:
    for answer in (
        desk.client.get("/", headers={"cookie": ""}),
        desk.client.get("/", headers={"host": "attacker.test"}),
        desk.client.post("/pair"),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_script_or_a_style_of_its_own(desk: OpenDesk, path: str) -> None:
    text = desk.get(path).text
    assert "<style" not in text
    assert " style=" not in text
    assert "hx-on" not in text
    assert "js:" not in text
    assert "javascript:" not in text
    assert text.count("<script") == text.count('<script src="/static/')
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text
    config = text.split('name="htmx-config" content=\'')[1].split("'")[0]
    assert json.loads(config) == {
        "allowEval": False,
        "includeIndicatorStyles": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "historyEnabled": False,
        "scrollIntoViewOnBoost": False,
    }


def test_htmx_is_what_the_manifest_says(desk: OpenDesk) -> None:
    static = files("rmmatch.desk.web").joinpath("static")
    manifest = json.loads(static.joinpath("manifest.json").read_text(encoding="utf-8"))
    for name, entry in manifest.items():
        content = static.joinpath(name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert f'version:"{entry["version"]}"' in content.decode()
    assert desk.get("/static/htmx.min.js").content == static.joinpath("htmx.min.js").read_bytes()


def test_our_own_script_is_short() -> None:
    script = files("rmmatch.desk.web").joinpath("static", "desk.js").read_text(encoding="utf-8")
    assert len(script.splitlines()) <= 100


def test_an_upload_that_is_too_large_is_refused(desk: OpenDesk) -> None:
    content = b"a" * (MAX_UPLOAD_BYTES + 1)
    answer = desk.post("/people/export", files={"export": ("a.csv", content)})
    assert answer.status_code == 413
    # also where nobody says how large it is
    headers = {
        "X-Rmmatch-Desk": desk.door.csrf,
        "content-type": "multipart/form-data; boundary=b",
    }
    start = b'--b\r\ncontent-disposition: form-data; name="export"; filename="a.csv"\r\n\r\n'
    pieces = (start, *(b"a" * 1_000_000 for _ in range(21)), b"\r\n--b--\r\n")
    answer = desk.client.post("/people/export", content=iter(pieces), headers=headers)
    assert answer.status_code == 413


def test_a_websocket_is_closed(desk: OpenDesk) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), desk.client.websocket_connect("/review"):
        pass


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory):
    with served_desk(demo_folder(tmp_path_factory.mktemp("served") / "scheme")) as served:
        yield served


def raw(port: int, text: str, host: str = "127.0.0.1") -> str:
    with socket.create_connection((host, port), timeout=20) as connection:
        connection.sendall(text.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer.decode("latin-1")


def test_over_a_real_socket_the_guard_stands_too(served) -> None:
    port = int(served.address.rsplit(":", 1)[1].strip("/"))
    own = f"Host: 127.0.0.1:{port}\r\nConnection: close\r\n"
    assert " 403 " in raw(port, f"GET / HTTP/1.1\r\n{own}\r\n").splitlines()[0]
    for text in (
        "GET / HTTP/1.1\r\nHost: attacker.test\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: attacker.test\r\n{own}\r\n",
        f"GET http://attacker.test/ HTTP/1.1\r\nHost: attacker.test:{port}\r\n\r\n",
    ):
        line = raw(port, text).splitlines()[0]
        assert " 421 " in line or " 400 " in line
    answer = raw(port, f"GET /..%2f..%2fetc/passwd HTTP/1.1\r\n{own}\r\n")
    assert " 403 " in answer.splitlines()[0]
    assert "server:" not in answer.lower()


def test_it_listens_to_this_computer_alone(served) -> None:
    port = int(served.address.rsplit(":", 1)[1].strip("/"))
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        place, state = line.split()[1], line.split()[3]
        if state == "0A" and int(place.split(":")[1], 16) == port:
            assert place.startswith("0100007F:")
            break
    else:
        pytest.fail("nobody listens")
    from rmmatch.desk.web import serving

    assert serving._HOST == "127.0.0.1"


def test_no_token_is_in_the_list_of_processes(served) -> None:
    token = token_of(served.enter_file)
    shown = subprocess.run(["ps", "axeww"], capture_output=True, text=True, check=True).stdout
    assert str(served.process.pid) in shown
    assert token not in shown
    assert token not in "".join(served.lines)
    assert stat.S_IMODE(served.enter_file.stat().st_mode) == 0o600


def test_there_is_no_option_for_another_host(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["desk", "scheme", "--host", "0.0.0.0"]) == 2
    assert "--host" in capsys.readouterr().err
