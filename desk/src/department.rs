//! Departments: who works on which tickets, and under which name the answers leave (FEATURES DP).

use crate::authz::{Action, Object};
use crate::change::What;
use crate::problem::Invalid;
use crate::queue::{Scope, View};
use crate::{AddressId, Agent, DepartmentId, Desk, Moment, Problem};
use serde::{Deserialize, Serialize};
use storage::{Batch, Direction, Record};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Department {
    pub id: DepartmentId,
    pub name: String,
    /// The address answers leave from; None: the one the ticket's mail came to (OUT-10).
    pub outgoing: Option<AddressId>,
    /// The name in From; None: the address's own (OUT-11).
    pub sender_name: Option<String>,
    pub signature: String,
    /// Whether a new ticket is acknowledged (AR-07).
    pub acknowledge: bool,
    /// An inactive department is not offered for new tickets and transfers (DP-05).
    pub active: bool,
}

impl Record for Department {
    const SCHEMA: u16 = 1;
}

/// A department as a form sends it.
#[derive(Debug, Clone, Default)]
pub struct DepartmentForm {
    /// None adds one.
    pub id: Option<DepartmentId>,
    pub name: String,
    pub outgoing: Option<AddressId>,
    pub sender_name: String,
    pub signature: String,
    pub acknowledge: bool,
    pub active: bool,
}

/// More departments than this and the screens would need another design.
pub(crate) const MOST: usize = 1_000;
const LONGEST_NAME: usize = 100;
const LONGEST_SIGNATURE: usize = 4_000;

impl Desk {
    /// All departments by name.
    pub async fn departments(&self) -> Result<Vec<Department>, Problem> {
        let page = self
            .tables
            .departments
            .page(self.store(), &(), None, Direction::Forward, MOST)
            .await?;
        let mut all: Vec<_> = page.rows.into_iter().map(|(_, row)| row.value).collect();
        all.sort_by_key(|d| d.name.to_lowercase());
        Ok(all)
    }

    pub async fn department(&self, id: DepartmentId) -> Result<Option<Department>, Problem> {
        let row = self.tables.departments.get(self.store(), &id).await?;
        Ok(row.map(|row| row.value))
    }

    pub async fn save_department(
        &self,
        moment: &Moment,
        by: &Agent,
        form: &DepartmentForm,
    ) -> Result<DepartmentId, Problem> {
        by.must(Action::Administer, Object::Desk)?;
        self.retrying(|| self.try_save_department(moment, by, form))
            .await
    }

    async fn try_save_department(
        &self,
        moment: &Moment,
        by: &Agent,
        form: &DepartmentForm,
    ) -> Result<(Batch, DepartmentId), Problem> {
        let department = form.parse(form.id.unwrap_or_else(|| moment.id()))?;
        if self.departments().await?.iter().any(|other| {
            other.id != department.id && other.name.eq_ignore_ascii_case(&department.name)
        }) {
            return Err(Problem::invalid("name", "another department has this name"));
        }
        let mut batch = Batch::new();
        match form.id {
            None => self
                .tables
                .departments
                .insert(&mut batch, &department.id, &department),
            Some(id) => {
                let row = self.tables.departments.get(self.store(), &id).await?;
                let row = row.ok_or(Problem::NotFound("department"))?;
                self.tables
                    .departments
                    .replace(&mut batch, &id, row.version, &department);
            }
        }
        self.log_setting(&mut batch, moment, by.id, What::DepartmentSaved);
        Ok((batch, department.id))
    }

    /// Deletes a department that nothing refers to any more (DP-16).
    pub async fn delete_department(
        &self,
        moment: &Moment,
        by: &Agent,
        id: DepartmentId,
    ) -> Result<(), Problem> {
        by.must(Action::Administer, Object::Desk)?;
        self.retrying(|| async move {
            let row = self.tables.departments.get(self.store(), &id).await?;
            let row = row.ok_or(Problem::NotFound("department"))?;
            if let Some(user) = self.department_in_use(id).await? {
                return Err(Problem::invalid("name", user));
            }
            let mut batch = Batch::new();
            self.tables
                .departments
                .check_version(&mut batch, &id, row.version);
            self.tables.departments.delete(&mut batch, &id);
            self.log_setting(&mut batch, moment, by.id, What::DepartmentSaved);
            Ok((batch, ()))
        })
        .await
    }

    /// Why a department cannot be deleted: a sentence that names what refers to it.
    pub async fn department_in_use(&self, id: DepartmentId) -> Result<Option<String>, Problem> {
        if let Some(address) = (self.addresses().await?)
            .iter()
            .find(|a| a.department == id)
        {
            return Ok(Some(format!(
                "the address {} brings its mail here; point it elsewhere first",
                address.email
            )));
        }
        let scope = Scope::Department(id);
        let sizes = [
            self.queue_size(scope, View::Open).await?,
            self.queue_size(scope, View::Closed).await?,
        ];
        let tickets: i64 = sizes.iter().sum();
        if tickets > 0 {
            return Ok(Some(format!(
                "{tickets} tickets are here; disable the department instead"
            )));
        }
        if let Some(agent) = (self.agents().await?)
            .iter()
            .find(|a| a.departments.contains(&id))
        {
            return Ok(Some(format!(
                "{} has access to it; take that away first",
                agent.name
            )));
        }
        Ok(None)
    }
}

impl DepartmentForm {
    fn parse(&self, id: DepartmentId) -> Result<Department, Problem> {
        let mut problems = Vec::new();
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            problems.push(Invalid {
                field: "name",
                message: format!("a name has 1 to {LONGEST_NAME} characters"),
            });
        }
        if self.signature.chars().count() > LONGEST_SIGNATURE {
            problems.push(Invalid {
                field: "signature",
                message: format!("a signature has at most {LONGEST_SIGNATURE} characters"),
            });
        }
        if self.sender_name.chars().count() > LONGEST_NAME {
            problems.push(Invalid {
                field: "sender_name",
                message: format!("a sender name has at most {LONGEST_NAME} characters"),
            });
        }
        if !problems.is_empty() {
            return Err(Problem::Invalid(problems));
        }
        let sender_name = self.sender_name.trim();
        Ok(Department {
            id,
            name: name.to_owned(),
            outgoing: self.outgoing,
            sender_name: (!sender_name.is_empty()).then(|| sender_name.to_owned()),
            signature: self.signature.trim_end().to_owned(),
            acknowledge: self.acknowledge,
            active: self.active,
        })
    }
}
