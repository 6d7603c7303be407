//! Questions: by a model, by quotes, with everything that can go wrong in between.

use protocol::answer::{
    AnswerEnd, AnswerEvent, AnswerView, Answerer, AskLaterRequest, AskRequest, Citation, Finish,
    Searched, Source, Thread,
};
use protocol::error::ErrorCode;
use protocol::job::{JobKind, JobState, PageRequest};
use protocol::{
    ClientMessage, ConversationId, DaemonMessage, ErrorReport, Item, JobId, Private, Reply, Request,
};

use super::chat_server::{Act, ChatServer, Fault};
use super::world::{World, reply};

const BACKOFF: &str = "# Retries\n\nThe backoff of a retry doubles each time.\n\nIt never exceeds \
                       five minutes.\n";

/// Everything that was told of an answer.
#[derive(Debug, Default)]
struct Told {
    searched: Option<Searched>,
    sources: Vec<Source>,
    by: Vec<Answerer>,
    text: String,
    citations: Vec<Citation>,
    end: Option<AnswerEnd>,
}

impl Told {
    fn end(&self) -> &AnswerEnd {
        self.end.as_ref().expect("it ended")
    }

    fn conversation(&self) -> ConversationId {
        self.searched.as_ref().unwrap().conversation.unwrap()
    }

    fn take(&mut self, event: AnswerEvent) {
        assert!(self.end.is_none(), "the end comes last");
        match event {
            AnswerEvent::Searched(searched) => {
                assert!(self.searched.replace(searched).is_none());
            }
            AnswerEvent::Source(source) => {
                assert!(
                    self.searched.is_some() && self.by.is_empty(),
                    "sources come first"
                );
                self.sources.push(*source);
            }
            AnswerEvent::Answering(by) => self.by.push(by),
            AnswerEvent::Text(text) => {
                assert!(!self.by.is_empty());
                self.text.push_str(&text);
            }
            AnswerEvent::Cite(citation) => {
                assert!(citation.end as usize <= self.text.len());
                self.citations.push(citation);
            }
            AnswerEvent::Done(end) => self.end = Some(end),
        }
    }
}

fn question(text: &str) -> AskRequest {
    AskRequest {
        question: Private::from(text),
        collection: None,
        paths: Vec::new(),
        languages: Vec::new(),
        conditions: Vec::new(),
        passages: 0,
        model: None,
        thread: Thread::Alone,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_about_what_is_not_searchable_hears_so() {
    let mut world = World::new().await;
    world.write("notes.md", "The budget is in the plan.\n");
    world.write("budget-2024.md", b"\x7fELF\x02\x01\x01\0\0\0\0");
    world.take_in().await;
    let note = "1 document with a matching name is not searchable: budget-2024.md \
                (unsupported-format)";
    let told = ask(&mut world, question("what does the budget say?")).await;
    let notes = told.unwrap().searched.unwrap().notes;
    assert_eq!(notes, [note]);
    let found = world.search_as(super::world::words("budgets")).await;
    assert_eq!(found.unwrap().notes, [note]);
    let found = world
        .search_as(super::world::words("the plan of 2024"))
        .await;
    assert_eq!(found.unwrap().notes, [""; 0]);
    let later = Request::AskLater(AskLaterRequest {
        job: JobId::new(),
        ask: question("which budget?"),
        idempotency_key: None,
    });
    let job = reply!(world.client.call(later).await, Accepted).job;
    world.finished(job).await;
    let answer = reply!(world.client.call(Request::JobResult(job)).await, Answer);
    assert_eq!(answer.searched.notes, [note]);
    world.write("budget-2024.md", "It can be read now.\n");
    world.take_in().await;
    let found = world.search_as(super::world::words("budgets")).await;
    assert_eq!(found.unwrap().notes, [""; 0]);
    world.stop().await;
}

async fn ask(world: &mut World, request: AskRequest) -> Result<Told, ErrorReport> {
    let id = world.client.begin(Request::Ask(request)).await;
    let mut told = Told::default();
    loop {
        match world.client.next_of(id).await {
            DaemonMessage::Item {
                body: Item::Answer(event),
                ..
            } => told.take(event),
            DaemonMessage::End { .. } => return Ok(told),
            DaemonMessage::Failed { report, .. } => return Err(report),
            other => panic!("no answer: {other:?}"),
        }
    }
}

/// A daemon that knows something, and asks `server`.
async fn world(server: &ChatServer) -> World {
    let model = server.model();
    let mut world = World::with(move |config| {
        config.answer.model.clone_from(&model.name);
        config.models.push(model);
        config.queue.retry_min_ms = 20;
    })
    .await;
    world.write("retries.md", BACKOFF);
    world.take_in().await;
    world
}

async fn ask_model(acts: impl IntoIterator<Item = Act>) -> (Told, usize) {
    let server = ChatServer::new(acts);
    let mut world = world(&server).await;
    let told = ask(&mut world, question("How does the backoff grow?")).await;
    world.stop().await;
    (told.unwrap(), server.was_asked())
}

fn is_by_model(by: &Answerer) -> bool {
    *by == Answerer::Model {
        name: "stand-in".to_owned(),
        model: "parrot".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_model_the_answer_consists_of_quotes_with_marks() {
    let mut world = World::new().await;
    world.write("retries.md", BACKOFF);
    world.write("zoo.md", "The walrus sleeps.\n");
    world.take_in().await;
    let told = ask(
        &mut world,
        question("How does the \"backoff of a retry\" grow?"),
    )
    .await
    .unwrap();
    assert_eq!(told.by, [Answerer::Quotes]);
    assert!(
        told.text
            .contains("> The backoff of a retry doubles each time. [1:3]"),
        "{}",
        told.text
    );
    let first = told.citations[0];
    assert_eq!((first.source, first.line_start, first.line_end), (1, 3, 3));
    assert_eq!(told.sources[0].hit.path.to_text(), "retries.md");
    assert_eq!(told.end().finish, Finish::Complete);
    assert!(told.end().confidence > 0.4, "{:?}", told.end());
    // Nothing was asked to be kept.
    assert_eq!(told.searched.unwrap().conversation, None);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_speaks_of_is_not_known() {
    let mut world = World::new().await;
    world.write("retries.md", BACKOFF);
    world.take_in().await;
    let told = ask(&mut world, question("zeppelin?")).await.unwrap();
    assert!(told.text.starts_with("I don't know"), "{}", told.text);
    assert_eq!(told.end().finish, Finish::NothingFound);
    assert_eq!((told.end().confidence, told.sources.len()), (0.0, 0));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_answers_from_numbered_passages_and_its_marks_are_bound() {
    let server = ChatServer::new([Act::Say(&[
        "It dou",
        "bles [",
        "1:3]",
        ". See [7] and `a[1]`.",
    ])]);
    let mut world = world(&server).await;
    let told = ask(&mut world, question("How does the backoff grow?"))
        .await
        .unwrap();
    assert!(is_by_model(&told.by[0]) && told.by.len() == 1);
    assert_eq!(told.text, "It doubles [1:3]. See [7] and `a[1]`.");
    let expected = Citation {
        source: 1,
        start: 11,
        end: 16,
        line_start: 3,
        line_end: 3,
    };
    assert_eq!(told.citations, [expected]);
    let end = told.end();
    assert_eq!(end.finish, Finish::Complete);
    assert_eq!(
        end.usage
            .map(|usage| (usage.prompt_tokens, usage.answer_tokens)),
        Some((120, 7))
    );
    let asked = server.asked();
    assert_eq!(
        (&asked["model"], &asked["stream"]),
        (&"parrot".into(), &true.into())
    );
    let user = asked["messages"][1]["content"].as_str().unwrap();
    assert!(
        user.contains("3 | The backoff of a retry doubles each time."),
        "{user}"
    );
    assert!(
        user.ends_with("Question: How does the backoff grow?"),
        "{user}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_is_asked_again_when_it_says() {
    for wait in ["", "retry-after: 0\r\n"] {
        let busy = || {
            Act::Refuse(
                "429 Too Many Requests",
                wait,
                r#"{"error":{"message":"slow down"}}"#,
            )
        };
        let (told, asked) = ask_model([busy(), busy(), Act::Say(&["Yes [1]."])]).await;
        assert_eq!((told.text.as_str(), asked), ("Yes [1].", 3));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_replaced_by_quotes_that_say_so() {
    let key = r#"{"error":{"message":"bad key"}}"#;
    let cases = [
        (
            Act::Refuse("429 Too Many Requests", "retry-after: 3600\r\n", "{}"),
            "429",
        ),
        (
            Act::Refuse("401 Unauthorized", "", key),
            "refuses the key (401 Unauthorized): bad key",
        ),
        (
            Act::Refuse("404 Not Found", "", r#"{"error":"no such model"}"#),
            "no such model",
        ),
        (
            Act::Refuse("302 Found", "location: http://127.0.0.1:1/\r\n", ""),
            "302",
        ),
        (
            Act::Garbage("<html>hello</html>\n"),
            "does not speak the protocol",
        ),
        (
            Act::Garbage("data: {not json}\n"),
            "an event makes no sense",
        ),
        (Act::Garbage(""), "ended in the middle"),
        (Act::SayThen(&[], Fault::Error), "out of memory"),
        (Act::SayThen(&[], Fault::Silence), "does not answer"),
        (Act::Say(&[]), "the answer is empty"),
    ];
    for (act, why) in cases {
        let (told, asked) = ask_model([act]).await;
        assert_eq!(told.by.last(), Some(&Answerer::Quotes), "{why}");
        assert!(told.text.contains("> The backoff"), "{why}: {}", told.text);
        assert_eq!((told.end().finish, asked), (Finish::Complete, 1), "{why}");
        assert!(
            told.end().notes[0].contains(why),
            "{why}: {:?}",
            told.end().notes
        );
    }
    // Nobody listens at all.
    let mut model = ChatServer::new([]).model();
    model.url = "http://127.0.0.1:9/v1".to_owned();
    let mut world = World::with(|config| config.models.push(model)).await;
    world.write("retries.md", BACKOFF);
    world.take_in().await;
    let request = AskRequest {
        model: Some("stand-in".to_owned()),
        ..question("How does the backoff grow?")
    };
    let told = ask(&mut world, request).await.unwrap();
    assert_eq!(told.by, [Answerer::Quotes]);
    assert!(
        told.end().notes[0].contains("cannot reach the model server"),
        "{:?}",
        told.end().notes
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_never_repeated_and_a_server_need_not_stream() {
    let echo = r#"{"error":{"message":"bad key Bearer sk-SECRET"}}"#;
    let whole = r#"{"choices":[{"message":{"content":"It doubles [1]"},"finish_reason":"stop"}],"usage":null}"#;
    let server = ChatServer::new([
        Act::Refuse("401 Unauthorized", "", echo),
        Act::Garbage(whole),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "sk-SECRET\n").unwrap();
    let model = ragd::config::Model {
        key_file: key,
        ..server.model()
    };
    let mut world = World::with(|config| {
        config.answer.model.clone_from(&model.name);
        config.models.push(model);
    })
    .await;
    world.write("retries.md", BACKOFF);
    world.take_in().await;
    let told = ask(&mut world, question("How does the backoff grow?"))
        .await
        .unwrap();
    let note = &told.end().notes[0];
    assert!(
        note.contains("Bearer <key>") && !note.contains("SECRET"),
        "{note}"
    );
    let told = ask(&mut world, question("How does the backoff grow?"))
        .await
        .unwrap();
    assert_eq!(
        (told.text.as_str(), told.citations.len()),
        ("It doubles [1]", 1)
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_says_so_and_keeps_its_beginning() {
    for fault in [Fault::Cut, Fault::Error, Fault::Silence] {
        let (told, _) = ask_model([Act::SayThen(&["It doubles [1]", " and"], fault)]).await;
        assert_eq!(told.text, "It doubles [1] and");
        assert_eq!(
            (told.end().finish, told.citations.len()),
            (Finish::BrokenOff, 1)
        );
        assert_eq!(told.end().notes.len(), 1, "{:?}", told.end().notes);
    }
    let (told, _) = ask_model([Act::SayThen(&["It doubles"], Fault::Length)]).await;
    assert_eq!(told.end().finish, Finish::Length);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_finds_the_context_too_long_is_given_less() {
    let long = || {
        Act::Refuse(
            "400 Bad Request",
            "",
            r#"{"error":{"message":"This model's maximum context length is 512 tokens"}}"#,
        )
    };
    let server = ChatServer::new([long(), long(), Act::Say(&["So [1]."])]);
    let mut world = world(&server).await;
    for number in 0..20 {
        world.write(
            &format!("more/{number}.md"),
            "The backoff grows and grows. ".repeat(60),
        );
    }
    world.take_in().await;
    let told = ask(&mut world, question("How does the backoff grow?"))
        .await
        .unwrap();
    assert_eq!(told.text, "So [1].");
    let sizes = [(); 3].map(|()| {
        server.asked()["messages"][1]["content"]
            .as_str()
            .unwrap()
            .len()
    });
    assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_reaches_the_server_and_keeps_what_there_is() {
    let server = ChatServer::new([Act::SayThen(&["It doubles [1]."], Fault::Silence)]);
    let mut world = world(&server).await;
    let request = AskRequest {
        thread: Thread::New,
        ..question("How does the backoff grow?")
    };
    let id = world.client.begin(Request::Ask(request)).await;
    let mut told = Told::default();
    while told.citations.is_empty() {
        match world.client.next_of(id).await {
            DaemonMessage::Item {
                body: Item::Answer(event),
                ..
            } => told.take(event),
            other => panic!("no answer: {other:?}"),
        }
    }
    world.client.send(&ClientMessage::Cancel { id }).await;
    let DaemonMessage::Failed { report, .. } = world.client.next_of(id).await else {
        panic!("not cancelled");
    };
    assert_eq!(report.code, ErrorCode::Cancelled);
    let left = tokio::task::spawn_blocking(move || {
        server
            .left
            .recv_timeout(std::time::Duration::from_secs(10))
            .map(|()| server)
    });
    left.await.unwrap().expect("the server was hung up on");
    let conversation = told.conversation();
    let request = Request::ConversationShow {
        conversation,
        page: PageRequest::default(),
    };
    let client = &mut world.client;
    let kept = loop {
        match client.call(request.clone()).await {
            Ok(Reply::Conversation(page)) => break page,
            Err(report) => assert_eq!(report.code, ErrorCode::NotFound),
            other => panic!("{other:?}"),
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(kept.items[0].text.0, "It doubles [1].");
    assert_eq!(kept.items[0].end.finish, Finish::Stopped);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_knows_what_was_said_and_outlives_a_restart() {
    let server = ChatServer::new([Act::Say(&["It doubles [1]."])]);
    let mut world = world(&server).await;
    let request = AskRequest {
        thread: Thread::New,
        ..question("How does the backoff grow?")
    };
    let first = ask(&mut world, request).await.unwrap();
    server.asked();
    let mut world = world.restart().await;
    server.then(Act::Say(&["Five minutes [1]."]));
    let request = AskRequest {
        thread: Thread::Follow(first.conversation()),
        ..question("And what is its limit?")
    };
    let second = ask(&mut world, request).await.unwrap();
    assert_eq!(second.conversation(), first.conversation());
    assert!(second.searched.unwrap().query.contains("backoff"));
    let asked = server.asked();
    let said: Vec<_> = asked["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(said, ["system", "user", "assistant", "user"]);
    let list = reply!(
        world
            .client
            .call(Request::ConversationList(PageRequest::default()))
            .await,
        Conversations
    );
    assert_eq!((list.total, list.items[0].turns), (1, 2));
    assert_eq!(list.items[0].title.0, "How does the backoff grow?");
    let id = first.conversation();
    let page = PageRequest {
        limit: 1,
        cursor: None,
    };
    let turns = reply!(
        world
            .client
            .call(Request::ConversationShow {
                conversation: id,
                page
            })
            .await,
        Conversation
    );
    assert_eq!(
        (turns.items.len(), turns.total, turns.next.is_some()),
        (1, 2, true)
    );
    world
        .client
        .call(Request::ConversationRemove(id))
        .await
        .unwrap();
    let gone = Request::ConversationRemove(id);
    assert_eq!(world.client.refused(gone).await, ErrorCode::NotFound);
    let request = AskRequest {
        thread: Thread::Follow(id),
        ..question("Why?")
    };
    assert_eq!(
        ask(&mut world, request).await.unwrap_err().code,
        ErrorCode::NotFound
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_can_wait_in_the_queue_and_its_answer_is_kept() {
    let mut world = World::new().await;
    world.write("retries.md", BACKOFF);
    world.take_in().await;
    world.pause().await;
    let job = JobId::new();
    let later = AskLaterRequest {
        job,
        ask: question("How does the backoff grow?"),
        idempotency_key: None,
    };
    let accepted = reply!(
        world.client.call(Request::AskLater(later.clone())).await,
        Accepted
    );
    assert_eq!((accepted.job, accepted.deduplicated), (job, false));
    assert_eq!(
        world.client.refused(Request::JobResult(job)).await,
        ErrorCode::Conflict
    );
    let mut world = world.restart().await;
    // A lost answer is asked for again.
    let again = reply!(world.client.call(Request::AskLater(later)).await, Accepted);
    assert!(again.deduplicated);
    world.resume().await;
    let ended = world.finished(job).await;
    assert_eq!(
        (ended.kind, ended.source.to_text().as_str()),
        (JobKind::Ask, "a question")
    );
    let answer: AnswerView = *reply!(world.client.call(Request::JobResult(job)).await, Answer);
    assert!(answer.text.contains("> The backoff"));
    assert!(!answer.citations.is_empty());
    let other = world.take_in().await.id;
    assert_eq!(
        world.client.refused(Request::JobResult(other)).await,
        ErrorCode::Conflict
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_asked_again_begins_one_conversation() {
    let broken = || Act::SayThen(&["It dou"], Fault::Cut);
    let server = ChatServer::new([broken(), broken(), Act::Say(&["It doubles [1]."])]);
    let mut world = world(&server).await;
    let job = JobId::new();
    let later = AskLaterRequest {
        job,
        ask: AskRequest {
            thread: Thread::New,
            ..question("How does the backoff grow?")
        },
        idempotency_key: None,
    };
    reply!(world.client.call(Request::AskLater(later)).await, Accepted);
    world.finished(job).await;
    assert_eq!(server.was_asked(), 3);
    let list = Request::ConversationList(PageRequest::default());
    let list = reply!(world.client.call(list).await, Conversations);
    assert_eq!((list.total, list.items[0].turns), (1, 1));
    assert_eq!(
        list.items[0].id,
        ConversationId(job.0),
        "the same after a crash"
    );
    let show = Request::ConversationShow {
        conversation: list.items[0].id,
        page: PageRequest::default(),
    };
    let turns = reply!(world.client.call(show).await, Conversation);
    assert_eq!(turns.items[0].text.0, "It doubles [1].");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn senseless_questions_are_refused() {
    let mut world = World::new().await;
    for (request, code) in [
        (question(""), ErrorCode::BadQuery),
        (question("???"), ErrorCode::BadQuery),
        (question(&"word ".repeat(10_000)), ErrorCode::BadQuery),
        (
            AskRequest {
                collection: Some("nowhere".to_owned()),
                ..question("why")
            },
            ErrorCode::NotFound,
        ),
        (
            AskRequest {
                model: Some("nobody".to_owned()),
                ..question("why")
            },
            ErrorCode::NotFound,
        ),
        (
            AskRequest {
                thread: Thread::Follow(ConversationId(uuid::Uuid::nil())),
                ..question("why")
            },
            ErrorCode::NotFound,
        ),
    ] {
        assert_eq!(ask(&mut world, request).await.unwrap_err().code, code);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_during_indexing_says_what_is_not_in_yet() {
    let mut world = World::new().await;
    world.write("retries.md", BACKOFF);
    world.take_in().await;
    world.pause().await;
    world.write("more.md", "walrus");
    let files = world.files();
    let job = world.take_lazily(&files, "c").await;
    let told = ask(&mut world, question("How does the backoff grow?"))
        .await
        .unwrap();
    let notes = told.searched.unwrap().notes;
    assert!(notes[0].ends_with("is not in yet"), "{notes:?}");
    world.resume().await;
    assert_eq!(world.ended(job).await.state, JobState::Finished);
    loop {
        let told = ask(&mut world, question("How does the backoff grow?")).await;
        if told.unwrap().searched.unwrap().notes.is_empty() {
            break;
        }
        tokio::task::yield_now().await;
    }
    world.stop().await;
}
