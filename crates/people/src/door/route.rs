//! A route before it is hung into the door: what it is for, who may use it, what goes in and out.

use axum::{
    handler::Handler,
    http::Method,
    routing::{MethodFilter, MethodRouter},
};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{App, Policy, Refuse, guard::Guarded, problem::in_our_words};

/// What a route promises; the interface's description and the permission matrix read it.
#[derive(Clone, Debug)]
pub struct RouteInfo {
    pub method: Method,
    /// As registered, with `{placeholders}`.
    pub path: &'static str,
    pub policy: Policy,
    pub summary: &'static str,
    pub takes: Option<SchemaOf>,
    pub gives: Option<SchemaOf>,
    pub query: Option<SchemaOf>,
}

pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The largest JSON body where a route says nothing else. The longest text of a field fits in whatever way it is
/// written: 100,000 characters take up to 12 bytes each, as escaped surrogates.
const USUAL_LIMIT: usize = 2 * 1024 * 1024;

/// For bodies that hold a name and a password, from people who are not known yet.
pub(crate) const SMALL: usize = 16 * 1024;

/// A route that still lacks its handler.
pub struct Sketch {
    info: RouteInfo,
    terms: Terms,
}

/// What the guard needs to know of a route.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub policy: Policy,
    /// Bytes; none for bodies that are streamed.
    pub limit: Option<usize>,
    pub refuse: Refuse,
    pub names_project: bool,
}

/// A route with its handler, ready for [`super::Door::route`].
pub struct Route {
    pub(super) info: RouteInfo,
    pub(super) handler: MethodRouter<App>,
}

pub fn get(path: &'static str, policy: Policy) -> Sketch {
    on(Method::GET, path, policy)
}

pub fn post(path: &'static str, policy: Policy) -> Sketch {
    on(Method::POST, path, policy)
}

pub fn put(path: &'static str, policy: Policy) -> Sketch {
    on(Method::PUT, path, policy)
}

pub fn patch(path: &'static str, policy: Policy) -> Sketch {
    on(Method::PATCH, path, policy)
}

pub fn delete(path: &'static str, policy: Policy) -> Sketch {
    on(Method::DELETE, path, policy)
}

pub fn on(method: Method, path: &'static str, policy: Policy) -> Sketch {
    let info = RouteInfo { method, path, policy, summary: "", takes: None, gives: None, query: None };
    let names_project = path.split('/').any(|part| part == "{key}");
    Sketch { info, terms: Terms { policy, limit: Some(USUAL_LIMIT), refuse: in_our_words, names_project } }
}

impl Sketch {
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.info.summary = summary;
        self
    }

    /// The type of the JSON body.
    pub fn takes<T: JsonSchema>(mut self) -> Self {
        self.info.takes = Some(|schemas| schemas.subschema_for::<T>());
        self
    }

    /// The type of the JSON answer.
    pub fn gives<T: JsonSchema>(mut self) -> Self {
        self.info.gives = Some(|schemas| schemas.subschema_for::<T>());
        self
    }

    /// The type of the query string.
    pub fn query<T: JsonSchema>(mut self) -> Self {
        self.info.query = Some(|schemas| schemas.subschema_for::<T>());
        self
    }

    /// The largest body, in bytes.
    pub fn limit(mut self, bytes: usize) -> Self {
        self.terms.limit = Some(bytes);
        self
    }

    /// The handler reads the body as a stream and counts for itself.
    pub fn stream(mut self) -> Self {
        self.terms.limit = None;
        self
    }

    /// Words the door's refusals in another protocol's shape.
    pub fn refuse_with(mut self, refuse: Refuse) -> Self {
        self.terms.refuse = refuse;
        self
    }

    pub fn to<H, T>(self, handler: H) -> Route
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(self.info.method.clone()).expect("a route uses a usual method");
        let guarded = Guarded { handler, terms: self.terms };
        Route { info: self.info, handler: axum::routing::on(filter, guarded) }
    }
}
