//! The web view's own menu, on Linux: what it has for text, and nothing that would load or leave the page. What is on a link
//! is the page's.

use webkit2gtk::{
    ContextMenuAction, ContextMenuExt, ContextMenuItemExt, HitTestResult, HitTestResultExt, WebView, WebViewExt,
};

/// Where one writes.
const WRITING: &[ContextMenuAction] = &[
    ContextMenuAction::Cut,
    ContextMenuAction::Copy,
    ContextMenuAction::Paste,
    ContextMenuAction::Delete,
    ContextMenuAction::SelectAll,
    ContextMenuAction::SpellingGuess,
    ContextMenuAction::IgnoreSpelling,
    ContextMenuAction::LearnSpelling,
];

/// On text that is selected.
const READING: &[ContextMenuAction] = &[ContextMenuAction::Copy];

/// From now on `view` shows no other menu.
pub fn keep_to_text(view: &WebView) {
    view.connect_context_menu(|_, menu, _, place| {
        let kept = kept(place);
        for item in menu.items() {
            if !kept.contains(&item.stock_action()) {
                menu.remove(&item);
            }
        }
        // True: none is shown.
        menu.items().is_empty()
    });
}

fn kept(place: &HitTestResult) -> &'static [ContextMenuAction] {
    match (place.context_is_editable(), place.context_is_selection()) {
        (true, _) => WRITING,
        (false, true) => READING,
        (false, false) => &[],
    }
}
