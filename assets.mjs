// Puts the few files that pages need from node_modules into static/vendor: the application serves them itself.
// The typeface of the printed forms goes into fonts/: only the application reads it, no browser asks for it.
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";

const VENDOR = "static/vendor";
const FONTS = "fonts";
const FILES = {
  "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
  "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
  "htmx.min.js": "htmx.org/dist/htmx.min.js",
  "sortable.min.js": "sortablejs/Sortable.min.js",
  "echarts.min.js": "echarts/dist/echarts.common.min.js",
};
const TYPEFACE = {
  "NotoSansSC-Regular.ttf": "400Regular/NotoSansSC_400Regular.ttf",
  "NotoSansSC-Bold.ttf": "700Bold/NotoSansSC_700Bold.ttf",
  "LICENSE.txt": "LICENSE_FONT",
};
const ICON_TAG = /\{%\s*icon\s+"([^"]+)"/g;
const INCLUDED_ICON = /\bicon="([a-z0-9-]+)"/g; // {% include "includes/empty.html" with icon="users" %}

// The manifest of static files would look for the source maps that these comments name.
const withoutSourceMap = (text) =>
  text.replace(/\/\*#\s*sourceMappingURL=.*?\*\//g, "").replace(/^\/\/#\s*sourceMappingURL=.*$/gm, "");

const names = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1]);

async function iconNames() {
  const files = (await readdir("templates", { recursive: true })).filter((name) => name.endsWith(".html"));
  const pages = await Promise.all(files.map((name) => readFile(`templates/${name}`, "utf8")));
  const chosen = (await readFile("crm/templatetags/looks.py", "utf8")).match(/^ICONS = \(([^)]*)\)/m)[1];
  const inPages = pages.flatMap((page) => [...names(page, ICON_TAG), ...names(page, INCLUDED_ICON)]);
  return [...new Set([...inPages, ...names(chosen, /"([^"]+)"/g)])].sort();
}

// "star" is the outline, "star-filled" the filled drawing, as on tabler.io/icons.
function iconFile(name) {
  const folder = "node_modules/@tabler/icons/icons";
  const filled = name.endsWith("-filled") && `${folder}/filled/${name.slice(0, -"-filled".length)}.svg`;
  return filled && existsSync(filled) ? filled : `${folder}/outline/${name}.svg`;
}

async function symbol(name) {
  const file = iconFile(name);
  if (!existsSync(file)) throw new Error(`There is no icon "${name}" in @tabler/icons: see tabler.io/icons.`);
  const paths = [...(await readFile(file, "utf8")).matchAll(/<path[^>]*\/>/g)].map(([path]) => path);
  const drawn = paths.filter((path) => !path.includes('d="M0 0h24v24H0z"')).join("");
  const look = file.includes("/filled/")
    ? 'fill="currentColor" stroke="none"'
    : 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="${name}" viewBox="0 0 24 24" ${look}>${drawn}</symbol>`;
}

// Written under another name first: a server that is reading never meets half a file.
async function write(name, text) {
  await writeFile(`${VENDOR}/${name}.part`, text);
  await rename(`${VENDOR}/${name}.part`, `${VENDOR}/${name}`);
}

async function copyTypeface() {
  await mkdir(FONTS, { recursive: true });
  for (const [name, source] of Object.entries(TYPEFACE)) {
    await copyFile(`node_modules/@expo-google-fonts/noto-sans-sc/${source}`, `${FONTS}/${name}.part`);
    await rename(`${FONTS}/${name}.part`, `${FONTS}/${name}`);
  }
}

await mkdir(VENDOR, { recursive: true });
await copyTypeface();
const symbols = await Promise.all((await iconNames()).map(symbol));
for (const [name, source] of Object.entries(FILES)) {
  await write(name, withoutSourceMap(await readFile(`node_modules/${source}`, "utf8")));
}
await write("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
for (const name of await readdir(VENDOR)) {
  if (!(name in FILES) && name !== "icons.svg") await rm(`${VENDOR}/${name}`, { recursive: true });
}
console.log(`${VENDOR}: ${Object.keys(FILES).length} files and ${symbols.length} icons`);
