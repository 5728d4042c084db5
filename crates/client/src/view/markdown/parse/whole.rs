//! That the tree says all that the text does. What the parser would take for its own, and not show, is kept from it by
//! marks that nobody sees; and whether anything is missing all the same is looked at in the end.

use super::{Block, Inline};

/// Nobody's character, by Unicode: where it stands the parser sees no sign of its own.
const MARK: char = '\u{fdd0}';

/// All of such signs that we use.
const MARKS: [char; 2] = [MARK, '\u{fdd1}'];

/// White space to the parser, before which an address ends; a tab that the person typed has no such sign after it.
const CUT: &str = "\t\u{fdd1}";

/// The longest name of a character is `&CounterClockwiseContourIntegral;`.
const ENTITY_BYTES_MAX: usize = 34;

/// The text as the parser is to see it:
///
/// - `[a]: b` at the start of a line defines no link: it would vanish.
/// - `&amp;` is what was typed.
/// - A backslash at the end of a line is one.
/// - An address that is not in brackets ends where a sentence of any script does, also without a space.
pub fn prepared(text: &str) -> String {
    let defines_until = text.rfind("]:").unwrap_or(0);
    let mut prepared = String::with_capacity(text.len() + 16);
    let (mut starts, mut address) = (true, false);
    for (at, char) in text.char_indices() {
        let rest = &text[at..];
        if starts && char == '[' && at < defines_until && !is_box(rest) {
            prepared.push(MARK);
        }
        starts = char == '\n' || (starts && is_container(char));
        if char.is_ascii_whitespace() {
            address = false;
        } else if address && ends_address(char) {
            address = false;
            prepared.push_str(CUT);
        } else if !address && (rest.starts_with("://") || rest.starts_with("www.")) {
            address = !is_bracketed(&text[..at]);
        }
        prepared.push(char);
        let after = &rest[char.len_utf8()..];
        if (char == '&' && is_entity(after)) || (char == '\\' && (after.starts_with('\n') || after.starts_with("\r\n")))
        {
            prepared.push(MARK);
        }
    }
    prepared
}

/// As it was typed, without our marks.
pub fn typed(prepared: &str) -> String {
    prepared.replace(CUT, "").replace(MARKS, "")
}

/// May it stand before what a line says: in a quotation, a list, or indented?
fn is_container(char: char) -> bool {
    char.is_ascii_digit() || matches!(char, ' ' | '\t' | '>' | '-' | '*' | '+' | '.' | ')')
}

/// The box of a task.
fn is_box(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    matches!(chars.next(), Some(' ' | 'x' | 'X')) && chars.next() == Some(']') && chars.next() != Some(':')
}

/// Does what follows an `&` name a character?
fn is_entity(after: &str) -> bool {
    let name = after.strip_prefix('#').unwrap_or(after).as_bytes();
    let length = name.iter().take(ENTITY_BYTES_MAX).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    length > 0 && name.get(length) == Some(&b';')
}

/// Does a link's target or `<` begin here, which says itself where the address ends? `before` ends within the address,
/// before `://` or `www.`.
fn is_bracketed(before: &str) -> bool {
    let before = before.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    before.ends_with('<') || before.trim_end_matches([' ', '\t']).ends_with("](")
}

/// Signs between sentences and around words that belong to no address, by their blocks in Unicode. The parser knows
/// those of ASCII.
fn ends_address(char: char) -> bool {
    matches!(char,
        '\u{ab}' | '\u{bb}' // « »
        | '\u{589}' | '\u{60c}' | '\u{61b}' | '\u{61f}' | '\u{6d4}' // Armenian, Arabic
        | '\u{964}' | '\u{965}' | '\u{104a}' | '\u{104b}' | '\u{1362}'..='\u{1368}' // of India, Burmese, Ethiopic
        | '\u{2018}'..='\u{201f}' | '\u{2026}' | '\u{2039}' | '\u{203a}' // quotation marks, …
        | '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' | '\u{3030}' | '\u{30fb}' // of Chinese and Japanese
        | '\u{fe10}'..='\u{fe19}' | '\u{fe30}'..='\u{fe6b}' // for vertical lines, small
        | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}' // wide
    )
}

/// Does the tree say every letter, number and sign beyond ASCII of the text, in their order? Of ASCII signs many are
/// form. And does it say anything at all, if the text does?
pub fn says(blocks: &[Block], text: &str) -> bool {
    let mut said = Said::default();
    said.blocks(blocks);
    let mut letters = said.letters.chars();
    let says_anything = said.anything || text.trim().is_empty();
    says_anything && text.chars().filter(counts).all(|wanted| letters.any(|char| char == wanted))
}

fn counts(char: &char) -> bool {
    char.is_alphanumeric() || !(char.is_ascii() || char.is_whitespace() || char.is_control() || MARKS.contains(char))
}

/// What a tree says.
#[derive(Default)]
struct Said {
    letters: String,
    anything: bool,
}

/// Recurses as deep as the tree, which the reader bounds.
impl Said {
    fn say(&mut self, text: &str) {
        self.anything |= !text.trim().is_empty();
        self.letters.extend(text.chars().filter(counts));
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Paragraph { inlines } | Block::Heading { inlines, .. } => self.inlines(inlines),
                Block::Quote { blocks } => self.blocks(blocks),
                Block::Code { language, text } => {
                    self.say(language);
                    self.say(text);
                }
                Block::List { items, .. } => {
                    for item in items {
                        if let Some(number) = item.number {
                            self.letters.push_str(&number.to_string());
                        }
                        if item.checked == Some(true) {
                            self.letters.push_str("xX");
                        }
                        self.blocks(&item.blocks);
                    }
                }
                Block::Table { rows } => rows.iter().flatten().for_each(|cell| self.inlines(cell)),
                Block::Rule => self.anything = true,
            }
        }
    }

    fn inlines(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            match inline {
                Inline::Text { text } | Inline::Code { text } => self.say(text),
                Inline::Strong { inlines } | Inline::Emphasis { inlines } | Inline::Strike { inlines } => {
                    self.inlines(inlines);
                }
                Inline::Link { href, inlines } => {
                    self.inlines(inlines);
                    self.say(href);
                }
                Inline::Mention { name, .. } => self.say(name),
                Inline::Break => {}
            }
        }
    }
}
