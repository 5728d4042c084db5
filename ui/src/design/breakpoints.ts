// Where a layout changes. Styles say `@media (--sidebar-over)`; the build puts the width in (vite.config.ts), since no media query
// can read a custom property.

export const BREAKPOINTS = {
  /** The panel does not fit beside the main area, and lies over it. */
  "--panel-over": "(max-width: 1079px)",
  /** Nor does the sidebar. */
  "--sidebar-over": "(max-width: 759px)",
  /** The list of messages has no room for a whole toolbar. */
  "--messages-narrow": "(max-width: 559px)",
  /** A document has none for one of the usual size. */
  "--document-narrow": "(max-width: 480px)",
  /** The settings have none for a list of sections at their side. */
  "--settings-narrow": "(max-width: 719px)",
} as const;
