"""Six runs, known by a letter each, that the search stories ask for; `z` is deleted."""

DAY = 1_700_000_000_000

RUNS = {
    "a": {
        "run_name": "alpha", "user_id": "dana", "start_time": DAY + 1000, "status": "FINISHED", "end_time": DAY + 9000,
        "metrics": {"auc": [0.1, 0.9], "loss": [0.25], "with space": [1]},
        "params": {"depth": "3", "model": "forest", "a/b": "slash"},
        "tags": {"team": "Growth", "mlflow.source.name": "train.py", "with space": "yes"},
        "dataset": {"name": "wine", "digest": "d1"}, "context": "training",
    },
    "b": {
        "run_name": "Beta", "user_id": "lev", "start_time": DAY + 2000, "status": "FAILED", "end_time": DAY + 3000,
        "metrics": {"auc": [0.8], "loss": [-2]},
        "params": {"depth": "10", "model": "linear"},
        "tags": {"team": "growth"},
        "dataset": {"name": "digits", "digest": "d2"}, "context": "eval",
    },
    "c": {
        "run_name": "gamma_1", "user_id": "lev", "start_time": DAY + 3000,
        "metrics": {"auc": ["NaN"]},
        "params": {"model": "Forest 2"},
        "tags": {"team": "fraud"},
    },
    "d": {
        "run_name": "delta%", "user_id": "mei", "start_time": DAY + 4000, "status": "KILLED", "end_time": DAY + 5000,
        "metrics": {"auc": ["Infinity"], "loss": [1e-9]},
        "params": {"depth": "3"},
        "tags": {},
    },
    "e": {
        "run_name": "it's", "user_id": "mei", "start_time": DAY + 4000, "status": "SCHEDULED",
        "metrics": {"loss": ["-Infinity"]},
        "params": {"empty": ""},
        "tags": {"team": ""},
    },
    "z": {"run_name": "alpha", "start_time": DAY + 500, "metrics": {"auc": [0.9]}, "params": {}, "tags": {}},
}


class World:
    def __init__(self, wire, name):
        self.wire = wire
        self.experiment = wire.post("experiments/create", name=name)["experiment_id"]
        self.ids = {letter: self.make(letter, wanted) for letter, wanted in RUNS.items()}
        self.letters = {run: letter for letter, run in self.ids.items()}
        wire.post("runs/delete", run_id=self.ids["z"])

    def make(self, letter, wanted):
        fields = {field: wanted[field] for field in ("run_name", "user_id", "start_time") if field in wanted}
        run = self.wire.post("runs/create", experiment_id=self.experiment, **fields)["run"]["info"]["run_id"]
        points = [{"key": key, "value": value, "timestamp": DAY, "step": step}
                  for key, values in wanted["metrics"].items() for step, value in enumerate(values)]
        self.wire.post("runs/log-batch", run_id=run, metrics=points, params=pairs(wanted["params"]),
                       tags=pairs(wanted["tags"] | {"letter": letter}))
        if "dataset" in wanted:
            used = {"dataset": wanted["dataset"] | {"source_type": "local", "source": "{}"},
                    "tags": pairs({"mlflow.data.context": wanted["context"]})}
            self.wire.post("runs/log-inputs", run_id=run, datasets=[used])
        if "status" in wanted:
            self.wire.post("runs/update", run_id=run, status=wanted["status"], end_time=wanted.get("end_time"))
        return run

    def search(self, filter=None, **fields):
        """The letters of what a search finds, in its order."""
        body = {"experiment_ids": [self.experiment], "max_results": 100} | fields
        if filter is not None:
            body["filter"] = filter.format(**self.ids, exp=self.experiment)
        found = self.wire.post("runs/search", **body).get("runs", [])
        return "".join(self.letters[run["info"]["run_id"]] for run in found)


def pairs(items):
    return [{"key": key, "value": value} for key, value in items.items()]
