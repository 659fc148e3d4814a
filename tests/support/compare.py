"""The same story told to two servers, and what they answered side by side.

Answers are compared after taking away what must differ: ids become names in the order of their first appearance, moments
of the server's own clock become "now", names that a server makes up become "made up", page tokens become "token", digests "digest". Lists
of pairs have no order, and what is empty counts as absent, as it does for the client. Moments and durations are compared
as such, however many digits they have, and texts that hold JSON as what they hold. Infinite values, which come back here and
become the largest doubles there, count as the same.
"""

import datetime
import json
import re
import time

from wire import Wire

ID_FIELDS = {"experiment_id": "experiment", "run_id": "run", "run_uuid": "run", "model_id": "model", "trace_id": "trace",
             "request_id": "trace", "experiment_ids": "experiment", "dataset_id": "dataset", "assessment_id": "assessment", "webhook_id": "webhook"}
ID = re.compile(r"\b(?:m-|tr-|d-|a-)?[0-9a-f]{32}\b")
HOME = re.compile(r"(?<=mlflow-artifacts:/)\d+")
MADE_UP = re.compile(r"^[a-z]+-[a-z]+-\d+$")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
SECONDS = re.compile(r"-?\d+(\.\d+)?s")
UNORDERED = {"tags", "params", "metrics", "aliases"}
JSON_FIELDS = {"tags", "schema", "profile", "records"}
DAY_MS = 24 * 60 * 60 * 1000


class Told:
    """One server listening to a story."""

    def __init__(self, uri, token=None):
        self.wire = Wire(uri, token)
        self.names = {}
        self.seen = []
        self.settled = False

    def __call__(self, label, method, route, body=None, base="/api/2.0/mlflow/", **options):
        """Sends, keeps the answer under the label, and gives it. Once `settled`, new ids get no names of their own."""
        if not options:
            options = {"params": body} if method == "GET" else {"json": body or {}}
        answer = self.wire.session.request(method, self.wire.uri + base + route, timeout=60, **options)
        said = decoded(answer)
        self.seen.append((label, answer.status_code, self.plain(said, answer.status_code)))
        return said

    def plain(self, said, status):
        if status >= 400:
            return said.get("error_code") if isinstance(said, dict) else None
        return self.tidy(said)

    def tidy(self, value, field=None):
        if isinstance(value, dict):
            pairs = {key: self.tidy(item, key) for key, item in sorted(value.items(), key=lambda pair: self.first(pair[0]))}
            return {key: item for key, item in pairs.items() if item not in (None, [], {}, "")}
        if isinstance(value, list):
            items = [self.tidy(item, field) for item in value]
            return sorted(items, key=json.dumps) if field in UNORDERED else items
        if isinstance(value, str):
            return self.text(value, field)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value - time.time() * 1000) < DAY_MS:
            return "now"
        return value

    @staticmethod
    def first(key):
        """Ids are named where they are at home, before other texts hold them."""
        return (key not in ID_FIELDS, key)

    def text(self, value, field):
        if field in ("next_page_token", "digest"):
            return field.rpartition("_")[2]
        if value and field in ID_FIELDS:
            return self.name(value, ID_FIELDS[field])
        if MADE_UP.match(value):
            return "made up"
        if MOMENT.fullmatch(value):
            at = datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp() * 1000
            return "now" if abs(at - time.time() * 1000) < DAY_MS else f"at {round(at)}"
        if SECONDS.fullmatch(value):
            return f"{float(value[:-1]):.3f}s"
        if field in JSON_FIELDS or (field == "value" and value[:1] in ("[", "{")):
            return self.tidy(read(value))
        value = HOME.sub(lambda found: self.name(found.group(), "experiment"), value)
        return ID.sub(lambda found: self.name(found.group(), "id"), value)

    def name(self, value, kind):
        if kind == "experiment" and value == "0":
            return "Default"
        if self.settled:
            return self.names.get(value, f"another {kind}")
        return self.names.setdefault(value, f"{kind} {len(self.names) + 1}")


def read(text):
    """Some fields are texts that hold JSON, whose members have no order."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def decoded(answer):
    try:
        return answer.json()
    except ValueError:
        return answer.text


def differences(theirs, ours):
    """What two tellings of one story show differently: label, their answer, our answer."""
    assert [label for label, *_ in theirs.seen] == [label for label, *_ in ours.seen], "a story must not depend on answers"
    return [(label, there, here) for (label, *there), (_, *here) in zip(theirs.seen, ours.seen, strict=True) if there != clamped(here)]


LARGEST = 1.7976931348623157e308


def clamped(value, field=None):
    """As MLflow's server would say it: for infinities the largest doubles, since its database keeps no others."""
    if isinstance(value, dict):
        return {key: clamped(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [clamped(item) for item in value]
    return {"Infinity": LARGEST, "-Infinity": -LARGEST}.get(value, value) if field == "value" and isinstance(value, str) else value
