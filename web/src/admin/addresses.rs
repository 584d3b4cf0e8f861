//! Our own mail addresses, each of which brings its mail to a department.

use desk::{Address, AddressForm, AddressId, Agent, Department, Desk, Moment, Problem};

use crate::admin::screen::Screen;
use crate::field::{Choice, Field};
use crate::form::Pairs;

pub struct Addresses;

/// The form as the browser sends it: the department by its id.
pub struct Form {
    email: String,
    name: String,
    department: String,
    active: bool,
}

impl Screen for Addresses {
    type Id = AddressId;
    type Record = Address;
    type Form = Form;
    type Around = Vec<Department>;

    const PATH: &'static str = "/admin/addresses";
    const HEADING: &'static str = "Addresses";
    const ABOUT: &'static str =
        "Mail to these is taken and becomes tickets; mail to any other is refused.";
    const NOUN: &'static str = "address";
    const DELETING: Option<&'static str> = Some(
        "Mail to it is refused from then on. Its tickets stay, and are answered from their department's address.",
    );

    async fn all(desk: &Desk) -> Result<Vec<Address>, Problem> {
        desk.addresses().await
    }

    async fn around(desk: &Desk) -> Result<Vec<Department>, Problem> {
        desk.departments().await
    }

    fn id(record: &Address) -> AddressId {
        record.id
    }

    fn name(record: &Address) -> String {
        record.email.to_string()
    }

    fn active(record: &Address) -> bool {
        record.active
    }

    fn cells(record: &Address, departments: &Vec<Department>) -> Vec<String> {
        let department = departments.iter().find(|one| one.id == record.department);
        vec![
            record.name.clone(),
            department.map_or(String::new(), |one| format!("to {}", one.name)),
        ]
    }

    fn form(record: Option<&Address>) -> Form {
        match record {
            None => Form {
                email: String::new(),
                name: String::new(),
                department: String::new(),
                active: true,
            },
            Some(record) => Form {
                email: record.email.to_string(),
                name: record.name.clone(),
                department: record.department.to_string(),
                active: record.active,
            },
        }
    }

    fn fields(form: &Form, departments: &Vec<Department>) -> Vec<Field> {
        let choice = |one: &Department| {
            let id = one.id.to_string();
            Choice::new(&id, &one.name, form.department == id)
        };
        vec![
            Field::email("email", "Mail address", &form.email)
                .required()
                .autocomplete("off"),
            Field::line("name", "Name in From", &form.name)
                .hint("What customers see beside the address."),
            Field::choice(
                "department",
                "Its mail goes to",
                departments.iter().map(choice).collect(),
            ),
            Field::check("active", "Active", form.active)
                .hint("Mail to a disabled address is refused."),
        ]
    }

    fn parse(pairs: &Pairs) -> Form {
        Form {
            email: pairs.get("email").into(),
            name: pairs.get("name").into(),
            department: pairs.get("department").into(),
            active: pairs.checked("active"),
        }
    }

    fn switch(form: &mut Form, active: bool) {
        form.active = active;
    }

    async fn save(
        desk: &Desk,
        moment: &Moment,
        by: &Agent,
        id: Option<AddressId>,
        form: &Form,
    ) -> Result<(), Problem> {
        let department = form.department.parse();
        let form = AddressForm {
            id,
            email: form.email.clone(),
            name: form.name.clone(),
            department: department.map_err(|_| {
                Problem::invalid(
                    "department",
                    "choose a department; add one first if there is none",
                )
            })?,
            active: form.active,
        };
        desk.save_address(moment, by, &form).await.map(|_| ())
    }

    async fn delete(
        desk: &Desk,
        moment: &Moment,
        by: &Agent,
        id: AddressId,
    ) -> Result<(), Problem> {
        desk.delete_address(moment, by, id).await
    }
}
