//! What changed and is not taken in yet: gathered until it is quiet, and never more than fits.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

/// More changes than this are looked for in all of the source, which costs no more by then.
const MOST: usize = 4_096;
/// An editor saves a file in a handful of steps, within a few milliseconds. A file that was written
/// less than 50 ms ago would not be trusted (`ingest/gather.rs`), and read once more later.
const FEW: usize = 8;
const QUIET_AFTER_FEW: Duration = Duration::from_millis(60);
/// A build, a checkout or a copy goes on for longer.
const QUIET: Duration = Duration::from_millis(150);
/// What never gets quiet is taken in all the same.
const AT_MOST: Duration = Duration::from_secs(1);

/// What is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All of it.
    Whole,
    /// Files, and folders with all that is below them. None lies below another.
    Paths(Vec<PathBuf>),
}

#[derive(Debug, Default)]
pub(super) struct Pending {
    paths: BTreeSet<PathBuf>,
    whole: bool,
    /// When the first and the last of it came.
    since: Option<(Instant, Instant)>,
}

impl Pending {
    pub(super) fn add(&mut self, path: &Path, now: Instant) {
        self.came(now);
        if self.whole || path.ancestors().any(|above| self.paths.contains(above)) {
            return;
        }
        // What lies below is looked at with it.
        let from = (Bound::Included(path), Bound::Unbounded);
        let below = self.paths.range::<Path, _>(from);
        let below: Vec<_> = below
            .take_while(|other| other.starts_with(path))
            .cloned()
            .collect();
        for path in below {
            self.paths.remove(&path);
        }
        self.paths.insert(path.to_owned());
        if self.paths.len() > MOST {
            self.add_all(now);
        }
    }

    pub(super) fn add_all(&mut self, now: Instant) {
        self.came(now);
        self.whole = true;
        self.paths.clear();
    }

    /// Puts back what could not be taken in.
    pub(super) fn put_back(&mut self, scope: Scope, now: Instant) {
        match scope {
            Scope::Whole => self.add_all(now),
            Scope::Paths(paths) => paths.iter().for_each(|path| self.add(path, now)),
        }
    }

    fn came(&mut self, now: Instant) {
        self.since = Some((self.since.map_or(now, |(first, _)| first), now));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.since.is_none()
    }

    /// Returns when it is time to take in what is there.
    pub(super) fn due(&self) -> Option<Instant> {
        let (first, last) = self.since?;
        let quiet = match self.paths.len() <= FEW && !self.whole {
            true => QUIET_AFTER_FEW,
            false => QUIET,
        };
        Some((last + quiet).min(first + AT_MOST))
    }

    pub(super) fn take(&mut self) -> Option<Scope> {
        let Self {
            paths,
            whole,
            since,
        } = std::mem::take(self);
        since?;
        Some(match whole {
            true => Scope::Whole,
            false => Scope::Paths(paths.into_iter().collect()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Scope {
        Scope::Paths(names.iter().map(PathBuf::from).collect())
    }

    #[test]
    fn what_lies_below_a_folder_is_looked_at_with_it() {
        let check = |added: &[&str], expected: &[&str]| {
            let mut pending = Pending::default();
            let now = Instant::now();
            added
                .iter()
                .for_each(|path| pending.add(Path::new(path), now));
            assert_eq!(pending.take(), Some(paths(expected)), "{added:?}");
            assert_eq!(pending.take(), None);
        };
        check(&["/a/b", "/a/c", "/a/b"], &["/a/b", "/a/c"]);
        check(&["/a/b", "/a/bc", "/a/b/c", "/a"], &["/a"]);
        check(&["/a", "/a/b", "/ab"], &["/a", "/ab"]);
    }

    #[test]
    fn too_much_is_all_of_it() {
        let mut pending = Pending::default();
        let now = Instant::now();
        for number in 0..=MOST {
            pending.add(&PathBuf::from(format!("/a/{number}")), now);
        }
        assert_eq!(pending.take(), Some(Scope::Whole));
        assert!(pending.is_empty());
        pending.put_back(Scope::Whole, now);
        pending.put_back(paths(&["/a"]), now);
        assert_eq!(pending.take(), Some(Scope::Whole));
    }

    #[test]
    fn it_is_due_when_it_is_quiet_and_after_a_second_at_the_latest() {
        let mut pending = Pending::default();
        assert_eq!(pending.due(), None);
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        pending.add(Path::new("/0"), at(0));
        assert_eq!(pending.due(), Some(at(60)));
        pending.add(Path::new("/1"), at(30));
        assert_eq!(pending.due(), Some(at(90)), "a second step of a few");
        for number in 2..20 {
            pending.add(&PathBuf::from(format!("/{number}")), at(60));
        }
        assert_eq!(pending.due(), Some(at(210)), "many");
        pending.add(Path::new("/20"), at(990));
        assert_eq!(pending.due(), Some(at(1_000)), "it never gets quiet");
    }
}
