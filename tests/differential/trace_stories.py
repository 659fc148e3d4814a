"""Stories of traces, assessments and evaluation datasets; see stories.py."""

import json

DAY_NS = 1_700_000_000_000_000_000
V3 = "/api/3.0/mlflow/"
FIRST, SECOND, THIRD, UNKNOWN = ("0" * 31 + digit for digit in "abcd")
# MLflow's server knows no projects, so each story has ids of its own.
ONE, TWO, THREE, JUDGED = ("0" * 30 + digit * 2 for digit in "1234")


def pairs(**items):
    return [{"key": key, "value": value} for key, value in items.items()]


class Teller:
    """Asks in version 3 of the protocol."""

    def __init__(self, ask):
        self.ask = ask

    def __call__(self, label, method, route, body=None, base=V3, **options):
        return self.ask(label, method, route, body, base=base, **options)

    def spans(self, label, experiment, body, **headers):
        headers = {"Content-Type": "application/json"} | ({"x-mlflow-experiment-id": experiment} if experiment else {}) | headers
        body = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return self.ask(label, "POST", "/v1/traces", base="", data=body, headers=headers)


def home_of(ask, name):
    return ask("home", "POST", "experiments/create", {"name": name})["experiment_id"]


def info(trace, experiment, **more):
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    return {"trace": {"trace_info": {"trace_id": trace, "trace_location": place, "request_time": "2023-11-14T22:13:20Z", "state": "OK"} | more}}


def span(trace, number, parent=None, name="root", attributes=(), status=1, **more):
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in attributes]
    return {"traceId": trace, "spanId": f"{number:016x}", "parentSpanId": f"{parent:016x}" if parent else "", "name": name,
            "startTimeUnixNano": str(DAY_NS + number * 1_000_000), "endTimeUnixNano": str(DAY_NS + number * 1_000_000 + 5_000_000),
            "status": {"code": status}, "attributes": attributes} | more


def export(*spans):
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


def traces(ask):
    home = home_of(ask, "Traces")
    tell = Teller(ask)
    first = tell("tell", "POST", "traces", info("tr-" + FIRST, home, tags={"lang": "de", "mlflow.traceName": "asked"},
                                                trace_metadata={"team": "growth"}, request_preview="why?", response_preview="so",
                                                execution_duration="1.500s", client_request_id="r-1"))
    assert first
    tell("get", "GET", f"traces/tr-{FIRST}")
    tell("tell again", "POST", "traces", info("tr-" + FIRST, home, state="ERROR", tags={"more": "1"}, trace_metadata={"team": "fraud"}))
    tell("after telling again", "GET", f"traces/tr-{FIRST}")
    for state in ("IN_PROGRESS", "STATE_UNSPECIFIED", 1, 2, "DONE", "ok", None):
        tell(f"state {state}", "POST", "traces", info("tr-" + SECOND, home, state=state))
    for at in ("2023-11-14T22:13:20.123456789Z", "2023-11-14T22:13:20+01:00", "yesterday", 17, None):
        tell(f"time {at}", "POST", "traces", info("tr-" + SECOND, home, request_time=at))
    for duration in ("0s", "2s", "0.001s", "1.5", "-1s", "x", 3, None):
        tell(f"duration {duration}", "POST", "traces", info("tr-" + SECOND, home, execution_duration=duration))
    tell("no location", "POST", "traces", {"trace": {"trace_info": {"trace_id": "tr-" + SECOND}}})
    tell("no id", "POST", "traces", info("", home))
    tell("nothing", "POST", "traces", {})
    tell("nowhere", "POST", "traces", info("tr-" + THIRD, "987654"))
    tell("get unknown", "GET", f"traces/tr-{UNKNOWN}")

    tell.spans("spans", home, export(span(SECOND, 1, name="root", attributes=[("mlflow.spanType", "CHAIN"), ("mlflow.spanInputs", '{"q": "why?"}')]),
                                     span(SECOND, 2, 1, "child", attributes=[("depth", "3")], status=2)))
    tell.spans("spans again", home, export(span(SECOND, 2, 1, "child, renamed")))
    tell.spans("spans alone", home, export(span(THIRD, 1, name="alone", attributes=[("mlflow.spanOutputs", '"so"')])))
    tell.spans("spans nowhere", "987654", export(span(UNKNOWN, 1)))
    tell.spans("spans without an experiment", None, export(span(UNKNOWN, 1)))
    tell.spans("no spans", home, {"resourceSpans": []})
    tell.spans("no JSON", home, "{")
    tell.spans("another type", home, export(span(UNKNOWN, 1)), **{"Content-Type": "text/plain"})
    tell.spans("a short id", home, export(span("ab", 1)))
    for trace in (FIRST, SECOND, THIRD, UNKNOWN):
        tell(f"whole {trace[-1]}", "GET", "traces/get", {"trace_id": "tr-" + trace, "allow_partial": "true"})
    tell("several", "GET", "traces/batchGet", {"trace_ids": [f"tr-{SECOND}", f"tr-{UNKNOWN}"]})
    tell("several of nothing", "GET", "traces/batchGet", {})
    tell("several infos", "POST", "traces/batchGetInfos", {"trace_ids": [f"tr-{FIRST}", f"tr-{SECOND}", f"tr-{UNKNOWN}"]})

    for key, value in (("a", "1"), ("a/b", "2"), ("a,b", "3"), ("k" * 250, "4"), ("k" * 251, "5"), ("", "6"), ("long", "x" * 8_001), ("mlflow.traceName", "renamed")):
        tell(f"tag {key[:20]!r} {len(key)}", "PATCH", f"traces/tr-{FIRST}/tags", {"key": key, "value": value})
    tell("tag of unknown", "PATCH", f"traces/tr-{UNKNOWN}/tags", {"key": "a", "value": "1"})
    tell("after tagging", "GET", f"traces/tr-{FIRST}")
    for key in ("a", "a", "nothing", ""):
        tell(f"untag {key!r}", "DELETE", f"traces/tr-{FIRST}/tags", {"key": key})
    ask("tag by the old words", "PATCH", f"traces/tr-{FIRST}/tags", {"key": "old", "value": "1"})
    ask("untag by the old words", "DELETE", f"traces/tr-{FIRST}/tags", {"key": "old"})
    for label, body in (("nothing", {}), ("both", {"max_timestamp_millis": 1, "request_ids": ["x"]}), ("a number alone", {"max_traces": 1}),
                        ("no number", {"max_timestamp_millis": 1, "max_traces": 0}), ("unknown", {"request_ids": [f"tr-{UNKNOWN}"]}),
                        ("one", {"request_ids": [f"tr-{THIRD}"]}), ("one again", {"request_ids": [f"tr-{THIRD}"]}),
                        ("all", {"max_timestamp_millis": 4_000_000_000_000})):
        tell(f"delete {label}", "POST", "traces/delete-traces", {"experiment_id": home} | body)
    tell("delete without a place", "POST", "traces/delete-traces", {"request_ids": ["x"]})
    tell("get deleted", "GET", f"traces/tr-{FIRST}")


def trace_searches(ask):
    home = home_of(ask, "Trace searches")
    tell = Teller(ask)
    for number, (trace, state, name, words) in enumerate([(ONE, "OK", "asked", "de"), (TWO, "ERROR", "renamed", "fr"), (THREE, "OK", "late", None)]):
        tags = {"mlflow.traceName": name} | ({"lang": words} if words else {})
        tell(f"a trace {number}", "POST", "traces", info("tr-" + trace, home, state=state, tags=tags, trace_metadata={"team": f"fraud {number}"},
                                                        execution_duration=f"{number}.5s", request_time=f"2023-11-14T22:13:20.00{number}Z",
                                                        **({} if number else {"client_request_id": "r-1"})))
        root = span(trace, number + 1, attributes=[("mlflow.spanType", "CHAIN"), ("mlflow.spanInputs", '{"q": "why?"}')])
        child = span(trace, number + 2, number + 1, "child", status=2)
        tell.spans(f"its spans {number}", home, export(root, *([child] if number else [])))
    run = ask("run", "POST", "runs/create", {"experiment_id": home, "run_name": "r", "start_time": 1})["run"]["info"]["run_id"]
    ask("link", "POST", "traces/link-to-run", {"trace_ids": [f"tr-{ONE}", f"tr-{UNKNOWN}"], "run_id": run})
    ask("link to nothing", "POST", "traces/link-to-run", {"trace_ids": [f"tr-{ONE}"]})
    ask("link too many", "POST", "traces/link-to-run", {"trace_ids": [f"tr-{n:032x}" for n in range(101)], "run_id": run})
    place = [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": home}}]
    for filter in TRACE_FILTERS:
        tell(f"filter {filter}", "POST", "traces/search", {"locations": place, "filter": filter.replace("RUN", run)})
    for order in ("timestamp", "timestamp_ms DESC", "execution_time DESC", "status", "name", "request_id DESC", "tags.lang", "metadata.team DESC", "nothing", "timestamp UP", "span.name"):
        tell(f"order {order}", "POST", "traces/search", {"locations": place, "order_by": [order]})
    for most in (1, 0, -1, 500, 501, "x"):
        tell(f"at most {most}", "POST", "traces/search", {"locations": place, "max_results": most, "order_by": ["request_id"]})
    tell("search nowhere", "POST", "traces/search", {"locations": []})
    tell("search without places", "POST", "traces/search", {})
    tell("page of nonsense", "POST", "traces/search", {"locations": place, "page_token": "nonsense"})


TRACE_FILTERS = [
    "", "status = 'OK'", "status IN ('OK', 'ERROR')", "status != 'OK'", "name = 'renamed'", "name LIKE 're%'", "name ILIKE 'RE%'", "name RLIKE '^r.*d$'",
    "request_id = 'tr-0'", "client_request_id = 'r-1'", "run_id = 'RUN'", "attributes.run_id = 'RUN'", "timestamp > 0", "timestamp_ms > 'x'", "timestamp = 0",
    "execution_time >= 0", "execution_time_ms < 1000000", "tags.lang = 'de'", "tag.lang != 'fr'", "tags.nothing IS NULL", "tags.lang IS NOT NULL",
    "metadata.team = 'fraud'", "request_metadata.team LIKE 'f%'", "span.name = 'root'", "span.name LIKE '%child%'", "span.type = 'CHAIN'", "span.status = 'ERROR'",
    "span.content LIKE '%why%'", "feedback.good = 'x'", "expectation.right = 'x'", "status = OK", "nothing = 'x'", "status", "status = 'OK' OR name = 'x'",
    "status = 'OK' AND tags.lang = 'de'", "name = 'unfinished", "timestamp LIKE '1'", "span.nothing = 'x'", "trace.status = 'OK'", "end_time > 0",
]


def assessments(ask):
    home = home_of(ask, "Assessments")
    tell = Teller(ask)
    trace = f"traces/tr-{JUDGED}"
    tell("a trace", "POST", "traces", info("tr-" + JUDGED, home))
    human = {"source_type": "HUMAN", "source_id": "dana"}

    def said(**more):
        return {"assessment": {"assessment_name": "good", "source": human, "create_time": "2023-11-14T22:13:20Z",
                               "last_update_time": "2023-11-14T22:13:20Z"} | more}

    made = None
    for value in (True, False, 0.5, 7, -1, "good", "", None, ["a", 1], {"k": {"v": None}}):
        made = tell(f"feedback {value!r}", "POST", f"{trace}/assessments", said(feedback={"value": value}, rationale="because", metadata={"k": "v"}))
    good = made["assessment"]["assessment_id"]
    tell("feedback of an error", "POST", f"{trace}/assessments", said(feedback={"error": {"error_code": "E", "error_message": "no"}}))
    for value in (42, "42", True, ["a"], {"facts": "b"}):
        tell(f"expectation {value!r}", "POST", f"{trace}/assessments", said(assessment_name="right", expectation={"value": value}))
    serialized = {"serialization_format": "JSON_FORMAT", "value": '{"a":[1]}'}
    tell("expectation as text", "POST", f"{trace}/assessments", said(assessment_name="text", expectation={"serialized_value": serialized}))
    tell("an issue", "POST", f"{trace}/assessments", said(assessment_name="iss-1", issue={"issue_name": "slow"}))
    tell("nothing said", "POST", f"{trace}/assessments", said())
    tell("no source", "POST", f"{trace}/assessments", {"assessment": {"assessment_name": "x", "feedback": {"value": 1}}})
    for kind in ("CODE", "LLM_JUDGE", "AI_JUDGE", 1, "SOMEBODY"):
        tell(f"source {kind}", "POST", f"{trace}/assessments", said(assessment_name=f"by {kind}", source={"source_type": kind, "source_id": "s"}, feedback={"value": 1}))
    tell("no body", "POST", f"{trace}/assessments", {})
    tell("of an unknown trace", "POST", f"traces/tr-{UNKNOWN}/assessments", said(feedback={"value": 1}))
    tell("of a span", "POST", f"{trace}/assessments", said(assessment_name="span", span_id="0" * 15 + "1", feedback={"value": 1}))
    tell("get", "GET", f"{trace}/assessments/{good}")
    tell("get unknown", "GET", f"{trace}/assessments/a-{UNKNOWN}")
    tell("get of an unknown trace", "GET", f"traces/tr-{UNKNOWN}/assessments/{good}")
    changes = [
        ("value", "feedback", {"feedback": {"value": 2}}), ("rationale", "rationale", {"rationale": "new"}),
        ("metadata", "metadata", {"metadata": {"k": "w", "l": "1"}}), ("name", "assessmentName", {"assessment_name": "better"}),
        ("several", "feedback,rationale", {"feedback": {"value": 3}, "rationale": "both"}), ("kind", "expectation", {"expectation": {"value": 1}}),
        ("an unknown field", "nothing", {"rationale": "x"}), ("what the mask leaves out", "rationale", {"feedback": {"value": 9}, "rationale": "only"}),
    ]
    for label, mask, body in changes:
        tell(f"change {label}", "PATCH", f"{trace}/assessments/{good}", {"assessment": body, "update_mask": mask})
    tell("change without a mask", "PATCH", f"{trace}/assessments/{good}", {"assessment": {"rationale": "x"}})
    tell("change nothing", "PATCH", f"{trace}/assessments/{good}", {})
    tell("change unknown", "PATCH", f"{trace}/assessments/a-{UNKNOWN}", {"assessment": {"rationale": "x"}, "update_mask": "rationale"})
    over = tell("override", "POST", f"{trace}/assessments", said(feedback={"value": 5}, overrides=good))["assessment"]["assessment_id"]
    tell("overridden", "GET", f"{trace}/assessments/{good}")
    tell("override unknown", "POST", f"{trace}/assessments", said(feedback={"value": 5}, overrides=f"a-{UNKNOWN}"))
    tell("delete the override", "DELETE", f"{trace}/assessments/{over}")
    tell("valid again", "GET", f"{trace}/assessments/{good}")
    tell("delete", "DELETE", f"{trace}/assessments/{good}")
    tell("delete twice", "DELETE", f"{trace}/assessments/{good}")
    tell("delete of an unknown trace", "DELETE", f"traces/tr-{UNKNOWN}/assessments/{good}")
    tell("with its assessments", "GET", trace)
    place = [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": home}}]
    for filter in ("feedback.good = 'good'", "feedback.good = 7", "feedback.good > 0.1", "feedback.nothing = 'x'", "expectation.right = '42'", "feedback.good IS NULL",
                   "feedback.good IS NOT NULL", "feedback.good LIKE 'go%'", "issue.id = 'iss-1'"):
        tell(f"filter {filter}", "POST", "traces/search", {"locations": place, "filter": filter})
    # What only one of both takes comes last, so that all else is called by the same names.
    tell("two things said", "POST", f"{trace}/assessments", said(feedback={"value": 1}, expectation={"value": 1}))
    tell("no name", "POST", f"{trace}/assessments", said(assessment_name="", feedback={"value": 1}))


def tags(**more):
    """The client names its user so."""
    return json.dumps({"mlflow.user": "dana"} | more)


def evaluation_datasets(ask):
    home, other = home_of(ask, "Evaluation"), ask("other", "POST", "experiments/create", {"name": "Another"})["experiment_id"]
    tell = Teller(ask)
    made = tell("create", "POST", "datasets/create", {"name": "golden", "experiment_ids": [home], "tags": tags(level="easy", n="1")})
    id = made["dataset"]["dataset_id"]
    tell("create of the same name", "POST", "datasets/create", {"name": "golden", "tags": tags()})
    tell("create without a name", "POST", "datasets/create", {})
    tell("get", "GET", f"datasets/{id}")
    tell("get unknown", "GET", f"datasets/d-{UNKNOWN}")
    records = [{"inputs": {"q": "one", "n": 1}, "expectations": {"a": "1"}, "tags": {"kind": "sum", "mlflow.user": "dana"}},
               {"inputs": {"q": "two"}, "outputs": "2", "tags": {"mlflow.user": "dana"}}]
    for text in ("{", "{}", "[]", "[1]", '[{"inputs": 5}]', '[{"inputs": {"x": 1}, "expectations": 5}]', ""):
        tell(f"records {text}", "POST", f"datasets/{id}/records", {"records": text})
    for place, record in enumerate(records):
        tell(f"record {place}", "POST", f"datasets/{id}/records", {"records": json.dumps([record])})
    tell("records again", "POST", f"datasets/{id}/records", {"records": json.dumps([{"inputs": {"n": 1, "q": "one"}, "expectations": {"b": "2"}, "tags": {"mlflow.user": "dana"}}])})
    tell("records of unknown", "POST", f"datasets/d-{UNKNOWN}/records", {"records": json.dumps(records)})
    tell("its shape", "GET", f"datasets/{id}")
    for most in (1, 0, -1, "x"):
        tell(f"read at most {most}", "GET", f"datasets/{id}/records", {"max_results": most})
    tell("read from nonsense", "GET", f"datasets/{id}/records", {"page_token": "nonsense"})
    tell("read of unknown", "GET", f"datasets/d-{UNKNOWN}/records")
    tell("delete no records", "DELETE", f"datasets/{id}/records", {})
    tell("delete unknown records", "DELETE", f"datasets/{id}/records", {"dataset_record_ids": [f"dr-{UNKNOWN}"]})
    for text in ('{"level": "hard"}', '{"m": 5}', "{", "[]", ""):
        tell(f"tag {text}", "PATCH", f"datasets/{id}/tags", {"tags": text})
    tell("tag unknown", "PATCH", f"datasets/d-{UNKNOWN}/tags", {"tags": "{}"})
    for key in ("m", "m", "nothing"):
        tell(f"untag {key}", "DELETE", f"datasets/{id}/tags/{key}")
    tell("experiments", "GET", f"datasets/{id}/experiment-ids")
    tell("experiments of unknown", "GET", f"datasets/d-{UNKNOWN}/experiment-ids")
    tell("add", "POST", f"datasets/{id}/add-experiments", {"experiment_ids": [other]})
    tell("add again", "POST", f"datasets/{id}/add-experiments", {"experiment_ids": [other]})
    tell("add unknown", "POST", f"datasets/{id}/add-experiments", {"experiment_ids": ["987654"]})
    tell("add to unknown", "POST", f"datasets/d-{UNKNOWN}/add-experiments", {"experiment_ids": [other]})
    tell("remove", "POST", f"datasets/{id}/remove-experiments", {"experiment_ids": [other, "987654"]})
    tell("after removing", "GET", f"datasets/{id}/experiment-ids")
    for filter in ("name = 'golden'", "name LIKE 'gol%'", "name ILIKE 'GOL%'", "name != 'golden'", "name IN ('golden')", "tags.n = '1'", "tags.nothing = 'x'",
                   "created_by = 'dana'", "last_updated_by = 'dana'", "created_time > 0", "created_time > 'x'", "name", "nothing = 'x'", "name = 'x' OR name = 'y'", ""):
        tell(f"filter {filter}", "POST", "datasets/search", {"experiment_ids": [home], "filter_string": filter})
    for order in ("name", "name DESC", "created_time", "last_update_time DESC", "nothing"):
        tell(f"order {order}", "POST", "datasets/search", {"experiment_ids": [home], "order_by": [order]})
    for most in (1, 0, -1, "x"):
        tell(f"at most {most}", "POST", "datasets/search", {"experiment_ids": [home], "max_results": most})
    tell("by the query", "GET", "datasets/search", {"experiment_ids": home})
    tell("page of nonsense", "POST", "datasets/search", {"experiment_ids": [home], "page_token": "nonsense"})
    tell("delete", "DELETE", f"datasets/{id}")
    tell("delete twice", "DELETE", f"datasets/{id}")
    tell("get deleted", "GET", f"datasets/{id}")
    # What only one of both takes comes last, so that all else is called by the same names.
    for text in ("{", "[]", '"x"'):
        tell(f"create with tags {text}", "POST", "datasets/create", {"name": "tagged", "tags": text})
    tell("create in an unknown experiment", "POST", "datasets/create", {"name": "lost", "experiment_ids": ["987654"], "tags": tags()})


STORIES = [traces, trace_searches, assessments, evaluation_datasets]
