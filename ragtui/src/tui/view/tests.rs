//! Frames as text, at the sizes that people have.

use protocol::answer::AnswerEvent;
use protocol::job::{JobEventKind, JobState};
use protocol::{ErrorCode, ErrorReport};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::draw;
use crate::tui::fixtures::chat::{
    asking, chat_model, finished, long_answer, nothing_found, sent, step,
};
use crate::tui::fixtures::{NOW, event, job, later, live_model, workers};
use crate::tui::message::Message;
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use crate::tui::update::update;

fn frame(model: &mut Model, columns: u16, rows: u16) -> String {
    update(model, Message::Resized { columns, rows });
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal
        .draw(|frame| draw(model, Theme::mono(), frame))
        .unwrap();
    terminal.backend().to_string()
}

#[test]
fn jobs_at_80x24() {
    insta::assert_snapshot!(frame(&mut live_model(), 80, 24));
}

#[test]
fn jobs_at_40x12() {
    insta::assert_snapshot!(frame(&mut live_model(), 40, 12));
}

#[test]
fn jobs_at_160x45() {
    insta::assert_snapshot!(frame(&mut live_model(), 160, 45));
}

#[test]
fn before_the_first_answer() {
    insta::assert_snapshot!(frame(&mut Model::new(80, 24, NOW), 80, 24));
}

#[test]
fn nothing_was_submitted_yet() {
    let mut model = Model::new(40, 12, NOW);
    update(
        &mut model,
        Message::Connected {
            build: "ragd 0.1.0".into(),
        },
    );
    let end = crate::tui::fixtures::event(protocol::job::JobEventKind::SnapshotEnd);
    update(&mut model, end);
    insta::assert_snapshot!(frame(&mut model, 40, 12));
}

#[test]
fn the_connection_is_lost() {
    let mut model = live_model();
    let report = ErrorReport::new(ErrorCode::Unreachable, "the connection to ragd was lost")
        .because("ragd closed the connection");
    for _ in 0..6 {
        update(&mut model, Message::Disconnected(report.clone()));
    }
    update(&mut model, Message::Tick(later(1)));
    insta::assert_snapshot!(frame(&mut model, 80, 24));
}

#[test]
fn a_filter_is_typed() {
    let mut model = live_model();
    update(&mut model, Message::FilterPressed);
    for c in "manual".chars() {
        update(&mut model, Message::Typed(c));
    }
    insta::assert_snapshot!(frame(&mut model, 80, 24));
}

/// Draws at the two sizes of the specification.
macro_rules! at_both_sizes {
    ($name:ident, $model:expr) => {
        #[test]
        fn $name() {
            insta::assert_snapshot!(
                concat!(stringify!($name), "_at_80x24"),
                frame(&mut $model, 80, 24)
            );
            insta::assert_snapshot!(
                concat!(stringify!($name), "_at_160x45"),
                frame(&mut $model, 160, 45)
            );
        }
    };
}

at_both_sizes!(chat_empty, chat_model());
at_both_sizes!(chat_sent, sent());
at_both_sizes!(chat_answering, asking());
at_both_sizes!(
    chat_with_a_mark,
    after(
        finished(),
        [
            Message::BackPressed,
            Message::MarkPressed(1),
            Message::MarkPressed(1),
            Message::MarkPressed(1),
        ]
    )
);
at_both_sizes!(
    chat_with_a_source,
    after(finished(), [Message::PanePressed(-1), Message::Stepped(1)])
);
at_both_sizes!(chat_stopped, after(asking(), [Message::BackPressed]));
at_both_sizes!(chat_nothing_found, nothing_found());
at_both_sizes!(chat_broken_off, after(asking(), [lost()]));
at_both_sizes!(
    chat_with_a_draft,
    after(
        finished(),
        [Message::Pasted(
            "and what does the cleaner do\nafter a crash?".into()
        )]
    )
);
at_both_sizes!(
    submit,
    after(
        live_model(),
        [
            Message::SubmitPressed,
            Message::Pasted("~/docs/manuals".into())
        ]
    )
);
at_both_sizes!(
    submit_refused,
    after(
        live_model(),
        [
            Message::SubmitPressed,
            Message::Pasted("/etc/shadow".into()),
            Message::EnterPressed,
            Message::SubmitFailed(
                ErrorReport::new(ErrorCode::SourceUnreadable, "cannot read /etc/shadow")
                    .because("permission denied")
            ),
        ]
    )
);
at_both_sizes!(palette, after(live_model(), [Message::PalettePressed]));
at_both_sizes!(
    palette_with_a_query,
    after(
        live_model(),
        [Message::PalettePressed, Message::Pasted("retr".into()),]
    )
);
at_both_sizes!(help_of_jobs, after(live_model(), [Message::HelpPressed]));
at_both_sizes!(
    help_of_the_composer,
    after(chat_model(), [Message::HelpPressed])
);
at_both_sizes!(
    workers,
    after(live_model(), [Message::WorkersPressed, workers::told()])
);
at_both_sizes!(
    workers_alone,
    after(live_model(), [Message::WorkersPressed, workers::alone()])
);
at_both_sizes!(
    workers_unknown,
    after(live_model(), [Message::WorkersPressed, workers_not_told()])
);
at_both_sizes!(disconnected, after(live_model(), [lost()]));

fn after(mut model: Model, messages: impl IntoIterator<Item = Message>) -> Model {
    for message in messages {
        update(&mut model, message);
    }
    model
}

fn workers_not_told() -> Message {
    let report = ErrorReport::new(ErrorCode::StoreFailed, "cannot reach the queue server");
    Message::WorkersArrived(Err(report.because("connection refused")))
}

fn lost() -> Message {
    let report = ErrorReport::new(ErrorCode::Unreachable, "the connection to ragd was lost");
    Message::Disconnected(report.because("ragd closed the connection"))
}

#[test]
fn news_below_are_announced() {
    let answer = crate::tui::fixtures::chat::long_answer;
    let step = |event| crate::tui::fixtures::chat::step(1, event);
    let mut model = after(
        asking(),
        [
            step(answer()),
            Message::PanePressed(1),
            Message::Paged(-1),
            step(answer()),
        ],
    );
    insta::assert_snapshot!(frame(&mut model, 80, 24));
}

#[test]
fn a_small_chat_shows_one_pane() {
    insta::assert_snapshot!(frame(&mut finished(), 40, 12));
}

#[test]
fn help_is_scrolled_where_it_does_not_fit() {
    let mut model = after(chat_model(), [Message::HelpPressed, Message::Stepped(3)]);
    insta::assert_snapshot!(frame(&mut model, 40, 12));
}

#[test]
fn sources_have_a_small_terminal_for_themselves() {
    let mut model = after(finished(), [Message::PanePressed(-1)]);
    insta::assert_snapshot!(frame(&mut model, 40, 12));
}

/// Every screen with every window over it.
fn all_screens() -> Vec<Model> {
    let marked = after(finished(), [Message::BackPressed, Message::MarkPressed(1)]);
    let sources = after(finished(), [Message::PanePressed(-1)]);
    let screens = [
        live_model(),
        chat_model(),
        sent(),
        asking(),
        marked,
        sources,
    ];
    let windows = [
        Message::HelpPressed,
        Message::PalettePressed,
        Message::SubmitPressed,
        Message::FilterPressed,
        Message::WorkersPressed,
    ];
    let opened = screens.iter().flat_map(|screen| {
        let windows = windows.clone();
        windows.map(|window| after(screen.clone(), [window]))
    });
    opened.chain(screens.clone()).collect()
}

#[test]
fn no_size_is_too_small() {
    for mut model in all_screens() {
        for (columns, rows) in [
            (1, 1),
            (2, 4),
            (3, 3),
            (10, 3),
            (10, 5),
            (40, 12),
            (60, 16),
            (120, 5),
        ] {
            frame(&mut model, columns, rows);
            for message in [
                Message::Stepped(1),
                Message::Paged(-1),
                Message::MarkPressed(1),
                Message::Typed('x'),
            ] {
                update(&mut model, message);
            }
            frame(&mut model, columns, rows);
        }
    }
    for columns in 1..=82 {
        for rows in 1..=26 {
            frame(&mut live_model(), columns, rows);
        }
    }
}

/// Frames with a change in each, in the time of this thread: what else the machine does is none of
/// its business. The limit is that of builds for tests; with another in milliseconds,
/// such as `RAGTUI_FRAME_MS=0 cargo test --release -p ragtui --lib frame_times`, it says the times.
#[test]
fn frame_times() {
    const FRAMES: u32 = 400;
    const LIMIT_MS: u64 = 40;
    let limit = std::env::var("RAGTUI_FRAME_MS").map_or(LIMIT_MS, |limit| limit.parse().unwrap());
    let mut told = Vec::new();
    let mut jobs = live_model();
    for number in 0..1_000 {
        let job = job(0x1000 + number, JobState::Queued);
        update(&mut jobs, event(JobEventKind::Snapshot(Box::new(job))));
    }
    let mut chat = asking();
    update(&mut chat, step(1, long_answer()));
    let job_changes = |frame| {
        let state = [JobState::Running, JobState::Finished][frame as usize % 2];
        let job = job(0x1000 + u128::from(frame), state);
        event(JobEventKind::State(Box::new(job)))
    };
    let text_comes = |_| step(1, AnswerEvent::Text("some more text ".into()));
    let screens: [(_, _, &dyn Fn(u32) -> Message); 2] =
        [("jobs", jobs, &job_changes), ("chat", chat, &text_comes)];
    for (name, mut model, change) in screens {
        let (columns, rows) = (160, 45);
        update(&mut model, Message::Resized { columns, rows });
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        let mut times: Vec<_> = (0..FRAMES)
            .map(|frame| {
                let began = worked();
                update(&mut model, change(frame));
                terminal
                    .draw(|frame| draw(&model, Theme::mono(), frame))
                    .unwrap();
                worked() - began
            })
            .collect();
        times.sort();
        let p99 = times[times.len() * 99 / 100];
        let is_quick = p99 <= std::time::Duration::from_millis(limit);
        told.push((name, times[times.len() / 2], p99, is_quick));
    }
    let is_quick = told.iter().all(|(.., is_quick)| *is_quick);
    assert!(is_quick, "screen, p50, p99, within {limit} ms: {told:?}");
}

/// Returns how long this thread has worked.
fn worked() -> std::time::Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.try_into().unwrap()
}
