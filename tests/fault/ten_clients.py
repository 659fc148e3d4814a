"""Ten training processes log through the real client at once for a minute, and the server is killed in the middle.
The clients wait and try again by themselves: nothing is lost, nothing is there twice.
"""

import os
import subprocess
import sys
import time

import pytest
from mlflow import MlflowClient

from slipway import ADMIN, Fresh, engines

SECONDS = float(os.environ.get("TEN_CLIENTS_SECONDS", 60))

TRAINING = """
import sys, time, mlflow
from mlflow.entities import Metric
end = time.monotonic() + float(sys.argv[1])
mlflow.set_experiment("Ten at once")
with mlflow.start_run() as run:
    mlflow.log_params({"seed": sys.argv[2], "rate": 0.1})
    client, step = mlflow.MlflowClient(), 0
    while time.monotonic() < end:
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
        client.log_batch(run.info.run_id, [Metric("lr", 0.1, step, 10 * step + n) for n in range(10)])
        if step % 20 == 0:
            mlflow.set_tag("reached", step)
        step += 1
print(run.info.run_id, step)
"""


@pytest.mark.parametrize("engine", engines())
def test_ten_processes_and_a_server_that_dies(engine, monkeypatch):
    with Fresh(engine) as server:
        server.add_user(ADMIN, "--admin")
        server.start()
        uri = server.tracking_uri(server.new_project())
        told = os.environ | {"MLFLOW_TRACKING_URI": uri, "MLFLOW_TRACKING_TOKEN": server.token(ADMIN)}
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", server.token(ADMIN))
        client = MlflowClient(uri)
        client.create_experiment("Ten at once")
        begun = time.monotonic()
        clients = [subprocess.Popen([sys.executable, "-c", TRAINING, str(SECONDS), str(n)], env=told, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True) for n in range(10)]
        deaths = 0
        while time.monotonic() - begun < SECONDS * 0.8:
            time.sleep(SECONDS / 4)
            server.kill()
            time.sleep(0.5)
            server.start()
            deaths += 1
        ends = [process.communicate(timeout=SECONDS + 120) for process in clients]
        logged = [out.split()[-2:] for out, error in ends if out.strip() or pytest.fail(error[-2000:])]
        audit = server.command("audit", "verify")
        points = check(client, logged)
    assert audit.returncode == 0 and deaths >= 3
    print(f"{engine}: {points} points of {len(logged)} processes over {deaths} deaths")


def check(client, logged):
    points = 0
    for run, steps in logged:
        steps = int(steps)
        loss = [(point.step, point.value) for point in client.get_metric_history(run, "loss")]
        assert sorted(loss) == [(step, 1 / (step + 1)) for step in range(steps)]
        rates = [point.step for point in client.get_metric_history(run, "lr")]
        assert sorted(rates) == list(range(10 * steps))
        read = client.get_run(run)
        assert read.info.status == "FINISHED" and int(read.data.tags["reached"]) == (steps - 1) // 20 * 20
        points += 11 * steps
    assert points > 1000
    return points
