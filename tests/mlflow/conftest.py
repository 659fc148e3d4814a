"""What every story here begins with: the client pointed at a new project, and the same door without the client."""

import itertools
import os

import mlflow
import pytest
from mlflow import MlflowClient

from slipway import ADMIN
from wire import Wire
from world import World

numbers = itertools.count(1)


@pytest.fixture
def uri(slipway, key):
    return slipway.tracking_uri(key)


@pytest.fixture
def wire(slipway, uri):
    return Wire(uri, slipway.token(ADMIN))


@pytest.fixture
def client(slipway, uri, monkeypatch):
    """The client as a user sets it up: address and token in the environment."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    if token := slipway.token(ADMIN):
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", token)
    mlflow.set_tracking_uri(uri)
    yield MlflowClient()
    forget()


def forget():
    """The fluent functions keep a state of their own, which must not reach the next story."""
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.tracking.fluent._active_experiment_id = None
    os.environ.pop("MLFLOW_EXPERIMENT_ID", None)


@pytest.fixture
def fresh():
    """A name that no other story uses: MLflow's own server, the reference, has no projects to keep them apart."""
    return lambda name="experiment": f"{name} {next(numbers)}"


@pytest.fixture(scope="session")
def world(slipway):
    """The runs that searches ask for, in a project of their own."""
    return World(Wire(slipway.tracking_uri(slipway.new_project()), slipway.token(ADMIN)), "the world of searches")


@pytest.fixture
def experiment(wire, fresh):
    return wire.post("experiments/create", name=fresh())["experiment_id"]


@pytest.fixture
def new_run(wire, experiment):
    """new_run(metrics={…}, params={…}, tags={…}, **fields) makes a run and gives its id."""

    def new_run(metrics=None, params=None, tags=None, **fields):
        fields.setdefault("start_time", 1_700_000_000_000 + next(numbers))
        run = wire.post("runs/create", experiment_id=experiment, **fields)["run"]["info"]["run_id"]
        items = {"params": params, "tags": tags}
        batch = {kind: [{"key": k, "value": v} for k, v in (pairs or {}).items()] for kind, pairs in items.items()}
        points = [{"key": k, "value": v, "timestamp": 1, "step": 0} for k, v in (metrics or {}).items()]
        if points or params or tags:
            wire.post("runs/log-batch", run_id=run, metrics=points, **batch)
        return run

    return new_run


@pytest.fixture
def run(new_run):
    return new_run()
