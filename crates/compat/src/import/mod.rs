//! What other tracking stores hold, brought into a project. A source is read into plain values; they
//! are written through the functions that clients' requests go through too.

pub mod mlflow;
