import { defineConfig } from "vite";

// The chat widget: one classic script for other sites' pages, beside the agent page.
export default defineConfig({
  publicDir: false,
  build: {
    target: ["chrome123", "firefox125", "safari17.5"],
    outDir: "dist/chat",
    emptyOutDir: false,
    lib: {
      entry: "src/widget/main.ts",
      formats: ["iife"],
      name: "ToritsugiChat",
      fileName: () => "widget.js",
    },
  },
});
