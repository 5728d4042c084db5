//! Which words of a tree are names. Not those in code and in links.

use super::{Block, Inline, ListItem};
use crate::view::mention::{Names, Piece};

/// The tree with its names as mentions; `None` if it would have more than `nodes_max` runs.
pub fn named(blocks: Vec<Block>, names: &Names, nodes_max: usize) -> Option<Vec<Block>> {
    Naming { names, left: nodes_max }.blocks(blocks)
}

struct Naming<'n> {
    names: &'n Names,
    left: usize,
}

/// Recurses as deep as the tree, which the reader bounds.
impl Naming<'_> {
    fn blocks(&mut self, blocks: Vec<Block>) -> Option<Vec<Block>> {
        blocks.into_iter().map(|block| self.block(block)).collect()
    }

    fn block(&mut self, block: Block) -> Option<Block> {
        Some(match block {
            Block::Paragraph { inlines } => Block::Paragraph { inlines: self.inlines(inlines)? },
            Block::Heading { level, inlines } => Block::Heading { level, inlines: self.inlines(inlines)? },
            Block::Quote { blocks } => Block::Quote { blocks: self.blocks(blocks)? },
            Block::List { start, items } => Block::List {
                start,
                items: items
                    .into_iter()
                    .map(|item| Some(ListItem { blocks: self.blocks(item.blocks)?, ..item }))
                    .collect::<Option<_>>()?,
            },
            Block::Table { rows } => {
                let mut row = |row: Vec<Vec<Inline>>| row.into_iter().map(|cell| self.inlines(cell)).collect();
                Block::Table { rows: rows.into_iter().map(&mut row).collect::<Option<_>>()? }
            }
            block @ (Block::Code { .. } | Block::Rule) => block,
        })
    }

    fn inlines(&mut self, inlines: Vec<Inline>) -> Option<Vec<Inline>> {
        let mut named = Vec::with_capacity(inlines.len());
        for inline in inlines {
            match inline {
                Inline::Text { text } => named.extend(self.cut(&text)),
                Inline::Strong { inlines } => named.push(Inline::Strong { inlines: self.inlines(inlines)? }),
                Inline::Emphasis { inlines } => named.push(Inline::Emphasis { inlines: self.inlines(inlines)? }),
                Inline::Strike { inlines } => named.push(Inline::Strike { inlines: self.inlines(inlines)? }),
                other => named.push(other),
            }
        }
        self.left = self.left.checked_sub(named.len())?;
        Some(named)
    }

    /// Cuts a text at the names in it.
    fn cut(&self, text: &str) -> Vec<Inline> {
        let pieces = self.names.pieces(text).into_iter().map(|piece| match piece {
            Piece::Text(text) => Inline::Text { text: text.to_owned() },
            Piece::Named(person, name) => {
                Inline::Mention { person, name: name.to_owned(), me: self.names.is_me(person) }
            }
        });
        pieces.collect()
    }
}
