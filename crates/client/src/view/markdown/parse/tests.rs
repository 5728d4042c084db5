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
    check("a_b_c \\*d\\* :x:", vec![text("a_b_c \\*d\\* :x:")]);
}

#[test]
fn blocks_keep_their_form() {
    let paragraph = |words: &str| Block::Paragraph { inlines: vec![text(words)] };
    let item = |number, checked, words| ListItem { number, checked, blocks: vec![paragraph(words)] };
    assert_eq!(
        blocks("## Plan\n\n> said\n\n---\n\n```rust ignore\nlet x;\n```"),
        [
            Block::Heading { level: 2, inlines: vec![text("Plan")] },
            Block::Quote { blocks: vec![paragraph("said")] },
            Block::Rule,
            Block::Code { language: "rust ignore".into(), text: "let x;".into() },
        ]
    );
    assert_eq!(
        blocks("3. a\n7. b\n\n- [ ] c\n- [x] d"),
        [
            Block::List { start: Some(3), items: vec![item(Some(3), None, "a"), item(Some(7), None, "b")] },
            Block::List { start: None, items: vec![item(None, Some(false), "c"), item(None, Some(true), "d")] },
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
        for shown in [format!("[a]({hostile})"), format!("![a]({hostile})")] {
            check(&shown, vec![text(&shown)]);
        }
    }
    check("[a](<java\tscript:x>)", vec![text("[a](java\tscript:x)")]);
    check("[a](&#106;avascript:x)", vec![text("[a](&#106;avascript:x)")]);
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
fn no_line_vanishes() {
    let same = |source: &str| {
        let lines = source.lines().flat_map(|line| [Inline::Break, text(line)]).skip(1);
        check(source, lines.collect());
    };
    same("[a]: https_example");
    same("[Ana]: slides\n[Bo]: notes");
    same("[a\nb]: /url 'title'");
    same("&nbsp;&#8203; AT&amp;T &#x41;");
    same("#");
    same(">");
    same("-");
    same("```");
    same("xs[i](j) is f(x)");
    same("one\\\ntwo");
    same("total\n===");
    let words = |text: &str| plain_text(&blocks(text), 1_000);
    assert_eq!(
        words("Who does what:\n\n[Ana]: slides\n[Bo]: http://build.example/42"),
        "Who does what: [Ana]: slides [Bo]: http://build.example/42"
    );
    assert_eq!(words("> - [a]: b"), "[a]: b");
    assert_eq!(words("a <!-- hidden --> b\n\n<!-- all\nof it -->"), "a <!-- hidden --> b <!-- all of it -->");
    assert_eq!(words("| a |\n|---|\n| b | lost |"), "| a | |---| | b | lost |");
    assert_eq!(words("007. comes back"), "007. comes back");
    assert_eq!(words("[a](https://example.org \"and a title\")"), "a \"and a title\"");
    assert_eq!(
        blocks("```hello there\nworld```"),
        [Block::Code { language: "hello there".into(), text: "world```".into() }]
    );
    check(&"x".repeat(TEXT_BYTES_MAX + 1), vec![text(&"x".repeat(TEXT_BYTES_MAX + 1))]);
}

#[test]
fn backslashes_are_shown_and_take_a_sign_its_meaning() {
    for source in [r"D:\team\_old\#1 and \\server\share ¯\_(ツ)_/¯", r"\*no\* \`code\` \[a](b)", r"\# no heading"] {
        check(source, vec![text(source)]);
    }
}

#[test]
fn emphasis_and_addresses_end_as_people_write_them() {
    let strong = |words: &str| Inline::Strong { inlines: vec![text(words)] };
    let link = |href: &str| Inline::Link { href: href.into(), inlines: vec![text(href)] };
    check("**会议改到周三（下午）。**请准时到。", vec![strong("会议改到周三（下午）。"), text("请准时到。")]);
    check("これは**「重要」**です", vec![text("これは"), strong("「重要」"), text("です")]);
    check(
        "看https://example.org/a。然后（https://example.org/b）谢谢",
        vec![
            text("看"),
            link("https://example.org/a"),
            text("。然后（"),
            link("https://example.org/b"),
            text("）谢谢"),
        ],
    );
    check("“https://example.org/c”、“x”", vec![text("“"), link("https://example.org/c"), text("”、“x”")]);
    check("https://zh.example.org/北京", vec![link("https://zh.example.org/北京")]);
    check("https://example.org/?a=1&b=2", vec![link("https://example.org/?a=1&b=2")]);
    let href = "https://example.org/（b）".to_owned();
    check("[a](https://example.org/（b）)", vec![Inline::Link { href, inlines: vec![text("a")] }]);
    check("`https://example.org/a。b`", vec![Inline::Code { text: "https://example.org/a。b".into() }]);
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
