// How the UI is built, served for development and tested. The CSP of `preview` is that of the release build.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

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

export default defineConfig({
  plugins: [
    svelte(),
    {
      // Tauri gives the one <style> of index.html a nonce; a preview has to do so by itself.
      name: "preview-nonce",
      apply: (_, { isPreview }) => isPreview === true,
      configurePreviewServer(server) {
        server.middlewares.use((request, response, next) => {
          if (request.url !== "/" && !request.url?.startsWith("/?") && !request.url?.startsWith("/index.html")) return next();
          void import("node:fs").then(({ readFileSync }) => {
            const html = readFileSync(new URL("./dist/index.html", import.meta.url), "utf8");
            response.setHeader("content-type", "text/html");
            response.setHeader("content-security-policy", csp);
            response.end(html.replace('<style id="nonce">', '<style id="nonce" nonce="preview">'));
          });
        });
      },
    },
  ],
  build: { assetsInlineLimit: 0, target: "safari16.4", cssTarget: "safari16.4", manifest: true, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 900 },
  server: { host: "127.0.0.1", port: 5199 },
  preview: { host: "127.0.0.1", port: 5198, headers: { "content-security-policy": csp } },
  resolve: process.env["VITEST"] ? { conditions: ["browser"] } : {},
  test: { environment: "jsdom", include: ["src/**/*.test.ts", "tests/*.test.ts"], setupFiles: ["tests/setup.ts"] },
});
