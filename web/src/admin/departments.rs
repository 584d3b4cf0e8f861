//! Departments: who works on which tickets, and how their answers are signed.

use desk::{Address, Agent, Department, DepartmentForm, DepartmentId, Desk, Moment, Problem};

use crate::admin::screen::Screen;
use crate::field::{Choice, Field};
use crate::form::Pairs;

pub struct Departments;

/// The form as the browser sends it: the outgoing address by its id.
pub struct Form {
    rest: DepartmentForm,
    outgoing: String,
}

impl Screen for Departments {
    type Id = DepartmentId;
    type Record = Department;
    type Form = Form;
    type Around = Vec<Address>;

    const PATH: &'static str = "/admin/departments";
    const HEADING: &'static str = "Departments";
    const ABOUT: &'static str =
        "Each ticket belongs to one; its name and signature stand in the answers.";
    const NOUN: &'static str = "department";
    const DELETING: Option<&'static str> = Some(
        "The department goes for good. That is possible once no ticket, address or agent belongs to it.",
    );

    async fn all(desk: &Desk) -> Result<Vec<Department>, Problem> {
        desk.departments().await
    }

    async fn around(desk: &Desk) -> Result<Vec<Address>, Problem> {
        desk.addresses().await
    }

    fn id(record: &Department) -> DepartmentId {
        record.id
    }

    fn name(record: &Department) -> String {
        record.name.clone()
    }

    fn active(record: &Department) -> bool {
        record.active
    }

    fn cells(record: &Department, addresses: &Vec<Address>) -> Vec<String> {
        let outgoing = addresses
            .iter()
            .find(|address| Some(address.id) == record.outgoing);
        vec![
            outgoing.map_or(String::new(), |address| {
                format!("answers from {}", address.email)
            }),
            if record.acknowledge {
                "acknowledges new mail".into()
            } else {
                "does not acknowledge".into()
            },
        ]
    }

    fn form(record: Option<&Department>) -> Form {
        let Some(record) = record else {
            let rest = DepartmentForm {
                acknowledge: true,
                active: true,
                ..DepartmentForm::default()
            };
            return Form {
                rest,
                outgoing: String::new(),
            };
        };
        Form {
            rest: DepartmentForm {
                name: record.name.clone(),
                sender_name: record.sender_name.clone().unwrap_or_default(),
                signature: record.signature.clone(),
                acknowledge: record.acknowledge,
                active: record.active,
                ..DepartmentForm::default()
            },
            outgoing: record.outgoing.map(|id| id.to_string()).unwrap_or_default(),
        }
    }

    fn fields(form: &Form, addresses: &Vec<Address>) -> Vec<Field> {
        let own = Choice::new(
            "",
            "the address that the customer wrote to",
            form.outgoing.is_empty(),
        );
        let others = addresses.iter().map(|address| {
            let id = address.id.to_string();
            Choice::new(&id, address.email.as_str(), form.outgoing == id)
        });
        vec![
            Field::line("name", "Name", &form.rest.name).required(),
            Field::choice(
                "outgoing",
                "Answers come from",
                std::iter::once(own).chain(others).collect(),
            ),
            Field::line("sender_name", "Name in From", &form.rest.sender_name)
                .hint("Empty: the name of the address."),
            Field::text("signature", "Signature", &form.rest.signature, 4)
                .hint("Stands below every answer."),
            Field::check(
                "acknowledge",
                "Acknowledge new tickets by mail",
                form.rest.acknowledge,
            ),
            Field::check("active", "Active", form.rest.active)
                .hint("A disabled department is not offered for new tickets and transfers."),
        ]
    }

    fn parse(pairs: &Pairs) -> Form {
        Form {
            rest: DepartmentForm {
                name: pairs.get("name").into(),
                sender_name: pairs.get("sender_name").into(),
                signature: pairs.get("signature").replace("\r\n", "\n"),
                acknowledge: pairs.checked("acknowledge"),
                active: pairs.checked("active"),
                ..DepartmentForm::default()
            },
            outgoing: pairs.get("outgoing").into(),
        }
    }

    fn switch(form: &mut Form, active: bool) {
        form.rest.active = active;
    }

    async fn save(
        desk: &Desk,
        moment: &Moment,
        by: &Agent,
        id: Option<DepartmentId>,
        form: &Form,
    ) -> Result<(), Problem> {
        let outgoing = match form.outgoing.as_str() {
            "" => None,
            id => Some(
                id.parse()
                    .map_err(|_| Problem::invalid("outgoing", "choose one of the addresses"))?,
            ),
        };
        let form = DepartmentForm {
            id,
            outgoing,
            ..form.rest.clone()
        };
        desk.save_department(moment, by, &form).await.map(|_| ())
    }

    async fn delete(
        desk: &Desk,
        moment: &Moment,
        by: &Agent,
        id: DepartmentId,
    ) -> Result<(), Problem> {
        desk.delete_department(moment, by, id).await
    }
}
