//! Messages as they are shown.

use crate::view::markdown::{Block, Inline, parse, plain_text};
use crate::view::mention::Names;
use folkmoot_model::id::PersonId;

/// As deep as the tree may be: 32, and the one that lies there.
const DEPTH_MAX: usize = 34;

/// Nodes that the tree may have; names found in texts are counted as well, so there is some slack.
const NODES_MAX: usize = 8_000;

/// Whatever the text, the tree is bounded, its links lead only where links may, and a text that is not blank does not
/// vanish.
pub fn markdown(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let people = [(PersonId([1; 16]), "Ana"), (PersonId([2; 16]), "Ana Lima"), (PersonId([3; 16]), "田中")];
    let blocks = parse(&text, &Names::of(people, Some(PersonId([1; 16]))));
    assert!(text.trim().is_empty() || !blocks.is_empty());
    let mut seen = Seen::default();
    seen.blocks(&blocks, 1);
    assert!(seen.nodes <= NODES_MAX, "{} nodes", seen.nodes);
    for chars_max in [0, 1, 80] {
        let line = plain_text(&blocks, chars_max);
        assert!(line.chars().count() <= chars_max + 1 && !line.contains('\n'), "{line}");
    }
}

#[derive(Default)]
struct Seen {
    nodes: usize,
}

impl Seen {
    fn blocks(&mut self, blocks: &[Block], depth: usize) {
        assert!(depth <= DEPTH_MAX, "too deep");
        for block in blocks {
            self.nodes += 1;
            match block {
                Block::Paragraph { inlines } => self.inlines(inlines, depth + 1),
                Block::Heading { level, inlines } => {
                    assert!((1..=6).contains(level));
                    self.inlines(inlines, depth + 1);
                }
                Block::Quote { blocks } => self.blocks(blocks, depth + 1),
                Block::List { items, .. } => items.iter().for_each(|item| self.blocks(&item.blocks, depth + 1)),
                Block::Table { rows } => rows.iter().flatten().for_each(|cell| self.inlines(cell, depth + 1)),
                Block::Code { .. } | Block::Rule => {}
            }
        }
    }

    fn inlines(&mut self, inlines: &[Inline], depth: usize) {
        assert!(depth <= DEPTH_MAX, "too deep");
        for inline in inlines {
            self.nodes += 1;
            match inline {
                Inline::Link { href, inlines } => {
                    let scheme = href.split(':').next().unwrap_or_default().to_ascii_lowercase();
                    assert!(["http", "https", "mailto", "folkmoot"].contains(&scheme.as_str()), "{href}");
                    assert!(!href.chars().any(|char| char.is_control() || char.is_whitespace()), "{href:?}");
                    self.inlines(inlines, depth + 1);
                }
                Inline::Strong { inlines } | Inline::Emphasis { inlines } | Inline::Strike { inlines } => {
                    self.inlines(inlines, depth + 1);
                }
                Inline::Mention { person, .. } => assert!((1..=3).contains(&person.0[0])),
                Inline::Text { .. } | Inline::Code { .. } | Inline::Break => {}
            }
        }
    }
}
