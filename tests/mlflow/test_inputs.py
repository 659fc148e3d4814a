"""The data sets a run used and the models it made."""

import mlflow
import numpy
import pytest
from mlflow.entities import Dataset, DatasetInput, InputTag
from sklearn.datasets import load_wine

from wire import INVALID


def dataset(**changed):
    return {"name": "wine", "digest": "abc", "source_type": "local", "source": "{}"} | changed


def test_a_data_set_is_read_back(client, run):
    wine = load_wine()
    data = mlflow.data.from_numpy(wine.data, targets=wine.target, name="wine")
    with mlflow.start_run(run_id=run):
        mlflow.log_input(data, context="training", tags={"cut": "none"})
        mlflow.log_input(mlflow.data.from_numpy(numpy.zeros((2, 2)), name="empty"), context="eval")
    used = {i.dataset.name: i for i in client.get_run(run).inputs.dataset_inputs}
    assert set(used) == {"wine", "empty"}
    assert used["wine"].dataset.digest == data.digest
    assert {tag.key: tag.value for tag in used["wine"].tags} == {"mlflow.data.context": "training", "cut": "none"}
    assert '"features_shape": [178, 13]' in used["wine"].dataset.profile


def test_a_data_set_is_known_by_name_and_digest(wire, client, new_run):
    one, two = new_run(), new_run()
    for run, profile in ((one, "first"), (two, "second")):
        wire.post("runs/log-inputs", run_id=run, datasets=[{"dataset": dataset(profile=profile)}])
    for run in (one, two):
        assert [i.dataset.profile for i in client.get_run(run).inputs.dataset_inputs] == ["first"]


def test_the_tags_of_the_first_link_stay(wire, client, run):
    for context in ("training", "eval"):
        tags = [{"key": "mlflow.data.context", "value": context}]
        wire.post("runs/log-inputs", run_id=run, datasets=[{"dataset": dataset(), "tags": tags}])
    (used,) = client.get_run(run).inputs.dataset_inputs
    assert [tag.value for tag in used.tags] == ["training"]


def test_many_at_once_through_the_client(client, run):
    inputs = [DatasetInput(Dataset(f"d{n}", str(n), "local", "{}"), [InputTag("n", str(n))]) for n in range(30)]
    client.log_inputs(run, inputs)
    assert len(client.get_run(run).inputs.dataset_inputs) == 30


@pytest.mark.parametrize("wrong", [
    {"name": "n" * 501}, {"digest": "d" * 37}, {"source": "s" * 65_536}, {"schema": "s" * 1_048_576},
])
def test_limits(wire, client, run, wrong):
    wire.refused(INVALID, "POST", "runs/log-inputs", run_id=run, datasets=[{"dataset": dataset(**wrong)}])
    assert client.get_run(run).inputs.dataset_inputs == []


@pytest.mark.parametrize("tag", [{"key": "k" * 256, "value": ""}, {"key": "k", "value": "v" * 501}])
def test_limits_of_tags(wire, run, tag):
    wire.refused(INVALID, "POST", "runs/log-inputs", run_id=run, datasets=[{"dataset": dataset(), "tags": [tag]}])


@pytest.mark.differs("taken as empty there")
@pytest.mark.parametrize("field", ["name", "digest", "source", "source_type"])
def test_a_data_set_without(wire, run, field):
    lacking = dataset()
    del lacking[field]
    wire.refused(INVALID, "POST", "runs/log-inputs", run_id=run, datasets=[{"dataset": lacking}])


def test_models_in_and_out(wire, client, run):
    model = "m-" + "5" * 32
    wire.post("runs/log-inputs", run_id=run, models=[{"model_id": model}])
    wire.post("runs/outputs", run_id=run, models=[{"model_id": model, "step": 7}])
    read = client.get_run(run)
    assert [i.model_id for i in read.inputs.model_inputs] == [model]
    assert [(o.model_id, o.step) for o in read.outputs.model_outputs] == [(model, 7)]
