"""What a client or a monitor asks before anything else."""

import pytest
import requests


@pytest.mark.parametrize("prefix", ["", "/p"])
def test_the_version_is_recent_enough(slipway, uri, prefix):
    answer = requests.get((uri if prefix else slipway.url) + "/version", timeout=5)
    assert answer.status_code == 200 and "json" not in answer.headers["Content-Type"]
    numbers = [int(part) for part in answer.text.strip().split(".")[:2]]
    assert numbers >= [3, 4]


def test_health(slipway):
    answer = requests.get(f"{slipway.url}/health", timeout=5)
    assert (answer.status_code, answer.text.strip()) == (200, "OK")


def test_server_info_promises_only_what_is_there(wire):
    answer = wire.call("GET", "server-info", base="/api/3.0/mlflow/")
    if answer.status_code == 404:
        return
    told = answer.json()
    assert told.get("workspaces_enabled") in (None, False)
    for transfer in ("multipart_uploads_enabled", "multipart_downloads_enabled"):
        if told.get(transfer):
            assert wire.send("POST", "/api/2.0/mlflow-artifacts/mpu/create/x").status_code != 404


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_foreign_hosts_and_pages_are_turned_away(wire, headers):
    answer = wire.send("POST", "/api/2.0/mlflow/experiments/create", json={"name": "foreign"}, headers=headers)
    assert answer.status_code == 403
