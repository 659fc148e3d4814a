use axum::extract::State;
use base::Page;

use super::{Change, Detail, NewProject, by_key, change, create, detail, visible};
use crate::{
    Right,
    actor::only_admins,
    door::{Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, Version, created, get, ok, patch, post},
    once,
};

pub fn routes(door: Door) -> Door {
    door.route(get("/api/v1/projects", Policy::SignedIn).summary("My projects").gives::<Page<Detail>>().to(index))
        .route(
            post("/api/v1/projects", Policy::WorkspaceAdmin)
                .summary("Make a project")
                .takes::<NewProject>()
                .gives::<Detail>()
                .to(make),
        )
        .route(
            get("/api/v1/projects/{key}", Policy::Project(Right::Read)).summary("A project").gives::<Detail>().to(show),
        )
        .route(
            patch("/api/v1/projects/{key}", Policy::Project(Right::Administer))
                .summary("Change a project")
                .takes::<Change>()
                .gives::<Detail>()
                .to(update),
        )
}

async fn index(State(app): State<App>, caller: Caller) -> Answer<Page<Detail>> {
    let read = move |tx: &mut db::Tx| {
        let projects = visible(tx, &caller)?;
        projects.into_iter().map(|project| detail(tx, &caller, project)).collect()
    };
    Ok(ok(Page::whole(app.db.read(read).await?)))
}

async fn make(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Body(new): Body<NewProject>,
) -> Answer<serde_json::Value> {
    let write = move |tx: &mut db::Tx| {
        let may = |_: &mut db::Tx| only_admins(&caller);
        once(tx, &caller, &key, may, |tx| {
            let project = create(tx, &caller, &new)?;
            detail(tx, &caller, project)
        })
    };
    Ok(created(app.db.write(write).await?))
}

async fn show(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Detail> {
    let read = move |tx: &mut db::Tx| {
        let project = by_key(tx, &caller, &key)?;
        detail(tx, &caller, project)
    };
    let project = app.db.read(read).await?;
    let version = project.version;
    Ok(ok(project).version(version))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Version(version): Version,
    Body(wanted): Body<Change>,
) -> Answer<Detail> {
    let write = move |tx: &mut db::Tx| {
        let project = change(tx, &caller, &key, version, &wanted)?;
        detail(tx, &caller, project)
    };
    let project = app.db.write(write).await?;
    let version = project.version;
    Ok(ok(project).version(version))
}
