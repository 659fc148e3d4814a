"""Open pages follow: the stream names what changed, to those who may see it."""

import time

from api import Api
from slipway import email


def test_a_run_is_followed_while_it_logs(team, listen):
    experiment = team.propose()["id"]
    ear = listen(team.mara)
    run = team.log(experiment, recall=0.8, precision=0.95)
    assert ear.hears(f"run:{run}", f"experiment:{experiment}")


def test_an_approval_is_followed(team, listen):
    *_, promotion = team.ready_promotion()
    ear = listen(team.dana)
    team.approve(promotion, "security")
    assert ear.hears(f"promotion:{promotion['id']}")


def test_other_projects_are_not_heard(team, slipway, listen):
    stranger = slipway.join(slipway.new_project(), "Omar")
    ear, own = listen(stranger), listen(team.dana)
    experiment = team.propose()["id"]
    run = team.log(experiment, recall=0.8)
    assert own.hears(f"run:{run}")
    assert not {name for name in ear.heard if run in name or name == f"experiment:{experiment}" or team.key in name}


def test_many_points_are_few_messages(team, listen):
    experiment = team.propose()["id"]
    with team.client("Lev") as client:
        run = client.create_run(str(experiment)).info.run_id
        ear = listen(team.mara)
        start = time.monotonic()
        for step in range(400):
            client.log_metric(run, "loss", 1 / (step + 1), step=step)
        took = time.monotonic() - start
    ear.hears(f"run:{run}")
    time.sleep(0.5)
    assert ear.messages <= 6 * (took + 1)


def test_who_leaves_the_project_hears_no_more(team, admin, listen):
    ear = listen(team.mara)
    admin.delete(f"/api/v1/projects/{team.key}/members/{email('Mara')}")
    time.sleep(0.5)
    experiment = team.propose()["id"]
    time.sleep(0.5)
    assert f"experiment:{experiment}" not in ear.heard


def test_a_token_taken_back_hears_no_more(team, slipway, listen):
    made = team.dana.post("/api/v1/tokens", {"name": "listener"})
    ear = listen(Api(slipway.url, made["secret"]))
    team.dana.delete(f"/api/v1/tokens/{made['id']}")
    ear.join(2)
    experiment = team.propose()["id"]
    time.sleep(0.5)
    assert f"experiment:{experiment}" not in ear.heard


def test_who_reads_first_and_listens_then_misses_nothing(team, slipway, listen):
    stranger = slipway.join(slipway.new_project(), "Omar")
    since, elsewhere = (api.get("/api/v1/me")["live"] for api in (team.mara, stranger))
    experiment = team.propose()["id"]
    assert listen(team.mara, since).hears(f"experiment:{experiment}")
    assert f"experiment:{experiment}" not in listen(stranger, elsewhere).heard
    # What happened in the last five seconds is told again, as a page may have begun to read before it asked.
    time.sleep(6)
    later = team.mara.get("/api/v1/me")["live"]
    assert listen(team.mara, later).heard == set(), "nothing is told twice"


def test_who_comes_too_late_reads_everything_again(team, listen):
    assert listen(team.mara, "of-another-server.7").hears("everything")
