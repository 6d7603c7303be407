//! What the path of a file says of who made it.

use std::path::Path;

/// Exact names, in small letters.
const LOCKS: &str = "cargo.lock package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml \
    bun.lock deno.lock poetry.lock uv.lock pdm.lock pipfile.lock pixi.lock conda-lock.yml go.sum \
    go.work.sum gemfile.lock composer.lock flake.lock mix.lock rebar.lock pubspec.lock podfile.lock \
    cartfile.resolved package.resolved packages.lock.json paket.lock gradle.lockfile \
    buildscript-gradle.lockfile .terraform.lock.hcl stack.yaml.lock cabal.project.freeze shard.lock \
    chart.lock conan.lock module.bazel.lock";

/// Ends of names.
const MINIFIED: &str = ".min.js .min.mjs .min.cjs .min.css -min.js -min.css .js.map .mjs.map \
    .cjs.map .css.map .ts.map .mts.map .tsx.map";

/// Ends of names that only generators give.
const GENERATED: &str = ".pb.go .pb.gw.go .pb.validate.go .pb.cc .pb.h .pb.swift .pb.dart \
    .pbenum.dart .pbjson.dart .pbserver.dart .pbgrpc.dart .pbobjc.h .pbobjc.m _pb2.py _pb2.pyi \
    _pb2_grpc.py _pb.js _pb.ts _pb.d.ts _grpc_pb.js _grpc_pb.d.ts _pb.rb .g.dart .freezed.dart .gr.dart \
    .mocks.dart .g.cs .g.i.cs .designer.cs .designer.vb .gen.go .gen.ts .gen.rs .tab.c .tab.h .yy.c \
    .js.snap .jsx.snap .ts.snap .tsx.snap .pbxproj .nib .storyboardc .typegen.ts .tsbuildinfo";
const GENERATED_FILES: &str = "aclocal.m4 lextab.py parsetab.py";
/// What generators put into names, for all but prose.
const GENERATED_WITHIN: [&str; 3] = [".generated.", "_generated.", "-generated."];
const GENERATED_FOLDERS: &str = "__generated__ __snapshots__ generated generated-sources";

/// Files of others that are copied into many repositories.
const VENDORED_FILES: &str = "gradlew gradlew.bat mvnw mvnw.cmd config.guess config.sub ltmain.sh \
    install-sh depcomp libtool.m4 ltoptions.m4 ltsugar.m4 ltversion.m4 lt~obsolete.m4";
const VENDORED_FOLDERS: &str = "node_modules bower_components jspm_packages third_party third-party \
    thirdparty 3rdparty 3rd_party 3rd-party site-packages dist-packages pods carthage _vendor vendored";
/// These are also words of a trade: a shop has vendors. Below sources, people wrote what is in them.
const VENDORED_AT_TOP: &str = "vendor vendors extern external externals";
const SOURCES: &str = "src app apps lib features components pages views controllers models routes \
    domain modules services api templates tests test docs doc";

fn is_one(list: &str, name: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == name)
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().to_ascii_lowercase()
}

/// Returns the folders on the way to a file, the outermost first.
fn folders(path: &Path) -> Vec<String> {
    let folders = path.parent().into_iter().flat_map(Path::iter);
    folders
        .map(|name| name.to_string_lossy().to_ascii_lowercase())
        .collect()
}

pub(super) fn is_lock(path: &Path) -> bool {
    is_one(LOCKS, &file_name(path))
}

pub(in crate::ingest) fn is_minified(path: &Path) -> bool {
    let name = file_name(path);
    // A file that is called only that is somebody's joke.
    ends(MINIFIED, &name)
}

fn ends(list: &str, name: &str) -> bool {
    let mut ends = list.split_ascii_whitespace();
    ends.any(|end| name.len() > end.len() && name.ends_with(end))
}

pub(super) fn is_generated(path: &Path) -> bool {
    let name = file_name(path);
    if ends(GENERATED, &name) || is_one(GENERATED_FILES, &name) {
        return true;
    }
    if super::head::is_prose(path) {
        return false;
    }
    let is_within = |mark: &&str| name.find(*mark).is_some_and(|at| at > 0);
    GENERATED_WITHIN.iter().any(is_within)
        || folders(path)
            .iter()
            .any(|folder| is_one(GENERATED_FOLDERS, folder))
        || is_of_qt(&name)
}

/// The compilers of Qt put what they are in front.
fn is_of_qt(name: &str) -> bool {
    (name.starts_with("moc_") && name.ends_with(".cpp"))
        || (name.starts_with("qrc_") && name.ends_with(".cpp"))
}

pub(super) fn is_vendored(path: &Path) -> bool {
    if is_one(VENDORED_FILES, &file_name(path)) {
        return true;
    }
    for folder in folders(path) {
        if is_one(VENDORED_FOLDERS, &folder) {
            return true;
        }
        if is_one(VENDORED_AT_TOP, &folder) {
            return !below_sources(path, &folder);
        }
    }
    false
}

fn below_sources(path: &Path, folder: &str) -> bool {
    let above = folders(path).into_iter();
    above
        .take_while(|above| above != folder)
        .any(|above| is_one(SOURCES, &above))
}
