"""A few hundred operations, valid and invalid, as any client could send them. A story takes `ask` and knows no server."""

DAY = 1_700_000_000_000
NAME = "0" * 31 + "f"


def pairs(**items):
    return [{"key": key, "value": value} for key, value in items.items()]


def experiments(ask):
    made = ask("create", "POST", "experiments/create", {"name": "First", "tags": pairs(team="growth", note="one")})
    first = made["experiment_id"]
    ask("get", "GET", "experiments/get", {"experiment_id": first})
    ask("get by name", "GET", "experiments/get-by-name", {"experiment_name": "First"})
    ask("get unknown", "GET", "experiments/get", {"experiment_id": "987654"})
    ask("get by unknown name", "GET", "experiments/get-by-name", {"experiment_name": "Nobody"})
    ask("name taken", "POST", "experiments/create", {"name": "First"})
    ask("tag", "POST", "experiments/set-experiment-tag", {"experiment_id": first, "key": "team", "value": "fraud"})
    ask("tag with an empty value", "POST", "experiments/set-experiment-tag", {"experiment_id": first, "key": "empty"})
    ask("tag of unknown", "POST", "experiments/set-experiment-tag", {"experiment_id": "987654", "key": "a", "value": "b"})
    ask("untag", "POST", "experiments/delete-experiment-tag", {"experiment_id": first, "key": "note"})
    ask("untag unknown", "POST", "experiments/delete-experiment-tag", {"experiment_id": first, "key": "nothing"})
    ask("after tagging", "GET", "experiments/get", {"experiment_id": first})
    ask("rename", "POST", "experiments/update", {"experiment_id": first, "new_name": "Renamed"})
    second = ask("second", "POST", "experiments/create", {"name": "Zweites: ä/ö 世界"})["experiment_id"]
    ask("rename to taken", "POST", "experiments/update", {"experiment_id": second, "new_name": "Renamed"})
    ask("delete", "POST", "experiments/delete", {"experiment_id": second})
    ask("delete twice", "POST", "experiments/delete", {"experiment_id": second})
    ask("get deleted", "GET", "experiments/get", {"experiment_id": second})
    ask("tag deleted", "POST", "experiments/set-experiment-tag", {"experiment_id": second, "key": "a", "value": "b"})
    ask("run in deleted", "POST", "runs/create", {"experiment_id": second, "start_time": DAY})
    ask("name of deleted", "POST", "experiments/create", {"name": "Zweites: ä/ö 世界"})
    ask("restore", "POST", "experiments/restore", {"experiment_id": second})
    ask("restore twice", "POST", "experiments/restore", {"experiment_id": second})
    for filter in EXPERIMENT_FILTERS:
        ask(f"filter {filter}", "POST", "experiments/search", {"max_results": 10, "filter": filter})
    for order in ("name", "name DESC", "creation_time ASC", "last_update_time DESC", "experiment_id", "nothing", "name UP", ""):
        names = ask(f"order {order}", "POST", "experiments/search", {"max_results": 10, "order_by": [order], "filter": "name != 'Default'"})
        assert names is not None
    page = ask("page 1", "POST", "experiments/search", {"max_results": 1, "filter": "name != 'Default'"})
    ask("page 2", "POST", "experiments/search",
        {"max_results": 1, "filter": "name != 'Default'", "page_token": page.get("next_page_token")})
    ask("page of nonsense", "POST", "experiments/search", {"max_results": 1, "page_token": "nonsense"})
    for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL"):
        ask(f"view {view}", "POST", "experiments/search", {"max_results": 10, "view_type": view, "filter": "name != 'Default'"})


EXPERIMENT_FILTERS = [
    "name = 'Renamed'", "name LIKE 'Ren%'", "name ILIKE 'REN%'", "name != 'Renamed' AND name != 'Default'", "tag.team = 'fraud'",
    "tags.team = 'fraud'", "tags.team != 'x'", "tags.nothing = 'x'", "attribute.name = 'Renamed'", "attributes.name = 'Renamed'",
    "name", "name = Renamed", "name == 'Renamed'", "name = 'Renamed' OR name = 'x'", "name IN ('Renamed')", "creation_time > 0 AND name = 'Renamed'",
    "creation_time > 'x'", "name > 'a'", "unknown = 'x'", "name = 'unfinished", "(name = 'Renamed')", "name = 'Renamed' AND", "tags.team IS NULL",
]


def runs(ask):
    home = ask("home", "POST", "experiments/create", {"name": "Runs"})["experiment_id"]
    made = ask("create", "POST", "runs/create",
               {"experiment_id": home, "run_name": "one", "user_id": "dana", "start_time": DAY, "tags": pairs(stage="try")})
    run = made["run"]["info"]["run_id"]
    ask("get", "GET", "runs/get", {"run_id": run})
    ask("get by the old name", "GET", "runs/get", {"run_uuid": run})
    ask("get unknown", "GET", "runs/get", {"run_id": NAME})
    ask("create without a name", "POST", "runs/create", {"experiment_id": home, "start_time": DAY + 1})
    ask("create named by tag", "POST", "runs/create", {"experiment_id": home, "start_time": DAY + 2, "tags": [{"key": "mlflow.runName", "value": "by tag"}]})
    ask("create with two names", "POST", "runs/create",
        {"experiment_id": home, "run_name": "a", "start_time": DAY, "tags": [{"key": "mlflow.runName", "value": "b"}]})
    ask("create without a start", "POST", "runs/create", {"experiment_id": home, "run_name": "no start"})
    ask("create nowhere", "POST", "runs/create", {"experiment_id": "987654", "start_time": DAY})
    for status in ("SCHEDULED", "FAILED", "KILLED", "RUNNING", "FINISHED", "finished", 3, 99, "DONE"):
        ask(f"status {status}", "POST", "runs/update", {"run_id": run, "status": status, "end_time": DAY + 500})
    ask("rename", "POST", "runs/update", {"run_id": run, "run_name": "renamed"})
    ask("rename to nothing", "POST", "runs/update", {"run_id": run, "run_name": ""})
    ask("renamed by tag", "POST", "runs/set-tag", {"run_id": run, "key": "mlflow.runName", "value": "by tag"})
    ask("after renaming", "GET", "runs/get", {"run_id": run})
    ask("untag", "POST", "runs/delete-tag", {"run_id": run, "key": "stage"})
    ask("untag twice", "POST", "runs/delete-tag", {"run_id": run, "key": "stage"})
    ask("delete", "POST", "runs/delete", {"run_id": run})
    ask("delete twice", "POST", "runs/delete", {"run_id": run})
    ask("get deleted", "GET", "runs/get", {"run_id": run})
    for label, route, body in [
        ("tag", "set-tag", {"key": "a", "value": "b"}), ("untag", "delete-tag", {"key": "a"}), ("update", "update", {"status": "FAILED"}),
        ("metric", "log-metric", {"key": "a", "value": 1, "timestamp": 1}), ("param", "log-parameter", {"key": "a", "value": "b"}),
        ("batch", "log-batch", {}), ("outputs", "outputs", {"models": []}), ("inputs", "log-inputs", {"datasets": []}),
    ]:
        ask(f"deleted: {label}", "POST", f"runs/{route}", {"run_id": run} | body)
    ask("restore", "POST", "runs/restore", {"run_id": run})
    ask("restore twice", "POST", "runs/restore", {"run_id": run})
    ask("delete unknown", "POST", "runs/delete", {"run_id": NAME})
    ask("restore unknown", "POST", "runs/restore", {"run_id": NAME})
    ask("delete the experiment", "POST", "experiments/delete", {"experiment_id": home})
    ask("its run", "GET", "runs/get", {"run_id": run})
    ask("restore the experiment", "POST", "experiments/restore", {"experiment_id": home})
    ask("its run again", "GET", "runs/get", {"run_id": run})


def new_run(ask, name, label="a run"):
    home = ask(f"{label}: home", "POST", "experiments/create", {"name": name})["experiment_id"]
    return home, ask(label, "POST", "runs/create", {"experiment_id": home, "run_name": "r", "start_time": DAY})["run"]["info"]["run_id"]


def metrics(ask):
    _, run = new_run(ask, "Metrics")
    for place, value in enumerate([1, 0.5, -2, 1e300, -1e-300, "NaN", "Infinity", "-Infinity", "1.5", 0, -0.0, True, "x", None, [], 1e308]):
        ask(f"value {value!r}", "POST", "runs/log-metric", {"run_id": run, "key": f"v{place}", "value": value, "timestamp": DAY, "step": place})
    points = [(3, 10, 1.0), (1, 30, 9.0), (3, 20, 0.5), (3, 20, 0.7), (-1, 99, 5.0), (3, 20, 0.7), (2, 10, "NaN")]
    for place, (step, at, value) in enumerate(points):
        ask(f"point {place}", "POST", "runs/log-metric", {"run_id": run, "key": "loss", "value": value, "timestamp": at, "step": step})
    ask("latest", "GET", "runs/get", {"run_id": run})
    ask("history", "GET", "metrics/get-history", {"run_id": run, "metric_key": "loss"})
    page = ask("history page 1", "GET", "metrics/get-history", {"run_id": run, "metric_key": "loss", "max_results": 2})
    ask("history page 2", "GET", "metrics/get-history",
        {"run_id": run, "metric_key": "loss", "max_results": 2, "page_token": page.get("next_page_token")})
    ask("history of an unknown key", "GET", "metrics/get-history", {"run_id": run, "metric_key": "nothing"})
    ask("history of an unknown run", "GET", "metrics/get-history", {"run_id": NAME, "metric_key": "loss"})
    for most in (0, -1, 25_001, "x", 1.5):
        ask(f"history of {most}", "GET", "metrics/get-history", {"run_id": run, "metric_key": "loss", "max_results": most})
    for key in KEYS:
        ask(f"key {key[:20]!r} {len(key)}", "POST", "runs/log-metric", {"run_id": run, "key": key, "value": 1, "timestamp": DAY})
    for at in (0, -1, 1.5, "17", "x", 2**63, None, True):
        ask(f"at {at}", "POST", "runs/log-metric", {"run_id": run, "key": "at", "value": 1, "timestamp": at})
    for step in (0, -5, "7", 1.5, 2**62, 2**63, "x", None):
        ask(f"step {step}", "POST", "runs/log-metric", {"run_id": run, "key": "step", "value": 1, "timestamp": 1, "step": step})
    ask("to an unknown run", "POST", "runs/log-metric", {"run_id": NAME, "key": "a", "value": 1, "timestamp": 1})


KEYS = ["plain", "a/b", "with space", " ", "", ".", "..", "a/../b", "/a", "a/", "a//b", "./a", "a.b", "é", "世界", "a:b", "a,b", "a;b", "a?b", "a#b",
        "a%b", "a'b", 'a"b', "a\\b", "a@b", "a*b", "a(b)", "a[b]", "a=b", "a\tb", "a\nb", "a+b", "a&b", "a|b", "🙂", "k" * 250, "k" * 251]


def params_and_tags(ask):
    _, run = new_run(ask, "Params")
    for key in KEYS:
        ask(f"param key {key[:20]!r} {len(key)}", "POST", "runs/log-parameter", {"run_id": run, "key": key, "value": "1"})
        ask(f"tag key {key[:20]!r} {len(key)}", "POST", "runs/set-tag", {"run_id": run, "key": key, "value": "1"})
    for value in ("", "x", "é" * 6000, "x" * 6001, 5, None, True, [], {}, "line\nline", " "):
        label = f"{str(value)[:10]!r} {type(value).__name__} {len(str(value))}"
        ask(f"param value {label}", "POST", "runs/log-parameter", {"run_id": run, "key": f"p {label}".replace("'", "").replace("\\", "").replace("[", "").replace("{", "").replace("]", "").replace("}", ""), "value": value})
        ask(f"tag value {label}", "POST", "runs/set-tag", {"run_id": run, "key": "t", "value": value})
    ask("param again", "POST", "runs/log-parameter", {"run_id": run, "key": "plain", "value": "1"})
    ask("param changed", "POST", "runs/log-parameter", {"run_id": run, "key": "plain", "value": "2"})
    ask("tag of 8001", "POST", "runs/set-tag", {"run_id": run, "key": "long", "value": "x" * 8001})
    ask("what is kept", "GET", "runs/get", {"run_id": run})


def batches(ask):
    _, run = new_run(ask, "Batches")
    point = {"key": "m", "value": 1.0, "timestamp": 1, "step": 0}
    several = {
        "empty": {}, "all kinds": {"metrics": [point], "params": pairs(a="1"), "tags": pairs(b="2")},
        "metrics twice": {"metrics": [point, point]}, "params twice": {"params": pairs(c="1") * 2},
        "params twice, other value": {"params": pairs(d="1") + pairs(d="2")}, "param changed": {"params": pairs(a="2")},
        "param the same": {"params": pairs(a="1")}, "tags twice": {"tags": pairs(e="1") + pairs(e="2")},
        "1000 metrics": {"metrics": [point | {"step": n} for n in range(1000)]}, "1001 metrics": {"metrics": [point | {"step": n} for n in range(1001)]},
        "100 params": {"params": [{"key": f"p{n}", "value": "x"} for n in range(100)]}, "101 params": {"params": [{"key": f"q{n}", "value": "x"} for n in range(101)]},
        "100 tags": {"tags": [{"key": f"t{n}", "value": "x"} for n in range(100)]}, "101 tags": {"tags": [{"key": f"u{n}", "value": "x"} for n in range(101)]},
        "1001 together": {"metrics": [point | {"step": n} for n in range(1000)], "tags": pairs(z="1")},
        "a bad key last": {"metrics": [point | {"step": 7777}, point | {"key": "a,b"}]}, "a bad param last": {"params": pairs(f="1") + [{"key": "", "value": "1"}]},
        "a bad value": {"metrics": [point | {"value": "x"}]}, "no value": {"metrics": [{"key": "m", "timestamp": 1}]},
        "no time": {"metrics": [{"key": "m", "value": 1}]}, "metrics no list": {"metrics": {"a": 1}}, "params no list": {"params": "x"},
        "NaN": {"metrics": [point | {"key": "nan", "value": "NaN"}]}, "a model that is not": {"metrics": [point | {"model_id": "m-" + NAME}]},
    }
    for label, body in several.items():
        ask(label, "POST", "runs/log-batch", {"run_id": run} | body)
    ask("what is kept", "GET", "runs/get", {"run_id": run})
    for odd in ("", "-a", "a b", "é", "x" * 257, NAME, None, 5):
        ask(f"run {str(odd)[:20]!r} {len(str(odd))}", "POST", "runs/log-batch", {"run_id": odd})


def inputs(ask):
    _, run = new_run(ask, "Inputs")
    data = {"name": "wine", "digest": "d1", "source_type": "local", "source": "{}", "schema": "{}", "profile": "{}"}
    used = {"dataset": data, "tags": [{"key": "mlflow.data.context", "value": "training"}]}
    ask("log", "POST", "runs/log-inputs", {"run_id": run, "datasets": [used]})
    ask("again, other tags", "POST", "runs/log-inputs", {"run_id": run, "datasets": [used | {"tags": pairs(x="1")}]})
    ask("another digest", "POST", "runs/log-inputs", {"run_id": run, "datasets": [used | {"dataset": data | {"digest": "d2"}}]})
    for field in ("name", "digest", "source_type", "source"):
        ask(f"without {field}", "POST", "runs/log-inputs", {"run_id": run, "datasets": [{"dataset": {k: v for k, v in data.items() if k != field}}]})
    for field, limit in (("name", 500), ("digest", 36), ("source", 65_535)):
        ask(f"{field} at its limit", "POST", "runs/log-inputs", {"run_id": run, "datasets": [{"dataset": data | {field: "x" * limit}}]})
        ask(f"{field} beyond", "POST", "runs/log-inputs", {"run_id": run, "datasets": [{"dataset": data | {field: "x" * (limit + 1)}}]})
    ask("tag key beyond", "POST", "runs/log-inputs", {"run_id": run, "datasets": [{"dataset": data, "tags": [{"key": "k" * 256, "value": "v"}]}]})
    ask("without a dataset", "POST", "runs/log-inputs", {"run_id": run, "datasets": [{"tags": []}]})
    ask("unknown run", "POST", "runs/log-inputs", {"run_id": NAME, "datasets": [used]})
    ask("what is kept", "GET", "runs/get", {"run_id": run})


def logged_models(ask):
    home, run = new_run(ask, "Models")
    made = ask("create", "POST", "logged-models",
               {"experiment_id": home, "name": "forest", "model_type": "sklearn", "source_run_id": run, "params": pairs(depth="3"), "tags": pairs(a="b")})
    model = made["model"]["info"]["model_id"]
    ask("get", "GET", f"logged-models/{model}")
    ask("metric on it", "POST", "runs/log-metric",
        {"run_id": run, "key": "auc", "value": 0.9, "timestamp": DAY, "step": 1, "model_id": model, "dataset_name": "wine", "dataset_digest": "d1"})
    ask("params", "POST", f"logged-models/{model}/params", {"model_id": model, "params": pairs(width="4")})
    ask("params again", "POST", f"logged-models/{model}/params", {"model_id": model, "params": pairs(width="5")})
    ask("tags", "PATCH", f"logged-models/{model}/tags", {"tags": pairs(a="c", d="e")})
    ask("untag", "DELETE", f"logged-models/{model}/tags/d")
    ask("untag unknown", "DELETE", f"logged-models/{model}/tags/nothing")
    for status in ("LOGGED_MODEL_READY", 2, "LOGGED_MODEL_PENDING", "LOGGED_MODEL_UPLOAD_FAILED", 9, "READY", None):
        ask(f"status {status}", "PATCH", f"logged-models/{model}", {"model_id": model, "status": status})
    ask("ready", "PATCH", f"logged-models/{model}", {"model_id": model, "status": "LOGGED_MODEL_READY"})
    ask("outputs", "POST", "runs/outputs", {"run_id": run, "models": [{"model_id": model, "step": 3}]})
    ask("the run", "GET", "runs/get", {"run_id": run})
    ask("the model", "GET", f"logged-models/{model}")
    for name in ("", "a/b", "a:b", "a.b", "a%b", "a'b", "é", "x" * 300, "with space"):
        ask(f"name {name[:10]!r}", "POST", "logged-models", {"experiment_id": home, "name": name})
    ask("nowhere", "POST", "logged-models", {"experiment_id": "987654", "name": "x"})
    ask("unknown", "GET", "logged-models/m-" + NAME)
    for filter in ("name = 'forest'", "name LIKE 'fores%'", "model_type = 'sklearn'", "metrics.auc > 0.5", "params.depth = '3'", "tags.a = 'c'",
                   "attributes.name = 'forest'", "metrics.auc > 'x'", "nothing = 'x'", "name IN ('forest')", "creation_timestamp > 0 AND name = 'forest'",
                   "tags.a IS NULL", "name = 'forest' OR name = 'x'", f"source_run_id = '{run}'", "status = 'READY' AND name = 'forest'", " "):
        ask(f"filter {filter.replace(run, 'RUN')}", "POST", "logged-models/search", {"experiment_ids": [home], "filter": filter})
    for field in ("name", "creation_timestamp", "metrics.auc", "params.depth", "nothing"):
        ask(f"order {field}", "POST", "logged-models/search",
            {"experiment_ids": [home], "order_by": [{"field_name": field, "ascending": True}], "filter": "name = 'forest'"})
    ask("search nowhere", "POST", "logged-models/search", {"experiment_ids": []})
    ask("delete", "DELETE", f"logged-models/{model}")
    ask("delete twice", "DELETE", f"logged-models/{model}")
    ask("get deleted", "GET", f"logged-models/{model}")


RUN_FILTERS = [
    "metrics.auc > 0.5", "metric.auc >= 0.9", "metrics.auc = 0.9", "metrics.auc != 0.9", "metrics.auc < 0.85", "metrics.`with space` = 1",
    'metrics."with space" = 1', "metrics.auc > '0.5'", "metrics.auc LIKE '0%'", "metrics.auc IN (0.9)", "metrics.auc IS NULL", "metrics.nothing > 0",
    "params.depth = '3'", "param.depth != '3'", "parameters.depth LIKE '1%'", "params.model ILIKE 'FOREST%'", "params.depth > '2'", "params.depth = 3",
    "params.depth IS NULL", "params.depth IS NOT NULL", "params.`a/b` = 'slash'", "params.empty = ''", "params.depth IN ('3')",
    "tags.team = 'growth'", "tag.team ILIKE 'GROWTH'", "tags.team != 'growth'", "tags.`with space` = 'yes'", "tags.mlflow.source.name = 'train.py'",
    "tags.team IS NULL", "tags.team = ''", "attributes.status = 'FINISHED'", "status != 'FINISHED'", "attribute.run_name = 'alpha'", "run_name LIKE '%a%'",
    "attr.user_id = 'lev'", "run.user_id = 'lev'", "`Run name` = 'Beta'", "start_time > 1700000002000", "start_time <= 1700000002000", "start_time = '1'",
    "end_time > 0", "created > 1700000002000", "artifact_uri LIKE '%artifacts%'", "experiment_id = '1'", "lifecycle_stage = 'active'",
    "run_id IN ('a', 'b')", "run_id NOT IN ('a', 'b')", "run_id LIKE '%'", "run_name IN ('alpha')", "dataset.name = 'wine'", "datasets.digest LIKE 'd%'",
    "dataset.context = 'eval'", "dataset.name IN ('wine', 'digits')", "dataset.profile = 'x'", "metrics.auc > 0.5 AND params.depth = '3'",
    "metrics.auc > 0.5 and params.depth = '3' And tags.team = 'Growth'", "metrics.auc > 0.5 OR params.depth = '3'", "NOT metrics.auc > 0.5",
    "(metrics.auc > 0.5)", "metrics.auc > 0.5 AND", "AND metrics.auc > 0.5", "metrics.auc >", "> 0.5", "metrics.auc > 0.5;", "metrics.auc == 0.5",
    "metrics.auc <> 0.5", "metrics.auc BETWEEN 0 AND 1", "metrics.auc > 0.5 -- x", "params.model = 'it''s'", "run_name = \"it's\"", "run_name = 'it\\'s'",
    "unknown.key = 'x'", "tags.team LIKE 'g%'", "tags.team like 'g%'", "tags.team is not null", "METRICS.auc > 0.5", "metrics.auc > 1e-3", "metrics.auc > -1",
    "metrics.auc > .5", "metrics.auc > +1", "metrics.auc > 0x10", "metrics.auc > NaN", "metrics . auc > 0.5", "metrics.auc>0.5", "  ", "'a' = 'a'", "1 = 1",
    "params.model = 'Forest 2'", "run_name LIKE 'delta\\%'", "run_name LIKE 'gamma_1'", "tags.team NOT IN ('growth')", "tags.team NOT LIKE 'g%'",
]

RUN_ORDERS = [
    [], ["metrics.auc"], ["metrics.auc DESC"], ["metrics.loss ASC"], ["params.depth"], ["params.depth DESC"], ["tags.team"], ["start_time"],
    ["start_time DESC"], ["end_time"], ["status", "run_name DESC"], ["attributes.run_name"], ["`Run name`"], ["metrics.`with space` DESC"],
    ["metrics.nothing"], ["nothing"], ["metrics.auc UP"], ["metrics.auc DESC ASC"], ["metrics.auc, params.depth"], [""], ["Created"], ["user_id"],
    ["dataset.name"],
]


def searches(ask):
    from world import RUNS
    home = ask("home", "POST", "experiments/create", {"name": "Search"})["experiment_id"]
    for letter, wanted in RUNS.items():
        fields = {field: wanted[field] for field in ("run_name", "user_id", "start_time") if field in wanted}
        run = ask(f"run {letter}", "POST", "runs/create", {"experiment_id": home, **fields})["run"]["info"]["run_id"]
        points = [{"key": key, "value": value, "timestamp": DAY, "step": step}
                  for key, values in wanted["metrics"].items() for step, value in enumerate(values)]
        ask(f"fill {letter}", "POST", "runs/log-batch",
            {"run_id": run, "metrics": points, "params": pairs(**wanted["params"]), "tags": pairs(**wanted["tags"])})
        if "dataset" in wanted:
            used = {"dataset": wanted["dataset"] | {"source_type": "local", "source": "{}"},
                    "tags": [{"key": "mlflow.data.context", "value": wanted["context"]}]}
            ask(f"input {letter}", "POST", "runs/log-inputs", {"run_id": run, "datasets": [used]})
        if "status" in wanted:
            ask(f"end {letter}", "POST", "runs/update", {"run_id": run, "status": wanted["status"], "end_time": wanted.get("end_time")})
    ask("delete z", "POST", "runs/delete", {"run_id": run})
    for filter in RUN_FILTERS:
        ask(f"filter {filter}", "POST", "runs/search", {"experiment_ids": [home], "filter": filter, "order_by": ["start_time", "run_name"]})
    for order in RUN_ORDERS:
        ask(f"order {order}", "POST", "runs/search", {"experiment_ids": [home], "order_by": order, "filter": "run_name != 'delta%'"})
    for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL", "SOME", 2):
        ask(f"view {view}", "POST", "runs/search", {"experiment_ids": [home], "run_view_type": view, "order_by": ["start_time", "run_name"]})
    for most in (1, 0, -1, 50_000, 50_001, "2", "x", 1.5):
        ask(f"most {most}", "POST", "runs/search", {"experiment_ids": [home], "max_results": most, "order_by": ["start_time", "run_name"]})
    page = ask("page 1", "POST", "runs/search", {"experiment_ids": [home], "max_results": 2, "order_by": ["start_time", "run_name"]})
    ask("page 2", "POST", "runs/search",
        {"experiment_ids": [home], "max_results": 2, "order_by": ["start_time", "run_name"], "page_token": page.get("next_page_token")})
    ask("page of nonsense", "POST", "runs/search", {"experiment_ids": [home], "page_token": "nonsense"})
    ask("nowhere", "POST", "runs/search", {})
    ask("unknown experiment", "POST", "runs/search", {"experiment_ids": ["987654"]})
    ask("no number", "POST", "runs/search", {"experiment_ids": ["x"]})


ODD = {"absent": ..., "null": None, "empty": "", "a number": 5, "a fraction": 1.5, "true": True, "a list": [], "an object": {}, "huge": 10**30,
       "long": "x" * 30_000}


def odd_fields(ask):
    """Every field of every call, one at a time, with what does not belong there."""
    home, run = new_run(ask, "Odd")
    model = ask("a model", "POST", "logged-models", {"experiment_id": home, "name": "m"})["model"]["info"]["model_id"]
    empty = ask("an empty one", "POST", "experiments/create", {"name": "Empty"})["experiment_id"]
    ask.settled = True
    calls = [
        ("POST", "experiments/create", {"name": "n", "artifact_location": "s3://a/b", "tags": []}),
        ("GET", "experiments/get", {"experiment_id": home}),
        ("GET", "experiments/get-by-name", {"experiment_name": "Odd"}),
        ("POST", "experiments/search", {"max_results": 1, "filter": "name = 'Odd'", "order_by": ["name"], "view_type": "ALL"}),
        ("POST", "experiments/update", {"experiment_id": home, "new_name": "Odd"}),
        ("POST", "experiments/set-experiment-tag", {"experiment_id": home, "key": "k", "value": "v"}),
        ("POST", "runs/create", {"experiment_id": home, "user_id": "u", "run_name": "r", "start_time": DAY, "tags": []}),
        ("GET", "runs/get", {"run_id": run}),
        ("POST", "runs/update", {"run_id": run, "status": "FINISHED", "end_time": DAY, "run_name": "r"}),
        ("POST", "runs/log-metric", {"run_id": run, "key": "k", "value": 1, "timestamp": 1, "step": 1}),
        ("POST", "runs/log-parameter", {"run_id": run, "key": "k", "value": "v"}),
        ("POST", "runs/set-tag", {"run_id": run, "key": "k", "value": "v"}),
        ("POST", "runs/delete-tag", {"run_id": run, "key": "not there"}),
        ("POST", "runs/log-batch", {"run_id": run, "metrics": [], "params": [], "tags": []}),
        ("POST", "runs/log-inputs", {"run_id": run, "datasets": [], "models": []}),
        ("POST", "runs/outputs", {"run_id": run, "models": []}),
        ("POST", "runs/search", {"experiment_ids": [empty], "filter": "run_name = 'none'", "run_view_type": "ALL", "max_results": 1, "order_by": ["run_name"]}),
        ("GET", "metrics/get-history", {"run_id": run, "metric_key": "none", "max_results": 1}),
        ("POST", "logged-models", {"experiment_id": home, "name": "n", "model_type": "t", "source_run_id": run, "params": [], "tags": []}),
        ("PATCH", f"logged-models/{model}/tags", {"tags": []}),
        ("POST", "logged-models/search", {"experiment_ids": [home], "filter": "name = 'none'", "max_results": 1}),
    ]
    for method, route, body in calls:
        for field in body:
            for label, odd in ODD.items():
                if method == "GET" and (odd is None or isinstance(odd, list | dict)):
                    continue
                sent = {name: value for name, value in (body | {field: odd}).items() if value is not ...}
                ask(f"{route.replace(model, 'MODEL')} {field}: {label}", method, route, sent)


def registry(ask):
    _, run = new_run(ask, "Registry")
    home = ask("the run", "GET", "runs/get", {"run_id": run})["run"]["info"]["artifact_uri"]
    ask("create", "POST", "registered-models/create", {"name": "forest", "tags": pairs(team="growth"), "description": "Trees"})
    ask("create again", "POST", "registered-models/create", {"name": "forest"})
    for name in ("", " ", "a/b", "a:b", ".", "..", "é", "with space", "x" * 256, "A.b-c_d", None, 5):
        ask(f"name {str(name)[:12]!r}", "POST", "registered-models/create", {"name": name})
    ask("get", "GET", "registered-models/get", {"name": "forest"})
    ask("get unknown", "GET", "registered-models/get", {"name": "nobody"})
    ask("describe", "PATCH", "registered-models/update", {"name": "forest", "description": "More trees"})
    ask("describe by nothing", "PATCH", "registered-models/update", {"name": "forest"})
    ask("describe unknown", "PATCH", "registered-models/update", {"name": "nobody", "description": "x"})
    for number in (1, 2, 3):
        ask(f"version {number}", "POST", "model-versions/create",
            {"name": "forest", "source": f"{home}/model-{number}", "run_id": run, "tags": pairs(n=str(number)), "description": f"No {number}"})
    sources = ["runs:/RUN/model", f"runs:/{NAME}/model", "/etc", "file:///etc", "s3://bucket/key", "gs://bucket/key", "dbfs:/x", "models:/forest/1", "models:/forest/99",
               "models:/nobody/1", "models:/m-" + NAME, "http://127.0.0.1:1/x", "HOME/../../x", "HOME/%2e%2e/x", "", None, 5]
    for source in sources:
        sent = source.replace("RUN", run).replace("HOME", home) if isinstance(source, str) else source
        ask(f"source {source}", "POST", "model-versions/create", {"name": "forest", "source": sent, "run_id": run})
    ask("version of unknown", "POST", "model-versions/create", {"name": "nobody", "source": "s3://a/b"})
    for version in ("1", 1, "99", "x", "", None, "0", "-1", "1.5"):
        ask(f"get version {version!r}", "GET", "model-versions/get", {"name": "forest", "version": version})
    ask("describe version", "PATCH", "model-versions/update", {"name": "forest", "version": "1", "description": "First"})
    ask("describe version by nothing", "PATCH", "model-versions/update", {"name": "forest", "version": "1"})
    ask("download uri", "GET", "model-versions/get-download-uri", {"name": "forest", "version": "1"})
    ask("download uri unknown", "GET", "model-versions/get-download-uri", {"name": "forest", "version": "99"})
    for alias in ("champion", "Champion", "latest", "LATEST", "v1", "V12", "vx", "a b", "a.b", "é", "", "x" * 255, "x" * 256, "-", "_"):
        ask(f"alias {alias[:12]!r} {len(alias)}", "POST", "registered-models/alias", {"name": "forest", "alias": alias, "version": "1"})
    ask("alias moved", "POST", "registered-models/alias", {"name": "forest", "alias": "champion", "version": "2"})
    ask("alias of unknown version", "POST", "registered-models/alias", {"name": "forest", "alias": "champion", "version": "99"})
    ask("alias of unknown model", "POST", "registered-models/alias", {"name": "nobody", "alias": "champion", "version": "1"})
    for alias in ("champion", "nothing", "latest"):
        ask(f"by alias {alias}", "GET", "registered-models/alias", {"name": "forest", "alias": alias})
    ask("alias removed", "DELETE", "registered-models/alias", {"name": "forest", "alias": "champion"})
    ask("alias removed twice", "DELETE", "registered-models/alias", {"name": "forest", "alias": "champion"})
    for key in ("a", "a/b", "a,b", "", "k" * 250, "k" * 251):
        ask(f"tag {key[:5]!r} {len(key)}", "POST", "registered-models/set-tag", {"name": "forest", "key": key, "value": "1"})
        ask(f"version tag {key[:5]!r} {len(key)}", "POST", "model-versions/set-tag", {"name": "forest", "version": "1", "key": key, "value": "1"})
    ask("untag", "DELETE", "registered-models/delete-tag", {"name": "forest", "key": "a"})
    ask("untag twice", "DELETE", "registered-models/delete-tag", {"name": "forest", "key": "a"})
    ask("untag version", "DELETE", "model-versions/delete-tag", {"name": "forest", "version": "1", "key": "a"})
    ask("untag unknown version", "DELETE", "model-versions/delete-tag", {"name": "forest", "version": "99", "key": "a"})
    for stage in ("Staging", "staging", "Archived", "None", "Live", "", None):
        ask(f"stage {stage}", "POST", "model-versions/transition-stage", {"name": "forest", "version": "1", "stage": stage})
    ask("latest versions", "POST", "registered-models/get-latest-versions", {"name": "forest"})
    ask("latest of a stage", "POST", "registered-models/get-latest-versions", {"name": "forest", "stages": ["None"]})
    ask("latest of unknown", "POST", "registered-models/get-latest-versions", {"name": "nobody"})
    ask("delete version", "DELETE", "model-versions/delete", {"name": "forest", "version": "3"})
    ask("delete version twice", "DELETE", "model-versions/delete", {"name": "forest", "version": "3"})
    ask("a new version", "POST", "model-versions/create", {"name": "forest", "source": f"{home}/model", "run_id": run})
    ask("rename", "POST", "registered-models/rename", {"name": "forest", "new_name": "wood"})
    ask("rename to taken", "POST", "registered-models/rename", {"name": "wood", "new_name": "A.b-c_d"})
    ask("rename unknown", "POST", "registered-models/rename", {"name": "forest", "new_name": "x"})
    ask("after renaming", "GET", "registered-models/get", {"name": "wood"})
    ask("found with its aliases", "GET", "model-versions/search", {"filter": "version_number = 1 AND name = 'wood'"})
    for alias in ("Champion", "vx", "é", "x" * 255, "-", "_"):
        ask(f"without alias {alias[:12]!r}", "DELETE", "registered-models/alias", {"name": "wood", "alias": alias})
    for filter in MODEL_FILTERS:
        ask(f"models {filter}", "GET", "registered-models/search", {"filter": filter})
        ask(f"versions {filter}", "GET", "model-versions/search", {"filter": filter.replace("RUN", run)})
    for order in (["name DESC"], ["name ASC"], ["nothing"], ["name", "name"], ["name UP"]):
        ask(f"models by {order}", "GET", "registered-models/search", {"order_by": order, "filter": "name ILIKE 'a%'"})
        ask(f"versions by {order}", "GET", "model-versions/search", {"order_by": [*order, "version_number ASC"], "filter": "name = 'wood'"})
    for most in (1, 0, -1, 1000, 1001, "x"):
        ask(f"models at most {most}", "GET", "registered-models/search", {"max_results": most, "order_by": ["name ASC"]})
    ask("delete", "DELETE", "registered-models/delete", {"name": "wood"})
    ask("delete twice", "DELETE", "registered-models/delete", {"name": "wood"})
    ask("get deleted", "GET", "registered-models/get", {"name": "wood"})
    ask("the name is free", "POST", "registered-models/create", {"name": "wood"})
    ask("numbers begin anew", "POST", "model-versions/create", {"name": "wood", "source": "s3://a/b"})


MODEL_FILTERS = [
    "name = 'wood'", "name LIKE 'wo%'", "name ILIKE 'WO%'", "name != 'wood'", "name IN ('wood', 'x')", "name NOT IN ('wood')", "tags.team = 'growth'",
    "tag.team != 'x'", "tags.n = '1'", "name = 'wood' AND tags.team = 'growth'", "name = 'wood' OR name = 'x'", "name", "name = wood", "name > 'a'",
    "nothing = 'x'", "run_id = 'RUN'", "run_id IN ('RUN')", "source_path LIKE '%model-1'", "version_number = 1", "version_number > 1", "version_number = '1'",
    "version_number LIKE '1'", "tags.team IS NULL", "attribute.name = 'wood'", "",
]


def prompts(ask):
    reserved = {"mlflow.prompt.is_prompt": "true"}
    ask("create", "POST", "registered-models/create", {"name": "greeting", "tags": [{"key": k, "value": v} for k, v in reserved.items()]})
    tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}, {"key": "mlflow.prompt.text", "value": "Hello {{name}}"}, {"key": "_mlflow_prompt_type", "value": "text"}]
    ask("version", "POST", "model-versions/create", {"name": "greeting", "source": "prompt-template", "description": "first", "tags": tags})
    ask("version with a source", "POST", "model-versions/create", {"name": "greeting", "source": "/etc/passwd", "tags": tags})
    ask("version without its tag", "POST", "model-versions/create", {"name": "greeting", "source": "s3://a/b"})
    ask("text too long", "POST", "model-versions/create",
        {"name": "greeting", "source": "prompt-template", "tags": [tags[0], {"key": "mlflow.prompt.text", "value": "x" * 100_001}]})
    ask("a model of that name", "POST", "registered-models/create", {"name": "greeting"})
    ask("a model", "POST", "registered-models/create", {"name": "a-model"})
    ask("a prompt of the model's name", "POST", "registered-models/create", {"name": "a-model", "tags": [tags[0]]})
    ask("prompts", "GET", "registered-models/search", {"filter": "tags.`mlflow.prompt.is_prompt` = 'true'"})
    ask("models", "GET", "registered-models/search", {"filter": "name = 'greeting'"})
    ask("prompt versions", "GET", "model-versions/search", {"filter": "tags.`mlflow.prompt.is_prompt` = 'true' AND name = 'greeting'"})
    ask("model versions", "GET", "model-versions/search", {"filter": "name = 'greeting'"})
    ask("get", "GET", "registered-models/get", {"name": "greeting"})
    ask("get version", "GET", "model-versions/get", {"name": "greeting", "version": "1"})
    ask("alias", "POST", "registered-models/alias", {"name": "greeting", "alias": "live", "version": "1"})
    ask("by alias", "GET", "registered-models/alias", {"name": "greeting", "alias": "live"})
    ask("delete version", "DELETE", "model-versions/delete", {"name": "greeting", "version": "1"})
    ask("delete", "DELETE", "registered-models/delete", {"name": "greeting"})


STORIES = [experiments, runs, metrics, params_and_tags, batches, inputs, logged_models, searches, odd_fields, registry, prompts]
