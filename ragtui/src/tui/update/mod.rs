//! What follows from what happened. No clock, no input, no output.

use super::effect::Effect;
use super::message::Message;
use super::model::{Focus, Model, Palette, Popup, Screen, SubmitForm};

pub(super) fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Tick(now) => model.tick(now),
        Message::Resized { columns, rows } => model.resized(columns, rows),
        Message::Stepped(by) => model.step(by),
        Message::Paged(by) => model.page(by),
        Message::Typed(c) => model.typed(c.encode_utf8(&mut [0; 4])),
        Message::Pasted(text) => model.pasted(&text),
        Message::EditPressed(edit) => model.edit(edit),
        Message::EnterPressed => enter(model),
        Message::BackPressed => model.back(),
        Message::InterruptPressed => model.interrupt(),
        Message::JobsPressed => model.go(Screen::Jobs),
        Message::ChatPressed => model.go(Screen::Chat),
        Message::PanePressed(by) => model.change_pane(by),
        Message::FieldPressed => {
            model.next_field();
            Vec::new()
        }
        Message::FilterPressed => {
            model.screen = Screen::Jobs;
            model.jobs.begin_filter()
        }
        Message::CancelPressed => model.if_live(model.jobs.cancel_selected()),
        Message::RetryPressed => model.if_live(model.jobs.retry_selected()),
        Message::SubmitPressed => model.open(Popup::Submit(SubmitForm::default())),
        Message::WorkersPressed => model.open_workers(),
        Message::WantPressed(wanted) => model.want(wanted),
        Message::WritePressed => model.write(),
        Message::MarkPressed(by) => model.step_mark(by),
        Message::StopPressed => model.chat.stop(),
        Message::ConversationPressed => model.begin_conversation(),
        Message::ReconnectPressed => model.reconnect_now(),
        Message::HelpPressed => model.open(Popup::Help(0)),
        Message::PalettePressed => model.open(Popup::Palette(Palette::default())),
        Message::RepaintPressed => vec![Effect::Repaint],
        Message::SuspendPressed => vec![Effect::Stop],
        Message::QuitPressed => vec![Effect::Quit],
        Message::Connected { build } => model.connected(build),
        Message::Disconnected(report) => model.disconnected(report),
        Message::EventArrived(event) => model.jobs.apply(*event),
        Message::CancelAnswered(receipt) => {
            let state = receipt.state.as_str();
            let (job, kept) = (receipt.job.short(), receipt.kept);
            model.say(format!("job {job} {state}, {kept} kept"))
        }
        Message::RetryAnswered(job) => {
            let text = format!("job {} is {} again", job.id.short(), job.state.as_str());
            model.say(text);
            model.jobs.upsert(*job)
        }
        Message::RequestFailed(report) => model.complain(report),
        Message::WorkersArrived(answer) => model.workers_arrived(answer),
        Message::WantAnswered(worker) => model.worker_told(&worker),
        Message::SubmitAnswered(accepted) => model.submitted(&accepted),
        Message::SubmitFailed(report) => model.submit_failed(report),
        Message::AnswerArrived { turn, event } => model.chat.apply(turn, *event),
        Message::AnswerLost { turn, report } => model.chat.broke_off(turn, report),
    }
}

fn enter(model: &mut Model) -> Vec<Effect> {
    match model.focus() {
        Focus::Filter => model.jobs.accept_filter(),
        Focus::Composer => model.send(),
        Focus::Submit => model.submit(),
        Focus::Palette => run_selected(model),
        Focus::Jobs | Focus::Transcript | Focus::Sources | Focus::Workers | Focus::Help => {
            Vec::new()
        }
    }
}

/// Closes the palette and does what is selected in it. What cannot be done leaves it open, for
/// the reason stands beside it.
fn run_selected(model: &mut Model) -> Vec<Effect> {
    let Some(Popup::Palette(palette)) = model.popups.last() else {
        return Vec::new();
    };
    let found = palette.found(model).into_iter().nth(palette.selected);
    match found {
        Some(found) if found.blocked.is_none() => {
            model.popups.pop();
            update(model, found.action.message.clone())
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
