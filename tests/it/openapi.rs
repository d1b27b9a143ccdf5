//! The committed OpenAPI document is the one the handlers make.

#[test]
fn the_committed_document_is_current() {
    let made = serde_json::to_value(hub::http::openapi()).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/api/openapi.json");
    let committed: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(
        made == committed,
        "docs/api/openapi.json is stale: cargo run -- openapi > docs/api/openapi.json"
    );
}

#[test]
fn every_operation_says_what_it_does_and_names_the_problems_it_answers_with() {
    let document = serde_json::to_value(hub::http::openapi()).unwrap();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(summary.ends_with('.'), "{method} {path} says in no sentence what it does");
            assert!(
                !path.contains('{') || responses.contains_key("404"),
                "{method} {path} names a thing and does not name 404"
            );
            let body = operation.get("requestBody").is_some();
            assert!(!body || responses.contains_key("400"), "{method} {path} does not name 400");
            if operation.get("security").is_some() {
                assert!(
                    responses.contains_key("401"),
                    "{method} {path} asks for a token and does not name 401"
                );
            }
            for (status, response) in
                responses.iter().filter(|(status, _)| status.starts_with(['4', '5']))
            {
                assert!(
                    response["content"].get("application/problem+json").is_some(),
                    "{method} {path}: {status} is no problem"
                );
            }
        }
    }
}

/// The document names a shape by its type's name: of two types of one name it would silently hold one.
#[test]
fn no_two_types_of_the_document_have_one_name() {
    let mut seen = std::collections::BTreeMap::new();
    let mut pending = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        for after in
            source.split("ToSchema").skip(1).filter(|it| it.trim_start().starts_with([')', ',']))
        {
            let words =
                after.split_whitespace().skip_while(|word| !matches!(*word, "struct" | "enum"));
            let Some(name) = words.clone().nth(1) else { continue };
            let name =
                name.trim_end_matches(['{', ';']).split(['<', '(']).next().unwrap().to_owned();
            if !name.starts_with('$')
                && let Some(other) = seen.insert(name.clone(), path.clone())
            {
                panic!("{name} stands in {} and in {}", other.display(), path.display());
            }
        }
    }
    assert!(seen.len() > 100, "the scan sees the types: {}", seen.len());
}
