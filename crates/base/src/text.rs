//! Checks on text that people and clients send.

use crate::{Result, refuse::invalid};

/// A text of at most `most` characters, without control characters other than line breaks and
/// tabs. Surrounding white space is cut; what remains must not be empty.
pub fn required(field: &str, text: &str, most: usize) -> Result<String> {
    let text = optional(field, text, most)?;
    if text.is_empty() {
        return Err(invalid(field, "must not be empty"));
    }
    Ok(text)
}

/// As [`required`], but may be empty.
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

/// As [`required`], and on one line.
pub fn line(field: &str, text: &str, most: usize) -> Result<String> {
    let text = required(field, text, most)?;
    if text.contains(['\n', '\r']) {
        return Err(invalid(field, "must be one line"));
    }
    Ok(text)
}

/// A CSV cell that a spreadsheet shows as text instead of computing it (a leading `=`, `+`, `-`,
/// `@`, tab or carriage return gets an apostrophe before it; plain numbers stay numbers), quoted
/// where RFC 4180 asks for it.
pub fn csv_cell(text: &str) -> String {
    let computes = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    let safe = if computes { format!("'{text}") } else { text.to_owned() };
    if safe.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", safe.replace('"', "\"\""));
    }
    safe
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
    }

    #[test]
    fn a_cell_never_computes() {
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("-0.25"), "-0.25");
        assert_eq!(csv_cell("@SUM(A1,B1)"), "\"'@SUM(A1,B1)\"");
        assert_eq!(csv_cell("plain \"quoted\""), "\"plain \"\"quoted\"\"\"");
    }
}
