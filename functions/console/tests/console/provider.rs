//! An identity provider of our own: `OpenID` Connect over TCP, which can be told to lie.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use ring::{digest, hmac, rsa};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const CLIENT: &str = "the-console";

/// How tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    Es256,
    Rs256,
    /// By a key that the provider does not have, under the name of one that it has.
    ByStranger,
    /// With the client's secret.
    Hs256,
    Not,
}

/// What the provider does.
#[derive(Debug, Clone)]
pub struct Script {
    pub signed: Signed,
    /// Claims that take the place of the true ones; null takes one away.
    pub claims: Value,
    /// What its page on the person says.
    pub userinfo: Value,
    /// The client's secret, if it has one.
    pub secret: Option<String>,
    /// What its discovery document says instead.
    pub metadata: Value,
    /// The name of its key of elliptic curves.
    pub kid: String,
    pub token_status: StatusCode,
}

/// What was asked of it.
#[derive(Debug, Default)]
pub struct Asked {
    pub discovery: usize,
    pub authorisations: Vec<HashMap<String, String>>,
    pub tokens: usize,
}

struct Inner {
    issuer: String,
    script: Mutex<Script>,
    asked: Mutex<Asked>,
    codes: Mutex<HashMap<String, HashMap<String, String>>>,
    curve: Mutex<EcdsaKeyPair>,
}

/// A running provider.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

fn new_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref(), &random).unwrap()
}

fn rsa_key() -> rsa::KeyPair {
    let key = include_bytes!("../../../../dev/simulator/keys/simulator-only-portal-1.pk8.der");
    rsa::KeyPair::from_pkcs8(key).unwrap()
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn sha256(text: &str) -> digest::Digest {
    digest::digest(&digest::SHA256, text.as_bytes())
}

/// Seconds of the machine's clock.
fn now() -> i64 {
    shared::clock::Clock::system().now().as_second()
}

impl Provider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let script = Script {
            signed: Signed::Es256,
            claims: json!({}),
            userinfo: json!({}),
            secret: None,
            metadata: json!({}),
            kid: "curve-1".to_owned(),
            token_status: StatusCode::OK,
        };
        let provider = Self(Arc::new(Inner {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            script: Mutex::new(script),
            asked: Mutex::default(),
            codes: Mutex::default(),
            curve: Mutex::new(new_key()),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/authorise", get(authorise))
            .route("/token", post(token))
            .route("/person", get(person))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    pub fn issuer(&self) -> String {
        self.0.issuer.clone()
    }

    /// Tells it what to do from now on.
    pub fn does(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.0.script.lock().unwrap());
    }

    /// It vouches for this address.
    pub fn vouches_for(&self, email: &str) {
        self.does(|script| script.claims = json!({"email": email, "email_verified": true}));
    }

    pub fn asked<T>(&self, look: impl FnOnce(&Asked) -> T) -> T {
        look(&self.0.asked.lock().unwrap())
    }

    /// Gets a new key with another name.
    pub fn changes_its_key(&self) {
        *self.0.curve.lock().unwrap() = new_key();
        self.does(|script| "curve-2".clone_into(&mut script.kid));
    }

    fn script(&self) -> Script {
        self.0.script.lock().unwrap().clone()
    }

    fn sign(&self, script: &Script, claims: &Value) -> String {
        let random = SystemRandom::new();
        let (alg, kid) = match script.signed {
            Signed::Es256 | Signed::ByStranger => ("ES256", script.kid.clone()),
            Signed::Rs256 => ("RS256", "rsa-1".to_owned()),
            Signed::Hs256 => ("HS256", String::new()),
            Signed::Not => ("none", String::new()),
        };
        let mut header = json!({"alg": alg, "typ": "JWT"});
        if !kid.is_empty() {
            header["kid"] = json!(kid);
        }
        let signed = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        let bytes = signed.as_bytes();
        let signature = match script.signed {
            Signed::Es256 => self.0.curve.lock().unwrap().sign(&random, bytes).unwrap().as_ref().to_vec(),
            Signed::ByStranger => new_key().sign(&random, bytes).unwrap().as_ref().to_vec(),
            Signed::Rs256 => {
                let key = rsa_key();
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature).unwrap();
                signature
            }
            Signed::Hs256 => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, script.secret.as_deref().unwrap().as_bytes());
                hmac::sign(&key, bytes).as_ref().to_vec()
            }
            Signed::Not => Vec::new(),
        };
        format!("{signed}.{}", encoded(signature))
    }
}

fn overlay(base: &mut Value, changes: &Value) {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            base.as_object_mut().unwrap().remove(name);
        } else {
            base[name] = value.clone();
        }
    }
}

async fn discovery(State(provider): State<Provider>) -> Json<Value> {
    provider.0.asked.lock().unwrap().discovery += 1;
    let issuer = &provider.0.issuer;
    let mut metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorise"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/person"),
        "jwks_uri": format!("{issuer}/keys"),
        "end_session_endpoint": format!("{issuer}/out?from=console"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
    });
    overlay(&mut metadata, &provider.script().metadata);
    Json(metadata)
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let point = provider.0.curve.lock().unwrap().public_key().as_ref().to_vec();
    let public = rsa::PublicKeyComponents::<Vec<u8>>::from(rsa_key().public());
    Json(json!({"keys": [
        {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": provider.script().kid,
         "x": encoded(&point[1..33]), "y": encoded(&point[33..])},
        {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "rsa-1", "n": encoded(public.n), "e": encoded(public.e)},
    ]}))
}

/// Signs the browser in without asking, and sends it back.
async fn authorise(State(provider): State<Provider>, Query(query): Query<HashMap<String, String>>) -> Response {
    let expected =
        query["response_type"] == "code" && query["client_id"] == CLIENT && query["code_challenge_method"] == "S256";
    if !expected || !query["scope"].split(' ').any(|scope| scope == "openid") {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let mut back: url::Url = query["redirect_uri"].parse().unwrap();
    let code = format!("code-{}", provider.0.codes.lock().unwrap().len());
    back.query_pairs_mut().append_pair("code", &code).append_pair("state", &query["state"]);
    provider.0.asked.lock().unwrap().authorisations.push(query.clone());
    provider.0.codes.lock().unwrap().insert(code, query);
    (StatusCode::SEE_OTHER, [(header::LOCATION, back.to_string())]).into_response()
}

async fn token(State(provider): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    provider.0.asked.lock().unwrap().tokens += 1;
    let script = provider.script();
    let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response();
    if script.token_status != StatusCode::OK {
        return script.token_status.into_response();
    }
    let Some(begun) = provider.0.codes.lock().unwrap().remove(&form["code"]) else { return refused("invalid_grant") };
    let shown = form.get("code_verifier").map(|verifier| encoded(sha256(verifier)));
    if shown.as_ref() != begun.get("code_challenge") || form["redirect_uri"] != begun["redirect_uri"] {
        return refused("invalid_grant");
    }
    let basic = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
    let expected =
        script.secret.as_ref().map(|secret| format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{secret}"))));
    if basic != expected || (expected.is_none() && form.get("client_id").map(String::as_str) != Some(CLIENT)) {
        return refused("invalid_client");
    }
    let access = "an-access-token";
    let mut claims = json!({
        "iss": provider.0.issuer, "aud": CLIENT, "sub": "person-1", "iat": now(), "exp": now() + 300,
        "nonce": begun["nonce"], "at_hash": encoded(&sha256(access).as_ref()[..16]),
    });
    overlay(&mut claims, &script.claims);
    let token = provider.sign(&script, &claims);
    let answer = json!({"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": token});
    Json(answer).into_response()
}

async fn person(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    if headers[header::AUTHORIZATION] != "Bearer an-access-token" {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut said = json!({"sub": "person-1"});
    overlay(&mut said, &provider.script().userinfo);
    Json(said).into_response()
}
