// SPDX-License-Identifier: Apache-2.0
// Martlet: picks the colour theme before the first paint, and runs the switch in the header.

// A classic script, not a module: modules run after the first paint, and the page would flash in the wrong colours.
(() => {
  const key = "martlet.theme";
  const choices = ["auto", "light", "dark", "contrast"];
  const root = document.documentElement;
  const wantsContrast = matchMedia("(prefers-contrast: more)");

  const stored = () => {
    try {
      const value = localStorage.getItem(key);
      return choices.includes(value) ? value : null;
    } catch {
      return null; // storage may be forbidden; the page works without it
    }
  };

  let preset = "auto";

  const apply = () => {
    const choice = stored() ?? preset;
    root.dataset.theme = choice === "auto" && wantsContrast.matches ? "contrast" : choice;
    const field = document.getElementById("theme");
    if (field) field.value = choice;
  };

  apply();
  wantsContrast.addEventListener("change", apply);
  addEventListener("storage", apply);

  // The page's configuration may name a theme for visitors who chose none.
  addEventListener("martlet:theme", (event) => {
    if (!choices.includes(event.detail) || event.detail === preset) return;
    preset = event.detail;
    apply();
  });

  addEventListener("DOMContentLoaded", () => {
    apply();
    document.getElementById("theme")?.addEventListener("change", (event) => {
      try {
        localStorage.setItem(key, event.target.value);
      } catch {
        preset = event.target.value;
      }
      apply();
    });
  });
})();
