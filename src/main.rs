//! The `hub` binary: reads the command line, wires the parts, starts one command.

fn main() {}
