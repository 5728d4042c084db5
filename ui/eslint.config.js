// What is looked for in the code besides types and format. A rule that is off says why.
import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import { defineConfig } from "eslint/config";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

export default defineConfig(
  // Built, or generated from the Rust types.
  { ignores: ["dist/", "src/ipc/types/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  js.configs.recommended,
  // It does not count `this.#timer ??= …` as a use.
  { rules: { "no-unused-private-class-members": "off" } },
  {
    files: ["**/*.ts", "**/*.svelte"],
    extends: [ts.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, extraFileExtensions: [".svelte"] } },
    rules: {
      // A promise that nobody waits for is marked with `void`, so that one is not forgotten by mistake.
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  svelte.configs.recommended,
  // What only concerns format is Prettier's.
  svelte.configs.prettier,
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      // Properties are taken by `let`, as Svelte's documentation does: svelte/prefer-const knows that.
      "prefer-const": "off",
      "svelte/prefer-const": "error",
      // It takes the reason that stands behind a warning's code for further codes.
      "svelte/no-unused-svelte-ignore": "off",
      // What a function fills and gives back needs no reactivity, and a SvelteMap costs it.
      "svelte/prefer-svelte-reactivity": "off",
    },
  },
);
