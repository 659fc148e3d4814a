//! `meta.yaml` as MLflow writes it: scalars, and here and there a map. Scalars stay the text that
//! they are, whatever they look like: a run may be called `1e5` or `no`. Only [`Node::json`] reads
//! numbers and truth values in those without quotes.

use serde_json::Value as Json;
use yaml_rust2::{
    parser::{Event, MarkedEventReceiver, Parser},
    scanner::{Marker, TScalarStyle},
};

#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Null,
    /// Without quotes.
    Plain(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The member's text; none where it is absent or null.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.member(key)?.scalar()
    }

    fn scalar(&self) -> Option<&str> {
        match self {
            Node::Plain(text) | Node::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn int(&self, key: &str) -> Option<i64> {
        self.text(key)?.parse().ok()
    }

    /// The member's pairs of texts.
    pub fn pairs(&self, key: &str) -> Vec<(String, String)> {
        let Some(Node::Map(members)) = self.member(key) else { return Vec::new() };
        let text = |(key, value): &(String, Node)| Some((key.clone(), value.scalar()?.to_owned()));
        members.iter().filter_map(text).collect()
    }

    /// The same as JSON.
    pub fn json(&self) -> Json {
        match self {
            Node::Null => Json::Null,
            Node::Plain(text) => plain(text),
            Node::Text(text) => text.as_str().into(),
            Node::List(items) => items.iter().map(Node::json).collect(),
            Node::Map(members) => {
                Json::Object(members.iter().map(|(key, value)| (key.clone(), value.json())).collect())
            }
        }
    }

    fn member(&self, key: &str) -> Option<&Node> {
        let Node::Map(members) = self else { return None };
        members.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// Numbers and truth values as MLflow writes them: doubles have a point, texts that look like one have quotes.
fn plain(text: &str) -> Json {
    let double =
        || text.parse::<f64>().ok().filter(|_| text.contains('.') && text.contains(|c: char| c.is_ascii_digit()));
    match text {
        "true" => true.into(),
        "false" => false.into(),
        ".nan" | ".inf" | "-.inf" => text.replace('.', "").into(),
        _ => text
            .parse::<i64>()
            .map(Json::from)
            .or_else(|_| double().map(Json::from).ok_or(()))
            .unwrap_or_else(|()| text.into()),
    }
}

/// Maps in maps in maps: deeper than this is no meta.yaml.
const DEEPEST: usize = 32;

/// The only document of the text, a map. Anchors, which could make a little text into a lot, are refused.
pub fn parse(text: &str) -> Result<Node, String> {
    let mut tree = Tree::default();
    Parser::new_from_str(text).load(&mut tree, false).map_err(|error| error.to_string())?;
    match (tree.flaw, tree.root) {
        (Some(flaw), _) => Err(flaw),
        (None, Some(root @ Node::Map(_))) => Ok(root),
        _ => Err("it holds no fields".to_owned()),
    }
}

#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    root: Option<Node>,
    flaw: Option<String>,
}

enum Open {
    List(Vec<Node>),
    Map(Vec<(String, Node)>, Option<String>),
}

impl MarkedEventReceiver for Tree {
    fn on_event(&mut self, event: Event, at: Marker) {
        if self.flaw.is_some() {
            return;
        }
        let line = at.line();
        match event {
            Event::Alias(_) => self.flaw = Some(format!("line {line} refers to an anchor")),
            Event::Scalar(text, style, _, _) => {
                let plain = style == TScalarStyle::Plain;
                let null = plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL");
                let node = if plain { Node::Plain(text) } else { Node::Text(text) };
                self.close(if null { Node::Null } else { node }, line);
            }
            Event::SequenceStart(..) => self.begin(Open::List(Vec::new()), line),
            Event::MappingStart(..) => self.begin(Open::Map(Vec::new(), None), line),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List(items)) => self.close(Node::List(items), line),
                Some(Open::Map(members, _)) => self.close(Node::Map(members), line),
                None => {}
            },
            _ => {}
        }
    }
}

impl Tree {
    fn begin(&mut self, open: Open, line: usize) {
        if self.open.len() == DEEPEST {
            self.flaw = Some(format!("line {line} lies deeper than {DEEPEST} levels"));
            return;
        }
        self.open.push(open);
    }

    fn close(&mut self, node: Node, line: usize) {
        match (self.open.last_mut(), node) {
            (None, node) => self.root = Some(node),
            (Some(Open::List(items)), node) => items.push(node),
            (Some(Open::Map(_, key @ None)), Node::Plain(text) | Node::Text(text)) => *key = Some(text),
            (Some(Open::Map(_, None)), _) => self.flaw = Some(format!("line {line} has a key that is no text")),
            (Some(Open::Map(members, key)), node) => members.extend(key.take().map(|key| (key, node))),
        }
    }
}
