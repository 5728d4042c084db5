//! A match that names some events, keys or commands and waves the rest through is wrong the day that another comes, and the
//! compiler is silent. In what ships there is none.

use super::files::Files;
use syn::visit::{self, Visit};
use syn::{ExprMatch, ImplItemFn, ItemFn, ItemMod, Pat, Path};

/// The enums that grow with each feature; those of commands are named after it.
const GROWING: [&str; 3] = ["Event", "Key", "Command"];

/// Matches that wave the rest through, each with its reason.
const EXCUSED: &[(&str, &str)] = &[("crates/ctl/src/commands.rs", "the rest goes to a match that names each")];

/// Where they are, and excuses that are not needed.
pub fn found(files: &Files) -> Vec<String> {
    let ships = |path: &str| path.contains("/src/") && !path.contains("/tests") && !path.starts_with("tests/");
    let mut all = Vec::new();
    for file in files.ending(&[".rs"]).filter(|file| ships(&file.path)) {
        let Ok(parsed) = syn::parse_file(&file.text) else { continue };
        let mut seen = Wildcards::default();
        seen.visit_file(&parsed);
        let excused = EXCUSED.iter().any(|(path, _)| *path == file.path);
        if excused && seen.functions.is_empty() {
            all.push(format!("{}: needs no excuse", file.path));
        } else if !excused {
            all.extend(seen.functions.iter().map(|function| format!("{}: in {function}", file.path)));
        }
    }
    all
}

#[derive(Default)]
struct Wildcards {
    /// The function that is looked at.
    at: String,
    /// Those with such a match.
    functions: Vec<String>,
}

impl<'a> Visit<'a> for Wildcards {
    fn visit_expr_match(&mut self, expr: &'a ExprMatch) {
        let growing = expr.arms.iter().any(|arm| names(&arm.pat));
        let waves = expr.arms.iter().any(|arm| arm.guard.is_none() && matches!(arm.pat, Pat::Wild(_) | Pat::Ident(_)));
        if growing && waves {
            self.functions.push(self.at.clone());
        }
        visit::visit_expr_match(self, expr);
    }

    fn visit_item_fn(&mut self, function: &'a ItemFn) {
        self.at = function.sig.ident.to_string();
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'a ImplItemFn) {
        self.at = function.sig.ident.to_string();
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_item_mod(&mut self, module: &'a ItemMod) {
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }
}

/// Does the pattern name a variant of an enum that grows?
fn names(pat: &Pat) -> bool {
    match pat {
        Pat::Or(or) => or.cases.iter().any(names),
        Pat::Paren(paren) => names(&paren.pat),
        Pat::Reference(reference) => names(&reference.pat),
        Pat::TupleStruct(variant) => {
            is_growing(&variant.path) || wraps(&variant.path) && variant.elems.iter().any(names)
        }
        Pat::Struct(variant) => is_growing(&variant.path),
        Pat::Path(variant) => is_growing(&variant.path),
        _ => false,
    }
}

fn wraps(path: &Path) -> bool {
    path.get_ident().is_some_and(|ident| ident == "Some" || ident == "Ok")
}

/// `Event::Variant`, `MessageCommand::Variant`.
fn is_growing(path: &Path) -> bool {
    let mut names = path.segments.iter().rev().skip(1);
    let grows = |of: String| GROWING.contains(&of.as_str()) || of.ends_with("Command");
    names.next().is_some_and(|of| grows(of.ident.to_string()))
}
