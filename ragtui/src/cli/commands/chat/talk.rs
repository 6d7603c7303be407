//! The conversation itself, line by line: nothing on the screen is ever drawn over, so that a
//! screen reader and a scroll-back see all of it.

use std::io::{self, IsTerminal};
use std::time::Instant;

use protocol::answer::{AnswerView, Thread};
use protocol::{ErrorCode, ErrorReport};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

use super::line::Line;
use crate::cli::answer::{Heard, Teller, listen, passage, sources, verdict};
use crate::cli::args::{Answering, Format};
use crate::cli::commands::ask::request;
use crate::cli::context::Context;
use crate::cli::conversation_ids;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::signals::Signals;
use crate::text;

const HELP: &str = "\
/sources N  show passage N of the last answer; without N, list them
/new        begin another conversation
/help       show this
/quit       end, as Ctrl-D does; Ctrl-C stops an answer";

pub(super) async fn run(
    context: &Context,
    conversation: Option<String>,
    how: Answering,
) -> Outcome {
    if matches!(context.out.format, Format::Tsv | Format::Name) {
        return Err(Failure::usage("chat prints human, json or ndjson"));
    }
    let thread = match conversation {
        None => Thread::New,
        Some(text) => {
            let find = async {
                let client = context.connect().await?;
                Ok(conversation_ids::resolve_one(&client, &text).await?)
            };
            Thread::Follow(context.in_time(find).await?)
        }
    };
    let mut talk = Talk {
        context,
        how,
        thread,
        last: None,
        is_interactive: io::stdin().is_terminal() && context.out.stderr_is_terminal,
        exit: Exit::DONE,
        lines: BufReader::new(tokio::io::stdin()).lines(),
        signals: Signals::new()?,
    };
    let outcome = talk.until_end().await;
    talk.farewell();
    outcome
}

struct Talk<'a> {
    context: &'a Context,
    how: Answering,
    thread: Thread,
    last: Option<Box<AnswerView>>,
    /// Somebody sits there: mistakes are told and forgiven. Otherwise the first of them is what the
    /// command ends with, after the last question.
    is_interactive: bool,
    exit: Exit,
    lines: Lines<BufReader<Stdin>>,
    signals: Signals,
}

/// What was read.
enum Read {
    Line(String),
    End,
    Signal(Exit),
}

impl Talk<'_> {
    async fn until_end(&mut self) -> Outcome {
        if self.is_interactive {
            self.context.out.note("/help lists what else there is");
        }
        loop {
            let text = match self.read().await? {
                Read::Line(text) => text,
                Read::End => return Ok(self.exit),
                Read::Signal(Exit::INTERRUPTED) if self.is_interactive => {
                    self.context.out.note("\nCtrl-D or /quit ends");
                    continue;
                }
                Read::Signal(exit) => return Ok(exit),
            };
            let outcome = match Line::read(&text) {
                Line::Quit => return Ok(self.exit),
                Line::Question(question) => self.ask(question.to_owned()).await,
                line => self.heed(&line).map(|()| Exit::DONE),
            };
            match outcome {
                Ok(Exit::DONE) => {}
                Ok(Exit::INTERRUPTED) if self.is_interactive => {
                    self.context.out.note("stopped");
                }
                Err(failure) if failure.report().is_some() => {
                    self.context.out.failure(&failure);
                    if !self.is_interactive && self.exit == Exit::DONE {
                        self.exit = failure.exit();
                    }
                }
                end => return end,
            }
        }
    }

    async fn read(&mut self) -> Result<Read, Failure> {
        if self.is_interactive {
            let gap = if self.last.is_some() { "\n" } else { "" };
            self.context.out.prompt(&format!("{gap}You: "));
        }
        tokio::select! {
            line = self.lines.next_line() => match line {
                Ok(Some(line)) => Ok(Read::Line(line)),
                Ok(None) => {
                    if self.is_interactive {
                        self.context.out.prompt("\n");
                    }
                    Ok(Read::End)
                }
                Err(error) => Err(ErrorReport::new(ErrorCode::BadRequest, "cannot read the next question")
                    .because(error.to_string())
                    .into()),
            },
            exit = self.signals.next() => Ok(Read::Signal(exit)),
        }
    }

    async fn ask(&mut self, question: String) -> Outcome {
        let context = self.context;
        let request = request(context, question, &self.how, self.thread);
        if self.last.is_some() && !self.is_interactive && context.out.is_human() {
            context.out.text("\n")?;
        }
        let mut teller = Teller::new(context);
        if self.is_interactive && context.out.stdout_is_terminal {
            teller = teller.labelled("ragd: ");
        }
        // A conversation may last; what may take too long is an answer.
        let timeout = context.global.timeout;
        let deadline = timeout.map(|span| Instant::now() + span.0);
        match listen(teller, request, &mut self.signals, deadline).await? {
            Heard::Stopped(exit, conversation) => {
                // What was said so far is kept, and the next question may be about it.
                if let Some(conversation) = conversation {
                    self.thread = Thread::Follow(conversation);
                }
                Ok(exit)
            }
            Heard::Whole(view) => {
                if let Some(conversation) = view.searched.conversation {
                    self.thread = Thread::Follow(conversation);
                }
                let view = self.last.insert(view);
                verdict(context, view, false)
            }
        }
    }

    /// Does what a line wants that is no question.
    fn heed(&mut self, line: &Line<'_>) -> Result<(), Failure> {
        let out = &self.context.out;
        match line {
            Line::Nothing | Line::Question(_) | Line::Quit => {}
            Line::Help => out.note(HELP),
            Line::New => {
                self.farewell();
                self.thread = Thread::New;
                self.last = None;
            }
            Line::Sources(number) => return self.sources(*number),
            Line::Unknown(text) => {
                out.note(&format!("{}: /help lists what there is", text::clean(text)));
            }
        }
        Ok(())
    }

    fn sources(&self, number: Option<u32>) -> Result<(), Failure> {
        let out = &self.context.out;
        let Some(view) = &self.last else {
            out.note("there is no answer yet, and so no sources");
            return Ok(());
        };
        if !out.is_human() {
            // They were part of the answer.
            return Ok(());
        }
        let Some(number) = number else {
            return out.text(&sources(view, &out.look));
        };
        match view.sources.iter().find(|source| source.number == number) {
            Some(source) => out.text(&passage(source, &out.look)),
            None => {
                let count = view.sources.len();
                out.note(&format!("there is no source {number}; there are {count}"));
                Ok(())
            }
        }
    }

    /// Says how to come back.
    fn farewell(&self) {
        if let (Thread::Follow(id), Some(_), true) =
            (self.thread, &self.last, self.context.out.is_human())
        {
            let short = conversation_ids::short(id);
            self.context
                .out
                .note(&format!("conversation {short}  go on: ragctl chat {short}"));
        }
    }
}
