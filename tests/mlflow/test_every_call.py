"""What no other story calls: the rest of the client, and a proof that nothing of it is forgotten."""

import inspect
import io
import pathlib
import re

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput
from mlflow.exceptions import MlflowException

# Whose addresses are not offered here (docs/mlflow.md), who asks Databricks, or who asks no server.
NOT_OURS = {
    "workspaces": r"\w*workspace\w*",
    "the registry of tool servers": r"\w*mcp_\w*",
    "webhooks, which have stories of their own": r"\w*webhooks?",
    "Databricks": r"unlink_traces_from_run",
    "issues, which the client looks up first": r"log_issue",
    "what asks no server": r"(is_tracking_uri_set|get_tracking_uri|get_registry_uri|set_registry_uri|login|doctor|gateway|import_checkpoints"
                           r"|validate_evaluation_results|\w*system_metrics\w*|get_active_model_id|ActiveRun|ActiveModel|Image|MlflowException|context|test)",
}


def is_ours(name):
    return not any(re.fullmatch(pattern, name) for pattern in NOT_OURS.values())


def test_every_call_of_the_client_has_a_story():
    here = pathlib.Path(__file__).parent
    told = "\n".join(path.read_text() for path in here.glob("*.py"))
    client = [name for name, _ in inspect.getmembers(MlflowClient, inspect.isfunction) if not name.startswith("_")]
    fluent = [name for name in mlflow.__all__ if callable(getattr(mlflow, name, None))]
    datasets = [name for name in mlflow.genai.datasets.__all__ if name[0].islower()]
    prompts = [name for name in mlflow.genai.__all__ if "prompt" in name and "optimize" not in name]
    assert len(client) > 100 and len(fluent) > 60 and datasets and prompts
    calls = {name for name in client + fluent + datasets + prompts if is_ours(name)}
    assert {name for name in calls if not re.search(rf"\b{name}\(", told)} == set()


def test_a_trace_made_step_by_step(client, fresh):
    experiment = client.create_experiment(fresh())
    root = client.start_trace("root", inputs={"q": "why?"}, tags={"lang": "de"}, experiment_id=experiment)
    child = client.start_span("child", root.trace_id, root.span_id, inputs={"n": 1})
    client.end_span(root.trace_id, child.span_id, outputs=2, status="ERROR")
    client.end_trace(root.trace_id, outputs={"a": "so"})
    mlflow.flush_trace_async_logging()
    trace = client.get_trace(root.trace_id)
    assert [(span.name, span.outputs) for span in trace.data.spans] == [("root", {"a": "so"}), ("child", 2)]
    assert trace.info.tags["lang"] == "de" and trace.info.experiment_id == experiment


def test_traces_without_a_context(client, fresh):
    experiment = mlflow.set_experiment(fresh()).experiment_id
    mlflow.set_experiment_tags({"team": "growth"})
    assert client.get_experiment(experiment).tags["team"] == "growth"
    assert mlflow.get_current_active_span() is None
    span = mlflow.start_span_no_context("loose", inputs=1, metadata={"mlflow.trace.session": "s-1"})
    span.end(outputs=2)
    logged = mlflow.log_trace("whole", request="in", response="out", tags={"kind": "logged"}, execution_time_ms=5)
    mlflow.flush_trace_async_logging()
    assert mlflow.get_trace(logged).info.tags["kind"] == "logged"
    with mlflow.start_span("outer") as outer:
        assert mlflow.get_current_active_span().span_id == outer.span_id
        mlflow.add_trace(mlflow.get_trace(span.trace_id))
    mlflow.flush_trace_async_logging()
    merged = mlflow.get_trace(outer.trace_id)
    assert {one.name for one in merged.data.spans} >= {"outer", "loose"}
    (session,) = mlflow.search_sessions(locations=[experiment])
    # The client hands what it merges the session of the trace that it came from.
    assert session.id == "s-1" and {trace.info.trace_id for trace in session.traces} == {span.trace_id, outer.trace_id}


def test_assessments_of_any_kind(client, fresh):
    mlflow.set_experiment(fresh())
    trace = mlflow.log_trace("judged", request="in", response="out")
    mlflow.flush_trace_async_logging()
    said = mlflow.log_assessment(trace, mlflow.entities.Feedback(name="good", value=True))
    right = mlflow.log_assessment(trace, mlflow.entities.Expectation(name="right", value={"facts": ["a"]}))
    assert mlflow.get_assessment(trace, said.assessment_id).value is True
    assert {one.assessment_id for one in mlflow.get_trace(trace).info.assessments} == {said.assessment_id, right.assessment_id}


def test_prompts_of_runs_models_and_traces(client, fresh):
    mlflow.set_experiment(fresh())
    name = fresh("prompt").replace(" ", "-")
    assert client.get_prompt(name) is None
    client.create_prompt(name, description="greets", tags={"tone": "warm"})
    first = client.create_prompt_version(name, "Hello {{name}}", description="first", model_config={"temperature": 0.5})
    assert client.get_prompt(name).tags["tone"] == "warm" and client.parse_prompt_uri(first.uri) == (name, "1")
    client.set_prompt_alias(name, "live", 1)
    assert client.get_prompt_version_by_alias(name, "live").template == "Hello {{name}}"
    mlflow.genai.set_prompt_model_config(name, 1, {"temperature": 0.1})
    assert client.get_prompt_version(name, 1).model_config["temperature"] == 0.1
    mlflow.genai.delete_prompt_model_config(name, 1)
    assert not client.get_prompt_version(name, 1).model_config

    run = mlflow.start_run().info.run_id
    model = mlflow.initialize_logged_model(name="answers", source_run_id=run)
    client.link_prompt_version_to_run(run, first.uri)
    client.link_prompt_version_to_model(name, "1", model.model_id)
    assert name in client.get_run(run).data.tags["mlflow.linkedPrompts"]
    assert name in client.get_logged_model(model.model_id).tags["mlflow.linkedPrompts"]
    mlflow.end_run()
    trace = mlflow.log_trace("asked", request="in", response="out")
    mlflow.flush_trace_async_logging()
    client.link_prompt_versions_to_trace([first], trace)
    assert name in client.get_trace(trace).info.tags["mlflow.linkedPrompts"]
    assert client.list_logged_prompts(run) == []
    with pytest.raises(MlflowException, match="not associated"):
        client.detach_prompt_from_run(run, first.uri)


def test_files_and_models_of_a_run(client, fresh, tmp_path):
    mlflow.set_experiment(fresh())
    with mlflow.start_run() as run:
        mlflow.log_stream(io.BytesIO(b"\0\1"), "raw/bytes.bin")
        client.log_stream(run.info.run_id, io.BytesIO(b"\2"), "raw/more.bin")
        assert mlflow.get_artifact_uri("raw").endswith("/artifacts/raw")
        model = client.create_logged_model(run.info.experiment_id, name="by hand", source_run_id=run.info.run_id)
        client.log_outputs(run.info.run_id, [LoggedModelOutput(model.model_id, step=3)])
        other = client.create_logged_model(run.info.experiment_id, name="another")
        mlflow.log_outputs([LoggedModelOutput(other.model_id, step=4)])
        mlflow.flush_artifact_async_logging()
    outputs = client.get_run(run.info.run_id).outputs.model_outputs
    assert sorted((output.model_id, output.step) for output in outputs) == sorted([(model.model_id, 3), (other.model_id, 4)])
    assert sorted(file.path for file in client.list_artifacts(run.info.run_id, "raw")) == ["raw/bytes.bin", "raw/more.bin"]
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/weights.bin").write_bytes(b"w")
    (tmp_path / "note.txt").write_text("note")
    client.log_model_artifact(model.model_id, str(tmp_path / "note.txt"))
    client.log_model_artifacts(model.model_id, str(tmp_path / "folder"))
    assert sorted(file.path for file in client.list_logged_model_artifacts(model.model_id)) == ["note.txt", "weights.bin"]


def test_the_stages_that_a_version_may_have(client, fresh):
    name = fresh("model")
    client.create_registered_model(name)
    client.create_model_version(name, "s3://models/x")
    assert client.get_model_version_stages(name, "1") == ["None", "Staging", "Production", "Archived"]
