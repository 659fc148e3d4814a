"""As test_nonsense, for traces, assessments, spans and evaluation datasets; what they nest is nonsense too."""

import json

import pytest

from nonsense import bodies
from test_nonsense import encodable

V2, V3 = "/api/2.0/mlflow/", "/api/3.0/mlflow/"
PLACE = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "EXPERIMENT"}}
SPAN = {"traceId": "ab" * 16, "spanId": "cd" * 8, "parentSpanId": "", "name": "n", "kind": 1, "startTimeUnixNano": "5", "endTimeUnixNano": 6,
        "attributes": [], "events": [], "links": [], "status": {}, "traceState": ""}
INFO = {"trace_id": "TRACE", "client_request_id": "c", "trace_location": PLACE, "request_preview": "r", "response_preview": "r", "state": "OK",
        "request_time": "2026-03-02T09:00:00Z", "execution_duration": "1s", "trace_metadata": {}, "tags": {}, "assessments": []}
SAID = {"assessment_name": "a", "source": {}, "feedback": {"value": 1}, "rationale": "r", "metadata": {}, "span_id": "s", "overrides": "", "create_time": "2026-03-02T09:00:00Z"}
SEARCH = {"filter": "", "max_results": 5, "order_by": [], "page_token": ""}
same = lambda fields: fields
CALLS = {
    "POST traces": (INFO, lambda info: {"trace": {"trace_info": info}}),
    "POST traces/search": (SEARCH | {"locations": [PLACE]}, same),
    "GET traces/get": ({"trace_id": "TRACE", "allow_partial": "true"}, same),
    "GET traces/batchGet": ({"trace_ids": ["TRACE"], "experiment_ids": ["EXPERIMENT"]}, same),
    "POST traces/batchGetInfos": ({"trace_ids": ["TRACE"], "experiment_ids": ["EXPERIMENT"]}, same),
    "PATCH traces/TRACE/tags": ({"key": "k", "value": "v"}, same),
    "POST traces/delete-traces": ({"experiment_id": "EXPERIMENT", "max_timestamp_millis": 1, "max_traces": 1, "request_ids": []}, same),
    "POST traces/metrics": ({"experiment_ids": ["EXPERIMENT"], "view_type": "TRACES", "metric_name": "trace_count", "aggregations": [{"aggregation_type": "COUNT"}],
                             "dimensions": [], "filters": [], "time_interval_seconds": 60, "start_time_ms": 1, "end_time_ms": 2, "max_results": 5}, same),
    "POST traces/TRACE/assessments": (SAID, lambda said: {"assessment": said}),
    "PATCH traces/TRACE/assessments/a-none": ({"assessment": SAID, "update_mask": "feedback"}, same),
    "POST old traces": ({"experiment_id": "EXPERIMENT", "timestamp_ms": 1, "request_metadata": [], "tags": []}, same),
    "GET old traces": (SEARCH | {"experiment_ids": ["EXPERIMENT"]}, same),
    "PATCH old traces/TRACE": ({"timestamp_ms": 5, "status": "OK", "request_metadata": [], "tags": []}, same),
    "POST old traces/link-to-run": ({"trace_ids": ["TRACE"], "run_id": "RUN"}, same),
    "POST old traces/link-prompts": ({"trace_id": "TRACE", "prompt_versions": [{"name": "n", "version": "1"}]}, same),
    "POST datasets/create": ({"name": "n", "experiment_ids": ["EXPERIMENT"], "tags": "{}", "created_by": "me"}, same),
    "POST datasets/search": ({"experiment_ids": ["EXPERIMENT"], "filter_string": "", "max_results": 5, "order_by": [], "page_token": ""}, same),
    "PATCH datasets/DATASET/tags": ({"tags": "{}"}, same),
    "POST datasets/DATASET/records": ({"inputs": {"a": 1}, "expectations": {}, "outputs": {}, "tags": {}, "source": {}}, lambda record: {"records": json.dumps([record])}),
    "GET datasets/DATASET/records": ({"max_results": 5, "page_token": ""}, same),
    "DELETE datasets/DATASET/records": ({"dataset_record_ids": []}, same),
    "POST datasets/DATASET/add-experiments": ({"experiment_ids": ["EXPERIMENT"]}, same),
    "POST /v1/traces": (SPAN, lambda span: {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}),
    "POST /v1/traces attributes": ({"stringValue": "s", "intValue": "1", "arrayValue": {}, "kvlistValue": {}, "bytesValue": ""},
                                   lambda value: {"resourceSpans": [{"scopeSpans": [{"spans": [SPAN | {"attributes": [{"key": "k", "value": value}]}]}]}]}),
    "POST /v1/traces usage": ({"key": "mlflow.chat.tokenUsage", "value": {"stringValue": '{"input_tokens": 1}'}},
                              lambda pair: {"resourceSpans": [{"scopeSpans": [{"spans": [SPAN | {"attributes": [pair]}]}]}]}),
}


@pytest.mark.differs("many are a 500 there")
@pytest.mark.parametrize("call", CALLS)
def test_nonsense(wire, experiment, run, call):
    info = wire.ok("POST", "traces", {"trace": {"trace_info": json.loads(json.dumps(INFO).replace("EXPERIMENT", experiment).replace("TRACE", "tr-1"))}}, base=V3)
    assert info["trace"]["trace_info"]["trace_id"] == "tr-1"
    dataset = wire.ok("POST", "datasets/create", {"name": "n"}, base=V3)["dataset"]["dataset_id"]
    names = {"EXPERIMENT": experiment, "TRACE": "tr-1", "RUN": run, "DATASET": dataset}

    def named(text):
        for name, value in names.items():
            text = text.replace(name, value)
        return text

    method, *_, route = call.removesuffix(" attributes").removesuffix(" usage").split()
    base = "" if route.startswith("/") else V2 if " old " in call else V3
    fields, wrap = CALLS[call]
    for body in bodies(json.loads(named(json.dumps(fields))), seed=call, count=60):
        try:
            body = {field: encodable(value) for field, value in body.items()} if method == "GET" else wrap(body)
            options = {"params": body} if method == "GET" else {"data": json.dumps(body).encode()}
        except (UnicodeEncodeError, ValueError):
            continue
        headers = {"Content-Type": "application/json", "x-mlflow-experiment-id": experiment}
        answer = wire.send(method, base + named(route), headers=headers, **options)
        assert answer.status_code in (200, 400, 403, 404, 413, 414), f"{body}: {answer.status_code} {answer.text[:300]}"
        if answer.status_code != 200:
            assert answer.json()["error_code"] and answer.json()["message"]
    if "delete" not in call:
        assert wire.ok("GET", "traces/tr-1", base=V3)["trace"]["trace_info"]["trace_id"] == "tr-1"
    place = json.loads(named(json.dumps(PLACE)))
    for trace in wire.ok("POST", "traces/search", {"locations": [place], "max_results": 500}, base=V3).get("traces", []):
        assert wire.ok("GET", "traces/get", {"trace_id": trace["trace_id"], "allow_partial": "true"}, base=V3)["trace"]["trace_info"] == trace
