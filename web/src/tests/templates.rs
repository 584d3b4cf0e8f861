//! Every template is used: by a page struct, or by another template.

use std::path::Path;

fn files(folder: &Path, end: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.extension().is_some_and(|kind| kind == end) {
            let text = std::fs::read_to_string(&path).expect("a text");
            found.push((path.display().to_string(), text));
        }
    }
    found
}

#[test]
fn every_template_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (templates, sources) = (
        files(&root.join("templates"), "html"),
        files(&root.join("src"), "rs"),
    );
    for (path, _) in &templates {
        let name = path.split("templates/").nth(1).expect("a name");
        let by_page = sources
            .iter()
            .any(|(_, text)| text.contains(&format!("path = \"{name}\"")));
        let by_template = templates
            .iter()
            .any(|(_, text)| text.contains(&format!("\"{name}\" %}}")));
        assert!(by_page || by_template, "{name} is used by nothing");
    }
}

#[test]
fn only_text_that_was_made_safe_is_placed_as_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut placed: Vec<String> = files(&root.join("templates"), "html")
        .iter()
        .flat_map(|(_, text)| {
            text.split("{{")
                .skip(1)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter_map(|rest| {
            rest.split("}}")
                .next()
                .filter(|inside| inside.contains("|safe"))
                .map(|inside| inside.trim().to_owned())
        })
        .collect();
    placed.sort();
    // Made by the desk's text_to_html and markup, which escape and sanitise.
    assert_eq!(
        placed,
        [
            "letter.text|safe",
            "quoted|safe",
            "signature|safe",
            "text|safe"
        ]
    );
}
