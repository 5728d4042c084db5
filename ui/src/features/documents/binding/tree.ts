// What a Yjs type holds, apart from its document: it can be put in again elsewhere, also once the type is deleted there.
import * as Y from "yjs";

/** One child of a fragment, or one insert of a text. */
export type Tree =
  | { name: string; attributes: Record<string, unknown>; children: Tree[] }
  | { delta: Inserted[] }
  | { hook: string; values: Record<string, unknown> };

/** Text with its attributes, or an embed. */
export interface Inserted {
  insert: string | object;
  attributes: Record<string, unknown>;
}

/** Any shared type, whatever its events are. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- Yjs declares it so: what its events are is different for each type
export type YType = Y.AbstractType<any>;

/** An item's id as text: it names a Yjs type for as long as its document lives. */
export const idOf = ({ id }: { id: Y.ID }): string => `${id.client}:${id.clock}`;

/** The type that an item holds, if it holds one. */
export function typeIn(item: Y.Item): YType | undefined {
  return item.content instanceof Y.ContentType ? (item.content.type as YType) : undefined;
}

/** A type's items in their order, by default those that are there. */
export function* items(type: YType, is = (item: Y.Item): boolean => !item.deleted): Generator<Y.Item> {
  for (let item = type._start; item !== null; item = item.right) if (is(item)) yield item;
}

/** A text's inserts, each with what its formatting is there. */
export function* inserts(
  text: YType,
  is?: (item: Y.Item) => boolean,
): Generator<{ item: Y.Item; attributes: Record<string, unknown> }> {
  let attributes: Record<string, unknown> = {};
  for (const item of items(text, is)) {
    if (item.content instanceof Y.ContentFormat) {
      const { key, value } = item.content;
      attributes = { ...attributes };
      if (value === null) delete attributes[key];
      else attributes[key] = value;
    } else if (item.countable) yield { item, attributes };
  }
}

/** The tree of a type that is there, or of what `is` says of one that is not. Undefined where Yjs has no XML type for it. */
export function treeOf(type: YType, is?: (item: Y.Item) => boolean): Tree | undefined {
  if (type instanceof Y.XmlText) {
    const delta = [...inserts(type, is)].flatMap(({ item, attributes }) =>
      contentOf(item).map((insert) => ({ insert, attributes })),
    );
    return { delta };
  }
  if (type instanceof Y.XmlHook) return { hook: type.hookName, values: type.toJSON() };
  if (!(type instanceof Y.XmlElement)) return undefined;
  const children = [...items(type, is)].flatMap((item) => (typeIn(item) ? (treeOf(typeIn(item)!, is) ?? []) : []));
  return { name: type.nodeName, attributes: attributesOf(type), children };
}

/** Its attributes, also those that were deleted with it as long as Yjs holds them. */
export function attributesOf(type: Y.XmlElement): Record<string, unknown> {
  return { ...(type.getAttributes() as Record<string, unknown>) };
}

function contentOf(item: Y.Item): (string | object)[] {
  const { content } = item;
  if (content instanceof Y.ContentString) return [content.str];
  if (content instanceof Y.ContentEmbed) return [content.embed as object];
  return [];
}

/** A new type with what the tree holds. */
export function grow(tree: Tree): Y.XmlElement | Y.XmlText | Y.XmlHook {
  if ("delta" in tree) {
    const text = new Y.XmlText();
    text.applyDelta(tree.delta, { sanitize: false });
    return text;
  }
  if ("hook" in tree) {
    const hook = new Y.XmlHook(tree.hook);
    for (const [key, value] of Object.entries(tree.values)) hook.set(key, value);
    return hook;
  }
  const element = new Y.XmlElement(tree.name);
  for (const [key, value] of Object.entries(tree.attributes)) element.setAttribute(key, value as string);
  element.insert(0, tree.children.map(grow) as Y.XmlElement[]);
  return element;
}
