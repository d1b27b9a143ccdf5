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
fn every_operation_names_the_problems_it_answers_with() {
    let document = serde_json::to_value(hub::http::openapi()).unwrap();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
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
