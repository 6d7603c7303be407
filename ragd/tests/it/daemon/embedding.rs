//! Vectors by a server, with everything that can go wrong in between.

use protocol::Request;
use protocol::job::{JobState, JobView};
use protocol::search::{SearchMode, SearchRequest};

use super::embed_server::{EmbedServer, Fault};
use super::world::{World, eventually, file_name, reply, words};

/// A daemon whose new collections have vectors by `server`.
async fn world(server: &EmbedServer) -> World {
    let model = server.model("near");
    World::with(move |config| {
        config.embed.model.clone_from(&model.name);
        config.models.push(model);
        config.queue.retry_min_ms = 20;
        config.queue.retry_max_ms = 100;
    })
    .await
}

async fn near(world: &mut World, query: &str) -> Vec<String> {
    let request = SearchRequest {
        mode: SearchMode::Vectors,
        ..words(query)
    };
    let found = world.search_as(request).await.unwrap();
    found.hits.iter().map(|hit| file_name(&hit.path)).collect()
}

/// Takes a document in while the server does `faults` first.
async fn after(faults: &[Fault]) -> (JobView, usize) {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    for fault in faults {
        server.fail(*fault);
    }
    world.write("cat.md", "the cat sleeps\n");
    let job = world.take_in().await;
    let requests = server.requests();
    if job.state == JobState::Finished {
        assert_eq!(near(&mut world, "feline").await, ["cat.md"]);
        assert!(world.fsck().await.is_clean());
    }
    world.stop().await;
    (job, requests)
}

async fn passes(faults: &[Fault], requests: usize) {
    let (job, asked) = after(faults).await;
    assert_eq!(
        (job.state, asked),
        (JobState::Finished, requests),
        "{faults:?}: {job:?}"
    );
}

/// Returns everything that is said of a job that failed.
async fn fails(fault: Fault) -> String {
    let (job, _) = after(&[fault]).await;
    assert_eq!(job.state, JobState::Failed, "{fault:?}: {job:?}");
    let error = job.error.unwrap();
    assert_eq!(error.code.as_str(), "model-failed");
    assert!(!error.try_next.is_empty(), "{error:?}");
    format!("{error:?}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_busy_or_fails_is_asked_again() {
    passes(&[], 1).await;
    let busy = Fault::Refuse("429 Too Many Requests", "");
    passes(&[busy, busy], 3).await;
    passes(
        &[Fault::Refuse("429 Too Many Requests", "retry-after: 1\r\n")],
        2,
    )
    .await;
    passes(&[Fault::Refuse("500 Internal Server Error", "")], 2).await;
    passes(&[Fault::Cut], 2).await;
    // More than one run of the job has patience for.
    let failed = Fault::Refuse("500 Internal Server Error", "");
    passes(&[failed; 5], 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_waits_for_a_server_that_is_silent() {
    let (job, _) = after(&[Fault::Silence; 4]).await;
    assert_eq!(job.state, JobState::Finished, "{job:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_is_asked_by_one_search_and_not_by_the_next() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    world.write("cat.md", "the cat sleeps\n");
    world.take_in().await;
    server.fail_on("cat", Fault::Silence);
    let hybrid = SearchRequest {
        mode: SearchMode::Hybrid,
        ..words("cat")
    };
    let mut asked = Vec::new();
    for _ in 0..2 {
        let found = world.search_as(hybrid.clone()).await.unwrap();
        assert_eq!(found.hits.len(), 1, "by words");
        assert!(
            found.notes[0].contains("does not answer"),
            "{:?}",
            found.notes
        );
        asked.push(server.requests());
    }
    assert_eq!(asked[0], asked[1]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_makes_no_sense_is_told_with_its_address() {
    for fault in [Fault::Garbage, Fault::OneLess, Fault::NoNumber] {
        let said = fails(fault).await;
        assert!(said.contains("http://127.0.0.1:"), "{said}");
    }
    let said = fails(Fault::Refuse("401 Unauthorized", "")).await;
    assert!(said.contains("refuses the key"), "{said}");
    let said = fails(Fault::Refuse("404 Not Found", "")).await;
    assert!(said.contains("not now"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_by_which_nothing_can_be_found_are_refused() {
    for (fault, came) in [
        (Fault::Zeros, "a vector of 256 zeros"),
        (Fault::Tiny, "a vector of 256 zeros"),
        (Fault::TooMany, "a vector of 16385 numbers"),
    ] {
        let said = fails(fault).await;
        assert!(said.contains(came) && said.contains("`near`"), "{said}");
        assert!(said.contains("made for vectors"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_by_vectors_without_a_server_says_that_words_work() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    world.write("cat.md", "the cat sleeps\n");
    world.take_in().await;
    server.fail_on("cat", Fault::Silence);
    let near = SearchRequest {
        mode: SearchMode::Vectors,
        ..words("cat")
    };
    let error = world.search_as(near).await.unwrap_err();
    assert_eq!(error.code.as_str(), "model-failed");
    assert_eq!(
        error.try_next,
        [
            "start the server",
            "search by words meanwhile: --mode words"
        ]
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_changed_its_length_is_told_even_after_a_restart() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    world.write("cat.md", "the cat sleeps\n");
    world.take_in().await;
    let mut world = world.restart().await;
    server.fail(Fault::Shorter);
    world.write("dog.md", "the dog barks\n");
    let job = world.take_in().await;
    assert_eq!(job.state, JobState::Failed);
    let error = format!("{:?}", job.error.unwrap());
    assert!(
        error.contains("16 numbers") && error.contains("have 256"),
        "{error}"
    );
    assert!(error.contains("a name of its own"), "{error}");
    assert_eq!(near(&mut world, "feline").await, ["cat.md"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_is_sent_twice() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    for n in 0..50 {
        world.write(&format!("{n}.md"), format!("text number{}\n", n % 10));
    }
    let files = world.files();
    world.take_into("one", &files).await;
    let mut sent = server.texts();
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), 10);
    let (sent, asked) = (server.texts().len(), server.requests());
    assert_eq!(sent, 10, "equal texts are one");
    world.take_into("two", &files).await;
    let mut world = world.restart().await;
    world.take_into("three", &files).await;
    assert_eq!((server.texts().len(), server.requests()), (sent, asked));
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_too_long_is_cut_and_averaged() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    server.refuse_longer(200);
    let line = "the cat sleeps on the mat\n";
    world.write("long.md", line.repeat(20));
    world.write("short.md", "the dog barks\n");
    let job = world.take_in().await;
    assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
    assert_eq!(near(&mut world, "feline sleeps").await[0], "long.md");
    assert!(server.texts().iter().any(|text| text.len() <= 200));
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

/// Returns what health says of the models of servers.
async fn models(world: &mut World) -> String {
    let health = reply!(world.client.call(Request::Health).await, Health);
    let part = health.parts.into_iter().find(|part| part.name == "models");
    part.unwrap().detail
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_known_gets_no_smaller() {
    let limit = async |lines: &[usize]| {
        let server = EmbedServer::new();
        let mut world = world(&server).await;
        server.refuse_longer(200);
        for (number, length) in lines.iter().enumerate() {
            let line = format!("{:a<1$}\n", "cat ", length - 1);
            world.write(&format!("{number}.md"), line.repeat(600 / length));
        }
        world.take_in().await;
        let told = models(&mut world).await;
        world.stop().await;
        let (limit, _) = told.split_once(" bytes").unwrap();
        limit.to_owned()
    };
    // All come in one request, and are cut at the ends of their lines.
    assert_eq!(limit(&[25, 100, 60]).await, limit(&[25]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_of_a_model_is_found_once_and_told() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    // Health is told before the stores are open, and then of other parts.
    world.take_in().await;
    assert_eq!(models(&mut world).await, "near");
    server.refuse_longer(200);
    world.write("first.md", "the cat sleeps on the mat\n".repeat(20));
    world.take_in().await;
    let sent = server.texts();
    assert!(
        sent.iter().any(|text| text.len() > 200),
        "it had to be found"
    );
    world.write("second.md", "the dog barks at the moon\n".repeat(20));
    world.take_in().await;
    let later = &server.texts()[sent.len()..];
    assert!(!later.is_empty());
    assert!(later.iter().all(|text| text.len() <= 200), "{later:?}");
    let told = models(&mut world).await;
    assert!(told.starts_with("near (cuts texts of more than "), "{told}");
    assert_eq!(near(&mut world, "feline sleeps").await[0], "first.md");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_that_were_lost_are_made_by_a_job() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    world.write("cat.md", "the cat sleeps\n");
    world.take_in().await;
    let id = world.collection("c").await.id;
    let lose = |state: &std::path::Path| {
        let folder = state.join("index").join(id.to_string()).join("vectors");
        std::fs::remove_dir_all(folder).unwrap();
    };
    let mut world = world.restart_after(lose).await;
    eventually("the vectors are there", async || {
        let mut client = world.connect().await;
        let found = reply!(client.call(Request::Fsck { deep: false }).await, Fsck);
        found.is_clean().then_some(())
    })
    .await;
    assert_eq!(near(&mut world, "feline").await, ["cat.md"]);
    world.stop().await;
}
