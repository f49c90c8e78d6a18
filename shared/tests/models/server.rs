//! A server of this process that answers by a script, over real connections.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What a request is answered with.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A status, further headers, and a body.
    Whole(u16, Vec<(&'static str, &'static str)>, String),
    /// The connection ends in the middle of the body.
    CutOff(String),
    /// Nothing, for as long as the client waits.
    Never,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::Whole(status, Vec::new(), body.to_string())
    }
}

/// A request as it came.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    /// By names in small letters.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Value,
}

/// What is wrong with a request, as a server that keeps to the format would see it.
pub(crate) type Problem = fn(&Asked) -> Result<(), String>;

pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    problems: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers in the order of the script, and goes on with its last.
    pub(crate) async fn start(problem: Problem, script: Vec<Answer>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { url, asked: Arc::default(), problems: Arc::default() };
        let (asked, problems) = (Arc::clone(&server.asked), Arc::clone(&server.problems));
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let Some(request) = read(&mut connection).await else { continue };
                problems.lock().unwrap().extend(problem(&request).err());
                let answer = {
                    let mut asked = asked.lock().unwrap();
                    asked.push(request);
                    script.get(asked.len() - 1).or(script.last()).unwrap().clone()
                };
                tokio::spawn(give(connection, answer));
            }
        });
        server
    }

    /// What was asked so far. All of it kept to the format.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        assert_eq!(*self.problems.lock().unwrap(), Vec::<String>::new());
        self.asked.lock().unwrap().clone()
    }
}

async fn read(connection: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 16 * 1024];
    loop {
        let head_end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = head_end {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let mut lines = head.lines();
            let path = lines.next()?.split(' ').nth(1)?.to_owned();
            let headers: HashMap<String, String> = lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect();
            let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
            if bytes.len() >= end + 4 + length {
                let body = serde_json::from_slice(&bytes[end + 4..end + 4 + length]).unwrap();
                return Some(Asked { path, headers, body });
            }
        }
        let read = connection.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
    }
}

async fn give(mut connection: TcpStream, answer: Answer) {
    match answer {
        Answer::Whole(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\nconnection: close\r\n");
            for (name, value) in headers {
                let _ = write!(head, "{name}: {value}\r\n");
            }
            let whole = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
            let _ = connection.write_all(whole.as_bytes()).await;
        }
        Answer::CutOff(body) => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
            let part = format!("{head}content-length: {}\r\n\r\n{}", body.len(), &body[..body.len() / 2]);
            let _ = connection.write_all(part.as_bytes()).await;
        }
        // Reading ends when the client gives up.
        Answer::Never => while connection.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {},
    }
}
