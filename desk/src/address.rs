//! Our own mail addresses, each of which brings its mail to a department (FEATURES IN-01, IN-02).

use crate::authz::{Action, Object};
use crate::change::What;
use crate::problem::Invalid;
use crate::{AddressId, Agent, DepartmentId, Desk, EmailAddress, Moment, Problem};
use serde::{Deserialize, Serialize};
use storage::{Batch, Direction, Record};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub id: AddressId,
    pub email: EmailAddress,
    /// The display name in From.
    pub name: String,
    pub department: DepartmentId,
    /// An inactive address is refused with 550.
    pub active: bool,
}

impl Record for Address {
    const SCHEMA: u16 = 1;
}

/// An address as a form sends it.
#[derive(Debug, Clone)]
pub struct AddressForm {
    /// None adds one.
    pub id: Option<AddressId>,
    pub email: String,
    pub name: String,
    pub department: DepartmentId,
    pub active: bool,
}

/// One of our addresses, and the plus tag with which it was written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    pub address: Address,
    pub detail: Option<String>,
}

pub(crate) const MOST: usize = 10_000;
const LONGEST_NAME: usize = 100;

impl Desk {
    /// All our addresses in alphabetical order.
    pub async fn addresses(&self) -> Result<Vec<Address>, Problem> {
        let page = self
            .tables
            .addresses
            .page(self.store(), &(), None, Direction::Forward, MOST)
            .await?;
        let mut all: Vec<_> = page.rows.into_iter().map(|(_, row)| row.value).collect();
        all.sort_by(|a, b| a.email.cmp(&b.email));
        Ok(all)
    }

    pub async fn address(&self, id: AddressId) -> Result<Option<Address>, Problem> {
        let row = self.tables.addresses.get(self.store(), &id).await?;
        Ok(row.map(|row| row.value))
    }

    /// The address that takes mail for `recipient`, if one does: exactly, or without the plus tag.
    pub async fn mailbox(&self, recipient: &EmailAddress) -> Result<Option<Mailbox>, Problem> {
        if let Some(address) = self.active_address(recipient).await? {
            return Ok(Some(Mailbox {
                address,
                detail: None,
            }));
        }
        if recipient.local() == "postmaster" {
            return self.postmaster(recipient).await;
        }
        let (plain, Some(detail)) = recipient.without_detail() else {
            return Ok(None);
        };
        let address = self.active_address(&plain).await?;
        Ok(address.map(|address| Mailbox {
            address,
            detail: Some(detail.to_owned()),
        }))
    }

    /// RFC 5321 4.5.1: mail for the postmaster of any of our domains is taken, here by the first
    /// address of that domain.
    async fn postmaster(&self, recipient: &EmailAddress) -> Result<Option<Mailbox>, Problem> {
        let all = self.addresses().await?;
        let mut active = all.into_iter().filter(|address| address.active);
        let address = active.find(|address| address.email.domain() == recipient.domain());
        Ok(address.map(|address| Mailbox {
            address,
            detail: None,
        }))
    }

    /// Whether this is one of ours, active or not, with or without a plus tag.
    pub async fn is_own_address(&self, email: &EmailAddress) -> Result<bool, Problem> {
        let (plain, _) = email.without_detail();
        let table = &self.tables.address_by_email;
        Ok(table.get(self.store(), email).await?.is_some()
            || table.get(self.store(), &plain).await?.is_some())
    }

    async fn active_address(&self, email: &EmailAddress) -> Result<Option<Address>, Problem> {
        let Some(id) = (self.tables.address_by_email)
            .get(self.store(), email)
            .await?
        else {
            return Ok(None);
        };
        let address = self.address(id.value).await?;
        Ok(address.filter(|address| address.active && address.email == *email))
    }

    pub async fn save_address(
        &self,
        moment: &Moment,
        by: &Agent,
        form: &AddressForm,
    ) -> Result<AddressId, Problem> {
        by.must(Action::Administer, Object::Desk)?;
        self.retrying(|| self.try_save_address(moment, by, form))
            .await
    }

    async fn try_save_address(
        &self,
        moment: &Moment,
        by: &Agent,
        form: &AddressForm,
    ) -> Result<(Batch, AddressId), Problem> {
        let address = form.parse(form.id.unwrap_or_else(|| moment.id()))?;
        if self.department(address.department).await?.is_none() {
            return Err(Problem::invalid("department", "choose a department"));
        }
        let taken = (self.tables.address_by_email)
            .get(self.store(), &address.email)
            .await?;
        if taken.is_some_and(|row| row.value != address.id) {
            return Err(Problem::invalid("email", "this address exists already"));
        }
        let mut batch = Batch::new();
        let emails = &self.tables.address_by_email;
        match form.id {
            None => {
                (self.tables.addresses).insert(&mut batch, &address.id, &address);
                emails.insert(&mut batch, &address.email, &address.id);
            }
            Some(id) => {
                let row = self.tables.addresses.get(self.store(), &id).await?;
                let row = row.ok_or(Problem::NotFound("address"))?;
                (self.tables.addresses).replace(&mut batch, &id, row.version, &address);
                if row.value.email != address.email {
                    emails.delete(&mut batch, &row.value.email);
                    emails.insert(&mut batch, &address.email, &id);
                }
            }
        }
        self.log_setting(&mut batch, moment, by.id, What::AddressSaved);
        Ok((batch, address.id))
    }

    /// Deletes an address. Tickets that came by it stay, and answer from their department's one.
    pub async fn delete_address(
        &self,
        moment: &Moment,
        by: &Agent,
        id: AddressId,
    ) -> Result<(), Problem> {
        by.must(Action::Administer, Object::Desk)?;
        self.retrying(|| async move {
            let row = self.tables.addresses.get(self.store(), &id).await?;
            let row = row.ok_or(Problem::NotFound("address"))?;
            if let Some(department) = (self.departments().await?)
                .iter()
                .find(|d| d.outgoing == Some(id))
            {
                return Err(Problem::invalid(
                    "email",
                    format!(
                        "{} sends from it; choose another outgoing address there first",
                        department.name
                    ),
                ));
            }
            let mut batch = Batch::new();
            (self.tables.addresses).check_version(&mut batch, &id, row.version);
            self.tables.addresses.delete(&mut batch, &id);
            (self.tables.address_by_email).delete(&mut batch, &row.value.email);
            self.log_setting(&mut batch, moment, by.id, What::AddressSaved);
            Ok((batch, ()))
        })
        .await
    }
}

impl AddressForm {
    fn parse(&self, id: AddressId) -> Result<Address, Problem> {
        let mut problems = Vec::new();
        let email = self.email.parse::<EmailAddress>().map_err(|why| {
            problems.push(Invalid {
                field: "email",
                message: why.to_string(),
            });
        });
        let name = self.name.trim();
        if name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
            problems.push(Invalid {
                field: "name",
                message: format!("a name has at most {LONGEST_NAME} characters, on one line"),
            });
        }
        match email {
            Ok(email) if problems.is_empty() => Ok(Address {
                id,
                email,
                name: name.to_owned(),
                department: self.department,
                active: self.active,
            }),
            _ => Err(Problem::Invalid(problems)),
        }
    }
}
