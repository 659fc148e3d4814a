"""Sources that the real client has filled: MLflow's own server, and an mlruns folder of its file store."""

import os
import pathlib
import secrets
import tempfile

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from sklearn.linear_model import LogisticRegression

from reference import Reference
from registered import register
from slipway import ADMIN, Fresh, create_database, engines, postgres
from traced import evaluate, trace

# The client has put the file store behind a switch.
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"

DAY = 1_700_000_000_000
LONG = 2_500
SMALL = 52


class Source:
    """What `slipway import mlflow` is pointed at, and the client that reads the same."""

    def __init__(self, name, uri):
        self.name, self.uri = name, uri
        self.client = MlflowClient(uri)
        self.told = None


@pytest.fixture(scope="session")
def server():
    with Reference() as reference:
        fill(reference.url)
        yield Source(reference.url, reference.url)


@pytest.fixture(scope="session")
def server_on_postgres():
    """The same on MLflow's other usual store."""
    name = f"mlflow_{secrets.token_hex(6)}"
    with Reference(create_database(name)) as reference:
        fill(reference.url)
        yield Source(reference.url, reference.url)
    with postgres() as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def folder():
    with tempfile.TemporaryDirectory(prefix="mlruns-") as home:
        path = pathlib.Path(home) / "mlruns"
        fill(f"file:{path}")
        yield Source(str(path), f"file:{path}")


@pytest.fixture(params=["server", "folder"])
def source(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=engines())
def store(request, monkeypatch):
    """A server of its own for each story, since ids of runs are unique in a workspace. It runs while things are imported."""
    for name in ("TOKEN", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"MLFLOW_TRACKING_{name}", raising=False)
    with Fresh(request.param) as server:
        server.add_user(ADMIN, "--admin")
        yield server.start()


def fill(uri):
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(uri)
    try:
        train(MlflowClient(uri))
        bulk(MlflowClient(uri))
        odd(MlflowClient(uri))
        register(MlflowClient(uri))
        trace(MlflowClient(uri))
        if uri.startswith("http"):
            evaluate(MlflowClient(uri))
    finally:
        mlflow.set_tracking_uri(before)
        mlflow.tracking.fluent._active_experiment_id = None
        os.environ.pop("MLFLOW_EXPERIMENT_ID", None)


def train(client):
    """Two real trainings, with models, datasets and nested artifacts."""
    mlflow.set_experiment("Churn: linear")
    mlflow.set_experiment_tags({"team": "growth", "note": "two\nlines"})
    rows = np.random.default_rng(7).random((80, 2))
    labels = (rows.sum(axis=1) > 1).astype(int)
    frame = pd.DataFrame(rows, columns=["visits", "calls"])
    for strength in (0.1, 1.0):
        with mlflow.start_run(run_name=f"C={strength} é 'quoted'"):
            mlflow.log_params({"C": strength, "nested/key": "a b", "lines": "one\ntwo: three"})
            mlflow.log_input(mlflow.data.from_pandas(frame, name="calls"), context="training")
            model = LogisticRegression(C=strength).fit(rows, labels)
            mlflow.log_text("report", "deep/er/report ü.txt")
            info = mlflow.sklearn.log_model(model, name="linear", input_example=frame.head(2), pip_requirements=["scikit-learn"])
            mlflow.log_metric("auc", model.score(rows, labels), step=3, model_id=info.model_id)
            mlflow.set_tag("reviewed", "")
    with mlflow.start_run(run_name="reads a model"):
        mlflow.log_metric("loss", 1.5)
        client.log_inputs(mlflow.active_run().info.run_id, models=[mlflow.entities.LoggedModelInput(info.model_id)])


def bulk(client):
    """More runs than a page, and a series longer than a batch."""
    experiment = client.create_experiment("Bulk")
    for number in range(SMALL):
        run = client.create_run(experiment, start_time=DAY + number, run_name=f"small {number}").info.run_id
        metrics = [Metric(f"m{key}", number / 7, DAY + step, step) for key in range(4 if number % 10 == 0 else 1) for step in range(5)]
        client.log_batch(run, metrics=metrics, params=[Param("n", str(number))])
        client.set_terminated(run, "FAILED" if number % 5 == 0 else "FINISHED", end_time=DAY + 1000 + number)
    run = client.create_run(experiment, start_time=DAY - 1, run_name="long").info.run_id
    points = [Metric("long/series", step * 0.1, DAY + step // 3, step) for step in range(LONG)]
    for begin in range(0, LONG, 1000):
        client.log_batch(run, metrics=points[begin : begin + 1000])
    client.set_terminated(run, "KILLED", end_time=DAY + 7)


def odd(client):
    """What deleted, running and strange runs look like."""
    run = client.create_run("0", run_name="in the Default experiment").info.run_id
    client.log_metric(run, "loss", 0.25)
    values = [1.0, float("nan"), float("inf"), float("-inf"), -0.0]
    for step, value in enumerate(values):
        client.log_metric(run, "strange", value, timestamp=DAY + step, step=step)
    client.log_metric(run, "negative", 1.0, timestamp=DAY, step=-5)
    gone = client.create_experiment("Gone")
    run = client.create_run(gone, run_name="went with its experiment").info.run_id
    client.log_metric(run, "loss", 1)
    client.log_text(run, "gone too", "note.txt")
    client.set_terminated(run)
    client.delete_experiment(gone)
    alive = client.create_experiment("Partly gone")
    client.create_run(alive, run_name="still runs")
    deleted = client.create_run(alive, run_name="deleted").info.run_id
    client.log_batch(deleted, metrics=[Metric("loss", 3, DAY, 0)], params=[Param("p", "1")])
    client.log_text(deleted, "kept", "kept.txt")
    client.delete_run(deleted)
    elsewhere = client.create_experiment("Elsewhere", artifact_location="s3://bucket/elsewhere")
    client.log_metric(client.create_run(elsewhere, run_name="with artifacts in a bucket").info.run_id, "loss", 2)
