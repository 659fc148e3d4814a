"""Every route of our own API, as its description lists them, with values that nobody means."""

import json
import re

import pytest

from nonsense import NASTY, bodies
from slipway import ADMIN
from team import Team

# A stream that does not end, and what would end the caller's own session.
LEFT_OUT = {("GET", "/api/v1/live"), ("DELETE", "/api/v1/session"), ("POST", "/api/v1/setup")}
ALLOWED = {200, 201, 204, 400, 401, 403, 404, 405, 409, 412, 413, 414, 415, 422, 428, 429}


@pytest.fixture(scope="session")
def described(slipway):
    return slipway.api(ADMIN).get("/api/v1/openapi.json")


@pytest.fixture(scope="session")
def place(slipway):
    """Something real for each kind of id."""
    team = Team(slipway, slipway.new_project())
    experiment, run, promotion = team.ready_promotion()
    review = team.dana.get(f"/api/v1/experiments/{experiment}/reviews")["reviews"][0]["id"]
    with team.client("Lev") as client:
        client.create_registered_model("trees")
    model = team.dana.get(f"/api/v1/projects/{team.key}/models")["items"][0]["id"]
    return {"key": team.key, "models": model, "experiments": experiment, "runs": run, "promotions": promotion["id"], "reviews": review}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_nonsense(admin, described, place, method):
    routes = [path for path, methods in described["paths"].items() if method.lower() in methods and path.startswith("/api/v1/")]
    assert len(routes) > 2
    for path in routes:
        if (method, path) not in LEFT_OUT:
            ask(admin, described, place, method, path)


def ask(admin, described, place, method, path):
    address, headers = filled(path, place), {"If-Match": '"1"', "Content-Type": "application/json"}
    fields = wanted(described, method, path)
    for body in bodies(fields, seed=path, count=20) if fields else [None]:
        data = json.dumps(body).encode() if body is not None else None
        tell(admin.send(method, address, data=data, headers=headers))
    for text in (value for value in NASTY if isinstance(value, str) and "{" in path):
        odd = re.sub(r"\{\w+\}", lambda _: written(text), path)
        tell(admin.send(method, odd, data=None if method == "GET" else b"{}", headers=headers))
    asked = described["paths"][path][method.lower()].get("parameters", [])
    for name in (parameter["name"] for parameter in asked if parameter["in"] == "query"):
        for value in NASTY:
            tell(admin.send(method, address, params={name: str(value).encode(errors="ignore")}))


def written(text):
    return text.encode(errors="ignore").decode().replace("\0", "%00")


def tell(answer):
    assert answer.status_code in ALLOWED, f"{answer.request.method} {answer.request.url} {answer.request.body}: {answer.status_code} {answer.text[:300]}"
    assert "panicked" not in answer.text


def filled(path, place):
    for name in re.findall(r"\{(\w+)\}", path):
        kind = "key" if name == "key" else path.split("/")[3]
        path = path.replace("{%s}" % name, str(place.get(kind, "nothing")))
    return path


def wanted(described, method, path):
    """The fields of the body, as the description names them, each with a value of its type."""
    body = described["paths"][path][method.lower()].get("requestBody")
    if not body:
        return {}
    (schema,) = (content["schema"] for content in body["content"].values())
    return {name: example(described, inner) for name, inner in resolved(described, schema).get("properties", {}).items()}


def resolved(described, schema):
    while "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def example(described, schema):
    kind = resolved(described, schema).get("type", "string") if isinstance(schema, dict) else "string"
    kind = kind[0] if isinstance(kind, list) else kind
    return {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}}.get(kind)
