//! A tree as one line of plain text, for notifications and excerpts.

use super::{Block, Inline};

/// What the blocks say, in one line of at most `chars_max` characters; what is cut ends in "…". White space is one
/// space. Recurses as deep as the tree, which `parse` bounds.
pub fn plain_text(blocks: &[Block], chars_max: usize) -> String {
    let mut line = Line { text: String::new(), left: chars_max, gap: false, cut: false };
    line.blocks(blocks);
    if line.cut {
        line.text.truncate(line.text.trim_end().len());
        line.text.push('…');
    }
    line.text
}

struct Line {
    text: String,
    left: usize,
    gap: bool,
    cut: bool,
}

impl Line {
    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks.iter() {
            if self.cut {
                return;
            }
            match block {
                Block::Paragraph { inlines } | Block::Heading { inlines, .. } => self.inlines(inlines),
                Block::Quote { blocks } => self.blocks(blocks),
                Block::Code { text, .. } => self.say(text),
                Block::List { items, .. } => items.iter().for_each(|item| self.blocks(&item.blocks)),
                Block::Table { rows } => rows.iter().flatten().for_each(|cell| {
                    self.inlines(cell);
                    self.gap = true;
                }),
                Block::Rule => {}
            }
            self.gap = true;
        }
    }

    fn inlines(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            match inline {
                Inline::Text { text } | Inline::Code { text } => self.say(text),
                Inline::Strong { inlines }
                | Inline::Emphasis { inlines }
                | Inline::Strike { inlines }
                | Inline::Link { inlines, .. } => self.inlines(inlines),
                Inline::Mention { name, .. } => {
                    self.say("@");
                    self.say(name);
                }
                Inline::Break => self.gap = true,
            }
        }
    }

    fn say(&mut self, text: &str) {
        for char in text.chars() {
            if self.cut {
                return;
            }
            if char.is_whitespace() || char.is_control() {
                self.gap = true;
                continue;
            }
            if std::mem::take(&mut self.gap) && !self.text.is_empty() {
                self.put(' ');
            }
            self.put(char);
        }
    }

    fn put(&mut self, char: char) {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                self.text.push(char);
            }
            None => self.cut = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::markdown::parse;
    use crate::view::mention::Names;

    fn check(text: &str, chars_max: usize, expected: &str) {
        assert_eq!(plain_text(&parse(text, &Names::default()), chars_max), expected, "{text}");
    }

    #[test]
    fn a_tree_reads_as_one_line() {
        check("# Plan\n\n- **one**\n- `two`\n\n> three\nfour", 80, "Plan one two three four");
        check("| a | b |\n|---|---|\n| c | d |", 80, "a b c d");
        check("[here](https://example.org)", 80, "here");
        check("```rust\nlet x = 1;\n\nlet y = 2;\n```", 80, "let x = 1; let y = 2;");
    }

    #[test]
    fn what_is_too_long_is_cut_at_a_character() {
        check("äöü äöü", 7, "äöü äöü");
        check("äöü äöü", 6, "äöü äö…");
        check("äöü äöü", 4, "äöü…");
        check("äöü", 0, "…");
        check("", 0, "");
    }
}
