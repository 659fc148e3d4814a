//! A load generator that costs little: it shares the machine with what it measures. One thread
//! drives all connections; each has one request on its way at a time.

use std::{
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Registry, Token, net::TcpStream};

use crate::{
    Result,
    load::{Bound, Figure, Tally},
};

/// Writes the next request into the empty buffer; false when there is none left.
pub type Requests = Box<dyn FnMut(&mut Vec<u8>) -> bool>;

/// A server that says nothing for so long has failed.
const SILENCE: Duration = Duration::from_secs(30);

/// Sends what each connection has to send, one request after the other, until the bound. Every
/// answer must say that it was done.
pub fn drive(address: SocketAddr, mut connections: Vec<Requests>, bound: Bound) -> Result<Figure> {
    drive_on(address, &mut connections, bound)
}

/// [`drive`] for requests that go on afterwards, where they stopped.
pub fn drive_on(address: SocketAddr, connections: &mut [Requests], bound: Bound) -> Result<Figure> {
    let figure = drive_past_failures(address, connections, bound)?;
    if figure.failures > 0 {
        return Err(format!("the server failed {} times", figure.failures).into());
    }
    Ok(figure)
}

/// [`drive_on`] for a server that may answer some with an error of its own (500 and above); they are counted by themselves.
pub fn drive_past_failures(address: SocketAddr, connections: &mut [Requests], bound: Bound) -> Result<Figure> {
    let mut poll = Poll::new()?;
    let bound = bound.shared_by(connections.len());
    let mut open = Vec::new();
    for (number, requests) in connections.iter_mut().enumerate() {
        let connection = Connection::open(address, requests, poll.registry().try_clone()?, Token(number))?;
        open.push(connection);
    }
    let mut tallies: Vec<Tally> = open.iter().map(|_| Tally::start(bound)).collect();
    let mut busy = 0;
    for (connection, tally) in open.iter_mut().zip(&tallies) {
        busy += usize::from(connection.ask(tally)?);
    }
    let mut events = Events::with_capacity(open.len());
    while busy > 0 {
        poll.poll(&mut events, Some(SILENCE))?;
        if events.is_empty() {
            return Err("the server answers no more".into());
        }
        for event in &events {
            let Token(number) = event.token();
            if !open[number].advance(&mut tallies[number])? {
                busy -= 1;
            }
        }
    }
    Ok(Figure::of(tallies))
}

/// Asks once. Answers the body, which must have a length of its own.
pub fn once(address: SocketAddr, request: &[u8]) -> Result<Vec<u8>> {
    let mut stream = std::net::TcpStream::connect(address)?;
    stream.set_read_timeout(Some(SILENCE))?;
    stream.write_all(request)?;
    let mut got = Vec::new();
    let mut part = vec![0; 64 * 1024];
    loop {
        let read = stream.read(&mut part)?;
        got.extend_from_slice(&part[..read]);
        match read_head(&got)? {
            Some(Answer { end: End::Length(length), failed: false, .. }) if length == got.len() => break,
            Some(Answer { failed: true, .. }) => return Err("the server failed".into()),
            _ if read == 0 => return Err("the server closed a connection".into()),
            _ => {}
        }
    }
    let head = got.windows(4).position(|four| four == b"\r\n\r\n").ok_or("an answer has no head")?;
    Ok(got.split_off(head + 4))
}

struct Connection<'r> {
    address: SocketAddr,
    registry: Registry,
    token: Token,
    stream: TcpStream,
    requests: &'r mut Requests,
    out: Vec<u8>,
    sent: usize,
    got: Vec<u8>,
    filled: usize,
    /// What its head says, once it has arrived.
    answer: Option<Answer>,
    asked: Instant,
    finished: bool,
}

impl<'r> Connection<'r> {
    fn open(address: SocketAddr, requests: &'r mut Requests, registry: Registry, token: Token) -> Result<Self> {
        Ok(Self {
            address,
            stream: connect(address, &registry, token)?,
            registry,
            token,
            requests,
            out: Vec::new(),
            sent: 0,
            got: vec![0; 64 * 1024],
            filled: 0,
            answer: None,
            asked: Instant::now(),
            finished: false,
        })
    }

    /// Sends the next request. False when it was the last one before.
    fn ask(&mut self, tally: &Tally) -> Result<bool> {
        self.out.clear();
        self.finished = !(tally.goes_on() && (self.requests)(&mut self.out));
        if !self.finished {
            if self.answer.is_some_and(|answer| answer.closes) {
                self.stream = connect(self.address, &self.registry, self.token)?;
            }
            (self.sent, self.filled, self.answer, self.asked) = (0, 0, None, Instant::now());
            self.send()?;
        }
        Ok(!self.finished)
    }

    fn send(&mut self) -> Result<()> {
        while self.sent < self.out.len() {
            match self.stream.write(&self.out[self.sent..]) {
                Ok(n) => self.sent += n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }

    /// Goes on where the socket lets it. False when this connection has just ended.
    fn advance(&mut self, tally: &mut Tally) -> Result<bool> {
        if self.finished {
            return Ok(true);
        }
        self.send()?;
        loop {
            if self.filled == self.got.len() {
                self.got.resize(self.got.len() * 2, 0);
            }
            match self.stream.read(&mut self.got[self.filled..]) {
                Ok(0) => return Err("the server closed a connection".into()),
                Ok(n) => self.filled += n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(e) => return Err(e.into()),
            }
            let got = &self.got[..self.filled];
            if self.answer.is_none() {
                self.answer = read_head(got)?;
            }
            if let Some(answer) = self.answer.filter(|answer| answer.end.is_reached(got)) {
                if answer.failed {
                    tally.failed();
                } else {
                    tally.answered(self.asked);
                }
                return self.ask(tally);
            }
        }
    }
}

/// Connecting waits, so that only requests are measured.
fn connect(address: SocketAddr, registry: &Registry, token: Token) -> Result<TcpStream> {
    let stream = std::net::TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    let mut stream = TcpStream::from_std(stream);
    registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
    Ok(stream)
}

#[derive(Clone, Copy)]
struct Answer {
    end: End,
    /// The server takes no further request on this connection.
    closes: bool,
    /// With an error of the server's own.
    failed: bool,
}

#[derive(Clone, Copy)]
enum End {
    /// After so many bytes.
    Length(usize),
    /// With the empty chunk.
    Chunk,
}

impl End {
    fn is_reached(self, answer: &[u8]) -> bool {
        match self {
            End::Length(length) => answer.len() == length,
            End::Chunk => answer.ends_with(b"\r\n0\r\n\r\n"),
        }
    }
}

/// What the head of an answer says, once it is there. A refusal is an error.
fn read_head(answer: &[u8]) -> Result<Option<Answer>> {
    let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&answer[..head])?;
    let failed = text.starts_with("HTTP/1.1 5");
    if !failed && !["HTTP/1.1 200 ", "HTTP/1.1 201 "].iter().any(|done| text.starts_with(done)) {
        return Err(format!("a request was refused: {}", String::from_utf8_lossy(answer)).into());
    }
    let lower = text.to_ascii_lowercase();
    let closes = lower.contains("connection: close");
    if lower.contains("transfer-encoding: chunked") {
        return Ok(Some(Answer { end: End::Chunk, closes, failed }));
    }
    let length = text.lines().find_map(content_length).ok_or("an answer has no Content-Length")?;
    Ok(Some(Answer { end: End::Length(head + 4 + length), closes, failed }))
}

fn content_length(line: &str) -> Option<usize> {
    let (name, value) = line.split_once(':')?;
    if name.eq_ignore_ascii_case("content-length") { value.trim().parse().ok() } else { None }
}
