//! Hangs routes into one router and puts what concerns every request around it.

use std::{pin::Pin, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    handler::Handler,
    http::{Method, StatusCode},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
};
use base::{Error, Kind};

use super::{
    App, Problem, Refuse, Route, RouteInfo,
    front::{self, Front},
};

/// All routes there are, each behind its policy.
pub struct Door {
    app: App,
    router: Router<App>,
    routes: Vec<RouteInfo>,
    dialects: Vec<Dialect>,
    pages: Option<Pages>,
}

type Pages = Box<dyn Fn(Request, App) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync>;

/// How the server presents itself.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The Content-Security-Policy of answers that bring none of their own.
    pub content_policy: String,
}

/// Addresses of a foreign protocol, and how it words refusals.
#[derive(Clone, Copy)]
struct Dialect {
    speaks: fn(&str) -> bool,
    refuse: Refuse,
}

impl Door {
    pub fn new(app: App) -> Self {
        Self { app, router: Router::new(), routes: Vec::new(), dialects: Vec::new(), pages: None }
    }

    pub fn app(&self) -> &App {
        &self.app
    }

    pub fn routes(&self) -> &[RouteInfo] {
        &self.routes
    }

    pub fn route(mut self, route: Route) -> Self {
        self.router = self.router.route(route.info.path, route.handler);
        self.routes.push(route.info);
        self
    }

    /// Below paths that `speaks` accepts, what is absent is refused in these words.
    pub fn dialect(mut self, speaks: fn(&str) -> bool, refuse: Refuse) -> Self {
        self.dialects.push(Dialect { speaks, refuse });
        self
    }

    /// Answers GET for every path outside `/api/` that no route has: the pages of the interface.
    pub fn pages<H: Handler<T, App>, T: 'static>(mut self, handler: H) -> Self {
        self.pages = Some(Box::new(move |request, app| Box::pin(handler.clone().call(request, app))));
        self
    }

    pub fn into_router(self, settings: Settings) -> Router {
        let absent = Arc::new(Absent { app: self.app.clone(), dialects: self.dialects, pages: self.pages });
        let wrong_method = Arc::clone(&absent);
        let front = Arc::new(Front::new(&self.app, &settings));
        self.router
            .fallback(move |State(_): State<App>, request: Request| async move { absent.answer(request).await })
            .method_not_allowed_fallback(move |request: Request| async move { wrong_method.wrong_method(&request) })
            .with_state(self.app)
            .layer(from_fn_with_state(front, front::stand))
    }
}

/// What answers where no route is.
struct Absent {
    app: App,
    dialects: Vec<Dialect>,
    pages: Option<Pages>,
}

impl Absent {
    async fn answer(&self, request: Request) -> Response {
        let path = request.uri().path();
        if let Some(refuse) = self.dialect(path) {
            return refuse(&Error::new(Kind::NotFound, "There is no such address here."));
        }
        let looks = matches!(*request.method(), Method::GET | Method::HEAD);
        match &self.pages {
            Some(pages) if looks && path != "/api" && !path.starts_with("/api/") => {
                pages(request, self.app.clone()).await
            }
            _ => Problem::from(Error::new(Kind::NotFound, "There is no such address here.")).into_response(),
        }
    }

    fn wrong_method(&self, request: &Request) -> Response {
        let detail = format!("{} does not exist for this address.", request.method());
        match self.dialect(request.uri().path()) {
            Some(refuse) => refuse(&Error::new(Kind::NotFound, detail).with("method", request.method().as_str())),
            None => Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", detail).into_response(),
        }
    }

    fn dialect(&self, path: &str) -> Option<Refuse> {
        self.dialects.iter().find(|dialect| (dialect.speaks)(path)).map(|dialect| dialect.refuse)
    }
}
