//! What comes in from the network: how many at a time, and how long they may dawdle. Without such
//! limits a few hundred sockets that send half a request keep everybody else out.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Request},
};
use http_body::{Frame, SizeHint};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Sleep, sleep},
};
use tower::ServiceExt;

/// What a client is granted.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time; further ones wait until one ends.
    pub connections: usize,
    /// From one request's end to the end of the next one's head. Proxies and clients keep idle
    /// connections for about a minute.
    pub head: Duration,
    /// Between two pieces of a body.
    pub body: Duration,
}

/// Files that the process may have open at most, where the system lets it choose.
const FILES: u64 = 65_536;

impl Limits {
    /// Half of the files that the process may open are for connections: the other half is for what
    /// they ask for.
    pub fn of_this_process() -> Self {
        let connections = usize::try_from(open_files() / 2).unwrap_or(usize::MAX);
        Self { connections, head: Duration::from_secs(75), body: Duration::from_secs(30) }
    }
}

/// How many files may be open. Shells and service managers grant few and allow more.
fn open_files() -> u64 {
    let found = getrlimit(Resource::Nofile);
    let current = found.current.unwrap_or(FILES);
    let wanted = FILES.min(found.maximum.unwrap_or(FILES));
    if wanted <= current {
        return current.min(FILES);
    }
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..found });
    if raised.is_ok() { wanted } else { current }
}

/// Serves until `stop`; then finishes what has begun.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let router: Router = router.with_state(());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let room = Arc::new(Semaphore::new(limits.connections));
    let begun = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let (stream, peer, place) = tokio::select! {
            () = &mut stop => break,
            next = next(&listener, &room) => next,
        };
        let router = router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(|body| Body::new(Lively::new(body, limits.body)));
            request.extensions_mut().insert(ConnectInfo(peer));
            answer(router.clone(), request)
        });
        let connection = begun.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    begun.shutdown().await;
}

async fn answer(router: Router, request: Request) -> Result<axum::response::Response, Infallible> {
    router.oneshot(request).await
}

/// The next connection, once there is room for it.
async fn next(listener: &TcpListener, room: &Arc<Semaphore>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let place = Arc::clone(room).acquire_owned().await.expect("never closed");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                drop(stream.set_nodelay(true));
                return (stream, peer, place);
            }
            Err(error) if is_of_the_client(&error) => {}
            // Such as too many open files: that passes.
            Err(error) => {
                tracing::error!(%error, "cannot accept a connection");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

fn is_of_the_client(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// A body that breaks off when nothing more of it has arrived for too long.
struct Lively {
    body: Incoming,
    patience: Duration,
    /// Runs while something is awaited.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Lively {
    fn new(body: Incoming, patience: Duration) -> Self {
        Self { body, patience, waiting: None }
    }
}

impl http_body::Body for Lively {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            this.waiting = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)));
        }
        let waiting = this.waiting.get_or_insert_with(|| Box::pin(sleep(this.patience)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Some(Err(axum::Error::new("nothing more of the body arrived"))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        extract::rejection::StringRejection,
        routing::{get, post},
    };
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::oneshot,
        time::timeout,
    };

    use super::*;

    const HEAD: &str = "GET /who HTTP/1.1\r\nHost: here\r\n";

    /// Who asks, and what they send.
    fn router() -> Router {
        let said = async |body: Result<String, StringRejection>| body.unwrap_or_else(|_| "broken off".to_owned());
        Router::new()
            .route("/who", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string()))
            .route("/say", post(said))
    }

    async fn send(address: SocketAddr, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// All that is answered until the connection ends.
    async fn answered(mut stream: TcpStream) -> String {
        let mut text = String::new();
        let read = timeout(Duration::from_secs(20), stream.read_to_string(&mut text)).await;
        read.expect("the connection ends").unwrap();
        text
    }

    #[tokio::test]
    async fn whoever_dawdles_keeps_nobody_else_out() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let short = Duration::from_millis(300);
        let limits = Limits { connections: 2, head: short, body: short };
        let serving = tokio::spawn(serve(listener, router(), limits, async move { drop(stopped.await) }));

        let halves = [send(address, HEAD).await, send(address, HEAD).await];
        let asks = send(address, &format!("{HEAD}Connection: close\r\n\r\n")).await;
        assert!(answered(asks).await.ends_with("127.0.0.1"), "it waits for a place and gets one");
        for half in halves {
            assert_eq!(answered(half).await, "");
        }

        let stalled = send(address, "POST /say HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nhalf").await;
        assert!(answered(stalled).await.contains("broken off"));

        let mut slow =
            send(address, "POST /say HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: 9\r\n\r\n").await;
        for letter in "all of it".chars() {
            sleep(short / 3).await;
            slow.write_all(&[letter as u8]).await.unwrap();
        }
        assert!(answered(slow).await.ends_with("all of it"), "slow is not stalled");

        stop.send(()).unwrap();
        timeout(Duration::from_secs(5), serving).await.expect("it ends").unwrap();
    }

    #[test]
    fn there_is_room_for_what_connections_ask_for() {
        let limits = Limits::of_this_process();
        assert!(limits.connections as u64 <= getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX) / 2);
    }
}
