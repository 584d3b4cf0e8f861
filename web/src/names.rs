//! The names behind ids, loaded once for a page.

use std::collections::HashMap;

use desk::{Agent, AgentId, Department, DepartmentId, Desk, Problem};

pub struct Names {
    pub agents: Vec<Agent>,
    pub departments: Vec<Department>,
    agent_names: HashMap<AgentId, String>,
    department_names: HashMap<DepartmentId, String>,
}

impl Names {
    pub async fn load(desk: &Desk) -> Result<Names, Problem> {
        let (agents, departments) = (desk.agents().await?, desk.departments().await?);
        Ok(Names {
            agent_names: agents
                .iter()
                .map(|agent| (agent.id, agent.name.clone()))
                .collect(),
            department_names: departments
                .iter()
                .map(|one| (one.id, one.name.clone()))
                .collect(),
            agents,
            departments,
        })
    }

    pub fn agent(&self, id: AgentId) -> String {
        self.agent_names
            .get(&id)
            .cloned()
            .unwrap_or_else(|| "a deleted agent".into())
    }

    pub fn department(&self, id: DepartmentId) -> String {
        self.department_names
            .get(&id)
            .cloned()
            .unwrap_or_else(|| "a deleted department".into())
    }
}
