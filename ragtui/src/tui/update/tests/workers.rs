//! The window with the workers.

use super::*;
use crate::tui::fixtures::later;
use crate::tui::fixtures::workers::{told, worker};
use crate::tui::model::Popup;

fn listed(model: &Model) -> &crate::tui::model::Workers {
    let Some(Popup::Workers(workers)) = model.popups.last() else {
        panic!("the window is open");
    };
    workers
}

fn opened() -> Model {
    let mut model = live_model();
    let asked = press(&mut model, [Message::WorkersPressed]);
    assert_eq!(asked, [Effect::ListWorkers]);
    model
}

#[test]
fn workers_are_asked_for_again_while_the_window_is_open() {
    let mut model = opened();
    // A question is under way.
    assert_eq!(press(&mut model, [Message::Tick(later(60))]), []);
    assert_eq!(press(&mut model, [told()]), []);
    assert_eq!(press(&mut model, [Message::Tick(later(61))]), []);
    let again = press(&mut model, [Message::Tick(later(62))]);
    assert_eq!(again, [Effect::ListWorkers]);
    assert!(model.shows_time());
    press(&mut model, [Message::BackPressed, told()]);
    assert_eq!(press(&mut model, [Message::Tick(later(120))]), []);
    assert_eq!(model.focus(), Focus::Jobs);
}

#[test]
fn the_selected_worker_is_steered_and_stays_selected() {
    let mut model = opened();
    press(&mut model, [told(), Message::Stepped(2)]);
    assert_eq!(listed(&model).selection().unwrap().1.name, "moon-18");
    let resumed = press(&mut model, [Message::WantPressed(Wanted::Run)]);
    let name = "moon-18".to_owned();
    let wanted = Wanted::Run;
    assert_eq!(resumed, [Effect::WantWorker { name, wanted }]);
    let now = Box::new(worker("moon-18", &[], Wanted::Run));
    press(&mut model, [Message::WantAnswered(now)]);
    assert_eq!(listed(&model).selection().unwrap().1.wanted, Wanted::Run);
    assert!(matches!(&model.notice, Some(Notice::Done(text)) if text == "moon-18 goes on"));
    let fewer = vec![worker("moon-18", &[], Wanted::Run)];
    press(&mut model, [Message::WorkersArrived(Ok(fewer))]);
    assert_eq!(listed(&model).selection().unwrap().0, 0);
}

#[test]
fn a_list_that_cannot_be_had_keeps_the_last_one_and_says_why() {
    let mut model = opened();
    let report = ErrorReport::new(ErrorCode::StoreFailed, "cannot reach the queue server");
    let failed = Message::WorkersArrived(Err(report.clone()));
    press(&mut model, [told(), failed]);
    let workers = listed(&model);
    assert_eq!(workers.problem.as_ref(), Some(&report));
    assert_eq!(workers.list.as_ref().map(Vec::len), Some(4));
    press(&mut model, [told()]);
    assert_eq!(listed(&model).problem, None);
}

#[test]
fn nobody_is_asked_while_the_connection_is_lost() {
    let mut model = live_model();
    let lost = ErrorReport::new(ErrorCode::Unreachable, "cannot reach ragd");
    press(&mut model, [Message::Disconnected(lost)]);
    assert_eq!(press(&mut model, [Message::WorkersPressed]), []);
    assert_eq!(model.focus(), Focus::Jobs);
}
