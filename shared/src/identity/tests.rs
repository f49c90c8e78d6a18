//! Tokens that hold, and every way in which one may not.

use proptest::prelude::*;
use serde_json::{Value, json};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::*;
use crate::domain::id::ConversationId;
use crate::domain::message::Visitor;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "another secret that is long enough";

/// 2026-01-01T00:00:00Z and some seconds.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}

fn secrets(texts: &[&str]) -> Vec<SecretString> {
    texts.iter().map(|text| SecretString::from((*text).to_owned())).collect()
}

fn settings(audience: Option<&str>) -> SignedIdentity {
    serde_json::from_value(json!({"secrets": ["site"], "longest_s": 900, "audience": audience})).unwrap()
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn sign(text: &str, secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("{text}.{}", encoded(hmac::sign(&key, text.as_bytes())))
}

fn compact_of(player: &str, seconds: i64, nonce: &str) -> String {
    sign(&format!("v1.{}.{}.{nonce}", encoded(player), at(seconds).as_second()), SECRET)
}

fn claims() -> Value {
    json!({"sub": "P-20417", "exp": at(300).as_second(), "jti": "n-1"})
}

fn with(key: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[key] = value;
    claims
}

fn jwt_of(header: &Value, claims: &Value) -> String {
    jwt_raw(&header.to_string(), &claims.to_string())
}

fn jwt_raw(header: &str, claims: &str) -> String {
    sign(&format!("{}.{}", encoded(header), encoded(claims)), SECRET)
}

fn jwt(claims: &Value) -> String {
    jwt_of(&json!({"alg": "HS256", "typ": "JWT"}), claims)
}

fn at_start(token: &str) -> Result<SignedPlayer, Refusal> {
    verify(token, &secrets(&[SECRET]), &settings(None), at(0))
}

fn refused(token: &str) -> Refusal {
    at_start(token).unwrap_err()
}

#[test]
fn both_forms_say_who_writes() {
    let signed = SignedPlayer {
        player: PlayerId::parse("P-20417").unwrap(),
        nonce: "n-1".to_owned(),
        expires_at: at(300),
        visitor: None,
    };
    assert_eq!(at_start(&compact_of("P-20417", 300, "n-1")).unwrap(), signed);
    assert_eq!(at_start(&jwt(&claims())).unwrap(), signed);
}

#[test]
fn tokens_that_python_and_node_signed_hold() {
    let made = [
        "v1.UC0yMDQxNw.1767225900.n-1.F9vOA30ATO3BWws0oA8Lsk2vY2BgbJEzuRpodGGNHPM",
        "v1.UC0yMDQxNw.1767226200.AAAAAAAAAAAAAAAAAAAAAA.p6H502hVYRlyZxJwsVwgGGmhp-AYft3ejLxDfurHQWg",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiAiUC0yMDQxNyIsICJleHAiOiAxNzY3MjI1OTAwLCAianRpIjogIm4tMSJ9.\
         8dTCBcluB7NUpiWsGJbakTLw8xoCB8b1xbv7Mzf48N4",
    ];
    for token in made {
        assert_eq!(at_start(token).unwrap().player.as_str(), "P-20417");
    }
}

#[test]
fn a_wrong_signature_is_refused_in_both_forms() {
    let foreign = |text: &str| sign(text.rsplit_once('.').unwrap().0, OTHER);
    assert_eq!(refused(&foreign(&compact_of("P", 300, "n"))), Refusal::Signature);
    assert_eq!(refused(&foreign(&jwt(&claims()))), Refusal::Signature);
    let (text, _) = jwt(&claims()).rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(refused(&format!("{text}.")), Refusal::Signature);
}

#[test]
fn while_the_secret_is_changed_both_hold() {
    let token = compact_of("P", 300, "n");
    let check = |secrets: &[SecretString]| verify(&token, secrets, &settings(None), at(0)).map(|signed| signed.nonce);
    assert!(check(&secrets(&[OTHER, SECRET])).is_ok());
    assert!(check(&secrets(&[SECRET, OTHER])).is_ok());
    assert_eq!(check(&secrets(&[OTHER])), Err(Refusal::Signature));
}

#[test]
fn a_short_secret_is_none() {
    let short = &SECRET[..SECRET_LEAST_BYTES - 1];
    let token = sign(&format!("v1.{}.{}.n", encoded("P"), at(300).as_second()), short);
    assert_eq!(verify(&token, &secrets(&[short]), &settings(None), at(0)).unwrap_err(), Refusal::NoSecret);
    assert_eq!(verify(&token, &secrets(&[short, SECRET]), &settings(None), at(0)).unwrap_err(), Refusal::Signature);
    assert_eq!(verify(&token, &[], &settings(None), at(0)).unwrap_err(), Refusal::NoSecret);
}

#[test]
fn a_token_holds_until_it_expires_and_a_clock_may_be_a_little_off() {
    for token in [compact_of("P", 0, "n"), jwt(&with("exp", json!(at(0).as_second())))] {
        let check =
            |seconds| verify(&token, &secrets(&[SECRET]), &settings(None), at(seconds)).map(|signed| signed.nonce);
        assert!(check(29).is_ok());
        assert_eq!(check(30), Err(Refusal::Expired));
    }
}

#[test]
fn a_token_that_holds_for_too_long_is_refused() {
    assert!(at_start(&compact_of("P", 930, "n")).is_ok());
    assert_eq!(refused(&compact_of("P", 931, "n")), Refusal::TooLong);
    assert_eq!(refused(&jwt(&with("exp", json!(at(86_400).as_second())))), Refusal::TooLong);
    // The last moment that there is.
    assert_eq!(refused(&jwt(&with("exp", json!(Timestamp::MAX.as_second())))), Refusal::TooLong);
}

#[test]
fn a_token_that_does_not_hold_yet_is_refused() {
    for key in ["nbf", "iat"] {
        assert!(at_start(&jwt(&with(key, json!(at(30).as_second())))).is_ok());
        assert_eq!(refused(&jwt(&with(key, json!(at(31).as_second())))), Refusal::NotYet);
    }
}

#[test]
fn a_time_may_have_a_fraction_but_be_no_text() {
    assert!(at_start(&jwt(&with("exp", json!(1_767_225_900.75)))).is_ok());
    for odd in [json!("1767225900"), json!(1e300), json!(-1e300), json!(i64::MAX), json!(null), json!([1])] {
        assert_eq!(refused(&jwt(&with("exp", odd))), Refusal::Malformed);
    }
}

#[test]
fn a_token_for_somebody_else_is_refused() {
    let check = |audience: Value, wanted: Option<&str>| {
        let token = if audience.is_null() { jwt(&claims()) } else { jwt(&with("aud", audience)) };
        verify(&token, &secrets(&[SECRET]), &settings(wanted), at(0)).map(|signed| signed.nonce)
    };
    assert!(check(json!("chat"), Some("chat")).is_ok());
    assert!(check(json!(["shop", "chat"]), Some("chat")).is_ok());
    assert_eq!(check(json!("shop"), Some("chat")), Err(Refusal::Audience));
    assert_eq!(check(json!([]), Some("chat")), Err(Refusal::Audience));
    assert_eq!(check(Value::Null, Some("chat")), Err(Refusal::Audience));
    assert_eq!(check(json!("shop"), None), Err(Refusal::Audience));
}

#[test]
fn a_token_without_a_signature_is_refused_however_that_is_spelt() {
    for none in ["none", "None", "NONE", "nOnE", " none ", ""] {
        let header = encoded(json!({"alg": none}).to_string());
        let text = format!("{header}.{}", encoded(claims().to_string()));
        assert_eq!(refused(&format!("{text}.")), Refusal::Unsigned, "{none}");
        assert_eq!(refused(&sign(&text, SECRET)), Refusal::Unsigned, "{none}");
    }
    assert_eq!(refused(&jwt_of(&json!({"typ": "JWT"}), &claims())), Refusal::Unsigned);
    assert_eq!(refused(&jwt_of(&json!({"alg": null}), &claims())), Refusal::Unsigned);
}

#[test]
fn another_algorithm_is_refused_even_where_the_signature_would_fit() {
    for algorithm in ["RS256", "ES256", "HS384", "HS512", "hs256", "HS256 ", "PS256", "EdDSA"] {
        assert_eq!(refused(&jwt_of(&json!({"alg": algorithm}), &claims())), Refusal::Algorithm, "{algorithm}");
    }
}

#[test]
fn a_header_names_no_key_and_wants_nothing_understood() {
    let header = json!({"alg": "HS256", "kid": "../../dev/null", "jku": "https://evil.example/", "jwk": {"k": "AA"}});
    assert!(at_start(&jwt_of(&header, &claims())).is_ok());
    for crit in [json!(["exp"]), json!([]), json!(null)] {
        assert_eq!(refused(&jwt_of(&json!({"alg": "HS256", "crit": crit}), &claims())), Refusal::Malformed);
    }
}

#[test]
fn what_stands_there_twice_is_refused() {
    let exp = at(300).as_second();
    let twice = [
        (r#"{"alg":"HS256","alg":"none"}"#.to_owned(), claims().to_string()),
        (r#"{"alg":"none","alg":"HS256"}"#.to_owned(), claims().to_string()),
        (r#"{"alg":"HS256"}"#.to_owned(), format!(r#"{{"sub":"A","sub":"B","exp":{exp},"jti":"n"}}"#)),
        (r#"{"alg":"HS256"}"#.to_owned(), format!(r#"{{"sub":"A","exp":1,"exp":{exp},"jti":"n"}}"#)),
    ];
    for (header, claims) in twice {
        assert_eq!(refused(&jwt_raw(&header, &claims)), Refusal::Malformed, "{header} {claims}");
    }
}

#[test]
fn what_is_no_object_or_lacks_a_claim_is_refused() {
    for key in ["sub", "exp", "jti"] {
        let mut lacking = claims();
        lacking.as_object_mut().unwrap().remove(key);
        assert_eq!(refused(&jwt(&lacking)), Refusal::Malformed, "{key}");
        assert_eq!(refused(&jwt(&with(key, json!("")))), Refusal::Malformed, "{key}");
    }
    assert_eq!(refused(&jwt(&json!(["P", at(300).as_second(), "n"]))), Refusal::Malformed);
    assert_eq!(refused(&jwt_of(&json!(["HS256"]), &claims())), Refusal::Malformed);
    assert_eq!(refused(&jwt_raw("{\"alg\":\"HS256\"}", &format!("{} x", claims()))), Refusal::Malformed);
    assert_eq!(refused(&jwt_raw("{\"alg\":\"HS256\"}", "\u{feff}{}")), Refusal::Malformed);
}

#[test]
fn header_and_payload_can_not_change_places() {
    let header = encoded(r#"{"alg":"HS256"}"#);
    let swapped = sign(&format!("{}.{header}", encoded(claims().to_string())), SECRET);
    assert_eq!(refused(&swapped), Refusal::Unsigned);
    let token = jwt(&claims());
    let (head, rest) = token.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    assert_eq!(refused(&format!("{payload}.{head}.{signature}")), Refusal::Unsigned);
}

#[test]
fn what_is_no_token_is_refused() {
    let long = compact_of(&"P".repeat(100), 300, &"n".repeat(TOKEN_LIMIT_BYTES));
    let padded = format!("{}=", compact_of("P", 300, "n"));
    let parts = [encoded("P"), at(300).as_second().to_string(), "n".to_owned(), encoded("v"), "more".to_owned()];
    let longer = sign(&format!("v1.{}", parts.join(".")), SECRET);
    let odd = [
        "",
        ".",
        "..",
        "...",
        "v1.",
        "v1.a.b.c.d",
        "a.b.c",
        "v2.a.b.c.d",
        "null",
        "\u{0}",
        "é.é.é",
        &long,
        &padded,
        &longer,
        &format!(" {}", compact_of("P", 300, "n")),
        &format!("{}\n", compact_of("P", 300, "n")),
    ];
    for token in odd {
        assert_eq!(refused(token), Refusal::Malformed, "{token:?}");
    }
}

#[test]
fn a_player_has_an_id_that_can_stand_in_a_key() {
    for odd in ["", " ", " P", "P\n", "a#b", "a\u{0}b", "a b", &"P".repeat(129)] {
        assert_eq!(refused(&compact_of(odd, 300, "n")), Refusal::Malformed, "{odd:?}");
        assert_eq!(refused(&jwt(&with("sub", json!(odd)))), Refusal::Malformed, "{odd:?}");
    }
    assert!(at_start(&compact_of("игрок-7@example.com", 300, "n")).is_ok());
}

#[test]
fn an_expiry_is_plain_digits_and_a_nonce_a_plain_word() {
    for odd in ["+1767225900", "-1", "1767225900.5", "", "0x1", "17672259001767225900", "١٧"] {
        let token = sign(&format!("v1.{}.{odd}.n", encoded("P")), SECRET);
        assert_eq!(refused(&token), Refusal::Malformed, "{odd:?}");
    }
    for odd in ["", "a b", "a#b", "ä", &"n".repeat(257)] {
        assert_eq!(refused(&compact_of("P", 300, odd)), Refusal::Malformed, "{odd:?}");
    }
    assert_eq!(refused(&jwt(&with("jti", json!("a\u{0}b")))), Refusal::Malformed);
}

fn visitor(id: Option<&str>, email: Option<&str>) -> VisitorFacts {
    use crate::domain::event::{DedupKey, Event, EventKind, InboxEvent, Told};
    let visitor = Visitor {
        id: id.map(|id| crate::domain::id::VisitorId::parse(id).unwrap()),
        email: email.map(str::to_owned),
        ..Visitor::default()
    };
    let mut facts = crate::domain::facts::Facts::default();
    facts.join(&InboxEvent {
        dedup: DedupKey::from_hex("1".to_owned()),
        order: at(0),
        received_at: at(0),
        event: Event {
            conversation: ConversationId::parse("1").unwrap(),
            time: None,
            kind: EventKind::Created,
            told: Told { visitor: Some(visitor), ..Told::default() },
        },
        raw: None,
    });
    facts.visitor
}

#[test]
fn a_token_may_be_made_for_one_visitor() {
    let bound = sign(&format!("v1.{}.{}.n.{}", encoded("P"), at(300).as_second(), encoded("Mia@Example.com")), SECRET);
    for token in [bound, jwt(&with("visitor", json!("Mia@Example.com")))] {
        let signed = at_start(&token).unwrap();
        assert!(signed.is_for(&visitor(Some("30"), Some(" mia@example.com "))));
        assert!(!signed.is_for(&visitor(Some("30"), Some("eve@example.com"))));
        assert!(!signed.is_for(&visitor(None, None)));
    }
    let numbered = at_start(&jwt(&with("visitor", json!("30")))).unwrap();
    assert!(numbered.is_for(&visitor(Some("30"), None)));
    assert!(!numbered.is_for(&visitor(Some("31"), None)));
    assert!(at_start(&jwt(&claims())).unwrap().is_for(&visitor(None, None)));
}

#[test]
fn a_token_that_was_used_elsewhere_is_refused() {
    let id = |text: &str| ConversationId::parse(text).unwrap();
    let used = |visitor: Option<&str>| Used { conversation: id("9001"), visitor: visitor.map(str::to_owned) };
    assert_eq!(used(Some("30")).again(&id("9001"), Some("30")), Ok(()));
    assert_eq!(used(None).again(&id("9001"), Some("31")), Ok(()));
    assert_eq!(used(Some("30")).again(&id("9002"), Some("30")), Err(Refusal::Replayed));
    assert_eq!(used(None).again(&id("9002"), Some("30")), Err(Refusal::Replayed));
    assert_eq!(used(Some("30")).again(&id("9002"), None), Err(Refusal::Replayed));
    assert_eq!(used(Some("30")).again(&id("9002"), Some("31")), Err(Refusal::OtherVisitor));
}

#[test]
fn a_nonce_is_the_players_own_whatever_signed_it() {
    let name = |token: &str| Used::name(&at_start(token).unwrap());
    assert_eq!(name(&compact_of("P-20417", 300, "n-1")), name(&jwt(&claims())));
    assert_ne!(name(&compact_of("P-20417", 300, "n-1")), name(&compact_of("P-20418", 300, "n-1")));
    assert_ne!(name(&compact_of("P-20417", 300, "n-1")), name(&compact_of("P-20417", 300, "n-2")));
    assert_eq!(name(&jwt(&claims())).len(), 64);
    assert!(!name(&jwt(&claims())).contains("20417"));
}

/// Both forms, each with all that it may have.
fn whole() -> [String; 2] {
    let bound = format!("v1.{}.{}.n-1.{}", encoded("P-20417"), at(300).as_second(), encoded("mia@example.com"));
    [sign(&bound, SECRET), jwt(&with("visitor", json!("mia@example.com")))]
}

#[test]
fn a_single_changed_bit_anywhere_breaks_a_token() {
    for token in whole() {
        assert!(at_start(&token).is_ok());
        for at_byte in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[at_byte] ^= 1 << bit;
                let changed = String::from_utf8(bytes).unwrap();
                assert!(at_start(&changed).is_err(), "byte {at_byte}, bit {bit}: {changed}");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_changed_or_shortened_token_holds(
        form in 0_usize..2, place in any::<prop::sample::Index>(), put in any::<char>(), cut in any::<bool>()
    ) {
        let token = &whole()[form];
        let place = place.index(token.len());
        let changed = if cut { token[..place].to_owned() } else {
            format!("{}{put}{}", &token[..place], &token[place + 1..])
        };
        prop_assert!(changed == *token || at_start(&changed).is_err());
    }

    #[test]
    fn whatever_is_shown_is_answered(token in "(?s).{0,300}", parts in prop::collection::vec("[A-Za-z0-9_-]{0,40}", 0..7)) {
        prop_assert!(at_start(&token).is_err());
        let (jwt, compact) = (parts.join("."), format!("v1.{}", parts.join(".")));
        prop_assert!(at_start(&compact).is_err() && at_start(&jwt).is_err());
    }

    #[test]
    fn whatever_is_signed_is_answered(header in "(?s).{0,60}", claims in "(?s).{0,120}", now in any::<i32>()) {
        // Held or refused, but never a panic.
        let _ = at_start(&jwt_raw(&header, &claims));
        let _ = at_start(&jwt_raw(r#"{"alg":"HS256"}"#, &claims));
        let now = Timestamp::from_second(i64::from(now)).unwrap();
        let _ = verify(&jwt(&self::claims()), &secrets(&[SECRET]), &settings(None), now);
    }
}
