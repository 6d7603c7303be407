//! Which entries a walk leaves out: globs of the user and the ignore files of the tree.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustix::fs::FileType;

use crate::ingest::made::{ATTRIBUTES_FILE, Asked, Attributes, Said};
use crate::ingest::read::{ReadError, read};
use crate::ingest::secrets::Secrets;

/// Larger ignore files are somebody's mistake, and each is matched against every path below.
pub(super) const MAX_IGNORE_FILE_BYTES: u64 = 1 << 20;

/// What to take.
///
/// Globs are those of `.gitignore`: without a slash they fit at any depth, with one they start at
/// the root, and one that fits a folder fits everything in it.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Globs of which a file must fit one, if there are any.
    pub include: Vec<String>,
    /// Globs of which none may fit. Also for a root that is a file: shells expand `*` to those.
    pub exclude: Vec<String>,
    /// Respect `.gitignore` (also outside a repository), `.ignore` and `.ragignore`.
    ///
    /// Deeper files override; in one folder the order is as in this list, the last one wins. Without
    /// them, what builds leave behind is taken, too.
    pub ignore_files: bool,
    /// Take entries whose name begins with a dot.
    pub hidden: bool,
    /// Larger files are skipped.
    pub max_file_bytes: u64,
    /// Folders that are never entered, such as the daemon's own.
    pub never: Vec<PathBuf>,
    /// Which files hold nothing but secrets.
    pub secrets: Arc<Secrets>,
}

/// Why an entry is left out. The words are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    Gitignore,
    Ragignore,
    Ignore,
    Exclude,
    NotIncluded,
    Hidden,
    TooLarge,
    Link,
    Special,
    OwnFiles,
    /// Its name says that it holds secrets.
    Secret,
    Submodule,
    /// A folder that a build or a package manager makes again.
    BuildOutput,
    /// Packed code, and maps of such.
    Minified,
}

impl Rule {
    /// Tells whether somebody asked for it, by an ignore file or a glob. The others are limits of
    /// ours, and what they leave out is shown without being asked.
    #[must_use]
    pub fn is_wish(self) -> bool {
        match self {
            Self::Gitignore
            | Self::Ragignore
            | Self::Ignore
            | Self::Exclude
            | Self::NotIncluded
            | Self::Hidden
            | Self::OwnFiles
            // Nobody asked, and nobody misses it.
            | Self::BuildOutput
            | Self::Minified => true,
            Self::TooLarge | Self::Link | Self::Special | Self::Submodule | Self::Secret => false,
        }
    }

    /// Returns why an entry is left out, and what may be done about it.
    #[must_use]
    pub fn reason(self) -> String {
        match self {
            Self::Secret => "by its name it holds secrets; where it does not, name it in \
                             `secrets.allow_paths`"
                .to_owned(),
            Self::Submodule => {
                "it is another repository: submit that by its own address".to_owned()
            }
            Self::BuildOutput => "it is what a build leaves behind; `--include` with its name, or \
                                  `!NAME/` in a .ragignore, takes it in"
                .to_owned(),
            Self::Minified => {
                "it is packed code, or a map of such; `--include` takes it in".to_owned()
            }
            rule => format!("left out by the rule `{}`", rule.word()),
        }
    }

    /// Returns the word for scripts and screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Gitignore => "gitignore",
            Self::Ragignore => "ragignore",
            Self::Ignore => "ignore",
            Self::Exclude => "exclude",
            Self::NotIncluded => "not-included",
            Self::Hidden => "hidden",
            Self::TooLarge => "too-large",
            Self::Link => "link",
            Self::Special => "special",
            Self::OwnFiles => "own-files",
            Self::Secret => "secret",
            Self::Submodule => "submodule",
            Self::BuildOutput => "build-output",
            Self::Minified => "minified",
        }
    }
}

/// A walk that cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// A glob of the rules has no meaning.
    #[error("cannot understand the glob `{glob}`")]
    Glob { glob: String, source: ignore::Error },
    /// A relative root, and no current folder to put it below.
    #[error("cannot make {path} absolute")]
    Root { path: PathBuf, source: io::Error },
}

/// The globs of [`Rules`], for one root.
pub(super) struct Globs {
    include: Gitignore,
    /// What the globs to include name, part by part.
    names: Vec<String>,
    exclude: Gitignore,
}

impl Globs {
    pub(super) fn new(root: &Path, rules: &Rules) -> Result<Self, WalkError> {
        let parts = rules.include.iter().flat_map(|glob| glob.split('/'));
        Ok(Self {
            names: parts.map(str::to_owned).collect(),
            include: globs(root, &rules.include)?,
            exclude: globs(root, &rules.exclude)?,
        })
    }

    pub(super) fn excluded(&self, path: &Path, is_dir: bool) -> Option<Rule> {
        let fits = !self.exclude.is_empty() && self.exclude.matched(path, is_dir).is_ignore();
        fits.then_some(Rule::Exclude)
    }

    pub(super) fn has_include(&self) -> bool {
        !self.include.is_empty()
    }

    /// Tells whether a glob to include has a folder on this way by its name: one that fits any name
    /// does not mean what is left behind.
    pub(super) fn name_one_of(&self, below: &Path) -> bool {
        let mut parts = below.iter();
        parts.any(|part| self.names.iter().any(|name| part == name.as_str()))
    }

    pub(super) fn included(&self, path: &Path) -> bool {
        self.include.is_empty()
            || self
                .include
                .matched_path_or_any_parents(path, false)
                .is_ignore()
    }
}

/// Rules for files that no walk meets: those of archives.
pub(in crate::ingest) struct Loose {
    globs: Globs,
    hidden: bool,
    max_file_bytes: u64,
    secrets: Arc<Secrets>,
}

impl Loose {
    pub(in crate::ingest) fn new(rules: &Rules) -> Result<Self, WalkError> {
        Ok(Self {
            globs: Globs::new(Path::new("/"), rules)?,
            hidden: rules.hidden,
            max_file_bytes: rules.max_file_bytes,
            secrets: Arc::clone(&rules.secrets),
        })
    }

    /// Returns why a file is left out, which has such a path below its archive, and has so many bytes.
    pub(in crate::ingest) fn leaves_out(&self, path: &Path, bytes: u64) -> Option<Rule> {
        let begins_with_dot = |part: &std::ffi::OsStr| part.as_encoded_bytes().starts_with(b".");
        if !self.hidden && path.iter().any(begins_with_dot) {
            return Some(Rule::Hidden);
        }
        let path = Path::new("/").join(path);
        let exclude = &self.globs.exclude;
        if !exclude.is_empty()
            && exclude
                .matched_path_or_any_parents(&path, false)
                .is_ignore()
        {
            return Some(Rule::Exclude);
        }
        if !self.globs.included(&path) {
            return Some(Rule::NotIncluded);
        }
        if self.secrets.leave_out(&path) {
            return Some(Rule::Secret);
        }
        (bytes > self.max_file_bytes).then_some(Rule::TooLarge)
    }
}

pub(super) fn globs(root: &Path, globs: &[String]) -> Result<Gitignore, WalkError> {
    let mut builder = GitignoreBuilder::new(root);
    for glob in globs {
        // A glob is no line of a file: `#` begins a name here and not a comment.
        let line = if glob.starts_with('#') {
            format!("\\{glob}")
        } else {
            glob.clone()
        };
        let fault = |source| WalkError::Glob {
            glob: glob.clone(),
            source,
        };
        builder.add_line(None, &line).map_err(fault)?;
    }
    builder.build().map_err(|source| WalkError::Glob {
        glob: globs.join(" "),
        source,
    })
}

/// The ignore files of a folder and of those above it.
///
/// A list that shares its tail: folders without ignore files cost nothing.
#[derive(Clone, Default)]
pub(super) struct Levels(Option<Arc<Level>>);

struct Level {
    attributes: Attributes,
    /// In the order of [`FILES`].
    matchers: Vec<(Rule, Gitignore)>,
    /// The top of a git repository: `.gitignore` files above it belong to another one.
    is_repository: bool,
    above: Levels,
}

/// The names of ignore files.
pub const IGNORE_FILES: [&str; 3] = [FILES[0].0, FILES[1].0, FILES[2].0];

/// The strongest first.
const FILES: [(&str, Rule); 3] = [
    (".ragignore", Rule::Ragignore),
    (".ignore", Rule::Ignore),
    (".gitignore", Rule::Gitignore),
];

impl Levels {
    /// Those of [`FILES`] that are asked in a commit.
    pub(super) const OF_TREES: [(&str, Rule); 2] = [FILES[0], FILES[1]];

    /// Returns the levels within `folder`, of which the ignore files and the attributes have these
    /// texts.
    pub(super) fn with(&self, folder: &Path, texts: &[(Rule, &[u8])], attributes: &[u8]) -> Self {
        let attributes = Attributes::of(folder, attributes);
        let matchers = texts.iter();
        let matchers = matchers.map(|(rule, text)| (*rule, matcher_of(folder, text)));
        let matchers: Vec<_> = matchers
            .filter(|(_, matcher)| !matcher.is_empty())
            .collect();
        if matchers.is_empty() && attributes.is_empty() {
            return self.clone();
        }
        let above = self.clone();
        Self(Some(Arc::new(Level {
            attributes,
            matchers,
            is_repository: false,
            above,
        })))
    }

    /// Returns what the folders above `root` say, up to the top of its repository, if it is in one.
    pub(super) fn above(root: &Path, ignore_files: bool) -> Result<Self, Unread> {
        let top = root.ancestors().find(|folder| folder.join(".git").exists());
        let Some(top) = top else {
            return Ok(Self::default());
        };
        let mut folders: Vec<_> = root
            .ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(top))
            .collect();
        folders.reverse();
        folders
            .into_iter()
            .try_fold(Self::default(), |levels, folder| {
                levels.enter(folder, ignore_files, &|name| {
                    let stat = rustix::fs::lstat(folder.join(name)).ok()?;
                    Some(FileType::from_raw_mode(stat.st_mode))
                })
            })
    }

    /// Returns the levels within `folder`, whose entries `kind` knows. Attributes are read also
    /// where ignore files do not count.
    pub(super) fn enter(
        &self,
        folder: &Path,
        ignore_files: bool,
        kind: &dyn Fn(&str) -> Option<FileType>,
    ) -> Result<Self, Unread> {
        let mut matchers = Vec::new();
        let files = FILES.into_iter().filter(|_| ignore_files);
        for (file, rule) in files {
            // Like git, a link with that name is not read.
            if kind(file).is_some_and(FileType::is_file) {
                matchers.push((rule, matcher(folder, file)?));
            }
        }
        let git = kind(".git");
        if ignore_files && git.is_some_and(FileType::is_dir) {
            matchers.push((Rule::Gitignore, matcher(folder, ".git/info/exclude")?));
        }
        matchers.retain(|(_, matcher)| !matcher.is_empty());
        let attributes = match kind(ATTRIBUTES_FILE).is_some_and(FileType::is_file) {
            true => attributes(folder),
            false => Attributes::default(),
        };
        if matchers.is_empty() && attributes.is_empty() && git.is_none() {
            return Ok(self.clone());
        }
        let above = self.clone();
        Ok(Self(Some(Arc::new(Level {
            attributes,
            matchers,
            is_repository: git.is_some(),
            above,
        }))))
    }

    /// Returns whether `path` is ignored or wanted (`!`), and by which kind of file.
    pub(super) fn verdict(&self, path: &Path, is_dir: bool) -> Option<(bool, Rule)> {
        let mut in_repository = true;
        let mut levels = self;
        while let Some(level) = &levels.0 {
            for (rule, matcher) in &level.matchers {
                if *rule == Rule::Gitignore && !in_repository {
                    continue;
                }
                match matcher.matched(path, is_dir) {
                    Match::None => {}
                    Match::Ignore(_) => return Some((true, *rule)),
                    Match::Whitelist(_) => return Some((false, *rule)),
                }
            }
            in_repository &= !level.is_repository;
            levels = &level.above;
        }
        None
    }

    /// Returns what people say of a file. Attributes above its repository belong to another one.
    pub(super) fn said(&self, path: &Path) -> Said {
        let mut asked = Asked::default();
        let mut levels = self;
        while let Some(level) = &levels.0 {
            level.attributes.add(path, &mut asked);
            if level.is_repository {
                break;
            }
            levels = &level.above;
        }
        Attributes::said(asked)
    }
}

/// Reads the attributes of a folder. Those that cannot be read say nothing: they hide nothing.
fn attributes(folder: &Path) -> Attributes {
    match read(&folder.join(ATTRIBUTES_FILE), MAX_IGNORE_FILE_BYTES) {
        Ok((bytes, _)) => Attributes::of(folder, &bytes),
        Err(_) => Attributes::default(),
    }
}

/// An ignore file that is there and cannot be read.
pub(super) struct Unread {
    pub(super) path: PathBuf,
    pub(super) reason: io::Error,
}

/// Reads an ignore file. Lines without meaning are passed over, as git does.
fn matcher(folder: &Path, file: &str) -> Result<Gitignore, Unread> {
    let path = folder.join(file);
    let bytes = match read(&path, MAX_IGNORE_FILE_BYTES) {
        Ok((bytes, _)) => bytes,
        Err(ReadError::Vanished { .. }) => Vec::new(),
        Err(error) => {
            return Err(Unread {
                path,
                reason: io::Error::other(error),
            });
        }
    };
    Ok(matcher_of(folder, &bytes))
}

fn matcher_of(folder: &Path, text: &[u8]) -> Gitignore {
    let text = String::from_utf8_lossy(text);
    let mut builder = GitignoreBuilder::new(folder);
    for line in text.trim_start_matches('\u{feff}').lines() {
        // The error names the line; git says nothing either.
        let _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}
