"""Model families, each trained step by step so that the curves are what really happened.

A family is a generator of (step, model): it yields the model after every epoch, tree or stage. The last model
yielded is the result. What goes wrong in scikit-learn goes wrong here too: a failed run carries the real exception.
"""

import numpy
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.calibration import CalibratedClassifierCV

SEED = 0


def at_once(model):
    def train(x, y):
        yield 0, model.fit(x, y)

    return train


def scaled(model):
    return at_once(make_pipeline(StandardScaler(), model))


class Scaled:
    """A model trained in steps, together with the scaling its input needs."""

    def __init__(self, scaler, model):
        self.scaler, self.model = scaler, model

    def predict_proba(self, x):
        return self.model.predict_proba(self.scaler.transform(x))


def by_epochs(model, epochs, batch, scale=True):
    def train(x, y):
        scaler = StandardScaler(with_mean=scale, with_std=scale).fit(x)
        x, shuffle, classes = scaler.transform(x), numpy.random.default_rng(SEED), numpy.unique(y)
        for epoch in range(1, epochs + 1):
            order = shuffle.permutation(len(x))
            for start in range(0, len(x), batch):
                part = order[start : start + batch]
                model.partial_fit(x[part], y[part], classes=classes)
            yield epoch, Scaled(scaler, model)

    return train


def by_trees(model, n_estimators, every=20):
    def train(x, y):
        for trees in range(every, n_estimators + 1, every):
            yield trees, model.set_params(n_estimators=trees).fit(x, y)

    return train


class Stage:
    """A boosted model as it was after its first stages."""

    def __init__(self, model, stage):
        self.model, self.stage = model, stage

    def predict_proba(self, x):
        for stage, proba in enumerate(self.model.staged_predict_proba(x), 1):
            if stage == self.stage:
                return proba


def by_stages(model, every=10):
    def train(x, y):
        model.fit(x, y)
        for stage in range(every, model.n_estimators, every):
            yield stage, Stage(model, stage)
        yield model.n_estimators, model

    return train


def sgd(epochs, learning_rate, scale=True):
    model = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=learning_rate, random_state=SEED)
    return by_epochs(model, epochs, batch=32, scale=scale)


def network(hidden, epochs, learning_rate):
    model = MLPClassifier(tuple(hidden), learning_rate_init=learning_rate, batch_size=32, random_state=SEED)
    return by_epochs(model, epochs, batch=256)


def boosting(n_estimators, learning_rate, max_depth, subsample=1.0):
    return by_stages(GradientBoostingClassifier(
        n_estimators=n_estimators, learning_rate=learning_rate, max_depth=max_depth, subsample=subsample, random_state=SEED
    ))


FAMILIES = {
    "majority": lambda: at_once(DummyClassifier()),
    "tree": lambda max_depth: at_once(DecisionTreeClassifier(max_depth=max_depth, random_state=SEED)),
    "logistic": lambda C, penalty="l2": scaled(LogisticRegression(C=C, penalty=penalty, max_iter=500)),
    "svc": lambda C: scaled(CalibratedClassifierCV(SVC(C=C, random_state=SEED), ensemble=False)),
    "bayes": lambda: at_once(GaussianNB()),
    "neighbours": lambda n_neighbors: scaled(KNeighborsClassifier(n_neighbors)),
    "forest": lambda n_estimators: by_trees(RandomForestClassifier(warm_start=True, random_state=SEED), n_estimators),
    "extra_trees": lambda n_estimators: by_trees(ExtraTreesClassifier(warm_start=True, random_state=SEED), n_estimators),
    "boosting": boosting,
    "sgd": sgd,
    "network": network,
}


def importance(model, names):
    """What the model itself says its inputs weigh, or None where the family has no such figures."""
    model = getattr(model, "model", model)
    weights = getattr(model, "feature_importances_", None)
    if weights is None and hasattr(model, "coef_"):
        weights = numpy.abs(model.coef_).mean(axis=0)
    if weights is None:
        return None
    return sorted(zip(names, weights.tolist()), key=lambda pair: -pair[1])
