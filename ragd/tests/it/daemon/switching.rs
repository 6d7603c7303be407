//! Collections that come to be served by another model.

use std::fs;

use protocol::collection::{CollectionUpdateRequest, CollectionUpdated};
use protocol::error::ErrorCode;
use protocol::job::{JobKind, JobState, JobView};
use protocol::model::{ModelKind, ModelState, ModelUse};
use protocol::search::{SearchMode, SearchRequest};
use protocol::{ErrorReport, JobId, Reply, Request};

use super::embed_server::{EmbedServer, Fault};
use super::world::{World, eventually, file_name, reply, words};

async fn world(server: &EmbedServer) -> World {
    let models = [server.model("near"), server.model("far")];
    World::with(move |config| {
        config.models.extend(models);
        config.sweep.interval_ms = 50;
        config.sweep.grace_ms = 0;
    })
    .await
}

async fn update(world: &mut World, model: &str) -> Result<CollectionUpdated, ErrorReport> {
    let request = CollectionUpdateRequest {
        name: "c".to_owned(),
        job: JobId::new(),
        model: model.to_owned(),
    };
    match world
        .client
        .call(Request::CollectionUpdate(request))
        .await?
    {
        Reply::CollectionUpdated(updated) => Ok(*updated),
        other => panic!("expected a collection, got {other:?}"),
    }
}

async fn switch(world: &mut World, model: &str) -> JobId {
    let updated = update(world, model).await.unwrap();
    updated.job.expect("there is something to do")
}

async fn switched(world: &mut World, model: &str) -> JobView {
    let job = switch(world, model).await;
    let job = world.finished(job).await;
    assert_eq!(world.collection("c").await.model, model);
    job
}

fn nearest(query: &str) -> SearchRequest {
    SearchRequest {
        mode: SearchMode::Vectors,
        ..words(query)
    }
}

/// Returns the files nearest to a query, best first.
async fn near(world: &mut World, query: &str) -> Vec<String> {
    let found = world.search_as(nearest(query)).await.unwrap();
    found.hits.iter().map(|hit| file_name(&hit.path)).collect()
}

/// Returns how many models have vectors of the one collection there is.
fn folders_of_vectors(world: &World) -> usize {
    let collections = fs::read_dir(world.state().join("index")).unwrap();
    let folders = collections
        .flatten()
        .map(|entry| entry.path().join("vectors"));
    folders
        .filter_map(|folder| fs::read_dir(folder).ok())
        .map(Iterator::count)
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_is_switched_and_back() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    world.write("cat.md", "a cat sleeps\n");
    world.write("dog.md", "the dog barks\n");
    for n in 0..40 {
        world.write(&format!("{n}.md"), format!("filler number{n} of many\n"));
    }
    world.take_in().await;
    let before = world.collection("c").await;
    assert_eq!((before.model.as_str(), before.previous), ("builtin", None));

    let job = switched(&mut world, "near").await;
    assert_eq!(job.kind, JobKind::Embed);
    assert_eq!((job.progress.files_done, job.progress.chunks), (42, 42));
    let after = world.collection("c").await;
    assert_eq!(after.previous.as_deref(), Some("builtin"));
    assert_eq!(after.switching, None);
    assert_eq!(near(&mut world, "feline").await[0], "cat.md");
    assert!(world.fsck().await.is_clean());
    assert_eq!(server.texts().len(), 43, "42 passages and a query");

    // The vectors of before are still there, but for what came since.
    world.write("late.md", "a late cat\n");
    world.take_in().await;
    let job = switched(&mut world, "builtin").await;
    assert_eq!(job.progress.files_done, 1);
    assert_eq!(near(&mut world, "a late cat").await[0], "late.md");
    let sent = server.texts().len();
    let job = switched(&mut world, "near").await;
    assert_eq!((job.progress.files_done, server.texts().len()), (0, sent));
    assert!(world.fsck().await.is_clean());

    // A third model takes the place of the first.
    switched(&mut world, "far").await;
    assert_eq!(
        world.collection("c").await.previous.as_deref(),
        Some("near")
    );
    eventually("the vectors of builtin go", async || {
        (folders_of_vectors(&world) == 2).then_some(())
    })
    .await;
    assert!(near(&mut world, "feline").await[..2].contains(&"cat.md".to_owned()));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_a_switch_goes_on_has_vectors_of_both() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    world.write("slow.md", "slow cat\n");
    world.take_in().await;
    server.hold("slow");
    let job = switch(&mut world, "near").await;
    eventually("the server is asked", async || {
        (server.requests() > 0).then_some(())
    })
    .await;
    let shown = world.collection("c").await;
    let switching = shown.switching.unwrap();
    assert_eq!(
        (shown.model.as_str(), switching.model.as_str()),
        ("builtin", "near")
    );
    assert_eq!(
        (switching.job, switching.done, switching.total),
        (job, 0, 1)
    );

    let path = world.write("new.md", "giraffe\n");
    world.take_into("c", &path).await;
    assert_eq!(
        near(&mut world, "giraffes").await[0],
        "new.md",
        "by builtin"
    );
    assert!(
        server.texts().contains(&"giraffe".to_owned()),
        "{:?}",
        server.texts()
    );
    assert_eq!(world.collection("c").await.switching.unwrap().done, 1);
    // One that the next model could not be asked for.
    server.fail_on("walrus", Fault::Refuse("400 Bad Request", ""));
    let path = world.write("odd.md", "walrus\n");
    world.take_into("c", &path).await;
    assert_eq!(world.collection("c").await.model, "builtin");

    server.heal();
    world.finished(job).await;
    assert_eq!(world.collection("c").await.model, "near");
    assert_eq!(near(&mut world, "walrus").await[0], "odd.md");
    assert_eq!(near(&mut world, "feline slow").await[0], "slow.md");
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_began_before_a_switch_and_ends_after_it_is_done_again() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    world.write("a.md", "first\n");
    world.take_in().await;
    switched(&mut world, "near").await;
    // It is to be taken in by `near`, which keeps it waiting while the collection goes back.
    server.hold("late");
    let path = world.write("late.md", "late cat\n");
    let late = world.take_lazily(&path, "c").await;
    eventually("the server is asked", async || {
        server
            .texts()
            .iter()
            .any(|text| text.contains("late"))
            .then_some(())
    })
    .await;
    switched(&mut world, "builtin").await;
    server.heal();
    let job = world.finished(late).await;
    assert_eq!((job.totals.added, job.parts.total), (1, 2), "{job:?}");
    assert_eq!(near(&mut world, "late").await[0], "late.md");
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_that_is_ended_leaves_nothing() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    world.write("slow.md", "slow cat\n");
    world.write("quick.md", "quick dog\n");
    world.take_in().await;
    server.hold("slow");
    let job = switch(&mut world, "near").await;
    // A new file makes a folder of vectors by the next model.
    let path = world.write("new.md", "giraffe\n");
    world.take_into("c", &path).await;
    assert_eq!(folders_of_vectors(&world), 2);

    let again = update(&mut world, "near").await.unwrap();
    assert_eq!(again.job, Some(job), "it is under way");
    let other = update(&mut world, "far").await.unwrap_err();
    assert_eq!(other.code, ErrorCode::Conflict);
    assert!(other.message.contains(&job.to_string()), "{other:?}");

    let ended = update(&mut world, "builtin").await.unwrap();
    assert_eq!((ended.job, ended.collection.switching), (None, None));
    let job = world.ended(job).await;
    assert_eq!(job.state, JobState::Cancelled);
    server.heal();
    eventually("the vectors go", async || {
        (folders_of_vectors(&world) == 1).then_some(())
    })
    .await;
    assert_eq!(world.collection("c").await.model, "builtin");
    assert!(world.fsck().await.is_clean());

    // Tried again, it is a switch like any other.
    world.client.call(Request::JobRetry(job.id)).await.unwrap();
    world.finished(job.id).await;
    assert_eq!(world.collection("c").await.model, "near");
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_goes_on_after_a_restart_and_sends_nothing_twice() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    for n in 0..700 {
        world.write(&format!("{n:03}.md"), format!("number{n}\n"));
    }
    world.write("broken.md", "unlucky\n");
    world.take_in().await;
    server.fail_on("unlucky", Fault::Cut);
    let job = switch(&mut world, "near").await;
    let parked = world
        .job_when(job, |job| job.state == JobState::Parked)
        .await;
    assert!(
        format!("{:?}", parked.waiting).contains("model:near"),
        "{parked:?}"
    );
    let mut world = world.restart().await;
    let shown = world.collection("c").await;
    assert_eq!(shown.switching.map(|switching| switching.job), Some(job));
    server.heal();
    world.finished(job).await;
    assert_eq!(world.collection("c").await.model, "near");
    let mut sent = server.texts();
    sent.retain(|text| text.starts_with("number"));
    sent.sort();
    let all = sent.len();
    sent.dedup();
    // Those of the batch that was cut off again and again.
    assert!(sent.len() == 700 && all < 700 + 8 * 256, "{all}");
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    world.write("a.md", "cat\n");
    world.take_in().await;
    let unknown = update(&mut world, "nope").await.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::NotFound);
    assert!(
        format!("{unknown:?}").contains("builtin, far, near"),
        "{unknown:?}"
    );
    assert_eq!(update(&mut world, "builtin").await.unwrap().job, None);
    assert_eq!(server.requests(), 0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_of_different_models_are_searched_together() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    let cat = world.write("cat.md", "the cat sleeps\n");
    let feline = world.write("felines.md", "felines sleep\n");
    world.take_into("c", &cat).await;
    world.take_into("other", &feline).await;
    switched(&mut world, "near").await;
    let mut found = near(&mut world, "feline").await;
    found.sort();
    assert_eq!(found, ["cat.md", "felines.md"]);

    // Words are there without the server.
    server.fail_on("feline", Fault::Refuse("401 Unauthorized", ""));
    let hybrid = SearchRequest {
        mode: SearchMode::Hybrid,
        ..words("feline sleeps")
    };
    let found = world.search_as(hybrid).await.unwrap();
    assert_eq!(found.hits.len(), 2);
    assert!(
        found.notes.iter().any(|note| note.contains("`near`")),
        "{:?}",
        found.notes
    );
    let refused = world.search_as(nearest("feline mat")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ModelFailed);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_not_configured_any_more_can_be_left() {
    let server = EmbedServer::new();
    let mut world = world(&server).await;
    world.write("cat.md", "the cat sleeps\n");
    world.take_in().await;
    switched(&mut world, "near").await;
    let mut world = world.reconfigured(|config| config.models.clear()).await;
    let hybrid = SearchRequest {
        mode: SearchMode::Hybrid,
        ..words("cat")
    };
    let found = world.search_as(hybrid).await.unwrap();
    assert_eq!(found.hits.len(), 1);
    assert!(
        format!("{:?}", found.notes).contains("no model `near`"),
        "{:?}",
        found.notes
    );
    world.write("dog.md", "the dog barks\n");
    let job = world.take_in().await;
    assert_eq!(job.state, JobState::Failed);
    let error = job.error.unwrap();
    assert!(format!("{error:?}").contains("[[models]]"), "{error:?}");
    switched(&mut world, "builtin").await;
    assert_eq!(world.take_in().await.state, JobState::Finished);
    assert_eq!(near(&mut world, "barking dogs").await[0], "dog.md");
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_listed_as_they_are() {
    let server = EmbedServer::new();
    let (near, mut gone) = (server.model("near"), server.model("gone"));
    gone.url = "http://127.0.0.1:9/v1".to_owned();
    let lost = server.model("lost");
    let url = near.url.clone();
    let mut world = World::with(move |config| {
        config.embed.model = "near".to_owned();
        config.models.extend([near, gone, lost]);
    })
    .await;
    world.write("a.md", "cat\n");
    world.take_in().await;
    let models = reply!(world.client.call(Request::ModelList).await, Models);
    let names: Vec<_> = models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(names, ["builtin", "gone", "lost", "near"]);
    assert_eq!(
        (models[0].kind, &models[0].state),
        (ModelKind::Builtin, &ModelState::Ready)
    );
    assert!(matches!(&models[1].state, ModelState::Away(why) if why.contains("cannot reach")));
    assert!(matches!(&models[2].state, ModelState::Away(why) if why.contains("lost-1")));
    let near = &models[3];
    assert_eq!(near.state, ModelState::Ready);
    assert_eq!(near.url.as_deref(), Some(url.as_str()));
    assert_eq!(
        (near.model.as_deref(), near.dimensions),
        (Some("near-1"), Some(256))
    );
    assert_eq!(
        (near.uses.as_slice(), near.collections.as_slice()),
        ([ModelUse::Embed].as_slice(), ["c".to_owned()].as_slice(),)
    );
    world.stop().await;
}
