//! `ragctl chat`: a conversation, and what there is to do with those that ragd keeps.

mod export;
mod kept;
mod line;
mod talk;

use crate::cli::args::{Chat, Conversation};
use crate::cli::context::Context;
use crate::cli::exit::Outcome;

pub(super) async fn run(context: &Context, arguments: Chat) -> Outcome {
    let Some(command) = arguments.command else {
        return talk::run(context, arguments.conversation, arguments.how).await;
    };
    context
        .in_time(async {
            match command {
                Conversation::List(paging) => kept::list(context, &paging).await,
                Conversation::Show { conversation, page } => {
                    kept::show(context, &conversation, &page).await
                }
                Conversation::Export { conversation } => export::run(context, &conversation).await,
                Conversation::Rm {
                    conversations,
                    trial,
                } => kept::remove(context, &conversations, trial).await,
            }
        })
        .await
}
