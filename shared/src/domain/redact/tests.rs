//! What is masked, what is not, and that neither masking twice nor comparing is harmed by it.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::domain::fingerprint::Fingerprint;

const EVERYWHERE: Where = Where { model: true, log: true, mail: true };

fn all() -> RedactionSettings {
    RedactionSettings { iban: EVERYWHERE, documents: EVERYWHERE, email: EVERYWHERE, phone: EVERYWHERE }
}

#[test]
fn an_account_number_keeps_its_last_four_characters() {
    for (text, masked) in [
        ("pay to DE89370400440532013000 please", "pay to •••• 3000 please"),
        ("IBAN: GB82 WEST 1234 5698 7654 32.", "IBAN: •••• 5432."),
        ("nl91abna0417164300", "•••• 4300"),
        ("MT84 MALT 0110 0001 2345 MTLC AST0 01S", "•••• 001S"),
    ] {
        assert_eq!(all_redacted(text), masked);
    }
    // The check digits, the length, and the country have to fit.
    for text in ["DE88370400440532013000", "DE8937040044053201300", "XX89370400440532013000", "my DE reference is 1234"]
    {
        assert_eq!(all_redacted(text), text);
    }
}

#[test]
fn documents_are_told_by_a_word_beside_them() {
    for (text, masked) in [
        ("my passport number is C01X00T47", "my passport number is •••"),
        ("passport: 533380006", "passport: •••"),
        ("Mein Ausweis hat die Nummer L01X00T471", "Mein Ausweis hat die Nummer •••"),
        ("Führerschein B072RRE2I55", "Führerschein •••"),
        ("mi DNI es 12345678Z", "mi DNI es •••"),
        ("ma carte d'identité 880692310285", "ma carte d'identité •••"),
        ("meu CPF é 123.456.789-09", "meu CPF é •••"),
        ("la mia patente: U1234567X", "la mia patente: •••"),
        ("TC kimlik no 12345678901", "TC kimlik no •••"),
        ("số CCCD của tôi 012345678901", "số CCCD của tôi •••"),
        ("hộ chiếu B1234567", "hộ chiếu •••"),
        ("C01X00T47 is my passport", "••• is my passport"),
        ("national ID AB123456", "national ID •••"),
        ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<<", "•••"),
    ] {
        assert_eq!(all_redacted(text), masked);
    }
    for text in [
        "order C01X00T47",
        "my player ID is 1234567",
        "my passport was rejected on 24.12.2026",
        "I sent the passport 3 times",
        "do you need a passport or a driving licence?",
        "game id 7654321",
    ] {
        assert_eq!(all_redacted(text), text);
    }
}

#[test]
fn an_e_mail_address_keeps_its_domain() {
    assert_eq!(all_redacted("it's ana.b+x@mail.example.com, thanks"), "it's ••••@mail.example.com, thanks");
    assert_eq!(all_redacted("<0151234567@web.de>"), "<••••@web.de>");
    for text in ["me @ home", "@lumen on X", "a@b", "50@1.5 odds@"] {
        assert_eq!(all_redacted(text), text);
    }
}

#[test]
fn telephone_numbers_keep_their_last_four_digits() {
    for (text, masked) in [
        ("+49 151 1234 5678", "•••• 5678"),
        ("call +1 (555) 010-4477 today", "call •••• 4477 today"),
        ("0049 30 1234567", "•••• 4567"),
        ("0151 23456789", "•••• 6789"),
        ("tel. 030/1234567", "tel. •••• 4567"),
        ("(11) 91234-5678", "•••• 5678"),
        ("0912 345 678 nhé", "•••• 5678 nhé"),
        ("0532 123 45 67", "•••• 4567"),
        ("my phone is 612 34 56 78", "my phone is •••• 5678"),
        ("whatsapp 3331234567", "whatsapp •••• 4567"),
        ("555-010-4477", "•••• 4477"),
    ] {
        assert_eq!(all_redacted(text), masked);
    }
}

#[test]
fn dates_amounts_and_orders_are_no_telephone_numbers() {
    for text in [
        "on 01.02.2026 10:30",
        "01/02/2026",
        "2026-11-21 18:49:37",
        "01.02.2026 10 30",
        "deposited 1 000 000 000 VND",
        "1.250.000,00",
        "order 0012345678",
        "transaction 00123456789012",
        "mã giao dịch 0912345678",
        "ticket #0001234567",
        "35x within 30 days, 5,000 EUR",
        "0.123456789",
        "12345678901234567890",
        "code 555 0104477",
    ] {
        assert_eq!(all_redacted(text), text);
    }
}

#[test]
fn only_what_is_set_for_the_place_is_masked() {
    let text = "DE89370400440532013000, ana@example.com, +49 151 1234 5678, card 4111 1111 1111 1111";
    let settings = RedactionSettings::default();
    let card = "card •••• •••• •••• 1111";
    assert_eq!(
        redacted(text, &settings, Place::Model),
        format!("•••• 3000, ana@example.com, +49 151 1234 5678, {card}")
    );
    assert_eq!(
        redacted(text, &settings, Place::Log),
        format!("DE89370400440532013000, ana@example.com, +49 151 1234 5678, {card}")
    );
    let phone = RedactionSettings { phone: Where { mail: true, ..Where::default() }, ..settings };
    assert!(redacted(text, &phone, Place::Mail).contains("ana@example.com, •••• 5678"));
}

#[test]
fn a_text_without_anything_is_not_copied() {
    let text = "How long does a withdrawal of 500 EUR take?";
    assert!(matches!(redacted(text, &all(), Place::Log), Cow::Borrowed(_)));
}

#[test]
fn account_numbers_are_read_whatever_way_they_are_written() {
    assert_eq!(account_numbers("to de89 3704 0044 0532 0130 00 or none"), ["DE89370400440532013000"]);
}

fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[0-9]{1,12}",
        "[ \n.,:-]{1,2}",
        Just(" ".to_owned()),
        Just(" passport ".to_owned()),
        Just(" my phone ".to_owned()),
        Just(" order ".to_owned()),
        Just(" is my ID card ".to_owned()),
        Just("ana@example.com".to_owned()),
        Just("DE89 3704 0044 0532 0130 00".to_owned()),
        Just("GB82WEST12345698765432".to_owned()),
        Just("MT84 MALT 0110 0001 2345 MTLC AST0 01S".to_owned()),
        Just("+49 151 1234 5678".to_owned()),
        Just("0151 23456789".to_owned()),
        Just("(11) 91234-5678".to_owned()),
        Just("C01X00T47".to_owned()),
        Just("4111 1111 1111 1111".to_owned()),
        Just("•••• 3000".to_owned()),
        Just("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<".to_owned()),
        "[a-z@+(•]{1,2}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn settings() -> impl Strategy<Value = RedactionSettings> {
    [any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()].prop_map(|[iban, documents, email, phone]| {
        let log = |log| Where { log, ..Where::default() };
        RedactionSettings { iban: log(iban), documents: log(documents), email: log(email), phone: log(phone) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn masking_twice_is_masking_once(text in texts(), settings in settings()) {
        let once = redacted(&text, &settings, Place::Log).into_owned();
        prop_assert_eq!(redacted(&once, &settings, Place::Log), once.as_str());
    }

    #[test]
    fn an_echo_is_recognised_whatever_was_masked_of_it(text in texts(), settings in settings()) {
        let kept = redacted(&text, &settings, Place::Log);
        prop_assert_eq!(Fingerprint::of(&kept), Fingerprint::of(&text), "{}", kept);
    }

    #[test]
    fn any_text_can_be_masked(text in "\\PC{0,80}") {
        let once = all_redacted(&text).into_owned();
        prop_assert_eq!(all_redacted(&once), once.as_str());
    }

    #[test]
    fn no_account_number_is_left(start in 0_usize..3, text in "[a-z ,.]{0,20}") {
        let number = ["DE89370400440532013000", "GB82WEST12345698765432", "NL91ABNA0417164300"][start];
        let kept = all_redacted(&format!("{text} {number} {text}")).into_owned();
        prop_assert!(!kept.contains(number));
    }
}
