// What this version cannot edit, as the editor shows it: a mark that it lacks leaves its text as it is, a block or an
// inline element becomes a placeholder with the text that it holds. `ref` is the id of the Yjs type, which stays.
import { Mark, Node } from "@tiptap/core";
import { words } from "../../../words/documents";

export const FOREIGN = { block: "foreignBlock", inline: "foreignInline", mark: "foreignMark" } as const;

/** How much of a foreign name is shown. */
const NAME_MOST = 40;

/** Marks of other editors that are shown as what they mean; the rest is shown as plain text. */
const SHOWN = new Set(["underline", "highlight", "superscript", "subscript"]);

const attributes = () => ({
  ref: { default: "", parseHTML: (element: HTMLElement) => element.dataset["ref"] ?? "" },
  kind: { default: "", parseHTML: (element: HTMLElement) => element.dataset["kind"] ?? "" },
  text: { default: "", parseHTML: (element: HTMLElement) => element.querySelector(".foreign-text")?.textContent ?? "" },
  /** Is it an embed of a text, and no element beside one? */
  embed: { default: false, parseHTML: (element: HTMLElement) => element.dataset["embed"] === "" },
});

const shown = (tag: "div" | "span", { attrs }: { attrs: Record<string, unknown> }) =>
  [
    tag,
    {
      class: "foreign",
      "data-foreign": "",
      "data-ref": attrs["ref"],
      "data-kind": attrs["kind"],
      ...(attrs["embed"] ? { "data-embed": "" } : {}),
    },
    [
      "span",
      { class: "foreign-kind" },
      words[tag === "div" ? "foreign" : "foreignInline"](String(attrs["kind"]).slice(0, NAME_MOST)),
    ],
    ["span", { class: "foreign-text" }, String(attrs["text"])],
  ] as const;

export const ForeignBlock = Node.create({
  name: FOREIGN.block,
  group: "block",
  atom: true,
  addAttributes: attributes,
  parseHTML: () => [{ tag: "div[data-foreign]" }],
  renderHTML: ({ node }) => shown("div", node),
  renderText: ({ node }) => String(node.attrs["text"]),
});

export const ForeignInline = Node.create({
  name: FOREIGN.inline,
  group: "inline",
  inline: true,
  atom: true,
  addAttributes: attributes,
  parseHTML: () => [{ tag: "span[data-foreign]" }],
  renderHTML: ({ node }) => shown("span", node),
  renderText: ({ node }) => String(node.attrs["text"]),
});

export const ForeignMark = Mark.create({
  name: FOREIGN.mark,
  excludes: "",
  addAttributes: () => ({ key: { default: "", rendered: false }, value: { default: null, rendered: false } }),
  renderHTML: ({ mark }) => ["span", SHOWN.has(mark.attrs["key"]) ? { "data-mark": mark.attrs["key"] } : {}, 0],
});
