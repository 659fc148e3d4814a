"""SCN-4, the last look: what was learned and how work flowed, without a single estimate."""

RULE = {"metric": "recall", "comparator": ">=", "threshold": 0.75, "constraints": [], "time_box_days": 10}


def decided(cast, name, recall):
    """A hypothesis and a run that logs this recall, as the client does."""
    wanted = {"name": name, "hypothesis": f"{name} tell", "rule": RULE}
    experiment = cast.dana.post(f"{cast.project}/experiments", wanted)["id"]
    mlflow = "/api/2.0/mlflow/runs"
    run = cast.dana.post(f"{mlflow}/create", {"experiment_id": str(experiment), "start_time": 1})["run"]["info"]["run_id"]
    cast.dana.post(f"{mlflow}/log-metric", {"run_id": run, "key": "recall", "value": recall, "step": 0, "timestamp": 1})
    cast.dana.post(f"{mlflow}/update", {"run_id": run, "status": "FINISHED", "end_time": 2})
    return experiment


def test_measures_need_no_points(cast):
    devices = decided(cast, "Devices", 0.8)
    weather = decided(cast, "Weather", 0.6)
    cast.dana.post(f"{cast.project}/items/batch", {"lines": "\n".join(f"Train {number}" for number in range(1, 10)), "status": "Ready"})
    for number in range(1, 8):
        cast.dana.post(f"{cast.item(number)}/move", {"status": "In progress"})
    for number in range(1, 6):
        cast.dana.post(f"{cast.item(number)}/move", {"status": "Done"})
    cast.dana.post(f"{cast.item(6)}/move", {"status": "Cancelled"})

    told = cast.mara.get(f"{cast.project}/measures")
    bets = told["hypotheses"]
    assert [bets[name] for name in ("resolved", "supported", "refuted", "open")] == [1, 1, 0, 1]
    assert [bet["experiment"] for bet in bets["latest"]] == [devices]
    assert [bet["experiment"] for bet in bets["oldest"]] == [weather]
    assert bets["time_to_verdict"]["count"] == 1 and bets["time_to_verdict"]["half_days"] <= 2

    throughput = told["throughput"]
    assert throughput["items"] == 5 and len(throughput["by_day"]) == told["days"] == 90
    assert sum(day["items"] for day in throughput["by_day"]) == sum(week["items"] for week in throughput["by_week"]) == 5
    assert told["cycle_time"]["spread"]["count"] == 5 and told["cycle_time"]["spread"]["most_days"] <= 2
    ageing = told["ageing"]
    assert [line["item"]["key"] for line in ageing["oldest"]] == [f"{cast.key}-7"] and ageing["usual_days"] <= 2
    assert told["efficiency"]["items"] == 5 and told["efficiency"]["left_out"] == 0
    assert told["efficiency"]["share"] == 1, "nothing was marked as waiting"
    assert all(item["estimate"] is None for item in cast.mara.get(f"{cast.project}/items")["items"])
    cast.mara.refused(400, "GET", f"{cast.project}/measures?from=2001-01-01")
