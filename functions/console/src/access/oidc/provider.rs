//! The identity provider: what it says of itself, kept for an hour; and tokens, which are examined here.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, Client, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdToken, IdTokenClaims,
    IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadataWithLogout, RedirectUrl, Scope, SignatureVerificationError, StandardErrorResponse,
    StandardTokenResponse, TokenResponse as _, TokenUrl, UserInfoClaims,
};
use secrecy::ExposeSecret as _;
use shared::domain::email::EmailAddress;
use url::Url;

use super::http::Http;
use super::refusal::Refusal;
use super::told::{MoreClaims, Told};
use crate::console::Console;
use crate::public_url::is_this_machine;

/// The name of the client's secret, after the deployment's prefix.
pub const SECRET: &str = "console/oidc";

/// How long what the provider says of itself is believed.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// A key that is not known may be a new one: then it is asked again, but not more often than this.
const KEPT_AT_LEAST: SignedDuration = SignedDuration::from_mins(1);

type Algorithm = CoreJwsSigningAlgorithm;
type Token = IdToken<MoreClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, Algorithm>;
type Claims = IdTokenClaims<MoreClaims, CoreGenderClaim>;
type Tokens = StandardTokenResponse<
    IdTokenFields<MoreClaims, EmptyExtraTokenFields, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, Algorithm>,
    CoreTokenType,
>;
type ProviderClient = Client<
    MoreClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What the provider said of itself, kept per process.
#[derive(Debug, Default)]
pub struct Provider {
    kept: Mutex<Option<(Timestamp, Arc<ProviderMetadataWithLogout>)>>,
}

/// Somebody whom the provider vouches for.
#[derive(Debug)]
pub(super) struct Vouched {
    /// Their address.
    pub(super) email: EmailAddress,
    /// Their name, if it is known.
    pub(super) name: Option<String>,
    /// The token as it came.
    pub(super) token: String,
}

impl Provider {
    /// What the provider says of itself, not older than an hour.
    pub(super) async fn metadata(&self, console: &Console) -> Result<Arc<ProviderMetadataWithLogout>, Refusal> {
        self.metadata_within(console, KEPT).await
    }

    async fn metadata_within(
        &self,
        console: &Console,
        age: SignedDuration,
    ) -> Result<Arc<ProviderMetadataWithLogout>, Refusal> {
        let now = console.clock.now();
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((read_at, metadata)) = kept
            && read_at + age > now
        {
            return Ok(metadata);
        }
        let issuer = console.config.oidc_issuer.clone().ok_or(Refusal::NotSetUp)?;
        let issuer = IssuerUrl::new(issuer).map_err(|error| Refusal::Unreachable(error.into()))?;
        encrypted(issuer.url())?;
        let metadata = ProviderMetadataWithLogout::discover_async(issuer, &Http(console.http.clone()))
            .await
            .map_err(|error| Refusal::Unreachable(error.into()))?;
        let token_endpoint = metadata.token_endpoint().map(TokenUrl::url);
        for url in token_endpoint.into_iter().chain([metadata.jwks_uri().url()]) {
            encrypted(url)?;
        }
        let metadata = Arc::new(metadata);
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&metadata)));
        Ok(metadata)
    }
}

/// Refuses what would travel in clear through a network.
fn encrypted(url: &Url) -> Result<(), Refusal> {
    let safe = url.scheme() == "https" || url.host_str().is_some_and(is_this_machine);
    safe.then_some(()).ok_or_else(|| Refusal::Unreachable(format!("{url} is not https").into()))
}

/// The client at the provider, with its secret if it has one.
async fn client(
    console: &Console,
    metadata: &ProviderMetadataWithLogout,
    redirect: &str,
) -> Result<(ProviderClient, Option<ClientSecret>), Refusal> {
    let id = console.config.oidc_client_id.clone().ok_or(Refusal::NotSetUp)?;
    let secret = console.secrets.read_of_deployment(SECRET).await?;
    let secret = secret.map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
    let redirect = RedirectUrl::new(redirect.to_owned()).map_err(|error| Refusal::Unreachable(error.into()))?;
    let client: ProviderClient =
        Client::from_provider_metadata(metadata.clone(), ClientId::new(id), secret.clone()).set_redirect_uri(redirect);
    let only_in_body = metadata.token_endpoint_auth_methods_supported().is_some_and(|methods| {
        methods.contains(&CoreClientAuthMethod::ClientSecretPost)
            && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
    });
    let client = if only_in_body { client.set_auth_type(AuthType::RequestBody) } else { client };
    Ok((client, secret))
}

/// What a sign-in begins with.
pub(super) struct Beginning<'a> {
    /// What comes back with the browser.
    pub(super) state: &'a str,
    /// What comes back in the token.
    pub(super) nonce: &'a str,
    /// What only we can show.
    pub(super) verifier: &'a str,
    /// Where the provider sends the browser.
    pub(super) redirect: &'a str,
}

/// Where the browser goes to sign in.
pub(super) async fn authorisation_url(console: &Console, beginning: &Beginning<'_>) -> Result<Url, Refusal> {
    let metadata = console.provider.metadata(console).await?;
    let (client, _) = client(console, &metadata, beginning.redirect).await?;
    let verifier = PkceCodeVerifier::new(beginning.verifier.to_owned());
    let (state, nonce) = (beginning.state.to_owned(), beginning.nonce.to_owned());
    let request = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || CsrfToken::new(state), || Nonce::new(nonce))
        .add_scope(Scope::new("email".to_owned()))
        .add_scope(Scope::new("profile".to_owned()))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    Ok(request.url().0)
}

/// Whom the provider vouches for with a code.
pub(super) async fn vouched(
    console: &Console,
    code: String,
    nonce: &str,
    verifier: String,
    redirect: &str,
) -> Result<Vouched, Refusal> {
    let mut metadata = console.provider.metadata(console).await?;
    let (mut client, secret) = client(console, &metadata, redirect).await?;
    let http = Http(console.http.clone());
    let tokens = client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(|error| Refusal::NoToken(error.into()))?
        .set_pkce_verifier(PkceCodeVerifier::new(verifier))
        .request_async(&http)
        .await
        .map_err(|error| Refusal::NoToken(error.into()))?;
    let token = tokens.id_token().ok_or_else(|| Refusal::NoToken("the answer has no id_token".into()))?;
    let nonce = Nonce::new(nonce.to_owned());
    let examine = |client: &ProviderClient, metadata: &ProviderMetadataWithLogout| {
        let examined = examined(console, client, metadata, secret.is_some(), token, &nonce, tokens.access_token());
        examined.cloned()
    };
    let claims = match examine(&client, &metadata) {
        Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
            metadata = console.provider.metadata_within(console, KEPT_AT_LEAST).await?;
            client = self::client(console, &metadata, redirect).await?.0;
            examine(&client, &metadata)
        }
        examined => examined,
    };
    let claims = claims.map_err(|error| Refusal::Untrusted(error.into()))?;
    let mut told = told_by(&claims);
    if told.email.is_none() && client.user_info_url().is_some() {
        told = asked(&client, &http, tokens.access_token(), &claims).await?;
    }
    let email = told.address(metadata.issuer().url())?;
    Ok(Vouched { email, name: told.name, token: token.to_string() })
}

/// Examines a token: signature, algorithm, issuer, audience, expiry, nonce, and that it came with the access token.
fn examined<'t>(
    console: &Console,
    client: &ProviderClient,
    metadata: &ProviderMetadataWithLogout,
    has_secret: bool,
    token: &'t Token,
    nonce: &Nonce,
    access: &AccessToken,
) -> Result<&'t Claims, ClaimsVerificationError> {
    let now = SystemTime::from(console.clock.now());
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(allowed(metadata.id_token_signing_alg_values_supported(), has_secret))
        .set_time_fn(move || now.into());
    let claims = token.claims(&verifier, nonce)?;
    if let Some(expected) = claims.access_token_hash() {
        let key = token.signing_key(&verifier).map_err(ClaimsVerificationError::SignatureVerification)?;
        let algorithm = token.signing_alg().map_err(ClaimsVerificationError::SignatureVerification)?;
        let actual = AccessTokenHash::from_token(access, algorithm, key)
            .map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
        if actual != *expected {
            return Err(ClaimsVerificationError::Other("it came with another access token".to_owned()));
        }
    }
    Ok(claims)
}

/// The algorithms that a token may be signed with: those that the provider names, and of these the client's secret only where
/// there is nothing else. Never none.
fn allowed(named: &[Algorithm], has_secret: bool) -> Vec<Algorithm> {
    let by_secret = |algorithm: &Algorithm| {
        matches!(algorithm, Algorithm::HmacSha256 | Algorithm::HmacSha384 | Algorithm::HmacSha512)
    };
    let signed = || named.iter().filter(|algorithm| !matches!(algorithm, Algorithm::None));
    let by_keys: Vec<Algorithm> = signed().filter(|algorithm| !by_secret(algorithm)).cloned().collect();
    if by_keys.is_empty() && has_secret { signed().cloned().collect() } else { by_keys }
}

/// What a token says.
fn told_by(claims: &Claims) -> Told {
    Told {
        email: claims.email().map(|email| email.to_string()),
        email_verified: claims.email_verified(),
        xms_edov: claims.additional_claims().xms_edov.clone(),
        name: claims.name().and_then(|name| name.get(None)).map(|name| name.to_string()),
    }
}

/// What the provider says when it is asked: many tell the address only there.
async fn asked(client: &ProviderClient, http: &Http, access: &AccessToken, claims: &Claims) -> Result<Told, Refusal> {
    // As the crate puts it into a header without looking.
    if !access.secret().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refusal::NoToken("the access token is not one".into()));
    }
    let request = client
        .user_info(access.clone(), Some(claims.subject().clone()))
        .map_err(|error| Refusal::NoToken(error.into()))?;
    let said: UserInfoClaims<MoreClaims, CoreGenderClaim> =
        request.request_async(http).await.map_err(|error| Refusal::NoToken(error.into()))?;
    Ok(Told {
        email: said.email().map(|email| email.to_string()),
        email_verified: said.email_verified(),
        xms_edov: said.additional_claims().xms_edov.clone().or_else(|| claims.additional_claims().xms_edov.clone()),
        name: said.name().and_then(|name| name.get(None)).map(|name| name.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_signed_by_a_key_of_the_provider_whatever_else_it_names() {
        let named =
            [Algorithm::None, Algorithm::HmacSha256, Algorithm::EcdsaP256Sha256, Algorithm::RsaSsaPkcs1V15Sha256];
        let keys = [Algorithm::EcdsaP256Sha256, Algorithm::RsaSsaPkcs1V15Sha256];
        assert_eq!(allowed(&named, true), keys);
        assert_eq!(allowed(&named, false), keys);
    }

    #[test]
    fn the_clients_secret_signs_only_where_the_provider_has_nothing_else() {
        assert_eq!(allowed(&[Algorithm::None, Algorithm::HmacSha256], true), [Algorithm::HmacSha256]);
        assert_eq!(allowed(&[Algorithm::None, Algorithm::HmacSha256], false), []);
        assert_eq!(allowed(&[Algorithm::None], true), []);
    }

    #[test]
    fn a_provider_is_asked_through_the_network_by_https_only() {
        let asked = |url: &str| encrypted(&url.parse().unwrap()).is_ok();
        assert!(asked("https://id.example") && asked("http://127.0.0.1:1") && asked("http://id.localhost:1"));
        assert!(!asked("http://id.example") && !asked("http://localhost.example"));
    }
}
