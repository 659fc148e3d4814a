"""The four bets of the demo: what each claims, by which rule it is judged, and which runs were made for it.

Everything here is about data sets that scikit-learn ships. A run names its author, the working hour after the
proposal at which it starts, a model family of `families.py` and the family's parameters.
"""

SCREEN = "breast_cancer"
DIGITS = "digits"
QUARTER = "digits_4x4"


def run(name, by, day, hour, family, **params):
    return {"name": name, "by": by, "starts_after": day * 86400 + int(hour * 3600), "family": family, "params": params}


TRIAGE = {
    "slug": "boosting-triage",
    "name": "Boosting for screening triage",
    "hypothesis": "A gradient-boosted model finds at least 95 % of the malignant samples of the breast_cancer data set "
    "(recall ≥ 0.95) while at least 90 % of what it flags is malignant (precision ≥ 0.90), "
    "measured on the held-out quarter.",
    "owner": "dana",
    "outcome": "in_production",
    "proposed_days_ago": 34,
    "evidence": "gb-shallow-cautious",
    "registered": "screening-triage",
    "rule": {
        "metric": "recall",
        "comparator": ">=",
        "threshold": 0.95,
        "constraints": [{"metric": "precision", "comparator": ">=", "threshold": 0.90}],
        "dataset": SCREEN,
        "time_box_days": 14,
    },
    "data": SCREEN,
    "runs": [
        run("always-benign", "dana", 0, 1.5, "majority"),
        run("tree-depth-3", "dana", 0, 2, "tree", max_depth=3),
        run("linear-diverging", "lev", 1, 0.5, "sgd", epochs=30, learning_rate=5.0, scale=False),
        run("linear-sgd", "lev", 1, 1.2, "sgd", epochs=40, learning_rate=0.01),
        run("forest-300", "lev", 2, 0.4, "forest", n_estimators=300),
        run("forest-300-flag-early", "lev", 2, 1.1, "forest", n_estimators=300, decision_threshold=0.15),
        run("gb-default", "dana", 2, 3, "boosting", n_estimators=100, learning_rate=0.1, max_depth=3),
        run("gb-oversampled", "dana", 3, 0.3, "boosting", n_estimators=200, learning_rate=0.1, max_depth=2, subsample=1.5),
        run("gb-stumps", "dana", 3, 0.8, "boosting", n_estimators=300, learning_rate=0.1, max_depth=1),
        run("gb-shallow", "dana", 4, 0.6, "boosting", n_estimators=200, learning_rate=0.1, max_depth=2, subsample=0.7),
        run("gb-shallow-flag-early", "dana", 4, 2.1, "boosting", n_estimators=200, learning_rate=0.1, max_depth=2,
            subsample=0.7, decision_threshold=0.01),
        run("gb-shallow-cautious", "dana", 7, 1, "boosting", n_estimators=200, learning_rate=0.1, max_depth=2,
            subsample=0.7, decision_threshold=0.15),
    ],
}

CALIBRATION = {
    "slug": "calibrated-triage",
    "name": "Probabilities people can take at their word",
    "hypothesis": "A model of the breast_cancer data set gives probabilities with a log loss of at most 0.06 on the "
    "held-out quarter and still finds at least 93 % of the malignant samples.",
    "owner": "mei",
    "outcome": "open",
    "proposed_days_ago": 6,
    "evidence": None,
    "registered": None,
    "rule": {
        "metric": "log_loss",
        "comparator": "<=",
        "threshold": 0.06,
        "constraints": [{"metric": "recall", "comparator": ">=", "threshold": 0.93}],
        "dataset": SCREEN,
        "time_box_days": 14,
    },
    "data": SCREEN,
    "runs": [
        run("logistic-c1", "mei", 0, 2, "logistic", C=1.0),
        run("logistic-c01", "mei", 0, 2.2, "logistic", C=0.1),
        run("logistic-l1-lbfgs", "mei", 0, 2.6, "logistic", C=1.0, penalty="l1"),
        run("svc-platt", "lev", 1, 1, "svc", C=1.0),
        run("svc-platt-c10", "lev", 1, 1.3, "svc", C=10.0),
        run("bayes", "mei", 1, 3, "bayes"),
        run("neighbours-15", "mei", 2, 0.7, "neighbours", n_neighbors=15),
        run("gb-slow", "mei", 3, 1.5, "boosting", n_estimators=300, learning_rate=0.05, max_depth=2, subsample=0.5),
        run("network-32", "mei", 5, 1, "network", hidden=[32], epochs=60, learning_rate=0.003),
    ],
    "still_running": "network-32",
}

READER = {
    "slug": "small-reader",
    "name": "A small network reads form digits",
    "hypothesis": "A small neural network reads the handwritten digits of the digits data set with an accuracy of at "
    "least 0.975 on the held-out quarter and answers 95 % of single images within 5 ms on one core.",
    "owner": "lev",
    "outcome": "waiting",
    "proposed_days_ago": 16,
    "evidence": "network-128",
    "registered": "digit-reader",
    "rule": {
        "metric": "accuracy",
        "comparator": ">=",
        "threshold": 0.975,
        "constraints": [{"metric": "p95_latency_ms", "comparator": "<=", "threshold": 5.0}],
        "dataset": DIGITS,
        "time_box_days": 10,
    },
    "data": DIGITS,
    "runs": [
        run("softmax", "lev", 0, 1, "sgd", epochs=40, learning_rate=0.01),
        run("extra-trees-300", "mei", 0, 3, "extra_trees", n_estimators=300),
        run("network-16", "lev", 1, 0.5, "network", hidden=[16], epochs=60, learning_rate=0.001),
        run("network-16-fast", "lev", 1, 1, "network", hidden=[16], epochs=60, learning_rate=0.01),
        run("network-wrong-shape", "lev", 1, 1.4, "network", hidden=[0], epochs=60, learning_rate=0.01),
        run("network-64", "lev", 2, 0.6, "network", hidden=[64], epochs=60, learning_rate=0.003),
        run("network-64-hot", "lev", 2, 1.1, "network", hidden=[64], epochs=40, learning_rate=0.3),
        run("network-128", "mei", 3, 0.4, "network", hidden=[128], epochs=60, learning_rate=0.003),
        run("network-64-32", "lev", 3, 2.2, "network", hidden=[64, 32], epochs=60, learning_rate=0.003),
        run("forest-100", "mei", 4, 1, "forest", n_estimators=100),
    ],
}

THUMBNAIL = {
    "slug": "quarter-pixels",
    "name": "A quarter of the pixels is enough",
    "hypothesis": "Digits scaled down to 4×4 pixels can still be read with an accuracy of at least 0.97 on the held-out "
    "quarter by a model of at most 500 kB, small enough for the scanner.",
    "owner": "dana",
    "outcome": "refuted",
    "proposed_days_ago": 27,
    "evidence": None,
    "registered": None,
    "rule": {
        "metric": "accuracy",
        "comparator": ">=",
        "threshold": 0.97,
        "constraints": [{"metric": "model_kb", "comparator": "<=", "threshold": 500.0}],
        "dataset": QUARTER,
        "time_box_days": 7,
    },
    "data": QUARTER,
    "runs": [
        run("softmax-4x4", "dana", 0, 1, "sgd", epochs=40, learning_rate=0.01),
        run("neighbours-3", "dana", 0, 1.4, "neighbours", n_neighbors=3),
        run("neighbours-0", "dana", 0, 2, "neighbours", n_neighbors=0),
        run("svc-c10", "mei", 1, 0.5, "svc", C=10.0),
        run("network-64-4x4", "dana", 1, 1.7, "network", hidden=[64], epochs=60, learning_rate=0.003),
        run("network-128-4x4", "dana", 2, 0.6, "network", hidden=[128], epochs=60, learning_rate=0.003),
        run("forest-100-4x4", "mei", 3, 1, "forest", n_estimators=100),
        run("extra-trees-300-4x4", "mei", 3, 1.5, "extra_trees", n_estimators=300),
        run("boosting-40-4x4", "mei", 5, 0.8, "boosting", n_estimators=40, learning_rate=0.2, max_depth=3),
    ],
}

PROJECTS = [
    {"key": "SCREEN", "name": "Screening triage", "workstream": "production", "experiments": [TRIAGE, CALIBRATION]},
    {"key": "DIGITS", "name": "Form digit reading", "workstream": "experimentation", "experiments": [READER, THUMBNAIL]},
]
