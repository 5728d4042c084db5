// What is at the place where the person is: what actions are about, and what a key is for. Screens say what they show, and
// elements what they are; who acts asks here and needs to know neither.
import type { Attachment } from "svelte/attachments";
import type { Session } from "./session.svelte";

/** What an action can be about, by kind. A feature adds its own by declaring this interface of this module again. */
export interface Subjects {
  /** The whole window. */
  window: Session;
}

export type Kind = keyof Subjects;

const elements = new WeakMap<Element, () => Partial<Subjects>>();
let shown: readonly Partial<Subjects>[] = [];

/** `{@attach subject(…)}`: an element is this. */
export const subject =
  (of: () => Partial<Subjects>): Attachment =>
  (element) => {
    elements.set(element, of);
    return () => elements.delete(element);
  };

/** What this very element is. */
export const subjectOf = (element: EventTarget | null): Partial<Subjects> => elements.get(element as Element)?.() ?? {};

/** A screen shows this, until what is returned is called. */
export function show(subjects: Partial<Subjects>): () => void {
  shown = [...shown, subjects];
  return () => (shown = shown.filter((one) => one !== subjects));
}

/** What the screens show, and what this element and those around it are: the nearest counts. */
export function subjectsAt(element: Element | null): Partial<Subjects> {
  const around: Partial<Subjects>[] = [];
  for (let one = element; one; one = one.parentElement) around.unshift(subjectOf(one));
  return Object.assign({}, ...shown, ...around) as Partial<Subjects>;
}
