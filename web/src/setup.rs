//! GET and POST /setup: the first admin, made by whoever can read the setup
//! code where the server was started. Gone as soon as an agent exists.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use desk::{AgentForm, Problem};
use subtle::ConstantTimeEq;

use crate::field::{Field, Input, Problems};
use crate::form::Pairs;
use crate::guard::Visit;
use crate::login;
use crate::page::Chrome;
use crate::render::{page, page_with};
use crate::state::{Web, WebState};
use crate::trouble::{Answer, Trouble};

#[derive(Template)]
#[template(path = "setup.html")]
pub struct SetupPage {
    pub chrome: Chrome,
    pub problem: Option<String>,
    pub fields: Vec<Field>,
}

pub async fn form(State(web): State<Web>, visit: Visit) -> Answer {
    must_be_first(&web).await?;
    let chrome = Chrome::of_visit(&visit, "First run");
    Ok(page(&SetupPage {
        chrome,
        problem: None,
        fields: fields(&AgentForm::default()),
    }))
}

pub async fn make(State(web): State<Web>, visit: Visit, pairs: Pairs) -> Answer {
    let code = must_be_first(&web).await?;
    let form = read(&pairs);
    let made = if same(pairs.get("token").trim(), code) {
        web.desk.make_first_admin(&web.moment(), &form).await
    } else {
        Err(Problem::invalid("token", "this is not the setup code"))
    };
    let problems = match made {
        Ok(_) => {
            let password = form.password.as_deref().unwrap_or_default();
            let session = web
                .desk
                .login(&web.moment(), &form.login, password, visit.peer)
                .await?;
            return login::begin(&web, &visit, &session, "/").await;
        }
        Err(problem) => Problems::of(problem)?,
    };
    let mut fields = fields(&form);
    let problem = problems.place(&mut fields);
    let chrome = Chrome::of_visit(&visit, "First run");
    Ok(page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        &SetupPage {
            chrome,
            problem,
            fields,
        },
    ))
}

/// The setup code, while there is something to set up.
async fn must_be_first(web: &WebState) -> Result<&str, Trouble> {
    let code = web.setup_token.as_deref().filter(|code| !code.is_empty());
    match code {
        Some(code) if !web.desk.any_agent().await? => Ok(code),
        _ => Err(Trouble::not_found("page")),
    }
}

fn read(pairs: &Pairs) -> AgentForm {
    AgentForm {
        login: pairs.get("login").into(),
        name: pairs.get("name").into(),
        email: pairs.get("email").into(),
        password: Some(pairs.get("password").into()),
        ..AgentForm::default()
    }
}

fn fields(form: &AgentForm) -> Vec<Field> {
    vec![
        Field::line("token", "Setup code", "")
            .required()
            .autocomplete("off"),
        Field::line("name", "Your name", &form.name)
            .required()
            .autocomplete("name"),
        Field::email("email", "Your mail address", &form.email)
            .required()
            .autocomplete("email"),
        Field::line("login", "Login name", &form.login)
            .required()
            .autocomplete("username"),
        Field::password("password", "Password", "new-password")
            .required()
            .hint("At least ten characters."),
    ]
}

fn same(given: &str, code: &str) -> bool {
    given.as_bytes().ct_eq(code.as_bytes()).into()
}
