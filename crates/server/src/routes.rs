//! The route table: every part's routes behind one door.

use axum::Router;
use people::door::{App, Door, Policy, Settings, get, openapi};

use crate::pages;

pub fn door(app: App) -> Door {
    let door = people::routes(Door::new(app));
    let door = feed::routes(ship::routes(meet::routes(plan::routes(lab::routes(door)))));
    let door = compat::routes(door);
    let described = described(&door);
    door.route(get("/health", Policy::Public).summary("200 when the server is ready").to(async || "OK"))
        .route(
            get("/api/v1/openapi.json", Policy::Public)
                .summary("This description")
                .to(async move || axum::Json(described.clone())),
        )
        .pages(pages::show)
}

/// Our own interface as an OpenAPI document.
pub fn described(door: &Door) -> serde_json::Value {
    let own: Vec<_> = door.routes().iter().filter(|route| route.path.starts_with("/api/v1/")).cloned().collect();
    openapi(&own)
}

pub fn router(app: App) -> Router {
    door(app).into_router(Settings { content_policy: pages::content_policy() })
}
