//! Forms of pages, filled in and sent as a browser does.

use crate::site::{Answer, Browser};

#[path = "../../src/pages/settings/form/scan.rs"]
mod scan;

/// The fields of a form of a page.
pub struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Form {
    /// The form that is sent to `action` and has a field of this name.
    pub fn of(page: &Answer, action: &str, with: &str) -> Self {
        let marker = format!("action=\"{action}\"");
        let forms = page.body.split("<form ").skip(1).filter(|form| form.contains(&marker));
        let mut forms = forms.map(|form| scan::fields(form.split("</form>").next().unwrap()));
        let fields = forms.find(|fields| fields.iter().any(|(name, _)| name == with));
        let fields = fields.unwrap_or_else(|| panic!("no form for {action} with {with} in {}", page.body));
        Self { action: action.to_owned(), fields }
    }

    /// What a field holds.
    pub fn value(&self, name: &str) -> &str {
        let field = self.fields.iter().find(|(its, _)| its == name);
        field.map_or_else(|| panic!("no field {name}"), |(_, value)| value.as_str())
    }

    /// Fills a field in; of a box, ticks it.
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter_mut().find(|(its, _)| its == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// Clears a box.
    pub fn clear(mut self, name: &str) -> Self {
        self.fields.retain(|(its, _)| its != name);
        self
    }

    /// Presses a button, or none.
    pub async fn send(self, browser: &mut Browser<'_>, button: &str) -> Answer {
        let mut fields = self.fields;
        fields.retain(|(name, _)| name != "csrf");
        fields.push(("do".to_owned(), button.to_owned()));
        browser.post(&self.action, &fields).await
    }
}

/// What a page says, without its tags.
pub fn text(page: &Answer) -> String {
    let tags_out = page.body.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    scan::unescape(&tags_out.collect::<Vec<_>>().join(" ")).split_whitespace().collect::<Vec<_>>().join(" ")
}
