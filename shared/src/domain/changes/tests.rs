use proptest::prelude::*;
use serde_json::json;

use super::*;

fn told(old: &Value, new: &Value) -> Vec<String> {
    between(old, new).iter().map(ToString::to_string).collect()
}

#[test]
fn a_brand_that_is_taken_out_is_one_change() {
    let brand = |id: &str, name: &str| json!({"id": id, "name": name, "automated": true});
    let old = json!({"brands": [brand("1", "Lumen"), brand("2", "Harbour"), brand("3", "Nova")]});
    let new = json!({"brands": [brand("2", "Harbour"), brand("3", "Nova Bets")]});
    assert_eq!(told(&old, &new), ["brands[Lumen]", "brands[Nova Bets].name"]);
    assert_eq!(told(&old, &old), Vec::<String>::new());
}

#[test]
fn another_order_is_a_change_and_plain_lists_are_compared_by_place() {
    let old = json!({"a": [{"name": "x"}, {"name": "y"}], "steps": [90, 60]});
    let new = json!({"a": [{"name": "y"}, {"name": "x"}], "steps": [90, 45, 30]});
    assert_eq!(told(&old, &new), ["a", "steps[2]", "steps[3]"]);
}

#[test]
fn what_two_changed_in_different_places_is_kept_of_both() {
    let base = json!({"keys": ["a"], "brands": [{"id": "1", "automated": false}, {"id": "2", "automated": false}]});
    let mine = json!({"keys": ["a"], "brands": [{"id": "1", "automated": true}]});
    let theirs = json!({"keys": ["a", "b"], "brands": [{"id": "1", "automated": false}, {"id": "2", "automated": false}, {"id": "3"}]});
    let rebased = rebase(&base, &mine, &theirs);
    assert_eq!(rebased.conflicts, []);
    assert_eq!(rebased.value, json!({"keys": ["a", "b"], "brands": [{"id": "1", "automated": true}, {"id": "3"}]}));
}

#[test]
fn a_contradiction_is_told_and_mine_is_kept() {
    let (base, mine, theirs) = (json!({"a": 1, "b": {"c": 1}}), json!({"a": 2}), json!({"a": 3, "b": {"c": 4}}));
    let rebased = rebase(&base, &mine, &theirs);
    assert_eq!(rebased.value, json!({"a": 2}));
    let places: Vec<String> = rebased.conflicts.iter().map(|conflict| conflict.path.join(".")).collect();
    assert_eq!(places, ["a", "b"]);
    assert_eq!(rebased.conflicts[1].theirs, Some(json!({"c": 4})));
}

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), (0..3_u8).prop_map(Value::from)];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner.clone(), 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
            prop::collection::btree_map("[x-z]", inner, 0..3)
                .prop_map(|map| map.into_iter().map(|(id, value)| json!({"id": id, "value": value})).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn only_the_same_have_no_changes(old in documents(), new in documents()) {
        prop_assert_eq!(between(&old, &new).is_empty(), old == new);
    }

    #[test]
    fn who_changed_nothing_takes_what_the_other_changed(base in documents(), new in documents()) {
        for rebased in [rebase(&base, &base, &new), rebase(&base, &new, &base), rebase(&base, &new, &new)] {
            prop_assert_eq!(rebased, Rebased { value: new.clone(), conflicts: Vec::new() });
        }
    }

    #[test]
    fn what_is_not_changed_by_either_stays(base in documents(), mine in documents(), theirs in documents()) {
        let (base, mine, theirs) = (json!({"k": base, "s": 1}), json!({"k": mine, "s": 1}), json!({"k": theirs, "s": 1}));
        prop_assert_eq!(&rebase(&base, &mine, &theirs).value["s"], &json!(1));
    }
}
