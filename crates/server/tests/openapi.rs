//! `web/openapi.json` is what the routes say of themselves.
//!
//! `make openapi` writes it anew.

use people::door::{App, Site};

#[test]
fn the_committed_description_is_fresh() {
    let store = db::testing::sqlite();
    let door = server::routes::door(App::new(store.db.clone(), Site::new(None).unwrap()));
    let mut fresh = serde_json::to_string_pretty(&server::routes::described(&door)).unwrap();
    fresh.push('\n');
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/openapi.json");
    if std::env::var_os("SLIPWAY_WRITE_OPENAPI").is_some() {
        std::fs::write(file, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(committed == fresh, "web/openapi.json is stale; `make openapi` renews it");
}
