//! `ragtui`, see `ragtui::tui`.

fn main() -> std::io::Result<()> {
    ragtui::tui::run()
}
