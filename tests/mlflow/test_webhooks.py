"""Webhooks of the registry through the unmodified client, and what arrives at a real receiver."""

import base64
import hashlib
import hmac
import os
import secrets
import time

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities.webhook import WebhookEvent, WebhookStatus
from mlflow.exceptions import MlflowException
from mlflow.webhooks.delivery import _generate_hmac_signature

from receiver import Receiver
from slipway import ADMIN, Fresh, Slipway
from wire import INVALID, MISSING, Wire

pytestmark = pytest.mark.differs("it needs settings of its own to reach a receiver on this machine")

PATIENCE = 30
SECRET = "a secret that is shown to nobody"


@pytest.fixture(scope="session")
def receiver(tmp_path_factory):
    receiver = Receiver(tmp_path_factory.mktemp("receiver"))
    yield receiver
    receiver.close()


def trusting(receiver, server):
    """Starts the server so that it may tell the receiver, and only it, and knows its authority."""
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(receiver.authority)
    try:
        return server.start("--webhook-allow", receiver.place)
    finally:
        os.environ.pop("SSL_CERT_FILE")
        if before:
            os.environ["SSL_CERT_FILE"] = before


@pytest.fixture(scope="session")
def slipway(request, receiver):
    with Fresh(request.param) as server:
        server.add_user(ADMIN, "--admin")
        yield trusting(receiver, server)


@pytest.fixture
def mark():
    """Part of a path at the receiver that no other story uses, on whichever engine."""
    return secrets.token_hex(4)


@pytest.fixture
def hook(client, receiver):
    """hook(path, *events, **fields) makes a webhook of the test's project."""

    def hook(path, *events, **fields):
        events = [WebhookEvent.from_str(event) for event in events or ["registered_model.created"]]
        return client.create_webhook("ci", receiver.url(path), events, **fields)

    return hook


def history(slipway, webhook, **query):
    words = "&".join(f"{key}={value}" for key, value in query.items())
    return slipway.api(ADMIN).get(f"/api/v1/webhooks/{webhook.webhook_id}/deliveries?{words}")


def until(condition):
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, "it did not become so"
        time.sleep(0.1)
    return found


def test_a_webhook_is_made_found_changed_and_deleted(client, receiver):
    events = [WebhookEvent.from_str("model_version.created"), WebhookEvent.from_str("prompt.created")]
    made = client.create_webhook("ci", receiver.url("/ok"), events, description="tells the pipeline", secret=SECRET)
    assert made.events == events and made.status == WebhookStatus.ACTIVE and made.secret is None
    assert client.get_webhook(made.webhook_id).description == "tells the pipeline"
    second = client.create_webhook("two", receiver.url("/ok"), events[:1], status=WebhookStatus.DISABLED)
    assert [hook.webhook_id for hook in client.list_webhooks()] == [second.webhook_id, made.webhook_id]
    page = client.list_webhooks(max_results=1)
    assert [hook.name for hook in page] == ["two"] and page.token
    assert [hook.name for hook in client.list_webhooks(max_results=1, page_token=page.token)] == ["ci"]

    changed = client.update_webhook(made.webhook_id, name="pipeline", events=events[1:], status=WebhookStatus.DISABLED)
    assert (changed.name, changed.events, changed.status) == ("pipeline", events[1:], WebhookStatus.DISABLED)
    assert changed.url == made.url and changed.description == "tells the pipeline"
    client.delete_webhook(made.webhook_id)
    with pytest.raises(MlflowException, match=MISSING):
        client.get_webhook(made.webhook_id)
    assert [hook.name for hook in client.list_webhooks()] == ["two"]


def test_what_happens_arrives_signed(client, receiver, hook, key, mark):
    path = f"/ok/{mark}"
    hook(path, "registered_model.created", "model_version_alias.created", secret=SECRET)
    client.create_registered_model("trees", tags={"team": "churn"}, description="they grow")
    client.create_model_version("trees", "s3://models/trees")
    client.set_registered_model_alias("trees", "champion", "1")
    first, second = receiver.wait(path, 2)
    first, second = sorted([first, second], key=lambda heard: heard["body"]["entity"], reverse=True)
    assert first["body"]["data"] == {"name": "trees", "tags": {"team": "churn"}, "description": "they grow"}
    assert (second["body"]["entity"], second["body"]["action"]) == ("model_version_alias", "created")
    assert second["body"]["data"] == {"name": "trees", "alias": "champion", "version": "1"}
    for heard in (first, second):
        sent = heard["headers"]
        stamp, delivery = sent["X-MLflow-Timestamp"], sent["X-MLflow-Delivery-Id"]
        assert abs(int(stamp) - time.time()) < 60 and sent["Content-Type"] == "application/json"
        digest = hmac.new(SECRET.encode(), f"{delivery}.{stamp}.{heard['text']}".encode(), hashlib.sha256).digest()
        assert sent["X-MLflow-Signature"] == "v1," + base64.b64encode(digest).decode()
        assert sent["X-MLflow-Signature"] == _generate_hmac_signature(SECRET, delivery, stamp, heard["text"])
    assert first["headers"]["X-MLflow-Delivery-Id"] != second["headers"]["X-MLflow-Delivery-Id"]


def test_prompts_are_told_of_too(client, receiver, hook, mark):
    path = f"/ok/prompts/{mark}"
    events = ["prompt.created", "prompt_version.created", "prompt_alias.created", "prompt_version_tag.set", "registered_model.created"]
    hook(path, *events)
    mlflow.genai.register_prompt("greet", "Hello {{name}}", commit_message="first", tags={"lang": "en"})
    mlflow.genai.set_prompt_alias("greet", "live", 1)
    client.set_prompt_version_tag("greet", 1, "checked", "yes")
    told = {f"{h['body']['entity']}.{h['body']['action']}": h for h in receiver.wait(path, 4)}
    assert set(told) == set(events[:4])
    assert told["prompt_version.created"]["body"]["data"]["template"] == "Hello {{name}}"
    assert told["prompt_alias.created"]["body"]["data"] == {"name": "greet", "alias": "live", "version": "1"}
    assert told["prompt_version_tag.set"]["body"]["data"]["value"] == "yes"
    assert all("X-MLflow-Signature" not in heard["headers"] for heard in told.values()), "nothing to sign with"


def test_what_fails_is_tried_again_under_the_same_id(client, receiver, hook, slipway, mark):
    path = f"/twice/503/{mark}"
    webhook = hook(path, secret=SECRET)
    client.create_registered_model("trees")
    tries = receiver.wait(path, 3)
    assert len({heard["headers"]["X-MLflow-Delivery-Id"] for heard in tries}) == 1
    assert len({heard["text"] for heard in tries}) == 1
    assert tries[1]["at"] - tries[0]["at"] > 3 and tries[2]["at"] - tries[1]["at"] > 6, "with growing pauses"
    [delivery] = until(lambda: [d for d in history(slipway, webhook)["items"] if d["state"] == "delivered"])
    assert (delivery["tries"], delivery["status"], delivery["why"]) == (3, 200, None)
    assert delivery["id"] == tries[0]["headers"]["X-MLflow-Delivery-Id"] and delivery["body"] == tries[0]["text"]


def test_history_has_pages_and_is_sent_again_by_hand(client, receiver, hook, slipway, mark):
    path = f"/ok/history/{mark}"
    webhook = hook(path)
    for number in range(5):
        client.create_registered_model(f"model {number}")
    receiver.wait(path, 5)
    first = history(slipway, webhook, limit=3)
    rest = history(slipway, webhook, limit=3, cursor=first["next"])
    ids = [delivery["id"] for delivery in first["items"] + rest["items"]]
    assert len(set(ids)) == 5 and rest["next"] is None
    api = slipway.api(ADMIN)
    until(lambda: all(d["state"] == "delivered" for d in history(slipway, webhook)["items"]))
    again = api.post(f"/api/v1/webhooks/{webhook.webhook_id}/deliveries/{ids[4]}/replay", {})
    assert again["state"] == "waiting"
    last = receiver.wait(path, 6)[-1]
    assert last["headers"]["X-MLflow-Delivery-Id"] == ids[4]
    assert api.refused(404, "POST", f"/api/v1/webhooks/{webhook.webhook_id}/deliveries/unknown/replay", {})


def test_a_test_says_the_status_and_nothing_else(client, receiver, hook, mark):
    fine = client.test_webhook(hook(f"/ok/test/{mark}", "prompt.created").webhook_id)
    assert (fine.success, fine.response_status, fine.response_body, fine.error_message) == (True, 200, None, None)
    [heard] = receiver.at(f"/ok/test/{mark}")
    assert (heard["body"]["entity"], heard["body"]["data"]["name"]) == ("prompt", "example_prompt")
    other = WebhookEvent.from_str("model_version_tag.deleted")
    assert client.test_webhook(hook(f"/ok/other/{mark}").webhook_id, other).success
    assert receiver.at(f"/ok/other/{mark}")[0]["body"]["entity"] == "model_version_tag"
    broken = client.test_webhook(hook("/status/500").webhook_id)
    assert (broken.success, broken.response_status, broken.response_body) == (False, 500, None)


def test_redirects_are_not_followed(client, receiver, hook):
    result = client.test_webhook(hook("/redirect").webhook_id)
    assert (result.success, result.response_status) == (False, 302)
    assert receiver.at("/redirect") and not receiver.at("/inside")


INSIDE = [
    "https://127.0.0.1/", "https://localhost/", "https://localhost./", "https://127.0.0.1./", "https://0/", "https://0.0.0.0/",
    "https://2130706433/", "https://017700000001/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://127.1/",
    "https://0177.0.0.1/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/", "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:169.254.169.254]/", "https://[64:ff9b::7f00:1]/", "https://[64:ff9b::a9fe:a9fe]/", "https://[2002:7f00:1::]/",
    "https://[fe80::1]/", "https://[fd00:ec2::254]/", "https://[fc00::1]/", "https://224.0.0.1/",
    "http://93.184.216.34/", "ftp://93.184.216.34/", "file:///etc/passwd", "gopher://93.184.216.34/", "93.184.216.34",
    "https://user:password@93.184.216.34/", "https://93.184.216.34@127.0.0.1/", "https://127.0.0.1\\@93.184.216.34/",
    "https:///nowhere", "https://", "https://93.184.216.34:0/", "https://93.184.216.34:99999/", "https://nobody.invalid/",
]


@pytest.mark.parametrize("url", INSIDE)
def test_nothing_inside_can_be_pointed_to(wire, receiver, url):
    event = {"entity": "PROMPT", "action": "CREATED"}
    wire.refused(INVALID, "POST", "webhooks", name="ci", url=url, events=[event])
    made = wire.post("webhooks", name="ci", url=receiver.url("/ok"), events=[event])["webhook"]
    wire.refused(INVALID, "PATCH", f"webhooks/{made['webhook_id']}", url=url)
    port = str(int(receiver.place.split(":")[1]) ^ 1)
    wire.refused(INVALID, "POST", "webhooks", name="ci", url=f"https://127.0.0.1:{port}/", events=[event])
    assert wire.get(f"webhooks/{made['webhook_id']}")["webhook"]["url"] == receiver.url("/ok")


def test_only_those_who_administer_the_project_manage_webhooks(slipway, key, uri, hook, join):
    webhook = hook("/ok")
    other = slipway.new_project()
    for who, project, role, refusal in [("Dana", key, "member", "PERMISSION_DENIED"), ("Mara", key, "viewer", "PERMISSION_DENIED"), ("Rita", other, "admin", MISSING)]:
        join(who, project, role=role)
        wire = Wire(uri, slipway.token(f"{who.lower()}@slipway.test"))
        one, event = f"webhooks/{webhook.webhook_id}", {"entity": "PROMPT", "action": "CREATED"}
        for method, route, body in [("GET", "webhooks", {}), ("GET", one, {}), ("PATCH", one, {"name": "x"}), ("DELETE", one, {}), ("POST", f"{one}/test", {}),
                                    ("POST", "webhooks", {"name": "x", "url": "https://93.184.216.34/", "events": [event]})]:
            wire.refused(refusal, method, route, **body)
    nobody = Wire(uri)
    assert nobody.call("POST", f"webhooks/{webhook.webhook_id}/test").status_code == 401
    elsewhere = Wire(slipway.tracking_uri(other), slipway.token(ADMIN))
    elsewhere.refused(MISSING, "GET", f"webhooks/{webhook.webhook_id}")
    logs = Wire(uri, slipway.token(ADMIN, "--scope", "track"))
    logs.refused("PERMISSION_DENIED", "GET", "webhooks")


def test_another_projects_events_are_not_told(slipway, client, receiver, hook, mark):
    path = f"/ok/mine/{mark}"
    hook(path)
    elsewhere = Wire(slipway.tracking_uri(slipway.new_project()), slipway.token(ADMIN))
    elsewhere.post("registered-models/create", name="theirs")
    client.create_registered_model("mine")
    assert [heard["body"]["data"]["name"] for heard in receiver.wait(path)] == ["mine"]


def test_one_that_is_off_is_told_nothing(client, receiver, hook, mark):
    path = f"/ok/off/{mark}"
    webhook = hook(path, status=WebhookStatus.DISABLED)
    client.create_registered_model("missed")
    time.sleep(2)
    client.update_webhook(webhook.webhook_id, status=WebhookStatus.ACTIVE)
    client.create_registered_model("heard")
    assert [heard["body"]["data"]["name"] for heard in receiver.wait(path)] == ["heard"]


def test_slow_receivers_hold_up_nobody(client, receiver, hook, mark):
    for _ in range(3):
        hook(f"/slow/{mark}")
    began = time.monotonic()
    for number in range(10):
        client.create_registered_model(f"model {number}")
    assert time.monotonic() - began < 10
    receiver.wait(f"/slow/{mark}", 30)


def test_secrets_are_in_no_answer_and_no_log(slipway, wire, client, receiver, hook):
    webhook = hook("/ok", secret=SECRET)
    client.test_webhook(webhook.webhook_id)
    one = f"webhooks/{webhook.webhook_id}"
    answers = [wire.call("GET", one), wire.call("GET", "webhooks"), wire.call("PATCH", one, {"secret": SECRET, "name": "x"})]
    assert all(answer.status_code == 200 and SECRET not in answer.text for answer in answers)
    assert SECRET not in str(history(slipway, webhook)) and SECRET not in str(slipway.api(ADMIN).get("/api/v1/events?limit=200"))
    assert SECRET not in slipway.log.read_text()


def test_a_delivery_survives_the_end_of_the_server(slipway, client, receiver, hook, mark):
    path = f"/twice/503/restart/{mark}"
    hook(path)
    client.create_registered_model("trees")
    first = receiver.wait(path)[0]
    slipway.kill()
    trusting(receiver, slipway)
    # What was under way is taken up again when its claim runs out, after a minute.
    last = receiver.wait(path, 3, patience=100)[-1]
    assert last["headers"]["X-MLflow-Delivery-Id"] == first["headers"]["X-MLflow-Delivery-Id"]


def test_two_nodes_tell_each_event_once(slipway, client, receiver, hook, key, mark, tmp_path):
    if not slipway.database:
        pytest.skip("one server serves one folder")
    path = f"/ok/nodes/{mark}"
    hook(path)
    other = Slipway(tmp_path / "other", slipway.database)
    trusting(receiver, other)
    try:
        both = [client, MlflowClient(f"{other.url}/p/{key}")]
        for number in range(30):
            both[number % 2].create_registered_model(f"model {number}")
        receiver.wait(path, 30)
        time.sleep(3)
    finally:
        other.stop()
    heard = receiver.at(path)
    assert len({h["headers"]["X-MLflow-Delivery-Id"] for h in heard}) == len(heard) == 30
