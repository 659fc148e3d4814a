//! The program `slipway`: settings, command line, route table, embedded UI, start and stop.

pub mod command;
mod connections;
pub mod demo;
mod folder;
mod jobs;
mod pages;
pub mod routes;
pub mod serve;
pub mod settings;
