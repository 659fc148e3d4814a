"""Nonsense of every kind: a clear 4xx in the shape the caller expects, nothing changed."""

import json

import pytest
import requests

from slipway import email

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def bet(team):
    return team.propose()


def raw(api, method, path, body, **headers):
    answer = api.send(method, path, data=body, headers=JSON | headers)
    assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.text[:300]
    return answer


@pytest.mark.parametrize("wrong", [
    {"colour": "red"}, {"hypothesis": 5}, {"hypothesis": ["a"]}, {"owner": "nobody@slipway.test"}, {"owner": 7}, {"name": "n" * 501},
    {"name": "a\u0000b"}, {"rule": "recall"}, {"rule": {}}, {"rule": {"metric": "recall"}},
    {"rule": {"metric": "recall", "comparator": "=", "threshold": 1, "constraints": []}},
    {"rule": {"metric": "recall", "comparator": ">=", "threshold": "high", "constraints": []}},
    {"rule": {"metric": "recall", "comparator": ">=", "threshold": 1, "constraints": [{"metric": "p"}]}},
    {"rule": {"metric": "", "comparator": ">=", "threshold": 1, "constraints": []}},
    {"rule": {"metric": "recall", "comparator": ">=", "threshold": 1, "constraints": [], "time_box_days": 0}},
    {"rule": {"metric": "recall", "comparator": ">=", "threshold": 1, "constraints": [], "time_box_days": -3}},
    {"rule": {"metric": "recall", "comparator": ">=", "threshold": 1, "constraints": [], "time_box_days": 10**12}},
    {"rule": {"metric": "recall", "comparator": ">=", "threshold": 1, "constraints": [], "time_box_days": 1.5}},
    {"rule": {"metric": "recall", "comparator": ">=", "threshold": 1, "constraints": [], "mood": "good"}},
])
def test_what_is_no_experiment(team, wrong):
    before = len(team.dana.get(f"/api/v1/projects/{team.key}/experiments")["items"])
    wanted = {"name": "n", "hypothesis": "h", "owner": email("Dana")} | wrong
    problem = team.dana.refused(400, "POST", f"/api/v1/projects/{team.key}/experiments", wanted)
    assert problem["detail"]
    assert len(team.dana.get(f"/api/v1/projects/{team.key}/experiments")["items"]) == before


BODIES = ["", "{", "[]", "5", "null", '"text"', "{'a': 1}", '{"name": }', "\ufeff{}", '{"a": 1} {"b": 2}', "[" * 100_000, '{"a":' * 100_000, "NaN"]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_bodies_that_are_none(team, body):
    assert raw(team.dana, "POST", f"/api/v1/projects/{team.key}/experiments", body.encode()).status_code == 400


def rule(threshold):
    return '{"hypothesis": "h", "owner": "%s", "rule": {"metric": "m", "comparator": ">=", "threshold": %s, "constraints": []}}' % (email("Dana"), threshold)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "-Infinity", '"NaN"', "1" + "0" * 400, "0x10", "1_000", "true", "null"])
def test_numbers_that_are_none(team, number):
    path = f"/api/v1/projects/{team.key}/experiments"
    assert raw(team.dana, "POST", path, rule(number).encode()).status_code == 400
    assert team.dana.send("POST", path, data=rule("1e300"), headers=JSON).status_code == 201


def test_a_key_given_twice(team):
    body = '{"name": "one", "name": "two", "hypothesis": "h", "owner": "%s"}' % email("Dana")
    answer = raw(team.dana, "POST", f"/api/v1/projects/{team.key}/experiments", body.encode())
    assert answer.status_code == 400 and "twice" in answer.json()["detail"]


def test_ten_megabytes_of_a_name(team, bet):
    huge = json.dumps({"name": "x" * 10_000_000, "hypothesis": "h", "owner": email("Dana")}).encode()
    for method, path in [("POST", f"/api/v1/projects/{team.key}/experiments"), ("PATCH", f"/api/v1/experiments/{bet['id']}")]:
        answer = raw(team.dana, method, path, huge, **{"If-Match": f'"{bet["version"]}"'})
        assert answer.status_code in (400, 413) and len(answer.text) < 2000


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"])
def test_bodies_of_another_type(team, kind):
    body = json.dumps({"hypothesis": "h", "owner": email("Dana")})
    answer = team.dana.send("POST", f"/api/v1/projects/{team.key}/experiments", data=body, headers={"Content-Type": kind})
    assert answer.status_code == 415


IDS = ["0x1", "-1", "1.0", "99999999999999999999999", "%00", "..", "%2e%2e", "a b", "' OR 1=1 --", "💥", "1;2", "\\", "nothing"]


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("place", [
    "/api/v1/experiments/{}", "/api/v1/runs/{}", "/api/v1/reviews/{}", "/api/v1/promotions/{}", "/api/v1/projects/{}", "/api/v1/experiments/{}/runs",
])
def test_ids_that_are_none(team, place, id):
    answer = team.dana.send("GET", place.format(id))
    assert answer.status_code in (400, 404)
    assert answer.headers["Content-Type"].startswith("application/problem+json") or "%2e" in id or ".." in id


def test_ids_of_another_project(team, slipway, bet):
    """What is not yours is answered like what is not there."""
    run = team.log(bet["id"], recall=0.8, precision=0.95, files={"a.txt": "a"})
    request = team.review_all(bet["id"])
    promotion = team.ask_promotion(bet["id"], run)
    other = slipway.new_project()
    stranger = slipway.join(other, "Omar", duties=["security", "technical_lead"])
    review = request["reviews"][0]["id"]
    for method, path, body in [
        ("GET", f"/api/v1/experiments/{bet['id']}", None), ("GET", f"/api/v1/runs/{run}", None), ("DELETE", f"/api/v1/runs/{run}", None),
        ("GET", f"/api/v1/experiments/{bet['id']}/runs", None), ("GET", f"/api/v1/runs/{run}/artifacts", None),
        ("GET", f"/api/v1/runs/{run}/artifacts/content?path=a.txt", None), ("GET", f"/api/v1/reviews/{review}", None),
        ("PATCH", f"/api/v1/reviews/{review}", {"decision": "accepted", "note": "x"}), ("GET", f"/api/v1/promotions/{promotion['id']}", None),
        ("PUT", f"/api/v1/promotions/{promotion['id']}/approval", {"duty": "security"}),
        ("POST", f"/api/v1/promotions/{promotion['id']}/deployment", {}), ("GET", f"/api/v1/projects/{team.key}", None),
        ("POST", f"/api/v1/experiments/{bet['id']}/reviews", {"artifacts": {}}), ("DELETE", f"/api/v1/experiments/{bet['id']}", None),
        ("GET", f"/api/v1/promotions/{promotion['id']}/monitoring-rules", None), ("GET", f"/api/v1/projects/{team.key}/members", None),
    ]:
        stranger.refused(404, method, path, body)
    assert stranger.get("/api/v1/events", project=other)["items"]
    assert team.key not in str(stranger.get("/api/v1/events")["items"])
    assert not team.promotion(promotion)["approvals"] and not team.experiment(bet["id"])["deleted"]


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "..", "a/../../b", "%2e%2e/x", "a\x00b", "", "x" * 5000, "a.txt/below", "."])
def test_artifact_paths_that_try_to_get_out(team, bet, path):
    run = team.log(bet["id"], files={"a.txt": "a"})
    answer = team.dana.send("GET", f"/api/v1/runs/{run}/artifacts/content", params={"path": path})
    assert answer.status_code in (400, 404) and "root:" not in answer.text
    assert team.dana.send("GET", f"/api/v1/runs/{run}/artifacts", params={"path": path}).status_code in (200, 400, 404)


def test_artifacts_are_shown_safely(team, bet):
    run = team.log(bet["id"], files={"page.html": "<script>alert(1)</script>", "note.md": "# Note", "a.svg": "<svg onload='alert(1)'/>"})
    for name in ("page.html", "note.md", "a.svg"):
        shown = team.dana.send("GET", f"/api/v1/runs/{run}/artifacts/content", params={"path": name, "inline": 1})
        if shown.status_code == 200 and not shown.headers.get("Content-Disposition", "").startswith("attachment"):
            assert shown.headers["Content-Type"].startswith("text/plain") and "sandbox" in shown.headers["Content-Security-Policy"]
        assert shown.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("query", [
    {"limit": "0"}, {"limit": "-1"}, {"limit": "lots"}, {"limit": "1" * 30}, {"cursor": "???"}, {"cursor": "e30"}, {"cursor": "x" * 20_000},
    {"status": "asleep"}, {"verdict": "guilty"}, {"sort": "metrics.a:sideways"},
])
def test_queries_that_are_none(team, query):
    answer = team.dana.send("GET", f"/api/v1/projects/{team.key}/experiments", params=query)
    assert answer.status_code in (400, 414, 431)


def test_deleted_things(team, bet):
    run = team.log(bet["id"], recall=0.8, precision=0.95)
    team.dana.delete(f"/api/v1/experiments/{bet['id']}")
    for path, body in [("reviews", {"artifacts": {}}), ("promotion", {"run_id": run, "plan": {"environment": "e", "rollback_to": "r"}})]:
        assert 400 <= team.dana.send("POST", f"/api/v1/experiments/{bet['id']}/{path}", body).status_code < 500


def test_requests_from_elsewhere(slipway, admin):
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        answer = admin.send("POST", "/api/v1/projects", {"key": "EVIL", "name": "Evil"}, headers=headers)
        assert answer.status_code in (400, 403, 421)
    admin.refused(404, "GET", "/api/v1/projects/EVIL")


def test_unknown_routes_and_methods(admin):
    admin.refused(404, "GET", "/api/v1/nothing")
    admin.refused(405, "PUT", "/api/v1/projects", {})
    assert admin.send("TRACE", "/api/v1/projects").status_code in (400, 403, 404, 405, 501)


def test_long_addresses_and_headers(slipway, admin):
    assert 400 <= admin.send("GET", "/api/v1/projects?q=" + "x" * 100_000).status_code < 500
    answer = requests.get(slipway.url + "/api/v1/me", headers={"Authorization": "Bearer " + "x" * 60_000}, timeout=10)
    assert 400 <= answer.status_code < 500
    assert requests.get(slipway.url + "/api/v1/me", headers={"Authorization": "Basic !!!"}, timeout=10).status_code == 401
