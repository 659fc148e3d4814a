//! The UI is embedded as it stands in web/build; a new build of it is a new build of the program.

fn main() {
    println!("cargo:rerun-if-changed=../../web/build");
    println!("cargo:rerun-if-changed=build.rs");
}
