//! Bodies that came compressed, with a limit on what comes out.

use std::io::{self, Read};

use base::{Result, refuse::too_large};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::mlflow::fields::refused;

/// The body as its encoding says, at most so many bytes of it.
pub fn inflated(body: &[u8], encoding: &str, most: usize) -> Result<Vec<u8>> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(body.to_vec()),
        "gzip" | "x-gzip" => whole(|| MultiGzDecoder::new(body), most)?.ok_or_else(|| broken("gzip")),
        // Some clients send the bare stream, without the header that the name stands for.
        "deflate" => match whole(|| ZlibDecoder::new(body), most)? {
            Some(bytes) => Ok(bytes),
            None => whole(|| DeflateDecoder::new(body), most)?.ok_or_else(|| broken("deflate")),
        },
        other => Err(refused(format!("The Content-Encoding {other:?} is not known here. Send gzip, deflate or none."))),
    }
}

/// None where it cannot be read to its end. It is measured before room is made for it.
fn whole<R: Read>(from: impl Fn() -> R, most: usize) -> Result<Option<Vec<u8>>> {
    let limit = most as u64 + 1;
    let Ok(size) = io::copy(&mut from().take(limit), &mut io::sink()) else { return Ok(None) };
    if size == limit {
        return Err(too_large(format!("The body holds more than {} MiB once inflated.", most / 1024 / 1024)));
    }
    let mut bytes = vec![0; size as usize];
    Ok(from().read_exact(&mut bytes).ok().map(|()| bytes))
}

fn broken(encoding: &str) -> base::Error {
    refused(format!("The body is no complete {encoding} stream, which its Content-Encoding says it is."))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };

    use super::*;

    #[test]
    fn what_was_compressed_comes_out_again_up_to_the_limit() {
        let text = vec![7; 10_000];
        let mut packed = Vec::new();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&text).unwrap();
        packed.push(("gzip", gzip.finish().unwrap()));
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(&text).unwrap();
        packed.push(("deflate", zlib.finish().unwrap()));
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::best());
        bare.write_all(&text).unwrap();
        packed.push(("Deflate", bare.finish().unwrap()));
        for (encoding, bytes) in packed {
            assert_eq!(inflated(&bytes, encoding, 10_000).unwrap(), text, "{encoding}");
            assert!(inflated(&bytes, encoding, 9_999).unwrap_err().detail().contains("more than"), "{encoding}");
            assert!(inflated(&bytes[..bytes.len() / 2], encoding, 10_000).is_err(), "{encoding}");
        }
        assert!(inflated(b"not compressed at all", "gzip", 10_000).is_err());
        assert!(inflated(b"x", "br", 10_000).unwrap_err().detail().contains("gzip"));
        assert_eq!(inflated(b"x", "", 10_000).unwrap(), b"x");
    }
}
