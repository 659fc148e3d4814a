//! One value as the type that a field wants, or the value and why it cannot be that.

use base::Number;

use super::{hint, json::Json};

pub type Reading<T> = Result<T, (Json, String)>;

pub fn text(value: Json) -> Reading<String> {
    match value {
        Json::Text(text) => match text.chars().position(|c| c == '\0') {
            Some(before) => {
                let why = format!("it contains the character U+0000 (at character {}).", before + 1);
                Err((Json::Text(text), why))
            }
            None => Ok(text),
        },
        other => refuse(other, "a string"),
    }
}

/// A number, a numeric text, or a double without a fraction.
pub fn int(value: Json) -> Reading<i64> {
    let found = match &value {
        Json::Int(int) => Some(*int),
        Json::Double(double) => whole(*double),
        Json::Text(text) => text.parse().ok().or_else(|| numeric(text).and_then(whole)),
        _ => None,
    };
    found.map_or_else(|| refuse(value, "a whole number of 64 bits"), Ok)
}

pub fn double(value: Json) -> Reading<f64> {
    let found = match &value {
        Json::Int(int) => Some(*int as f64),
        Json::Double(double) => Some(*double),
        Json::Text(text) => Number::from_word(text).map(|number| number.0).or_else(|| numeric(text)),
        _ => None,
    };
    found.map_or_else(|| refuse(value, "a number, \"NaN\", \"Infinity\" or \"-Infinity\""), Ok)
}

pub fn flag(value: Json) -> Reading<bool> {
    match value {
        Json::Bool(flag) => Ok(flag),
        other => refuse(other, "true or false"),
    }
}

/// Query strings write booleans as words, in any case.
pub fn word_flag(value: Json) -> Reading<bool> {
    match &value {
        Json::Text(word) if word.eq_ignore_ascii_case("true") => Ok(true),
        Json::Text(word) if word.eq_ignore_ascii_case("false") => Ok(false),
        _ => refuse(value, "true or false"),
    }
}

pub fn choice<T: Copy>(value: Json, choices: &[(&str, i64, T)]) -> Reading<T> {
    let found = choices.iter().find(|(name, number, _)| match &value {
        Json::Text(text) => text == name || text.parse() == Ok(*number),
        Json::Int(int) => int == number,
        _ => false,
    });
    match found {
        Some((_, _, choice)) => Ok(*choice),
        None => {
            let names: Vec<&str> = choices.iter().map(|(name, _, _)| *name).collect();
            let why = format!("it must be one of {}.", names.join(", "));
            Err((value, why))
        }
    }
}

fn refuse<T>(value: Json, wanted: &str) -> Reading<T> {
    let why = hint(&value, wanted);
    Err((value, why))
}

/// Whole and within 64 bits. (2^63 itself is a double but no longer within.)
fn whole(double: f64) -> Option<i64> {
    let fits = double.fract() == 0.0 && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&double);
    fits.then_some(double as i64)
}

/// Plain decimal text; words and numbers beyond a double are none.
fn numeric(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse::<f64>().ok().filter(|double| plain && double.is_finite())
}
