//! Parquet, a part of the lines to a row group. Not-a-number and the infinities are themselves.

use std::sync::Arc;

use base::{Result, refuse::internal};
use bytes::Bytes;
use parquet::{
    basic::Compression,
    data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type},
    file::{
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::parser::parse_message_type,
};

use super::Line;

const SCHEMA: &str = "message metrics {
    required binary run_id (UTF8);
    required binary run_name (UTF8);
    required binary key (UTF8);
    required int64 step;
    required int64 timestamp;
    required double value;
}";

/// A file that is written and handed out bit by bit.
pub struct Table(SerializedFileWriter<Vec<u8>>);

impl Table {
    pub fn new() -> Result<Self> {
        let schema = parse_message_type(SCHEMA).map_err(internal)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties));
        Ok(Self(writer.map_err(internal)?))
    }

    /// What of the file is ready once the lines are in it.
    pub fn push(&mut self, lines: &[Line]) -> Result<Vec<u8>> {
        if !lines.is_empty() {
            let mut group = self.0.next_row_group().map_err(internal)?;
            column::<ByteArrayType>(&mut group, &texts(lines, |line| line.run.id.as_str()))?;
            column::<ByteArrayType>(&mut group, &texts(lines, |line| &line.run.name))?;
            column::<ByteArrayType>(&mut group, &texts(lines, |line| &line.key))?;
            column::<Int64Type>(&mut group, &lines.iter().map(|line| line.point.step).collect::<Vec<_>>())?;
            column::<Int64Type>(&mut group, &lines.iter().map(|line| line.point.at.ms()).collect::<Vec<_>>())?;
            column::<DoubleType>(&mut group, &lines.iter().map(|line| line.point.value).collect::<Vec<_>>())?;
            group.close().map_err(internal)?;
        }
        self.ready()
    }

    /// The end of the file.
    pub fn end(&mut self) -> Result<Vec<u8>> {
        self.0.finish().map_err(internal)?;
        self.ready()
    }

    fn ready(&mut self) -> Result<Vec<u8>> {
        self.0.flush().map_err(internal)?;
        Ok(std::mem::take(self.0.inner_mut()))
    }
}

/// Neighbours mostly say the same; they share their bytes.
fn texts<'l>(lines: &'l [Line], of: impl Fn(&'l Line) -> &'l str) -> Vec<ByteArray> {
    let mut last: (&str, Bytes) = ("", Bytes::new());
    let mut texts = Vec::with_capacity(lines.len());
    for text in lines.iter().map(of) {
        if text != last.0 {
            last = (text, Bytes::copy_from_slice(text.as_bytes()));
        }
        texts.push(ByteArray::from(last.1.clone()));
    }
    texts
}

fn column<T: DataType>(group: &mut SerializedRowGroupWriter<'_, Vec<u8>>, values: &[T::T]) -> Result<()> {
    let mut column =
        group.next_column().map_err(internal)?.ok_or_else(|| internal("more columns than the schema has"))?;
    column.typed::<T>().write_batch(values, None, None).map_err(internal)?;
    column.close().map_err(internal)
}
