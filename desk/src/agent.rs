//! Agents: who answers, and what they may reach (FEATURES AG).

use crate::authz::{Action, Object, can};
use crate::change::What;
use crate::problem::Invalid;
use crate::{AgentId, DepartmentId, Desk, EmailAddress, Moment, Problem, password};
use serde::{Deserialize, Serialize};
use storage::{Batch, Direction, Record, Row};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub id: AgentId,
    /// What they log in with, in lower case.
    pub login: String,
    pub name: String,
    pub email: EmailAddress,
    /// Admins reach every department and every setting.
    pub admin: bool,
    pub departments: Vec<DepartmentId>,
    pub active: bool,
    pub signature: String,
    /// Whether single keys act as shortcuts (WCAG 2.1.4 asks for a switch).
    pub shortcuts: bool,
    /// argon2id, `$argon2id$…`.
    pub(crate) password: String,
    /// Sessions from before this number are over: it grows with every change of password.
    pub(crate) generation: u32,
}

impl Record for Agent {
    const SCHEMA: u16 = 1;
}

/// An agent as a form sends it.
#[derive(Debug, Clone, Default)]
pub struct AgentForm {
    /// None adds one.
    pub id: Option<AgentId>,
    pub login: String,
    pub name: String,
    pub email: String,
    pub admin: bool,
    pub departments: Vec<DepartmentId>,
    pub active: bool,
    /// None keeps the present one; a new agent needs one.
    pub password: Option<String>,
}

pub(crate) const MOST: usize = 10_000;
const LONGEST_LOGIN: usize = 64;
const LONGEST_NAME: usize = 100;
const LONGEST_SIGNATURE: usize = 4_000;

impl Agent {
    /// `Ok` when [`can`] says so.
    pub fn must(&self, action: Action, object: Object<'_>) -> Result<(), Problem> {
        can(self, action, object)
            .then_some(())
            .ok_or(Problem::Forbidden)
    }

    pub fn reaches(&self, department: DepartmentId) -> bool {
        self.admin || self.departments.contains(&department)
    }
}

impl Desk {
    /// All agents by name.
    pub async fn agents(&self) -> Result<Vec<Agent>, Problem> {
        let page = self
            .tables
            .agents
            .page(self.store(), &(), None, Direction::Forward, MOST)
            .await?;
        let mut all: Vec<_> = page.rows.into_iter().map(|(_, row)| row.value).collect();
        all.sort_by_key(|a| a.name.to_lowercase());
        Ok(all)
    }

    pub async fn agent(&self, id: AgentId) -> Result<Option<Agent>, Problem> {
        let row = self.tables.agents.get(self.store(), &id).await?;
        Ok(row.map(|row| row.value))
    }

    pub async fn agent_by_login(&self, login: &str) -> Result<Option<Agent>, Problem> {
        let login = login.trim().to_lowercase();
        if login.len() > 4 * LONGEST_LOGIN {
            return Ok(None);
        }
        match self.tables.agent_by_login.get(self.store(), &login).await? {
            Some(row) => self.agent(row.value).await,
            None => Ok(None),
        }
    }

    pub async fn agent_by_email(&self, email: &EmailAddress) -> Result<Option<Agent>, Problem> {
        match self.tables.agent_by_email.get(self.store(), email).await? {
            Some(row) => self.agent(row.value).await,
            None => Ok(None),
        }
    }

    /// Whether anybody can log in at all; if not, the first admin is yet to be made.
    pub async fn any_agent(&self) -> Result<bool, Problem> {
        let page = self
            .tables
            .agents
            .page(self.store(), &(), None, Direction::Forward, 1)
            .await?;
        Ok(!page.rows.is_empty())
    }

    /// Makes the first admin. Refused as soon as any agent exists.
    pub async fn make_first_admin(
        &self,
        moment: &Moment,
        form: &AgentForm,
    ) -> Result<AgentId, Problem> {
        let form = AgentForm {
            id: None,
            admin: true,
            active: true,
            ..form.clone()
        };
        let hash = form.hashed().await?;
        self.retrying(|| async {
            if self.any_agent().await? {
                return Err(Problem::Forbidden);
            }
            let agent = form.parse(moment.id(), None, hash.clone())?;
            let mut batch = Batch::new();
            self.insert_agent(&mut batch, &agent);
            self.log_setting(&mut batch, moment, agent.id, What::AgentSaved);
            Ok((batch, agent.id))
        })
        .await
    }

    pub async fn save_agent(
        &self,
        moment: &Moment,
        by: &Agent,
        form: &AgentForm,
    ) -> Result<AgentId, Problem> {
        by.must(Action::Administer, Object::Desk)?;
        let hash = form.hashed().await?;
        self.retrying(|| self.try_save_agent(moment, by, form, hash.as_deref()))
            .await
    }

    async fn try_save_agent(
        &self,
        moment: &Moment,
        by: &Agent,
        form: &AgentForm,
        hash: Option<&str>,
    ) -> Result<(Batch, AgentId), Problem> {
        let before = match form.id {
            None => None,
            Some(id) => {
                let row = self.tables.agents.get(self.store(), &id).await?;
                Some(row.ok_or(Problem::NotFound("agent"))?)
            }
        };
        let id = form.id.unwrap_or_else(|| moment.id());
        let agent = form.parse(
            id,
            before.as_ref().map(|row| &row.value),
            hash.map(str::to_owned),
        )?;
        self.refuse_taken_names(&agent).await?;
        if by.id == agent.id && !(agent.admin && agent.active) {
            return Err(Problem::invalid(
                "admin",
                "you cannot take your own access away; ask another admin",
            ));
        }
        let mut batch = Batch::new();
        match &before {
            None => self.insert_agent(&mut batch, &agent),
            Some(row) => self.replace_agent(&mut batch, row, &agent),
        }
        self.log_setting(&mut batch, moment, by.id, What::AgentSaved);
        Ok((batch, agent.id))
    }

    async fn refuse_taken_names(&self, agent: &Agent) -> Result<(), Problem> {
        let login = (self.tables.agent_by_login).get(self.store(), &agent.login);
        if login.await?.is_some_and(|row| row.value != agent.id) {
            return Err(Problem::invalid(
                "login",
                "another agent has this login name",
            ));
        }
        let email = (self.tables.agent_by_email).get(self.store(), &agent.email);
        if email.await?.is_some_and(|row| row.value != agent.id) {
            return Err(Problem::invalid("email", "another agent has this address"));
        }
        if self.is_own_address(&agent.email).await? {
            return Err(Problem::invalid(
                "email",
                "this is an address of the desk; mail to an agent would open tickets",
            ));
        }
        Ok(())
    }

    fn insert_agent(&self, batch: &mut Batch, agent: &Agent) {
        self.tables.agents.insert(batch, &agent.id, agent);
        (self.tables.agent_by_login).insert(batch, &agent.login, &agent.id);
        (self.tables.agent_by_email).insert(batch, &agent.email, &agent.id);
    }

    fn replace_agent(&self, batch: &mut Batch, before: &Row<Agent>, agent: &Agent) {
        (self.tables.agents).replace(batch, &agent.id, before.version, agent);
        if before.value.login != agent.login {
            (self.tables.agent_by_login).delete(batch, &before.value.login);
            (self.tables.agent_by_login).insert(batch, &agent.login, &agent.id);
        }
        if before.value.email != agent.email {
            (self.tables.agent_by_email).delete(batch, &before.value.email);
            (self.tables.agent_by_email).insert(batch, &agent.email, &agent.id);
        }
    }

    /// What an agent changes about themselves.
    pub async fn save_profile(
        &self,
        moment: &Moment,
        agent: AgentId,
        name: &str,
        signature: &str,
        shortcuts: bool,
    ) -> Result<(), Problem> {
        let name = parse_name(name).map_err(|p| Problem::Invalid(vec![p]))?;
        if signature.chars().count() > LONGEST_SIGNATURE {
            return Err(Problem::invalid(
                "signature",
                format!("a signature has at most {LONGEST_SIGNATURE} characters"),
            ));
        }
        self.retrying(|| {
            let name = name.clone();
            async move {
                let row = self.tables.agents.get(self.store(), &agent).await?;
                let row = row.ok_or(Problem::NotFound("agent"))?;
                let changed = Agent {
                    name,
                    signature: signature.trim_end().to_owned(),
                    shortcuts,
                    ..row.value
                };
                let mut batch = Batch::new();
                (self.tables.agents).replace(&mut batch, &agent, row.version, &changed);
                self.log_setting(&mut batch, moment, agent, What::AgentSaved);
                Ok((batch, ()))
            }
        })
        .await
    }

    /// Changes the password of somebody who knows the old one, and ends their other sessions.
    pub async fn change_password(
        &self,
        moment: &Moment,
        agent: AgentId,
        old: &str,
        new: &str,
    ) -> Result<(), Problem> {
        let present = self.agent(agent).await?.ok_or(Problem::NotFound("agent"))?;
        self.count_guess(moment, &present.login).await?;
        if !password::verify(old, Some(&present.password)).await? {
            return Err(Problem::invalid("old", "this is not your present password"));
        }
        let hash = password::hash(new).await?;
        self.retrying(|| {
            let hash = hash.clone();
            async move {
                let row = self.tables.agents.get(self.store(), &agent).await?;
                let row = row.ok_or(Problem::NotFound("agent"))?;
                let changed = Agent {
                    password: hash,
                    generation: row.value.generation + 1,
                    ..row.value
                };
                let mut batch = Batch::new();
                (self.tables.agents).replace(&mut batch, &agent, row.version, &changed);
                self.log_setting(&mut batch, moment, agent, What::AgentSaved);
                Ok((batch, ()))
            }
        })
        .await
    }
}

impl AgentForm {
    async fn hashed(&self) -> Result<Option<String>, Problem> {
        match self.password.as_deref().filter(|p| !p.is_empty()) {
            Some(password) => password::hash(password).await.map(Some),
            None if self.id.is_some() => Ok(None),
            None => Err(Problem::invalid("password", "a new agent needs a password")),
        }
    }

    fn parse(
        &self,
        id: AgentId,
        before: Option<&Agent>,
        hash: Option<String>,
    ) -> Result<Agent, Problem> {
        let mut problems = Vec::new();
        let login = parse_login(&self.login).map_err(|p| problems.push(p));
        let name = parse_name(&self.name).map_err(|p| problems.push(p));
        let email = self.email.parse::<EmailAddress>().map_err(|why| {
            problems.push(Invalid {
                field: "email",
                message: why.to_string(),
            });
        });
        let (Ok(login), Ok(name), Ok(email)) = (login, name, email) else {
            return Err(Problem::Invalid(problems));
        };
        let generation = before.map_or(0, |a| a.generation);
        let access_shrinks = before.is_some_and(|a| a.admin && !self.admin || !self.active);
        Ok(Agent {
            id,
            login,
            name,
            email,
            admin: self.admin,
            departments: self.departments.clone(),
            active: self.active,
            signature: before.map_or_else(String::new, |a| a.signature.clone()),
            shortcuts: before.is_none_or(|a| a.shortcuts),
            generation: generation + u32::from(hash.is_some() || access_shrinks),
            password: hash
                .or_else(|| before.map(|a| a.password.clone()))
                .unwrap_or_default(),
        })
    }
}

fn parse_login(text: &str) -> Result<String, Invalid> {
    let login = text.trim().to_lowercase();
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '+');
    if login.is_empty() || login.chars().count() > LONGEST_LOGIN || !login.chars().all(allowed) {
        return Err(Invalid {
            field: "login",
            message: format!("a login name has 1 to {LONGEST_LOGIN} letters, digits or . - _ @ +"),
        });
    }
    Ok(login)
}

fn parse_name(text: &str) -> Result<String, Invalid> {
    let name = text.trim();
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME || name.contains(char::is_control) {
        return Err(Invalid {
            field: "name",
            message: format!("a name has 1 to {LONGEST_NAME} characters, on one line"),
        });
    }
    Ok(name.to_owned())
}
