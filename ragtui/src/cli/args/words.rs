//! Words of the protocol as values of flags.

use protocol::job::JobState;

macro_rules! words {
    ($(#[$about:meta])* $name:ident is $type:ty) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) $type);

        impl clap::builder::ValueParserFactory for $name {
            type Parser = clap::builder::MapValueParser<
                clap::builder::PossibleValuesParser,
                fn(String) -> Self,
            >;

            fn value_parser() -> Self::Parser {
                use clap::builder::{PossibleValuesParser, TypedValueParser};
                PossibleValuesParser::new(<$type>::ALL.map(<$type>::as_str)).map(|word| {
                    Self(
                        <$type>::ALL
                            .into_iter()
                            .find(|value| value.as_str() == word)
                            .expect("clap passes only the possible values"),
                    )
                })
            }
        }
    };
}

words!(
    /// A priority by its word.
    #[derive(Default)]
    PriorityWord is protocol::job::Priority
);
words!(
    /// What finds passages, by its word.
    #[derive(Default)]
    ModeWord is protocol::search::SearchMode
);

words!(
    /// A step of taking a document in, by its word.
    StageWord is protocol::job::Stage
);

words!(
    /// Where the parts of a job run, by its word.
    #[derive(Default)]
    RuntimeWord is protocol::submit::Runtime
);

/// States of jobs by a word: that of one state, or `active` for all that are no ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StateWord(pub(crate) Vec<JobState>);

const ACTIVE: &str = "active";

impl clap::builder::ValueParserFactory for StateWord {
    type Parser =
        clap::builder::MapValueParser<clap::builder::PossibleValuesParser, fn(String) -> Self>;

    fn value_parser() -> Self::Parser {
        use clap::builder::{PossibleValuesParser, TypedValueParser};
        let words = std::iter::once(ACTIVE).chain(JobState::ALL.map(JobState::as_str));
        PossibleValuesParser::new(words).map(|word| {
            let fits = |state: &JobState| match word.as_str() {
                ACTIVE => !state.is_end(),
                word => state.as_str() == word,
            };
            Self(JobState::ALL.into_iter().filter(fits).collect())
        })
    }
}

impl std::fmt::Display for ModeWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl std::fmt::Display for RuntimeWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl std::fmt::Display for PriorityWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str())
    }
}
