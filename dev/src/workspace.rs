//! Where things are in the project's folder.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::stack::StackName;

/// The project's folder.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The nearest folder upwards that holds template.yaml.
    pub(crate) fn find() -> Result<Self, Error> {
        let here = env::current_dir().map_err(Error::file("find", "the current folder"))?;
        let root = here.ancestors().find(|folder| folder.join("template.yaml").is_file()).ok_or(Error::NoWorkspace)?;
        Ok(Self { root: root.to_path_buf() })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What the local stacks keep; never committed.
    pub(crate) fn local(&self) -> PathBuf {
        self.root.join(".local")
    }

    pub(crate) fn stack_folder(&self, name: &StackName) -> PathBuf {
        self.local().join("stacks").join(name.as_str())
    }

    /// The folder cargo builds into.
    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), |folder| self.root.join(folder))
    }

    /// The functions' packages: one folder each, named alike.
    pub(crate) fn functions(&self) -> Result<Vec<String>, Error> {
        let folder = self.root.join("functions");
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).map_err(Error::file("read", &folder))? {
            let entry = entry.map_err(Error::file("read", &folder))?;
            if entry.path().join("Cargo.toml").is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Waits for, then holds, what all stacks share: the Python environments and the build's products.
    pub(crate) fn lock_shared(&self) -> Result<File, Error> {
        let file = lock_file(&self.local())?;
        file.lock().map_err(Error::file("lock", self.local()))?;
        Ok(file)
    }

    /// Holds one stack; refuses when another command holds it.
    pub(crate) fn lock_stack(&self, name: &StackName) -> Result<File, Error> {
        let folder = self.stack_folder(name);
        let file = lock_file(&folder)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(Error::Locked(name.to_string())),
            Err(TryLockError::Error(source)) => Err(Error::File { action: "lock", path: folder, source }),
        }
    }
}

fn lock_file(folder: &Path) -> Result<File, Error> {
    fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    let path = folder.join("lock");
    File::create(&path).map_err(Error::file("create", path))
}

/// Writes a file as a whole: a reader sees the old one or the new one.
pub(crate) fn write_atomically(path: &Path, write: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), Error> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let new = path.with_file_name(name);
    write(&new).and_then(|()| fs::rename(&new, path)).map_err(Error::file("write", path))
}
