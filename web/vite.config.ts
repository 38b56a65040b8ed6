import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => {
  // The page and the hub are one origin. While developing, what is not the page's goes on to a hub:
  //   TORITSUGI_HUB=http://127.0.0.1:8080 npm run dev
  const hub = loadEnv(mode, ".", "TORITSUGI_").TORITSUGI_HUB;
  return {
    base: "./",
    build: {
      // light-dark(), which the design tokens are written in, sets the limit.
      target: ["chrome123", "firefox125", "safari17.5"],
      // The polyfill would be a script in the page, which a strict Content-Security-Policy refuses.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
    },
    server: hub ? { proxy: { "/api": { target: hub, ws: true } } } : {},
    test: { include: ["tests/**/*.test.ts"], environment: "node", css: true },
  };
});
