//! Plans that broke something once, each with a line on what it taught, in `regressions/`. A plan bears the name of the
//! planted bug that brings its bug back (a second one of the same bug: `bug.what.plan`): with it the plan must fail, so
//! that it goes on testing what it was kept for.

use crate::plan::Plan;
use std::path::Path;

/// Where they are.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/regressions");

/// Name and plan of each, in order of names. Fails with the first file that is no plan.
pub fn all() -> Result<Vec<(String, Plan)>, String> {
    let told = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let folder = Path::new(FOLDER);
    let mut plans = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| told(folder, &error))? {
        let path = entry.map_err(|error| told(folder, &error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".plan")) else { continue };
        let text = std::fs::read_to_string(&path).map_err(|error| told(&path, &error))?;
        plans.push((name.to_owned(), text.parse().map_err(|error: String| told(&path, &error))?));
    }
    plans.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(plans)
}
