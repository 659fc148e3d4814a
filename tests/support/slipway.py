"""The real program on a fresh store, started and ended by the tests."""

import itertools
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

import requests

from api import Api

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("SLIPWAY", str(ROOT / "target/release/slipway"))
PASSWORD = "correct horse battery staple"
PATIENCE = 20


class Slipway:
    """A server with its data folder, and a PostgreSQL database where one is named."""

    def __init__(self, folder, database=None):
        self.folder, self.database = pathlib.Path(folder), database
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.folder.parent / f"{self.folder.name}.log"
        self.process = None
        self.tokens = {}
        self.numbers = itertools.count(1)

    def start(self, *flags):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*self.serve(), *flags], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"slipway did not get ready:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.02)
        return self

    def serve(self):
        command = [PROGRAM, "serve", "--data", str(self.folder), "--listen", f"127.0.0.1:{self.port}"]
        return command + (["--database", self.database] if self.database else [])

    def ready(self):
        try:
            return requests.get(f"{self.url}/health", timeout=2).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def stop(self):
        self.end(signal.SIGTERM)

    def kill(self):
        self.end(signal.SIGKILL)

    def end(self, how):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE)

    def command(self, *words, **options):
        """One command line of the program on this server's store."""
        store = ["--database", self.database] if self.database else ["--data", str(self.folder)]
        return subprocess.run([PROGRAM, *words, *store], capture_output=True, text=True, timeout=60, **options)

    def add_user(self, email, *flags):
        done = self.command("user", "add", email, "--password-stdin", *flags, input=PASSWORD + "\n")
        assert done.returncode == 0, done.stderr

    def token(self, email, *flags):
        """The secret of a new token; without further flags the same one each time."""
        if not flags and email in self.tokens:
            return self.tokens[email]
        done = self.command("token", "new", "--user", email, "--name", "tests", *flags)
        assert done.returncode == 0, done.stderr
        secret = done.stdout.strip()
        assert secret and " " not in secret and "\n" not in secret, "the token alone is printed"
        return secret if flags else self.tokens.setdefault(email, secret)

    def new_project(self):
        key = f"P{next(self.numbers)}"
        self.api(ADMIN).post("/api/v1/projects", {"key": key, "name": f"Project {key}"})
        return key

    def join(self, key, who, role="member", trades=(), duties=()):
        """Makes somebody a member of the project, who signs up where new; gives their API."""
        seat = {"role": role, "trades": list(trades), "duties": list(duties)}
        member = self.api(ADMIN).put(f"/api/v1/projects/{key}/members/{email(who)}", seat)
        if member.get("invite_url"):
            invitation = {"link": member["invite_url"], "name": who, "password": PASSWORD}
            Api(self.url).post("/api/v1/invitation", invitation)
        return self.api(email(who))

    def tracking_uri(self, key):
        return f"{self.url}/p/{key}"

    def api(self, email, *flags):
        return Api(self.url, self.token(email, *flags))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def email(who):
    return f"{who.lower()}@slipway.test"


ADMIN = email("Sam")


class Fresh:
    """A store that nobody has used, gone when the block ends."""

    def __init__(self, engine):
        self.engine = engine

    def __enter__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="slipway-tests-"))
        self.name = f"slipway_{secrets.token_hex(6)}"
        database = create_database(self.name) if self.engine == "postgres" else None
        self.slipway = Slipway(self.home / "data", database)
        return self.slipway

    def __exit__(self, *_):
        self.slipway.stop()
        if self.engine == "postgres":
            with postgres() as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        shutil.rmtree(self.home, ignore_errors=True)


def create_database(name):
    with postgres() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return urllib.parse.urlsplit(os.environ["TEST_POSTGRES"])._replace(path=f"/{name}").geturl()


def postgres():
    import psycopg

    return psycopg.connect(os.environ["TEST_POSTGRES"], autocommit=True)


def engines():
    return ["sqlite", "postgres"] if os.environ.get("TEST_POSTGRES") else ["sqlite"]
