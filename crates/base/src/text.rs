//! Checks on text that people and clients send.

use crate::{Result, refuse::invalid};

/// A text of at most `most` characters, without control characters other than line breaks and
/// tabs. Surrounding white space is cut; something of what remains can be seen.
pub fn required(field: &str, text: &str, most: usize) -> Result<String> {
    let text = optional(field, text, most)?;
    if text.is_empty() {
        return Err(invalid(field, "must not be empty"));
    }
    check_visible(field, &text)?;
    Ok(text)
}

/// As [`required`], but may be empty; what is only white is.
pub fn filled(field: &str, text: &str, most: usize) -> Result<String> {
    let text = optional(field, text, most)?;
    check_visible(field, &text)?;
    Ok(text)
}

/// As [`required`], but may be empty, or hold nothing that can be seen.
pub fn optional(field: &str, text: &str, most: usize) -> Result<String> {
    let text = text.trim();
    if text.len() > most && text.chars().count() > most {
        return Err(invalid(field, format!("must have at most {most} characters")));
    }
    if let Some(odd) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(invalid(field, format!("contains the control character U+{:04X}", odd as u32)));
    }
    Ok(text.to_owned())
}

/// As [`required`], on one line, and as [`check_readable`] asks.
pub fn line(field: &str, text: &str, most: usize) -> Result<String> {
    let text = required(field, text, most)?;
    if text.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        return Err(invalid(field, "must be one line"));
    }
    check_readable(field, &text)?;
    Ok(text)
}

/// A name shows itself as it is written: something of it can be seen, and nothing in it turns the
/// direction of what stands around it.
pub fn check_readable(field: &str, name: &str) -> Result<()> {
    if let Some(odd) = name.chars().find(|c| turns_direction(*c)) {
        let why = format!("contains U+{:04X}, which turns the direction of the text around it", odd as u32);
        return Err(invalid(field, why));
    }
    check_visible(field, name)
}

/// As [`line`], of letters, digits, signs and plain spaces only: two texts that differ look different
/// as far as nothing invisible tells them apart.
pub fn key(field: &str, text: &str, most: usize) -> Result<String> {
    let text = line(field, text, most)?;
    check_shown(field, &text)?;
    Ok(text)
}

/// Every character of the name can be seen, or is a plain space.
pub fn check_shown(field: &str, name: &str) -> Result<()> {
    match name.chars().find(|c| *c != ' ' && is_invisible(*c)) {
        Some(odd) => Err(invalid(field, format!("contains U+{:04X}, which cannot be seen", odd as u32))),
        None => Ok(()),
    }
}

fn check_visible(field: &str, text: &str) -> Result<()> {
    if !text.is_empty() && text.chars().all(is_invisible) {
        return Err(invalid(field, "must have a character that can be seen"));
    }
    Ok(())
}

/// The embeddings, overrides and isolates of Unicode's bidirectional algorithm (UAX #9, table 4).
/// Its marks, which languages written from right to left need, are not among them.
pub fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// White space, control characters, Unicode's `Default_Ignorable_Code_Point`, the blank of braille, and
/// the iota that most fonts hide below the letter before it.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{345}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// As [`csv_cell`], of a text that people wrote: what reads as a number stays text, too.
pub fn csv_text(text: &str) -> String {
    if computes(text) { quoted(&format!("'{text}")) } else { quoted(text) }
}

/// A CSV cell that a spreadsheet shows as text instead of computing it (a leading `=`, `+`, `-`,
/// `@`, be it of full width, tab or carriage return gets an apostrophe before it; plain numbers stay
/// numbers), quoted where RFC 4180 asks for it.
pub fn csv_cell(text: &str) -> String {
    if text.parse::<f64>().is_ok() { quoted(text) } else { csv_text(text) }
}

fn computes(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r'])
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_and_checked() {
        assert_eq!(required("name", "  Dana ", 10).unwrap(), "Dana");
        assert_eq!(required("name", " \t", 10).unwrap_err().detail(), "name: must not be empty");
        assert!(required("name", "äöü", 3).is_ok());
        assert!(required("name", "abcd", 3).is_err());
        assert!(required("name", "a\0b", 10).is_err());
        assert!(line("name", "a\nb", 10).is_err());
        assert!(line("name", "a\u{2028}b", 10).is_err());
    }

    #[test]
    fn a_key_hides_nothing() {
        assert_eq!(key("environment", " EU production ", 20).unwrap(), "EU production");
        let hidden = key("environment", "pro\u{200B}duction", 20).unwrap_err();
        assert_eq!(hidden.detail(), "environment: contains U+200B, which cannot be seen");
        assert!(key("environment", "EU\u{A0}production", 20).is_err());
        // Letters, as Unicode counts them.
        for hidden in ["\u{3164}", "\u{115F}", "\u{1160}", "\u{FFA0}", "\u{345}"] {
            assert!(check_shown("alias", &format!("production{hidden}")).is_err());
        }
    }

    #[test]
    fn a_name_can_be_seen_and_turns_nothing_around() {
        for blank in ["\u{200B}", "\u{FEFF} \u{2060}", "\u{3164}", "\u{2800}", "\u{AD}"] {
            assert_eq!(line("name", blank, 10).unwrap_err().detail(), "name: must have a character that can be seen");
        }
        let turned = line("name", "safe\u{202E}gpj.exe", 20).unwrap_err();
        assert_eq!(turned.detail(), "name: contains U+202E, which turns the direction of the text around it");
        assert!(line("name", "a\u{2066}b", 10).is_err());
        for name in ["שלום\u{200F}!", "नमस्\u{200D}ते", "👩\u{200D}🔬", "❤\u{FE0F}"] {
            assert_eq!(line("name", name, 20).unwrap(), name);
        }
    }

    #[test]
    fn a_cell_never_computes() {
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("＝1+1"), "'＝1+1");
        assert_eq!((csv_cell("-0.25"), csv_text("-0.25")), ("-0.25".to_owned(), "'-0.25".to_owned()));
        assert_eq!((csv_text("+1"), csv_text("1+1")), ("'+1".to_owned(), "1+1".to_owned()));
        assert_eq!(csv_cell("@SUM(A1,B1)"), "\"'@SUM(A1,B1)\"");
        assert_eq!(csv_cell("plain \"quoted\""), "\"plain \"\"quoted\"\"\"");
    }
}
