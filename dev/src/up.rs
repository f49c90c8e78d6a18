//! `cargo dev up`: what is missing is made, what runs is kept, what changed is deployed.

use std::path::Path;

use crate::error::Error;
use crate::output;
use crate::python::{self, Environment};
use crate::stack::{Stack, StackName};
use crate::workspace::Workspace;
use crate::{build, deploy, http, ministack, processes, seed, simulator};

const DEFAULT_PORT: u16 = 4700;

/// Which stack, and where.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) name: StackName,
    pub(crate) base_port: Option<u16>,
}

/// Brings a stack up. The state file is written after each step, so `down` ends a stack that came up by half.
pub(crate) async fn up(workspace: &Workspace, options: &Options) -> Result<Stack, Error> {
    let _held = workspace.lock_stack(&options.name)?;
    let folder = workspace.stack_folder(&options.name);
    let client = http::client()?;
    let mut stack = resume(&folder, options)?;

    {
        let _held = workspace.lock_shared()?;
        make_environments(workspace)?;
        let step = output::loud_step("Building the functions and the simulator");
        build::build(workspace)?;
        step.done();
    }

    let step = output::step("Starting the simulator");
    let before = stack.simulator.take();
    let simulator = simulator::start(workspace, &stack, before.as_ref(), &folder).await?;
    // A simulator that begins anew gives the same ids again: what the table knows of them must go too.
    let begins_anew = before.as_ref() != Some(&simulator);
    stack.simulator = Some(simulator);
    stack.save(&folder)?;
    step.done();

    let runs = !begins_anew && stack.ministack.as_ref().is_some_and(processes::runs);
    if !(runs && ministack::answers(&client, &stack).await) {
        let step = output::step("Starting MiniStack");
        if let Some(process) = stack.ministack.take() {
            processes::stop("MiniStack", &process).await?;
        }
        processes::wait_for_port(stack.base_port).await?;
        stack.deployed = None;
        stack.ministack = Some(ministack::start(workspace, &stack, &folder, &client).await?);
        stack.save(&folder)?;
        step.done();
    }

    let step = output::step("Deploying template.yaml");
    stack.deployed = Some(deploy::deploy(workspace, &stack, &folder, &client).await?);
    stack.save(&folder)?;
    step.done();

    let step = output::step("Seeding the demo workspace");
    seed::seed(workspace, &stack).await?;
    step.done();
    Ok(stack)
}

/// The stack as it was left, or a new one; with its ports checked before anything slow begins.
fn resume(folder: &Path, options: &Options) -> Result<Stack, Error> {
    if let Some(stack) = Stack::find(folder)? {
        let runs = [&stack.ministack, &stack.simulator].into_iter().flatten().any(processes::runs);
        let asked = options.base_port.unwrap_or(stack.base_port);
        if runs && asked != stack.base_port {
            return Err(Error::OtherPort { name: stack.name.to_string(), port: stack.base_port });
        }
        if runs {
            return Ok(stack);
        }
    }
    let stack = Stack::new(options.name.clone(), options.base_port.unwrap_or(DEFAULT_PORT));
    processes::check_port_is_free(stack.base_port)?;
    processes::check_port_is_free(stack.base_port + 1)?;
    Ok(stack)
}

fn make_environments(workspace: &Workspace) -> Result<(), Error> {
    let python = python::find()?;
    let missing: Vec<_> =
        [Environment::MiniStack, Environment::Sam].into_iter().filter(|one| !one.is_ready(workspace)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let step = output::step("Installing MiniStack and the SAM CLI (once)");
    std::thread::scope(|scope| {
        let making: Vec<_> = missing.iter().map(|one| scope.spawn(move || one.make(workspace, python))).collect();
        making.into_iter().try_for_each(|one| one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    step.done();
    Ok(())
}
