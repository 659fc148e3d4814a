"""Searches of registered models and their versions: filters, orders, pages, and what is no search."""

import time

import mlflow
import pytest

from wire import INVALID, Wire
from slipway import ADMIN

MODELS = {"Alpha": {"team": "growth"}, "beta_1": {"team": "fraud"}, "beta%": {"team": "Fraud", "note": "x"}, "gamma": {}}


class Shelf:
    """Models a to d, by their first letters; a has three versions, b one."""

    def __init__(self, wire, mark):
        self.wire, self.mark = wire, mark
        for name, tags in MODELS.items():
            self.wait()
            wire.post("registered-models/create", name=mark + name, tags=[{"key": k, "value": v} for k, v in tags.items()])
        for name, source, run, tags in (
            ("Alpha", "s3://x/one", "r1", {"ok": "no"}), ("Alpha", "s3://x/two", "r2", {"ok": "yes"}),
            ("Alpha", "s3://y/three", "r1", {}), ("beta_1", "s3://y/three", None, {"ok": "Yes"}),
        ):
            self.wait()
            fields = {"run_id": run} if run else {}
            tags = [{"key": k, "value": v} for k, v in tags.items()]
            wire.post("model-versions/create", name=mark + name, source=source, tags=tags, **fields)

    @staticmethod
    def wait():
        """Times are in milliseconds, and orders by time are asked for."""
        time.sleep(0.003)

    def models(self, filter="", **query):
        found = self.wire.get("registered-models/search", filter=self.filled(filter), **query)
        return [model["name"].removeprefix(self.mark) for model in found.get("registered_models", [])]

    def versions(self, filter="", **query):
        found = self.wire.get("model-versions/search", filter=self.filled(filter), **query)
        return [f"{v['name'].removeprefix(self.mark)[0]}{v['version']}" for v in found.get("model_versions", [])]

    def filled(self, filter):
        """Other models of the reference are left out by the mark that all names begin with."""
        mine = f"name LIKE '{self.mark}%'"
        return f"{filter.replace('~', self.mark)} AND {mine}" if filter else mine


@pytest.fixture(scope="session")
def shelf(slipway):
    return Shelf(Wire(slipway.tracking_uri(slipway.new_project()), slipway.token(ADMIN)), "shelf ")


@pytest.mark.parametrize("filter, names", [
    ("", "Alpha beta% beta_1 gamma"), ("name = '~Alpha'", "Alpha"), ("name != '~Alpha'", "beta% beta_1 gamma"),
    ("name LIKE '~beta%'", "beta% beta_1"), ("name ILIKE '~ALPHA'", "Alpha"), ("name LIKE '~alpha'", ""),
    ("name IN ('~Alpha', '~gamma')", "Alpha gamma"), ("name NOT IN ('~Alpha')", "beta% beta_1 gamma"),
    ("tags.team = 'fraud'", "beta_1"), ("tag.team ILIKE 'fraud'", "beta% beta_1"), ("tags.team != 'growth'", "beta% beta_1"),
    ("tags.`team` LIKE '%raud' AND tags.note = 'x'", "beta%"), ("tags.note != 'y' and name like '~b%'", "beta%"),
    ("attribute.name = '~gamma'", "gamma"), ("tags.nothing = 'x'", ""), ("tag.`mlflow.prompt.is_prompt` != 'true'", "Alpha beta% beta_1 gamma"),
])
def test_a_filter_finds_models(shelf, filter, names):
    assert " ".join(shelf.models(filter)) == names


@pytest.mark.parametrize("filter, versions", [
    ("", "A1 A2 A3 b1"), ("name = '~Alpha'", "A1 A2 A3"), ("version_number = 1", "A1 b1"), ("version_number = '2'", "A2"),
    ("version_number >= 2", "A2 A3"), ("version_number != 1", "A2 A3"), ("run_id = 'r1'", "A1 A3"), ("run_id != 'r1'", "A2 b1"),
    ("run_id IN ('r1', 'r2')", "A1 A2 A3"), ("run_id NOT IN ('r2')", "A1 A3 b1"), ("source_path = 's3://y/three'", "A3 b1"),
    ("source_path LIKE 's3://x/%'", "A1 A2"), ("source_path ILIKE 'S3://Y/%'", "A3 b1"), ("tags.ok = 'yes'", "A2"),
    ("tag.ok ILIKE 'YES'", "A2 b1"), ("tags.ok != 'yes'", "A1 b1"), ("name IN ('~beta_1')", "b1"),
    ("run_id = 'r1' AND version_number > 1", "A3"), ("attribute.run_id = 'r2'", "A2"),
])
def test_a_filter_finds_versions(shelf, filter, versions):
    assert " ".join(sorted(shelf.versions(filter))) == versions


@pytest.mark.parametrize("order, names", [
    (["name DESC"], "gamma beta_1 beta% Alpha"), (["last_updated_timestamp ASC", "name"], "beta% gamma Alpha beta_1"),
    (["timestamp DESC"], "beta_1 Alpha gamma beta%"), (["name ASC"], "Alpha beta% beta_1 gamma"),
])
def test_an_order_of_models(shelf, order, names):
    assert " ".join(shelf.models(order_by=order)) == names


@pytest.mark.parametrize("order, versions", [
    ([], "b1 A3 A2 A1"), (["version_number ASC"], "A1 b1 A2 A3"), (["name ASC"], "A3 A2 A1 b1"),
    (["name ASC", "version_number ASC"], "A1 A2 A3 b1"), (["creation_timestamp DESC"], "b1 A3 A2 A1"),
    (["last_updated_timestamp ASC"], "A1 A2 A3 b1"), (["name DESC", "version_number DESC"], "b1 A3 A2 A1"),
])
def test_an_order_of_versions(shelf, order, versions):
    assert " ".join(shelf.versions(order_by=order)) == versions


@pytest.mark.parametrize("route, items", [("registered-models", 4), ("model-versions", 4)])
def test_pages(shelf, route, items):
    seen, query = [], {"max_results": 1, "filter": shelf.filled(""), "order_by": ["name"]}
    while True:
        page = shelf.wire.get(f"{route}/search", **query)
        (found,) = page[route.replace("-", "_")]
        seen.append((found["name"], found.get("version")))
        if not page.get("next_page_token"):
            break
        query["page_token"] = page["next_page_token"]
    assert len(seen) == items and len(set(seen)) == items and seen == sorted(seen, key=lambda i: (i[0], -int(i[1] or 0)))


@pytest.mark.parametrize("query", [
    {"filter": "name"}, {"filter": "name = 'a' OR name = 'b'"}, {"filter": "name = 5"}, {"filter": "nothing = 'a'"},
    {"filter": "attributes.name = 'a'"}, {"filter": "tags.team IN ('a')"}, {"filter": "name > 'a'"},
    {"order_by": ["description"]}, {"order_by": ["name UP"]}, {"max_results": 1_001}, {"page_token": "???"},
])
def test_no_search_of_models(shelf, query):
    shelf.wire.refused(INVALID, "GET", "registered-models/search", **query)


@pytest.mark.parametrize("query", [
    {"filter": "version = 1"}, {"filter": "run_id = 1"}, {"filter": "version_number = 1.5"}, {"filter": "version_number LIKE '1'"},
    {"filter": "version_number = 'x'"}, {"filter": "source_path IN ('a')"}, {"filter": "tags.a > 'b'"}, {"filter": "creation_timestamp > 5"},
    {"order_by": ["run_id"]}, {"order_by": ["tags.a"]}, {"max_results": 200_001}, {"max_results": 0}, {"page_token": "???"},
])
def test_no_search_of_versions(shelf, query):
    shelf.wire.refused(INVALID, "GET", "model-versions/search", **query)


@pytest.mark.differs("a 500, or accepted, there")
def test_no_search_either(shelf):
    wire = shelf.wire
    for query in ({"filter": "name IS NULL"}, {"order_by": ["name", "name DESC"]}, {"order_by": ["timestamp", "last_updated_timestamp"]},
                  {"max_results": 0}, {"max_results": -1}, {"filter": "last_updated_timestamp > 5"},
                  {"filter": "tags.`mlflow.prompt.is_prompt` LIKE 't%'"}):
        wire.refused(INVALID, "GET", "registered-models/search", **query)
    token = wire.get("registered-models/search", max_results=1)["next_page_token"]
    wire.refused(INVALID, "GET", "registered-models/search", max_results=1, page_token=token, filter="name != 'a'")
    wire.refused(INVALID, "GET", "model-versions/search", max_results=1, page_token=token)


def test_the_client_finds_the_same(client, model_names):
    found = client.search_registered_models(f"name LIKE '{model_names[0][:8]}%'", max_results=2, order_by=["name DESC"])
    assert [model.name for model in found] == model_names[:0:-1]
    rest = client.search_registered_models(f"name LIKE '{model_names[0][:8]}%'", max_results=2, order_by=["name DESC"], page_token=found.token)
    assert [model.name for model in rest] == model_names[:1] and not rest.token


def test_the_fluent_searches_go_through_all_pages(client, model_names):
    for name in model_names:
        client.create_model_version(name, "s3://x/y", tags={"stem": model_names[0]})
    found = mlflow.search_registered_models(filter_string=f"name LIKE '{model_names[0][:8]}%'", order_by=["name"])
    assert [model.name for model in found] == model_names
    versions = mlflow.search_model_versions(filter_string=f"tags.stem = '{model_names[0]}'", order_by=["name"], max_results=2)
    assert [version.name for version in versions] == model_names[:2]


@pytest.fixture
def model_names(client, fresh):
    stem = fresh("stem").replace(" ", "-").ljust(8, "-")
    names = [stem + letter for letter in "abc"]
    for name in names:
        client.create_registered_model(name)
    return names
