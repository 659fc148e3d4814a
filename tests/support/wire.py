"""The MLflow protocol without its client: for what the client would refuse to send, and to see answers bare."""

import requests

STATUS = {
    "INVALID_PARAMETER_VALUE": 400,
    "BAD_REQUEST": 400,
    "RESOURCE_ALREADY_EXISTS": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "RESOURCE_CONFLICT": 409,
    "ENDPOINT_NOT_FOUND": 404,
}
INVALID, MISSING, TAKEN = "INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS"
CONFLICT = "RESOURCE_CONFLICT"


class Wire:
    def __init__(self, uri, token=None):
        self.uri = uri
        self.session = requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def send(self, method, path, **options):
        """The bare answer to a request for a whole path; a 5xx is never an answer."""
        answer = self.session.request(method, self.uri + path, timeout=60, **options)
        assert answer.status_code < 500, f"{method} {path} {options}: {answer.status_code} {answer.text[:500]}"
        return answer

    def call(self, method, route, body=None, base="/api/2.0/mlflow/"):
        """The bare answer of a route; a GET carries its fields in the query."""
        options = {"params": body} if method == "GET" else {"json": body or {}}
        return self.send(method, base + route, **options)

    def ok(self, method, route, body=None, **options):
        answer = self.call(method, route, body, **options)
        assert answer.status_code == 200, f"{method} {route} {body}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def get(self, route, **query):
        return self.ok("GET", route, query)

    def post(self, route, **body):
        return self.ok("POST", route, body)

    def refused(self, code, method, route, **body):
        """Must be refused with this code (or one of these); gives the message."""
        return expect(self.call(method, route, body), code)


def expect(answer, code):
    codes = code if isinstance(code, tuple) else (code,)
    said = answer.json()
    told = f"{answer.request.method} {answer.request.url} {str(answer.request.body)[:300]}: {answer.status_code} {answer.text[:300]}"
    assert said.get("error_code") in codes, f"wanted {codes}, {told}"
    assert answer.status_code == STATUS[said["error_code"]], told
    assert said["message"] and "Traceback" not in said["message"], told
    return said["message"]
