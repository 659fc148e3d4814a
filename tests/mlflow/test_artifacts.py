"""Artifacts as the client and the fluent functions handle them."""

import hashlib
import json
import os

import mlflow
import pytest
from mlflow.exceptions import MlflowException


def listed(client, run, path=None):
    return {(file.path, file.is_dir, None if file.is_dir else file.file_size or 0) for file in client.list_artifacts(run, path)}


def test_files_go_up_and_come_down(client, run, tmp_path):
    folder = tmp_path / "out"
    (folder / "deep/er").mkdir(parents=True)
    (folder / "top.txt").write_text("top")
    (folder / "deep/er/ünï cödé +&.bin").write_bytes(bytes(range(256)))
    (folder / "empty").write_bytes(b"")
    client.log_artifacts(run, str(folder))
    client.log_artifact(run, str(folder / "top.txt"), "copies")
    assert listed(client, run) == {("copies", True, None), ("deep", True, None), ("empty", False, 0), ("top.txt", False, 3)}
    assert listed(client, run, "deep") == {("deep/er", True, None)}
    assert listed(client, run, "deep/er") == {("deep/er/ünï cödé +&.bin", False, 256)}
    assert listed(client, run, "copies") == {("copies/top.txt", False, 3)}
    assert listed(client, run, "top.txt") == listed(client, run, "nothing") == set()

    down = client.download_artifacts(run, "", str(tmp_path))
    files = {os.path.relpath(os.path.join(at, name), down) for at, _, names in os.walk(down) for name in names}
    assert {"top.txt", "empty", "copies/top.txt", "deep/er/ünï cödé +&.bin"} <= files
    with open(client.download_artifacts(run, "deep/er/ünï cödé +&.bin"), "rb") as file:
        assert file.read() == bytes(range(256))


def test_ten_megabytes_keep_their_digest(client, run, tmp_path):
    content = hashlib.shake_256(b"ten megabytes").digest(10_000_000)
    big = tmp_path / "big.bin"
    big.write_bytes(content)
    client.log_artifact(run, str(big))
    assert listed(client, run) == {("big.bin", False, 10_000_000)}
    with open(client.download_artifacts(run, "big.bin"), "rb") as file:
        assert hashlib.sha256(file.read()).digest() == hashlib.sha256(content).digest()


def test_the_same_name_again_overwrites(client, run):
    client.log_text(run, "first and longer", "note.txt")
    client.log_text(run, "second", "note.txt")
    assert mlflow.artifacts.load_text(f"runs:/{run}/note.txt") == "second"
    assert listed(client, run) == {("note.txt", False, 6)}


def test_text_and_dictionaries(client, run):
    client.log_text(run, "zwei Zeilen\n✓", "deep/note.txt")
    client.log_dict(run, {"a": [1, None, "ü"]}, "settings.json")
    client.log_dict(run, {"a": {"b": 1}}, "settings.yaml")
    assert mlflow.artifacts.load_text(f"runs:/{run}/deep/note.txt") == "zwei Zeilen\n✓"
    assert mlflow.artifacts.load_dict(f"runs:/{run}/settings.json") == {"a": [1, None, "ü"]}
    assert "b: 1" in mlflow.artifacts.load_text(f"runs:/{run}/settings.yaml")


def test_figures_and_images(client, run):
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    axes.plot([1, 2, 3])
    client.log_figure(run, figure, "plots/line.png")
    pyplot.close(figure)
    import numpy

    client.log_image(run, numpy.zeros((8, 8, 3), dtype=numpy.uint8), "black.png")
    client.log_image(run, numpy.zeros((8, 8, 3), dtype=numpy.uint8), key="seen", step=3)
    picture = mlflow.artifacts.load_image(f"runs:/{run}/plots/line.png")
    assert picture.size == (640, 480)
    assert mlflow.artifacts.load_image(f"runs:/{run}/black.png").size == (8, 8)
    assert len(listed(client, run, "images")) == 2  # the picture and its small copy
    assert client.get_run(run).data.tags["mlflow.loggedImages"] == "True"


def test_tables_grow(client, experiment, run):
    mlflow.set_experiment(experiment_id=experiment)
    client.log_table(run, {"question": ["a", "b"], "right": [True, False]}, "answers.json")
    client.log_table(run, {"question": ["c"], "right": [True]}, "answers.json")
    table = mlflow.load_table("answers.json", run_ids=[run])
    assert list(table["question"]) == ["a", "b", "c"]
    assert json.loads(client.get_run(run).data.tags["mlflow.loggedArtifacts"])[0]["path"] == "answers.json"


def test_what_is_not_there(client, run):
    with pytest.raises(MlflowException):
        client.download_artifacts(run, "nothing.txt")


def test_names_that_leave_the_folder_are_refused_by_the_client_itself(client, run, tmp_path):
    (tmp_path / "a.txt").write_text("a")
    for path in ("../up", "/etc", "a/../../b"):
        with pytest.raises(MlflowException):
            client.log_artifact(run, str(tmp_path / "a.txt"), path)
    assert listed(client, run) == set()


def test_fluent_functions_find_artifacts_too(client, run):
    client.log_text(run, "x", "a/b/c.txt")
    found = mlflow.artifacts.list_artifacts(run_id=run, artifact_path="a/b")
    assert [(file.path, file.file_size) for file in found] == [("a/b/c.txt", 1)]
    path = mlflow.artifacts.download_artifacts(artifact_uri=f"runs:/{run}/a")
    assert os.listdir(os.path.join(path, "b")) == ["c.txt"]
