//! From a text to the tree, by comrak. Whatever the text, the tree is bounded in depth and size, and says all that the
//! text does (docs/decisions/0014).

mod naming;
mod whole;

use super::{Block, Inline, ListItem};
use crate::view::mention::Names;
use comrak::nodes::{ListType, Node, NodeLink, NodeValue};
use comrak::{Arena, Options, parse_document};
use folkmoot_model::yjs::text::TEXT_BYTES_MAX;

/// Blocks and inlines within each other: what lies deeper is shown as plain text. Nobody reads the 33rd quotation.
const DEPTH_MAX: usize = 32;

/// Blocks, inlines, items and cells of one message; a text that makes more is shown as it was written. A table can make
/// half a million cells of 40 kB.
const NODES_MAX: usize = 4_000;

/// Lines of a text that is shown as it was written; one of more is shown as code.
const PLAIN_LINES_MAX: usize = 1_000;

/// Schemes that stay links.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "folkmoot"];

/// A message's text as a tree, in which these names are mentions. Never fails; a text that is too large to be a message,
/// makes too large a tree, or of which the tree would leave something out, is plain. A newline is a break, HTML and
/// images are no more than text and links.
pub fn parse(text: &str, names: &Names) -> Vec<Block> {
    if text.len() > TEXT_BYTES_MAX {
        return plain(text);
    }
    let (arena, prepared) = (Arena::new(), whole::prepared(text));
    let root = parse_document(&arena, &prepared, &options());
    let blocks = Reader { left: NODES_MAX }.blocks(root, 0);
    let blocks = blocks.filter(|blocks| whole::says(blocks, text)).unwrap_or_else(|| plain(text));
    naming::named(blocks, names, NODES_MAX).unwrap_or_else(|| plain(text))
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.autolink = true;
    options.extension.cjk_friendly_emphasis = true;
    options.parse.escaped_char_spans = true;
    options.parse.ignore_setext = true;
    options
}

/// One block that reads as the text does.
fn plain(text: &str) -> Vec<Block> {
    vec![match text.lines().nth(PLAIN_LINES_MAX) {
        Some(_) => Block::Code { language: String::new(), text: text.to_owned() },
        None => Block::Paragraph { inlines: lines(text) },
    }]
}

fn lines(all: &str) -> Vec<Inline> {
    let mut inlines = Vec::new();
    for (number, line) in all.trim_end().lines().enumerate() {
        if number > 0 {
            inlines.push(Inline::Break);
        }
        if !line.is_empty() {
            inlines.push(text(line));
        }
    }
    inlines
}

struct Reader {
    left: usize,
}

/// Each step answers `None` when the tree grows too large.
impl Reader {
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
            NodeValue::Paragraph => Block::Paragraph { inlines: self.inlines(node, depth + 1)? },
            NodeValue::Heading(heading) => match self.inlines(node, depth + 1)? {
                nothing if nothing.is_empty() => signs('#', heading.level),
                inlines => Block::Heading { level: heading.level, inlines },
            },
            NodeValue::BlockQuote => match self.blocks(node, depth + 1)? {
                nothing if nothing.is_empty() => signs('>', 1),
                blocks => Block::Quote { blocks },
            },
            NodeValue::CodeBlock(code) => Block::Code {
                language: whole::typed(&code.info),
                text: whole::typed(code.literal.strip_suffix('\n').unwrap_or(&code.literal)),
            },
            NodeValue::List(list) => {
                let first = (list.list_type == ListType::Ordered).then_some(list.start);
                let counted = |at| first.map(|first| first + at);
                let items = node.children().enumerate().map(|(at, item)| self.item(item, counted(at), depth + 1));
                Block::List { start: first.map(number), items: items.collect::<Option<_>>()? }
            }
            NodeValue::Table(_) => {
                Block::Table { rows: node.children().map(|row| self.row(row, depth + 1)).collect::<Option<_>>()? }
            }
            NodeValue::ThematicBreak => Block::Rule,
            NodeValue::HtmlBlock(html) => {
                let inlines = lines(&html.literal);
                self.spend(inlines.len())?;
                Block::Paragraph { inlines }
            }
            _ => Block::Paragraph { inlines: self.flat(node)? },
        })
    }

    /// An item; `counted` is its number in an ordered list, if each item there counts one more.
    fn item<'a>(&mut self, node: Node<'a>, counted: Option<usize>, depth: usize) -> Option<ListItem> {
        self.spend(1)?;
        let (numbered, checked) = match &node.data.borrow().value {
            NodeValue::Item(item) => (counted.and(Some(item.start)), None),
            NodeValue::TaskItem(task) => (counted, Some(task.symbol.is_some())),
            _ => return None,
        };
        Some(ListItem { number: numbered.map(number), checked, blocks: self.blocks(node, depth)? })
    }

    fn row<'a>(&mut self, node: Node<'a>, depth: usize) -> Option<Vec<Vec<Inline>>> {
        let cells = node.children().map(|cell| {
            self.spend(1)?;
            self.inlines(cell, depth)
        });
        cells.collect()
    }

    fn inlines<'a>(&mut self, parent: Node<'a>, depth: usize) -> Option<Vec<Inline>> {
        let mut inlines: Vec<Inline> = Vec::new();
        for node in parent.children() {
            self.spend(1)?;
            for inline in self.inline(node, depth)? {
                push(&mut inlines, inline);
            }
        }
        Some(inlines)
    }

    fn inline<'a>(&mut self, node: Node<'a>, depth: usize) -> Option<Vec<Inline>> {
        if depth >= DEPTH_MAX {
            return self.flat(node);
        }
        Some(match &node.data.borrow().value {
            NodeValue::Text(words) => vec![text(words)],
            // The sign means nothing, and both are shown.
            NodeValue::Escaped => [vec![text("\\")], self.inlines(node, depth + 1)?].concat(),
            NodeValue::SoftBreak | NodeValue::LineBreak => vec![Inline::Break],
            NodeValue::Code(code) => vec![Inline::Code { text: whole::typed(&code.literal) }],
            NodeValue::HtmlInline(html) => lines(html),
            NodeValue::Strong => vec![Inline::Strong { inlines: self.inlines(node, depth + 1)? }],
            NodeValue::Emph => vec![Inline::Emphasis { inlines: self.inlines(node, depth + 1)? }],
            NodeValue::Strikethrough => vec![Inline::Strike { inlines: self.inlines(node, depth + 1)? }],
            NodeValue::Link(link) => linked("[", link, self.inlines(node, depth + 1)?),
            NodeValue::Image(link) => linked("![", link, self.inlines(node, depth + 1)?),
            _ => self.flat(node)?,
        })
    }

    /// Everything that a node says, without its form. Walks, and does not recurse.
    fn flat<'a>(&mut self, node: Node<'a>) -> Option<Vec<Inline>> {
        let mut inlines = Vec::new();
        for node in node.descendants() {
            match &node.data.borrow().value {
                NodeValue::Text(words) => push(&mut inlines, text(words)),
                NodeValue::Escaped => push(&mut inlines, text("\\")),
                NodeValue::Code(code) => push(&mut inlines, text(&code.literal)),
                NodeValue::HtmlInline(html) => push(&mut inlines, text(html)),
                NodeValue::HtmlBlock(html) => inlines.extend(lines(&html.literal)),
                NodeValue::CodeBlock(code) => inlines.extend(lines(&code.literal)),
                NodeValue::SoftBreak | NodeValue::LineBreak => inlines.push(Inline::Break),
                _ => {}
            }
        }
        self.spend(inlines.len())?;
        Some(inlines)
    }
}

fn text(words: &str) -> Inline {
    Inline::Text { text: whole::typed(words) }
}

/// A block of which there is only the sign: it reads as that.
fn signs(sign: char, count: u8) -> Block {
    Block::Paragraph { inlines: vec![Inline::Text { text: sign.to_string().repeat(usize::from(count)) }] }
}

fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A link, and what is said beside it; as it was written where it may not lead.
fn linked(sign: &str, link: &NodeLink, mut inlines: Vec<Inline>) -> Vec<Inline> {
    let (href, title) = (whole::typed(&link.url), whole::typed(&link.title));
    let title = if title.is_empty() { title } else { format!(" \"{title}\"") };
    if leads(&href) {
        if inlines.is_empty() {
            inlines.push(text(&href));
        }
        return vec![Inline::Link { href, inlines }, text(&title)];
    }
    if inlines == [text(&href)] {
        return inlines;
    }
    let end = text(&format!("]({href}{title})"));
    [vec![text(sign)], inlines, vec![end]].concat()
}

/// Adds an inline; text that follows text is one text, so that a name is found across what the parser cut.
fn push(inlines: &mut Vec<Inline>, inline: Inline) {
    match (inlines.last_mut(), inline) {
        (_, Inline::Text { text }) if text.is_empty() => {}
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
mod properties;
#[cfg(test)]
mod tests;
