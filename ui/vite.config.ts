// How the UI is built, served for development and tested. The CSP of `preview` is that of the release build.
import { readFileSync } from "node:fs";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { BREAKPOINTS } from "./src/design/breakpoints.ts";

const { version } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8")) as { version: string };

/** The release build's CSP; a preview adds the development socket and the nonce that Tauri would add. */
const csp = [
  "default-src 'self'",
  "connect-src 'self' ipc: http://ipc.localhost ws://127.0.0.1:*",
  "img-src 'self' data: blob:",
  "style-src 'self' 'nonce-preview'",
  "style-src-attr 'unsafe-inline'",
  "script-src 'self'",
  "object-src 'none'",
].join("; ");

/** Lucide builds each icon in the window, attribute by attribute, through a component that can do more than we ask. Here
 *  it is drawn once, into a template: a third of the weight, and nothing to keep per icon but its element. */
const icons: Plugin = {
  name: "icons",
  enforce: "pre",
  transform: {
    filter: { id: /@lucide\/svelte\/dist\/icons\/[\w-]+\.svelte$/ },
    handler(source, id) {
      const data = /const iconData = (\{.*\});/.exec(source)?.[1];
      if (!data) throw new Error(`${id} holds no icon`);
      const { node } = JSON.parse(data) as { node: [tag: string, attributes: Record<string, string>][] };
      const attributes = (all: Record<string, string>) =>
        Object.entries(all)
          .map(([name, value]) => ` ${name}="${value}"`)
          .join("");
      const drawn = node.map(([tag, all]) => `<${tag}${attributes(all)} />`).join("");
      return `<script lang="ts">let { size = 24, strokeWidth = 2 } = $props();</script>
<svg width={size} height={size} stroke-width={strokeWidth} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${drawn}</svg>`;
    },
  },
};

/** Named breakpoints in styles. */
const breakpoints: Plugin = {
  name: "breakpoints",
  enforce: "pre",
  transform: {
    filter: { id: /\/src\/.*\.(svelte|css)$/, code: "(--" },
    handler(source) {
      return source.replace(/(@(?:media|container)[^{]*)\((--[\w-]+)\)/g, (_, before: string, name: string) => {
        if (!(name in BREAKPOINTS)) throw new Error(`${name} is no breakpoint`);
        return before + BREAKPOINTS[name as keyof typeof BREAKPOINTS];
      });
    },
  },
};

export default defineConfig({
  plugins: [
    icons,
    breakpoints,
    svelte(),
    {
      // Tauri gives the one <style> of index.html a nonce; a preview has to do so by itself.
      name: "preview-nonce",
      apply: (_, { isPreview }) => isPreview === true,
      configurePreviewServer(server) {
        server.middlewares.use((request, response, next) => {
          if (request.url !== "/" && !request.url?.startsWith("/?") && !request.url?.startsWith("/index.html"))
            return next();
          const html = readFileSync(new URL("./dist/index.html", import.meta.url), "utf8");
          response.setHeader("content-type", "text/html");
          response.setHeader("content-security-policy", csp);
          response.end(html.replace('<style id="nonce">', '<style id="nonce" nonce="preview">'));
        });
      },
    },
  ],
  build: {
    assetsInlineLimit: 0,
    target: "safari16.4",
    cssTarget: "safari16.4",
    manifest: true,
    // Chunks lie on the disk, and frame/preload.ts fetches them: lists of what each needs would only weigh on the shell.
    modulePreload: false,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      // What Svelte keeps there are classes; the package does not say that importing them does nothing.
      treeshake: { moduleSideEffects: [{ test: /svelte[\\/]src[\\/]reactivity[\\/]/, sideEffects: false }] },
      // All that the first screen needs is one file.
      output: { codeSplitting: { groups: [{ name: "shell", tags: ["$initial"] }] } },
    },
  },
  define: { "import.meta.env.VERSION": JSON.stringify(version) },
  server: { host: "127.0.0.1", port: 5199 },
  preview: { host: "127.0.0.1", port: 5198, headers: { "content-security-policy": csp } },
  resolve: process.env["VITEST"] ? { conditions: ["browser"] } : {},
  test: { environment: "jsdom", include: ["src/**/*.test.ts", "tests/*.test.ts"], setupFiles: ["tests/setup.ts"] },
});
