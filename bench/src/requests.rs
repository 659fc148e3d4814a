//! What the load through HTTP consists of: requests as the Python client of MLflow words them.

use std::net::SocketAddr;

use base::RunId;

use crate::{
    batch::{Batch, KEYS},
    client::Requests,
    ground::PROJECT,
};

/// When the first point was measured; each load has its own moments, so that no two points are one.
const FIRST: i64 = 1_772_442_000_000;
/// So many points a load may log into one series.
const ROOM: i64 = 100_000_000;

pub fn moment(load: i64, step: i64) -> i64 {
    FIRST + load * ROOM + step
}

/// GET /health, again and again.
pub fn hello(address: SocketAddr) -> Requests {
    let request = format!("GET /health HTTP/1.1\r\nHost: {address}\r\n\r\n");
    Box::new(move |out| {
        out.extend_from_slice(request.as_bytes());
        true
    })
}

/// Where requests go, as whom, and to which run.
#[derive(Clone)]
pub struct Target {
    pub address: SocketAddr,
    pub secret: String,
    pub run: RunId,
}

impl Target {
    /// A call that asks something.
    pub fn ask(&self, call: &str, body: &serde_json::Value) -> Vec<u8> {
        let body = body.to_string();
        (self.head(call, body.len()) + &body).into_bytes()
    }

    /// A call that reads something, with its question.
    pub fn look(&self, call: &str) -> Vec<u8> {
        let (address, secret) = (self.address, &self.secret);
        format!(
            "GET /p/{PROJECT}/api/2.0/mlflow/{call} HTTP/1.1\r\nHost: {address}\r\n\
             User-Agent: mlflow-python-client/3.17.0\r\nAccept: */*\r\nAuthorization: Bearer {secret}\r\n\r\n"
        )
        .into_bytes()
    }

    fn head(&self, call: &str, length: usize) -> String {
        format!(
            "POST /p/{PROJECT}/api/2.0/mlflow/runs/{call} HTTP/1.1\r\nHost: {}\r\n\
             User-Agent: mlflow-python-client/3.17.0\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\n\
             Connection: keep-alive\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n",
            self.address, self.secret
        )
    }

    /// One point a request, all of one series.
    pub fn singles(self, load: i64) -> Requests {
        let head = self.head("log-metric", self.single(load, 0).len());
        let mut step = 0;
        Box::new(move |out| {
            out.extend_from_slice(head.as_bytes());
            out.extend_from_slice(self.single(load, step).as_bytes());
            step += 1;
            true
        })
    }

    /// Numbers have a fixed width here, so that the head stays the same.
    fn single(&self, load: i64, step: i64) -> String {
        let (run, value, at, step) = (&self.run, step * 7_919 % 99_999_989, moment(load, step), 1_000_000 + step);
        format!(
            "{{\"run_uuid\": \"{run}\", \"run_id\": \"{run}\", \"key\": \"loss\", \"value\": 0.{value:08}, \
             \"timestamp\": {at}, \"step\": {step}}}"
        )
    }

    /// Many points a request, of several series.
    pub fn batches(self, load: i64, points: usize) -> Requests {
        let batch = Batch::new(self.run.as_str(), points, KEYS, moment(load, 0));
        batch.requests(move |body| [self.head("log-batch", body.len()).as_bytes(), body].concat())
    }
}
