"""A deleted run can be read in every way and written in none."""

import pytest

from wire import INVALID


@pytest.fixture
def deleted(wire, new_run):
    run = new_run(metrics={"m": 1.5}, params={"p": "1"}, tags={"t": "x"})
    wire.send("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{location(wire, run)}/note.txt", data=b"kept")
    wire.post("runs/delete", run_id=run)
    return run


def location(wire, run):
    return wire.get("runs/get", run_id=run)["run"]["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")


WRITES = {
    "runs/log-metric": {"key": "m", "value": 2, "timestamp": 2},
    "runs/log-parameter": {"key": "q", "value": "2"},
    "runs/set-tag": {"key": "t", "value": "y"},
    "runs/delete-tag": {"key": "t"},
    "runs/log-batch": {},
    "runs/update": {"status": "FINISHED"},
    "runs/log-inputs": {"datasets": [{"dataset": {"name": "d", "digest": "1", "source_type": "s", "source": "x"}}]},
    "runs/outputs": {"models": [{"model_id": "m-" + "0" * 32, "step": 0}]},
}


@pytest.mark.parametrize("route", WRITES)
def test_no_write(wire, deleted, route):
    before = wire.get("runs/get", run_id=deleted)
    wire.refused(INVALID, "POST", route, run_id=deleted, **WRITES[route])
    assert wire.get("runs/get", run_id=deleted) == before


def test_every_read(client, deleted):
    run = client.get_run(deleted)
    assert run.info.lifecycle_stage == "deleted"
    assert (run.data.metrics, run.data.params, run.data.tags["t"]) == ({"m": 1.5}, {"p": "1"}, "x")
    assert [point.value for point in client.get_metric_history(deleted, "m")] == [1.5]
    assert [file.path for file in client.list_artifacts(deleted)] == ["note.txt"]


def test_deleting_and_restoring_are_idempotent(wire, client, deleted):
    wire.post("runs/delete", run_id=deleted)
    for _ in range(2):
        wire.post("runs/restore", run_id=deleted)
        assert client.get_run(deleted).info.lifecycle_stage == "active"
    client.log_metric(deleted, "m", 3)
    assert client.get_run(deleted).data.metrics == {"m": 3}


def test_a_search_shows_it_where_asked(client, experiment, deleted, new_run):
    alive = new_run()

    def seen(view):
        return {run.info.run_id for run in client.search_runs([experiment], run_view_type=view)}

    assert (seen(1), seen(2), seen(3)) == ({alive}, {deleted}, {alive, deleted})
