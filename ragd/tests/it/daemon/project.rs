//! What programs say of each other, and what passages of them are called, end to end.

use std::time::{Duration, Instant};

use protocol::project::{ProjectRequest, ProjectView};
use protocol::search::{Hit, SearchMode, SearchRequest};
use protocol::{Reply, Request};

use super::world::{World, words};

async fn project(world: &mut World) -> ProjectView {
    project_at(world, None).await
}

async fn project_at(world: &mut World, glob: Option<&str>) -> ProjectView {
    let request = Request::Project(ProjectRequest {
        collection: None,
        path: glob.map(str::to_owned),
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

const OVERVIEW: &str = "Project overview (by ragd).md";

fn write_sea(world: &World) {
    world.write(
        "Cargo.toml",
        "[package]\nname = \"sea\"\ndescription = \"Keeps walruses.\"\n",
    );
    world.write("README.md", "# Sea\n\nA place for animals that swim.\n");
    world.write("src/README.md", "# Inside\n");
    world.write(
        "src/main.rs",
        "mod walrus;\n\nfn main() {\n    walrus::swim_far();\n}\n",
    );
    world.write("src/walrus.rs", "pub fn swim_far() {}\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_nothing_of_itself_may_be_what_others_need() {
    let mut world = World::new().await;
    world.write("api.h", "int answer(void);\n");
    world.write(
        "main.c",
        "#include \"api.h\"\nint main(void) { return answer(); }\n",
    );
    world.write("v.js", "export default { a: 1 };\n");
    world.write(
        "m.js",
        "import v from './v.js';\nexport function f() { return v; }\n",
    );
    world.take_in().await;
    let known = project(&mut world).await;
    assert_eq!((known.files, known.edges), (4, 2), "{known:?}");
    world.stop().await;
}

async fn overview(world: &mut World) -> Option<String> {
    let hits = world.search("how is this project organised").await;
    let hit = hits
        .into_iter()
        .find(|hit| hit.path.to_text() == OVERVIEW)?;
    Some(hit.text.0)
}

/// Waits until there is one, or none.
async fn overview_when(world: &mut World, is_there: bool) -> Option<String> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let found = overview(world).await;
        if found.is_some() == is_there {
            return found;
        }
        assert!(Instant::now() < deadline, "still {found:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_has_an_overview_among_its_documents_as_long_as_it_has_programs() {
    let mut world = World::new().await;
    write_sea(&world);
    world.take_in().await;
    // Stopped before it was quiet for long enough: it is written after the next start.
    let mut world = world.restart().await;
    let text = overview_when(&mut world, true).await.unwrap();
    assert!(text.contains("How the project c is organised"), "{text}");
    assert!(text.contains("A place for animals that swim."), "{text}");

    // It is none of the tree: a sync leaves it alone, and takes nothing in twice.
    let job = world.sync().await;
    assert_eq!((job.totals.deleted, job.totals.added), (0, 0), "{job:?}");
    assert!(overview(&mut world).await.is_some());
    let known = project(&mut world).await;
    assert_eq!(known.files, 2);

    // Without programs there is nothing to be told. The guard lets a small share of a source go.
    for number in 0..20 {
        world.write(&format!("notes/{number}.md"), format!("Note {number}.\n"));
    }
    world.take_in().await;
    for path in ["Cargo.toml", "src/main.rs", "src/walrus.rs"] {
        std::fs::remove_file(world.files().join(path)).unwrap();
    }
    assert_eq!(world.sync().await.totals.deleted, 3);
    overview_when(&mut world, false).await;
}

async fn flows(world: &mut World) -> Vec<Hit> {
    let request = SearchRequest {
        mode: SearchMode::Hybrid,
        ..words("ebbs and flows")
    };
    world.search_as(request).await.unwrap().hits
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_need_is_first_among_what_fits_alike() {
    let mut world = World::new().await;
    let text = "/// Ebbs and flows.\npub fn tide() {}\n";
    for side in ["east", "west"] {
        world.write(&format!("src/{side}/shore.rs"), text);
    }
    for needed in ["east", "west"] {
        for number in 0..5 {
            let program =
                format!("use crate::{needed}::shore::tide;\n\npub fn n{number}() {{ tide() }}\n");
            world.write(&format!("src/part{number}.rs"), program);
        }
        world.take_in().await;
        let expected = format!("src/{needed}/shore.rs");
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let hits = flows(&mut world).await;
            let is_needed = hits[0].scores.iter().any(|(name, _)| name == "needed");
            if is_needed && hits[0].path.to_text() == expected {
                break;
            }
            assert!(
                Instant::now() < deadline,
                "{expected} is not first: {hits:?}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // It is known after a restart, too.
        world = world.restart().await;
        assert_eq!(flows(&mut world).await[0].path.to_text(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_introduces_people_is_found_for_any_glob() {
    let mut world = World::new().await;
    write_sea(&world);
    world.take_in().await;
    let mut check = async |glob: Option<&str>, expected: &[&str]| {
        let known = project_at(&mut world, glob).await;
        let readmes: Vec<_> = known.readmes.iter().map(|one| one.path.to_text()).collect();
        assert_eq!(readmes, expected, "{glob:?}");
    };
    check(None, &["README.md", "src/README.md"]).await;
    check(Some("*.rs"), &["README.md", "src/README.md"]).await;
    check(Some("src/*"), &["src/README.md"]).await;
    check(Some("src/walrus.rs"), &["src/README.md"]).await;
    check(Some("elsewhere/*"), &["README.md"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_together_is_new_when_a_program_is() {
    let mut world = World::new().await;
    write_sea(&world);
    world.take_in().await;
    let before = project(&mut world).await;
    assert_eq!(project(&mut world).await, before);
    world.write("src/seal.rs", "pub fn dive() {}\n");
    world.take_in().await;
    assert_eq!(project(&mut world).await.files, before.files + 1);
}
