"""Signing in with a browser, and creations that are asked for twice."""

import pytest
import requests

from api import Api
from slipway import ADMIN, PASSWORD, email


@pytest.fixture
def browser(slipway):
    """browser(email) gives a session with the cookie of a sign-in, and nothing else."""

    def browser(who=ADMIN, password=PASSWORD):
        session = requests.Session()
        session.trust_env = False
        answer = session.post(f"{slipway.url}/api/v1/session", json={"email": who, "password": password}, headers={"X-Slipway": "1"})
        return session, answer

    return browser


def test_a_sign_in(slipway, browser):
    session, answer = browser()
    cookie = answer.headers["Set-Cookie"]
    assert answer.ok and "HttpOnly" in cookie and "SameSite" in cookie and "Path=/" in cookie
    assert session.get(f"{slipway.url}/api/v1/me").json()["user"]["email"] == ADMIN
    assert answer.headers["Cache-Control"].startswith("no-store")
    session.delete(f"{slipway.url}/api/v1/session", headers={"X-Slipway": "1"})
    assert session.get(f"{slipway.url}/api/v1/me").status_code == 401


def test_a_write_with_a_cookie_needs_the_page_of_this_server(slipway, browser):
    session, _ = browser()
    project = {"key": "FORGED", "name": "Forged"}
    for headers in ({}, {"X-Slipway": "1", "Origin": "https://evil.example"}, {"Origin": slipway.url}):
        assert session.post(f"{slipway.url}/api/v1/projects", json=project, headers=headers).status_code == 403
    assert session.get(f"{slipway.url}/api/v1/projects/FORGED").status_code == 404
    ok = session.post(f"{slipway.url}/api/v1/projects", json=project, headers={"X-Slipway": "1", "Origin": slipway.url})
    assert ok.status_code == 201


def test_a_cookie_is_no_key_for_the_client(slipway, browser, key):
    session, _ = browser()
    answer = session.post(f"{slipway.tracking_uri(key)}/api/2.0/mlflow/experiments/create", json={"name": "forged"})
    assert answer.status_code in (401, 403)


def test_wrong_passwords_are_told_apart_from_nothing(browser):
    _, wrong = browser(ADMIN, "wrong")
    _, unknown = browser("nobody@slipway.test", "wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["detail"] == unknown.json()["detail"]


def test_an_invitation_works_once(slipway, admin, key):
    seat = {"role": "member", "trades": [], "duties": []}
    invited = admin.put(f"/api/v1/projects/{key}/members/{email('Newcomer ' + key).replace(' ', '-')}", seat)
    assert invited["invite_url"]
    nobody = Api(slipway.url)
    nobody.refused(400, "POST", "/api/v1/invitation", {"link": invited["invite_url"], "password": "short"})
    nobody.post("/api/v1/invitation", {"link": invited["invite_url"], "password": PASSWORD})
    assert 400 <= nobody.send("POST", "/api/v1/invitation", {"link": invited["invite_url"], "password": PASSWORD + "!"}).status_code < 500
    again = admin.put(f"/api/v1/projects/{key}/members/{invited['user']['email']}", seat)
    assert not again.get("invite_url")


def test_a_creation_asked_for_twice_happens_once(team):
    path, headers = f"/api/v1/projects/{team.key}/experiments", {"Idempotency-Key": "the-same-request"}
    body = {"hypothesis": "h", "owner": email("Dana")}
    first = team.dana.send("POST", path, body, headers=headers)
    second = team.dana.send("POST", path, body, headers=headers)
    assert first.status_code == second.status_code == 201
    assert first.json()["id"] == second.json()["id"]
    assert len(team.dana.get(path)["items"]) == 1
    other = team.dana.send("POST", path, body | {"hypothesis": "another"}, headers=headers)
    assert 400 <= other.status_code < 500


@pytest.mark.parametrize("path", ["/", "/api/v1/me", "/api/v1/projects", "/version"])
def test_headers_that_protect(slipway, admin, path):
    answer = admin.send("GET", path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    scripts = [part for part in policy.split(";") if part.strip().startswith(("script-src", "default-src"))]
    assert scripts and not any("unsafe-inline" in part for part in scripts if "script-src" in part)
    if path.startswith("/api"):
        assert "no-store" in answer.headers["Cache-Control"]
