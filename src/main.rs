//! The `hub` binary: reads the command line, wires the parts, starts one command.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|command| command == hub::renderer::WORKER_COMMAND) {
        return hub::renderer::worker_main();
    }
    ExitCode::SUCCESS
}
