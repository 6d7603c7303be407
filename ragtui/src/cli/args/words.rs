//! Words of the protocol as values of flags.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident is $type:ty) => {
        $(#[$doc])*
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
    PriorityWord is protocol::job::Priority
);
words!(
    /// A state of a job by its word.
    StateWord is protocol::job::JobState
);

impl Default for PriorityWord {
    fn default() -> Self {
        Self(protocol::job::Priority::Normal)
    }
}

impl std::fmt::Display for PriorityWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str())
    }
}
