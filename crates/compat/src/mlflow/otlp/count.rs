//! How many messages a body holds, before room is made for them: in two bytes fits a message that
//! takes a hundred in memory.

use bytes::Buf;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// Messages in a body; a span with its attributes has some dozens.
const MOST: usize = 1_000_000;
/// As deep as messages are decoded.
const DEEPEST: usize = 100;

/// What a field of a message may hold.
#[derive(Clone, Copy)]
enum Kind {
    Export,
    ResourceSpans,
    Scope,
    Span,
    /// Resource, event and link: the number of the field with their attributes differs.
    Attributed(u32),
    KeyValue,
    AnyValue,
    Array,
    Kvlist,
}

impl Kind {
    /// The kind of the messages in a field, if it holds messages that may come often.
    fn field(self, tag: u32) -> Option<Kind> {
        match (self, tag) {
            (Kind::Export, 1) => Some(Kind::ResourceSpans),
            (Kind::ResourceSpans, 1) => Some(Kind::Attributed(1)),
            (Kind::ResourceSpans, 2) => Some(Kind::Scope),
            (Kind::Scope, 2) => Some(Kind::Span),
            (Kind::Span, 9) => Some(Kind::KeyValue),
            (Kind::Span, 11) => Some(Kind::Attributed(3)),
            (Kind::Span, 13) => Some(Kind::Attributed(4)),
            (Kind::Attributed(attributes), tag) if tag == attributes => Some(Kind::KeyValue),
            (Kind::KeyValue, 2) => Some(Kind::AnyValue),
            (Kind::AnyValue, 5) => Some(Kind::Array),
            (Kind::AnyValue, 6) => Some(Kind::Kvlist),
            (Kind::Array, 1) => Some(Kind::AnyValue),
            (Kind::Kvlist, 1) => Some(Kind::KeyValue),
            _ => None,
        }
    }
}

/// Whether a body holds more than it may. What cannot be read is left to the decoder to refuse.
pub fn is_too_many(body: &[u8]) -> bool {
    let mut left = MOST;
    walk(Kind::Export, body, &mut left, DEEPEST);
    left == 0
}

/// None where the rest cannot be read.
fn walk(kind: Kind, mut bytes: &[u8], left: &mut usize, depth: usize) -> Option<()> {
    while bytes.has_remaining() && *left > 0 {
        let (tag, wire) = decode_key(&mut bytes).ok()?;
        let Some(inner) = kind.field(tag).filter(|_| wire == WireType::LengthDelimited) else {
            skip_field(wire, tag, &mut bytes, DecodeContext::default()).ok()?;
            continue;
        };
        *left -= 1;
        let length = usize::try_from(decode_varint(&mut bytes).ok()?).ok()?;
        let (message, rest) = bytes.split_at_checked(length)?;
        walk(inner, message, left, depth.checked_sub(1)?)?;
        bytes = rest;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field of length-delimited bytes, short enough for one byte of length.
    fn field(tag: u8, inside: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag << 3 | 2];
        prost::encoding::encode_varint(inside.len() as u64, &mut bytes);
        bytes.extend(inside);
        bytes
    }

    #[test]
    fn small_messages_are_counted_wherever_they_stand() {
        let within = |tags: &[u8], inside: Vec<u8>| tags.iter().rev().fold(inside, |inside, tag| field(*tag, &inside));
        for (tags, tag) in [
            (&[][..], 1),
            (&[1], 2),
            (&[1, 2], 2),
            (&[1, 1], 1),
            (&[1, 2, 2], 9),
            (&[1, 2, 2], 11),
            (&[1, 2, 2, 13], 4),
            (&[1, 2, 2, 9, 2, 5], 1),
            (&[1, 2, 2, 9, 2, 6], 1),
        ] {
            let many = |count: usize| within(tags, field(tag, &[]).repeat(count));
            assert!(is_too_many(&many(MOST)), "{tags:?} {tag}");
            assert!(!is_too_many(&many(MOST / 2)), "{tags:?} {tag}");
        }
        assert!(!is_too_many(&field(7, &[]).repeat(MOST)), "unknown fields take no room");
        assert!(!is_too_many(&[0xff; 100]));
        assert!(!is_too_many(&[0x0a, 0x05]));
    }
}
