//! The mails that the stack sent, as SES took them.
//!
//! They are read from the gate in front of SES (`dev/simulator/README.md`): the emulator behind it keeps only subject and
//! texts of a raw message, and not whom its envelope names.

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;
use crate::portal::Portal;
use crate::stack::Stack;

/// A mail that SES took.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SentMail {
    /// SES's id of it.
    pub message_id: String,
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// The message as it was sent (RFC 5322).
    #[serde(rename = "raw_base64", deserialize_with = "from_base64")]
    pub raw: Vec<u8>,
}

/// The mails that a stack sent, oldest first.
///
/// # Errors
/// When the simulator does not answer.
pub async fn sent_mail(stack: &Stack) -> Result<Vec<SentMail>, Error> {
    read(&Portal::at(&stack.simulator_url)?, "mails").await
}

/// Those to one address.
///
/// # Errors
/// As [`sent_mail`].
pub async fn sent_mail_to(stack: &Stack, address: &str) -> Result<Vec<SentMail>, Error> {
    read(&Portal::at(&stack.simulator_url)?, &format!("mails?to={}", address.replace('+', "%2B"))).await
}

async fn read(portal: &Portal, path: &str) -> Result<Vec<SentMail>, Error> {
    parsed(portal.control(Method::GET, path, None).await?)
}

fn parsed(mails: Value) -> Result<Vec<SentMail>, Error> {
    serde_json::from_value(mails)
        .map_err(|error| Error::Call { what: "reading the sent mails", detail: error.to_string() })
}

fn from_base64<'de, D: serde::Deserializer<'de>>(text: D) -> Result<Vec<u8>, D::Error> {
    use base64::Engine as _;
    let text = String::deserialize(text)?;
    base64::engine::general_purpose::STANDARD.decode(text).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::parsed;
    use serde_json::json;

    #[test]
    fn a_mail_is_read_with_its_envelope() {
        let row = json!({
            "seq": 1, "at_ms": 5, "message_id": "m-1", "from": "a@x.example", "to": ["b@x.example"], "raw_base64": "SGk=",
        });
        let mails = parsed(json!([row])).expect("mails");
        assert_eq!((mails[0].raw.as_slice(), mails[0].to.as_slice()), (&b"Hi"[..], &["b@x.example".to_owned()][..]));
    }
}
