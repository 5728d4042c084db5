// How everything in this package is formatted. Whatever is not said is Prettier's own choice.
export default {
  printWidth: 120,
  // A checkout may have changed the ends of lines.
  endOfLine: "auto",
  plugins: ["prettier-plugin-svelte"],
  overrides: [{ files: "*.svelte", options: { parser: "svelte" } }],
};
