//! Where SalesIQ is, and how a workspace is known there, also before there are settings.

use std::sync::Arc;

use super::{Portals, Servers};
use crate::domain::id::{ScreenName, WorkspaceId};
use crate::domain::settings::DataCentre;
use crate::salesiq::client::{Client, EndpointError};
use crate::salesiq::oauth::TokenSource;
use crate::store::Store;

impl<S: Store + Clone> Portals<S> {
    /// The servers of a data centre, or those of the local stack.
    ///
    /// # Errors
    /// The data centre has no servers.
    pub fn servers(&self, data_centre: DataCentre) -> Result<Servers, EndpointError> {
        let Servers { api, accounts } = Servers::of(data_centre)?;
        let api = self.endpoints.api.clone().unwrap_or(api);
        Ok(Servers { api, accounts: self.endpoints.accounts.clone().unwrap_or(accounts) })
    }

    /// Whether SalesIQ is a local stack's.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.endpoints.api.is_some()
    }

    /// SalesIQ with the accounts of a workspace that may not be set up yet, knowing nothing of earlier tokens: who has just
    /// connected an account sees what that one sees.
    #[must_use]
    pub fn client(&self, workspace: &WorkspaceId, servers: Servers, screen: ScreenName) -> Client<Arc<TokenSource<S>>> {
        let clock = self.clock.clone();
        let tokens = TokenSource::new(
            workspace.clone(),
            Arc::clone(&self.store),
            self.secrets.clone(),
            self.http.clone(),
            servers.accounts.clone(),
            Arc::new(move || clock.now()),
            self.process.clone(),
        );
        Client::carried_by(self.carrier.clone(), servers, screen, Arc::new(tokens))
    }
}
