//! Columns of numbers as bytes. Reading trusts nothing.

/// Kinds of columns.
const EVEN: u8 = 0;
const UNEVEN: u8 = 1;
const SAME: u8 = 0;
const FLOATS: u8 = 1;
const DOUBLES: u8 = 2;
const ORDINARY: u8 = 0;
const MIXED: u8 = 1;

pub fn write_integers(out: &mut Vec<u8>, numbers: impl Iterator<Item = i64> + Clone) {
    let gaps = numbers.clone().zip(numbers.clone().skip(1)).map(|(one, next)| next.wrapping_sub(one));
    let first_gap = gaps.clone().next().unwrap_or_default();
    write_signed(out, numbers.clone().next().unwrap_or_default());
    if gaps.clone().all(|gap| gap == first_gap) {
        out.push(EVEN);
        write_signed(out, first_gap);
    } else {
        out.push(UNEVEN);
        gaps.for_each(|gap| write_signed(out, gap));
    }
}

pub fn write_doubles(out: &mut Vec<u8>, numbers: impl Iterator<Item = f64> + Clone) {
    let first = numbers.clone().next().unwrap_or_default();
    let is_float = |number: f64| f64::from(number as f32).to_bits() == number.to_bits();
    if numbers.clone().all(|number| number.to_bits() == first.to_bits()) {
        out.push(SAME);
        out.extend(first.to_le_bytes());
    } else if numbers.clone().all(is_float) {
        out.push(FLOATS);
        numbers.for_each(|number| out.extend((number as f32).to_le_bytes()));
    } else {
        out.push(DOUBLES);
        numbers.for_each(|number| out.extend(number.to_le_bytes()));
    }
}

pub fn write_flags(out: &mut Vec<u8>, flags: impl Iterator<Item = u8> + Clone) {
    if flags.clone().all(|flag| flag == 0) {
        out.push(ORDINARY);
    } else {
        out.push(MIXED);
        out.extend(flags);
    }
}

pub fn write_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Zigzag: small numbers of either sign are short.
fn write_signed(out: &mut Vec<u8>, number: i64) {
    write_varint(out, ((number << 1) ^ (number >> 63)) as u64);
}

/// What is left to read. Everything answers none where the bytes end too early or make no sense.
pub struct Reader<'b>(pub &'b [u8]);

impl<'b> Reader<'b> {
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return None;
            }
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.varint()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    pub fn integers(&mut self, count: usize) -> Option<Vec<i64>> {
        let (mut number, kind) = (self.signed()?, self.byte()?);
        let even = match kind {
            EVEN => Some(self.signed()?),
            UNEVEN => None,
            _ => return None,
        };
        let mut numbers = Vec::with_capacity(count);
        numbers.push(number);
        for _ in 1..count {
            let gap = match even {
                Some(gap) => gap,
                None => self.signed()?,
            };
            number = number.wrapping_add(gap);
            numbers.push(number);
        }
        Some(numbers)
    }

    pub fn doubles(&mut self, count: usize) -> Option<Vec<f64>> {
        match self.byte()? {
            SAME => Some(vec![f64::from_le_bytes(self.take(8)?.try_into().ok()?); count]),
            FLOATS => {
                let (floats, _) = self.take(count * 4)?.as_chunks();
                Some(floats.iter().map(|float| f64::from(f32::from_le_bytes(*float))).collect())
            }
            DOUBLES => {
                let (doubles, _) = self.take(count * 8)?.as_chunks();
                Some(doubles.iter().map(|double| f64::from_le_bytes(*double)).collect())
            }
            _ => None,
        }
    }

    pub fn flags(&mut self, count: usize) -> Option<Vec<u8>> {
        match self.byte()? {
            ORDINARY => Some(vec![0; count]),
            MIXED => self.take(count).map(<[u8]>::to_vec),
            _ => None,
        }
    }
}
