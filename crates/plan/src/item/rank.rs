//! Ranks are texts whose bytes sort as the items of a backlog do: eight digits of base 62 that
//! count, and a fraction where there is no whole number left between two of them. Between any two
//! ranks there is another one. One that has grown long is the sign to spread its surroundings.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// How many digits count.
const WHOLE: usize = 8;
const BASE: i64 = 62;
/// Where a backlog's first item lies, in the middle of all numbers.
const MIDDLE: i64 = 62_i64.pow(8) / 2;
/// From an item to one that is added after it: room for a dozen between them.
const STEP: i64 = 62 * 62;
/// A rank of so many characters asks for its surroundings to be spread.
pub const LONG: usize = 24;

/// A rank after one and before another. `after` must sort before `before`.
pub fn between(after: Option<&str>, before: Option<&str>) -> String {
    match (after, before) {
        (None, None) => whole(MIDDLE),
        (Some(after), None) => whole(number(after) + STEP),
        (None, Some(before)) => whole(number(before) - STEP),
        (Some(after), Some(before)) => {
            let (low, high) = (number(after), number(before));
            if high - low > 1 {
                return whole(low + (high - low) / 2);
            }
            let until = (high == low).then(|| &before.as_bytes()[WHOLE..]);
            let fraction = middle(&after.as_bytes()[WHOLE..], until);
            format!("{}{fraction}", &after[..WHOLE])
        }
    }
}

/// `count` whole ranks between two others, evenly; none when there is not enough room.
pub fn spread(after: Option<&str>, before: Option<&str>, count: usize) -> Option<Vec<String>> {
    let many = i64::try_from(count).ok()? + 1;
    let (low, high) = match (after.map(number), before.map(number)) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, low + STEP * many),
        (None, Some(high)) => (high - STEP * many, high),
        (None, None) => (MIDDLE, MIDDLE + STEP * many),
    };
    let step = (high - low) / many;
    (step > 1).then(|| (1..many).map(|place| whole(low + step * place)).collect())
}

fn number(rank: &str) -> i64 {
    rank.bytes().take(WHOLE).fold(0, |number, digit| number * BASE + value(digit))
}

fn whole(number: i64) -> String {
    let mut digits = [b'0'; WHOLE];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % BASE) as usize];
        rest /= BASE;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

fn value(digit: u8) -> i64 {
    DIGITS.iter().position(|known| *known == digit).unwrap_or(0) as i64
}

/// A fraction between two others, of which the first sorts before the second; none: up to one. It
/// never ends with `0`, so there is always one before it.
fn middle(low: &[u8], high: Option<&[u8]>) -> String {
    let mut out = String::new();
    let mut low = low;
    let mut high = high;
    loop {
        let first = low.first().map_or(0, |digit| value(*digit));
        let last = high.map_or(BASE, |high| high.first().map_or(0, |digit| value(*digit)));
        match last - first {
            0 => {
                out.push(char::from(DIGITS[first as usize]));
                high = high.map(|high| high.get(1..).unwrap_or_default());
            }
            1 => {
                out.push(char::from(DIGITS[first as usize]));
                high = None;
            }
            gap => {
                out.push(char::from(DIGITS[(first + gap / 2) as usize]));
                return out;
            }
        }
        low = low.get(1..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_ends_move_by_steps() {
        let first = between(None, None);
        let second = between(Some(&first), None);
        assert_eq!((first.as_str(), second.as_str()), ("V0000000", "V0000100"));
        assert_eq!(between(Some(&first), Some(&second)), "V00000V0");
        assert_eq!(between(None, Some(&first)), "Uzzzzz00");
        assert_eq!(between(Some("V0000000"), Some("V0000001")), "V0000000V");
        assert_eq!(between(Some("V0000000V"), Some("V0000000W")), "V0000000VV");
        assert_eq!(between(Some("V0000000"), Some("V00000001")), "V00000000V");
    }

    #[test]
    fn a_place_asked_for_again_and_again_grows_slowly() {
        let (low, mut high) = (between(None, None), between(Some(&between(None, None)), None));
        let mut count = 0;
        while high.len() < LONG {
            high = between(Some(&low), Some(&high));
            count += 1;
        }
        assert!(count > 80, "{count} insertions until a rank is long");
    }

    proptest! {
        /// Whatever is inserted wherever: all ranks differ and sort as the list does.
        #[test]
        fn ranks_sort_as_the_list_does(places in prop::collection::vec(any::<prop::sample::Index>(), 1..400)) {
            let mut list: Vec<String> = Vec::new();
            for place in places {
                let at = place.index(list.len() + 1);
                let (after, before) = (at.checked_sub(1).map(|i| list[i].clone()), list.get(at).cloned());
                list.insert(at, between(after.as_deref(), before.as_deref()));
            }
            prop_assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
        }

        #[test]
        fn a_spread_lies_between_its_ends(gap in 1..100_000_i64, count in 0..300_usize) {
            let (low, high) = (whole(MIDDLE), whole(MIDDLE + gap));
            let Some(ranks) = spread(Some(&low), Some(&high), count) else {
                prop_assert!(gap / (count as i64 + 1) <= 1);
                return Ok(());
            };
            prop_assert_eq!(ranks.len(), count);
            let all: Vec<&String> = std::iter::once(&low).chain(&ranks).chain(std::iter::once(&high)).collect();
            prop_assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", all);
        }
    }
}
