//! A mail as its reader has it: parsed by a crate that is not the one that builds our mails.

use dev::mailbox::SentMail;
use mail_parser::{Message, MessageParser, MimeHeaders as _};

/// A mail that SES took.
pub struct Mail {
    /// The envelope and the bytes.
    pub sent: SentMail,
    /// What a mail program makes of the bytes.
    pub message: Message<'static>,
}

impl Mail {
    /// Parses a mail.
    ///
    /// # Panics
    /// It is none.
    #[must_use]
    pub fn parse(sent: SentMail) -> Self {
        let message = MessageParser::default().parse(&sent.raw).expect("a MIME message").into_owned();
        Self { sent, message }
    }

    /// The subject, decoded.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.message.subject().unwrap_or_default()
    }

    /// The text part.
    #[must_use]
    pub fn text(&self) -> String {
        self.message.body_text(0).unwrap_or_default().into_owned()
    }

    /// The HTML part.
    #[must_use]
    pub fn html(&self) -> String {
        self.message.body_html(0).unwrap_or_default().into_owned()
    }

    /// The address in Reply-To, if there is one.
    #[must_use]
    pub fn reply_to(&self) -> Option<&str> {
        self.message.reply_to()?.first()?.address()
    }

    /// The attachments: file name, and content.
    #[must_use]
    pub fn attachments(&self) -> Vec<(String, Vec<u8>)> {
        let attachments = self.message.attachments();
        attachments
            .map(|part| (part.attachment_name().unwrap_or_default().to_owned(), part.contents().to_vec()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_taken_apart() {
        let raw = "From: a@x.example\r\nTo: b@x.example\r\nReply-To: Mia <mia@x.example>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\
            MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n\
            --b\r\nContent-Type: application/json\r\nContent-Disposition: attachment; filename=chat.json\r\n\r\n{}\r\n--b--\r\n";
        let sent = SentMail {
            message_id: "m-1".to_owned(),
            from: "a@x.example".to_owned(),
            to: vec!["b@x.example".to_owned()],
            raw: raw.as_bytes().to_vec(),
        };
        let mail = Mail::parse(sent);
        assert_eq!((mail.subject(), mail.text().trim(), mail.reply_to()), ("Grüße", "Hello", Some("mia@x.example")));
        assert_eq!(mail.attachments(), [("chat.json".to_owned(), b"{}".to_vec())]);
    }
}
