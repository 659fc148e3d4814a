"""Traces as applications send them: spans and the client's word on the whole, in either order, then found again."""

import asyncio
import gzip
import json
import secrets
import threading
import time
import zlib

import mlflow
import pytest
import requests
from mlflow.entities import SpanType
from mlflow.tracing.constant import TraceTagKey
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from slipway import ADMIN
from wire import INVALID, MISSING, Wire, expect

V3 = "/api/3.0/mlflow/"
NOW = 1_772_442_000_000_000_000


@pytest.fixture
def app(client, fresh):
    """The traced application's experiment."""
    return mlflow.set_experiment(fresh()).experiment_id


def flushed():
    mlflow.flush_trace_async_logging(terminate=True)


def last_trace():
    flushed()
    return mlflow.get_trace(mlflow.get_last_active_trace_id())


@pytest.fixture
def trace():
    """The id of a trace, as spans carry it."""
    return secrets.token_bytes(16)


def name_of(trace):
    return f"tr-{trace.hex()}"


def export(trace, span=b"\2" * 8, parent=b"", name="root", attributes=(), resource=(), status=1):
    """An export request with one span."""
    request = ExportTraceServiceRequest()
    block = request.resource_spans.add()
    for key, value in resource:
        block.resource.attributes.add(key=key).value.string_value = value
    added = block.scope_spans.add().spans.add(
        trace_id=trace, span_id=span, parent_span_id=parent, name=name, start_time_unix_nano=NOW,
        end_time_unix_nano=NOW + 5_000_000,
    )
    added.status.code = status
    for key, value in attributes:
        added.attributes.add(key=key).value.string_value = value
    return request


def push(wire, experiment, body, kind="application/x-protobuf", **headers):
    body = body.SerializeToString() if isinstance(body, ExportTraceServiceRequest) else body
    headers = {"Content-Type": kind, "x-mlflow-experiment-id": experiment} | headers
    return wire.send("POST", "/v1/traces", data=body, headers={name: value for name, value in headers.items() if value})


def search(wire, experiment, filter="", **more):
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    return wire.ok("POST", "traces/search", {"locations": [place], "filter": filter} | more, base=V3).get("traces", [])


def test_nested_spans_come_back_as_they_were(app):
    @mlflow.trace(span_type=SpanType.RETRIEVER, attributes={"source": "docs"})
    def look_up(question):
        return [{"page_content": f"about {question}", "score": 0.5}]

    @mlflow.trace(name="answer", span_type=SpanType.CHAIN)
    def answer(question, deep=None):
        found = look_up(question)
        with mlflow.start_span("compose", span_type=SpanType.LLM) as span:
            span.set_inputs({"found": found})
            span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15})
            span.set_outputs("forty-two ☃")
        return "forty-two ☃"

    assert answer("life", deep={"a": [1, 2.5, None, True]}) == "forty-two ☃"
    trace = last_trace()
    assert [span.name for span in trace.data.spans] == ["answer", "look_up", "compose"]
    root, retriever, llm = trace.data.spans
    assert root.parent_id is None and retriever.parent_id == root.span_id == llm.parent_id
    assert root.inputs == {"question": "life", "deep": {"a": [1, 2.5, None, True]}}
    assert root.outputs == llm.outputs == "forty-two ☃"
    assert retriever.span_type == SpanType.RETRIEVER and retriever.attributes["source"] == "docs"
    assert retriever.outputs == [{"page_content": "about life", "score": 0.5}]
    assert trace.info.state == "OK" and trace.info.execution_duration is not None
    assert trace.info.experiment_id == app and trace.info.tags["mlflow.traceName"] == "answer"
    assert trace.info.token_usage == {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    assert "life" in trace.info.request_preview and "forty-two" in trace.info.response_preview


def test_an_exception_makes_an_error(app):
    @mlflow.trace
    def fails():
        raise ValueError("no luck")

    with pytest.raises(ValueError):
        fails()
    trace = last_trace()
    assert trace.info.state == "ERROR"
    [span] = trace.data.spans
    assert span.status.status_code == "ERROR" and "no luck" in span.status.description
    assert span.events[0].name == "exception" and "ValueError" in span.events[0].attributes["exception.type"]


def test_async_functions_and_threads(app):
    @mlflow.trace
    async def one(number):
        await asyncio.sleep(0.001)
        return number

    @mlflow.trace
    async def all_of_them():
        return await asyncio.gather(*(one(number) for number in range(10)))

    asyncio.run(all_of_them())
    trace = last_trace()
    assert len(trace.data.spans) == 11 and len({span.span_id for span in trace.data.spans}) == 11


def test_many_traces_arrive_completely(app):
    @mlflow.trace
    def inner(number):
        return number

    @mlflow.trace
    def outer(number):
        return inner(number)

    threads = [threading.Thread(target=lambda: [outer(number) for number in range(15)]) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    flushed()
    traces = mlflow.search_traces(locations=[app], return_type="list", max_results=100)
    assert len(traces) == 60 and all(len(trace.data.spans) == 2 for trace in traces)


def test_nothing_lies_beside_the_spans_when_they_came_first(app, wire, monkeypatch):
    monkeypatch.setenv("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false")
    with mlflow.start_span("alone"):
        pass
    trace = last_trace()
    assert trace.info.tags["mlflow.trace.spansLocation"] == "TRACKING_STORE"


@pytest.mark.differs("deleting leaves artifacts")
def test_traces_without_spans_are_kept_as_artifacts(app, wire):
    """As clients before 3.4 do it."""
    told = tell(wire, app, "tr-" + "a1" * 16)
    assert "mlflow.trace.spansLocation" not in told["tags"]
    place = told["tags"]["mlflow.artifactLocation"].removeprefix("mlflow-artifacts:")
    path = f"/api/2.0/mlflow-artifacts/artifacts{place}/traces.json"
    assert wire.send("PUT", path, data=b'{"spans": []}').status_code == 200
    assert wire.send("GET", path).json() == {"spans": []}
    assert mlflow.get_trace("tr-" + "a1" * 16).data.spans == []
    wire.ok("POST", "traces/delete-traces", {"experiment_id": app, "request_ids": ["tr-" + "a1" * 16]})
    assert wire.send("GET", path).status_code == 404


def tell(wire, experiment, trace, **more):
    info = {
        "trace_id": trace, "request_time": "2026-03-02T09:00:00.250Z", "execution_duration": "1.500s", "state": "OK",
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}},
    }
    told = wire.ok("POST", "traces", {"trace": {"trace_info": info | more}}, base=V3)
    return told["trace"]["trace_info"]


def test_tags_and_metadata(app, client):
    with mlflow.start_span("tagged") as span:
        mlflow.update_current_trace(tags={"early": "1"}, metadata={"mlflow.trace.session": "s-1"}, client_request_id="r-1")
    flushed()
    mlflow.set_trace_tag(span.trace_id, "late", "2")
    info = mlflow.get_trace(span.trace_id).info
    assert info.tags["early"] == "1" and info.tags["late"] == "2"
    assert info.trace_metadata["mlflow.trace.session"] == "s-1" and info.client_request_id == "r-1"
    mlflow.delete_trace_tag(span.trace_id, "late")
    assert "late" not in mlflow.get_trace(span.trace_id).info.tags
    with pytest.raises(mlflow.MlflowException, match="RESOURCE_DOES_NOT_EXIST"):
        mlflow.delete_trace_tag(span.trace_id, "late")
    for wrong in ("a,b", "x" * 251):
        with pytest.raises(mlflow.MlflowException):
            mlflow.set_trace_tag(span.trace_id, wrong, "no")


@pytest.mark.differs("cuts them at 4,096 characters")
def test_long_tags_are_cut(app):
    with mlflow.start_span("tagged") as span:
        pass
    flushed()
    mlflow.set_trace_tag(span.trace_id, "long", "x" * 9_000)
    assert len(mlflow.get_trace(span.trace_id).info.tags["long"]) == 8_000


def test_a_run_and_its_traces(app, client):
    with mlflow.start_run() as run:
        with mlflow.start_span("inside"):
            pass
    with mlflow.start_span("outside") as outside:
        pass
    flushed()
    found = lambda: [trace.info.tags["mlflow.traceName"] for trace in mlflow.search_traces(run_id=run.info.run_id, locations=[app], return_type="list")]
    assert found() == ["inside"]
    client.link_traces_to_run([outside.trace_id, "tr-" + "0" * 32], run.info.run_id)
    assert sorted(found()) == ["inside", "outside"]
    client.link_traces_to_run([outside.trace_id], run.info.run_id)
    with pytest.raises(mlflow.MlflowException, match="100"):
        client.link_traces_to_run([f"tr-{number:032x}" for number in range(101)], run.info.run_id)


def test_search(app):
    for number in range(5):
        with mlflow.start_span(f"name-{number}", span_type=SpanType.TOOL, attributes={"model": f"m{number}"}) as span:
            span.set_inputs({"question": f"what is {number}?"})
            mlflow.update_current_trace(tags={"parity": "odd" if number % 2 else "even", "group": "all"})
            time.sleep(0.002)
    flushed()

    def names(filter=None, order=None):
        traces = mlflow.search_traces(locations=[app], filter_string=filter, order_by=order, return_type="list", include_spans=False)
        return [trace.info.tags["mlflow.traceName"][-1] for trace in traces]

    assert names() == ["4", "3", "2", "1", "0"]
    assert names(order=["timestamp ASC"]) == ["0", "1", "2", "3", "4"]
    assert names("tags.parity = 'odd'", ["name"]) == ["1", "3"]
    assert names("tag.parity != 'odd'", ["name"]) == ["0", "2", "4"]
    assert names("tags.nothing IS NULL AND tags.parity = 'odd'", ["name"]) == ["1", "3"]
    assert names("name = 'name-2'") == ["2"]
    assert names("trace.name LIKE 'name-%' AND attributes.name ILIKE '%-3'") == ["3"]
    assert names("name RLIKE '[13]$'", ["name"]) == ["1", "3"]
    assert names("tags.parity RLIKE '^ev'", ["name DESC"]) == ["4", "2", "0"]
    assert names("span.name = 'name-1' AND span.type = 'TOOL'") == ["1"]
    assert names("span.name = 'name-1' AND span.type = 'LLM'") == []
    assert names("span.attributes.model LIKE '%3%'") == ["3"]
    assert names("span.status = 'ERROR'") == []
    assert names("trace.text LIKE '%what is 2?%'") == ["2"]
    assert names("span.content ILIKE '%WHAT IS 3%'") == ["3"]
    assert names("status = 'OK' AND status IN ('OK', 'ERROR')", ["name"]) == ["0", "1", "2", "3", "4"]
    assert names("execution_time > 100000") == [] and len(names("execution_time_ms >= 0")) == 5
    assert len(names(f"timestamp > {int(time.time() * 1000) - 3_600_000}")) == 5
    assert len(names(f"end_time < {int(time.time() * 1000) + 1_000}")) == 5
    assert names("run_id = 'none'") == []
    pages = [mlflow.search_traces(locations=[app], max_results=count, return_type="list") for count in (1, 2, 5)]
    assert [len(page) for page in pages] == [1, 2, 5]


@pytest.mark.differs("does not compare the value of an attribute")
def test_search_by_the_value_of_an_attribute(app, wire, trace):
    push(wire, app, export(trace, attributes=[("model", "m4")]))
    found = [len(search(wire, app, f"span.attributes.model {condition}")) for condition in ("= 'm4'", "!= 'm4'", "IN ('m4')", "= 'm'", "RLIKE '^m[0-9]$'")]
    assert found == [1, 0, 1, 0, 1]


def test_traces_of_a_model(app, client):
    model = mlflow.create_external_model(name="agent", model_type="agent")
    mlflow.set_active_model(model_id=model.model_id)
    with mlflow.start_span("with a model"):
        pass
    mlflow.clear_active_model()
    with mlflow.start_span("without"):
        pass
    flushed()
    found = mlflow.search_traces(locations=[app], model_id=model.model_id, return_type="list")
    assert [trace.info.tags["mlflow.traceName"] for trace in found] == ["with a model"]


def test_pages_follow_each_other(app, client):
    for number in range(7):
        with mlflow.start_span(f"page-{number}"):
            pass
    flushed()
    seen, token = [], None
    while True:
        page = client.search_traces(locations=[app], max_results=3, page_token=token, order_by=["name ASC"])
        seen += [trace.info.tags["mlflow.traceName"] for trace in page]
        token = page.token
        if not token:
            break
    assert seen == [f"page-{number}" for number in range(7)]


def unlike(value, why="accepted, or 500"):
    return pytest.param(value, marks=pytest.mark.differs(why))


@pytest.mark.parametrize(
    "filter",
    ["name", "nothing = 'a'", "name > 'a'", "timestamp = 'yesterday'", "tags.a > 1", "span.nothing = 'a'", "trace.text = 'a'", unlike("name RLIKE '('"),
     "span.content RLIKE 'a'", "feedback.x < 'many'", unlike("issue.name = 'a'"), "prompt LIKE 'a%'", "prompt = 'a'", "run_id > 5", "name = 'a' OR name = 'b'",
     "status IN ()", "timestamp RLIKE '1'", "metric.loss > 1"],
)
def test_filters_that_are_none(app, wire, filter):
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": app}}
    expect(wire.call("POST", "traces/search", {"locations": [place], "filter": filter}, base=V3), INVALID)


@pytest.mark.parametrize("order", [["span.name"], ["feedback.x"], ["nothing"], unlike(["name", "name DESC"]), ["name UP"]])
def test_orders_that_are_none(app, wire, order):
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": app}}
    expect(wire.call("POST", "traces/search", {"locations": [place], "order_by": order}, base=V3), INVALID)


def test_what_lacks_a_key_comes_last(app, wire):
    for number, tags in enumerate([{"k": "b"}, {}, {"k": "a"}]):
        tell(wire, app, f"tr-{number:032x}", tags=tags)
    ids = lambda *order: [int(trace["trace_id"][3:], 16) for trace in search(wire, app, order_by=list(order))]
    assert ids("tags.k") == [2, 0, 1] and ids("tags.k DESC") == [0, 2, 1]
    assert ids("request_id DESC") == [2, 1, 0] and ids("experiment_id", "request_id") == [0, 1, 2]


def test_deleting(app, client):
    ids = []
    for number in range(6):
        with mlflow.start_span(f"gone-{number}") as span:
            ids.append(span.trace_id)
    flushed()
    assert client.delete_traces(app, trace_ids=ids[:2] + ["tr-" + "0" * 32]) == 2
    assert mlflow.get_trace(ids[0], silent=True) is None
    assert client.delete_traces(app, max_timestamp_millis=int(time.time() * 1000) + 1_000, max_traces=1) == 1
    assert client.delete_traces(app, max_timestamp_millis=int(time.time() * 1000) + 1_000) == 3
    assert client.search_traces(locations=[app]) == []


@pytest.mark.parametrize(
    "body", [{}, {"max_traces": 1}, {"request_ids": ["a"], "max_traces": 1}, {"request_ids": ["a"], "max_timestamp_millis": 1},
             {"max_timestamp_millis": 1, "max_traces": 0}],
)
def test_deleting_names_one_criterion(app, wire, body):
    wire.refused(INVALID, "POST", "traces/delete-traces", experiment_id=app, **body)
    expect(wire.call("POST", "traces/delete-traces", {"experiment_id": app} | body, base=V3), INVALID)


def test_the_same_trace_from_eight_threads(app, slipway, uri, trace):
    """Spans and the client's word on the whole, all at once: they merge, and none is lost."""
    refused = []

    def send(number):
        mine = Wire(uri, slipway.token(ADMIN))
        try:
            for part in range(10):
                span = bytes([number + 1, part + 1] * 4)
                parent = b"" if (number, part) == (0, 0) else bytes([1, 1] * 4)
                assert push(mine, app, export(trace, span, parent, f"span {number} {part}")).status_code == 200
                if part % 3 == 0:
                    tell(mine, app, name_of(trace), tags={f"thread{number}": str(part)})
        except AssertionError as error:
            refused.append(error)

    threads = [threading.Thread(target=send, args=[number]) for number in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not refused
    found = mlflow.get_trace(name_of(trace))
    assert len(found.data.spans) == 80 and found.data.spans[0].name == "span 0 0"
    assert all(found.info.tags[f"thread{number}"] == "9" for number in range(8))
    assert found.info.execution_duration == 1_500


@pytest.mark.differs("later spans write over what was told")
def test_spans_alone_make_a_trace(app, wire, trace):
    body = export(
        trace, name="chat", resource=[("service.name", "shop"), ("telemetry.sdk.name", "x"), ("mlflow.trace.spansLocation", "no")],
        attributes=[("mlflow.spanInputs", "hello"), ("session.id", "s-9"), ("user.id", "u-1"), ("mlflow.traceTag.color", "red")],
    )
    answer = push(wire, app, body)
    assert answer.content == b"" and answer.headers["Content-Type"] == "application/x-protobuf"
    assert push(wire, app, body).status_code == 200
    [info] = search(wire, app)
    assert info["state"] == "OK" and info["request_time"].startswith("2026-03-02T09:00:00") and info["execution_duration"] == "0.005s"
    assert info["request_preview"].strip('"') == "hello" and info["tags"]["color"] == "red" and info["tags"]["service.name"] == "shop"
    assert "telemetry.sdk.name" not in info["tags"]
    assert info["trace_metadata"] == {"mlflow.trace.session": "s-9", "mlflow.trace.user": "u-1"}
    # What the client tells stands above it, and later spans do not change that.
    told = tell(wire, app, info["trace_id"], tags={"color": "blue"}, state="ERROR", response_preview="bye")
    assert told["state"] == "ERROR" and told["tags"]["color"] == "blue" and told["request_preview"] == info["request_preview"]
    assert told["trace_metadata"]["mlflow.trace.infoFinalized"] == "true" and told["execution_duration"] == "1.500s"
    push(wire, app, body)
    [info] = search(wire, app, "tags.color = 'blue'")
    assert info == told


@pytest.mark.differs("names no trace after its root")
def test_a_late_child_and_an_unfinished_trace(app, wire, trace):
    push(wire, app, export(trace, span=b"\3" * 8, parent=b"\2" * 8, name="child"))
    [info] = search(wire, app)
    assert info["state"] == "IN_PROGRESS" and "mlflow.traceName" not in info["tags"]
    push(wire, app, export(trace, status=2, name="root"))
    [info] = search(wire, app)
    assert info["state"] == "ERROR" and info["tags"]["mlflow.traceName"] == "root"
    whole = wire.ok("GET", "traces/get", {"trace_id": info["trace_id"]}, base=V3)["trace"]
    assert [span["name"] for span in whole["spans"]] == ["root", "child"]


def test_announced_spans_are_waited_for(app, wire, trace):
    tell(wire, app, name_of(trace), trace_metadata={"mlflow.trace.sizeStats": '{"num_spans": 2}'})
    push(wire, app, export(trace))
    expect(wire.call("GET", "traces/get", {"trace_id": name_of(trace)}, base=V3), MISSING)
    partial = wire.ok("GET", "traces/get", {"trace_id": name_of(trace), "allow_partial": "True"}, base=V3)["trace"]
    assert len(partial["spans"]) == 1
    late = threading.Timer(0.2, lambda: push(wire, app, export(trace, span=b"\3" * 8, parent=b"\2" * 8)))
    late.start()
    assert len(wire.ok("GET", "traces/get", {"trace_id": name_of(trace)}, base=V3)["trace"]["spans"]) == 2
    late.join()


def test_many_at_once(app, wire):
    traces = [secrets.token_bytes(16) for _ in range(3)]
    for trace in traces:
        push(wire, app, export(trace))
    ids = [name_of(traces[2]), name_of(traces[0])]
    many = wire.ok("GET", "traces/batchGet", {"trace_ids": [*ids, "tr-unknown"]}, base=V3)["traces"]
    assert [trace["trace_info"]["trace_id"] for trace in many] == ids and all(len(trace["spans"]) == 1 for trace in many)
    infos = wire.ok("POST", "traces/batchGetInfos", {"trace_ids": ids, "experiment_ids": [app]}, base=V3)["trace_infos"]
    assert [info["trace_id"] for info in infos] == ids
    assert wire.ok("POST", "traces/batchGetInfos", {"trace_ids": ids, "experiment_ids": ["999999"]}, base=V3) == {}
    expect(wire.call("GET", "traces/batchGet", {}, base=V3), INVALID)


def bare_deflate(body):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize("encoding, pack", [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", bare_deflate)])
def test_compressed_bodies(app, wire, encoding, pack, trace):
    packed = pack(export(trace).SerializeToString())
    assert push(wire, app, packed, **{"Content-Encoding": encoding}).status_code == 200
    assert len(search(wire, app)) == 1


def test_json_spans(app, wire, trace):
    span = {
        "traceId": trace.hex(), "spanId": "b7ad6b7169203331", "name": "from JSON", "kind": 3,
        "startTimeUnixNano": str(NOW), "endTimeUnixNano": NOW + 1_000_000, "status": {"code": 2, "message": "bad"},
        "attributes": [
            {"key": "mlflow.spanType", "value": {"stringValue": "LLM"}}, {"key": "n", "value": {"intValue": "7"}},
            {"key": "list", "value": {"arrayValue": {"values": [{"boolValue": True}, {"doubleValue": 0.5}]}}},
            {"key": "gen_ai.usage.input_tokens", "value": {"intValue": 3}},
        ],
        "unknown": {"is": "passed over"},
    }
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})
    answer = push(wire, app, body, kind="application/json; charset=utf-8")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/x-protobuf"
    kept = mlflow.get_trace(name_of(trace))
    assert kept.info.state == "ERROR" and kept.info.token_usage["input_tokens"] == 3
    [found] = kept.data.spans
    assert found.span_type == "LLM" and found.attributes["n"] == 7 and found.attributes["list"] == [True, 0.5]
    assert [info["trace_id"] for info in search(wire, app, "span.status = 'ERROR' AND span.type = 'LLM'")] == [kept.info.trace_id]


def bad_bodies():
    good = export(b"\1" * 16).SerializeToString()
    span = {"traceId": "01" * 16, "spanId": "02" * 8, "startTimeUnixNano": "1"}
    one = lambda span: json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    yield "truncated", good[:-7], {}
    yield "no protobuf", b"\xff\xff\xff\xff", {}
    yield "empty", b"", {}
    yield "no spans", ExportTraceServiceRequest().SerializeToString(), {}
    yield "short trace id", export(b"\1").SerializeToString(), {}
    yield "zero span id", export(b"\1" * 16, span=b"\0" * 8).SerializeToString(), {}
    yield "bad gzip", b"no gzip at all", {"Content-Encoding": "gzip"}
    yield "half a gzip", gzip.compress(good)[:-12], {"Content-Encoding": "gzip"}
    yield "unknown encoding", good, {"Content-Encoding": "br"}
    yield "bomb", gzip.compress(b"\0" * (200 * 1024 * 1024), 9), {"Content-Encoding": "gzip"}
    yield "deflated bomb", zlib.compress(b"\0" * (200 * 1024 * 1024), 9), {"Content-Encoding": "deflate"}
    yield "wrong type", good, {"kind": "text/plain"}
    yield "no type", good, {"kind": None}
    yield "type of another", good, {"kind": "application/json"}
    for what, body in [("no JSON", b"{"), ("a list", b"[]"), ("no hex", one(span | {"traceId": "xyz"})), ("negative time", one(span | {"startTimeUnixNano": "-1"})),
                       ("attributes of another type", one(span | {"attributes": 5})), ("deep", b'{"resourceSpans":' * 500)]:
        yield what, body, {"kind": "application/json"}


@pytest.mark.differs("its refusals are no JSON")
@pytest.mark.parametrize("body, headers", [pytest.param(body, headers, id=what) for what, body, headers in bad_bodies()])
def test_what_cannot_be_read_is_refused_and_nothing_is_stored(app, wire, body, headers):
    answer = push(wire, app, body, **headers)
    assert answer.status_code == 400, answer.text
    expect(answer, INVALID)
    assert search(wire, app) == []


@pytest.mark.differs("its refusals are no JSON")
def test_one_bad_span_and_nothing_stays(app, wire, trace):
    body = export(trace)
    body.resource_spans[0].scope_spans[0].spans.add(trace_id=b"\4" * 16, span_id=b"", start_time_unix_nano=1)
    expect(push(wire, app, body), INVALID)
    assert search(wire, app) == []


@pytest.mark.differs("its refusals are no JSON")
def test_spans_need_an_experiment(app, wire, trace):
    answer = push(wire, None, export(trace))
    assert answer.status_code == 422 and "x-mlflow-experiment-id" in answer.json()["message"]
    expect(push(wire, "999999", export(trace)), MISSING)
    expect(push(wire, "ten", export(trace)), INVALID)
    assert search(wire, app) == []


def test_spans_may_name_a_run(app, wire, client, trace):
    run = client.create_run(app)
    push(wire, app, export(trace), **{"x-mlflow-run-id": run.info.run_id})
    assert len(search(wire, app, f"run_id = '{run.info.run_id}'")) == 1
    assert push(wire, app, export(secrets.token_bytes(16)), **{"x-mlflow-run-id": "unknown"}).status_code == 200


@pytest.mark.parametrize(
    "info", [{"trace_location": None}, {"trace_location": {}}, {"trace_id": None}, {"trace_id": "a/b"}, {"trace_id": "../x"}, {"trace_id": "x" * 101},
             {"request_time": "yesterday"}, {"execution_duration": "long"}, {"execution_duration": "-1s"}, {"state": "GREAT"}, {"tags": {"a": 5}},
             {"tags": []}, {"trace_metadata": {"x" * 251: "a"}}, {"assessments": [{}]}],
)
@pytest.mark.differs("many are accepted, or 500")
def test_infos_that_are_none(app, wire, info):
    good = {"trace_id": "tr-x", "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": app}}}
    expect(wire.call("POST", "traces", {"trace": {"trace_info": good | info}}, base=V3), INVALID)
    assert search(wire, app) == []


@pytest.mark.differs("shows them to its own pages only")
def test_prompts_of_a_trace(app, wire):
    told = tell(wire, app, "tr-prompts")
    wire.post("traces/link-prompts", trace_id="tr-prompts", prompt_versions=[{"name": "greet", "version": "2"}])
    [info] = search(wire, app, "prompt = 'greet/2'")
    assert json.loads(info["tags"][TraceTagKey.LINKED_PROMPTS]) == [{"name": "greet", "version": "2"}] and info["trace_id"] == told["trace_id"]
    assert search(wire, app, "prompt = 'greet/1'") == []
    wire.refused(INVALID, "POST", "traces/link-prompts", trace_id="tr-prompts", prompt_versions=[{"name": "greet", "version": "two"}])
    wire.refused(MISSING, "POST", "traces/link-prompts", trace_id="tr-none", prompt_versions=[{"name": "greet", "version": "2"}])


def test_the_older_words(app, wire):
    begun = wire.post("traces", experiment_id=app, timestamp_ms=5, request_metadata=[{"key": "m", "value": "1"}], tags=[{"key": "t", "value": "2"}])
    info = begun["trace_info"]
    assert info["status"] == "IN_PROGRESS" and info["timestamp_ms"] == 5
    trace = info["request_id"]
    ended = wire.ok("PATCH", f"traces/{trace}", {"timestamp_ms": 12, "status": "OK", "tags": [{"key": "t", "value": "3"}]})["trace_info"]
    assert ended["execution_time_ms"] == 7 and ended["status"] == "OK" and {"key": "t", "value": "3"} in ended["tags"]
    assert wire.get(f"traces/{trace}/info")["trace_info"] == ended
    assert wire.get("traces", experiment_ids=[app], filter="tags.t = '3'")["traces"] == [ended]
    wire.ok("PATCH", f"traces/{trace}/tags", {"key": "u", "value": "4"})
    wire.ok("DELETE", f"traces/{trace}/tags", {"key": "u"})
    wire.refused(MISSING, "DELETE", f"traces/{trace}/tags", key="u")
    wire.refused(INVALID, "PATCH", f"traces/{trace}/tags", key="mlflow.trace.spansLocation", value="ARCHIVE_REPO")


def test_figures(app, wire, trace):
    for number, duration in enumerate([10, 20, 40]):
        tell(wire, app, f"tr-{number}", execution_duration=f"0.0{duration}s", tags={"mlflow.traceName": "a" if number else "b", "env": "prod"},
             trace_metadata={"mlflow.trace.tokenUsage": json.dumps({"input_tokens": number + 1}), "mlflow.trace.session": "s"})
    push(wire, app, export(trace, attributes=[("mlflow.llm.cost", '{"total_cost": 0.25}'), ("mlflow.llm.model", "m")]))

    def figures(metric, *aggregations, view="TRACES", **more):
        asked = [{"aggregation_type": "PERCENTILE", "percentile_value": one} if isinstance(one, float) else {"aggregation_type": one} for one in aggregations]
        body = {"experiment_ids": [app], "view_type": view, "metric_name": metric, "aggregations": asked} | more
        points = wire.ok("POST", "traces/metrics", body, base=V3).get("data_points", [])
        return [(point.get("dimensions", {}), point["values"]) for point in points]

    told = {"filters": ["trace.tag.env = 'prod'"]}
    assert figures("trace_count", "COUNT") == [({}, {"COUNT": 4.0})]
    assert figures("trace_count", "COUNT", dimensions=["trace_name"], **told) == [({"trace_name": "a"}, {"COUNT": 2}), ({"trace_name": "b"}, {"COUNT": 1})]
    assert figures("latency", "AVG", "MIN", "MAX", 50.0, **told) == [({}, {"AVG": pytest.approx(70 / 3), "MIN": 10, "MAX": 40, "P50.0": 20})]
    assert figures("input_tokens", "SUM") == [({}, {"SUM": 6})] and figures("session_count", "COUNT") == [({}, {"COUNT": 1})]
    at = 1_772_442_000_250
    [(where, values)] = figures("trace_count", "COUNT", time_interval_seconds=60, start_time_ms=at, end_time_ms=at + 1)
    assert where == {"time_bucket": "2026-03-02T09:00:00+00:00"} and values == {"COUNT": 3}
    assert figures("total_cost", "SUM", view="SPANS", dimensions=["span_model_name"]) == [({"span_model_name": "m"}, {"SUM": 0.25})]
    assert figures("latency", "MAX", view="SPANS", filters=["span.name = 'root'"]) == [({}, {"MAX": 5})]
    body = {"assessment": {"assessment_name": "score", "feedback": {"value": 0.5}}}
    wire.ok("POST", "traces/tr-1/assessments", body, base=V3)
    assert figures("assessment_value", "AVG", view="ASSESSMENTS", dimensions=["assessment_name"]) == [({"assessment_name": "score"}, {"AVG": 0.5})]
    for wrong in [{"metric_name": "nothing"}, {"aggregations": []}, {"aggregations": [{"aggregation_type": "SUM"}]}, {"dimensions": ["span_name"]},
                  {"aggregations": [{"aggregation_type": "PERCENTILE"}]}, {"filters": ["trace.tag.env LIKE 'p%'"]}, {"filters": ["trace.nothing = 'a'"]}, {"time_interval_seconds": 60}]:
        body = {"experiment_ids": [app], "view_type": "TRACES", "metric_name": "trace_count", "aggregations": [{"aggregation_type": "COUNT"}]} | wrong
        expect(wire.call("POST", "traces/metrics", body, base=V3), (INVALID, "BAD_REQUEST"))


@pytest.mark.differs("offers it")
def test_what_is_not_offered_says_so(app, wire):
    body = {"experiment_ids": [app], "filter_string1": "", "filter_string2": ""}
    expect(wire.call("POST", "traces/calculate-filter-correlation", body, base=V3), "ENDPOINT_NOT_FOUND")


@pytest.mark.differs("its refusals are no JSON")
def test_deleted_experiments_take_no_traces(app, wire, client, trace):
    client.delete_experiment(app)
    expect(push(wire, app, export(trace)), INVALID)
    client.restore_experiment(app)
    assert push(wire, app, export(trace)).status_code == 200
    mlflow.set_experiment(experiment_id=app)


@pytest.mark.differs("has no projects")
class TestDoors:
    def test_other_projects_traces_are_absent(self, slipway, app, wire, trace):
        push(wire, app, export(trace))
        other = slipway.new_project()
        slipway.join(other, "Rita")
        rita = Wire(slipway.tracking_uri(other), slipway.token("rita@slipway.test"))
        mine = rita.post("experiments/create", name="mine")["experiment_id"]
        for method, route, body in [
            ("GET", f"traces/{name_of(trace)}", {}), ("GET", "traces/get", {"trace_id": name_of(trace)}), ("PATCH", f"traces/{name_of(trace)}/tags", {"key": "a", "value": "b"}),
            ("DELETE", f"traces/{name_of(trace)}/tags", {"key": "a"}), ("GET", f"traces/{name_of(trace)}/assessments/a-1", {}),
            ("POST", f"traces/{name_of(trace)}/assessments", {"assessment": {"assessment_name": "a", "feedback": {"value": 1}}}),
            ("DELETE", f"traces/{name_of(trace)}/assessments/a-1", {}), ("POST", "traces/delete-traces", {"experiment_id": app, "request_ids": [name_of(trace)]}),
        ]:
            expect(rita.call(method, route, body, base=V3), MISSING)
        assert rita.ok("GET", "traces/batchGet", {"trace_ids": [name_of(trace)]}, base=V3) == {}
        assert search(rita, app) == []
        expect(push(rita, app, export(trace)), MISSING)
        # Clients choose the ids; the same one in her project is another trace.
        assert push(rita, mine, export(trace, span=b"\6" * 8, name="hers")).status_code == 200
        for who, name in [(rita, "hers"), (wire, "root")]:
            [span] = who.ok("GET", "traces/get", {"trace_id": name_of(trace)}, base=V3)["trace"]["spans"]
            assert span["name"] == name

    def test_who_only_looks_cannot_write(self, slipway, key, app, wire, trace):
        push(wire, app, export(trace))
        slipway.join(key, "Mara", role="viewer")
        mara = Wire(slipway.tracking_uri(key), slipway.token("mara@slipway.test"))
        assert len(search(mara, app)) == 1
        expect(push(mara, app, export(trace, span=b"\6" * 8)), "PERMISSION_DENIED")
        expect(mara.call("PATCH", f"traces/{name_of(trace)}/tags", {"key": "a"}, base=V3), "PERMISSION_DENIED")
        expect(mara.call("POST", "traces/delete-traces", {"experiment_id": app, "request_ids": [name_of(trace)]}, base=V3), "PERMISSION_DENIED")
        body = {"assessment": {"assessment_name": "a", "feedback": {"value": 1}}}
        expect(mara.call("POST", f"traces/{name_of(trace)}/assessments", body, base=V3), "PERMISSION_DENIED")

    def test_nobody_is_asked_who_they_are(self, uri, trace):
        answer = requests.post(f"{uri}/v1/traces", data=export(trace).SerializeToString(), headers={"Content-Type": "application/x-protobuf"}, timeout=10)
        assert answer.status_code == 401

    def test_experiment_zero(self, wire, trace):
        assert push(wire, "0", export(trace)).status_code == 200
        [info] = search(wire, "0")
        assert info["trace_location"]["mlflow_experiment"]["experiment_id"] == "0"

    def test_the_same_door_without_a_project(self, slipway, app, trace):
        wire = Wire(slipway.url, slipway.token(ADMIN))
        assert push(wire, app, export(trace)).status_code == 200
        assert len(search(wire, app)) == 1
