"""Two servers on one PostgreSQL database take points of the same series at once, and one of them is killed twice.

What a node answered, the other node shows at once; in the end every answered point is there, none twice, on both.
"""

import os
import random
import threading
import time

import pytest
import requests

from slipway import ADMIN, Fresh, Slipway
from wire import Wire

WORKERS = 3
ARRIVAL = 1_700_000_000_000
APART = 1_000_000


class Worker(threading.Thread):
    """Logs to one node, repeats what was not answered, and looks at the other node whether it is there."""

    def __init__(self, number, here, there, run, stop):
        super().__init__(daemon=True, name=f"worker {number}")
        self.number, self.here, self.there, self.run_id, self.stop = number, here, there, run, stop
        self.step, self.points, self.runs, self.seen = number * APART, {}, [], 0
        self.failed = None

    def run(self):
        try:
            while not self.stop.is_set():
                random.choices([self.point, self.batch, self.begin], [70, 20, 10])[0]()
        except Exception as error:  # told by the test
            self.failed = error

    def point(self):
        step, value = self.next(1)[0], random.random()
        self.insist("runs/log-metric", run_id=self.run_id, key="shared", value=value, timestamp=ARRIVAL, step=step)
        self.points[step] = value
        if random.random() < 0.1:
            self.insist("runs/log-metric", run_id=self.run_id, key=self.name, value=value, timestamp=ARRIVAL, step=step)
            self.look(step)

    def batch(self):
        """The same key as the single points, and every worker's tag."""
        values = {step: random.random() for step in self.next(40)}
        metrics = [{"key": "shared", "value": value, "timestamp": ARRIVAL, "step": step} for step, value in values.items()]
        self.insist("runs/log-batch", run_id=self.run_id, metrics=metrics, tags=[{"key": self.name, "value": str(self.step)}])
        self.points |= values

    def begin(self):
        """A run is new each time it is asked for, so only answered ones are counted."""
        try:
            made = self.here.post("runs/create", experiment_id="0", start_time=1)
        except requests.RequestException:
            return
        self.runs.append(made["run"]["info"]["run_id"])

    def look(self, step):
        """The last of a series of its own, which the node here has answered, is what the node there shows."""
        try:
            latest = self.there.get("runs/get", run_id=self.run_id)["run"]["data"]["metrics"]
        except requests.RequestException:
            return
        assert [metric["step"] for metric in latest if metric["key"] == self.name] == [step]
        self.seen += 1

    def insist(self, route, **body):
        while True:
            try:
                return self.here.post(route, **body)
            except requests.RequestException:
                assert not self.stop.wait(0.05), "the node never came back"

    def next(self, count):
        self.step += count
        return range(self.step - count, self.step)


@pytest.mark.skipif("TEST_POSTGRES" not in os.environ, reason="needs TEST_POSTGRES")
def test_two_nodes_append_to_one_series(tmp_path):
    with Fresh("postgres") as first:
        second = Slipway(tmp_path / "second", first.database)
        shared = ("--artifacts", str(tmp_path / "artifacts"))
        first.add_user(ADMIN, "--admin")
        first.start(*shared)
        second.folder.mkdir()
        second.start(*shared)
        try:
            two_nodes(first, second, shared)
        finally:
            second.stop()


def two_nodes(first, second, shared):
    key, token = first.new_project(), first.token(ADMIN)
    wires = [Wire(node.tracking_uri(key), token) for node in (first, second)]
    run = wires[0].post("runs/create", experiment_id="0", start_time=0)["run"]["info"]["run_id"]
    stop = threading.Event()
    workers = []
    for number in range(2 * WORKERS):
        here, there = (first, second) if number % 2 else (second, first)
        nodes = [Wire(node.tracking_uri(key), token) for node in (here, there)]
        workers.append(Worker(number, *nodes, run, stop))
    for worker in workers:
        worker.start()
    for _ in range(2):
        time.sleep(3)
        second.kill()
        time.sleep(0.3)
        second.start(*shared)
    time.sleep(3)
    stop.set()
    for worker in workers:
        worker.join(30)
        assert not worker.is_alive() and worker.failed is None, worker.failed
        assert len(worker.points) > 100 and worker.runs
    assert sum(worker.seen for worker in workers) > 20

    answered = {step: value for worker in workers for step, value in worker.points.items()}
    for wire in wires:
        found = list(history(wire, run))
        assert len(found) == len(answered) and dict(found) == answered
        data = wire.get("runs/get", run_id=run)["run"]["data"]
        last = max(answered)
        assert [(metric["step"], metric["value"]) for metric in data["metrics"] if metric["key"] == "shared"] == [(last, answered[last])]
        assert {tag["key"] for tag in data["tags"]} >= {worker.name for worker in workers}
    made = [run for worker in workers for run in worker.runs]
    assert len(set(made)) == len(made)
    assert all(wires[0].get("runs/get", run_id=one) for one in made)
    audit = first.command("audit", "verify")
    assert audit.returncode == 0, audit.stdout + audit.stderr


def history(wire, run):
    token = None
    while True:
        page = wire.get("metrics/get-history", run_id=run, metric_key="shared", max_results=25_000, page_token=token)
        yield from ((point["step"], point["value"]) for point in page.get("metrics", []))
        token = page.get("next_page_token")
        if not token:
            return
