//! What programs say of each other, and what passages of them are called, end to end.

use protocol::project::{ProjectRequest, ProjectView};
use protocol::{Reply, Request};

use super::world::World;

async fn project(world: &mut World) -> ProjectView {
    let request = Request::Project(ProjectRequest {
        collection: None,
        path: None,
        files: 10,
        edges: 100,
    });
    match world.client.call(request).await.unwrap() {
        Reply::Project(project) => *project,
        other => panic!("{other:?}"),
    }
}

/// Shows who needs whom.
fn links(project: &ProjectView) -> Vec<String> {
    let path = |at: u32| project.central[at as usize].path.to_text();
    let links = project.links.iter();
    let mut links: Vec<_> = links
        .map(|link| format!("{} -> {} ({})", path(link.from), path(link.to), link.uses))
        .collect();
    links.sort();
    links
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_are_known_by_what_they_need_for_as_long_as_they_are_there() {
    let mut world = World::new().await;
    world.write(
        "Cargo.toml",
        "[package]\nname = \"sea\"\nversion = \"1.2.0\"\n[dependencies]\nserde = \"1\"\n",
    );
    world.write(
        "src/main.rs",
        "mod walrus;\n\nuse serde::Serialize;\n\nfn main() {\n    walrus::swim_far(1);\n}\n",
    );
    world.write(
        "src/walrus.rs",
        "/// Swims as far as it can.\npub fn swim_far(miles: u32) -> u32 {\n    miles + 1\n}\n",
    );
    world.write("notes.md", "# Notes\n\nThe walrus swims.\n");
    world.take_in().await;

    let known = project(&mut world).await;
    assert_eq!((known.files, known.tests), (2, 0));
    assert_eq!(links(&known), ["src/main.rs -> src/walrus.rs (1)"]);
    assert_eq!(known.central[0].path.to_text(), "src/walrus.rs");
    assert_eq!(
        (known.starts[0].path.to_text(), known.starts[0].line),
        ("src/main.rs".into(), 5)
    );
    assert_eq!(known.packages[0].name.0, "sea");
    assert_eq!(known.external.len(), 1, "{:?}", known.external);

    let hits = world.search("swims as far").await;
    let hit = hits
        .iter()
        .find(|hit| hit.path.to_text() == "src/walrus.rs")
        .unwrap();
    let symbol = &hit.symbols[0];
    assert_eq!(
        (symbol.path.as_str(), symbol.kind.as_str()),
        ("swim_far", "function")
    );
    assert_eq!((symbol.line_start, symbol.line_end), (2, 4));
    assert_eq!(
        symbol.signature.as_str(),
        "pub fn swim_far(miles: u32) -> u32"
    );

    // What is gone says nothing any more.
    std::fs::remove_file(world.files().join("src/walrus.rs")).unwrap();
    world.sync().await;
    let known = project(&mut world).await;
    assert_eq!((known.files, known.links.len()), (1, 0));
}
