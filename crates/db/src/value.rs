//! Values that go into statements and columns that come out, the same on both engines.

use std::borrow::Cow;

use base::{Day, Error, Result, Time, refuse::internal};
use bytes::{BufMut, BytesMut};
use postgres::types::{FromSql, IsNull, ToSql, Type};
use rusqlite::types::{ToSqlOutput, ValueRef};

#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    Text(Cow<'a, str>),
    Blob(Cow<'a, [u8]>),
}

macro_rules! from {
    ($($type:ty, $value:ident => $made:expr;)+) => {$(
        impl<'a> From<$type> for Value<'a> {
            fn from($value: $type) -> Self {
                $made
            }
        }
    )+};
}

from! {
    bool, v => Value::Bool(v);
    i64, v => Value::Int(v);
    i32, v => Value::Int(v.into());
    f64, v => Value::Real(v);
    String, v => Value::Text(v.into());
    &'a str, v => Value::Text(v.into());
    &'a String, v => Value::Text(v.as_str().into());
    &'a [u8], v => Value::Blob(v.into());
    Vec<u8>, v => Value::Blob(v.into());
    Time, v => Value::Int(v.ms());
    &'a Day, v => Value::Text(v.as_str().into());
    serde_json::Value, v => Value::Text(v.to_string().into());
    &'a serde_json::Value, v => Value::Text(v.to_string().into());
}

macro_rules! ids {
    ($($id:ident),+) => {$(
        impl<'a> From<&'a base::$id> for Value<'a> {
            fn from(id: &'a base::$id) -> Self {
                Value::Text(id.as_str().into())
            }
        }

        impl From<base::$id> for Value<'_> {
            fn from(id: base::$id) -> Self {
                Value::Text(id.0.into())
            }
        }

        impl FromColumn for base::$id {
            fn read(column: Column<'_>) -> Option<Self> {
                String::read(column).map(Self)
            }
        }
    )+};
}

ids!(
    UserId,
    ProjectId,
    TeamId,
    TokenId,
    RunId,
    ModelId,
    TraceId,
    AssessmentId,
    EvaluationDatasetId,
    ReviewRequestId,
    ReviewId,
    PromotionId,
    ApprovalId,
    DeploymentId,
    WebhookId,
    DeliveryId,
    UploadId
);

macro_rules! number_ids {
    ($($id:ident),+) => {$(
        impl From<base::$id> for Value<'_> {
            fn from(id: base::$id) -> Self {
                Value::Int(id.0)
            }
        }

        impl FromColumn for base::$id {
            fn read(column: Column<'_>) -> Option<Self> {
                i64::read(column).map(Self)
            }
        }
    )+};
}

number_ids!(
    ExperimentId,
    RegisteredModelId,
    BacklogId,
    ItemId,
    StatusId,
    LabelId,
    CommentId,
    AttachmentId,
    SprintId,
    SittingId,
    EstimateRoundId,
    EstimateNoteId,
    CheckpointId
);

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// A row of an answer. Columns are read by their place, from 0.
pub enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r postgres::Row),
}

impl Row<'_> {
    pub fn get<T: FromColumn>(&self, place: usize) -> Result<T> {
        T::read(self.column(place)?)
            .ok_or_else(|| internal(format!("column {place} does not hold a {}", std::any::type_name::<T>())))
    }

    fn column(&self, place: usize) -> Result<Column<'_>> {
        match self {
            Row::Sqlite(row) => match row.get_ref(place).map_err(internal)? {
                ValueRef::Null => Ok(Column::Null),
                ValueRef::Integer(v) => Ok(Column::Int(v)),
                ValueRef::Real(v) => Ok(Column::Real(v)),
                ValueRef::Text(v) => std::str::from_utf8(v).map(Column::Text).map_err(internal),
                ValueRef::Blob(v) => Ok(Column::Blob(v)),
            },
            Row::Postgres(row) => {
                let column: Option<Column<'_>> = row.try_get(place).map_err(internal)?;
                Ok(column.unwrap_or(Column::Null))
            }
        }
    }
}

/// What a column holds, before it becomes a Rust type.
pub enum Column<'r> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'r str),
    Blob(&'r [u8]),
}

pub trait FromColumn: Sized {
    fn read(column: Column<'_>) -> Option<Self>;
}

macro_rules! from_column {
    ($($type:ty { $($pattern:pat => $made:expr),+ })+) => {$(
        impl FromColumn for $type {
            fn read(column: Column<'_>) -> Option<Self> {
                match column {
                    $($pattern => $made,)+
                    _ => None,
                }
            }
        }
    )+};
}

from_column! {
    i64 { Column::Int(v) => Some(v) }
    bool { Column::Int(v) => Some(v != 0) }
    f64 { Column::Real(v) => Some(v), Column::Int(v) => Some(v as f64) }
    String { Column::Text(v) => Some(v.to_owned()) }
    Vec<u8> { Column::Blob(v) => Some(v.to_owned()) }
    Time { Column::Int(v) => Some(Time(v)) }
    Day { Column::Text(v) => Day::parse(v) }
    serde_json::Value { Column::Text(v) => serde_json::from_str(v).ok() }
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn read(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Null => Some(None),
            column => T::read(column).map(Some),
        }
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Value::Null => ValueRef::Null,
            Value::Bool(v) => ValueRef::Integer((*v).into()),
            Value::Int(v) => ValueRef::Integer(*v),
            Value::Real(v) => ValueRef::Real(*v),
            Value::Text(v) => ValueRef::Text(v.as_bytes()),
            Value::Blob(v) => ValueRef::Blob(v),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

type PgResult<T> = std::result::Result<T, Box<dyn std::error::Error + Sync + Send>>;

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> PgResult<IsNull> {
        match (self, ty) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Bool(v), &Type::BOOL) => v.to_sql(ty, out),
            (Value::Bool(v), &Type::INT8) => i64::from(*v).to_sql(ty, out),
            (Value::Int(v), &Type::INT8) => v.to_sql(ty, out),
            (Value::Int(v), &Type::INT4) => i32::try_from(*v)?.to_sql(ty, out),
            (Value::Int(v), &Type::FLOAT8) => (*v as f64).to_sql(ty, out),
            (Value::Real(v), &Type::FLOAT8) => v.to_sql(ty, out),
            (Value::Text(v), &Type::JSONB) => {
                out.put_u8(1);
                out.put_slice(v.as_bytes());
                Ok(IsNull::No)
            }
            (Value::Text(v), &Type::TEXT | &Type::VARCHAR | &Type::UNKNOWN) => v.as_ref().to_sql(ty, out),
            (Value::Blob(v), &Type::BYTEA) => v.as_ref().to_sql(ty, out),
            (value, ty) => Err(format!("a parameter of type {ty} cannot be {value:?}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    postgres::types::to_sql_checked!();
}

impl<'r> FromSql<'r> for Column<'r> {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> PgResult<Self> {
        match *ty {
            Type::INT8 => Ok(Column::Int(i64::from_sql(ty, raw)?)),
            Type::INT4 => Ok(Column::Int(i32::from_sql(ty, raw)?.into())),
            Type::BOOL => Ok(Column::Int(bool::from_sql(ty, raw)?.into())),
            Type::FLOAT8 => Ok(Column::Real(f64::from_sql(ty, raw)?)),
            Type::JSONB => Ok(Column::Text(std::str::from_utf8(raw.get(1..).unwrap_or_default())?)),
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN => Ok(Column::Text(<&str>::from_sql(ty, raw)?)),
            Type::BYTEA => Ok(Column::Blob(raw)),
            _ => Err(format!("columns of type {ty} are not used here").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// What a PostgreSQL error means to the caller.
pub(crate) fn postgres_error(error: postgres::Error) -> Error {
    let Some(found) = error.as_db_error() else { return internal(error) };
    match (found.code().code(), found.constraint()) {
        ("23505" | "23503" | "23514" | "23P01", Some(name)) => Error::constraint(name),
        ("22021" | "22P05", _) => base::refuse::invalid("text", "contains a character that cannot be stored (U+0000)"),
        ("53100", _) => {
            base::refuse::unavailable("The database's disk is full. Nothing was stored; free some space and try again.")
        }
        _ => internal(format!("{found} ({})", found.code().code())),
    }
}
