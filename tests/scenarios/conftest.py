"""The invented cast, each with their trade and duty, in a project of their own."""

import pytest

from slipway import email

CAST = {
    "Sam": {"role": "admin", "duties": ["scrum_master"]},
    "Pia": {"trades": ["product_manager"], "duties": ["product_owner"]},
    "Dana": {"trades": ["data_scientist"]},
    "Lev": {"trades": ["data_scientist"]},
    "Mei": {"trades": ["ml_engineer"]},
    "Ben": {"trades": ["developer"]},
    "Mara": {"role": "viewer"},
    "Omar": {"role": "viewer"},
}


class Cast:
    """cast.dana is Dana's API; paths begin at the project."""

    def __init__(self, slipway, key):
        self.slipway, self.key = slipway, key
        self.project = f"/api/v1/projects/{key}"
        self.people = {who: slipway.join(key, who, **seat) for who, seat in CAST.items()}

    def __getattr__(self, who):
        return self.people[who.capitalize()]

    def item(self, number):
        return f"/api/v1/items/{self.key}-{number}"

    def change(self, api, number, **fields):
        return api.patch(self.item(number), fields, version=api.get(self.item(number))["version"])

    def columns(self):
        board = self.people["Sam"].get(f"{self.project}/board")
        return {column["status"]["name"]: column for column in board["columns"]}

    def events(self, kind):
        """What the log tells of one kind, the first first."""
        found = self.people["Sam"].get("/api/v1/events", project=self.key, limit=200)["items"]
        return [event for event in reversed(found) if event["kind"] == kind]


@pytest.fixture
def cast(slipway, key):
    return Cast(slipway, key)


@pytest.fixture
def mail():
    return email
