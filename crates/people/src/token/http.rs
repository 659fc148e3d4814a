use axum::extract::State;
use base::{Page, TokenId};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Issued, NewToken, Token, create, list, revoke};
use crate::door::{Answer, App, Body, Caller, Door, Path, Policy, created, delete, get, no_content, ok, post};

pub fn routes(door: Door) -> Door {
    door.route(get("/api/v1/tokens", Policy::SignedIn).summary("My tokens").gives::<Page<Token>>().to(index))
        .route(
            post("/api/v1/tokens", Policy::SignedIn)
                .summary("Make a token; its secret is shown this once")
                .takes::<NewToken>()
                .gives::<Made>()
                .to(make),
        )
        .route(delete("/api/v1/tokens/{id}", Policy::SignedIn).summary("Revoke a token").to(end))
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TokenWithSecret")]
struct Made {
    #[serde(flatten)]
    token: Token,
    secret: String,
}

async fn index(State(app): State<App>, caller: Caller) -> Answer<Page<Token>> {
    Ok(ok(Page::whole(app.db.read(move |tx| list(tx, &caller)).await?)))
}

async fn make(State(app): State<App>, caller: Caller, Body(new): Body<NewToken>) -> Answer<Made> {
    let Issued { token, secret } = app.db.write(move |tx| create(tx, &caller, &new)).await?;
    Ok(created(Made { token, secret }))
}

async fn end(State(app): State<App>, caller: Caller, Path(id): Path<TokenId>) -> Answer<()> {
    app.db.write(move |tx| revoke(tx, &caller, &id)).await?;
    app.forget();
    Ok(no_content())
}
