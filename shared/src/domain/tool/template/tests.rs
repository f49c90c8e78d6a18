use proptest::prelude::*;
use serde_json::json;

use super::*;

fn filled(template: &str, arguments: Value) -> Result<String, FillError> {
    let Value::Object(arguments) = arguments else { panic!("no object") };
    let player = PlayerId::parse("p/1").unwrap();
    Template::parse(template).unwrap().fill(&arguments, Some(&player)).map(|(url, _)| url.to_string())
}

#[test]
fn values_are_escaped_where_they_stand() {
    let url = filled(
        "https://api.example.com/orders/{order}-{part}?q={q}&fixed=1",
        json!({"order": "a b&c=d?e#f", "part": 7, "q": "x&admin=1 +ü%"}),
    );
    assert_eq!(
        url.unwrap(),
        "https://api.example.com/orders/a%20b%26c%3Dd%3Fe%23f-7?q=x%26admin%3D1%20%2B%C3%BC%25&fixed=1"
    );
}

#[test]
fn the_players_id_is_ours_and_no_argument() {
    let url = filled("https://a.example/limits?player={player.id}", json!({"player.id": "other"}));
    assert_eq!(url.unwrap(), "https://a.example/limits?player=p%2F1");
    let template = Template::parse("https://a.example/{player.id}").unwrap();
    assert_eq!(template.fill(&Map::new(), None), Err(FillError::Player));
}

#[test]
fn nothing_steps_out_of_its_segment() {
    let steps = [
        "",
        " ",
        ".",
        "..",
        "a/b",
        "a\\b",
        "../x",
        "%2e",
        "%2E%2e",
        "%2e.",
        "..%2fx",
        "a%2Fb",
        "%252e%252e",
        "a%255cb",
        "..;",
        "..;x=1",
        "%2e%2e%3b",
        "a\nb",
        "a\0",
        "%25252525252e",
    ];
    for step in steps {
        let got = filled("https://a.example/v1/{name}/x", json!({ "name": step }));
        assert_eq!(got, Err(FillError::Path("name".to_owned())), "{step:?}");
    }
    assert_eq!(
        filled("https://a.example/.{name}", json!({"name": "."})),
        Err(FillError::Path("name".to_owned())),
        "together"
    );
    for fine in ["a..b", "...", "100%", "50%25", "v1.2", "ü", "a;b", "%zz"] {
        assert!(filled("https://a.example/v1/{name}/x", json!({ "name": fine })).is_ok(), "{fine:?}");
    }
}

#[test]
fn in_a_query_anything_may_stand() {
    let url = filled("https://a.example/?q={q}", json!({"q": "../a/b\\c\n"}));
    assert_eq!(url.unwrap(), "https://a.example/?q=..%2Fa%2Fb%5Cc%0A");
}

#[test]
fn only_texts_numbers_and_truths_stand_in_a_url() {
    for value in [json!(null), json!([1]), json!({"a": 1})] {
        assert_eq!(filled("https://a.example/{a}", json!({ "a": value })), Err(FillError::Kind("a".to_owned())));
    }
    assert_eq!(filled("https://a.example/{a}", json!({})), Err(FillError::Missing("a".to_owned())));
    assert_eq!(filled("https://a.example/{a}", json!({"a": true})).unwrap(), "https://a.example/true");
}

#[test]
fn what_the_url_does_not_take_goes_into_the_query_and_never_over_what_is_there() {
    let mut url = Url::parse("https://a.example/?player=1").unwrap();
    let arguments = json!({"state": "open & new", "tag": ["a", 2], "no": null, "empty": []});
    Template::add_to_query(&mut url, arguments.as_object().unwrap()).unwrap();
    assert_eq!(url.as_str(), "https://a.example/?player=1&state=open%20%26%20new&tag=a&tag=2");
    for name in ["player", "Player", "player[]", " player"] {
        let twice = Template::add_to_query(&mut url, json!({ name: "2" }).as_object().unwrap());
        assert_eq!(twice, Err(FillError::Twice(name.to_owned())));
    }
    let mut bare = Url::parse("https://a.example/a").unwrap();
    Template::add_to_query(&mut bare, &Map::new()).unwrap();
    assert_eq!(bare.as_str(), "https://a.example/a");
}

#[test]
fn a_template_that_leaves_the_host_open_is_none() {
    let wrong = [
        ("https://{host}/", TemplateError::Host),
        ("https://{a}.example.com/", TemplateError::Host),
        ("https://a.example:{port}/", TemplateError::Host),
        ("{url}", TemplateError::Scheme),
        ("{scheme}://a.example/", TemplateError::Scheme),
        ("ftp://a.example/", TemplateError::Scheme),
        ("https://a.example/{", TemplateError::Placeholder),
        ("https://a.example/}", TemplateError::Placeholder),
        ("https://a.example/{}", TemplateError::Placeholder),
        ("https://a.example/{a b}", TemplateError::Strange),
        ("https://a.example/{player.name}", TemplateError::Placeholder),
        ("https://a.example/{a/b}", TemplateError::Placeholder),
        ("https://a.example/?{name}=1", TemplateError::Name),
        ("https://a.example/?x{name}=1", TemplateError::Name),
        ("https://a.example/?a=1&{name}", TemplateError::Name),
        ("https://a.example/../x", TemplateError::Strange),
        ("https://a.example/%2e%2e/x", TemplateError::Strange),
        ("https://a.example/x#y", TemplateError::Strange),
        ("https://a.example\\@b.example/", TemplateError::Strange),
        ("https://user@a.example/", TemplateError::NoUrl),
        ("https://@a.example/", TemplateError::NoUrl),
        ("https:///x", TemplateError::NoUrl),
        ("https://a.example:99999/", TemplateError::NoUrl),
    ];
    for (text, error) in wrong {
        assert_eq!(Template::parse(text), Err(error), "{text}");
    }
}

#[test]
fn a_template_names_what_it_takes() {
    let template = Template::parse("https://a.example/{player.id}/{b}?c={c}&d={b}").unwrap();
    assert_eq!(template.names(), BTreeSet::from(["b", "c", PLAYER_ID]));
    assert_eq!(Template::parse("https://a.example").unwrap().sample().as_str(), "https://a.example/");
}

/// Texts that try, besides any text.
fn value() -> impl Strategy<Value = Value> {
    let part = prop::sample::select(vec![
        "..",
        ".",
        "/",
        "\\",
        "%2e",
        "%2F",
        "%25",
        "?",
        "#",
        "@",
        ":",
        "//",
        "&",
        "=",
        ";",
        "\r\n",
        "evil.example",
        "ü",
        "\0",
        "{a}",
        "a",
    ]);
    prop_oneof![
        prop::collection::vec(part, 0..6).prop_map(|parts| json!(parts.concat())),
        any::<String>().prop_map(|text| json!(text)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(|truth| json!(truth)),
        Just(json!(null)),
        Just(json!(["x"])),
    ]
}

proptest! {
    #[test]
    fn whatever_is_filled_in_host_and_folders_stay(
        template in prop::sample::select(vec![
            "https://api.example.com/v1/{a}/x/{b}?q={c}&r=1",
            "https://api.example.com:8443/{a}{b}",
            "http://[::1]:81/{a}.json?b={b}&c={c}",
            "https://api.example.com/.{a}/{b}.",
            "https://api.example.com?q={a}",
        ]),
        a in value(), b in value(), c in value(),
        extra in any::<String>(), more in value(),
    ) {
        let declared = Template::parse(template).unwrap();
        let mut arguments = json!({"a": a, "b": b, "c": c}).as_object().unwrap().clone();
        arguments.insert(extra, more);
        if let Ok((mut url, left)) = declared.fill(&arguments, None) {
            let pairs = |url: &Url| url.query_pairs().map(|(name, _)| name.into_owned()).collect::<Vec<_>>();
            prop_assert_eq!(pairs(&url), pairs(declared.sample()), "{}", &url);
            let added = Template::add_to_query(&mut url, &left).is_ok();
            prop_assert_eq!(url.scheme(), declared.sample().scheme());
            prop_assert_eq!(url.host_str(), declared.sample().host_str());
            prop_assert_eq!(url.port(), declared.sample().port());
            prop_assert_eq!(url.path_segments().unwrap().count(), declared.sample().path_segments().unwrap().count());
            prop_assert!(url.path_segments().unwrap().all(|segment| segment != ".." && segment != "."));
            prop_assert!(url.fragment().is_none() && url.username().is_empty());
            prop_assert!(!added || pairs(&url).starts_with(&pairs(declared.sample())));
            // What a server reads is what was given.
            prop_assert_eq!(Url::parse(url.as_str()).unwrap(), url);
        }
    }
}
