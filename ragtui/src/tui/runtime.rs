//! The loop: waits for keys, the daemon and timers, performs effects, draws what changed.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;
use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::StreamExt;
use protocol::ErrorReport;
use rustix::process::{getpid, kill_current_process_group, kill_process};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::actions;
use super::effect::Effect;
use super::message::Message;
use super::model::Model;
use super::requests::{self, News};
use super::terminal::Screen;
use super::theme::Theme;
use super::update::update;
use super::view;
use crate::client::{Client, Target};
use crate::words::now;

/// Ten frames a second are enough for news; keys are answered at once.
const FRAME: Duration = Duration::from_millis(100);
/// Thirty a second while an answer is read as it is written.
const STREAM_FRAME: Duration = Duration::from_millis(33);
/// News that wait while a frame is drawn.
const QUEUE: usize = 1_024;
/// Seconds are counted while something shows them.
const SECOND: Duration = Duration::from_secs(1);

/// Screens for ragd: jobs, live, and questions with their sources.
#[derive(Debug, Parser)]
#[command(name = "ragtui", version)]
pub struct Arguments {
    /// Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock,
    /// /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
}

/// Reads the arguments; prints help, or what is wrong with them, and ends where they ask for it.
#[must_use]
pub fn arguments() -> Arguments {
    Arguments::parse()
}

/// Runs the screens until the user quits.
pub fn run(arguments: &Arguments) -> io::Result<()> {
    let target = Target::find(arguments.socket.as_deref());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async { Session::open(target)?.run().await });
    runtime.shutdown_background();
    outcome
}

/// What ends or stops the session from outside, so that the terminal is given back first.
struct Signals {
    terminate: Signal,
    hangup: Signal,
    interrupt: Signal,
    quit: Signal,
    stop: Signal,
    go_on: Signal,
}

impl Signals {
    fn take() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }
}

struct Session {
    signals: Signals,
    screen: Screen,
    model: Model,
    theme: Theme,
    target: Target,
    client: Option<Client>,
    /// Follows all jobs; at most one at a time.
    follower: Option<JoinHandle<()>>,
    /// Reads the answer that is being written; at most one at a time.
    reader: Option<JoinHandle<()>>,
    sender: mpsc::Sender<News>,
    news: mpsc::Receiver<News>,
    is_dirty: bool,
    drawn_at: Instant,
}

impl Session {
    fn open(target: Target) -> io::Result<Self> {
        let (columns, rows) = crossterm::terminal::size()?;
        let (sender, news) = mpsc::channel(QUEUE);
        Ok(Self {
            // Before the terminal is taken, so that no signal leaves it in raw mode.
            signals: Signals::take()?,
            screen: Screen::take()?,
            model: Model::new(columns, rows, now()),
            theme: Theme::from_environment(),
            target,
            client: None,
            follower: None,
            reader: None,
            sender,
            news,
            is_dirty: true,
            drawn_at: Instant::now(),
        })
    }

    async fn run(mut self) -> io::Result<()> {
        let mut input = EventStream::new();
        self.perform(Effect::Connect {
            after: Duration::ZERO,
        })?;
        self.draw()?;
        loop {
            let pause = if self.model.shows_stream() {
                STREAM_FRAME
            } else {
                FRAME
            };
            let next_frame = self.drawn_at + pause;
            let next_second = Instant::now() + SECOND;
            let goes_on = tokio::select! {
                event = input.next() => match event {
                    Some(event) => self.terminal_event(&event?)?,
                    None => false,
                },
                Some(news) = self.news.recv() => self.all_news(news)?,
                () = tokio::time::sleep_until(next_frame.into()), if self.is_dirty => {
                    self.draw()?;
                    true
                }
                () = tokio::time::sleep_until(next_second.into()), if self.model.shows_time() => {
                    self.handle(Message::Tick(now()))?
                }
                _ = self.signals.terminate.recv() => false,
                _ = self.signals.hangup.recv() => false,
                _ = self.signals.interrupt.recv() => false,
                _ = self.signals.quit.recv() => false,
                _ = self.signals.stop.recv() => self.stop().await?,
                // Also after a stop that nobody told us of.
                _ = self.signals.go_on.recv() => self.go_on()?,
            };
            if !goes_on {
                return Ok(());
            }
        }
    }

    /// Gives the terminal back and stops until SIGCONT.
    async fn stop(&mut self) -> io::Result<bool> {
        self.screen.leave();
        // SIGTSTP is ours now, and would be dropped where no shell could let us go on.
        kill_process(getpid(), rustix::process::Signal::STOP)?;
        self.signals.go_on.recv().await;
        self.go_on()
    }

    /// Takes the terminal again, which may have another size by now.
    fn go_on(&mut self) -> io::Result<bool> {
        self.screen.take_again()?;
        let (columns, rows) = crossterm::terminal::size()?;
        self.handle(Message::Tick(now()))?;
        let goes_on = self.handle(Message::Resized { columns, rows })?;
        self.draw()?;
        Ok(goes_on)
    }

    /// Returns whether the session goes on.
    fn terminal_event(&mut self, event: &Event) -> io::Result<bool> {
        let message = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                actions::message(self.model.focus(), *key)
            }
            Event::Paste(text) => Some(Message::Pasted(text.clone())),
            Event::Resize(columns, rows) => Some(Message::Resized {
                columns: *columns,
                rows: *rows,
            }),
            _ => None,
        };
        let Some(message) = message else {
            return Ok(true);
        };
        let goes_on = self.handle(Message::Tick(now()))? && self.handle(message)?;
        if goes_on {
            self.draw()?;
        }
        Ok(goes_on)
    }

    /// Takes all news that are there, so that many of them make one frame.
    fn all_news(&mut self, first: News) -> io::Result<bool> {
        self.handle(Message::Tick(now()))?;
        let mut next = Some(first);
        while let Some(news) = next {
            let message = match news {
                News::Connected(client) => {
                    let build = client.welcome().build.clone();
                    self.client = Some(client);
                    Message::Connected { build }
                }
                News::Message(message) => message,
            };
            if !self.handle(message)? {
                return Ok(false);
            }
            next = self.news.try_recv().ok();
        }
        Ok(true)
    }

    fn handle(&mut self, message: Message) -> io::Result<bool> {
        self.is_dirty |= self.model.shows(&message);
        for effect in update(&mut self.model, message) {
            if effect == Effect::Quit {
                return Ok(false);
            }
            self.perform(effect)?;
        }
        Ok(true)
    }

    fn draw(&mut self) -> io::Result<()> {
        let (model, theme) = (&self.model, self.theme);
        self.screen
            .terminal
            .draw(|frame| view::draw(model, theme, frame))?;
        (self.is_dirty, self.drawn_at) = (false, Instant::now());
        Ok(())
    }

    fn perform(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Connect { after } => {
                if let Some(follower) = self.follower.take() {
                    follower.abort();
                }
                self.client = None;
                let (target, sender) = (self.target.clone(), self.sender.clone());
                self.follower = Some(tokio::spawn(requests::follow(target, after, sender)));
            }
            Effect::CancelJob(job) => self.ask(move |client| async move {
                client.job_cancel(job).await.map(Message::CancelAnswered)
            }),
            Effect::RetryJob(job) => self.ask(move |client| async move {
                client
                    .job_retry(job)
                    .await
                    .map(|job| Message::RetryAnswered(Box::new(job)))
            }),
            Effect::ListWorkers => {
                self.ask(|client| async move {
                    Ok(Message::WorkersArrived(client.worker_list().await))
                });
            }
            Effect::WantWorker { name, wanted } => self.ask(move |client| async move {
                let worker = client.worker_want(name, wanted).await?;
                Ok(Message::WantAnswered(Box::new(worker)))
            }),
            Effect::Submit { path, collection } => self.submit(path, collection),
            Effect::Ask { turn, request } => {
                self.stop_reading();
                if let Some(client) = self.client.clone() {
                    let sender = self.sender.clone();
                    self.reader = Some(tokio::spawn(requests::read_answer(
                        client, turn, *request, sender,
                    )));
                }
            }
            Effect::StopAnswer => self.stop_reading(),
            Effect::Repaint => self.screen.clear()?,
            // To all that the terminal would send it to: a script that runs us has to stop, too.
            Effect::Stop => kill_current_process_group(rustix::process::Signal::TSTP)?,
            Effect::Quit => {}
        }
        Ok(())
    }

    /// Dropping the stream is what stops the model.
    fn stop_reading(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.abort();
        }
    }

    /// An error is shown in the window, not as that of any request.
    fn submit(&self, path: String, collection: String) {
        self.ask(move |client| async move {
            let answer = requests::submit(client, &path, collection).await;
            Ok(answer.map_or_else(Message::SubmitFailed, Message::SubmitAnswered))
        });
    }

    /// Asks the daemon and sends back what it says. The client's own limit ends every request.
    fn ask<F>(&self, request: impl FnOnce(Client) -> F)
    where
        F: Future<Output = Result<Message, ErrorReport>> + Send + 'static,
    {
        let Some(client) = self.client.clone() else {
            return;
        };
        let (answer, sender) = (request(client), self.sender.clone());
        tokio::spawn(async move {
            let message = answer.await.unwrap_or_else(Message::RequestFailed);
            // Without a receiver the session is over.
            let _ = sender.send(News::Message(message)).await;
        });
    }
}
