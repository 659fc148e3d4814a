//! `slipway demo`: a throw-away workspace with a small team, whose experiments are real training
//! that was recorded once (`demo/` in the sources).
//!
//! The demo plays the recording through the program's own interface, as its people would have
//! acted, on a clock that moves through the past five weeks; so every rule has been obeyed.

mod backlog;
mod cast;
mod recording;
mod stage;
mod story;

use std::net::SocketAddr;

use base::{Result, refuse::internal};
use blob::Blob;
use db::{Clock, Db, Store};
use feed::webhook::{Post, target::Allowed};
use people::{
    door::{App, Site},
    setup,
};

use crate::{routes, serve};
use recording::Recording;
use stage::Stage;

pub fn run(listen: SocketAddr) -> Result<()> {
    let listener = serve::bind(listen)?;
    let folder = tempfile::tempdir().map_err(internal)?;
    let recording = Recording::shipped()?;
    let now = Clock::System.now();
    let clock = Clock::manual(story::begins(&recording, now));
    let store = Store::Sqlite(folder.path().join("slipway.db"));
    let db = Db::open(&db::Settings { store, clock: clock.clone() })?;
    let blob = Blob::folder(folder.path().join("artifacts"))?;
    let link = db.write_blocking(setup::link)?.ok_or_else(|| internal("the demo's workspace is not fresh"))?;
    let password = db.write_blocking(|tx| Ok(format!("demo-{}", &tx.new_hex()[..12])))?;
    let post = Post::new(compat::WEBHOOKS, Allowed::default());
    let app = App::new(db.clone(), Site::new(None)?).share(blob.clone()).share(post);
    serve::runtime()?.block_on(async {
        let mut stage = Stage::new(routes::router(app.clone()), clock.clone(), db.clone(), blob);
        cast::arrives(&mut stage, &recording, &link, &password).await?;
        story::play(&mut stage, &recording, now).await?;
        clock.follow_system();
        serve::listen_on(listener, app, |address, _| welcome(address, &password)).await
    })
}

fn welcome(address: SocketAddr, password: &str) {
    serve::say(&format!("Slipway is ready at http://{address}"));
    serve::say("");
    serve::say(&format!("Sign in with the password {password} as"));
    for login in cast::LOGINS {
        serve::say(&format!("  {:<20}{}", login.email(), login.what));
    }
    serve::say("");
    serve::say("The workspace is gone when this program ends. Your own begins with: slipway serve");
}
