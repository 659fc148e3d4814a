//! Writes the few shapes of a rules file. Every text from outside becomes a double-quoted scalar,
//! and says nothing to the template language that Prometheus runs over labels and annotations.

use std::fmt::Write;

pub struct File {
    out: String,
    grouped: bool,
}

pub struct Alert<'a> {
    pub name: &'a str,
    pub expr: String,
    /// How long the expression must hold.
    pub minutes: i64,
    pub labels: Vec<(&'a str, &'a str)>,
    pub summary: String,
    /// Whether the alert tells the figure that made it fire.
    pub value: bool,
    /// What a person should do.
    pub todo: String,
}

impl File {
    pub fn new() -> Self {
        Self { out: String::new(), grouped: false }
    }

    pub fn text(self) -> String {
        self.out
    }

    pub fn comment(&mut self, text: &str) {
        self.line(0, &format!("# {}", text.replace(char::is_control, " ")));
    }

    pub fn group(&mut self, name: &str) {
        if !self.grouped {
            self.line(0, "groups:");
            self.grouped = true;
        }
        self.line(2, &format!("- name: {}", quoted(name)));
        self.line(4, "rules:");
    }

    pub fn record(&mut self, name: &str, expr: &str) {
        self.line(6, &format!("- record: {name}"));
        self.line(8, &format!("expr: {}", quoted(expr)));
    }

    pub fn alert(&mut self, alert: Alert) {
        self.line(6, &format!("- alert: {}", alert.name));
        self.line(8, &format!("expr: {}", quoted(&alert.expr)));
        if alert.minutes > 0 {
            self.line(8, &format!("for: {}m", alert.minutes));
        }
        self.line(8, "labels:");
        for (name, value) in alert.labels {
            self.line(10, &format!("{name}: {}", quoted(&literal(value))));
        }
        self.line(8, "annotations:");
        let now = if alert.value { "; it is {{ $value }}" } else { "" };
        self.line(10, &format!("summary: {}", quoted(&format!("{}{now}", literal(&alert.summary)))));
        self.line(10, &format!("todo: {}", quoted(&literal(&alert.todo))));
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.out.push_str(text);
        self.out.push('\n');
    }
}

/// A YAML scalar that reads back as exactly this text: printable ASCII, letters and digits of any
/// script stay, everything else is escaped.
pub fn quoted(text: &str) -> String {
    in_quotes('"', text)
}

/// A text in single quotes for a PromQL expression; the language escapes as YAML does.
pub fn matched(text: &str) -> String {
    in_quotes('\'', text)
}

fn in_quotes(quote: char, text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if matches!(c, ' '..='~') || c.is_alphanumeric() => out.push(c),
            c => escape(c, &mut out),
        }
    }
    out.push(quote);
    out
}

fn escape(c: char, out: &mut String) {
    let code = u32::from(c);
    let written = if code > 0xFFFF { write!(out, "\\U{code:08X}") } else { write!(out, "\\u{code:04X}") };
    written.expect("a string takes everything");
}

/// Prometheus expands `{{ … }}` in labels and annotations; this makes it print the braces.
pub fn literal(text: &str) -> String {
    text.replace("{{", "{{ \"{{\" }}")
}
