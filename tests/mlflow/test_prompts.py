"""Prompts: registered, loaded, formatted, searched, tagged; kept apart from models, under names that both share."""

import mlflow
import pytest
from mlflow.exceptions import MlflowException

from wire import INVALID, MISSING, TAKEN

IS_PROMPT = "mlflow.prompt.is_prompt"


@pytest.fixture
def name(fresh):
    return fresh("greeting").replace(" ", "-")


@pytest.fixture
def prompt(client, name):
    return mlflow.genai.register_prompt(name, "Hello {{who}}, it is {{day}}.", commit_message="first", tags={"tone": "kind"})


def test_a_prompt_is_registered_loaded_and_formatted(client, prompt, name):
    assert (prompt.version, prompt.template, prompt.commit_message) == (1, "Hello {{who}}, it is {{day}}.", "first")
    second = mlflow.genai.register_prompt(name, "Good day {{who}}.", commit_message="shorter")
    assert second.version == 2
    loaded = mlflow.genai.load_prompt(f"prompts:/{name}/1")
    assert loaded.format(who="Dana", day="Monday") == "Hello Dana, it is Monday."
    assert (loaded.tags["tone"], loaded.variables) == ("kind", {"who", "day"})
    assert mlflow.genai.load_prompt(name, version=2).format(who="Lev") == "Good day Lev."
    assert mlflow.genai.load_prompt(f"prompts:/{name}@latest").version == 2


def test_chats_formats_and_model_settings(client, name):
    chat = [{"role": "system", "content": "You are {{style}}."}, {"role": "user", "content": "{{question}}"}]
    shape = {"type": "object", "properties": {"answer": {"type": "string"}}}
    mlflow.genai.register_prompt(name, chat, response_format=shape, model_config={"model_name": "small", "temperature": 0.5})
    loaded = mlflow.genai.load_prompt(f"prompts:/{name}/1")
    assert loaded.template == chat and loaded.response_format == shape
    assert loaded.model_config["temperature"] == 0.5
    assert loaded.format(style="brief", question="Why?")[1] == {"role": "user", "content": "Why?"}


def test_aliases_even_those_of_environments(client, prompt, name):
    """No promotion carries a prompt, so nothing governs where it is used."""
    mlflow.genai.register_prompt(name, "Good day {{who}}.")
    for alias in ("production", "champion"):
        mlflow.genai.set_prompt_alias(name, alias=alias, version=1)
        assert mlflow.genai.load_prompt(f"prompts:/{name}@{alias}", cache_ttl_seconds=0).version == 1
    mlflow.genai.set_prompt_alias(name, alias="production", version=2)
    assert mlflow.genai.load_prompt(f"prompts:/{name}@production", cache_ttl_seconds=0).version == 2
    assert sorted(client.get_prompt_version(name, 1).aliases) == ["champion"]
    mlflow.genai.delete_prompt_alias(name, "champion")
    with pytest.raises(MlflowException) as refusal:
        mlflow.genai.load_prompt(f"prompts:/{name}@champion", cache_ttl_seconds=0)
    assert refusal.value.error_code == INVALID and "not found" in str(refusal.value)


def test_tags_of_prompts(client, prompt, name):
    mlflow.genai.set_prompt_tag(name, "team", "growth")
    mlflow.genai.set_prompt_version_tag(name, 1, "checked", "yes")
    assert own_tags(mlflow.genai.get_prompt_tags(name)) == {"tone": "kind", "team": "growth"}
    assert mlflow.genai.load_prompt(name, version=1, cache_ttl_seconds=0).tags["checked"] == "yes"
    mlflow.genai.delete_prompt_tag(name, "team")
    mlflow.genai.delete_prompt_version_tag(name, 1, "checked")
    assert own_tags(mlflow.genai.get_prompt_tags(name)) == {"tone": "kind"}


def own_tags(tags):
    """Without those that the client adds for itself."""
    return {key: value for key, value in tags.items() if not key.startswith("_mlflow")}


def test_prompts_are_searched_apart_from_models(client, wire, prompt, name, fresh):
    mlflow.genai.register_prompt(name, "again")
    model = fresh("model")
    client.create_registered_model(model)
    client.create_model_version(model, "s3://x/y")
    found = mlflow.genai.search_prompts(f"name = '{name}'")
    assert [(p.name, own_tags(p.tags)) for p in found] == [(name, {"tone": "kind"})]
    assert name in {p.name for p in mlflow.genai.search_prompts("tags.tone = 'kind'")}
    assert model not in {p.name for p in mlflow.genai.search_prompts()}
    names = {m.name for m in client.search_registered_models()}
    assert model in names and name not in names
    of_models = {v["name"] for v in wire.get("model-versions/search")["model_versions"]}
    assert model in of_models and name not in of_models
    of_prompts = wire.get("model-versions/search", filter=f"tags.`{IS_PROMPT}` = 'true' AND name = '{name}'")
    assert [v["version"] for v in of_prompts["model_versions"]] == ["2", "1"]
    assert [v.version for v in client.search_prompt_versions(name)] in ([2, 1], ["2", "1"])


def test_a_model_and_a_prompt_cannot_share_a_name(client, wire, prompt, name, fresh):
    wire.refused(TAKEN, "POST", "registered-models/create", name=name)
    with pytest.raises(MlflowException) as refusal:
        client.create_registered_model(name)
    assert refusal.value.error_code == TAKEN and "prompt" in str(refusal.value).lower()
    model = fresh("model").replace(" ", "-")
    client.create_registered_model(model)
    with pytest.raises(MlflowException, match="(?i)model"):
        mlflow.genai.register_prompt(model, "text")
    tags = [{"key": IS_PROMPT, "value": "true"}]
    wire.refused(TAKEN, "POST", "registered-models/create", name=model, tags=tags)
    wire.refused(INVALID, "POST", "model-versions/create", name=name, source="s3://x/y", tags=tags)
    wire.refused(INVALID, "POST", "model-versions/create", name=model, source=f"models:/{name}/1")


@pytest.mark.differs("what something is can be changed there by its tags")
def test_what_something_is_stays(client, wire, prompt, name, fresh):
    model = fresh("model")
    client.create_registered_model(model)
    client.create_model_version(model, "s3://x/y")
    tags = [{"key": IS_PROMPT, "value": "true"}]
    wire.refused(INVALID, "POST", "model-versions/create", name=model, source="dummy-source", tags=tags)
    wire.refused(INVALID, "POST", "model-versions/create", name=name, source="s3://x/y")
    wire.refused(INVALID, "POST", "registered-models/set-tag", name=model, **tags[0])
    wire.refused(INVALID, "POST", "model-versions/set-tag", name=model, version="1", **tags[0])
    wire.refused(INVALID, "DELETE", "registered-models/delete-tag", name=name, key=IS_PROMPT)
    wire.refused(INVALID, "DELETE", "model-versions/delete-tag", name=name, version="1", key=IS_PROMPT)


def test_a_text_has_a_limit(client, wire, name):
    mlflow.genai.register_prompt(name, "x" * 100_000)
    with pytest.raises(MlflowException, match="100,?000") as refusal:
        mlflow.genai.register_prompt(name, "x" * 100_001)
    assert refusal.value.error_code == INVALID


def test_prompts_are_deleted(client, wire, prompt, name):
    mlflow.genai.register_prompt(name, "again")
    client.delete_prompt_version(name, "1")
    assert mlflow.genai.load_prompt(name, version=1, allow_missing=True, cache_ttl_seconds=0) is None
    assert mlflow.genai.load_prompt(name, version=2, cache_ttl_seconds=0).template == "again"
    client.delete_prompt_version(name, "2")
    client.delete_prompt(name)
    wire.refused(MISSING, "GET", "registered-models/get", name=name)
    assert mlflow.genai.load_prompt(name, allow_missing=True, cache_ttl_seconds=0) is None


def test_a_prompt_that_is_loaded_in_a_run_is_linked(client, prompt, name, fresh):
    mlflow.set_experiment(fresh("linked"))
    with mlflow.start_run() as run:
        mlflow.genai.load_prompt(f"prompts:/{name}/1", cache_ttl_seconds=0)
    assert name in client.get_run(run.info.run_id).data.tags["mlflow.linkedPrompts"]
