//! A block keeps a sorted run of points of one series in a few bytes a point: column by column, since
//! neighbours resemble each other. A block never changes; late points replace it.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | the version of this format, 1 |
//! | varint | how many points, 1 to 1,024 |
//! | column of integers | moments, in milliseconds |
//! | column of integers | steps |
//! | column of doubles | values |
//! | column of flags | what is odd about the values |
//!
//! A column of integers is its first number, a kind, and gaps: one for all where they are even, else
//! one for each pair of neighbours; all are zigzag varints. A column of doubles is a kind, then one
//! double for all, or a float each where all are floats (which is what most training computes in), or
//! a double each; least byte first. A column of flags is a kind, then nothing where all are 0, or a
//! byte each.

mod bytes;
pub mod store;
#[cfg(test)]
mod tests;

use base::{Result, Time, refuse::internal};
use db::Tx;

use super::Kept;
use bytes::{Reader, write_doubles, write_flags, write_integers, write_varint};

#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub last: Kept,
    pub points: i64,
    pub first_at: Time,
    /// The least and the greatest.
    pub steps: (i64, i64),
    pub body: Vec<u8>,
}

/// A block as the store finds it.
pub struct Found {
    pub last: Kept,
    pub body: Vec<u8>,
}

const VERSION: u8 = 1;

/// Points of a block at most.
const MOST: usize = 1_024;

/// Bytes of a body, as far as possible: two blocks fill a page of SQLite, and PostgreSQL leaves larger
/// ones outside of their rows.
const ROOM: usize = 1_900;

/// Puts sorted points into blocks of about the same size.
pub fn cut(points: &[Kept]) -> Vec<Block> {
    let mut blocks = Vec::new();
    for points in points.chunks(MOST) {
        let body = encode(points);
        let parts = body.len().div_ceil(ROOM);
        if parts == 1 {
            blocks.extend(Block::new(points, body));
        } else {
            let some = points.chunks(points.len().div_ceil(parts));
            blocks.extend(some.filter_map(|points| Block::new(points, encode(points))));
        }
    }
    blocks
}

impl Block {
    /// None where there are no points.
    fn new(points: &[Kept], body: Vec<u8>) -> Option<Self> {
        let (first, last) = (points.first()?, points.last()?);
        let steps = points.iter().map(|point| point.step);
        let steps = (steps.clone().min()?, steps.max()?);
        Some(Self { last: *last, points: points.len() as i64, first_at: first.at, steps, body })
    }
}

impl Found {
    pub fn points(&self) -> Result<Vec<Kept>> {
        decode(&self.body).ok_or_else(|| internal("a block of points cannot be read"))
    }
}

/// Those of the sorted points that no block holds. Looks only at the blocks into which they fall.
pub fn missing(tx: &mut Tx, metric: i64, points: &[Kept]) -> Result<Vec<Kept>> {
    let mut missing = Vec::with_capacity(points.len());
    let mut rest = points;
    while let Some(first) = rest.first() {
        let Some(block) = store::reaching(tx, metric, *first)? else {
            missing.extend(rest);
            break;
        };
        let known = block.points()?;
        let (reached, beyond) = rest.split_at(rest.partition_point(|point| point.order(&block.last).is_le()));
        missing.extend(reached.iter().filter(|point| known.binary_search_by(|known| known.order(point)).is_err()));
        rest = beyond;
    }
    Ok(missing)
}

fn encode(points: &[Kept]) -> Vec<u8> {
    let mut body = Vec::with_capacity(64 + points.len() * 12);
    body.push(VERSION);
    write_varint(&mut body, points.len() as u64);
    write_integers(&mut body, points.iter().map(|point| point.at.ms()));
    write_integers(&mut body, points.iter().map(|point| point.step));
    write_doubles(&mut body, points.iter().map(|point| point.value));
    write_flags(&mut body, points.iter().map(|point| point.odd as u8));
    body
}

/// None where the body is none that [`encode`] writes.
fn decode(body: &[u8]) -> Option<Vec<Kept>> {
    let mut reader = Reader(body);
    let (version, count) = (reader.byte()?, usize::try_from(reader.varint()?).ok()?);
    if version != VERSION || !(1..=MOST).contains(&count) {
        return None;
    }
    let (moments, steps) = (reader.integers(count)?, reader.integers(count)?);
    let (values, flags) = (reader.doubles(count)?, reader.flags(count)?);
    let places = moments.into_iter().zip(steps).zip(values.into_iter().zip(flags));
    let kept = |((at, step), (value, odd))| Kept { step, at: Time(at), value, odd: i64::from(odd) };
    let points: Vec<Kept> = places.map(kept).collect();
    let sorted = points.is_sorted_by(|a, b| a.order(b).is_lt());
    (reader.0.is_empty() && sorted).then_some(points)
}
