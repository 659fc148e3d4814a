//! The rest of a body that nobody read. An answer that comes before its request's body has been read
//! would make the server close the connection under the client's hands; so what was announced is
//! read and let go, within reason.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderValue, Response, header},
};
use futures_util::StreamExt;

/// More than this is not read for nothing; the connection is closed instead.
const MOST: usize = 4 * 1024 * 1024;
const LONGEST: Duration = Duration::from_secs(2);

/// A body that its reader shares with the one who cleans up.
struct Shared(Arc<Mutex<Body>>);

/// Keeps hold of a request's body.
pub(super) struct Rest(Option<Arc<Mutex<Body>>>);

/// The request, and what will be left of its body.
pub(super) fn keep(request: Request) -> (Request, Rest) {
    if request.body().is_end_stream() {
        return (request, Rest(None));
    }
    let (parts, body) = request.into_parts();
    let shared = Arc::new(Mutex::new(body));
    let request = Request::from_parts(parts, Body::new(Shared(Arc::clone(&shared))));
    (request, Rest(Some(shared)))
}

impl Rest {
    /// After a refusal: reads on, so that the client can send its next request.
    pub async fn let_go(self, response: &mut Response<Body>) {
        let refused = response.status().is_client_error() || response.status().is_server_error();
        let Some(shared) = self.0.filter(|_| refused) else { return };
        let body = std::mem::take(&mut *shared.lock().unwrap_or_else(PoisonError::into_inner));
        let whole = tokio::time::timeout(LONGEST, drain(body)).await.unwrap_or(false);
        if !whole {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// Whether the end was reached.
async fn drain(body: Body) -> bool {
    let mut seen = 0;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else { return false };
        seen += chunk.len();
        if seen > MOST {
            return false;
        }
    }
    true
}

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}
