//! What texts become, and that no text can hurt.

use super::*;
use crate::view::markdown::plain_text;
use folkmoot_model::id::PersonId;
use std::time::{Duration, Instant};

const ANA: PersonId = PersonId([1; 16]);

fn blocks(text: &str) -> Vec<Block> {
    parse(text, &Names::of([(ANA, "Ana")], Some(ANA)))
}

fn text(text: &str) -> Inline {
    Inline::Text { text: text.into() }
}

/// One paragraph of these inlines.
fn check(source: &str, inlines: Vec<Inline>) {
    assert_eq!(blocks(source), [Block::Paragraph { inlines }], "{source}");
}

#[test]
fn inlines_keep_their_form() {
    let bold = || vec![text("b")];
    check(
        "a **b** *b* ~~b~~ `b`",
        vec![
            text("a "),
            Inline::Strong { inlines: bold() },
            text(" "),
            Inline::Emphasis { inlines: bold() },
            text(" "),
            Inline::Strike { inlines: bold() },
            text(" "),
            Inline::Code { text: "b".into() },
        ],
    );
    check("one\ntwo  \nthree", vec![text("one"), Inline::Break, text("two"), Inline::Break, text("three")]);
    check("a_b_c \\*d\\* :x:", vec![text("a_b_c *d* :x:")]);
}

#[test]
fn blocks_keep_their_form() {
    let paragraph = |words: &str| Block::Paragraph { inlines: vec![text(words)] };
    let item = |checked, words| ListItem { checked, blocks: vec![paragraph(words)] };
    assert_eq!(
        blocks("## Plan\n\n> said\n\n---\n\n```rust ignore\nlet x;\n```"),
        [
            Block::Heading { level: 2, inlines: vec![text("Plan")] },
            Block::Quote { blocks: vec![paragraph("said")] },
            Block::Rule,
            Block::Code { language: "rust".into(), text: "let x;".into() },
        ]
    );
    assert_eq!(
        blocks("3. a\n4. b\n\n- [ ] c\n- [x] d"),
        [
            Block::List { start: Some(3), items: vec![item(None, "a"), item(None, "b")] },
            Block::List { start: None, items: vec![item(Some(false), "c"), item(Some(true), "d")] },
        ]
    );
    assert_eq!(
        blocks("| a | b |\n|---|---|\n| c |"),
        [Block::Table { rows: vec![vec![vec![text("a")], vec![text("b")]], vec![vec![text("c")], vec![]]] }]
    );
    assert_eq!(blocks(""), []);
    assert_eq!(blocks(" \n "), []);
}

#[test]
fn only_known_schemes_are_links() {
    let link = |href: &str, words: &str| Inline::Link { href: href.into(), inlines: vec![text(words)] };
    check("[a](https://example.org/x)", vec![link("https://example.org/x", "a")]);
    check("[a](folkmoot://r/1)", vec![link("folkmoot://r/1", "a")]);
    check("https://example.org", vec![link("https://example.org", "https://example.org")]);
    check("ana@example.org", vec![link("mailto:ana@example.org", "ana@example.org")]);
    check("[](HTTPS://example.org)", vec![link("HTTPS://example.org", "HTTPS://example.org")]);
    check("![cat](https://example.org/cat.png)", vec![link("https://example.org/cat.png", "cat")]);
    let hostile = ["javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "file:///etc", "/etc", "vbscript:x"];
    for hostile in hostile {
        check(&format!("[a]({hostile})"), vec![text("a")]);
        check(&format!("![a]({hostile})"), vec![text("a")]);
    }
    check("[a](<java\tscript:x>)", vec![text("a")]);
    check("[a](&#106;avascript:x)", vec![text("a")]);
}

#[test]
fn html_is_text() {
    check("<b>hi</b> <img src=x onerror=y>", vec![text("<b>hi</b> <img src=x onerror=y>")]);
    check(
        "<script>\nalert(1)\n</script>",
        vec![text("<script>"), Inline::Break, text("alert(1)"), Inline::Break, text("</script>")],
    );
}

#[test]
fn a_name_is_a_mention_but_not_in_code_or_links() {
    let ana = |name: &str| Inline::Mention { person: ANA, name: name.into(), me: true };
    check("@ana: hi", vec![ana("ana"), text(": hi")]);
    check("**@Ana**", vec![Inline::Strong { inlines: vec![ana("Ana")] }]);
    check("`@Ana`", vec![Inline::Code { text: "@Ana".into() }]);
    let href = "https://example.org".to_owned();
    check("[@Ana](https://example.org)", vec![Inline::Link { href, inlines: vec![text("@Ana")] }]);
    check("<b>@Ana</b>", vec![text("<b>"), ana("Ana"), text("</b>")]);
}

#[test]
fn no_text_vanishes() {
    check("[a]: https://example.org", vec![text("[a]: https://example.org")]);
    check(&"x".repeat(TEXT_BYTES_MAX + 1), vec![text(&"x".repeat(TEXT_BYTES_MAX + 1))]);
}

fn depth(blocks: &[Block]) -> usize {
    let below = blocks.iter().map(|block| match block {
        Block::Quote { blocks } => depth(blocks),
        Block::List { items, .. } => items.iter().map(|item| depth(&item.blocks)).max().unwrap_or(0),
        Block::Paragraph { inlines } | Block::Heading { inlines, .. } => inline_depth(inlines),
        _ => 0,
    });
    1 + below.max().unwrap_or(0)
}

fn inline_depth(inlines: &[Inline]) -> usize {
    let below = inlines.iter().map(|inline| match inline {
        Inline::Strong { inlines }
        | Inline::Emphasis { inlines }
        | Inline::Strike { inlines }
        | Inline::Link { inlines, .. } => inline_depth(inlines),
        _ => 0,
    });
    1 + below.max().unwrap_or(0)
}

/// As long as a message may be.
fn filled(piece: &str) -> String {
    piece.repeat(TEXT_BYTES_MAX / piece.len())
}

#[test]
fn hostile_texts_make_small_trees_soon() {
    let table = format!("{}\n{}\n{}", "|a".repeat(4_000), "|-".repeat(4_000), "a\n".repeat(10_000));
    let quotes = format!("{}\n", ">".repeat(199)).repeat(200);
    let lists: String = (0..250).map(|depth| format!("{}- x\n", " ".repeat(depth))).collect();
    let mut texts = vec![table, quotes, lists];
    let pieces = [
        ">",
        "> ",
        "[",
        "![",
        "*",
        "_",
        "**a ",
        "*a **b ",
        "~",
        "`",
        "`a``",
        "<",
        "<!--",
        "<a ",
        "|",
        "|-",
        "|-\n",
        "- ",
        "1. ",
        "\n- ",
        "#",
        "&",
        "&#0;",
        "\\",
        "@",
        "@ana ",
        "www.",
        "http://",
        "a@",
        "a@b.c ",
        "]",
        "](",
        "[a](",
        "[a][",
        "[a]: b\n",
        "\n",
        "\t",
        "\u{0}",
        "\u{202e}",
        "> - ",
        "***bold***",
        "a**b",
        "_a",
        "=\n",
        "x\n-\n",
    ];
    texts.extend(pieces.iter().map(|piece| filled(piece)));
    texts.extend(pieces.iter().map(|piece| format!("{}a{}", filled(piece), "]".repeat(10))));
    texts.push(format!("{}a{}", "[".repeat(13_000), "](u)".repeat(6_700)));
    texts.push(format!("{}a{}", "*".repeat(19_000), "*".repeat(19_000)));
    texts.push(format!("{}a{}", "*a _b ".repeat(3_000), "_ *".repeat(3_000)));
    texts.push(format!("{}a{}", "**a ~~b ".repeat(2_000), "~~ **".repeat(2_000)));
    for mut hostile in texts {
        hostile.truncate(TEXT_BYTES_MAX);
        let shown: String = hostile.chars().take(30).collect();
        let begun = Instant::now();
        let parsed = blocks(&hostile);
        let lasted = begun.elapsed();
        assert!(depth(&parsed) <= DEPTH_MAX + 3, "{shown:?} is {} deep", depth(&parsed));
        assert!(plain_text(&parsed, 100).chars().count() <= 101);
        // Generous: unoptimised, on a busy machine. What is quadratic takes minutes.
        assert!(lasted < Duration::from_secs(5), "{shown:?} took {lasted:?}");
        let bytes = serde_json::to_string(&parsed).unwrap().len();
        assert!(bytes < 12 * TEXT_BYTES_MAX, "{shown:?} crosses as {bytes} bytes");
    }
}
