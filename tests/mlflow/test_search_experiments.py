"""What searches of experiments find, and in which order."""

import pytest

from wire import INVALID


@pytest.fixture(scope="session")
def shelf(world):
    """Four experiments that only a tag of theirs tells from all others; `d` is deleted."""
    wire, made = world.wire, {}
    for letter, tags in {"a": {"team": "Growth"}, "b": {"team": "growth", "a b": "1"}, "c": {}, "d": {"team": "gone"}}.items():
        tags = [{"key": key, "value": value} for key, value in (tags | {"shelf": letter}).items()]
        made[letter] = wire.post("experiments/create", name=f"Shelf {letter}%", tags=tags)["experiment_id"]
    wire.post("experiments/delete", experiment_id=made["d"])
    return made


@pytest.fixture
def find(world, shelf):
    letters = {experiment: letter for letter, experiment in shelf.items()}

    def find(filter="", method="POST", **fields):
        query = {"filter": " AND ".join(filter.format(**shelf).split(" AND ") + ["tags.shelf LIKE '%'"]) if filter
                 else "tags.shelf LIKE '%'", "max_results": 100} | fields
        found = world.wire.ok(method, "experiments/search", query).get("experiments", [])
        return "".join(letters[experiment["experiment_id"]] for experiment in found)

    return find


@pytest.mark.parametrize("filter, letters", [
    ("", "abc"),
    ("name = 'Shelf a%'", "a"),
    ("attribute.name != 'Shelf a%'", "bc"),
    ("name LIKE 'Shelf _\\%'", ""),  # no escape character
    ("name LIKE 'Shelf%'", "abc"),
    ("name LIKE 'shelf%'", ""),
    ("name ILIKE 'shelf%'", "abc"),
    ("experiment_id = '{b}'", "b"),
    ("experiment_id != '{b}'", "ac"),
    ("experiment_id IN ('{a}', '{c}')", "ac"),
    ("experiment_id NOT IN ('{a}','{c}')", "b"),
    ("tags.team = 'growth'", "b"),
    ("tag.team ILIKE 'GROWTH'", "ab"),
    ("tags.team != 'growth'", "a"),
    ("tags.`a b` = '1'", "b"),
    ("tags.team IS NULL", "c"),
    ("tags.team IS NOT NULL", "ab"),
    ("creation_time > 0", "abc"),
    ("last_update_time <= 5", ""),
    ("name LIKE 'Shelf%' AND tags.team = 'Growth' AND creation_time > 1", "a"),
])
def test_a_filter_finds(find, filter, letters):
    assert sorted(find(filter)) == sorted(letters)


@pytest.mark.parametrize("order, letters", [
    (["name"], "abc"), (["name DESC"], "cba"), (["attribute.name ASC"], "abc"),
    (["experiment_id DESC"], "cba"), (["creation_time", "name DESC"], None), (["last_update_time DESC", "experiment_id"], None),
])
def test_an_order(find, order, letters):
    found = find(order_by=order)
    assert found == letters if letters else sorted(found) == list("abc")


@pytest.mark.parametrize("view, letters", [("ACTIVE_ONLY", "abc"), ("DELETED_ONLY", "d"), ("ALL", "abcd")])
def test_views(find, view, letters):
    assert sorted(find(view_type=view)) == list(letters)


def test_asked_by_get(find):
    assert find("tags.team = 'growth'", method="GET", order_by=["name DESC"], view_type="ALL") == "b"
    assert find(method="GET", order_by=["name DESC", "experiment_id"]) == "cba"


def test_pages(world, shelf):
    seen, token = [], None
    while token or not seen:
        page = world.wire.post("experiments/search", max_results=1, filter="tags.shelf LIKE '%'", order_by=["name"], page_token=token)
        seen += [experiment["name"] for experiment in page["experiments"]]
        token = page.get("next_page_token")
    assert seen == ["Shelf a%", "Shelf b%", "Shelf c%"]


def test_the_newest_comes_first(client, fresh):
    made = [client.create_experiment(fresh(), tags={"made": "in order"}) for _ in range(3)]
    found = client.search_experiments(filter_string="tags.made = 'in order'", max_results=2)
    times = [experiment.creation_time for experiment in found]
    assert times == sorted(times, reverse=True) and found.token
    assert {experiment.experiment_id for experiment in found} <= set(made)


@pytest.mark.parametrize("filter", [
    " ", "name", "name = 5", "name > 'a'", "name = Shelf", "creation_time = '5'", "creation_time LIKE '5'", "nothing = 'a'",
    "attributes.name = 'a'", "metrics.auc > 1", "params.depth = '3'", "lifecycle_stage = 'active'", "name = 'a' OR name = 'b'",
    "name IN ('a')", "experiment_id IN ()", "experiment_id > '1'", "tags.a > '1'", "name = 'a';", "(name = 'a')",
])
def test_no_filter(world, filter):
    world.wire.refused(INVALID, "POST", "experiments/search", max_results=5, filter=filter)


@pytest.mark.parametrize("order", ["nothing", "tags.team", "name UP", "name, experiment_id", "metrics.auc"])
def test_no_order(world, order):
    world.wire.refused(INVALID, "POST", "experiments/search", max_results=5, order_by=[order])


@pytest.mark.parametrize("count", [0, -5, 50_001])
def test_no_number_of_results(world, count):
    world.wire.refused(INVALID, "POST", "experiments/search", max_results=count)


@pytest.mark.parametrize("token", ["???", "bm90IGpzb24="])
@pytest.mark.differs("partly a 500 there")
def test_no_page(world, token):
    world.wire.refused(INVALID, "POST", "experiments/search", max_results=5, page_token=token)
