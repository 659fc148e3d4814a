"""Every field of every call with values that nobody means: some are refused, some taken, none breaks the server."""

import pytest

from nonsense import bodies

RUN, MODEL = "0" * 32, "m-" + "0" * 32
CALLS = {
    "POST experiments/create": {"name": "n", "artifact_location": "", "tags": []},
    "GET experiments/get": {"experiment_id": "0"},
    "GET experiments/get-by-name": {"experiment_name": "Default"},
    "POST experiments/search": {"max_results": 5, "filter": "", "order_by": [], "view_type": "ALL", "page_token": ""},
    "GET experiments/search": {"max_results": 5, "filter": "", "order_by": [], "view_type": "ALL", "page_token": ""},
    "POST experiments/update": {"experiment_id": "EXPERIMENT", "new_name": "n"},
    "POST experiments/delete": {"experiment_id": "987654321"},
    "POST experiments/restore": {"experiment_id": "987654321"},
    "POST experiments/set-experiment-tag": {"experiment_id": "EXPERIMENT", "key": "k", "value": "v"},
    "POST experiments/delete-experiment-tag": {"experiment_id": "EXPERIMENT", "key": "k"},
    "POST runs/create": {"experiment_id": "EXPERIMENT", "user_id": "u", "run_name": "r", "start_time": 1, "tags": []},
    "GET runs/get": {"run_id": "RUN"},
    "POST runs/update": {"run_id": "RUN", "status": "RUNNING", "end_time": 1, "run_name": "n"},
    "POST runs/delete": {"run_id": RUN},
    "POST runs/restore": {"run_id": RUN},
    "POST runs/search": {"experiment_ids": ["EXPERIMENT"], "filter": "", "run_view_type": "ALL", "max_results": 5, "order_by": [], "page_token": ""},
    "POST runs/log-metric": {"run_id": "RUN", "key": "k", "value": 1, "timestamp": 1, "step": 1, "model_id": "", "dataset_name": "d", "dataset_digest": "1"},
    "POST runs/log-parameter": {"run_id": "RUN", "key": "k", "value": "v"},
    "POST runs/log-batch": {"run_id": "RUN", "metrics": [], "params": [], "tags": []},
    "POST runs/set-tag": {"run_id": "RUN", "key": "k", "value": "v"},
    "POST runs/delete-tag": {"run_id": "RUN", "key": "k"},
    "POST runs/log-model": {"run_id": "RUN", "model_json": "{}"},
    "POST runs/log-inputs": {"run_id": "RUN", "datasets": [], "models": []},
    "POST runs/outputs": {"run_id": "RUN", "models": []},
    "GET metrics/get-history": {"run_id": "RUN", "metric_key": "k", "max_results": 5, "page_token": ""},
    "GET artifacts/list": {"run_id": "RUN", "path": ""},
    "POST logged-models": {"experiment_id": "EXPERIMENT", "name": "n", "model_type": "t", "source_run_id": "RUN", "params": [], "tags": []},
    f"PATCH logged-models/{MODEL}": {"model_id": MODEL, "status": "LOGGED_MODEL_READY"},
    "POST logged-models/search": {"experiment_ids": ["EXPERIMENT"], "filter": "", "datasets": [], "max_results": 5, "order_by": [], "page_token": ""},
    f"PATCH logged-models/{MODEL}/tags": {"tags": []},
    f"POST logged-models/{MODEL}/params": {"model_id": MODEL, "params": []},
    f"GET logged-models/{MODEL}/artifacts/directories": {"artifact_directory_path": ""},
    "POST registered-models/create": {"name": "n", "tags": [], "description": "d"},
    "GET registered-models/get": {"name": "trees"},
    "PATCH registered-models/update": {"name": "trees", "description": "d"},
    "POST registered-models/rename": {"name": "trees", "new_name": "trees"},
    "DELETE registered-models/delete": {"name": "unknown"},
    "GET registered-models/search": {"filter": "", "max_results": 5, "order_by": [], "page_token": ""},
    "POST registered-models/get-latest-versions": {"name": "trees", "stages": []},
    "POST registered-models/set-tag": {"name": "trees", "key": "k", "value": "v"},
    "DELETE registered-models/delete-tag": {"name": "trees", "key": "k"},
    "POST registered-models/alias": {"name": "trees", "alias": "a", "version": "1"},
    "GET registered-models/alias": {"name": "trees", "alias": "a"},
    "DELETE registered-models/alias": {"name": "trees", "alias": "a"},
    "POST model-versions/create": {"name": "trees", "source": "s3://x/y", "run_id": "RUN", "tags": [], "run_link": "", "description": "d", "model_id": ""},
    "GET model-versions/get": {"name": "trees", "version": "1"},
    "PATCH model-versions/update": {"name": "trees", "version": "1", "description": "d"},
    "DELETE model-versions/delete": {"name": "trees", "version": "9"},
    "GET model-versions/search": {"filter": "", "max_results": 5, "order_by": [], "page_token": ""},
    "GET model-versions/get-download-uri": {"name": "trees", "version": "1"},
    "POST model-versions/transition-stage": {"name": "trees", "version": "1", "stage": "Staging", "archive_existing_versions": False},
    "POST model-versions/set-tag": {"name": "trees", "version": "1", "key": "k", "value": "v"},
    "DELETE model-versions/delete-tag": {"name": "trees", "version": "1", "key": "k"},
}


@pytest.mark.differs("many are a 500 there")
@pytest.mark.parametrize("call", CALLS)
def test_nonsense(wire, experiment, run, call):
    method, route = call.split()
    if route.startswith(("registered-models", "model-versions")):
        wire.post("registered-models/create", name="trees")
        wire.post("model-versions/create", name="trees", source="s3://x/y")
    right = {field: {"EXPERIMENT": experiment, "RUN": run, ("EXPERIMENT",): [experiment]}.get(tuple(value) if isinstance(value, list) else value, value)
             for field, value in CALLS[call].items()}
    for body in bodies(right, seed=call, count=60):
        if method == "GET":
            body = {field: encodable(value) for field, value in body.items()}
        answer = wire.call(method, route, body)
        assert answer.status_code in (200, 400, 403, 404, 413, 414), f"{body}: {answer.status_code} {answer.text[:300]}"
        assert isinstance(answer.json(), dict)
        if answer.status_code != 200:
            assert answer.json()["error_code"] and answer.json()["message"]
    assert wire.get("runs/get", run_id=run)["run"]["info"]["experiment_id"] == experiment


def encodable(value):
    """What a query string can carry."""
    return str(value).encode(errors="ignore").decode() if value is not None else None
