"""The program from the command line: first start, people, tokens, one server to a folder, a log that can be checked."""

import concurrent.futures
import contextlib
import gzip
import itertools
import pathlib
import re
import resource
import shutil
import socket
import sqlite3
import subprocess
import time

import pytest
import requests

from api import Api
from slipway import ADMIN, PASSWORD, PROGRAM, Fresh, email


@pytest.fixture
def server(slipway):
    """A server of its own, on the same engine, not started yet."""
    with Fresh("postgres" if slipway.database else "sqlite") as server:
        yield server


def test_the_first_start_prints_a_link_that_works_once(server):
    server.start()
    assert requests.get(server.url + "/api/v1/setup", timeout=5).json()["needed"] is True
    printed = server.log.read_text()
    link = re.search(r"https?://\S+/setup\S*", printed).group()
    sam = {"link": link, "name": "Sam", "email": ADMIN, "password": PASSWORD}
    nobody = Api(server.url)
    nobody.refused(400, "POST", "/api/v1/setup", sam | {"password": "short"})
    assert nobody.send("POST", "/api/v1/setup", sam | {"link": link[:-4] + "aaaa"}).status_code in (400, 401, 403, 404)
    nobody.post("/api/v1/setup", sam)
    assert 400 <= nobody.send("POST", "/api/v1/setup", sam | {"email": "mallory@slipway.test"}).status_code < 500
    assert requests.get(server.url + "/api/v1/setup", timeout=5).json()["needed"] is False
    assert server.api(ADMIN).get("/api/v1/me")["user"]["admin"] is True


def test_people_and_tokens_while_the_server_runs(server):
    server.add_user(ADMIN, "--admin")
    server.start()
    server.add_user(email("Dana"))
    key = server.new_project()
    server.join(key, "Dana")
    dana = server.api(email("Dana"))
    me = dana.get("/api/v1/me")
    assert (me["user"]["email"], me["token"]["scope"]) == (email("Dana"), "full")
    assert server.api(email("Dana"), "--scope", "read").get("/api/v1/me")["token"]["scope"] == "read"


def test_what_the_command_line_refuses(server):
    server.add_user(ADMIN, "--admin")
    twice = server.command("user", "add", ADMIN, "--password-stdin", input=PASSWORD)
    short = server.command("user", "add", "a@slipway.test", "--password-stdin", input="123\n")
    wrong = server.command("user", "add", "no address", "--password-stdin", input=PASSWORD)
    nobody = server.command("token", "new", "--user", "nobody@slipway.test", "--name", "x")
    scope = server.command("token", "new", "--user", ADMIN, "--name", "x", "--scope", "everything")
    for refused in (twice, short, wrong, nobody, scope):
        assert refused.returncode != 0 and refused.stdout == "" and refused.stderr.strip()
        assert "panicked" not in refused.stderr


def test_a_second_server_on_the_folder_refuses(server):
    server.add_user(ADMIN, "--admin")
    server.start()
    second = subprocess.run([PROGRAM, "serve", "--data", str(server.folder), "--listen", "127.0.0.1:0"],
                            capture_output=True, text=True, timeout=20)
    assert second.returncode != 0 and "panicked" not in second.stderr
    assert str(server.folder) in second.stderr
    assert server.ready()
    server.kill()
    server.start()


def test_it_listens_elsewhere_only_with_an_admin(server):
    command = [PROGRAM, "serve", "--data", str(server.folder), "--listen", f"0.0.0.0:{server.port}"]
    if server.database:
        command += ["--database", server.database]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert refused.returncode != 0 and "admin" in refused.stderr


def test_a_changed_log_is_noticed(server):
    server.add_user(ADMIN, "--admin")
    server.start()
    for _ in range(3):
        server.new_project()
    assert server.command("audit", "verify").returncode == 0
    server.stop()
    good = server.command("audit", "verify")
    assert good.returncode == 0 and good.stdout.startswith("good:")
    if server.database:
        return
    copy = server.folder.parent / "copy"
    shutil.copytree(server.folder, copy)
    (file,) = [file for file in copy.iterdir() if file.suffix in (".db", ".sqlite")]
    server.folder = copy
    with sqlite3.connect(file) as database:
        database.execute("INSERT INTO bundle (digest, body, at) VALUES ('made up', '{}', 0)")
    forged = server.command("audit", "verify")
    assert forged.returncode == 4 and forged.stdout.startswith("differs: the bundle made up")
    with sqlite3.connect(file) as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("UPDATE event SET body = '{}' WHERE seq = 2")
    assert server.command("audit", "verify").returncode == 3


def test_a_stopped_server_goes_on_where_it_was(server):
    server.add_user(ADMIN, "--admin")
    server.start()
    key = server.new_project()
    server.stop()
    assert server.process.returncode == 0
    server.start()
    assert server.api(ADMIN).get(f"/api/v1/projects/{key}")["key"] == key


def test_it_stops_while_pages_are_open(server):
    server.add_user(ADMIN, "--admin")
    server.start()
    stream = requests.get(f"{server.url}/api/v1/live", headers={"Authorization": f"Bearer {server.token(ADMIN)}"}, stream=True, timeout=30)
    assert stream.status_code == 200
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < 5 and server.process.returncode == 0


def test_half_a_request_keeps_nobody_out(server):
    """More of them than a process may open files where nobody asked for more."""
    ours, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, most))
    server.start()
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, most), most))
    with contextlib.ExitStack() as halves:
        halves.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (ours, most))
        for _ in range(1_500):
            half = halves.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=5))
            half.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: ")
        assert requests.get(f"{server.url}/health", timeout=5).status_code == 200


def test_what_is_small_on_the_wire_costs_little_memory(server):
    server.add_user(ADMIN, "--admin")
    key = server.start().new_project()
    bearer = {"Authorization": f"Bearer {server.token(ADMIN)}", "Content-Type": "application/json", "Content-Encoding": "gzip"}
    packed = gzip.compress(b" " * (39 << 20) + b"{}")

    def send(experiment):
        headers = bearer | {"x-mlflow-experiment-id": experiment}
        return requests.post(f"{server.url}/p/{key}/v1/traces", data=packed, headers=headers, timeout=60).status_code

    def peak():
        status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) >> 10

    with concurrent.futures.ThreadPoolExecutor(24) as many:
        before = peak()
        assert set(many.map(send, ["404"] * 48)) == {404}
        assert peak() - before < 50, "nothing is unpacked"
        assert set(many.map(send, ["0"] * 48)) == {400}, "it holds no spans"
        assert peak() - before < 300, "some at a time"


def test_a_start_that_fails_leaves_nothing_behind(server):
    server.folder.parent.mkdir(exist_ok=True)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"localhost:{other.getsockname()[1]}"
        refused = subprocess.run([PROGRAM, "serve", "--data", str(server.folder), "--listen", taken],
                                 capture_output=True, text=True, timeout=20)
    assert refused.returncode == 2 and "Choose another port" in refused.stderr
    assert not server.folder.exists()


@pytest.mark.parametrize("setting, why", [
    ('listen = "nowhere"', "127.0.0.1:7117"), ("proxy = ['x']", "proxy"), ("colour = 1", "colour"), ("listen =", "--config"),
])
def test_a_wrong_settings_file_is_named(server, setting, why):
    file = server.folder.parent / "settings.toml"
    file.write_text(setting)
    refused = subprocess.run([PROGRAM, "serve", "--config", str(file)], capture_output=True, text=True, timeout=20)
    assert refused.returncode == 2 and why in refused.stderr and "panicked" not in refused.stderr


def test_only_a_named_proxy_says_who_asks(server):
    server.add_user(ADMIN, "--admin")

    numbers = itertools.count()

    def guess(asker):
        body = {"email": ADMIN, "password": f"wrong {next(numbers)}"}
        headers = {"X-Forwarded-For": asker}
        return requests.post(f"{server.url}/api/v1/session", json=body, headers=headers, timeout=20).status_code

    server.start("--proxy", "127.0.0.1")
    assert [guess("203.0.113.1") for _ in range(7)][-1] == 429
    assert guess("203.0.113.2") == 401
    server.stop()
    server.start()
    assert [guess("203.0.113.1") for _ in range(7)][-1] == 429
    assert guess("203.0.113.2") == 429


def test_passwords_are_nowhere(server):
    server.add_user(ADMIN, "--admin")
    token = server.token(ADMIN)
    server.start()
    Api(server.url).post("/api/v1/session", {"email": ADMIN, "password": PASSWORD})
    Api(server.url).refused(401, "POST", "/api/v1/session", {"email": ADMIN, "password": "wrong " + PASSWORD})
    server.stop()
    for file in [server.log, *server.folder.rglob("*")]:
        if file.is_file():
            content = file.read_bytes()
            assert PASSWORD.encode() not in content and token.encode() not in content, file
