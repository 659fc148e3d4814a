//! Batches that cost little to make, since whoever makes them shares the machine with the server: a
//! request is worded once, then only its numbers are written over.

use crate::client::Requests;

/// Different metrics of a batch; each has its share of the points.
pub const KEYS: usize = 10;

/// The key of a point of a batch.
pub fn key(point: usize, keys: usize) -> String {
    format!("layer{}/loss", point % keys)
}

/// Digits of a value behind the point, as many as Python writes of most doubles.
const VALUE: usize = 16;
const MOMENT: usize = 13;
const STEP: usize = 8;
const FIRST_STEP: i64 = 10_000_000;

pub struct Batch {
    body: String,
    /// Where the numbers of each point stand: value, moment, step.
    places: Vec<[usize; 3]>,
    first_moment: i64,
}

impl Batch {
    /// So many points of so many series.
    pub fn new(run: &str, points: usize, keys: usize, first_moment: i64) -> Self {
        let mut batch = Self {
            body: format!("{{\"run_id\": \"{run}\", \"metrics\": ["),
            places: Vec::with_capacity(points),
            first_moment,
        };
        for point in 0..points {
            let comma = if point == 0 { "" } else { ", " };
            batch.body += &format!("{comma}{{\"key\": \"{}\", \"value\": 0.", key(point, keys));
            let value = batch.number(VALUE);
            batch.body += ", \"timestamp\": ";
            let moment = batch.number(MOMENT);
            batch.body += ", \"step\": ";
            let step = batch.number(STEP);
            batch.body += "}";
            batch.places.push([value, moment, step]);
        }
        batch.body += "], \"params\": [], \"tags\": []}";
        batch
    }

    /// Leaves room for a number.
    fn number(&mut self, digits: usize) -> usize {
        self.body += &"0".repeat(digits);
        self.body.len() - digits
    }

    /// One batch after the other, each as the request that `word` makes of its body.
    pub fn requests(self, word: impl Fn(&[u8]) -> Vec<u8>) -> Requests {
        let mut request = word(self.body.as_bytes());
        let start = request.len() - self.body.len();
        let mut next = 0_i64;
        Box::new(move |out| {
            for [value, moment, step] in &self.places {
                // A large prime spreads the values.
                write_digits(&mut request[start + value..][..VALUE], next.wrapping_mul(7_919_000_000_003) & i64::MAX);
                write_digits(&mut request[start + moment..][..MOMENT], self.first_moment + next);
                write_digits(&mut request[start + step..][..STEP], FIRST_STEP + next);
                next += 1;
            }
            out.extend_from_slice(&request);
            true
        })
    }
}

fn write_digits(place: &mut [u8], number: i64) {
    let mut rest = number;
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}
