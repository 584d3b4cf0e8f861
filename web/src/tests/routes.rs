//! What stands before the routes: a walk through the whole table.

use crate::routes::{Policy, table};
use crate::testing::Site;

/// An address of the route. What it names need not exist: the door comes
/// before the room.
fn address(path: &str) -> String {
    path.replace("{number}", "100000")
        .replace("{entry}", "1")
        .replace("{index}", "0")
        .replace("{view}", "open")
        .replace("{id}", &"0".repeat(32))
        .replace("{letter}", &"0".repeat(32))
        .replace("{name}", "x")
        .replace("{hash}", "x")
}

#[tokio::test]
async fn without_a_session_every_closed_route_leads_to_the_login() {
    let site = Site::start().await;
    for route in table() {
        let mut browser = site.browser();
        let (path, closed) = (
            address(&route.path),
            matches!(route.policy, Policy::Agent | Policy::Admin),
        );
        let reply = browser.send(route.method, &path, &[], b"").await;
        let to_login = reply.status == 303 && reply.header("location").starts_with("/login?next=");
        assert_eq!(
            to_login, closed,
            "{} {path} ({:?}): {}",
            route.method, route.policy, reply.status
        );
        // A session that was never given is none.
        browser.cookies = vec![("maildesk".into(), "A".repeat(43))];
        let reply = browser.send(route.method, &path, &[], b"").await;
        assert_eq!(
            reply.header("location").starts_with("/login?next="),
            closed,
            "{} {path}",
            route.method
        );
    }
}

#[tokio::test]
async fn every_post_without_its_token_is_refused() {
    let site = Site::start().await;
    let ada = site.logged_in("ada").await;
    let foreign = site.logged_in("ben").await.get("/profile").await.token();
    for route in table()
        .iter()
        .filter(|route| route.method == "POST" && route.policy != Policy::Open)
    {
        let path = address(&route.path);
        for pairs in [
            &[][..],
            &[("csrf", "")],
            &[("csrf", "x")],
            &[("csrf", foreign.as_str())],
        ] {
            let reply = ada.clone().post(&path, pairs).await;
            assert_eq!(reply.status, 403, "{path} with {pairs:?}");
        }
        let reply = ada.clone().post_files(&path, &[("csrf", None, b"x")]).await;
        assert_eq!(reply.status, 403, "{path} with files");
        let reply = ada
            .clone()
            .send(
                "POST",
                &path,
                &[("content-type", "application/json")],
                b"{}",
            )
            .await;
        assert_eq!(reply.status, 403, "{path} with JSON");
    }
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_even_with_the_token() {
    let site = Site::start().await;
    let mut ada = site.logged_in("ada").await;
    let token = ada.get("/profile").await.token();
    let body = format!("csrf={token}&to=dark&back=/");
    let kind = ("content-type", "application/x-www-form-urlencoded");
    for foreign in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let reply = ada
            .clone()
            .send("POST", "/theme", &[kind, foreign], body.as_bytes())
            .await;
        assert_eq!(reply.status, 403, "{foreign:?}");
    }
    let reply = ada
        .send(
            "POST",
            "/theme",
            &[kind, ("sec-fetch-site", "same-origin")],
            body.as_bytes(),
        )
        .await;
    assert_eq!(reply.status, 303);
}

#[tokio::test]
async fn an_agent_meets_closed_doors_at_every_route_of_admins() {
    let site = Site::start().await;
    let mut ben = site.logged_in("ben").await;
    let token = ben.get("/profile").await.token();
    for route in table().iter().filter(|route| route.policy == Policy::Admin) {
        let path = address(&route.path);
        let reply = match route.method {
            "GET" => ben.get(&path).await,
            _ => ben.post(&path, &[("csrf", &token)]).await,
        };
        assert_eq!(reply.status, 403, "{} {path}", route.method);
    }
}

#[tokio::test]
async fn a_name_that_is_not_ours_is_refused() {
    let site = Site::start().await;
    let mut ada = site.logged_in("ada").await;
    for host in ["evil.example", "127.0.0.1.evil.example", ""] {
        let reply = ada.send("GET", "/queue/open", &[("host", host)], b"").await;
        assert!(
            matches!(reply.status, 400 | 421),
            "{host}: {}",
            reply.status
        );
    }
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let site = Site::start().await;
    let mut ada = site.logged_in("ada").await;
    for path in [
        "/queue/open",
        "/login",
        "/nothing/here",
        "/healthz",
        crate::assets::stylesheet(),
        "/tickets/1",
    ] {
        let reply = ada.get(path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(
            reply.header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
        assert!(
            reply.header("permissions-policy").contains("camera=()"),
            "{path}"
        );
        let policy = reply.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'")
                && policy.contains("require-trusted-types-for 'script'"),
            "{path}: {policy}"
        );
        let kept = reply.header("cache-control");
        assert_eq!(
            kept.contains("immutable"),
            path.starts_with("/assets/"),
            "{path}: {kept}"
        );
        assert!(
            path.starts_with("/assets/") || kept == "no-store",
            "{path}: {kept}"
        );
    }
}

#[tokio::test]
async fn table_names_each_route_once() {
    let mut all: Vec<String> = table()
        .iter()
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}
