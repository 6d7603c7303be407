//! Documents of one path and content below several sources, such as work trees of one repository: they
//! share their passages, and stay apart in all else.

use protocol::Private;
use protocol::search::{Compare, Condition, SearchRequest};
use protocol::submit::SourceRules;

use super::world::{World, syncing, words};

/// Returns how many documents and chunks there are, and how many passages the index has of them.
async fn sizes(world: &mut World) -> (u64, u64) {
    let report = world.fsck().await;
    assert!(report.is_clean(), "{report:?}");
    (report.documents, report.chunks)
}

#[tokio::test(flavor = "multi_thread")]
async fn work_trees_share_what_they_have_in_common() {
    let mut world = World::new().await;
    for tree in ["main", "feature"] {
        world.write(
            &format!("{tree}/src/walrus.rs"),
            "/// Swims far.\npub fn swim() {}\n",
        );
        world.write(&format!("{tree}/src/{tree}.rs"), "pub fn other() {}\n");
    }
    let trees = ["main", "feature"].map(|tree| world.files().join(tree));
    for (tree, branch) in trees.iter().zip(["main", "feature"]) {
        let facts = vec![("branch".to_owned(), Private(branch.to_owned()))];
        let rules = SourceRules { facts, ..syncing() };
        assert_eq!(world.take(tree, rules).await.totals.added, 2);
    }
    // Four documents; one passage of the two that are alike.
    assert_eq!(sizes(&mut world).await, (4, 3));
    let hits = world.search("swims far").await;
    assert_eq!(hits.len(), 1, "{hits:?}");
    assert_eq!(hits[0].also.len(), 1);

    // Each is found by what is said of it alone.
    let mut seen = Vec::new();
    for branch in ["main", "feature"] {
        let condition = Condition {
            name: "branch".to_owned(),
            is: Compare::Is,
            value: Private(branch.to_owned()),
        };
        let request = SearchRequest {
            conditions: vec![condition],
            ..words("swims far")
        };
        let hits = world.search_as(request).await.unwrap().hits;
        assert_eq!((hits.len(), hits[0].also.len()), (1, 0), "{branch}");
        seen.push(hits[0].document);
    }
    assert_ne!(seen[0], seen[1]);

    // One changes, and the other stays as it is, over a restart too.
    world.write(
        "feature/src/walrus.rs",
        "/// Swims near.\npub fn swim() {}\n",
    );
    assert_eq!(world.take(&trees[1], syncing()).await.totals.updated, 1);
    let mut world = world.restart().await;
    let hits = world.search("far").await;
    assert_eq!((hits.len(), hits[0].document), (1, seen[0]));
    assert_eq!(world.search("near").await[0].document, seen[1]);
    assert_eq!(sizes(&mut world).await, (4, 4));

    // It changes back, and then the first one goes: the passage stays for the other.
    world.write(
        "feature/src/walrus.rs",
        "/// Swims far.\npub fn swim() {}\n",
    );
    world.take(&trees[1], syncing()).await;
    std::fs::remove_file(trees[0].join("src/walrus.rs")).unwrap();
    let rules = SourceRules {
        force_delete: true,
        ..syncing()
    };
    assert_eq!(world.take(&trees[0], rules).await.totals.deleted, 1);
    let hits = world.search("far").await;
    assert_eq!((hits.len(), hits[0].document), (1, seen[1]), "{hits:?}");
    assert!(hits[0].also.is_empty());
    assert_eq!(sizes(&mut world).await, (3, 3));
}
