"""Trains every run of the demo once and writes what happened to runs.json.gz.

    python demo/record.py [FILE]

Nothing is invented: each value was measured while training on a data set that scikit-learn ships. All but the
measured times is the same on each recording with the same versions. README.md describes the file.
"""

import base64
import csv
import gzip
import hashlib
import io
import json
import pathlib
import pickle
import platform
import sys
import tempfile
import time
import traceback
import warnings

import matplotlib
import mlflow.sklearn
import numpy
import sklearn
from mlflow.models import Model
from sklearn import datasets, metrics
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from bets import DIGITS, PROJECTS, QUARTER, SCREEN
from families import FAMILIES, importance

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (after the choice of the drawing back end)

LATENCY_SAMPLES = 300


class Data:
    """A data set cut into three quarters to train on and one held out, always the same."""

    def __init__(self, name, x, y, features, labels):
        self.name, self.features, self.labels, self.rows = name, features, labels, len(x)
        digest = hashlib.sha256(numpy.ascontiguousarray(x).tobytes() + numpy.ascontiguousarray(y).tobytes())
        self.digest = digest.hexdigest()[:16]
        self.x_train, self.x_test, self.y_train, self.y_test = train_test_split(
            x, y, test_size=0.25, stratify=y, random_state=42 if name == SCREEN else 7
        )

    def described(self):
        return {
            "name": self.name,
            "digest": self.digest,
            "source_type": "code",
            "source": json.dumps({"tags": {"mlflow.source.type": "LOCAL", "mlflow.source.name": "demo/record.py"}}),
            "schema": json.dumps({"features": self.features, "labels": self.labels}),
            "profile": json.dumps({"num_rows": self.rows, "num_held_out": len(self.y_test)}),
            "context": "training",
        }


def load():
    cancer, digits = datasets.load_breast_cancer(), datasets.load_digits()
    images = digits.images / 16
    small = images.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4))
    numbers = [str(number) for number in range(10)]
    return {
        # The set says 1 for benign; what is searched for here is the malignant sample.
        SCREEN: Data(SCREEN, cancer.data, 1 - cancer.target, list(cancer.feature_names), ["benign", "malignant"]),
        DIGITS: Data(DIGITS, images.reshape(-1, 64), digits.target, pixels(8), numbers),
        QUARTER: Data(QUARTER, small.reshape(-1, 16), digits.target, pixels(4), numbers),
    }


def pixels(side):
    return [f"pixel_{row}_{column}" for row in range(side) for column in range(side)]


class Diverged(Exception):
    pass


def record(bet, wanted, data):
    params = dict(wanted["params"])
    threshold = params.pop("decision_threshold", 0.5)
    done = {
        "name": wanted["name"], "by": wanted["by"], "starts_after": wanted["starts_after"],
        "params": {"family": wanted["family"], **{key: str(value) for key, value in wanted["params"].items()}},
        "tags": {"family": wanted["family"], "stage": "training"}, "series": {}, "artifacts": [],
    }
    start = time.perf_counter()
    try:
        model = train(done["series"], start, FAMILIES[wanted["family"]](**params), data, threshold)
        conclude(done, start, model, data, threshold, bet)
        if wanted["name"] == bet["evidence"]:
            done["model"] = saved(model, bet["registered"])
        done["status"] = "RUNNING" if bet.get("still_running") == wanted["name"] else "FINISHED"
    except Exception as failure:
        done["status"] = "FAILED"
        done["tags"]["failure"] = type(failure).__name__
        lines = traceback.format_exception_only(failure)
        done["artifacts"].append(artifact("failure.txt", "".join(lines).encode()))
    done["lasts"] = round(time.perf_counter() - start, 3)
    if done["status"] == "RUNNING":
        leave_unfinished(done)
    return done


def train(series, start, family, data, threshold):
    model, steps = None, 0
    for step, model in family(data.x_train, data.y_train):
        seen, held_out = model.predict_proba(data.x_train), model.predict_proba(data.x_test)
        loss = metrics.log_loss(data.y_train, seen)
        if loss > 8:
            raise Diverged(f"training loss {loss:.2f} after step {step}: the weights run away")
        found = decide(held_out, threshold)
        for key, value in {
            "train_loss": loss,
            "heldout_loss": metrics.log_loss(data.y_test, held_out),
            "heldout_accuracy": metrics.accuracy_score(data.y_test, found),
        }.items():
            point(series, key, step, start, value)
        steps += 1
    if steps == 1:
        series.clear()
    return model


def point(series, key, step, start, value):
    series.setdefault(key, []).append([step, round(time.perf_counter() - start, 3), round(float(value), 6)])


def decide(proba, threshold):
    return (proba[:, 1] >= threshold).astype(int) if proba.shape[1] == 2 else proba.argmax(axis=1)


def conclude(done, start, model, data, threshold, bet):
    """The final figures and the files of a run that came to its end."""
    proba = model.predict_proba(data.x_test)
    found, average = decide(proba, threshold), "binary" if proba.shape[1] == 2 else "macro"
    score = proba[:, 1] if proba.shape[1] == 2 else proba
    final = {
        "accuracy": metrics.accuracy_score(data.y_test, found),
        "recall": metrics.recall_score(data.y_test, found, average=average),
        "precision": metrics.precision_score(data.y_test, found, average=average, zero_division=0),
        "roc_auc": metrics.roc_auc_score(data.y_test, score, multi_class="ovr"),
        "log_loss": metrics.log_loss(data.y_test, proba),
        "p95_latency_ms": latency(model, data.x_test),
        "model_kb": len(pickle.dumps(model)) / 1000,
    }
    for key, value in final.items():
        point(done["series"], key, 0, start, value)
    final = {key: values[-1][2] for key, values in done["series"].items()}
    done["artifacts"] += [
        artifact("metrics.json", json.dumps(final, indent=1).encode()),
        artifact("model_card.md", card(done, data, final, bet).encode()),
        artifact("plots/confusion_matrix.png", confusion(data, found)),
    ]
    weights = importance(model, data.features)
    if weights:
        done["artifacts"].append(artifact("feature_importance.csv", table(weights)))


def latency(model, rows):
    took = []
    for at in range(LATENCY_SAMPLES):
        one = rows[at % len(rows)].reshape(1, -1)
        start = time.perf_counter()
        model.predict_proba(one)
        took.append(time.perf_counter() - start)
    return numpy.percentile(took, 95) * 1000


def leave_unfinished(done):
    """A run that still goes on has its curves, but no result and no files yet."""
    curves = {key: points for key, points in done["series"].items() if len(points) > 1}
    done["series"], done["artifacts"] = curves, []


def card(done, data, final, bet):
    claim = bet["rule"]
    limits = ", ".join(f"{c['metric']} {c['comparator']} {c['threshold']}" for c in claim["constraints"])
    params = "\n".join(f"- {key}: {value}" for key, value in done["params"].items())
    figures = "\n".join(f"| {key} | {value:.4f} |" for key, value in final.items())
    return (
        f"# {done['name']}\n\nTrained for the bet “{bet['name']}”: {claim['metric']} {claim['comparator']} "
        f"{claim['threshold']}, with {limits}.\n\n## Data\n\n`{data.name}` as shipped with scikit-learn, {data.rows} rows, "
        f"a stratified quarter ({len(data.y_test)} rows) held out.\n\n## Parameters\n\n{params}\n\n## Figures on the held-out "
        f"quarter\n\n| metric | value |\n|---|---:|\n{figures}\n\n## Limits\n\nAll runs of this experiment were judged on the same "
        "held-out quarter, so expect slightly less on new rows. A teaching data set: not for medical or postal use.\n"
    )


def confusion(data, found):
    counts = metrics.confusion_matrix(data.y_test, found)
    figure, axes = pyplot.subplots(figsize=(3.2, 3.0), dpi=80)
    axes.imshow(numpy.log1p(counts), cmap="Blues")
    axes.set_xticks(range(len(data.labels)), data.labels)
    axes.set_yticks(range(len(data.labels)), data.labels)
    axes.set(xlabel="predicted", ylabel="true")
    for (row, column), count in numpy.ndenumerate(counts):
        dark = count > counts.max() / 4
        axes.text(column, row, count, ha="center", va="center", fontsize=7, color="white" if dark else "black")
    figure.tight_layout()
    png = io.BytesIO()
    figure.savefig(png, format="png", metadata={"Software": None}, pil_kwargs={"optimize": True})
    pyplot.close(figure)
    return smaller(png)


def smaller(png):
    """The same picture in 32 colours: a third of the bytes."""
    from PIL import Image

    out = io.BytesIO()
    Image.open(png).convert("RGB").quantize(32).save(out, "PNG", optimize=True)
    return out.getvalue()


def saved(model, name):
    """The model as a client logs it; the training state of a network, which nobody loads, is left out."""
    estimator = getattr(model, "model", model)
    vars(estimator).pop("_optimizer", None)
    if estimator is not model:
        estimator = make_pipeline(model.scaler, estimator)
    about = Model(model_uuid=name, utc_time_created="2026-01-01 00:00:00.000000")
    requirements = [f"scikit-learn=={sklearn.__version__}"]
    with tempfile.TemporaryDirectory() as home:
        folder = pathlib.Path(home) / "model"
        mlflow.sklearn.save_model(
            estimator, folder, mlflow_model=about, pip_requirements=requirements, serialization_format="cloudpickle"
        )
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return [artifact(str(path.relative_to(folder)), path.read_bytes()) for path in files]


def table(weights):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["feature", "importance"])
    writer.writerows((name, f"{weight:.6f}") for name, weight in weights)
    return text.getvalue().encode()


def artifact(path, content):
    return {"path": path, "base64": base64.b64encode(content).decode()}


def tell(bet, runs):
    for done in runs:
        last = {key: points[-1][2] for key, points in done["series"].items()}
        shown = " ".join(f"{key}={last.get(key, float('nan')):.4g}" for key in
                         [bet["rule"]["metric"], *(c["metric"] for c in bet["rule"]["constraints"])])
        print(f"  {done['name']:24} {done['status']:9} {shown}")


def main():
    warnings.simplefilter("ignore")
    target = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("runs.json.gz"))
    known = load()
    for project in PROJECTS:
        for bet in project["experiments"]:
            print(f"{project['key']} {bet['name']}")
            data = known[bet.pop("data")]
            bet["dataset"] = data.described()
            bet["runs"] = [record(bet, wanted, data) for wanted in bet["runs"]]
            bet.pop("still_running", None)
            tell(bet, bet["runs"])
    versions = {"python": platform.python_version(), "scikit-learn": sklearn.__version__, "numpy": numpy.__version__}
    recording = {"format": 1, "recorded_with": versions, "projects": PROJECTS}
    text = json.dumps(recording, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    target.write_bytes(gzip.compress(text, 9, mtime=0))
    print(f"{target}: {target.stat().st_size:,} bytes, {len(text):,} unpacked")


if __name__ == "__main__":
    main()
