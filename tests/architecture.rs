//! The table of who knows whom, and other things that hold for every file: a new arrow here is a
//! design decision, made in the same commit as the change that needs it.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use toml::Table;

/// Each crate of ours, and which others of ours it may depend on.
const WHO_KNOWS_WHOM: &[(&str, &[&str])] = &[
    ("smtp", &[]),
    ("imap", &[]),
    ("storage", &[]),
    ("config", &[]),
    ("desk", &["storage"]),
    ("web", &["desk", "config"]),
    (
        "maildesk",
        &["smtp", "imap", "storage", "config", "desk", "web"],
    ),
    (
        "bench",
        &["maildesk", "smtp", "storage", "config", "desk", "web"],
    ),
];

/// What only tests of a crate know beyond that.
const WHOM_TESTS_KNOW: &[(&str, &[&str])] = &[("web", &["storage"])];

/// Words that the code of a crate may not have, tests aside, and why.
const UNSAID: &[(&str, &str, &str)] = &[
    (
        "smtp",
        r"(?i)\bticket",
        "it has no idea what becomes of a mail",
    ),
    (
        "imap",
        r"(?i)\bticket",
        "it has no idea what becomes of a mail",
    ),
    (
        "desk",
        r"\b(Timestamp|Zoned|SystemTime|Instant)::now",
        "it is given the time",
    ),
    (
        "desk",
        r"\b(getrandom|rand)::",
        "it is given its random numbers",
    ),
    (
        "desk",
        r"\btokio::net\b|\b(Tcp|Udp|Unix)(Stream|Listener|Socket)\b",
        "it opens no socket",
    ),
    ("desk", r"\b(sled|redb)::", "only storage names an engine"),
    (
        "web",
        r"\b(storage|sled|redb)::",
        "it never sees a key or a table name",
    ),
    ("src", r"\b(sled|redb)::", "only storage names an engine"),
    ("config", r"\b(sled|redb)::", "only storage names an engine"),
];

const LONGEST_FILE: usize = 500;

/// Files that are longer all the same. The list may only become shorter.
const TOO_LONG: &[&str] = &["web/src/gallery.rs", "web/src/tests/ticket.rs"];

#[test]
fn crates_know_only_whom_the_table_allows() {
    let manifests = manifests();
    let ours: BTreeSet<&str> = manifests.keys().map(String::as_str).collect();
    for (name, manifest) in &manifests {
        let allowed = allowed(WHO_KNOWS_WHOM, name);
        let allowed = allowed.unwrap_or_else(|| panic!("{name} stands in no row of the table"));
        let tests = self::allowed(WHOM_TESTS_KNOW, name).unwrap_or_default();
        for (kind, more) in [
            ("dependencies", &[][..]),
            ("build-dependencies", &[]),
            ("dev-dependencies", tests),
        ] {
            for known in dependencies(manifest, kind).filter(|known| ours.contains(known.as_str()))
            {
                let known = known.as_str();
                assert!(
                    allowed.contains(&known) || more.contains(&known),
                    "{name} may not know {known} ({kind})"
                );
            }
        }
    }
}

#[test]
fn only_storage_has_an_engine() {
    for (name, manifest) in manifests() {
        for engine in ["sled", "redb"] {
            let has = dependencies(&manifest, "dependencies").any(|known| known == engine);
            assert_eq!(has, name == "storage", "{name} and {engine}");
        }
    }
}

#[test]
fn some_words_are_not_said() {
    for (krate, pattern, why) in UNSAID {
        let pattern = Regex::new(pattern).expect("a pattern");
        for file in sources().into_iter().filter(|file| is_code_of(file, krate)) {
            for (at, line) in without_tests(&read(&file)).lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                assert!(
                    !pattern.is_match(code),
                    "{}:{}: {line}\n{krate}: {why}",
                    file.display(),
                    at + 1
                );
            }
        }
    }
}

#[test]
fn no_crate_may_be_unsafe() {
    let roots: Vec<PathBuf> = sources().into_iter().filter(|file| is_root(file)).collect();
    assert!(roots.len() >= 8, "{roots:?}");
    for root in roots {
        let forbids = read(&root).contains("#![forbid(unsafe_code)]");
        assert!(forbids, "{} lacks #![forbid(unsafe_code)]", root.display());
    }
}

#[test]
fn no_file_is_too_long() {
    for file in ours()
        .into_iter()
        .filter(|file| has_extension(file, WRITTEN_BY_HAND))
    {
        let lines = read(&file).lines().count();
        let name = file.to_string_lossy().into_owned();
        if TOO_LONG.contains(&name.as_str()) {
            assert!(
                lines > LONGEST_FILE,
                "{name} is short by now: take it off TOO_LONG"
            );
        } else {
            assert!(
                lines <= LONGEST_FILE,
                "{name} has {lines} lines; split it by noun or verb"
            );
        }
    }
}

#[test]
fn every_file_says_first_what_it_is_for() {
    for file in sources().into_iter().filter(|file| !is_test(file)) {
        let says = read(&file).starts_with("//! ");
        assert!(says, "{} does not begin with a line of //!", file.display());
    }
}

const WRITTEN_BY_HAND: &[&str] = &["rs", "js", "mjs", "css", "html", "py", "sh"];

fn allowed(
    table: &[(&str, &'static [&'static str])],
    name: &str,
) -> Option<&'static [&'static str]> {
    table
        .iter()
        .find(|(row, _)| *row == name)
        .map(|(_, known)| *known)
}

/// Every manifest of the workspace, by the name of its package.
fn manifests() -> BTreeMap<String, Table> {
    let root: Table = read(Path::new("Cargo.toml")).parse().expect("a manifest");
    let members = root["workspace"]["members"]
        .as_array()
        .expect("a list")
        .clone();
    let mut found = BTreeMap::from([("maildesk".to_owned(), root)]);
    for member in members {
        let path = Path::new(member.as_str().expect("a path")).join("Cargo.toml");
        let manifest: Table = read(&path).parse().expect("a manifest");
        let name = manifest["package"]["name"]
            .as_str()
            .expect("a name")
            .to_owned();
        found.insert(name, manifest);
    }
    found
}

fn dependencies(manifest: &Table, kind: &str) -> impl Iterator<Item = String> {
    let table = manifest.get(kind).and_then(|table| table.as_table());
    table
        .into_iter()
        .flat_map(|table| table.keys().cloned())
        .collect::<Vec<_>>()
        .into_iter()
}

/// `src` is the program's own crate, which lies at the top.
fn is_code_of(file: &Path, krate: &str) -> bool {
    let code = if krate == "src" {
        PathBuf::from("src")
    } else {
        Path::new(krate).join("src")
    };
    file.starts_with(code) && !is_test(file)
}

fn is_test(file: &Path) -> bool {
    let name = file.file_stem().unwrap_or_default();
    let directory = file.components().any(|part| part.as_os_str() == "tests");
    directory
        || ["tests", "testing", "gallery"]
            .into_iter()
            .any(|test| name == test)
}

/// The file as far as its own tests, which come last.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default()
}

/// What cargo hands to the compiler: libraries, programs, tests and benchmarks.
fn is_root(file: &Path) -> bool {
    let parts: Vec<_> = file
        .components()
        .rev()
        .map(|part| part.as_os_str())
        .collect();
    let [name, directory, ..] = parts[..] else {
        return name_is_root(file);
    };
    match directory.to_str() {
        Some("src") => name_is_root(file),
        Some("bin" | "benches" | "examples") => true,
        Some("tests") => !file.to_string_lossy().contains("src/"),
        _ => name == "main.rs" && parts.get(2).is_some_and(|above| *above == "tests"),
    }
}

fn name_is_root(file: &Path) -> bool {
    ["lib.rs", "main.rs", "build.rs"]
        .into_iter()
        .any(|root| file.ends_with(root))
}

fn sources() -> Vec<PathBuf> {
    ours()
        .into_iter()
        .filter(|file| has_extension(file, &["rs"]))
        .collect()
}

fn has_extension(file: &Path, extensions: &[&str]) -> bool {
    file.extension()
        .is_some_and(|found| extensions.iter().any(|wanted| found == *wanted))
}

/// Every file below the workspace that we wrote, with its path from there.
fn ours() -> Vec<PathBuf> {
    let (mut found, mut directories) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(top().join(&directory)).expect("a directory") {
            let entry = entry.expect("readable");
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = directory.join(&name);
            let built =
                name.starts_with('.') || ["target", "node_modules"].contains(&name.as_str());
            match entry.file_type().expect("a file type") {
                kind if kind.is_dir() && !built => directories.push(path),
                kind if kind.is_file() => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

fn read(file: &Path) -> String {
    let path = top().join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Where the workspace lies: tests are run there, wherever they were built.
fn top() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .expect("cargo runs this")
        .into()
}
