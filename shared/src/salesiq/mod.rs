//! SalesIQ: REST client, OAuth, webhook signature, and payload to domain event (the anti-corruption layer).
