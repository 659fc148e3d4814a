"""Registered models and traces that come with `slipway import mlflow`: what a gate decides, and what people did here."""

import shutil

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from importing import bring, signed_in
from registered import COPY, NAME
from slipway import ADMIN


@pytest.fixture
def moved(folder, tmp_path):
    """A copy of the folder, to go on working in. Its registry reads logged models from where tracking goes by default."""
    path = tmp_path / "mlruns"
    shutil.copytree(folder.name, path)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"file:{path}")
    yield path
    mlflow.set_tracking_uri(before)


def test_no_alias_or_stage_leads_around_the_gate(store, server, tmp_path):
    key = store.new_project()
    done = bring(store, key, server.name).reconciles()
    assert done.left_out["aliases and stages"] == 3
    assert "aliases and stages (1): production is an environment here, and a gate decides what is in it" in done.text
    with signed_in(store):
        here = MlflowClient(store.tracking_uri(key))
        with pytest.raises(MlflowException, match="No version of churn, linear é is deployed in production"):
            here.get_model_version_by_alias(NAME, "production")
        assert here.get_registered_model(NAME).aliases == {"champion": "1", "Challenger-2": "5"}
        assert {version.version: version.current_stage for version in here.search_model_versions(f"name = '{NAME}'")} == {
            "1": "Archived", "2": "None", "3": "Staging", "5": "None"}
        mlflow.set_tracking_uri(store.tracking_uri(key))
        assert mlflow.genai.load_prompt("prompts:/greeting@production").template == "Hello {{name}}", "no gate governs prompts"
        assert [prompt.name for prompt in mlflow.genai.search_prompts()] == ["greeting"]

        # A version leads to the same bytes as in the source, and so does its copy.
        for name in (NAME, COPY):
            files = mlflow.artifacts.download_artifacts(f"models:/{name}/1", dst_path=str(tmp_path / name[:1]))
            assert mlflow.sklearn.load_model(files).coef_.shape == (1, 2)
        assert here.create_model_version(NAME, "s3://models/churn/next").version == "6"


def test_models_of_taken_names_refuse_the_whole_import(store, server):
    key = store.new_project()
    with signed_in(store):
        MlflowClient(store.tracking_uri(key)).create_registered_model("greeting")
    bring(store, key, server.name).refused('"greeting"', "registered models or prompts", "Nothing was imported")
    assert store.api(ADMIN).get(f"/api/v1/projects/{key}/experiments")["items"] == []


def test_what_was_registered_on_both_sides_since(store, moved):
    key = store.new_project()
    first = bring(store, key, moved).reconciles()
    there = MlflowClient(f"file:{moved}")
    with signed_in(store):
        here = MlflowClient(store.tracking_uri(key))
        here.create_model_version(NAME, "s3://models/ours")
        here.set_registered_model_alias(NAME, "champion", "5")
        here.set_registered_model_tag(NAME, "team", "ours")
        here.delete_registered_model(COPY)
    for source in ("s3://models/theirs", "s3://models/next"):
        there.create_model_version(NAME, source)
    there.set_registered_model_alias(NAME, "next", "7")

    second = bring(store, key, moved).reconciles()
    assert second.before["registered models"] == first.now["registered models"] - 1, "what was deleted here comes again"
    assert second.now["versions"] == 2 and second.left_out["versions"] == 1
    for why in ("a version of this number is here already", "it names another version here"):
        assert why in second.text, second.text
    with signed_in(store):
        model = here.get_registered_model(NAME)
        assert model.aliases == {"champion": "5", "Challenger-2": "5", "next": "7"} and model.tags["team"] == "ours"
        sources = {version.version: version.source for version in here.search_model_versions(f"name = '{NAME}'")}
        assert (sources["6"], sources["7"]) == ("s3://models/ours", "s3://models/next")
    assert not any(bring(store, key, moved).reconciles().now.values())


def test_broken_traces_and_versions(store, moved):
    trace = next(moved.glob("*/traces/*"))
    (trace / "artifacts/traces.json").write_text('{"spans": [{"name": 5}]}')
    next(path for path in moved.glob("*/traces/*") if path != trace).joinpath("trace_info.yaml").write_text("trace_id: [")
    (moved / "models" / NAME / "version-5/meta.yaml").write_text("source: /etc/passwd\n")
    (moved / "models" / NAME / "aliases/odd").write_text("one")
    done = bring(store, store.new_project(), moved).reconciles()
    assert done.left_out["traces"] == 1 and done.left_out["spans"] == 1 and done.left_out["versions"] == 1
    for why in ("cannot be understood", "neither in its run nor in an object store", "it names no number of a version"):
        assert why in done.text, done.text
