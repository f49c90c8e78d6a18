//! Processes that outlive the command that started them.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::stack::Process;

/// Starts a program in a process group of its own, away from the terminal, its output in `log`.
pub(crate) fn start(command: &mut Command, log: &Path) -> Result<(Child, Process), Error> {
    let output = File::create(log).map_err(Error::file("create", log))?;
    let errors = output.try_clone().map_err(Error::file("open", log))?;
    let program = command.get_program().to_string_lossy().into_owned();
    let child = command
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .map_err(|source| Error::Start { program, source })?;
    let pid = child.id();
    let process = Process { pid, identity: String::new(), log: log.to_path_buf() };
    Ok((child, identified(process)))
}

/// The process with its identity as it is now: an interpreter may start itself anew under another command line.
pub(crate) fn identified(mut process: Process) -> Process {
    process.identity.clear();
    // For a moment after it was started, a process has no command line yet.
    let until = Instant::now() + Duration::from_secs(1);
    while process.identity.is_empty() && Instant::now() < until {
        process.identity = identity(process.pid).unwrap_or_default();
    }
    process
}

/// Whether a recorded process still runs, and is not another one with the same id.
pub(crate) fn runs(process: &Process) -> bool {
    !process.identity.is_empty() && identity(process.pid).is_some_and(|now| now == process.identity)
}

/// Ends a recorded process with its whole group: politely, then not. Says whether it was running.
pub(crate) async fn stop(program: &'static str, process: &Process) -> Result<bool, Error> {
    if !runs(process) {
        return Ok(false);
    }
    for (signal, patience) in [("TERM", Duration::from_secs(10)), ("KILL", Duration::from_secs(5))] {
        send(signal, process.pid)?;
        let until = Instant::now() + patience;
        while Instant::now() < until {
            if !runs(process) {
                // The leader is gone; whatever it left behind in its group goes too.
                send("KILL", process.pid)?;
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    Err(Error::NotDown { program, pid: process.pid })
}

/// The shell's own `kill`: a minimal system has no program of that name, and the call itself would be unsafe code.
fn send(signal: &str, group: u32) -> Result<(), Error> {
    Command::new("sh")
        .args([OsStr::new("-c"), OsStr::new("kill -s \"$0\" -- \"-$1\""), OsStr::new(signal)])
        .arg(group.to_string())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map(drop)
        .map_err(|source| Error::Start { program: "sh".to_owned(), source })
}

/// What tells a process from a later one with the same id: its start and its command line. `None` when it has ended.
fn identity(pid: u32) -> Option<String> {
    if Path::new("/proc/self/stat").exists() {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
        let began = start_in(&stat)?;
        return (!command.is_empty()).then(|| format!("{began} {}", command.replace('\0', " ").trim_end()));
    }
    let pid = pid.to_string();
    let output = Command::new("ps").args(["-o", "lstart=,args=", "-p", &pid]).output().ok()?;
    let line = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !line.is_empty()).then_some(line)
}

/// The start time (field 22) in `/proc/PID/stat`, unless the process is a zombie. Field 2 may hold spaces and brackets.
fn start_in(stat: &str) -> Option<&str> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if state == "Z" || state == "X" {
        return None;
    }
    fields.nth(18)
}

/// Fails when another program listens on the port.
pub(crate) fn check_port_is_free(port: u16) -> Result<(), Error> {
    TcpListener::bind(("127.0.0.1", port)).map(drop).map_err(|_| Error::PortBusy { port })
}

/// The same for a port whose program was just stopped: the kernel closes its sockets a moment after it has ended.
pub(crate) async fn wait_for_port(port: u16) -> Result<(), Error> {
    let give_up = Instant::now() + Duration::from_secs(3);
    while Instant::now() < give_up {
        if check_port_is_free(port).is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    check_port_is_free(port)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{check_port_is_free, runs, start, start_in, stop};
    use crate::error::Error;

    #[test]
    fn the_start_time_is_found_behind_an_odd_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 2000";
        assert_eq!(start_in(stat), Some("98765"));
    }

    #[test]
    fn a_zombie_does_not_run() {
        assert_eq!(start_in("7 (a) Z 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765"), None);
    }

    #[tokio::test]
    async fn a_started_process_runs_until_it_is_stopped() {
        let log = std::env::temp_dir().join(format!("processes-test-{}.log", std::process::id()));
        let (mut child, process) = start(Command::new("sleep").arg("60"), &log).expect("started");

        assert!(runs(&process));
        assert!(stop("sleep", &process).await.expect("stopped"));
        assert!(!runs(&process));
        assert!(!stop("sleep", &process).await.expect("nothing to stop"));

        child.wait().expect("reaped");
        std::fs::remove_file(&log).expect("removed");
    }

    #[test]
    fn a_process_with_another_identity_is_left_alone() {
        let mut process = crate::stack::Process {
            pid: std::process::id(),
            identity: "1 another program".to_owned(),
            log: std::path::PathBuf::new(),
        };
        assert!(!runs(&process));
        process.identity.clear();
        assert!(!runs(&process));
    }

    #[test]
    fn a_busy_port_is_named() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        assert!(matches!(check_port_is_free(port), Err(Error::PortBusy { port: busy }) if busy == port));
    }
}
