"""Slipway's own API as a script reaches it: JSON in, JSON out, refusals named."""

import requests


class Refused(Exception):
    def __init__(self, answer):
        self.status, self.headers = answer.status_code, answer.headers
        self.problem = answer.json() if "json" in answer.headers.get("Content-Type", "") else {}
        super().__init__(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:600]}")


class Api:
    def __init__(self, url, token=None):
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def send(self, method, path, body=None, **options):
        """The bare answer, whatever it is; a 5xx is never an answer."""
        if body is not None:
            options["json"] = body
        options.setdefault("timeout", 30)
        answer = self.session.request(method, self.url + path, **options)
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text[:600]}"
        return answer

    def call(self, method, path, body=None, version=None, **options):
        if version is not None:
            options.setdefault("headers", {})["If-Match"] = f'"{version}"'
        answer = self.send(method, path, body, **options)
        if answer.status_code >= 400:
            raise Refused(answer)
        return answer.json() if answer.content and "json" in answer.headers["Content-Type"] else answer.text

    def get(self, path, **query):
        return self.call("GET", path, params=query)

    def post(self, path, body=None):
        return self.call("POST", path, body)

    def put(self, path, body=None, version=None):
        return self.call("PUT", path, body, version)

    def patch(self, path, body=None, version=None):
        return self.call("PATCH", path, body, version)

    def delete(self, path, body=None, version=None):
        return self.call("DELETE", path, body, version)

    def refused(self, status, method, path, body=None, **options):
        """The problem of a request that must be refused with this status."""
        try:
            answer = self.call(method, path, body, **options)
        except Refused as refusal:
            assert refusal.status == status, f"wanted {status}: {refusal}"
            assert refusal.headers["Content-Type"].startswith("application/problem+json")
            assert refusal.problem["status"] == status and refusal.problem["title"]
            return refusal.problem
        raise AssertionError(f"{method} {path} was allowed: {str(answer)[:300]}")
