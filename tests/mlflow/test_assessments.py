"""What people, judges and programs say of traces."""

import secrets
import time

import mlflow
import pytest
from mlflow.entities import AssessmentError, AssessmentSource, Expectation, Feedback
from mlflow.exceptions import MlflowException

from wire import INVALID, MISSING, expect

V3 = "/api/3.0/mlflow/"


def unlike(value):
    return pytest.param(value, marks=pytest.mark.differs("accepted, or 500"))


HUMAN = AssessmentSource(source_type="HUMAN", source_id="dana@slipway.test")


@pytest.fixture
def trace(client, wire, fresh):
    """Sent without the client, whose queue takes a second to empty."""
    experiment = mlflow.set_experiment(fresh()).experiment_id
    trace = secrets.token_hex(16)
    span = {"traceId": trace, "spanId": "0202020202020202", "name": "asked", "startTimeUnixNano": str(time.time_ns()), "status": {"code": 1}}
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    assert wire.send("POST", "/v1/traces", json=body, headers={"x-mlflow-experiment-id": experiment}).status_code == 200
    return f"tr-{trace}"


def assessments(trace):
    return {said.name: said for said in mlflow.get_trace(trace).info.assessments}


@pytest.mark.parametrize("value", [True, 0.5, 7, "good", ["a", 1], {"helpful": True}, None, ""])
def test_feedback_of_any_value(trace, value):
    if value is None:
        said = mlflow.log_feedback(trace_id=trace, name="none", value=None, error=ValueError("no answer"), source=HUMAN)
        assert said.error.error_message == "no answer"
    else:
        said = mlflow.log_feedback(trace_id=trace, name="said", value=value, source=HUMAN, rationale="because", metadata={"k": "v"})
        assert said.rationale == "because" and said.metadata == {"k": "v"}
    assert said.value == value and said.valid and said.source == HUMAN and said.assessment_id.startswith("a-")
    assert mlflow.get_assessment(trace, said.assessment_id) == said
    assert assessments(trace)[said.name] == said


@pytest.mark.parametrize("value", ["42", 42, 0.5, True, ["a", "b"], {"facts": ["one", {"two": 2}]}])
def test_expectations(trace, value):
    said = mlflow.log_expectation(trace_id=trace, name="right", value=value, source=HUMAN)
    assert said.value == value
    assert assessments(trace)["right"].value == value


def test_changing_what_was_said(trace):
    said = mlflow.log_feedback(trace_id=trace, name="score", value=1, source=HUMAN, rationale="first", metadata={"a": "1", "b": "2"})
    changed = mlflow.update_assessment(trace, said.assessment_id, Feedback(name="score", value=2, metadata={"b": "3", "c": "4"}))
    assert changed.value == 2 and changed.rationale == "first" and changed.metadata == {"a": "1", "b": "3", "c": "4"}
    assert changed.source == HUMAN and changed.create_time_ms == said.create_time_ms
    assert mlflow.get_assessment(trace, said.assessment_id) == changed
    renamed = mlflow.update_assessment(trace, said.assessment_id, Feedback(name="points", value=3, rationale="second"))
    assert (renamed.name, renamed.value, renamed.rationale) == ("points", 3, "second")
    with pytest.raises(MlflowException, match="INVALID_PARAMETER_VALUE"):
        mlflow.update_assessment(trace, said.assessment_id, Expectation(name="points", value=3))


def test_only_the_masked_fields_change(trace, wire):
    said = mlflow.log_feedback(trace_id=trace, name="score", value=1, rationale="stays", source=HUMAN)
    path = f"traces/{trace}/assessments/{said.assessment_id}"
    body = {"assessment": {"assessment_name": "other", "feedback": {"value": 9}, "rationale": "changes"}, "update_mask": "feedback,somethingElse"}
    changed = wire.ok("PATCH", path, body, base=V3)["assessment"]
    assert (changed["assessment_name"], changed["feedback"]["value"], changed["rationale"]) == ("score", 9, "stays")
    assert wire.ok("PATCH", path, body | {"update_mask": "assessmentName"}, base=V3)["assessment"]["assessment_name"] == "other"
    expect(wire.call("PATCH", path, {"assessment": {}}, base=V3), INVALID)
    expect(wire.call("PATCH", path, {"update_mask": "feedback"}, base=V3), INVALID)


def test_one_overrides_another(trace, client):
    first = mlflow.log_feedback(trace_id=trace, name="judge", value=1, source=HUMAN)
    second = mlflow.override_feedback(trace_id=trace, assessment_id=first.assessment_id, value=2, source=HUMAN)
    assert second.overrides == first.assessment_id and second.valid
    assert not mlflow.get_assessment(trace, first.assessment_id).valid
    mlflow.delete_assessment(trace, second.assessment_id)
    assert mlflow.get_assessment(trace, first.assessment_id).valid
    mlflow.delete_assessment(trace, second.assessment_id)
    with pytest.raises(MlflowException, match="RESOURCE_DOES_NOT_EXIST"):
        mlflow.get_assessment(trace, second.assessment_id)


def test_what_is_said_while_the_trace_runs(client, fresh):
    mlflow.set_experiment(fresh())

    @mlflow.trace
    def answer():
        mlflow.log_feedback(trace_id=mlflow.get_active_trace_id(), name="early", value=0.1, source=HUMAN)
        return "done"

    answer()
    mlflow.flush_trace_async_logging(terminate=True)
    trace = mlflow.get_last_active_trace_id()
    assert assessments(trace)["early"].value == 0.1


@pytest.mark.differs("keeps it twice")
def test_telling_twice_keeps_it_once(trace, wire):
    said = {"assessment_name": "told", "source": {"source_type": "CODE", "source_id": "x"}, "feedback": {"value": "ok"}, "create_time": "2026-03-02T09:00:00Z"}
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": mlflow.get_trace(trace).info.experiment_id}}
    info = {"trace_id": trace, "trace_location": place, "state": "OK", "assessments": [said]}
    for _ in range(2):
        told = wire.ok("POST", "traces", {"trace": {"trace_info": info}}, base=V3)["trace"]["trace_info"]
        [kept] = told["assessments"]
        assert kept["create_time"].startswith("2026-03-02T09:00:00") and kept["feedback"] == {"value": "ok"}


def test_searching_by_what_was_said(trace, client):
    experiment = mlflow.get_trace(trace).info.experiment_id
    with mlflow.start_span("silent"):
        pass
    mlflow.flush_trace_async_logging(terminate=True)
    mlflow.log_feedback(trace_id=trace, name="score", value=0.7, source=HUMAN)
    mlflow.log_feedback(trace_id=trace, name="tone", value="friendly", source=HUMAN)
    mlflow.log_feedback(trace_id=trace, name="safe", value=True, source=HUMAN)
    mlflow.log_expectation(trace_id=trace, name="right", value="forty-two", source=HUMAN)

    def found(filter):
        return len(client.search_traces(locations=[experiment], filter_string=filter))

    assert found("feedback.score > 0.5") == 1 and found("feedback.score >= 0.8") == 0
    assert found("feedback.tone = 'friendly'") == 1 and found("feedback.tone != 'friendly'") == 0
    assert found("feedback.tone LIKE '%friend%'") == 1 and found("feedback.tone RLIKE 'fr.*ly'") == 1
    assert found("feedback.safe = 'true'") == 1 and found("feedback.safe = 'false'") == 0
    assert found("expectation.right = 'forty-two'") == 1 and found("feedback.right = 'forty-two'") == 0
    assert found("feedback.score IS NULL") == 1 and found("feedback.score IS NOT NULL") == 1
    said = assessments(trace)["tone"]
    mlflow.override_feedback(trace_id=trace, assessment_id=said.assessment_id, value="rude", source=HUMAN)
    assert found("feedback.tone = 'friendly'") == 0 and found("feedback.tone = 'rude'") == 1


def test_issues(trace, wire):
    experiment = mlflow.get_trace(trace).info.experiment_id
    body = {"assessment": {"assessment_name": "iss-1", "issue": {"issue_name": "slow"}, "source": {"source_type": "HUMAN"}}}
    made = wire.ok("POST", f"traces/{trace}/assessments", body, base=V3)["assessment"]
    assert made["issue"] == {"issue_name": "slow"}
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    found = lambda issue: wire.ok("POST", "traces/search", {"locations": [place], "filter": f"issue.id = '{issue}'"}, base=V3).get("traces", [])
    assert len(found("iss-1")) == 1 and found("iss-2") == []


@pytest.mark.differs("does not come back with the run")
def test_an_evaluations_word_vanishes_with_its_run(trace, client):
    experiment = mlflow.get_trace(trace).info.experiment_id
    run = client.create_run(experiment)
    mlflow.log_feedback(trace_id=trace, name="judged", value=1, source=HUMAN, metadata={"mlflow.assessment.sourceRunId": run.info.run_id})
    assert "judged" in assessments(trace)
    client.delete_run(run.info.run_id)
    assert "judged" not in assessments(trace)
    assert client.search_traces(locations=[experiment], filter_string="feedback.judged >= 1") == []
    client.restore_run(run.info.run_id)
    assert "judged" in assessments(trace)


@pytest.mark.parametrize(
    "assessment",
    [{}, {"assessment_name": "a"}, unlike({"feedback": {"value": 1}}), unlike({"assessment_name": "", "feedback": {"value": 1}}),
     unlike({"assessment_name": "a", "feedback": 5}), unlike({"assessment_name": "a", "feedback": {"value": 1}, "expectation": {"value": 1}}),
     unlike({"assessment_name": "a" * 251, "feedback": {"value": 1}}),
     {"assessment_name": "a", "expectation": {"serialized_value": {"serialization_format": "PICKLE", "value": "x"}}},
     unlike({"assessment_name": "a", "expectation": {"serialized_value": {"serialization_format": "JSON_FORMAT", "value": "{"}}}),
     unlike({"assessment_name": "a", "feedback": {"value": 1}, "metadata": {"a": 1}}),
     unlike({"assessment_name": "a", "feedback": {"value": 1}, "create_time": "now"})],
)
def test_assessments_that_are_none(trace, wire, assessment):
    expect(wire.call("POST", f"traces/{trace}/assessments", {"assessment": assessment}, base=V3), INVALID)
    assert assessments(trace) == {}


def test_what_is_not_there(trace, wire):
    body = {"assessment": {"assessment_name": "a", "feedback": {"value": 1}}}
    expect(wire.call("POST", "traces/tr-none/assessments", body, base=V3), MISSING)
    expect(wire.call("GET", f"traces/{trace}/assessments/a-none", base=V3), MISSING)
    expect(wire.call("PATCH", f"traces/{trace}/assessments/a-none", body | {"update_mask": "feedback"}, base=V3), MISSING)
    body["assessment"]["overrides"] = "a-none"
    expect(wire.call("POST", f"traces/{trace}/assessments", body, base=V3), MISSING)
    assert assessments(trace) == {}


def test_an_unknown_source_is_kept_as_none(trace, wire):
    body = {"assessment": {"assessment_name": "a", "feedback": {"value": None, "error": {"error_code": "E", "error_message": "m"}}, "source": {"source_type": "ORACLE", "source_id": "delphi"}}}
    made = wire.ok("POST", f"traces/{trace}/assessments", body, base=V3)["assessment"]
    assert made["source"] == {"source_type": "SOURCE_TYPE_UNSPECIFIED", "source_id": "delphi"}
    assert assessments(trace)["a"].error == AssessmentError(error_code="E", error_message="m")
