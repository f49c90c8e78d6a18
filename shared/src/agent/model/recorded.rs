//! Answers of real models, written down once and taken from the file afterwards, so that a run with a model can be repeated
//! without it: the same prompts get the same answers.
//!
//! A line of the file is one answer. It is found again by the backend's name, its model, and all of the prompt; the prompt
//! itself, and with it what people wrote, is not in the file, nor is any key.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Completion, ModelError, Prompt};
use crate::domain::settings::Backend;

/// A file of answers.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    /// Answers are added; the file's end is written by one at a time.
    Record(Mutex<()>),
    Replay(HashMap<String, Completion>),
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    key: String,
    /// For people who look into the file.
    backend: String,
    model: String,
    completion: Completion,
}

impl Recording {
    /// Models are asked, and their answers added to the file, which is made if it is not there. Of two answers to the same
    /// prompt the later one is replayed.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn record(path: impl Into<PathBuf>) -> Result<Self, ModelError> {
        let path = path.into();
        let opened = OpenOptions::new().create(true).append(true).open(&path);
        opened.map_err(|source| unusable(&path, source))?;
        Ok(Self { path, mode: Mode::Record(Mutex::default()) })
    }

    /// No model is asked: answers come from the file.
    ///
    /// # Errors
    /// The file can't be read, or a line of it is no answer.
    pub fn replay(path: impl Into<PathBuf>) -> Result<Self, ModelError> {
        let path = path.into();
        let text = std::fs::read_to_string(&path).map_err(|source| unusable(&path, source))?;
        let mut answers = HashMap::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let entry: Entry = serde_json::from_str(line).map_err(|_| {
                let what = format!("line {} is no recorded answer", index + 1);
                unusable(&path, std::io::Error::new(ErrorKind::InvalidData, what))
            })?;
            answers.insert(entry.key, entry.completion);
        }
        Ok(Self { path, mode: Mode::Replay(answers) })
    }

    /// The recorded answer; none while answers are being recorded.
    pub(super) fn replayed(&self, backend: &Backend, prompt: &Prompt) -> Result<Option<Completion>, ModelError> {
        let Mode::Replay(answers) = &self.mode else { return Ok(None) };
        let key = key(backend, prompt);
        answers.get(&key).cloned().map(Some).ok_or_else(|| ModelError::NotRecorded {
            backend: backend.name.clone(),
            path: self.path.display().to_string(),
            key,
        })
    }

    /// Writes an answer down.
    pub(super) fn keep(&self, backend: &Backend, prompt: &Prompt, completion: &Completion) -> Result<(), ModelError> {
        let Mode::Record(one_at_a_time) = &self.mode else { return Ok(()) };
        let entry = Entry {
            key: key(backend, prompt),
            backend: backend.name.to_string(),
            model: backend.model.clone(),
            completion: completion.clone(),
        };
        let line = serde_json::to_string(&entry).map_err(|source| unusable(&self.path, source.into()))?;
        let _writing = one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let written = OpenOptions::new().append(true).open(&self.path).and_then(|mut file| writeln!(file, "{line}"));
        written.map_err(|source| unusable(&self.path, source))
    }
}

fn unusable(path: &Path, source: std::io::Error) -> ModelError {
    ModelError::Recording { path: path.display().to_string(), source }
}

/// What an answer is found by.
fn key(backend: &Backend, prompt: &Prompt) -> String {
    let prompt = serde_json::to_value(prompt).unwrap_or_default();
    let mut of = format!("{}\n{}\n", backend.name, backend.model);
    canonical(&prompt, &mut of);
    digest(&SHA256, of.as_bytes()).as_ref().iter().fold(String::new(), |mut key, byte| {
        let _ = write!(key, "{byte:02x}");
        key
    })
}

/// JSON with the fields in the order of their names, whichever order the map of this build keeps.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort_unstable();
            out.push('{');
            for name in names {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                canonical(&fields[name], out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::agent::model::{Message, Stop, Tokens};

    fn backend(name: &str, model: &str) -> Backend {
        serde_json::from_value(json!({"name": name, "api": {"type": "bedrock"}, "model": model})).unwrap()
    }

    fn prompt(text: &str) -> Prompt {
        Prompt {
            system: "Be kind.".to_owned(),
            messages: vec![Message::User { text: text.to_owned(), pictures: Vec::new() }],
            tools: Vec::new(),
            max_output_tokens: 100,
            temperature_permille: None,
        }
    }

    #[test]
    fn the_key_is_of_the_backend_the_model_and_the_whole_prompt() {
        let one = key(&backend("main", "a"), &prompt("Hi"));
        assert_eq!(one.len(), 64);
        assert_eq!(one, key(&backend("main", "a"), &prompt("Hi")));
        for other in [
            key(&backend("spare", "a"), &prompt("Hi")),
            key(&backend("main", "b"), &prompt("Hi")),
            key(&backend("main", "a"), &prompt("Hi!")),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn the_order_of_fields_makes_no_difference() {
        let (mut one, mut other) = (String::new(), String::new());
        canonical(&serde_json::from_str(r#"{"b": [1, {"d": 2, "c": 3}], "a": "x"}"#).unwrap(), &mut one);
        canonical(&serde_json::from_str(r#"{"a": "x", "b": [1, {"c": 3, "d": 2}]}"#).unwrap(), &mut other);
        assert_eq!(one, other);
    }

    #[test]
    fn what_was_recorded_is_replayed_and_the_rest_is_missed_with_the_files_name() {
        let folder = std::env::temp_dir().join(format!("recording-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("answers.jsonl");
        let said = |text: &str| Completion {
            text: text.to_owned(),
            calls: Vec::new(),
            stop: Stop::End,
            tokens: Tokens { input: 3, output: 1 },
        };
        let main = backend("main", "a");
        let recording = Recording::record(&path).unwrap();
        assert_eq!(recording.replayed(&main, &prompt("Hi")).unwrap(), None);
        recording.keep(&main, &prompt("Hi"), &said("Hello")).unwrap();
        recording.keep(&main, &prompt("Hi"), &said("Good day")).unwrap();
        let replay = Recording::replay(&path).unwrap();
        assert_eq!(replay.replayed(&main, &prompt("Hi")).unwrap(), Some(said("Good day")));
        let missed = replay.replayed(&main, &prompt("Bye")).unwrap_err().to_string();
        assert!(missed.contains("answers.jsonl") && missed.contains("recorded to that file"), "{missed}");
        std::fs::write(&path, "{}\n").unwrap();
        assert!(Recording::replay(&path).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(Recording::replay(&path).is_err());
    }
}
