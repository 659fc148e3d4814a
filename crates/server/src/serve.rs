//! `slipway serve`: starts, says that it is ready, stops cleanly.

use std::{
    io::Write,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use base::{
    Result,
    refuse::{conflict, internal, invalid},
};
use blob::Blob;
use db::{Db, Store};
use feed::webhook::{self, Post, target::Allowed};
use people::{
    door::{App, Site},
    setup,
};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    connections::{self, Limits},
    folder, jobs, routes,
    settings::Serving,
};

/// How long requests that run may take to finish once the server was told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(8);

pub fn run(serving: Serving) -> Result<()> {
    let serving = serving.resolve()?;
    let listen = serving.listen();
    let listener = bind(listen)?;
    let data = serving.place.folder();
    folder::make(&data)?;
    let _hold = folder::hold(&data)?;
    if let Store::Sqlite(file) = serving.place.store()? {
        folder::close_to_others(&file)?;
    }
    let db = Db::open(&db::Settings { store: serving.place.store()?, clock: serving.clock()? })?;
    let blob = Blob::folder(serving.artifacts())?;
    let site = Site::new(serving.url.as_deref())?.behind(serving.proxy.clone());
    if !listen.ip().is_loopback() && db.read_blocking(setup::needed)? {
        return Err(conflict(format!(
            "Nobody administers this workspace yet, so it is not opened to the network. Start once on 127.0.0.1 and use the \
             set-up link, or run `slipway user add EMAIL --admin --data {}`, then listen on {listen}.",
            data.display()
        )));
    }
    let setup = db.write_blocking(setup::link)?;
    let post = Post::new(compat::WEBHOOKS, Allowed::new(serving.webhook_allow.clone()));
    let app = App::new(db, site).share(blob).share(post);
    runtime()?.block_on(listen_on(listener, app, |address, app| {
        let at = format!("http://{address}");
        let url = app.site.url().unwrap_or(&at);
        if let Some(secret) = &setup {
            say(&format!("Set up this workspace at {url}/setup#{secret} (the link works once)"));
        }
        say(&format!("Slipway is ready at {url}"));
        if !address.ip().is_loopback() && app.site.url().is_none() {
            eprintln!("Only this machine can use it: say under which address others reach it, with --url https://…");
        }
    }))
}

pub fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(internal)
}

/// Takes the address, before anything is made that a server without an address has no use for.
pub fn bind(address: SocketAddr) -> Result<TcpListener> {
    let taken = |e| {
        let why = format!("{address} cannot be used: {e}. Is another server running there? Choose another port.");
        invalid("--listen", why)
    };
    let listener = TcpListener::bind(address).map_err(taken)?;
    listener.set_nonblocking(true).map_err(internal)?;
    Ok(listener)
}

/// Serves until the process is told to stop. `ready` runs once it does.
pub async fn listen_on(listener: TcpListener, app: App, ready: impl FnOnce(SocketAddr, &App)) -> Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener).map_err(internal)?;
    let address = listener.local_addr().map_err(internal)?;
    let router = routes::router(app.clone());
    let blob = app.shared().ok_or_else(|| internal("no place for artifacts"))?;
    let post: Post = app.shared().ok_or_else(|| internal("no way to receivers"))?;
    let background = [
        tokio::spawn(jobs::run(app.db.clone(), blob)),
        tokio::spawn(ship::watch::run(app.db.clone())),
        tokio::spawn(webhook::watch::run(app.db.clone(), post.language)),
        tokio::spawn(jobs::deliver(app.db.clone(), post)),
    ];
    let mut stop = Stop::listen()?;
    ready(address, &app);
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let serving = connections::serve(listener, router, Limits::of_this_process(), async move {
        stop.told().await;
        app.stopping.cancel();
        let _ = stopping.send(());
    });
    tokio::select! {
        () = serving => {}
        () = async { drop(stopped.await); tokio::time::sleep(LAST_REQUESTS).await } => {}
    }
    background.iter().for_each(tokio::task::JoinHandle::abort);
    Ok(())
}

struct Stop {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> Result<Self> {
        let terminate = signal(SignalKind::terminate()).map_err(internal)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(internal)?;
        Ok(Self { terminate, interrupt })
    }

    async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Standard output may be closed; the server goes on.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}
