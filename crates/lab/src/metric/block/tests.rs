//! What goes into a block comes out again, and whatever bytes there are, reading them does no harm.

use base::Time;
use proptest::prelude::*;

use super::{MOST, ROOM, cut, decode, encode};
use crate::metric::{Kept, Point};

fn kept(at: i64, step: i64, value: f64) -> Kept {
    Kept::new(Point { at: Time(at), step, value })
}

/// As training logs: evenly, with a loss that is a float.
fn training(count: i64) -> Vec<Kept> {
    (0..count).map(|n| kept(1_772_442_000_000 + n * 150, n * 10, f64::from(1.0 / (n + 1) as f32))).collect()
}

fn any_number() -> impl Strategy<Value = i64> {
    prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>(), -3i64..3, 1_772_442_000_000i64..1_772_442_000_100]
}

fn any_value() -> impl Strategy<Value = f64> {
    let odd = prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, -0.0]);
    prop_oneof![any::<f64>(), odd, Just(0.5), any::<f32>().prop_map(f64::from)]
}

fn sorted() -> impl Strategy<Value = Vec<Kept>> {
    let point = (any_number(), any_number(), any_value()).prop_map(|(at, step, value)| kept(at, step, value));
    prop::collection::vec(point, 1..200).prop_map(|mut points| {
        points.sort_by(Kept::order);
        points.dedup();
        points
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn points_come_back_as_they_were(points in sorted()) {
        prop_assert_eq!(decode(&encode(&points)).unwrap(), points);
    }

    #[test]
    fn cutting_loses_nothing(points in sorted()) {
        let blocks = cut(&points);
        for block in &blocks {
            let here = decode(&block.body).unwrap();
            let steps = here.iter().map(|point| point.step);
            prop_assert_eq!(block.steps, (steps.clone().min().unwrap(), steps.max().unwrap()));
            prop_assert_eq!((block.first_at, block.last), (here[0].at, here[here.len() - 1]));
            prop_assert_eq!(block.points, here.len() as i64);
        }
        let all: Vec<Kept> = blocks.iter().flat_map(|block| decode(&block.body).unwrap()).collect();
        prop_assert_eq!(all, points);
    }

    #[test]
    fn nonsense_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for version in [&bytes[..], &[&[1], &bytes[..]].concat()] {
            if let Some(points) = decode(version) {
                prop_assert!((1..=MOST).contains(&points.len()) && points.is_sorted_by(|a, b| a.order(b).is_lt()));
            }
        }
    }

    #[test]
    fn a_damaged_block_does_no_harm(points in sorted(), place in any::<prop::sample::Index>(), bit in 0..8) {
        let whole = encode(&points);
        let mut damaged = whole.clone();
        damaged[place.index(whole.len())] ^= 1u8 << bit;
        if let Some(read) = decode(&damaged) {
            prop_assert!(read.is_sorted_by(|a, b| a.order(b).is_lt()));
        }
        prop_assert_eq!(decode(&whole[..place.index(whole.len())]), None, "a part is no block");
        prop_assert_eq!(decode(&[&whole[..], &[0]].concat()), None, "nor is more than one");
    }
}

#[test]
fn a_point_of_training_takes_few_bytes() {
    let body = encode(&training(1_000));
    assert!(body.len() < 4_050, "{} bytes for 1,000 points, evenly", body.len());
    let uneven: Vec<Kept> =
        training(1_000).into_iter().map(|point| Kept { at: Time(point.at.ms() + point.step % 7), ..point }).collect();
    assert!(encode(&uneven).len() < 6_050, "{} bytes for 1,000 points, unevenly", encode(&uneven).len());
    let doubles: Vec<Kept> =
        training(100).into_iter().map(|point| Kept { value: 1.0 / 3.0 + point.value, ..point }).collect();
    assert!(encode(&doubles).len() < 850, "{} bytes for 100 doubles", encode(&doubles).len());
}

#[test]
fn blocks_are_no_larger_than_they_should_be() {
    for count in [1, 100, 1_024, 1_025, 5_000] {
        let blocks = cut(&training(count));
        assert_eq!(blocks.iter().map(|block| block.points).sum::<i64>(), count);
        assert!(
            blocks.iter().all(|block| block.body.len() <= ROOM && block.points <= MOST as i64),
            "of {count} points"
        );
    }
}

/// What was written once must be readable for ever.
#[test]
fn the_format_stays() {
    let points = [kept(1_000, -1, 0.5), kept(1_010, 3, f64::NAN), kept(1_010, 4, 1.0 / 3.0)];
    let body = "0103d00f0114000101080202000000000000e03f0000000000000000555555555555d53f01000100";
    assert_eq!(hex::encode(encode(&points)), body);
    assert_eq!(decode(&hex::decode(body).unwrap()).unwrap(), points);
}
