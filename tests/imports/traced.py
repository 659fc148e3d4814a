"""Traces, assessments and evaluation datasets: made in a source with the real client, and read back with it."""

import json

import mlflow
from mlflow.entities import AssessmentSource, Feedback
from mlflow.exceptions import MlflowException
from mlflow.genai import datasets

HUMAN = AssessmentSource(source_type="HUMAN", source_id="dana@slipway.test")
SERVERS = {"mlflow.artifactLocation", "mlflow.trace.spansLocation", "mlflow.trace.infoFinalized"}


def trace(client):
    """An application's traces, one that failed among them, and what people and judges said of them."""
    mlflow.set_experiment("Traced")

    @mlflow.trace(span_type="RETRIEVER", attributes={"depth": 3, "ratio": 0.5, "tags": ["a", {"b": None}]})
    def find(question):
        return [{"page": question.upper()}]

    @mlflow.trace
    def answer(question):
        mlflow.update_current_trace(tags={"lang": "de ü"}, metadata={"team": "growth"}, client_request_id="r-1")
        with mlflow.start_span("think") as span:
            span.set_attributes({"flag": True, "none": None})
            span.add_event(mlflow.entities.SpanEvent("half", attributes={"at": 1}))
        if question == "fails":
            raise ValueError("no answer")
        return {"answer": find(question), "é": 1}

    ids = []
    with mlflow.start_run(run_name="asks"):
        ids.append(ask(answer, "why?"))
    ids += [ask(answer, "fails"), ask(answer, "how?")]
    mlflow.flush_trace_async_logging(terminate=True)
    first, failed, third = ids
    mlflow.log_feedback(trace_id=first, name="good", value=True, source=HUMAN, rationale="it is", metadata={"k": "v"})
    said = mlflow.log_feedback(trace_id=first, name="score", value=0.5, source=AssessmentSource("CODE", "len"))
    mlflow.override_feedback(trace_id=first, assessment_id=said.assessment_id, value=1, source=HUMAN, rationale="too low")
    mlflow.log_expectation(trace_id=first, name="right", value={"facts": ["a", 2]}, source=HUMAN)
    mlflow.log_feedback(trace_id=failed, name="good", error=ValueError("no judge"), source=AssessmentSource("LLM_JUDGE", "judge"))
    client.set_trace_tag(third, "mlflow.traceName", "renamed")
    try:
        run = client.search_runs([client.get_experiment_by_name("Traced").experiment_id])[0].info.run_id
        client.link_traces_to_run([failed, third], run)
    except MlflowException as refused:
        assert "FileStore" in str(refused), refused


def ask(answer, question):
    try:
        answer(question)
    except ValueError:
        pass
    return mlflow.get_last_active_trace_id()


def evaluate(client):
    """The file store knows no evaluation datasets."""
    experiment = client.get_experiment_by_name("Traced").experiment_id
    dataset = datasets.create_dataset("questions", experiment_id=[experiment], tags={"level": "easy", "n": "1"})
    records = [{"inputs": {"question": f"what is {n}?", "n": n}, "expectations": {"answer": n}, "tags": {"kind": "sum"}} for n in range(40)]
    dataset.merge_records(records)
    dataset.merge_records([{"inputs": {"n": 0, "question": "what is 0?"}, "expectations": {"also": "zero"}}])
    datasets.create_dataset("empty", experiment_id=["0"])


def traced(client):
    """All that the client reads of traces, by experiment."""
    found = {}
    for experiment in client.search_experiments():
        traces = client.search_traces(locations=[experiment.experiment_id], max_results=500)
        if traces:
            found[experiment.name] = {trace.info.trace_id: plain(trace) for trace in traces}
    return found


def plain(trace):
    info = trace.info
    words = {key: value for key, value in (info.tags | info.trace_metadata).items() if key not in SERVERS}
    about = (info.request_time, info.execution_duration, info.state, info.request_preview, info.response_preview, info.client_request_id)
    return about, words, [span(one) for one in trace.data.spans], sorted(str(said(one)) for one in info.assessments)


def span(one):
    times = (one.start_time_ns, one.end_time_ns)
    events = [(event.name, event.timestamp, text(event.attributes)) for event in one.events]
    return one.span_id, one.parent_id, one.name, times, str(one.status), one.span_type, one.attributes, str(events)


def said(one):
    return {key: value for key, value in one.to_dictionary().items() if key != "trace_id"}


def evaluated(client):
    found = {}
    for dataset in client.search_datasets():
        records = sorted((text(record.inputs), text(record.expectations), text(record.tags), record.created_time,
                          record.last_update_time, record.dataset_record_id, record.created_by) for record in dataset.records)
        names = sorted(client.get_experiment(id).name for id in dataset.experiment_ids)
        about = (dataset.name, dataset.tags, dataset.created_by, dataset.created_time, dataset.last_update_time)
        found[dataset.dataset_id] = (about, names, text(json.loads(dataset.schema or "null")), records)
    return found


def text(value):
    """Members of an object have no order."""
    return json.dumps(value, sort_keys=True)
