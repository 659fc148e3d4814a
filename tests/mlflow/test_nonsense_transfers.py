"""Every field of webhooks, uploads in parts and signed addresses with values that nobody means."""

import pytest

from nonsense import bodies

pytestmark = pytest.mark.differs("many are a 500 there")

REGISTRY, ARTIFACTS = "/api/2.0/mlflow/", "/api/2.0/mlflow-artifacts/"
EVENT = {"entity": "PROMPT", "action": "CREATED"}
ALLOWED = (200, 400, 403, 404, 405, 413, 414)

CALLS = {
    "POST webhooks": {"name": "n", "url": "https://93.184.216.34/", "events": [EVENT], "description": "d", "secret": "s", "status": "DISABLED"},
    "GET webhooks": {"max_results": 5, "page_token": ""},
    "PATCH webhooks/HOOK": {"name": "n", "url": "https://93.184.216.34/", "events": [EVENT], "description": "d", "secret": "s", "status": "DISABLED"},
    "POST webhooks/unknown/test": {"event": EVENT},
    "DELETE webhooks/unknown": {},
    "POST mpu/create/FOLDER": {"path": "x", "num_parts": 2},
    "POST mpu/complete/FOLDER": {"path": "x", "upload_id": "0" * 32, "parts": [{"part_number": 1, "etag": "x", "url": ""}]},
    "POST mpu/abort/FOLDER": {"path": "x", "upload_id": "0" * 32},
    "POST artifacts/presigned-upload-url": {"run_id": "RUN", "model_id": "", "path": "x", "expiration": 60},
    "POST artifacts/presigned-download-url": {"run_id": "RUN", "path": "x", "expiration": 60},
}


@pytest.mark.parametrize("call", CALLS)
def test_nonsense(wire, run, call):
    method, route = call.split()
    if "HOOK" in route:
        made = wire.post("webhooks", name="n", url="https://93.184.216.34/", events=[EVENT], status="DISABLED")
        route = route.replace("HOOK", made["webhook"]["webhook_id"])
    folder = wire.get("runs/get", run_id=run)["run"]["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")
    base = ARTIFACTS if route.startswith("mpu/") else REGISTRY
    right = {field: run if value == "RUN" else value for field, value in CALLS[call].items()}
    for body in bodies(right, seed=call, count=40):
        if method == "GET":
            body = {field: str(value).encode(errors="ignore").decode() for field, value in body.items() if value is not None}
        answer = wire.call(method, route.replace("FOLDER", folder), body, base=base)
        assert answer.status_code in ALLOWED, f"{body}: {answer.status_code} {answer.text[:300]}"
        if answer.status_code != 200:
            assert answer.json()["error_code"] and answer.json()["message"]
    assert wire.get("runs/get", run_id=run)["run"]["info"]["run_id"] == run


@pytest.mark.parametrize("path", ["", ".", "..", "x", "e30", "e30.e30", "%00", "%ff", "é.é", "a" * 5000, "..%2f..%2fx", "null.null"])
def test_addresses_that_nobody_gave_out(slipway, wire, path):
    for method in ("GET", "PUT"):
        answer = wire.session.request(method, f"{slipway.url}/api/v1/artifacts/signed/{path}", data=b"x", timeout=30)
        assert answer.status_code in (403, 404, 405, 414), (path, answer.status_code, answer.text[:200])
