"""One server for each engine and test session; every story makes itself a project of its own in it."""

import os
import time

import pytest

from ear import Ear
from reference import Reference
from slipway import ADMIN, Fresh, engines

os.environ["DO_NOT_TRACK"] = "true"


def pytest_addoption(parser):
    parser.addoption("--reference", action="store_true", help="tell tests/mlflow to MLflow's own server instead")


def pytest_generate_tests(metafunc):
    if "slipway" in metafunc.fixturenames:
        servers = ["reference"] if metafunc.config.getoption("--reference") else engines()
        metafunc.parametrize("slipway", servers, indirect=True, scope="session")


# Sources and peers that take long to fill and to start: all their stories are told in one process.
TOGETHER = ("imports", "differential")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    for item in items:
        if item.path.parent.name in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(item.path.parent.name))
    if config.getoption("--reference"):
        for item in items:
            for mark in item.iter_markers("differs"):
                item.add_marker(pytest.mark.skip(reason=f"differs: {mark.args[0]}"))


@pytest.fixture(scope="session")
def slipway(request):
    if request.param == "reference":
        with Reference() as server:
            yield server
        return
    with Fresh(request.param) as server:
        server.add_user(ADMIN, "--admin")
        yield server.start()


@pytest.fixture
def admin(slipway):
    return slipway.api(ADMIN)


@pytest.fixture
def key(slipway):
    """A new project of the workspace's admin."""
    return slipway.new_project()


@pytest.fixture
def join(slipway, key):
    """join("Dana", duties=[…]) makes Dana a member of the project and gives her API."""
    return lambda who, project=key, **seat: slipway.join(project, who, **seat)


@pytest.fixture
def listen():
    """listen(api) opens a page of theirs and says what it hears, with `since` also what it missed since then."""
    ears = []

    def listen(api, since=None):
        ears.append(Ear(api, since))
        time.sleep(0.2)
        return ears[-1]

    yield listen
    for ear in ears:
        ear.close()
