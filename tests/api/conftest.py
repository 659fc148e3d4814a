"""A fresh project with the whole cast in it."""

import pytest

from team import Team


@pytest.fixture
def team(slipway, key):
    return Team(slipway, key)
