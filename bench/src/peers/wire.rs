//! One request at a time, for what is not measured: making experiments and runs, waiting for a start.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

use crate::Result;

/// Where a server speaks MLflow's protocol, and as whom one asks it.
#[derive(Clone)]
pub struct Wire {
    pub address: SocketAddr,
    /// What stands before `/api`.
    pub prefix: &'static str,
    pub secret: Option<String>,
}

impl Wire {
    /// A whole request as the Python client words it.
    pub fn request(&self, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
        let authorization = self.secret.as_ref().map(|secret| format!("Authorization: Bearer {secret}\r\n"));
        let head = format!(
            "{method} {}{path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: mlflow-python-client/3.17.0\r\nAccept: */*\r\n\
             Connection: keep-alive\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.prefix,
            self.address,
            authorization.unwrap_or_default(),
            body.len()
        );
        [head.as_bytes(), body].concat()
    }

    pub fn call(&self, call: &str, body: &Value) -> Vec<u8> {
        self.request("POST", &format!("/api/2.0/mlflow/{call}"), body.to_string().as_bytes())
    }

    pub fn post(&self, call: &str, body: &Value) -> Result<Value> {
        let answer = self.send(&self.call(call, body))?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("an answer without a head")?;
        if !head.starts_with("HTTP/1.1 200") {
            return Err(format!("{call} was refused: {head}\n{body}").into());
        }
        Ok(serde_json::from_str(body)?)
    }

    pub fn is_up(&self) -> bool {
        let asked = self.send(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        asked.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    /// The answer to a request, read until the server has nothing more to say.
    fn send(&self, request: &[u8]) -> Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let closing = String::from_utf8_lossy(request).replacen("Connection: keep-alive", "Connection: close", 1);
        stream.write_all(closing.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}
