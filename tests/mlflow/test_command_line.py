"""The `mlflow` command line. Only one command runs as a process of its own: each needs seconds to start."""

import csv
import io
import json
import subprocess
import sys

import mlflow
import pytest
from click.testing import CliRunner
from mlflow.cli import cli


@pytest.fixture
def mlflow_command(client):
    def run(*words):
        done = CliRunner().invoke(cli, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_as_a_process(client, fresh):
    name = fresh("by process")
    done = subprocess.run([sys.executable, "-m", "mlflow", "experiments", "create", "--experiment-name", name],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert client.get_experiment_by_name(name)


def test_experiments(mlflow_command, client, fresh):
    name = fresh("by command")
    mlflow_command("experiments", "create", "--experiment-name", name)
    made = client.get_experiment_by_name(name)
    assert name in mlflow_command("experiments", "search")
    assert name in mlflow_command("experiments", "get", "--experiment-id", made.experiment_id)
    mlflow_command("experiments", "rename", "--experiment-id", made.experiment_id, "--new-name", name + " renamed")
    mlflow_command("experiments", "delete", "--experiment-id", made.experiment_id)
    assert client.get_experiment(made.experiment_id).lifecycle_stage == "deleted"
    mlflow_command("experiments", "restore", "--experiment-id", made.experiment_id)
    assert client.get_experiment(made.experiment_id).name == name + " renamed"


def test_runs_of_an_experiment_as_a_table(mlflow_command, experiment, new_run):
    new_run(metrics={"auc": 0.5}, params={"depth": "3"}, run_name="of the table")
    (row,) = csv.DictReader(io.StringIO(mlflow_command("experiments", "csv", "--experiment-id", experiment)))
    assert (row["metrics.auc"], row["params.depth"], row["tags.mlflow.runName"]) == ("0.5", "3", "of the table")


def test_runs(mlflow_command, client, experiment, new_run):
    run = new_run(metrics={"auc": 0.5}, run_name="listed")
    listed = mlflow_command("runs", "list", "--experiment-id", experiment)
    assert run in listed and "listed" in listed
    assert json.loads(mlflow_command("runs", "describe", "--run-id", run))["data"]["metrics"] == {"auc": 0.5}
    mlflow_command("runs", "delete", "--run-id", run)
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    mlflow_command("runs", "restore", "--run-id", run)
    assert client.get_run(run).info.lifecycle_stage == "active"
    made = mlflow_command("runs", "create", "--experiment-id", experiment, "--run-name", "by command")
    assert client.search_runs([experiment], "run_name = 'by command'") and made


def test_artifacts(mlflow_command, client, run, tmp_path):
    (tmp_path / "a.txt").write_text("content")
    mlflow_command("artifacts", "log-artifact", "--local-file", str(tmp_path / "a.txt"), "--run-id", run, "--artifact-path", "deep")
    listed = json.loads(mlflow_command("artifacts", "list", "--run-id", run, "--artifact-path", "deep"))
    assert [(file["path"], file["is_dir"]) for file in listed] == [("deep/a.txt", False)]
    there = mlflow_command("artifacts", "download", "--run-id", run, "--artifact-path", "deep/a.txt", "--dst-path", str(tmp_path / "down"))
    (file,) = (tmp_path / "down").rglob("a.txt")
    assert file.read_text() == "content" and "a.txt" in there


def test_traces(mlflow_command, client, fresh):
    experiment = mlflow.set_experiment(fresh()).experiment_id
    with mlflow.start_span("by command") as span:
        span.set_inputs("why?")
    mlflow.flush_trace_async_logging(terminate=True)
    found = json.loads(mlflow_command("traces", "search", "--experiment-id", experiment, "--filter-string", "name = 'by command'", "--output", "json"))
    assert [trace["info"]["trace_id"] for trace in found["traces"]] == [span.trace_id]
    mlflow_command("traces", "set-tag", "--trace-id", span.trace_id, "--key", "color", "--value", "red")
    mlflow_command("traces", "log-feedback", "--trace-id", span.trace_id, "--name", "good", "--value", "true")
    shown = json.loads(mlflow_command("traces", "get", "--trace-id", span.trace_id))
    assert shown["info"]["tags"]["color"] == "red" and shown["info"]["assessments"][0]["assessment_name"] == "good"
    mlflow_command("traces", "delete-tag", "--trace-id", span.trace_id, "--key", "color")
    mlflow_command("traces", "delete", "--experiment-id", experiment, "--trace-ids", span.trace_id)
    assert mlflow.get_trace(span.trace_id, silent=True) is None
