//! Connecting a portal: the wizard, and Zoho's consent page behind it.

mod coming_back;
mod whole_way;
mod wizard;
mod workspace;
