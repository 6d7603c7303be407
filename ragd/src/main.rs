//! Arguments, logs, signals and the exit code of `ragd`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use ragd::config::{self, Config, ConfigError, LogFormat};
use ragd::daemon::{Daemon, DaemonError};
use ragd::fleet::TaskId;
use ragd::ledger::LedgerError;
use ragd::sandbox::{self, Rules, Tried, Ways};
use ragd::worker::{self, WorkerError};
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// How long threads get to end after everything that matters has.
const LAST_BREATH: Duration = Duration::from_millis(500);

/// The daemon of ragd: takes in your documents and answers questions about them.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    #[command(flatten)]
    places: Places,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Where things are.
#[derive(Debug, clap::Args)]
struct Places {
    /// Configuration file [default: $XDG_CONFIG_HOME/ragd/config.toml]
    #[arg(long, env = "RAGD_CONFIG", global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of ledger, index and blobs [default: $XDG_DATA_HOME/ragd]
    #[arg(long, env = "RAGD_STATE_DIR", global = true, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// Local socket [default: $XDG_RUNTIME_DIR/ragd/ragd.sock]
    #[arg(long, env = "RAGD_SOCKET", global = true, value_name = "PATH")]
    socket: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM (the default)
    Serve,
    /// Work for a daemon on another machine, until SIGTERM
    Worker(WorkerArguments),
    /// Read documents for the daemon, which starts this in a sandbox; or prove that it is one
    Extract(ExtractArguments),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, clap::Args)]
struct WorkerArguments {
    /// Parts to work on at the same time [default: workers.local]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=256))]
    slots: Option<u32>,
    /// What it is called in `ragctl worker list` [default: host and process]
    #[arg(long)]
    name: Option<String>,
    /// Do the one part that is named, and leave
    #[arg(long, requires = "part")]
    once: bool,
    /// The part, as JOB/NUMBER
    #[arg(long, value_name = "JOB/NUMBER", requires = "once")]
    part: Option<TaskId>,
}

#[derive(Debug, clap::Args)]
struct ExtractArguments {
    /// Try each way out of the sandbox, and print what stopped it
    #[arg(long)]
    self_test: bool,
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    ways: Ways,
    #[arg(long, hide = true, conflicts_with = "self_test")]
    probe: Option<usize>,
    /// Become a program of somebody else, within walls
    #[arg(long, hide = true, value_name = "PROGRAM")]
    tool: Option<PathBuf>,
    #[arg(hide = true, last = true, requires = "tool")]
    arguments: Vec<OsString>,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print every key with its default and its meaning
    Reference,
    /// Check the configuration file and print where it is
    Check,
}

fn main() -> ExitCode {
    ragd::observe::keep_little_memory();
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            exit_code(&error)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.command {
        None | Some(Command::Serve) => serve(&arguments.places),
        Some(Command::Worker(worker)) => work(&arguments.places, worker),
        Some(Command::Extract(extract)) => extract_documents(extract),
        Some(Command::Config(ConfigCommand::Reference)) => {
            say(&config::reference()).context("printing the reference")
        }
        Some(Command::Config(ConfigCommand::Check)) => {
            let (path, _) = arguments.places.file();
            let config = arguments.places.read()?;
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .context("starting threads")?;
            let _inside = runtime.enter();
            ragd::daemon::check(&config)?;
            say(&format!("{} is fine\n", path.display())).context("printing the result")
        }
    }
}

impl Places {
    /// Returns the configuration file, and whether somebody named it.
    fn file(&self) -> (PathBuf, bool) {
        match &self.config {
            Some(path) => (path.clone(), true),
            None => (config::default_config_path(), false),
        }
    }

    fn read(&self) -> Result<Config, ConfigError> {
        let (path, explicit) = self.file();
        let mut config = config::read(&path, explicit)?;
        if let Some(dir) = &self.state_dir {
            config.state_dir.clone_from(dir);
        }
        if let Some(socket) = &self.socket {
            config.socket.clone_from(socket);
        }
        Ok(config)
    }
}

fn extract_documents(arguments: &ExtractArguments) -> anyhow::Result<()> {
    if let Some(number) = arguments.probe {
        return sandbox::try_out(number).context("putting up the walls");
    }
    if let Some(program) = &arguments.tool {
        let (rules, ways, rest) = (&arguments.rules, &arguments.ways, &arguments.arguments);
        let error = sandbox::become_tool(rules, ways, program, rest);
        return Err(error).context("starting a program");
    }
    if !arguments.self_test {
        return sandbox::serve(&arguments.rules, ragd::ingest::parse::answer)
            .context("speaking with the daemon");
    }
    let program = Config::default().extract.program;
    let tried = sandbox::self_test(&program).context("starting a child")?;
    let mut open = 0;
    for Tried { probe, held } in &tried {
        let line = match held {
            Ok(how) => format!("held  {probe}: {how}\n"),
            Err(how) => {
                open += 1;
                format!("OPEN  {probe}: {how}\n")
            }
        };
        say(&line).context("printing the result")?;
    }
    anyhow::ensure!(open == 0, "{open} of {} ways out are open", tried.len());
    Ok(())
}

fn serve(places: &Places) -> anyhow::Result<()> {
    let config = places.read()?;
    start_logs(&config);
    // What is kept is as private as the documents; who may connect is said for the socket alone.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting threads")?;
    let served = runtime.block_on(serve_with(config, places));
    // Blocking work that does not end must not keep the process: the next start does it again.
    runtime.shutdown_timeout(LAST_BREATH);
    served
}

fn work(places: &Places, arguments: &WorkerArguments) -> anyhow::Result<()> {
    let config = places.read()?;
    start_logs(&config);
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let options = worker::Options {
        slots: arguments.slots,
        name: arguments.name.clone(),
        once: arguments.part,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting threads")?;
    let worked = runtime.block_on(async {
        let mut signals = Signals::new().context("listening for signals")?;
        let stopping = CancellationToken::new();
        let worker = worker::run(&config, options, stopping.clone());
        tokio::pin!(worker);
        notify(&[NotifyState::Ready]);
        tokio::select! {
            worked = &mut worker => return Ok(worked?),
            () = signals.stop() => {}
        }
        notify(&[NotifyState::Stopping]);
        tracing::info!("Stopping.");
        stopping.cancel();
        tokio::select! {
            worked = &mut worker => Ok(worked?),
            // A second signal means now. What it has is another's when the lease has run out.
            () = signals.stop() => {
                tracing::warn!("Stopped at once.");
                Ok(())
            }
        }
    });
    runtime.shutdown_timeout(LAST_BREATH);
    worked
}

async fn serve_with(config: Config, places: &Places) -> anyhow::Result<()> {
    let mut signals = Signals::new().context("listening for signals")?;
    tracing::info!(
        state_dir = %config.state_dir().display(), socket = %config.socket().display(),
        pid = std::process::id(), "Starting."
    );
    let mut daemon = Daemon::start(config)?;
    let opened = tokio::select! {
        opened = daemon.opened() => opened.map(|()| true)?,
        () = signals.stop() => false,
    };
    if opened {
        notify(&[NotifyState::Ready]);
        tracing::info!("Ready.");
        signals.serve(&daemon, places).await;
    }
    notify(&[NotifyState::Stopping]);
    tracing::info!("Stopping.");
    tokio::select! {
        stopped = daemon.stop() => stopped?,
        // A second signal means now. What is running is handed back by the next start.
        () = signals.stop() => tracing::warn!("Stopped at once."),
    }
    Ok(())
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Reloads on SIGHUP and feeds the watchdog until it is time to stop.
    async fn serve(&mut self, daemon: &Daemon, places: &Places) {
        let watchdog = sd_notify::watchdog_enabled().map(|interval| interval / 2);
        loop {
            let feeding = async {
                match watchdog {
                    Some(interval) => tokio::time::sleep(interval).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => reload(daemon, places),
                () = feeding => feed_watchdog(daemon).await,
            }
        }
    }
}

/// Takes over the file whole, or not at all.
fn reload(daemon: &Daemon, places: &Places) {
    match places.read() {
        Ok(config) => {
            let waiting = daemon.reload(config);
            tracing::info!("The configuration was reloaded.");
            if !waiting.is_empty() {
                let keys = waiting.join(", ");
                tracing::warn!(keys, "What was changed there takes effect at a restart.");
            }
        }
        Err(error) => {
            let error = ragd::ids::chain(&error);
            tracing::error!(
                error,
                "The configuration was not reloaded; the old one stays."
            );
        }
    }
}

async fn feed_watchdog(daemon: &Daemon) {
    let alive = tokio::time::timeout(Duration::from_secs(10), daemon.is_alive()).await;
    match alive {
        Ok(true) => notify(&[NotifyState::Watchdog]),
        Ok(false) | Err(_) => tracing::error!("The writer or the scheduler does not answer."),
    }
}

fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd could not be told.");
    }
}

fn start_logs(config: &Config) {
    let filter = EnvFilter::try_from_env("RAGD_LOG")
        .or_else(|_| EnvFilter::try_new(&config.log.level))
        .unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Told by `eprintln!`, which panics where the log itself has no room.
        .log_internal_errors(false);
    // The journal has its own times and no colours.
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    match config.log.format {
        LogFormat::Json => logs.json().init(),
        LogFormat::Text if journal => logs.without_time().with_ansi(false).init(),
        LogFormat::Text => logs.with_ansi(terminal).init(),
    }
}

/// Prints the error with its causes and what to do.
fn complain(error: &anyhow::Error) {
    use std::fmt::Write as _;
    let mut text = format!("error: {error}\n");
    for cause in error.chain().skip(1) {
        let _ = writeln!(text, "  why:  {cause}");
    }
    if let Some(next) = advice(error) {
        let _ = writeln!(text, "  try:  {next}");
    }
    let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
}

fn advice(error: &anyhow::Error) -> Option<String> {
    if let Some(
        ConfigError::UnknownKey { .. } | ConfigError::Invalid { .. } | ConfigError::Model { .. },
    ) = error.downcast_ref()
    {
        return Some("ragd config reference".to_owned());
    }
    if let Some(error) = error.downcast_ref::<WorkerError>() {
        return error.next_step();
    }
    match error.downcast_ref::<DaemonError>()? {
        DaemonError::Fleet(error) => Some(error.next_step()),
        DaemonError::StateTaken { .. } => {
            Some("stop it, or give this one a --state-dir and a --socket of its own".to_owned())
        }
        DaemonError::StateDir { path, .. } => Some(format!(
            "check who owns {} and whether it is writable",
            path.display()
        )),
        DaemonError::Ledger(LedgerError::Damaged { path, .. }) => Some(format!(
            "there is no backup; to begin empty: mv {} {}",
            path.display(),
            Path::new(path).with_extension("db.damaged").display()
        )),
        DaemonError::Ledger(LedgerError::Newer { .. }) => Some("start a newer ragd".to_owned()),
        DaemonError::Blobs(error) => error.hint().map(str::to_owned),
        DaemonError::Socket(_) => Some("give it another place with --socket".to_owned()),
        _ => None,
    }
}

/// Codes of sysexits, as `ragctl` has them.
fn exit_code(error: &anyhow::Error) -> ExitCode {
    let code = match error.downcast_ref::<DaemonError>() {
        _ if error.is::<ConfigError>() => 78,
        Some(DaemonError::Ledger(LedgerError::Damaged { .. } | LedgerError::Newer { .. })) => 65,
        Some(DaemonError::StateTaken { .. } | DaemonError::Socket(_)) => 75,
        Some(DaemonError::StateDir { .. }) => 77,
        Some(DaemonError::Fleet(_)) => 78,
        None if error.is::<WorkerError>() => 75,
        _ => 1,
    };
    ExitCode::from(code)
}

fn say(text: &str) -> std::io::Result<()> {
    std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes())
}
