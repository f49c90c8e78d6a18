//! Where SalesIQ is said to deliver to: a wrong URL would be taken for the webhook's, and with `mend_webhook` be written there.

use url::Url;

use super::Problems;
use crate::domain::settings::WorkspaceSettings;

pub(super) fn check(settings: &WorkspaceSettings, problems: &mut Problems) {
    let Some(text) = &settings.sentinel.webhook_url else { return };
    let path = settings.webhook_path();
    let delivers_here = Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.path().trim_end_matches('/').ends_with(&path));
    if !delivers_here {
        let problem = "no delivery to it would be for this workspace";
        let fix = format!("write the stack's WebhookUrl with the workspace's name behind it: it ends in {path}");
        problems.add("sentinel.webhook_url", problem, fix);
    }
}
