use std::{collections::BTreeSet, convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use db::{Change, Since};
use futures_util::stream;
use people::door::{App, Caller, Door, Policy, Problem, Query, get};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, sleep_until, timeout},
};

use super::{EVERYTHING, Ears, concerns_access, ears};

/// At most five messages a second reach a listener.
const PAUSE: Duration = Duration::from_millis(200);

/// A stream ends after this time; browsers open it again and are asked anew who they are.
const LIFE: Duration = Duration::from_secs(15 * 60);

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/live", Policy::SignedIn)
            .summary("Names of what changes, as server-sent events, while one listens")
            .to(live),
    )
}

struct Listener {
    app: App,
    caller: Caller,
    /// What the caller showed to be let in.
    shown: HeaderMap,
    ears: Ears,
    changes: Receiver<Change>,
    /// What changed between the position that the caller named and now, until it is told.
    missed: Option<Vec<Change>>,
    /// Where the stream is.
    position: String,
    until: Instant,
    /// When the last message was sent; none before the first.
    sent: Option<Instant>,
}

#[derive(Deserialize, JsonSchema)]
struct From {
    /// The `live` of what `/api/v1/me` answered before: what changed since then is told first. A stream that broke goes on
    /// after its last event by itself (`Last-Event-ID`).
    since: Option<String>,
}

async fn live(
    State(app): State<App>,
    caller: Caller,
    shown: HeaderMap,
    Query(From { since }): Query<From>,
) -> Result<Response, Problem> {
    let last = shown.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let since = last.or(since);
    let position = app.db.position();
    let Since { missed, changes } = match &since {
        Some(since) => app.db.changes_since(since),
        None => Since { missed: Some(Vec::new()), changes: app.db.changes() },
    };
    let who = caller.clone();
    let ears = app.db.read(move |tx| ears(tx, &who)).await?;
    let until = Instant::now() + LIFE;
    let listener = Listener { app, caller, shown, ears, changes, missed, position, until, sent: None };
    let events = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let mut answer = Sse::new(events).keep_alive(KeepAlive::default()).into_response();
    // Proxies that collect answers would hold the events back.
    answer.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

impl Listener {
    /// The next message; none when the stream's life is over or the server stops.
    async fn next(&mut self) -> Option<Event> {
        let Some(sent) = self.sent else {
            self.sent = Some(Instant::now());
            let missed = self.missed();
            return Some(self.event("ready", &missed));
        };
        sleep_until(sent + PAUSE).await;
        let left = self.until.saturating_duration_since(Instant::now());
        let stopping = self.app.stopping.clone();
        let names = tokio::select! {
            heard = timeout(left, self.heard()) => heard.ok()??,
            () = stopping.cancelled() => return None,
        };
        self.sent = Some(Instant::now());
        Some(self.event("changed", &names))
    }

    fn event(&self, name: &str, names: &BTreeSet<String>) -> Event {
        Event::default().event(name).id(self.position.clone()).data(serde_json::json!(names).to_string())
    }

    /// The names that changed before the stream was open.
    fn missed(&mut self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        match self.missed.take() {
            Some(missed) if !missed.iter().any(Change::is_gap) => {
                missed.iter().for_each(|touched| self.ears.pick(touched, &mut names));
            }
            _ => drop(names.insert(EVERYTHING.to_owned())),
        }
        names
    }

    /// Waits until something is heard, then takes along all that is there already.
    async fn heard(&mut self) -> Option<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        while names.is_empty() {
            match self.changes.recv().await {
                Ok(touched) => self.hear(&touched, &mut names).await?,
                Err(RecvError::Lagged(_)) => drop(names.insert(EVERYTHING.to_owned())),
                Err(RecvError::Closed) => return None,
            }
            while let Ok(touched) = self.changes.try_recv() {
                self.hear(&touched, &mut names).await?;
            }
        }
        Some(names)
    }

    async fn hear(&mut self, touched: &Change, names: &mut BTreeSet<String>) -> Option<()> {
        self.position = self.app.db.position_after(touched);
        if touched.is_gap() {
            names.insert(EVERYTHING.to_owned());
        }
        if concerns_access(touched) {
            if !self.app.still_knows(&self.shown).await {
                return None;
            }
            let who = self.caller.clone();
            self.ears = self.app.db.read(move |tx| ears(tx, &who)).await.ok()?;
        }
        self.ears.pick(touched, names);
        Some(())
    }
}
