//! Items as a table for spreadsheets.

use std::collections::HashMap;

use base::{Result, SprintId, TeamId, text::csv_text};
use db::Tx;
use people::{Actor, Right, team};
use serde_json::Value as Json;

use crate::{
    backlog,
    custom_field::{self, Field},
    item::{Line, custom_of},
    sprint,
};

/// What every project has, in this order; what one adds to its items follows.
const USUAL: &str = "key,kind,title,status,category,priority,estimate,assignee,trade,labels,parent,sprint,team,due,\
     domain,class,done_profile,blocked,blocked_since,created_at,started_at,done_at,updated_at";

/// The columns of a project's table, and the names of what its items only have ids of.
pub struct Columns {
    fields: Vec<Field>,
    sprints: HashMap<SprintId, String>,
    teams: HashMap<TeamId, String>,
}

impl Columns {
    /// For someone who may look.
    pub fn of(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Self> {
        let fields = custom_field::list(tx, actor, key)?;
        let teams = team::list(tx, actor, key)?.into_iter().map(|team| (team.id, team.name)).collect();
        let sprints = match backlog::find(tx, actor, Right::Read, key)?.1 {
            Some(backlog) => sprint::names(tx, backlog.id)?,
            None => HashMap::new(),
        };
        Ok(Self { fields, sprints, teams })
    }

    /// The custom fields are called `custom.NAME`, as the items' own JSON has them.
    pub fn head(&self) -> String {
        let mut head = USUAL.to_owned();
        for field in &self.fields {
            head.push(',');
            head.push_str(&csv_text(&format!("custom.{}", field.name)));
        }
        head.push_str("\r\n");
        head
    }

    /// One line for each item. Texts never compute (see [`csv_text`]); lines end as RFC 4180 says.
    pub fn push(&self, tx: &mut Tx, table: &mut String, lines: &[Line]) -> Result<()> {
        let ids: Vec<_> = lines.iter().map(|line| line.id).collect();
        let custom = match self.fields.is_empty() {
            true => HashMap::new(),
            false => custom_of(tx, &ids)?,
        };
        for line in lines {
            let mut cells = self.usual(line);
            let values = custom.get(&line.id);
            cells.extend(self.fields.iter().map(|field| said(values.and_then(|all| all.get(&field.id.to_string())))));
            table.push_str(&cells.join(","));
            table.push_str("\r\n");
        }
        Ok(())
    }

    fn usual(&self, line: &Line) -> Vec<String> {
        let text = |value: &str| csv_text(value);
        let perhaps = |value: Option<&str>| csv_text(value.unwrap_or_default());
        let blocked = line.blocked.as_ref();
        let at = |at: Option<base::Time>| at.map(|at| at.to_string()).unwrap_or_default();
        vec![
            text(&line.key),
            line.kind.to_string(),
            text(&line.title),
            text(&line.status.name),
            line.status.category.to_string(),
            line.priority.to_string(),
            line.estimate.map(|estimate| estimate.to_string()).unwrap_or_default(),
            perhaps(line.assignee.as_ref().map(|person| person.email.as_str())),
            perhaps(line.trade.as_deref()),
            text(&line.labels.join(", ")),
            perhaps(line.parent.as_ref().map(|parent| parent.key.as_str())),
            perhaps(line.sprint.and_then(|id| self.sprints.get(&id)).map(String::as_str)),
            perhaps(line.team.as_ref().and_then(|id| self.teams.get(id)).map(String::as_str)),
            line.due.as_ref().map(ToString::to_string).unwrap_or_default(),
            line.domain.map(|domain| domain.to_string()).unwrap_or_default(),
            line.class.to_string(),
            line.done_profile.map(|profile| profile.to_string()).unwrap_or_default(),
            perhaps(blocked.map(|blocked| blocked.reason.as_str())),
            at(blocked.and_then(|blocked| blocked.since)),
            line.created_at.to_string(),
            at(line.started_at),
            at(line.done_at),
            line.updated_at.to_string(),
        ]
    }
}

/// A custom field's value: numbers, yes and no stay what they are, all else is text.
fn said(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => csv_text(text),
        Some(other) => other.to_string(),
    }
}
