"""Registered models and prompts: made in a source with the real client, and read back with it."""

import warnings

import mlflow

# The client says at each stage that stages will go.
warnings.filterwarnings("ignore", message=".*stages.*", category=FutureWarning)

NAME = "churn, linear é"
COPY = "a copy, which comes before what it copies"


def register(client):
    """What teams keep in a registry, an odd thing or two among it."""
    experiment = client.get_experiment_by_name("Churn: linear").experiment_id
    model = min(client.search_logged_models([experiment]), key=lambda model: model.creation_timestamp)
    run = client.get_run(model.source_run_id)
    client.create_registered_model(NAME, tags={"team": "growth", "note": "two\nlines"}, description="Who leaves?")
    client.create_model_version(NAME, f"models:/{model.model_id}", model.source_run_id, model_id=model.model_id, tags={"ok": "yes"})
    client.create_model_version(NAME, f"{run.info.artifact_uri}/deep/er", run.info.run_id, description="a folder of the run")
    client.create_model_version(NAME, "s3://models/churn/3", run_link="https://ci.example.org/3")
    client.create_model_version(NAME, "s3://models/churn/4")
    client.create_model_version(NAME, "s3://models/churn/5", description="after a gap")
    client.delete_model_version(NAME, "4")
    for number, stage in (("1", "Archived"), ("2", "Production"), ("3", "Staging")):
        client.transition_model_version_stage(NAME, number, stage)
    for alias, number in (("champion", "1"), ("Challenger-2", "5"), ("production", "2"), ("Production", "3")):
        client.set_registered_model_alias(NAME, alias, number)
    client.copy_model_version(f"models:/{NAME}/1", COPY)
    client.create_registered_model("it's empty")
    prompts(experiment)


def prompts(experiment):
    mlflow.set_experiment(experiment_id=experiment)
    mlflow.genai.register_prompt("greeting", "Hello {{name}}", commit_message="first", tags={"tone": "warm"})
    mlflow.genai.register_prompt("greeting", [{"role": "user", "content": "Hi {{name}}"}], commit_message="as a chat")
    mlflow.genai.set_prompt_alias("greeting", "production", 1)


def registered(client):
    """All that the client reads of the registry; what a gate decides is not among it."""
    models = {model.name: (plain(model), versions(client, f"name = {quoted(model.name)}")) for model in client.search_registered_models()}
    is_prompt = "tags.`mlflow.prompt.is_prompt` = 'true'"
    for prompt in client.search_registered_models(is_prompt):
        models[prompt.name] = (plain(prompt), versions(client, f"name = {quoted(prompt.name)} AND {is_prompt}"))
    return models


def quoted(name):
    return f'"{name}"' if "'" in name else f"'{name}'"


def plain(model):
    prompt = "mlflow.prompt.is_prompt" in model.tags
    aliases = {alias: str(number) for alias, number in model.aliases.items() if prompt or alias.lower() != "production"}
    # Experiments have other ids here.
    tags = {key: value for key, value in model.tags.items() if key != "_mlflow_experiment_ids"}
    return model.description or None, tags, aliases, model.creation_timestamp, model.last_updated_timestamp


def versions(client, filter):
    found = {}
    for version in client.search_model_versions(filter):
        stage = "None" if version.current_stage == "Production" else version.current_stage
        # The client reads the logged model of a version from a folder only, not from a server.
        about = (version.run_id or None, version.run_link or None, version.description or None)
        found[str(version.version)] = (about, stage, version.tags, version.creation_timestamp, version.last_updated_timestamp)
    return found
