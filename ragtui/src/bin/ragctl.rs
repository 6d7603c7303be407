//! `ragctl`, see `ragtui::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(ragtui::cli::run().0)
}
