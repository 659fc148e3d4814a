"""What a filter of runs finds: the whole grammar, asked of six runs (support/world.py)."""

import pytest

FOUND = [
    # nothing asked
    (None, "abcde"),
    ("", "abcde"),
    # metrics, compared by their latest value
    ("metrics.auc = 0.9", "a"),
    ("metrics.auc = 0.1", ""),
    ("metric.auc > 0.8", "ad"),
    ("metrics.auc >= 0.8", "abd"),
    ("metrics.auc < 0.9", "b"),
    ("metrics.auc <= .9", "ab"),
    ("metrics.auc != 0.9", "bcd"),
    ("metrics.auc > 1e308", "d"),
    ("metrics.loss < 0", "be"),
    ("metrics.loss = -2", "b"),
    ("metrics.loss <= -2.0", "be"),
    ("metrics.loss < 1e-8", "bde"),
    ("metrics.loss > 1E-10", "ad"),
    ("metrics.loss > -3 and metrics.loss < 0.3", "abd"),
    ("metrics.`with space` = 1", "a"),
    ('metrics."with space" = 1', "a"),
    ("metrics.nothing != 5", ""),
    # parameters
    ("params.depth = '3'", "ad"),
    ('param.depth = "3"', "ad"),
    ("parameters.depth != '3'", "b"),
    ("parameter.model LIKE 'fo%'", "a"),
    ("params.model ILIKE 'FO%'", "ac"),
    ("params.model LIKE '%o%'", "ac"),
    ("params.model LIKE 'F_rest%'", "c"),
    ("params.model like 'linear'", "b"),
    ("params.model iLike 'LINEAR'", "b"),
    ("params.`a/b` = 'slash'", "a"),
    ("params.empty = ''", "e"),
    ("params.model IS NULL", "de"),
    ("params.model IS NOT NULL", "abc"),
    ("params.depth is null and params.model is not null", "c"),
    # tags
    ("tags.team = 'growth'", "b"),
    ("tag.team ILIKE 'growth'", "ab"),
    ("tags.team != 'growth'", "ace"),
    ("tags.team LIKE '%'", "abce"),
    ("tags.team IS NULL", "d"),
    ("tags.team = ''", "e"),
    ("tags.mlflow.source.name = 'train.py'", "a"),
    ("tags.`mlflow.source.name` LIKE '%.py'", "a"),
    ('tags."with space" = "yes"', "a"),
    ("tags.mlflow.runName = 'Beta'", "b"),
    # attributes
    ("attributes.status = 'FINISHED'", "a"),
    ("status != 'FINISHED'", "bcde"),
    ("attribute.status = 'finished'", ""),
    ("status ILIKE 'f%'", "ab"),
    ("attr.status LIKE '%ED'", "abde"),
    ("run.status = 'RUNNING'", "c"),
    ("run_name = 'alpha'", "a"),
    ("attributes.run_name ILIKE 'BETA'", "b"),
    ("attributes.`run name` = 'Beta'", "b"),
    ('attributes."Run name" = "Beta"', "b"),
    ("run_name LIKE 'gamma_1'", "c"),
    ("run_name LIKE 'delta%'", "d"),
    ('run_name = "it\'s"', "e"),
    ("user_id = 'lev'", "bc"),
    ("run_id = '{b}'", "b"),
    ("attributes.run_id != '{b}'", "acde"),
    ("run_id LIKE '%'", "abcde"),
    ("run_id IN ('{a}', '{c}')", "ac"),
    ("run_id NOT IN ('{a}','{c}')", "bde"),
    ("run_id in ('{a}',)", "a"),
    ("attributes.artifact_uri LIKE 'mlflow-artifacts:/{exp}/%'", "abcde"),
    ("start_time > 1700000002000", "cde"),
    ("attributes.start_time = 1700000001000", "a"),
    ("created <= 1700000002000", "ab"),
    ("attributes.Created != 1700000004000", "abc"),
    ("end_time > 0", "abd"),
    ("end_time < 1700000004000", "b"),
    # data sets
    ("dataset.name = 'wine'", "a"),
    ("datasets.digest != 'd1'", "b"),
    ("dataset.name ILIKE 'WI%'", "a"),
    ("dataset.digest LIKE 'd_'", "ab"),
    ("dataset.context = 'eval'", "b"),
    ("dataset.name IN ('wine', 'digits')", "ab"),
    ("dataset.name NOT IN ('wine')", "b"),
    ("dataset.name = 'digits' AND dataset.context = 'eval'", "b"),
    # several conditions
    ("metrics.auc > 0.5 AND params.depth = '3'", "ad"),
    ("metrics.auc > 0.5 and params.depth = '3' And tags.team = 'Growth'", "a"),
    ("params.depth = '3' AND params.model = 'forest'", "a"),
    ("tags.team LIKE '%' AND tags.letter != 'a' AND metrics.auc > 0", "b"),
    ("params.depth = '3' AND params.depth = '10'", ""),
    ("metrics.auc > 0.5 AND metrics.auc < 0.85", "b"),
    # white space is free
    ("  metrics.auc   >=0.8   AND\n\tparams.depth='3'  ", "ad"),
    ("metrics.auc>0.85", "ad"),
    # text that looks like the grammar
    ("params.model = 'forest AND tags.team = \"x\"'", ""),
    ("tags.team = 'a; DROP TABLE run'", ""),
]


@pytest.mark.parametrize("filter, letters", FOUND, ids=lambda x: str(x))
def test_a_filter_finds(world, filter, letters):
    assert sorted(world.search(filter)) == sorted(letters)


@pytest.mark.parametrize("view, letters", [("ACTIVE_ONLY", "a"), ("DELETED_ONLY", "z"), ("ALL", "az")])
def test_a_filter_within_a_view(world, view, letters):
    assert sorted(world.search("run_name = 'alpha'", run_view_type=view)) == sorted(letters)


def test_only_the_experiments_asked_for(world):
    assert world.search(experiment_ids=[]) == ""
    assert world.search(experiment_ids=["987654321"]) == ""
    assert sorted(world.search(experiment_ids=["987654321", world.experiment])) == list("abcde")


def test_a_found_run_is_whole(world):
    (run,) = world.wire.post("runs/search", experiment_ids=[world.experiment], filter="run_name = 'alpha'")["runs"]
    read = world.wire.get("runs/get", run_id=world.ids["a"])["run"]
    for part in ("metrics", "params", "tags"):
        by_key = {item["key"]: item for item in run["data"][part]}
        assert by_key == {item["key"]: item for item in read["data"][part]}
    assert run["info"] == read["info"]
    assert run["inputs"] == read["inputs"]
    assert [i["dataset"]["name"] for i in run["inputs"]["dataset_inputs"]] == ["wine"]
