//! A view as its watcher holds it: a snapshot, with every change since. The other end of the client's `patch.rs`.

use folkmoot_client::view::patch::{FieldPatch, Update};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A view's fields.
#[derive(Debug, Default)]
pub struct Fields(Value);

impl Fields {
    /// Takes an update.
    pub fn apply(&mut self, update: Update) {
        match update {
            Update::Snapshot { view } => self.0 = view,
            Update::Patch { fields } => {
                let Some(held) = self.0.as_object_mut() else { return };
                fields.into_iter().for_each(|(name, patch)| apply(held, name, patch));
            }
        }
    }

    /// Reads it as the type of the view, or of a part of it. Fails if the fields are others.
    pub fn read<T: for<'de> Deserialize<'de>>(&self) -> serde_json::Result<T> {
        T::deserialize(&self.0)
    }
}

fn apply(held: &mut Map<String, Value>, name: String, patch: FieldPatch) {
    let value = match patch {
        FieldPatch::Set { value } => value,
        FieldPatch::Rows { rows, order } => {
            let Some(Value::Array(before)) = held.remove(&name) else { return };
            let ids: Vec<String> = order.unwrap_or_else(|| before.iter().filter_map(id).collect());
            let rows: BTreeMap<String, Value> =
                before.into_iter().chain(rows).filter_map(|row| Some((id(&row)?, row))).collect();
            ids.iter().filter_map(|id| rows.get(id).cloned()).collect()
        }
    };
    held.insert(name, value);
}

fn id(row: &Value) -> Option<String> {
    Some(row.get("id")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use folkmoot_client::view::patch::between;
    use serde_json::json;

    #[test]
    fn what_changed_leads_to_what_is() {
        let states = [
            json!({ "rows": [{"id": "a", "n": 1}, {"id": "b", "n": 2}], "title": "x", "names": ["p"] }),
            json!({ "rows": [{"id": "b", "n": 3}, {"id": "a", "n": 1}], "title": "y", "names": [] }),
            json!({ "rows": [{"id": "c", "n": 4}], "title": "y", "names": ["q"] }),
            json!({ "rows": [], "title": null, "names": ["q"] }),
        ];
        let mut fields = Fields::default();
        fields.apply(Update::Snapshot { view: states[0].clone() });
        for pair in states.windows(2) {
            let map = |state: &Value| state.as_object().cloned().unwrap();
            fields.apply(between(&map(&pair[0]), &map(&pair[1])).unwrap());
            assert_eq!(fields.read::<Value>().unwrap(), pair[1]);
        }
    }
}
