"""`slipway import mlflow` as a command, and what its table says."""

import contextlib
import os
import re
import subprocess

from slipway import ADMIN, PROGRAM

ROWS = ["experiments", "runs", "params", "metric points", "tags", "inputs and outputs", "logged models", "values of models",
        "registered models", "versions", "aliases and stages", "traces", "spans", "assessments", "evaluation datasets", "records",
        "artifact files", "artifact bytes"]


class Done:
    """A finished import: its exit code, its table, what it said."""

    def __init__(self, finished):
        self.code, self.text, self.said = finished.returncode, finished.stdout, finished.stderr
        self.rows = {}
        for line in self.text.splitlines():
            if found := re.fullmatch(r"(\D+?) +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+)", line):
                self.rows[found[1]] = [int(count.replace(",", "")) for count in found.groups()[1:]]

    def reconciles(self):
        assert self.code == 0, self.said + self.text
        assert list(self.rows) == ROWS, self.text
        assert all(there == before + now + left_out for there, before, now, left_out in self.rows.values()), self.text
        return self

    def column(self, place):
        return {row: counts[place] for row, counts in self.rows.items()}

    before = property(lambda self: self.column(1))
    now = property(lambda self: self.column(2))
    left_out = property(lambda self: self.column(3))

    def refused(self, *said):
        assert self.code == 2 and not self.text, self.text
        assert all(part in self.said for part in said), self.said


def words(store, key, source, *flags):
    database = ["--database", store.database] if store.database else []
    return [PROGRAM, "import", "mlflow", str(source), "--project", key, *flags, *database, "--data", str(store.folder)]


def bring(store, key, source, *flags, **environment):
    finished = subprocess.run(words(store, key, source, *flags), capture_output=True, text=True, timeout=120,
                              env=os.environ | environment)
    return Done(finished)


@contextlib.contextmanager
def signed_in(store):
    """The client takes its token from the environment, and must not show it to the source."""
    os.environ["MLFLOW_TRACKING_TOKEN"] = store.token(ADMIN)
    try:
        yield
    finally:
        del os.environ["MLFLOW_TRACKING_TOKEN"]
