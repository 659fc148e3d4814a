"""A notebook's day: the fluent functions, nested and resumed runs, logging in the background."""

import mlflow
import pytest
from mlflow.exceptions import MlflowException


@pytest.fixture
def notebook(client, fresh):
    return mlflow.set_experiment(fresh("notebook"))


def test_a_day_in_a_notebook(client, notebook):
    with mlflow.start_run(run_name="first", tags={"team": "growth"}, description="A try.") as run:
        mlflow.log_param("depth", 3)
        mlflow.log_params({"rate": 0.1, "model": "forest", "none": None})
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"auc": 0.9, "recall": 0.8}, step=5)
        mlflow.set_tags({"a": 1, "b": "two"})
        mlflow.log_text("x", "note.txt")
    read = client.get_run(run.info.run_id)
    assert (read.info.status, read.info.run_name) == ("FINISHED", "first")
    assert read.info.end_time >= read.info.start_time > 0
    assert read.data.params == {"depth": "3", "rate": "0.1", "model": "forest", "none": "None"}
    assert read.data.metrics == {"loss": 0.2, "auc": 0.9, "recall": 0.8}
    assert read.data.tags["mlflow.note.content"] == "A try."
    assert {key: read.data.tags[key] for key in ("a", "b", "team")} == {"a": "1", "b": "two", "team": "growth"}
    assert [point.value for point in client.get_metric_history(run.info.run_id, "loss")] == [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]


def test_an_experiment_is_made_once_and_found_again(client, notebook):
    assert mlflow.set_experiment(notebook.name).experiment_id == notebook.experiment_id
    assert mlflow.get_experiment_by_name(notebook.name).experiment_id == notebook.experiment_id
    client.delete_experiment(notebook.experiment_id)
    with pytest.raises(MlflowException, match="deleted experiment"):
        mlflow.set_experiment(notebook.name)


def test_a_run_that_breaks_is_failed(client, notebook):
    with pytest.raises(ZeroDivisionError), mlflow.start_run() as run:
        mlflow.log_param("reason", 1 / 0)
    assert client.get_run(run.info.run_id).info.status == "FAILED"


def test_nested_runs_know_their_parent(client, notebook):
    with mlflow.start_run() as parent:
        for depth in range(3):
            with mlflow.start_run(nested=True) as child:
                mlflow.log_param("depth", depth)
    filter = f"tags.mlflow.parentRunId = '{parent.info.run_id}'"
    found = client.search_runs([notebook.experiment_id], filter, order_by=["params.depth"])
    assert [run.data.params["depth"] for run in found] == ["0", "1", "2"]
    assert client.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id


def test_a_run_is_resumed(client, notebook):
    with mlflow.start_run() as run:
        mlflow.log_metric("loss", 0.5, step=0)
    with mlflow.start_run(run_id=run.info.run_id):
        assert client.get_run(run.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("loss", 0.25, step=1)
    read = client.get_run(run.info.run_id)
    assert (read.info.status, read.data.metrics) == ("FINISHED", {"loss": 0.25})


def test_a_run_whose_id_is_in_the_environment(client, notebook, monkeypatch):
    run = client.create_run(notebook.experiment_id).info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", run)
    with mlflow.start_run() as resumed:
        assert resumed.info.run_id == run


def test_logging_in_the_background(client, notebook):
    with mlflow.start_run() as run:
        for step in range(300):
            mlflow.log_metric("loss", 1 / (step + 1), step=step, synchronous=False)
        mlflow.log_params({f"p{n}": n for n in range(150)}, synchronous=False)
        waiting = mlflow.log_metric("last", 1, synchronous=False)
        waiting.wait()
        mlflow.flush_async_logging()
    read = client.get_run(run.info.run_id)
    assert [point.step for point in client.get_metric_history(run.info.run_id, "loss")] == list(range(300))
    assert read.data.metrics == {"loss": 1 / 300, "last": 1}
    assert len(read.data.params) == 150


def test_a_mistake_in_the_background_is_told_when_waited_for(client, notebook):
    with mlflow.start_run():
        mlflow.log_param("depth", 1)
        with pytest.raises(MlflowException, match="Changing param values"):
            mlflow.log_params({"depth": 2}, synchronous=False).wait()


def test_threads_share_a_run(client, notebook):
    from concurrent.futures import ThreadPoolExecutor

    run = client.create_run(notebook.experiment_id).info.run_id
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: client.log_metric(run, f"worker{n % 8}", n, step=n), range(160)))
        list(pool.map(lambda n: client.log_param(run, "same", "value"), range(16)))
    read = client.get_run(run)
    assert len(read.data.metrics) == 8 and read.data.params == {"same": "value"}
    assert sum(len(client.get_metric_history(run, f"worker{n}")) for n in range(8)) == 160


def test_runs_as_a_table(client, notebook):
    for depth in range(3):
        with mlflow.start_run(run_name=f"run {depth}"):
            mlflow.log_param("depth", depth)
            mlflow.log_metric("auc", depth / 10)
    table = mlflow.search_runs(experiment_names=[notebook.name], filter_string="metrics.auc > 0.05", order_by=["metrics.auc DESC"])
    assert list(table["params.depth"]) == ["2", "1"]
    assert set(table["status"]) == {"FINISHED"}
    assert mlflow.last_active_run().info.run_name == "run 2"
    mlflow.delete_run(table["run_id"][0])
    assert len(mlflow.search_runs([notebook.experiment_id])) == 2
