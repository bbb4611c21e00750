// Loaded before the page is painted, so that a dark page never flashes light. Nothing stored: as the system says.
(() => {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try {
      return window.localStorage.getItem("theme");
    } catch {
      return null; // storage is forbidden in some private windows
    }
  };
  const apply = () => {
    const theme = stored() || (dark.matches ? "dark" : "light");
    document.documentElement.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("theme:change", { detail: theme }));
  };

  window.switchTheme = () => {
    const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    try {
      window.localStorage.setItem("theme", next);
    } catch {
      document.documentElement.dataset.bsTheme = next;
    }
    apply();
  };
  apply();
  dark.addEventListener("change", apply);
  window.addEventListener("storage", apply);
})();
