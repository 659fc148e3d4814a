use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use base::PromotionId;
use people::{
    Right,
    door::{App, Caller, Door, Path, Policy, Problem, get},
};

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/promotions/{id}/monitoring-rules", Policy::Project(Right::Read))
            .summary("The Prometheus rules file of an approved promotion")
            .to(rules),
    )
}

async fn rules(State(app): State<App>, caller: Caller, Path(id): Path<PromotionId>) -> Result<Response, Problem> {
    let rules = app.db.read(move |tx| super::of_promotion(tx, &caller, &id)).await?;
    let name = "attachment; filename=\"slipway-rules.yml\"";
    Ok(([(header::CONTENT_TYPE, "text/yaml; charset=utf-8"), (header::CONTENT_DISPOSITION, name)], rules)
        .into_response())
}
