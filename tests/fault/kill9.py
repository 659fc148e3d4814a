"""Thirty times in a row the server is killed in the middle of its work. Whatever it had answered is there, none of it twice.

Each worker keeps a journal of what was answered; a request without an answer may have happened or not, but never by half.
"""

import collections
import os
import random
import secrets
import threading
import time

from slipway import ADMIN, Fresh
from wire import Wire

CYCLES = int(os.environ.get("KILL9_CYCLES", 30))
WORKERS = 6


class Journal:
    """What one worker asked for (`asked`) and what was answered (`done`)."""

    def __init__(self):
        self.points, self.runs, self.experiments = {}, {}, {}
        self.asked = collections.Counter()


class Worker(threading.Thread):
    def __init__(self, server, uri, journal, run, stop):
        super().__init__(daemon=True)
        self.wire, self.journal, self.run_id, self.stop = Wire(uri, server.token(ADMIN)), journal, run, stop
        self.choose = random.Random(secrets.token_bytes(8))

    def run(self):
        while not self.stop.is_set():
            try:
                self.choose.choices([self.point, self.batch, self.begin, self.propose], [60, 20, 12, 8])[0]()
            except OSError:  # no answer: the server is gone
                return

    def point(self):
        key, step, value = self.new("point"), len(self.journal.points), self.choose.random()
        self.wire.post("runs/log-metric", run_id=self.run_id, key=key, value=value, timestamp=step, step=step)
        self.journal.points[key] = [(step, value)]

    def batch(self):
        key = self.new("batch")
        values = [(step, self.choose.random()) for step in range(50)]
        metrics = [{"key": key, "value": value, "timestamp": step, "step": step} for step, value in values]
        self.wire.post("runs/log-batch", run_id=self.run_id, metrics=metrics, tags=[{"key": key, "value": "whole"}])
        self.journal.points[key] = values

    def begin(self):
        name = self.new("run")
        made = self.wire.post("runs/create", experiment_id="0", run_name=name, start_time=1, tags=[{"key": "name", "value": name}])
        self.journal.runs[name] = made["run"]["info"]["run_id"]

    def propose(self):
        name = self.new("experiment")
        self.journal.experiments[name] = self.wire.post("experiments/create", name=name)["experiment_id"]

    def new(self, kind):
        """A name that was never used; it is in the journal before the request goes out."""
        name = f"{kind}-{secrets.token_hex(6)}"
        self.journal.asked[name] += 1
        return name


def test_an_answered_write_survives():
    began = time.monotonic()
    with Fresh("sqlite") as server:
        server.add_user(ADMIN, "--admin")
        server.start()
        uri = server.tracking_uri(server.new_project())
        journals = [Journal() for _ in range(WORKERS)]
        runs = [Wire(uri, server.token(ADMIN)).post("runs/create", experiment_id="0", start_time=0)["run"]["info"]["run_id"] for _ in journals]
        cycles, slowest = 0, 0
        while cycles < CYCLES:
            slowest = max(slowest, one_life(server, uri, journals, runs))
            cycles += 1
            check_recent(server, uri, journals, runs)
        audit = server.command("audit", "verify")
        assert audit.returncode == 0, audit.stdout + audit.stderr
        check_all(Wire(uri, server.token(ADMIN)), journals, runs)
    answered = sum(len(j.points) + len(j.runs) + len(j.experiments) for j in journals)
    asked = sum(len(j.asked) for j in journals)
    print(f"{cycles} kills, {answered} answered writes of {asked}, slowest start {slowest:.2f} s, {time.monotonic() - began:.0f} s")
    assert answered > 20 * CYCLES
    assert slowest < 10


def one_life(server, uri, journals, runs):
    """Work, death at a random moment, and how long the next start takes."""
    stop = threading.Event()
    workers = [Worker(server, uri, journal, run, stop) for journal, run in zip(journals, runs)]
    for worker in workers:
        worker.start()
    time.sleep(random.uniform(0.2, 1.2))
    server.kill()
    stop.set()
    for worker in workers:
        worker.join(20)
        assert not worker.is_alive()
    start = time.monotonic()
    server.start()
    return time.monotonic() - start


def check_recent(server, uri, journals, runs):
    """The last writes before the death, of each kind: they are the ones in danger."""
    wire = Wire(uri, server.token(ADMIN))
    for journal, run in zip(journals, runs):
        for key in list(journal.points)[-3:]:
            assert history(wire, run, key) == journal.points[key]
        for name in list(journal.runs)[-2:]:
            assert wire.get("runs/get", run_id=journal.runs[name])["run"]["info"]["run_name"] == name
        for name in list(journal.experiments)[-2:]:
            assert wire.get("experiments/get-by-name", experiment_name=name)["experiment"]["experiment_id"] == journal.experiments[name]


def check_all(wire, journals, runs):
    for journal, run in zip(journals, runs):
        data = wire.get("runs/get", run_id=run)["run"]["data"]
        latest = {metric["key"]: metric["value"] for metric in data["metrics"]}
        tags = {tag["key"] for tag in data["tags"]}
        for key, points in journal.points.items():
            assert latest[key] == points[-1][1]
        for key in set(latest) - set(journal.points):
            assert journal.asked[key], f"{key} was never asked for"
        # A batch is whole: its tag and its fifty points, or nothing.
        for key in (key for key in journal.asked if key.startswith("batch")):
            assert len(history(wire, run, key)) == (50 if key in latest else 0)
            assert (key in latest) == (key in tags)
    made = collections.Counter(tag_of(found) for found in pages(wire, "runs/search", "runs", experiment_ids=["0"], run_view_type="ALL"))
    named = collections.Counter(found["name"] for found in pages(wire, "experiments/search", "experiments"))
    for journal in journals:
        assert all(made[name] == 1 for name in journal.runs) and all(named[name] == 1 for name in journal.experiments)
        assert all(made[name] <= 1 and named[name] <= 1 for name in journal.asked)


def history(wire, run, key):
    points = wire.get("metrics/get-history", run_id=run, metric_key=key, max_results=1000).get("metrics", [])
    return [(point["step"], point["value"]) for point in points]


def tag_of(run):
    return next((tag["value"] for tag in run["data"].get("tags", []) if tag["key"] == "name"), None)


def pages(wire, route, field, **fields):
    token = None
    while True:
        page = wire.post(route, max_results=1000, page_token=token, **fields)
        yield from page.get(field, [])
        token = page.get("next_page_token")
        if not token:
            return
