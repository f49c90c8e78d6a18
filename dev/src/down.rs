//! `cargo dev down`: ends exactly what `up` started.

use std::fs;

use serde::Serialize;

use crate::error::Error;
use crate::processes;
use crate::stack::{Stack, StackName};
use crate::workspace::Workspace;

/// What was ended.
#[derive(Debug, Serialize)]
pub(crate) struct Stopped {
    pub(crate) stack: StackName,
    pub(crate) stopped: Vec<&'static str>,
}

/// Ends the stack's processes and forgets it. The logs stay until the next `up`.
pub(crate) async fn down(workspace: &Workspace, name: &StackName) -> Result<Stopped, Error> {
    let _held = workspace.lock_stack(name)?;
    let folder = workspace.stack_folder(name);
    let mut stopped = Vec::new();
    if let Some(stack) = Stack::find(&folder)? {
        // The simulator first: nothing calls a stack that is going.
        for (program, process) in [("the simulator", &stack.simulator), ("MiniStack", &stack.ministack)] {
            if let Some(process) = process
                && processes::stop(program, process).await?
            {
                stopped.push(program);
            }
        }
        let file = Stack::file(&folder);
        fs::remove_file(&file).map_err(Error::file("remove", &file))?;
    }
    Ok(Stopped { stack: name.clone(), stopped })
}
