//! Plans that are shown, then run as shown; and the guard against deleting too much.

use std::fs;

use protocol::error::ErrorCode;
use protocol::job::JobState;
use protocol::job::Priority;
use protocol::submit::{
    PlanAction, PlanEmbedding, PlanSum, Runtime, SourceRules, SubmitRequest, SubmitWork,
};
use protocol::{JobId, PathBytes, PlanId, Reply, Request};

use ragd::config::Model;

use super::world::{World, file_name, plan_of, reply, syncing};

fn forced() -> SourceRules {
    SourceRules {
        force_delete: true,
        ..syncing()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_what_a_submit_would_do_and_does_nothing() {
    let mut world = World::new().await;
    let fresh = world.plan(SourceRules::default()).await;
    assert!(fresh.creates_collection);
    assert_eq!(fresh.add, PlanSum::default());
    for name in ["a.md", "b.md", "c.md", "d.md"] {
        let path = world.write(name, format!("walrus in {name}\n"));
        let past = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(past).unwrap();
    }
    world.take_in().await;
    fs::remove_file(world.files().join("a.md")).unwrap();
    world.write("b.md", "changed\n");
    world.write("e.md", "new\n");
    world.write(".hidden.md", "hidden\n");
    world.write(".gitignore", "*.log\n");
    world.write("x.log", "ignored\n");
    let plan = world.plan(syncing()).await;
    assert!(!plan.creates_collection);
    let files = |sum: PlanSum| sum.files;
    let sums = [plan.add, plan.update, plan.delete, plan.unchanged].map(files);
    assert_eq!(sums, [1, 1, 1, 2]);
    assert_eq!(plan.delete_guard, None);
    let rules: Vec<_> = plan.skipped.iter().map(|(rule, _)| rule.as_str()).collect();
    assert!(rules.contains(&"hidden"), "{rules:?}");
    let mut entries: Vec<_> = plan
        .entries
        .iter()
        .filter(|entry| !matches!(entry.action, PlanAction::Skip { .. }))
        .map(|entry| (file_name(&entry.path), entry.action.clone()))
        .collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        entries,
        [
            ("a.md".to_owned(), PlanAction::Delete),
            ("b.md".to_owned(), PlanAction::Update),
            ("e.md".to_owned(), PlanAction::Add),
        ]
    );
    assert!(plan.entries_complete);
    let mut few = plan_of(&world.files(), syncing());
    few.sample = 2;
    let few = *reply!(world.client.call(Request::Plan(few)).await, Plan);
    assert_eq!((few.entries.len(), few.entries_complete), (2, false));
    assert_eq!(world.paths("walrus").await.len(), 4);
    world.stop().await;
}

fn run(plan: PlanId, job: JobId) -> Request {
    Request::Submit(SubmitRequest {
        job,
        work: SubmitWork::Plan(plan),
        priority: Priority::Normal,
        idempotency_key: None,
        force: false,
        runtime: Runtime::Local,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_what_it_takes() {
    let mut world = World::with(|config| {
        config.embed.model = "far".to_owned();
        config.models.push(Model {
            name: "far".to_owned(),
            url: "http://127.0.0.1:9/v1".to_owned(),
            cents_per_million_tokens: 50,
            ..Model::default()
        });
    })
    .await;
    let nothing = world.plan(SourceRules::default()).await.estimate;
    assert_eq!(
        (nothing.chunks, nothing.seconds, nothing.embedding),
        (0, 0, None)
    );
    world.write("a.md", "walrus ".repeat(40_000));
    let takes = world.plan(SourceRules::default()).await.estimate;
    assert_eq!(
        (takes.chunks, takes.seconds, takes.disk_bytes),
        (254, 1, 700_000)
    );
    assert!(takes.memory_bytes > nothing.memory_bytes);
    let asked = PlanEmbedding {
        model: "far".to_owned(),
        tokens: 70_000,
        cents: Some(4),
    };
    assert_eq!(takes.embedding, Some(asked));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_runs_once_as_it_was_shown() {
    let mut world = World::new().await;
    world.write("a.md", "walrus\n");
    let plan = world.plan(SourceRules::default()).await;
    world.write("b.md", "walrus too\n");
    let job = JobId::new();
    let accepted = reply!(world.client.call(run(plan.id, job)).await, Accepted);
    assert_eq!((accepted.job, accepted.deduplicated), (job, false));
    assert!(accepted.created_collection);
    let ended = world.finished(job).await;
    assert_eq!(ended.totals.added, 1);
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    // A client that lost the answer asks again with the same job.
    let again = reply!(world.client.call(run(plan.id, job)).await, Accepted);
    assert_eq!((again.job, again.deduplicated), (job, true));
    let code = world.client.refused(run(plan.id, JobId::new())).await;
    assert_eq!(code, ErrorCode::PlanStale);
    let unknown = run(PlanId(uuid::Uuid::now_v7()), JobId::new());
    assert_eq!(world.client.refused(unknown).await, ErrorCode::PlanStale);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_reads_what_was_only_touched() {
    let mut world = World::new().await;
    let touched = world.write("touched.md", "walrus\n");
    let changed = world.write("changed.md", "giraffe\n");
    world.take_in().await;
    fs::write(&changed, "gazelle\n").unwrap();
    let tomorrow = std::time::SystemTime::now() + std::time::Duration::from_secs(86_400);
    for path in [&touched, &changed] {
        fs::File::open(path)
            .unwrap()
            .set_modified(tomorrow)
            .unwrap();
    }
    let plan = world.plan(SourceRules::default()).await;
    assert_eq!((plan.update.files, plan.unchanged.files), (1, 1));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_with_nothing_to_do_ends_well() {
    let mut world = World::new().await;
    let plan = world.plan(SourceRules::default()).await;
    world.write("late.md", "walrus\n");
    let job = JobId::new();
    reply!(world.client.call(run(plan.id, job)).await, Accepted);
    world.finished(job).await;
    assert!(world.search("walrus").await.is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planned_delete_spares_what_came_back_and_was_taken_in_since() {
    let mut world = World::new().await;
    for name in ["a.md", "b.md", "c.md", "d.md"] {
        world.write(name, format!("walrus in {name}\n"));
    }
    world.take_in().await;
    fs::remove_file(world.files().join("a.md")).unwrap();
    let plan = world.plan(syncing()).await;
    assert_eq!(plan.delete.files, 1);
    world.write("a.md", "walrus is back\n");
    world.take_in().await;
    let job = JobId::new();
    reply!(world.client.call(run(plan.id, job)).await, Accepted);
    world.finished(job).await;
    assert_eq!(world.paths("back").await, ["a.md"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_leaves_its_skips_and_unreadable_folders_as_gaps() {
    let mut world = World::new().await;
    world.write("a.md", "walrus\n");
    world.write(".secret", "x\n");
    let plan = world.plan(SourceRules::default()).await;
    let job = JobId::new();
    reply!(world.client.call(run(plan.id, job)).await, Accepted);
    world.finished(job).await;
    assert!(world.gaps(false).await.is_empty());
    let skipped = world.gaps(true).await;
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0].rule, "hidden");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_vanishes_beyond_a_third_unless_forced() {
    let mut world = World::new().await;
    for n in 0..10 {
        world.write(&format!("{n}.md"), format!("walrus {n}\n"));
    }
    world.take_in().await;
    for n in 0..4 {
        fs::remove_file(world.files().join(format!("{n}.md"))).unwrap();
    }
    world.write("new.md", "giraffe\n");
    let plan = world.plan(syncing()).await;
    assert!(plan.delete_guard.is_some());
    assert_eq!(plan.delete.files, 0);
    // What there is is taken in all the same, by a plan that was shown and without one.
    let id = JobId::new();
    reply!(world.client.call(run(plan.id, id)).await, Accepted);
    let job = world.finished(id).await;
    assert_eq!(job.totals.added, 1);
    assert_eq!((job.totals.deleted, job.totals.held_back), (0, 4));
    world.write("newer.md", "giraffe\n");
    let job = world.sync().await;
    assert_eq!((job.state, job.totals.added), (JobState::Finished, 1));
    assert_eq!((job.totals.deleted, job.totals.held_back), (0, 4));
    assert_eq!(world.paths("walrus").await.len(), 10);
    let files = world.files();
    let job = world.take(&files, forced()).await;
    assert_eq!((job.state, job.totals.deleted), (JobState::Finished, 4));
    assert_eq!(world.paths("walrus").await.len(), 6);
    // Three of ten is not beyond.
    for n in 4..6 {
        fs::remove_file(world.files().join(format!("{n}.md"))).unwrap();
    }
    let job = world.sync().await;
    assert_eq!((job.state, job.totals.deleted), (JobState::Finished, 2));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_root_deletes_nothing_even_beside_a_full_one() {
    let mut world = World::new().await;
    world.write("disk/a.md", "walrus on the disk\n");
    for n in 0..9 {
        world.write(&format!("home/{n}.md"), format!("walrus {n}\n"));
    }
    let roots = [world.files().join("disk"), world.files().join("home")];
    let work = |rules| SubmitWork::Ingest {
        collection: "c".to_owned(),
        source: super::world::paths(&[&roots[0], &roots[1]]),
        rules,
    };
    let job = world.submit_as(work(syncing())).await.unwrap().job;
    world.finished(job).await;
    // As if the disk were not mounted.
    fs::remove_file(roots[0].join("a.md")).unwrap();
    let job = world.submit_as(work(syncing())).await.unwrap().job;
    let job = world.finished(job).await;
    assert_eq!((job.totals.deleted, job.totals.held_back), (0, 1));
    assert_eq!(world.paths("disk").await, ["a.md"]);
    let job = world.submit_as(work(forced())).await.unwrap().job;
    assert_eq!(world.finished(job).await.totals.deleted, 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_with_errors_takes_in_and_deletes_nothing() {
    let mut world = World::new().await;
    for n in 0..9 {
        world.write(&format!("{n}.md"), format!("walrus {n}\n"));
    }
    world.take_in().await;
    fs::remove_file(world.files().join("0.md")).unwrap();
    world.write("new.md", "giraffe\n");
    world.write("closed/secret.md", "walrus behind\n");
    // Root may enter any folder; one whose ignore file cannot be read is not entered either.
    let ignore = fs::File::create(world.files().join("closed/.gitignore")).unwrap();
    ignore.set_len(1 << 30).unwrap();
    let plan = world.plan(syncing()).await;
    assert_eq!(plan.unreadable.len(), 1, "{plan:?}");
    let job = world.sync().await;
    assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
    assert_eq!((job.totals.deleted, job.totals.added), (0, 1));
    assert_eq!((job.totals.failed, job.totals.held_back), (1, 1));
    assert_eq!(world.paths("giraffe").await, ["new.md"]);
    assert_eq!(world.paths("walrus").await.len(), 9);
    let gaps = world.gaps(false).await;
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].path, PathBytes::from("closed/.gitignore"));
    assert!(gaps[0].reason.contains("nothing is deleted"), "{gaps:?}");
    let files = world.files();
    let job = world.take(&files, forced()).await;
    assert_eq!(job.totals.deleted, 0, "not even with force");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rules_and_sources_are_refused_before_a_job_is_made() {
    let mut world = World::new().await;
    let path = world.write("a.md", "walrus\n");
    let bad = SourceRules {
        include: vec!["{a".to_owned()],
        ..SourceRules::default()
    };
    for (path, rules, expected) in [
        (path.as_path(), bad, ErrorCode::BadRequest),
        (
            "relative".as_ref(),
            SourceRules::default(),
            ErrorCode::BadRequest,
        ),
        (
            "/not/there".as_ref(),
            SourceRules::default(),
            ErrorCode::SourceMissing,
        ),
    ] {
        let plan = Request::Plan(plan_of(path, rules.clone()));
        assert_eq!(world.client.refused(plan).await, expected, "{path:?}");
        let submit = world
            .submit_as(super::world::ingest("c", path, rules))
            .await;
        assert_eq!(submit.unwrap_err().code, expected, "{path:?}");
    }
    let list = Request::CollectionList(protocol::job::PageRequest::default());
    let Ok(Reply::Collections(page)) = world.client.call(list).await else {
        panic!("no list");
    };
    assert_eq!(page.items, [], "a refused submit leaves no collection");
    world.stop().await;
}
