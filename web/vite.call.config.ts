import { defineConfig } from "vite";

// The page on which customers call. It stands at /call/..., so its files are named from the root.
export default defineConfig({
  base: "/",
  publicDir: false,
  build: {
    target: ["chrome123", "firefox125", "safari17.5"],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    emptyOutDir: false,
    rolldownOptions: { input: "call.html" },
  },
});
