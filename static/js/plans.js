// The page that a plan is written on: rows come and go, and the budget is summed as it is typed.
// Without this the server does the same: blank rows, a box to remove one, the sum after saving.
(() => {
  "use strict";
  const sheet = document.querySelector("[data-sheet]");
  if (!sheet) return;
  const $$ = (selector, root = sheet) => [...root.querySelectorAll(selector)];

  // ── The sum ───────────────────────────────────────────────────────────────
  // In fen, so that no fraction gets lost.
  const hundredths = (input, blank) => {
    const text = input.value.normalize("NFKC").replace(/[,¥元\s]/g, "");
    if (!text) return blank;
    return /^\d+(\.\d{0,2})?$|^\.\d{1,2}$/.test(text) ? Math.round(Number(text) * 100) : NaN;
  };
  const money = (fen) => {
    const digits = fen % 100 ? 2 : 0;
    return (fen / 100).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  };
  const amountOf = (row) => {
    const [quantity, price] = ["quantity", "unit_price"].map((name) => row.querySelector(`input[name$="-${name}"]`));
    return Math.round((hundredths(quantity, 100) * hundredths(price, 0)) / 100);
  };
  const sum = () => {
    let total = 0;
    for (const row of $$(".line-row")) {
      if (row.hidden) continue;
      const amount = amountOf(row);
      row.querySelector("[data-amount]").value = Number.isNaN(amount) ? "—" : money(amount);
      total += amount || 0;
    }
    const turnover = Number(sheet.dataset.turnover);
    sheet.querySelector("[data-total]").value = money(total);
    if (turnover) sheet.querySelector("[data-share]").value = (total / turnover).toFixed(1);
  };

  // ── Rows ──────────────────────────────────────────────────────────────────
  const FILLED = /-(id|quantity|DELETE)$/; // what a blank row holds all the same
  const isBlank = (row) =>
    !row.querySelector(".is-invalid") && !$$("input, select", row).some((field) => !FILLED.test(field.name) && field.value.trim());
  const rowsOf = (group) => $$("[data-row]", group).filter((row) => !row.hidden);
  const add = (group) => {
    const total = group.querySelector("[name$=-TOTAL_FORMS]");
    const most = Number(group.querySelector("[name$=-MAX_NUM_FORMS]").value);
    if (rowsOf(group).length >= most) return;
    const html = group.querySelector("template").innerHTML.replaceAll("__prefix__", total.value);
    group.querySelector(".rows").insertAdjacentHTML("beforeend", html);
    total.value = Number(total.value) + 1;
    const row = rowsOf(group).at(-1);
    prepare(row);
    row.querySelector("select, input:not([type=hidden])").focus();
  };
  const remove = (row) => {
    const group = row.closest("[data-rows]");
    const next = row.nextElementSibling ?? row.previousElementSibling;
    if (row.querySelector("input[name$='-id']").value) {
      row.querySelector("[name$=-DELETE]").checked = true;
      row.hidden = true;
    } else {
      row.remove();
    }
    (next ?? group).querySelector("select, button")?.focus();
    sum();
  };
  const prepare = (row) => {
    row.querySelector(".form-check").hidden = true;
    row.querySelector("[data-remove]").hidden = false;
  };

  for (const group of $$("[data-rows]")) {
    $$("[data-row]", group).forEach(prepare);
    // One blank row invites to begin; those that only the page without script needs go.
    const blank = rowsOf(group).filter(isBlank);
    blank.slice(blank.length === rowsOf(group).length ? 1 : 0).forEach((row) => row.remove());
  }
  sheet.addEventListener("click", (event) => {
    const more = event.target.closest("button[name=more]");
    if (more) {
      event.preventDefault();
      add(more.closest("[data-rows]"));
    }
    const gone = event.target.closest("[data-remove]");
    if (gone) {
      remove(gone.closest("[data-row]"));
      isChanged = true;
    }
  });

  // ── Nothing typed is lost by leaving ──────────────────────────────────────
  let isChanged = document.querySelector("[data-focus]") !== null; // what came back was not saved
  sheet.addEventListener("input", () => {
    isChanged = true;
    sum();
  });
  document.addEventListener("submit", ({ target }) => {
    if (target === sheet) isChanged = false;
  });
  window.addEventListener("beforeunload", (event) => isChanged && event.preventDefault());
  sum();
})();
