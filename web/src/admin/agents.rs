//! Agents: who answers, and which departments they reach.

use desk::{Agent, AgentForm, AgentId, Department, Desk, Moment, Problem};

use crate::admin::screen::Screen;
use crate::field::{Choice, Field};
use crate::form::Pairs;

pub struct Agents;

/// The form as the browser sends it: departments by their ids.
pub struct Form {
    rest: AgentForm,
    departments: Vec<String>,
    exists: bool,
}

impl Screen for Agents {
    type Id = AgentId;
    type Record = Agent;
    type Form = Form;
    type Around = Vec<Department>;

    const PATH: &'static str = "/admin/agents";
    const HEADING: &'static str = "Agents";
    const ABOUT: &'static str =
        "Agents answer the tickets of their departments; administrators reach everything.";
    const NOUN: &'static str = "agent";
    /// An agent is disabled instead: what they wrote keeps their name.
    const DELETING: Option<&'static str> = None;

    async fn all(desk: &Desk) -> Result<Vec<Agent>, Problem> {
        desk.agents().await
    }

    async fn around(desk: &Desk) -> Result<Vec<Department>, Problem> {
        desk.departments().await
    }

    fn id(record: &Agent) -> AgentId {
        record.id
    }

    fn name(record: &Agent) -> String {
        record.name.clone()
    }

    fn active(record: &Agent) -> bool {
        record.active
    }

    fn cells(record: &Agent, departments: &Vec<Department>) -> Vec<String> {
        let reached = departments
            .iter()
            .filter(|one| record.departments.contains(&one.id));
        let names: Vec<&str> = reached.map(|one| one.name.as_str()).collect();
        let access = if record.admin {
            "administrator".into()
        } else {
            names.join(", ")
        };
        vec![record.login.clone(), record.email.to_string(), access]
    }

    fn form(record: Option<&Agent>) -> Form {
        let Some(record) = record else {
            let rest = AgentForm {
                active: true,
                ..AgentForm::default()
            };
            return Form {
                rest,
                departments: Vec::new(),
                exists: false,
            };
        };
        Form {
            rest: AgentForm {
                login: record.login.clone(),
                name: record.name.clone(),
                email: record.email.to_string(),
                admin: record.admin,
                active: record.active,
                ..AgentForm::default()
            },
            departments: record.departments.iter().map(ToString::to_string).collect(),
            exists: true,
        }
    }

    fn fields(form: &Form, departments: &Vec<Department>) -> Vec<Field> {
        let choice = |one: &Department| {
            let id = one.id.to_string();
            Choice::new(&id, &one.name, form.departments.contains(&id))
        };
        let password = if form.exists {
            Field::password("password", "New password", "new-password")
                .hint("Leave it empty to keep the present one.")
        } else {
            Field::password("password", "Password", "new-password")
                .hint("At least ten characters. The agent can change it.")
        };
        vec![
            Field::line("name", "Name", &form.rest.name)
                .required()
                .autocomplete("off"),
            Field::line("login", "Login name", &form.rest.login)
                .required()
                .autocomplete("off"),
            Field::email("email", "Mail address", &form.rest.email)
                .required()
                .autocomplete("off"),
            Field::several(
                "departments",
                "Departments",
                departments.iter().map(choice).collect(),
            ),
            Field::check("admin", "Administrator", form.rest.admin)
                .hint("Reaches every department and these settings."),
            password,
            Field::check("active", "Active", form.rest.active)
                .hint("A disabled agent cannot log in."),
        ]
    }

    fn parse(pairs: &Pairs) -> Form {
        let password = pairs.get("password");
        Form {
            rest: AgentForm {
                login: pairs.get("login").into(),
                name: pairs.get("name").into(),
                email: pairs.get("email").into(),
                admin: pairs.checked("admin"),
                active: pairs.checked("active"),
                password: (!password.is_empty()).then(|| password.to_owned()),
                ..AgentForm::default()
            },
            departments: pairs.all("departments").map(str::to_owned).collect(),
            exists: false,
        }
    }

    fn switch(form: &mut Form, active: bool) {
        form.rest.active = active;
    }

    async fn save(
        desk: &Desk,
        moment: &Moment,
        by: &Agent,
        id: Option<AgentId>,
        form: &Form,
    ) -> Result<(), Problem> {
        let departments: Result<Vec<_>, _> = form.departments.iter().map(|id| id.parse()).collect();
        let departments =
            departments.map_err(|_| Problem::invalid("departments", "choose from the list"))?;
        let form = AgentForm {
            id,
            departments,
            ..form.rest.clone()
        };
        desk.save_agent(moment, by, &form).await.map(|_| ())
    }
}
