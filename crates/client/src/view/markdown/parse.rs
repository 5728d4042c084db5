//! From a text to the tree, by comrak. Whatever the text, the tree is bounded in depth and size.

use super::{Block, Inline, ListItem};
use crate::view::mention::{Names, Piece};
use comrak::nodes::{ListType, Node, NodeValue};
use comrak::{Arena, Options, parse_document};
use folkmoot_model::text::TEXT_BYTES_MAX;

/// Blocks and inlines within each other: what lies deeper is shown as plain text. Nobody reads the 33rd quotation.
const DEPTH_MAX: usize = 32;

/// Blocks, inlines, items and cells of one message; a text that makes more is shown as it was written. A table can make
/// half a million cells of 40 kB.
const NODES_MAX: usize = 4_000;

/// Lines of a text that is shown as it was written; one of more is shown as code.
const PLAIN_LINES_MAX: usize = 1_000;

/// Schemes that stay links.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "folkmoot"];

/// A message's text as a tree, in which these names are mentions. Never fails; a text that is too large to be a message
/// or makes too large a tree is plain. A newline is a break, HTML and images are no more than text and links.
pub fn parse(text: &str, names: &Names) -> Vec<Block> {
    if text.len() > TEXT_BYTES_MAX {
        return plain(text);
    }
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options());
    let mut reader = Reader { names, left: NODES_MAX };
    match reader.blocks(root, 0) {
        // A text of nothing but link definitions makes no block, and must not vanish.
        Some(blocks) if !blocks.is_empty() || text.trim().is_empty() => blocks,
        _ => plain(text),
    }
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.autolink = true;
    options
}

/// One block that reads as the text does.
fn plain(text: &str) -> Vec<Block> {
    vec![match text.lines().nth(PLAIN_LINES_MAX) {
        Some(_) => Block::Code { language: String::new(), text: text.to_owned() },
        None => Block::Paragraph { inlines: lines(text) },
    }]
}

fn lines(text: &str) -> Vec<Inline> {
    let mut inlines = Vec::new();
    for (number, line) in text.trim_end().lines().enumerate() {
        if number > 0 {
            inlines.push(Inline::Break);
        }
        if !line.is_empty() {
            inlines.push(Inline::Text { text: line.to_owned() });
        }
    }
    inlines
}

struct Reader<'n> {
    names: &'n Names,
    left: usize,
}

/// Each step answers `None` when the tree grows too large.
impl Reader<'_> {
    fn spend(&mut self, nodes: usize) -> Option<()> {
        self.left = self.left.checked_sub(nodes)?;
        Some(())
    }

    fn blocks<'a>(&mut self, parent: Node<'a>, depth: usize) -> Option<Vec<Block>> {
        parent.children().map(|child| self.block(child, depth)).collect()
    }

    fn block<'a>(&mut self, node: Node<'a>, depth: usize) -> Option<Block> {
        self.spend(1)?;
        if depth >= DEPTH_MAX {
            return self.flat(node).map(|inlines| Block::Paragraph { inlines });
        }
        Some(match &node.data.borrow().value {
            NodeValue::Paragraph => Block::Paragraph { inlines: self.inlines(node, depth + 1, true)? },
            NodeValue::Heading(heading) => {
                Block::Heading { level: heading.level, inlines: self.inlines(node, depth + 1, true)? }
            }
            NodeValue::BlockQuote => Block::Quote { blocks: self.blocks(node, depth + 1)? },
            NodeValue::CodeBlock(code) => Block::Code {
                language: code.info.split_whitespace().next().unwrap_or_default().to_owned(),
                text: code.literal.strip_suffix('\n').unwrap_or(&code.literal).to_owned(),
            },
            NodeValue::List(list) => Block::List {
                start: (list.list_type == ListType::Ordered).then(|| u32::try_from(list.start).unwrap_or(u32::MAX)),
                items: node.children().map(|item| self.item(item, depth + 1)).collect::<Option<_>>()?,
            },
            NodeValue::Table(_) => {
                Block::Table { rows: node.children().map(|row| self.row(row, depth + 1)).collect::<Option<_>>()? }
            }
            NodeValue::ThematicBreak => Block::Rule,
            NodeValue::HtmlBlock(html) => {
                let inlines = lines(&html.literal);
                self.spend(inlines.len())?;
                Block::Paragraph { inlines: inlines.into_iter().flat_map(|inline| self.named(inline)).collect() }
            }
            _ => Block::Paragraph { inlines: self.flat(node)? },
        })
    }

    fn item<'a>(&mut self, node: Node<'a>, depth: usize) -> Option<ListItem> {
        self.spend(1)?;
        let checked = match &node.data.borrow().value {
            NodeValue::TaskItem(task) => Some(task.symbol.is_some()),
            _ => None,
        };
        Some(ListItem { checked, blocks: self.blocks(node, depth)? })
    }

    fn row<'a>(&mut self, node: Node<'a>, depth: usize) -> Option<Vec<Vec<Inline>>> {
        let cells = node.children().map(|cell| {
            self.spend(1)?;
            self.inlines(cell, depth, true)
        });
        cells.collect()
    }

    /// The inlines of a node; names are looked for unless it lies in a link.
    fn inlines<'a>(&mut self, parent: Node<'a>, depth: usize, named: bool) -> Option<Vec<Inline>> {
        let mut inlines: Vec<Inline> = Vec::new();
        for node in parent.children() {
            self.spend(1)?;
            for inline in self.inline(node, depth, named)? {
                push(&mut inlines, inline);
            }
        }
        if !named {
            return Some(inlines);
        }
        let inlines: Vec<Inline> = inlines.into_iter().flat_map(|inline| self.named(inline)).collect();
        self.spend(inlines.len())?;
        Some(inlines)
    }

    fn inline<'a>(&mut self, node: Node<'a>, depth: usize, named: bool) -> Option<Vec<Inline>> {
        if depth >= DEPTH_MAX {
            return self.flat(node);
        }
        Some(match &node.data.borrow().value {
            NodeValue::Text(text) => vec![Inline::Text { text: text.clone().into_owned() }],
            NodeValue::SoftBreak | NodeValue::LineBreak => vec![Inline::Break],
            NodeValue::Code(code) => vec![Inline::Code { text: code.literal.clone() }],
            NodeValue::HtmlInline(html) => lines(html),
            NodeValue::Strong => vec![Inline::Strong { inlines: self.inlines(node, depth + 1, named)? }],
            NodeValue::Emph => vec![Inline::Emphasis { inlines: self.inlines(node, depth + 1, named)? }],
            NodeValue::Strikethrough => vec![Inline::Strike { inlines: self.inlines(node, depth + 1, named)? }],
            NodeValue::Link(link) | NodeValue::Image(link) => {
                let mut inlines = self.inlines(node, depth + 1, false)?;
                if inlines.is_empty() && !link.url.is_empty() {
                    inlines.push(Inline::Text { text: link.url.clone() });
                }
                if leads(&link.url) { vec![Inline::Link { href: link.url.clone(), inlines }] } else { inlines }
            }
            _ => self.flat(node)?,
        })
    }

    /// Everything that a node says, without its form. Walks, and does not recurse.
    fn flat<'a>(&mut self, node: Node<'a>) -> Option<Vec<Inline>> {
        let mut inlines = Vec::new();
        for node in node.descendants() {
            match &node.data.borrow().value {
                NodeValue::Text(text) => push(&mut inlines, Inline::Text { text: text.clone().into_owned() }),
                NodeValue::Code(code) => push(&mut inlines, Inline::Text { text: code.literal.clone() }),
                NodeValue::HtmlInline(html) => push(&mut inlines, Inline::Text { text: html.clone() }),
                NodeValue::HtmlBlock(html) => inlines.extend(lines(&html.literal)),
                NodeValue::CodeBlock(code) => inlines.extend(lines(&code.literal)),
                NodeValue::SoftBreak | NodeValue::LineBreak => inlines.push(Inline::Break),
                _ => {}
            }
        }
        self.spend(inlines.len())?;
        Some(inlines)
    }

    /// Cuts a text at the names in it.
    fn named(&self, inline: Inline) -> Vec<Inline> {
        let Inline::Text { text } = inline else { return vec![inline] };
        let pieces = self.names.pieces(&text).into_iter().map(|piece| match piece {
            Piece::Text(text) => Inline::Text { text: text.to_owned() },
            Piece::Named(person, name) => {
                Inline::Mention { person, name: name.to_owned(), me: self.names.is_me(person) }
            }
        });
        pieces.collect()
    }
}

/// Adds an inline; text that follows text is one text, so that a name is found across what the parser cut.
fn push(inlines: &mut Vec<Inline>, inline: Inline) {
    match (inlines.last_mut(), inline) {
        (Some(Inline::Text { text }), Inline::Text { text: more }) => text.push_str(&more),
        (_, inline) => inlines.push(inline),
    }
}

/// May a text lead there? Only known schemes, and nothing that hides in white space.
fn leads(href: &str) -> bool {
    let clean = !href.chars().any(|char| char.is_control() || char.is_whitespace());
    let scheme = href.split_once(':').map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    clean && scheme.is_some_and(|(scheme, rest)| SCHEMES.contains(&scheme.as_str()) && !rest.is_empty())
}

#[cfg(test)]
mod tests;
