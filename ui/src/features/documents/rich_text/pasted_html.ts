// HTML from other programs, made into what a rich text has before it is read: rows of a table become lines with their cells
// apart, and paragraphs that a word processor calls items of a list become that list, without the bullets that it wrote
// into their text. Only elements are moved: nothing is parsed or run here.
import { DOMParser, type ParseOptions, type Schema, type Slice } from "@tiptap/pm/model";

/** Stands between two cells of a row. */
const BETWEEN_CELLS = " | ";

const BLOCKS = "p, div, h1, h2, h3, h4, h5, h6, ul, ol, li, pre, blockquote, table, section, article";

/** Reads the clipboard. */
export class PastedParser extends DOMParser {
  constructor(schema: Schema) {
    super(schema, DOMParser.fromSchema(schema).rules);
  }

  override parseSlice(dom: Node, options?: ParseOptions): Slice {
    if (dom instanceof Element) {
      lists(dom);
      tables(dom);
    }
    return super.parseSlice(dom, options);
  }
}

/** Inner tables first. */
function tables(dom: Element): void {
  for (const table of [...dom.querySelectorAll("table")].reverse()) {
    const rows = [...table.rows];
    table.replaceWith(
      ...(rows.every(({ cells }) => cells.length < 2)
        ? rows.flatMap(({ cells }) => [...cells].flatMap((cell) => [...cell.childNodes]))
        : rows.map((row) => line([...row.cells]))),
    );
  }
  // A part of a table: whoever parsed the clipboard has left out what was around it.
  for (const row of dom.querySelectorAll("tr")) row.replaceWith(line([...row.children]));
  if (dom.matches("tr")) dom.replaceChildren(line([...dom.children]));
}

function line(cells: Element[]): Element {
  const paragraph = cells[0]?.ownerDocument.createElement("p") ?? document.createElement("p");
  cells.forEach((cell, at) => {
    if (at > 0) paragraph.append(BETWEEN_CELLS);
    for (const end of cell.querySelectorAll("br")) end.replaceWith(" ");
    for (const block of [...cell.querySelectorAll(BLOCKS)].reverse()) block.replaceWith(...block.childNodes, " ");
    trim(cell);
    paragraph.append(...cell.childNodes);
  });
  return paragraph;
}

/** Takes the space at both ends. */
function trim(cell: Element): void {
  for (const [end, cut] of [
    ["firstChild", (text: string) => text.trimStart()],
    ["lastChild", (text: string) => text.trimEnd()],
  ] as const)
    for (let node = cell[end]; node?.nodeType === Node.TEXT_NODE; node = cell[end]) {
      node.textContent = cut(node.textContent ?? "");
      if (node.textContent !== "") break;
      node.remove();
    }
}

interface Item {
  paragraph: Element;
  level: number;
  /** The bullet or number that stood in the text. */
  sign: string;
}

/** As Word says it: `mso-list: l0 level1 lfo1` on a paragraph, and `mso-list: Ignore` on the sign in it. */
function lists(dom: Element): void {
  const items = [...dom.querySelectorAll("[style*='mso-list']")].flatMap((paragraph): Item[] => {
    const level = /mso-list:\s*\S+\s+level(\d+)/i.exec(paragraph.getAttribute("style") ?? "")?.[1];
    return level ? [{ paragraph, level: Math.min(Number(level), 9), sign: signOf(paragraph) }] : [];
  });
  let open: { list: Element; level: number }[] = [];
  let last: Element | undefined;
  for (const { paragraph, level, sign } of items) {
    if (!last || before(paragraph) !== last) open = [];
    while (open.length > 0 && open.at(-1)!.level > level) open.pop();
    const number = /^\(?(\d+|[a-z]{1,4})[.)]/i.exec(sign)?.[1];
    const tag = number ? "OL" : "UL";
    if (open.at(-1)?.level === level && open.at(-1)!.list.tagName !== tag) open.pop();
    if (open.at(-1)?.level !== level) {
      const list = paragraph.ownerDocument.createElement(tag);
      if (Number(number) > 1) list.setAttribute("start", number!);
      const around = open.at(-1)?.list.lastElementChild;
      if (around) around.append(list);
      else paragraph.before(list);
      open.push({ list, level });
    }
    const item = paragraph.ownerDocument.createElement("li");
    open.at(-1)!.list.append(item);
    item.append(paragraph);
    last = open[0]!.list;
  }
}

/** The element before this one, if no text is between them. */
function before(element: Element): Element | undefined {
  let node = element.previousSibling;
  while (
    node &&
    (node.nodeType === Node.COMMENT_NODE || (node.nodeType === Node.TEXT_NODE && node.textContent?.trim() === ""))
  )
    node = node.previousSibling;
  return node instanceof Element ? node : undefined;
}

/** Takes the sign out of the text. */
function signOf(paragraph: Element): string {
  const marked = [...paragraph.querySelectorAll("[style*='mso-list']")].find((element) =>
    /mso-list:\s*ignore/i.test(element.getAttribute("style") ?? ""),
  );
  const sign = marked?.textContent ?? "";
  marked?.remove();
  return marked ? sign.trim() : betweenComments(paragraph);
}

/** Where only comments tell it: `[if !supportLists]` … `[endif]`. */
function betweenComments(paragraph: Element): string {
  const nodes = [...paragraph.childNodes];
  const is = (node: Node, what: RegExp) => node.nodeType === Node.COMMENT_NODE && what.test(node.textContent ?? "");
  const from = nodes.findIndex((node) => is(node, /if !supportLists/));
  const to = nodes.findIndex((node, at) => at > from && is(node, /endif/));
  if (from < 0 || to < 0) return "";
  const within = nodes.slice(from + 1, to);
  for (const node of within) (node as ChildNode).remove();
  return within
    .map(({ textContent }) => textContent)
    .join("")
    .trim();
}
