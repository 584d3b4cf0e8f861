//! The first admin and the first address of a desk, made from the command line.

use desk::{AddressForm, Agent, AgentForm, DepartmentForm, DepartmentId, Desk, Moment, Problem};

use crate::fault::{Exit, Fault};

pub struct FirstAdmin<'a> {
    pub login: &'a str,
    pub name: &'a str,
    pub email: &'a str,
    pub password: &'a str,
}

impl FirstAdmin<'_> {
    pub async fn make(&self, desk: &Desk, moment: &Moment) -> Result<Agent, Fault> {
        let form = AgentForm {
            login: self.login.to_owned(),
            name: self.name.to_owned(),
            email: self.email.to_owned(),
            password: Some(self.password.to_owned()),
            ..AgentForm::default()
        };
        let id = desk
            .make_first_admin(moment, &form)
            .await
            .map_err(|problem| match problem {
                Problem::Forbidden => Fault::input(
                    "the desk has agents already; log in and add others on the page Admin, Agents",
                ),
                problem => Fault::from(problem),
            })?;
        let made = desk.agent(id).await?;
        made.ok_or_else(|| Fault::new(Exit::Internal, "the first admin was not kept"))
    }
}

/// A department and the address that brings its mail.
pub async fn department(
    desk: &Desk,
    moment: &Moment,
    by: &Agent,
    name: &str,
    address: &str,
) -> Result<DepartmentId, Fault> {
    let form = DepartmentForm {
        name: name.to_owned(),
        acknowledge: true,
        active: true,
        ..DepartmentForm::default()
    };
    let department = desk.save_department(moment, by, &form).await?;
    let form = AddressForm {
        id: None,
        email: address.to_owned(),
        name: name.to_owned(),
        department,
        active: true,
    };
    desk.save_address(moment, by, &form).await?;
    Ok(department)
}
