// The languages of a code document, each loaded when it is first shown. A document's language follows its title's
// ending; a person may look at it in another, which changes nothing for others.
import type { LanguageSupport } from "@codemirror/language";

export interface Language {
  name: string;
  endings: string[];
  load: () => Promise<LanguageSupport>;
}

export const languages: Language[] = [
  { name: "CSS", endings: ["css"], load: async () => (await import("@codemirror/lang-css")).css() },
  {
    name: "HTML",
    endings: ["html", "htm", "svelte"],
    load: async () => (await import("@codemirror/lang-html")).html(),
  },
  {
    name: "JavaScript",
    endings: ["js", "mjs", "cjs", "jsx"],
    load: async () => (await import("@codemirror/lang-javascript")).javascript({ jsx: true }),
  },
  { name: "JSON", endings: ["json"], load: async () => (await import("@codemirror/lang-json")).json() },
  {
    name: "Markdown",
    endings: ["md", "markdown"],
    load: async () => (await import("@codemirror/lang-markdown")).markdown(),
  },
  { name: "Python", endings: ["py"], load: async () => (await import("@codemirror/lang-python")).python() },
  { name: "Rust", endings: ["rs"], load: async () => (await import("@codemirror/lang-rust")).rust() },
  { name: "SQL", endings: ["sql"], load: async () => (await import("@codemirror/lang-sql")).sql() },
  {
    name: "TypeScript",
    endings: ["ts", "mts", "tsx"],
    load: async () => (await import("@codemirror/lang-javascript")).javascript({ typescript: true, jsx: true }),
  },
];

/** By the title's ending; undefined for plain text. */
export function languageOf(title: string): Language | undefined {
  const ending = /\.([a-z0-9]+)$/i.exec(title.trim())?.[1]?.toLowerCase();
  return languages.find((language) => ending !== undefined && language.endings.includes(ending));
}
