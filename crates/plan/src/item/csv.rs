//! Items as a table for spreadsheets.

use base::text::csv_cell;

use super::Line;

pub const HEAD: &str = "key,kind,title,status,category,priority,estimate,assignee,trade,labels,parent,due,domain,class,\
     blocked,created_at,started_at,done_at,updated_at\r\n";

/// One line for each item. Cells never compute (see [`csv_cell`]); lines end as RFC 4180 says.
pub fn push(table: &mut String, lines: &[Line]) {
    for line in lines {
        let text = |value: Option<String>| value.unwrap_or_default();
        let cells = [
            line.key.clone(),
            line.kind.to_string(),
            line.title.clone(),
            line.status.name.clone(),
            line.status.category.to_string(),
            line.priority.to_string(),
            text(line.estimate.map(|estimate| estimate.to_string())),
            text(line.assignee.as_ref().map(|person| person.email.clone())),
            text(line.trade.clone()),
            line.labels.join(", "),
            text(line.parent.as_ref().map(|parent| parent.key.clone())),
            text(line.due.as_ref().map(ToString::to_string)),
            text(line.domain.map(|domain| domain.to_string())),
            line.class.to_string(),
            text(line.blocked.as_ref().map(|blocked| blocked.reason.clone())),
            line.created_at.to_string(),
            text(line.started_at.map(|at| at.to_string())),
            text(line.done_at.map(|at| at.to_string())),
            line.updated_at.to_string(),
        ];
        for (place, cell) in cells.iter().enumerate() {
            if place > 0 {
                table.push(',');
            }
            table.push_str(&csv_cell(cell));
        }
        table.push_str("\r\n");
    }
}
