"""A batch is stored whole or not at all."""

import pytest
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from wire import INVALID


def content(wire, run):
    return wire.get("runs/get", run_id=run)["run"]["data"]


def pairs(items):
    return [{"key": key, "value": value} for key, value in items.items()]


def points(**metrics):
    return [{"key": key, "value": value, "timestamp": 1, "step": 0} for key, value in metrics.items()]


def test_a_batch_of_everything(client, run):
    client.log_batch(
        run,
        metrics=[Metric("loss", 1 / (step + 1), 1000 + step, step) for step in range(200)],
        params=[Param("depth", "3"), Param("empty", "")],
        tags=[RunTag("team", "growth")],
    )
    data = client.get_run(run).data
    assert data.metrics == {"loss": 1 / 200}
    assert data.params == {"depth": "3", "empty": ""}
    assert data.tags["team"] == "growth"
    assert len(client.get_metric_history(run, "loss")) == 200


def test_the_client_splits_what_is_too_much_for_one(client, run):
    metrics = [Metric("curve", step, step, step) for step in range(2500)]
    for start in range(0, 2500, 1000):
        client.log_batch(run, metrics=metrics[start : start + 1000])
    assert [point.step for point in client.get_metric_history(run, "curve")] == list(range(2500))


dropped = pytest.mark.differs("what cannot be read is dropped there, and the rest stored")
GOOD = {"metrics": points(a=1), "params": pairs({"p": "1"}), "tags": pairs({"t": "1"})}


@pytest.mark.parametrize("wrong", [
    {"metrics": points(a=1) + [{"key": "b", "timestamp": 1}]},
    {"metrics": points(a=1) + [{"key": "b", "value": 1, "timestamp": -1}]},
    {"metrics": points(a=1) + [{"value": 1, "timestamp": 1}]},
    {"metrics": points(a=1) + [{"key": "b;c", "value": 1, "timestamp": 1}]},
    {"params": pairs({"p": "1", "q#": "2"})},
    {"params": pairs({"p": "1"}) + pairs({"p": "1"})},
    {"params": pairs({"p": "1", "": "2"})},
    {"params": pairs({"p": "1", "k" * 251: "2"})},
    {"tags": pairs({"t": "1", "../x": "2"})},
    {"tags": pairs({"t": "1"}) + [{"value": "no key"}]},
    pytest.param({"metrics": points(a=1) + [{"key": "b", "value": "much", "timestamp": 1}]}, marks=dropped),
    pytest.param({"params": [{"key": "p", "value": 5}]}, marks=dropped),
    {"metrics": "none"},
], ids=range(13))
def test_one_bad_item_and_nothing_is_stored(wire, run, wrong):
    before = content(wire, run)
    wire.refused(INVALID, "POST", "runs/log-batch", run_id=run, **GOOD | wrong)
    assert content(wire, run) == before


def test_parameters_that_are_there_already(wire, run):
    wire.post("runs/log-batch", run_id=run, params=pairs({"depth": "3"}))
    wire.post("runs/log-batch", run_id=run, params=pairs({"depth": "3", "width": "4"}))
    message = wire.refused(INVALID, "POST", "runs/log-batch", run_id=run, metrics=points(m=1),
                           params=pairs({"new": "1", "depth": "5"}))
    assert message.startswith("Changing param values is not allowed")
    data = content(wire, run)
    assert {p["key"]: p["value"] for p in data["params"]} == {"depth": "3", "width": "4"}
    assert "metrics" not in data


def test_of_a_repeated_tag_the_last_counts(wire, run):
    wire.post("runs/log-batch", run_id=run, tags=pairs({"t": "first"}) + pairs({"t": "last"}))
    assert {"key": "t", "value": "last"} in content(wire, run)["tags"]


def test_a_name_tag_in_a_batch_renames(wire, run):
    wire.post("runs/log-batch", run_id=run, tags=pairs({"mlflow.runName": "batch name"}))
    assert wire.get("runs/get", run_id=run)["run"]["info"]["run_name"] == "batch name"


def test_an_empty_batch(wire, run):
    before = content(wire, run)
    wire.post("runs/log-batch", run_id=run)
    wire.post("runs/log-batch", run_id=run, metrics=[], params=[], tags=[])
    assert content(wire, run) == before


@pytest.mark.parametrize("odd", ["run/../id", " id", "", "-x", "a" * 300])
def test_odd_run_ids(wire, odd):
    wire.refused(INVALID, "POST", "runs/log-batch", run_id=odd, metrics=points(m=1))


@pytest.mark.parametrize("much", [
    {"metrics": [{"key": f"m{n}", "value": 1, "timestamp": 1} for n in range(1001)]},
    {"params": pairs({f"p{n}": "1" for n in range(101)})},
    {"tags": pairs({f"t{n}": "1" for n in range(101)})},
    {"metrics": [{"key": f"m{n}", "value": 1, "timestamp": 1} for n in range(950)],
     "params": pairs({f"p{n}": "1" for n in range(51)})},
], ids=["metrics", "params", "tags", "together"])
def test_a_batch_has_limits(wire, run, much):
    before = content(wire, run)
    wire.refused(INVALID, "POST", "runs/log-batch", run_id=run, **much)
    assert content(wire, run) == before


def test_a_batch_at_its_limits(wire, run):
    wire.post("runs/log-batch", run_id=run, metrics=[{"key": "m", "value": n, "timestamp": n, "step": n} for n in range(1000)])
    wire.post("runs/log-batch", run_id=run, params=pairs({f"p{n}": "1" for n in range(100)}),
              tags=pairs({f"t{n}": "1" for n in range(100)}))
    data = content(wire, run)
    assert len(data["params"]) == 100 and len(data["tags"]) == 101


def test_the_client_says_why(client, run):
    client.log_param(run, "depth", 3)
    with pytest.raises(MlflowException, match="Changing param values is not allowed"):
        client.log_batch(run, params=[Param("depth", "4")])
