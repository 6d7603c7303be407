//! The terminal, taken and given back: also after a panic, and while we are stopped.

use std::io::{self, Stdout, Write};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};

/// The terminal in raw mode and on its alternate screen, until dropped.
pub(super) struct Screen {
    pub(super) terminal: Terminal<CrosstermBackend<io::BufWriter<Stdout>>>,
}

/// A frame of a large terminal fits, so it goes out in one piece.
const BUFFER: usize = 64 << 10;

impl Screen {
    pub(super) fn take() -> io::Result<Self> {
        restore_on_panic();
        enable_raw_mode()?;
        // From here on the guard gives back what was taken, even if the rest fails.
        let writer = io::BufWriter::with_capacity(BUFFER, io::stdout());
        let mut screen = Self {
            terminal: Terminal::new(CrosstermBackend::new(writer))?,
        };
        screen.enter()?;
        Ok(screen)
    }

    /// Gives the terminal back for a while.
    pub(super) fn leave(&self) {
        give_back();
    }

    /// Takes the terminal again, also if it was not given back before: whoever had it meanwhile may
    /// have changed its mode.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        disable_raw_mode()?;
        enable_raw_mode()?;
        self.enter()
    }

    fn enter(&mut self) -> io::Result<()> {
        execute!(
            self.terminal.backend_mut(),
            EnterAlternateScreen,
            EnableBracketedPaste,
            cursor::Hide
        )?;
        self.clear()
    }

    /// Makes the next frame draw every cell. `Terminal::clear` would ask the terminal where its
    /// cursor is, and wait for an answer that the reader of keys may have taken.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn restore_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        give_back();
        report(info);
    }));
}

/// When the terminal is gone, there is nothing to give back.
fn give_back() {
    let mut stdout = io::stdout();
    let _ = execute!(
        stdout,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = stdout.flush();
    let _ = disable_raw_mode();
}
