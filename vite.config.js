import { copyFileSync, mkdirSync } from "node:fs";
import { defineConfig } from "vite";

// Tabler writes its custom properties without prefix; its own build adds one, so ours does too.
const prefixTabler = {
  postcssPlugin: "prefix-tabler",
  Declaration(declaration) {
    if (!declaration.source?.input.file?.endsWith("tabler.scss") || declaration.prefixed) return;
    declaration.prefixed = true;
    if (declaration.prop.startsWith("--") && !declaration.prop.startsWith("--tblr-")) {
      declaration.prop = declaration.prop.replace(/^--/, "--tblr-");
    }
    declaration.value = declaration.value.replace(/var\(\s*--(?!tblr-)/g, "var(--tblr-");
  },
};

// Papers and watermarks are set with these; no page loads them, so they lie where nothing is served.
const FONTS = "node_modules/@embedpdf/fonts-sc/fonts";
const SET_WITH = "service/papers/fonts";
const paperFonts = {
  name: "paper-fonts",
  writeBundle() {
    mkdirSync(SET_WITH, { recursive: true });
    for (const weight of ["Regular", "Bold"]) {
      copyFileSync(`${FONTS}/NotoSansHans-${weight}.otf`, `${SET_WITH}/NotoSansHans-${weight}.otf`);
    }
  },
};

const browsers = ["chrome123", "edge123", "firefox120", "safari17.5"]; // light-dark()

export default defineConfig({
  base: "/static/build/",
  publicDir: false,
  plugins: [paperFonts],
  css: { postcss: { plugins: [prefixTabler] }, preprocessorOptions: { scss: { quietDeps: true } } },
  build: {
    outDir: "service/static/build",
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsInlineLimit: 0,
    modulePreload: false,
    target: browsers,
    cssTarget: browsers,
    rolldownOptions: {
      checks: { eval: false }, // htmx carries one behind allowEval, which our pages switch off
      input: ["service/ui/main.js", "service/ui/diagram.js", "service/ui/icons.svg"],
    },
  },
});
