//! Bytes that are too large for the database. They lie under their SHA-256, so the same bytes lie
//! there once, and nothing can be read that was not written whole.
//!
//! Today there is one place for them, a local folder; an object store would be a second [`Place`].

mod folder;
mod parts;
#[cfg(test)]
mod tests;

use std::{fmt, path::PathBuf, pin::Pin, sync::Arc, time::Duration};

use base::{
    Result,
    refuse::{internal, not_found},
};
use bytes::Bytes;
use folder::Folder;
use futures_util::Stream;

/// A handle on the place where the bytes lie; copying it is cheap.
#[derive(Clone)]
pub struct Blob {
    place: Arc<Place>,
}

enum Place {
    Folder(Folder),
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// In bytes.
    pub size: u64,
}

/// A part of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it begins, in bytes from the start.
    pub start: u64,
    /// How many bytes.
    pub length: u64,
}

pub type Chunks = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>;

/// Bytes on their way out, a chunk at a time.
pub struct Reading {
    /// How many bytes there are in all, whatever part is read.
    pub size: u64,
    pub chunks: Chunks,
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Blob {
    /// Keeps the bytes in a folder that is made when it is missing and that only its owner may read.
    pub fn folder(path: impl Into<PathBuf>) -> Result<Self> {
        let folder = Folder::at(path.into())?;
        Ok(Self { place: Arc::new(Place::Folder(folder)) })
    }

    /// Takes a stream to its end and answers once the bytes are durable. Memory stays constant.
    /// When the stream breaks or the disk is full, nothing stays behind.
    pub async fn put<E: fmt::Display>(&self, bytes: impl Stream<Item = Result<Bytes, E>> + Send) -> Result<Written> {
        match &*self.place {
            Place::Folder(folder) => folder.put(bytes).await,
        }
    }

    /// Takes one part of an upload in, as [`Blob::put`] does. Nobody can read it before the upload is
    /// assembled. `upload` is a name of hexadecimal digits.
    pub async fn put_part<E: fmt::Display>(
        &self,
        upload: &str,
        number: u32,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<Written> {
        check_upload(upload)?;
        match &*self.place {
            Place::Folder(folder) => folder.put_part(upload, number, bytes).await,
        }
    }

    /// Makes content of the parts, from the first on, each with the digest that it must have. Refused
    /// where one is missing or another. The parts stay until [`Blob::drop_parts`].
    pub async fn assemble(&self, upload: &str, digests: &[String]) -> Result<Written> {
        check_upload(upload)?;
        match &*self.place {
            Place::Folder(folder) => folder.assemble(upload, digests).await,
        }
    }

    /// Removes what has arrived of an upload, if anything has.
    pub async fn drop_parts(&self, upload: &str) -> Result<()> {
        check_upload(upload)?;
        match &*self.place {
            Place::Folder(folder) => folder.drop_parts(upload).await,
        }
    }

    /// Opens the bytes for reading, all of them or a part; a part beyond their end is cut there.
    pub async fn open(&self, sha256: &str, part: Option<Part>) -> Result<Reading> {
        check_name(sha256)?;
        match &*self.place {
            Place::Folder(folder) => folder.open(sha256, part).await,
        }
    }

    /// Removes bytes that were last written longer than `age` ago and says whether it did. Bytes
    /// that someone is about to refer to are young, so `age` keeps them safe.
    pub async fn remove(&self, sha256: &str, age: Duration) -> Result<bool> {
        check_name(sha256)?;
        match &*self.place {
            Place::Folder(folder) => folder.remove(sha256, age).await,
        }
    }

    /// Reads the bytes and says whether they still are what their name says.
    pub async fn verify(&self, sha256: &str) -> Result<bool> {
        check_name(sha256)?;
        match &*self.place {
            Place::Folder(folder) => folder.verify(sha256).await,
        }
    }
}

/// Names come from our own tables, but a name is also part of a path.
fn check_name(sha256: &str) -> Result<()> {
    let good = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if good { Ok(()) } else { Err(not_found("content")) }
}

fn check_upload(name: &str) -> Result<()> {
    let good = !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
    if good { Ok(()) } else { Err(not_found("upload")) }
}

/// What an error of the file system means to the caller.
fn explain(error: std::io::Error) -> base::Error {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => base::refuse::unavailable(
            "The disk that holds the artifacts is full. Nothing was stored; free some space and try again.",
        ),
        _ => internal(error),
    }
}
