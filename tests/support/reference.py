"""MLflow's own server, to find out whether an expectation of tests/mlflow is true of it: pytest tests/mlflow --reference."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import requests

from slipway import free_port


class Reference:
    """Has no projects and no tokens; the stories that need them are marked as differing."""

    def __init__(self, database=None):
        """In a file of SQLite, or in the PostgreSQL database of this address."""
        self.database = database

    def __enter__(self):
        self.home, port = tempfile.mkdtemp(prefix="mlflow-reference-"), free_port()
        database = self.database.replace("postgres://", "postgresql+psycopg://", 1) if self.database else f"sqlite:///{self.home}/mlflow.db"
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
             "--backend-store-uri", database, "--artifacts-destination", f"{self.home}/artifacts"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        )
        while not self.ready():
            assert self.process.poll() is None, "MLflow's server ended"
            time.sleep(0.2)
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)
        shutil.rmtree(self.home, ignore_errors=True)

    def ready(self):
        """It answers to its health before its store is there, and may drop who asks for more."""
        try:
            return requests.get(f"{self.url}/api/2.0/mlflow/experiments/search", params={"max_results": 1}, timeout=20).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def new_project(self):
        return None

    def tracking_uri(self, _key):
        return self.url

    def token(self, *_):
        return None
