//! From one state of a view to the next: the fields that changed, and of lists only the rows that changed, by `id`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a watcher is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(export, export_to = "view.ts")]
pub enum Update {
    /// The whole view; replaces what was shown.
    Snapshot {
        /// The view's fields.
        #[ts(type = "unknown")]
        view: Value,
    },
    /// What changed since the last update.
    Patch {
        /// By field.
        fields: BTreeMap<String, FieldPatch>,
    },
}

/// How a field of a view changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(export, export_to = "view.ts")]
pub enum FieldPatch {
    /// It is this now.
    Set {
        /// The whole value.
        #[ts(type = "unknown")]
        value: Value,
    },
    /// A list of rows with an `id`.
    Rows {
        /// New and changed rows.
        #[ts(type = "unknown[]")]
        rows: Vec<Value>,
        /// All ids in order, if that changed: what is not named is gone.
        order: Option<Vec<String>>,
    },
}

/// What leads from `before` to `after`; `None` if nothing changed.
pub fn between(before: &Map<String, Value>, after: &Map<String, Value>) -> Option<Update> {
    let fields: BTreeMap<String, FieldPatch> = after
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value))
        .map(|(name, value)| (name.clone(), field(before.get(name), value)))
        .collect();
    (!fields.is_empty()).then_some(Update::Patch { fields })
}

fn field(before: Option<&Value>, after: &Value) -> FieldPatch {
    let whole = || FieldPatch::Set { value: after.clone() };
    let (Some(Value::Array(before)), Value::Array(after)) = (before, after) else { return whole() };
    let (Some(before_ids), Some(after_ids)) = (ids(before), ids(after)) else { return whole() };
    let held: BTreeMap<&str, &Value> = before_ids.iter().copied().zip(before).collect();
    let changed = after_ids.iter().zip(after).filter(|(id, row)| held.get(**id) != Some(row));
    FieldPatch::Rows {
        rows: changed.map(|(_, row)| row.clone()).collect(),
        order: (before_ids != after_ids).then(|| after_ids.iter().map(ToString::to_string).collect()),
    }
}

/// The ids of a list's rows; `None` if it is not a list of rows.
fn ids(rows: &[Value]) -> Option<Vec<&str>> {
    rows.iter().map(|row| row.get("id")?.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn only_the_rows_that_changed_are_sent() {
        let before = map(json!({ "rows": [{"id": "a", "n": 1}, {"id": "b", "n": 2}], "title": "x" }));
        let after = map(json!({ "rows": [{"id": "b", "n": 3}, {"id": "c", "n": 4}], "title": "x" }));
        let Some(Update::Patch { fields }) = between(&before, &after) else { panic!("nothing changed?") };
        let rows = vec![json!({"id": "b", "n": 3}), json!({"id": "c", "n": 4})];
        let order = Some(vec!["b".to_owned(), "c".to_owned()]);
        assert_eq!(fields, BTreeMap::from([("rows".to_owned(), FieldPatch::Rows { rows, order })]));
        assert_eq!(between(&after, &after), None);
    }

    #[test]
    fn a_list_without_ids_and_a_plain_field_are_set_whole() {
        let before = map(json!({ "typing": ["a"], "head": 1 }));
        let after = map(json!({ "typing": ["b"], "head": 2 }));
        let Some(Update::Patch { fields }) = between(&before, &after) else { panic!("nothing changed?") };
        assert_eq!(fields["typing"], FieldPatch::Set { value: json!(["b"]) });
        assert_eq!(fields["head"], FieldPatch::Set { value: json!(2) });
    }
}
