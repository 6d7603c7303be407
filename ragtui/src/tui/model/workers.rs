//! The window with the workers. Nobody tells of them by himself, so they are asked for while it is
//! open.

use protocol::worker::{Wanted, WorkerView};
use protocol::{ErrorReport, Timestamp};

use super::{Model, Popup};
use crate::tui::effect::Effect;

/// Between an answer and the next question, in milliseconds.
const PAUSE: i64 = 2_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Workers {
    /// Absent: not told yet.
    pub(in crate::tui) list: Option<Vec<WorkerView>>,
    /// Why the last question was not answered.
    pub(in crate::tui) problem: Option<ErrorReport>,
    /// Kept by name, so that the cursor stays on its worker while others come and go.
    selected: Option<String>,
    /// Absent: a question is under way.
    answered_at: Option<Timestamp>,
}

impl Workers {
    /// Returns the selected worker and its row; the first one where none is selected or it is gone.
    pub(in crate::tui) fn selection(&self) -> Option<(usize, &WorkerView)> {
        let list = self.list.as_ref()?;
        let is_selected = |worker: &WorkerView| Some(&worker.name) == self.selected.as_ref();
        let at = list.iter().position(is_selected).unwrap_or(0);
        list.get(at).map(|worker| (at, worker))
    }

    /// Moves the cursor by `rows`, as far as there are any.
    pub(super) fn step(&mut self, rows: isize) {
        let Some((at, _)) = self.selection() else {
            return;
        };
        let list = self.list.as_deref().unwrap_or_default();
        let target = at.saturating_add_signed(rows).min(list.len() - 1);
        self.selected = Some(list[target].name.clone());
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.answered_at.is_some_and(|at| now.0 - at.0 >= PAUSE)
    }
}

impl Model {
    pub(in crate::tui) fn open_workers(&mut self) -> Vec<Effect> {
        let effects = self.if_live(Ok(Effect::ListWorkers));
        if !effects.is_empty() {
            self.popups.push(Popup::Workers(Workers::default()));
        }
        effects
    }

    /// Takes over the time, and asks again for what is due.
    pub(in crate::tui) fn tick(&mut self, now: Timestamp) -> Vec<Effect> {
        self.now = now;
        let is_live = self.is_live();
        match self.workers() {
            Some(workers) if is_live && workers.is_due(now) => {
                workers.answered_at = None;
                vec![Effect::ListWorkers]
            }
            _ => Vec::new(),
        }
    }

    pub(in crate::tui) fn workers_arrived(
        &mut self,
        answer: Result<Vec<WorkerView>, ErrorReport>,
    ) -> Vec<Effect> {
        let now = self.now;
        let Some(workers) = self.workers() else {
            // The window was closed meanwhile.
            return Vec::new();
        };
        workers.answered_at = Some(now);
        match answer {
            Ok(list) => (workers.list, workers.problem) = (Some(list), None),
            Err(report) => workers.problem = Some(report),
        }
        Vec::new()
    }

    /// Has the selected worker rest, go on, or stop.
    pub(in crate::tui) fn want(&mut self, wanted: Wanted) -> Vec<Effect> {
        let selected = self.workers().and_then(|workers| {
            let (_, worker) = workers.selection()?;
            Some(worker.name.clone())
        });
        let effect = match selected {
            Some(name) => Ok(Effect::WantWorker { name, wanted }),
            None => Err("no worker is selected".to_owned()),
        };
        self.if_live(effect)
    }

    pub(in crate::tui) fn worker_told(&mut self, worker: &WorkerView) -> Vec<Effect> {
        let name = worker.name.clone();
        if let Some(list) = self.workers().and_then(|workers| workers.list.as_mut())
            && let Some(known) = list.iter_mut().find(|known| known.name == name)
        {
            *known = worker.clone();
        }
        self.say(match worker.wanted {
            Wanted::Run => format!("{name} goes on"),
            Wanted::Pause => format!("{name} ends what runs, and rests"),
            Wanted::Drain => format!("{name} ends what runs, and stops"),
        })
    }

    fn workers(&mut self) -> Option<&mut Workers> {
        self.popups.iter_mut().find_map(|popup| match popup {
            Popup::Workers(workers) => Some(workers),
            Popup::Help(_) | Popup::Palette(_) | Popup::Submit(_) => None,
        })
    }
}
