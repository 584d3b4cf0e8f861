//! Logging in and out, the first run, the profile.

use crate::testing::{PASSWORD, Site, first_run};

#[tokio::test]
async fn login_sets_a_fresh_session_and_ends_the_old_one() {
    let site = Site::start().await;
    let mut browser = site.logged_in("ada").await;
    let old = browser.clone();
    let token = browser.get("/profile").await.token();
    let reply = browser
        .post(
            "/login",
            &[
                ("csrf", &token),
                ("login", "ada"),
                ("password", PASSWORD),
                ("next", "/outbox"),
            ],
        )
        .await;
    assert_eq!((reply.status, reply.header("location")), (303, "/outbox"));
    let cookie = reply.header("set-cookie");
    assert!(
        cookie.starts_with("maildesk=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    assert_eq!(old.clone().get("/queue/open").await.status, 303);
    assert_eq!(browser.get("/queue/open").await.status, 200);
}

#[tokio::test]
async fn wrong_password_and_unknown_name_look_the_same() {
    let site = Site::start().await;
    let mut bodies = Vec::new();
    for login in ["ada", "eve"] {
        let mut browser = site.browser();
        let token = browser.get("/login").await.token();
        let reply = browser
            .post(
                "/login",
                &[("csrf", &token), ("login", login), ("password", "wrong")],
            )
            .await;
        assert_eq!(reply.status, 422);
        assert!(reply.all("set-cookie").next().is_none());
        bodies.push(reply.body.replace(&token, "").replace(login, "NAME"));
    }
    assert_eq!(bodies[0], bodies[1]);
    assert!(bodies[0].contains("do not go together"));
}

#[tokio::test]
async fn logging_out_ends_the_session_everywhere() {
    let site = Site::start().await;
    let mut browser = site.logged_in("ben").await;
    let stolen = browser.clone();
    let token = browser.get("/profile").await.token();
    let reply = browser.post("/logout", &[("csrf", &token)]).await;
    assert_eq!(reply.header("location"), "/login?done=logout");
    assert_eq!(stolen.clone().get("/queue/open").await.status, 303);
}

#[tokio::test]
async fn login_leads_back_to_the_page_asked_for() {
    let site = Site::start().await;
    let mut browser = site.browser();
    let reply = browser.get("/queue/mine?department=x").await;
    assert_eq!(
        reply.header("location"),
        "/login?next=%2Fqueue%2Fmine%3Fdepartment%3Dx"
    );
    let page = browser.get(reply.header("location")).await;
    assert!(
        page.body
            .contains("name=\"next\" value=\"/queue/mine?department=x\""),
        "{}",
        page.body
    );
    let page = browser.get("/login?next=https://evil.example/").await;
    assert!(!page.body.contains("evil.example"));
}

#[tokio::test]
async fn a_stream_of_events_is_refused_and_not_redirected() {
    let site = Site::start().await;
    let reply = site
        .browser()
        .send("GET", "/events", &[("accept", "text/event-stream")], b"")
        .await;
    assert_eq!(reply.status, 401);
}

#[tokio::test]
async fn first_admin_needs_the_code_and_there_is_only_one() {
    let (mut browser, _dir) = first_run("s3cret").await;
    assert_eq!(browser.get("/login").await.header("location"), "/setup");
    let token = browser.get("/setup").await.token();
    let form = |code: &'static str| {
        [
            ("csrf", token.clone()),
            ("token", code.into()),
            ("name", "Ada".into()),
            ("email", "ada@desk.example".into()),
            ("login", "ada".into()),
            ("password", PASSWORD.to_owned()),
        ]
    };
    let wrong = form("guess");
    let wrong: Vec<(&str, &str)> = wrong
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let reply = browser.post("/setup", &wrong).await;
    assert_eq!(reply.status, 422);
    assert!(reply.body.contains("This is not the setup code."));
    let right = form("s3cret");
    let right: Vec<(&str, &str)> = right
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let reply = browser.post("/setup", &right).await;
    assert_eq!((reply.status, reply.header("location")), (303, "/"));
    assert_eq!(browser.get("/queue/open").await.status, 200);
    assert_eq!(browser.get("/setup").await.status, 404);
}

#[tokio::test]
async fn a_desk_with_agents_has_no_setup_page() {
    let site = Site::start().await;
    assert_eq!(site.browser().get("/setup").await.status, 404);
}

#[tokio::test]
async fn changing_the_password_ends_the_other_sessions() {
    let site = Site::start().await;
    let (mut here, mut there) = (site.logged_in("ben").await, site.logged_in("ben").await);
    let token = here.get("/profile").await.token();
    let reply = here
        .post(
            "/profile/password",
            &[
                ("csrf", &token),
                ("old", "wrong"),
                ("new", "battery staple"),
            ],
        )
        .await;
    assert_eq!(reply.status, 422);
    assert!(reply.body.contains("This is not your present password."));
    let reply = here
        .post(
            "/profile/password",
            &[("csrf", &token), ("old", PASSWORD), ("new", "short")],
        )
        .await;
    assert!(
        reply.body.contains("at least 10 characters"),
        "{}",
        reply.body
    );
    let reply = here
        .post(
            "/profile/password",
            &[
                ("csrf", &token),
                ("old", PASSWORD),
                ("new", "battery staple"),
            ],
        )
        .await;
    assert_eq!(reply.header("location"), "/profile?done=password");
    assert_eq!(here.get("/profile").await.status, 200);
    assert_eq!(there.get("/profile").await.status, 303);
}

#[tokio::test]
async fn colours_are_kept_in_a_cookie_and_shown_on_every_page() {
    let site = Site::start().await;
    let mut ada = site.logged_in("ada").await;
    let token = ada.get("/profile").await.token();
    let reply = ada
        .post(
            "/theme",
            &[("csrf", &token), ("to", "dark"), ("back", "//evil.example")],
        )
        .await;
    assert_eq!(reply.header("location"), "/");
    assert!(
        ada.get("/queue/open")
            .await
            .body
            .contains("<html lang=\"en\" data-theme=\"dark\"")
    );
    ada.post(
        "/theme",
        &[("csrf", &token), ("to", "system"), ("back", "/queue/open")],
    )
    .await;
    assert!(!ada.get("/queue/open").await.body.contains("data-theme"));
}
