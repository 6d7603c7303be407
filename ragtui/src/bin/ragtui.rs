//! `ragtui`, see `ragtui::tui`.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

/// Data was expected from a terminal, or was to be shown on one, as in `ragctl`.
const NO_TERMINAL: u8 = 64;

fn main() -> ExitCode {
    let arguments = ragtui::tui::arguments();
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        let text = "error: ragtui needs a terminal\n  try:  ragctl, for scripts and pipes\n";
        let _ = io::stderr().write_all(text.as_bytes());
        return ExitCode::from(NO_TERMINAL);
    }
    match ragtui::tui::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(
                io::stderr(),
                "error: cannot use the terminal\n  why:  {error}"
            );
            ExitCode::FAILURE
        }
    }
}
