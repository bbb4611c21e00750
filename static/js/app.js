// Behaviour that pages ask for by data- attributes. Everything works without it, only less comfortably.
(() => {
  "use strict";
  const { Modal, Tooltip } = window.tabler;
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const INTERACTIVE = "a, button, input, select, textarea, label, summary, [contenteditable]";
  const TYPING = "input:not([type=hidden], [type=radio], [type=checkbox], [type=submit], [type=button]), select, textarea, [contenteditable]";

  // ── Toasts ────────────────────────────────────────────────────────────────
  const toasts = $("#toasts");
  const texts = toasts.dataset;
  const STAY = ["error", "danger", "warning"]; // bad news waits until it is read
  const SHOWN_FOR = 6000;

  const leave = (toast) => {
    toast.classList.add("leaving");
    window.setTimeout(() => toast.remove(), 300);
  };
  const expire = (toast) => {
    if (!STAY.includes(toast.dataset.toast)) window.setTimeout(() => leave(toast), SHOWN_FOR);
  };
  const toast = (text, level = "info", action = null) => {
    const box = document.createElement("div");
    box.className = `alert alert-${level} alert-dismissible toast-message`;
    box.dataset.toast = level;
    const words = document.createElement("div");
    words.textContent = text;
    if (action) words.append(document.createElement("br"), action);
    const close = document.createElement("button");
    Object.assign(close, { type: "button", className: "btn-close", ariaLabel: texts.textClose });
    close.dataset.toastClose = "";
    box.append(words, close);
    toasts.append(box);
    expire(box);
  };
  document.addEventListener("toast", ({ detail }) => toast(detail.text, detail.level));
  $$(".toast-message").forEach(expire);

  // ── Search ────────────────────────────────────────────────────────────────
  const search = $("#search");
  const results = $("#search-results");
  const hits = () => $$("a[href]", results);
  const showResults = (open) => {
    results.classList.toggle("open", open);
    search.setAttribute("aria-expanded", String(open && hits().length > 0));
    if (!open) search.removeAttribute("aria-activedescendant");
  };
  const openSearch = () => {
    document.body.classList.add("search-open");
    search.focus();
    search.select();
  };
  const closeSearch = () => {
    document.body.classList.remove("search-open");
    showResults(false);
  };
  const select = (step) => {
    const links = hits();
    if (!links.length) return;
    const now = links.findIndex((link) => link.getAttribute("aria-selected") === "true");
    const next = now < 0 ? (step > 0 ? 0 : links.length - 1) : (now + step + links.length) % links.length;
    links.forEach((link, index) => {
      link.id ||= `hit-${index}`;
      link.setAttribute("role", "option");
      link.setAttribute("aria-selected", String(index === next));
    });
    links[next].scrollIntoView({ block: "nearest" });
    search.setAttribute("aria-activedescendant", links[next].id);
  };
  const searchKeys = (event) => {
    if (event.isComposing) return; // Enter and arrows belong to the Chinese input method now
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      showResults(true);
      select(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      const chosen = $("[aria-selected=true]", results);
      if (!chosen) return;
      event.preventDefault();
      chosen.click();
    } else if (event.key === "Escape") {
      event.preventDefault();
      closeSearch();
      search.blur();
    }
  };
  if (search) {
    search.addEventListener("keydown", searchKeys);
    search.addEventListener("focus", () => showResults(search.value.trim() !== ""));
    search.addEventListener("input", () => search.value.trim() || showResults(false));
    document.addEventListener("click", (event) => event.target.closest(".search, [data-search-open]") || closeSearch());
  }

  // ── Confirmation: a dialog before the form is sent or the link followed ────
  const confirmed = new WeakSet();
  const ask = (source, go) => {
    const box = $("#confirm");
    const yes = $("#confirm-yes", box);
    $("#confirm-text", box).textContent = source.dataset.confirm;
    yes.textContent = source.dataset.confirmButton || yes.dataset.default;
    yes.className = `btn btn-${"confirmDanger" in source.dataset ? "danger" : "primary"}`;
    const modal = Modal.getOrCreateInstance(box);
    yes.onclick = () => {
      modal.hide();
      confirmed.add(source);
      go();
      confirmed.delete(source);
    };
    box.addEventListener("shown.bs.modal", () => yes.focus(), { once: true });
    modal.show();
  };
  const stop = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const beforeSubmit = (event) => {
    const { target: form, submitter } = event;
    const source = [submitter, form].find((element) => element?.dataset.confirm);
    if (!source || confirmed.has(source)) return;
    stop(event);
    ask(source, () => form.requestSubmit(submitter));
  };
  const beforeClick = (event) => {
    const link = event.target.closest?.("a[data-confirm], button[type=button][data-confirm]");
    if (!link || confirmed.has(link)) return;
    stop(event);
    ask(link, () => link.click());
  };
  document.addEventListener("submit", beforeSubmit, true);
  document.addEventListener("click", beforeClick, true);

  // ── Forms ─────────────────────────────────────────────────────────────────
  const setBusy = (form, busy) => {
    for (const button of $$("button[type=submit], button:not([type]), input[type=submit]", form)) {
      button.disabled = busy;
      button.classList.toggle("btn-loading", busy);
    }
    form.classList.toggle("is-busy", busy);
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("submitOnce" in form.dataset)) return;
    if (form.classList.contains("is-busy")) return stop(event);
    // after the submission is built, or the pressed button's own name and value would be left out
    window.setTimeout(() => event.defaultPrevented || setBusy(form, true));
  });
  for (const [name, busy] of [["htmx:beforeRequest", true], ["htmx:afterRequest", false]]) {
    document.addEventListener(name, ({ detail }) => {
      const form = detail.elt.closest("form[data-submit-once]");
      if (form) setBusy(form, busy);
    });
  }
  window.addEventListener("pageshow", () => $$("form.is-busy").forEach((form) => setBusy(form, false)));

  document.addEventListener("change", (event) => {
    // a choice made, the next field waits: data-then names it
    const then = event.target.closest("[data-then]");
    if (then) $(then.dataset.then, event.target.form)?.focus();
    const source = event.target.closest("[data-autosubmit]");
    if (source) (event.target.form ?? source).requestSubmit();
  });

  // ── Cards: on phones a row of a table becomes a card, whose values are named by the heads of the columns ──
  const nameCells = (root) => {
    for (const table of $$("table.table-cards", root)) {
      const heads = $$("thead th", table).map((head) => head.textContent.trim());
      for (const cell of $$("tbody td:not([data-label], .card-head)", table)) cell.dataset.label = heads[cell.cellIndex] ?? "";
    }
  };
  nameCells(document);
  document.addEventListener("htmx:load", ({ detail: { elt } }) => nameCells((elt.closest("table") ?? elt).parentNode ?? document));

  // ── Clicks ────────────────────────────────────────────────────────────────
  const openRow = (event) => {
    const row = event.target.closest("[data-href]");
    if (!row || event.target.closest(INTERACTIVE) || window.getSelection().toString()) return;
    if (event.ctrlKey || event.metaKey || event.button === 1) window.open(row.dataset.href, "_blank", "noopener");
    else window.location.assign(row.dataset.href);
  };
  // data-check-all names the checkboxes of its form that a click ticks, or unticks when all are
  const checkAll = (button) => {
    const boxes = [...button.form.elements].filter((element) => element.name === button.dataset.checkAll);
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
  };
  const copy = async (button) => {
    const field = $(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      toast(button.dataset.copied, "success");
    } catch {
      // without the right to the clipboard (no TLS) the text is selected, for Ctrl C
    }
  };
  document.addEventListener("auxclick", (event) => event.button === 1 && openRow(event));
  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    if (on("[data-theme-switch]")) return window.switchTheme();
    if (on("[data-toast-close]")) return leave(on(".toast-message"));
    if (on("input[data-select]")) return on("input[data-select]").select();
    if (on("[data-copy]")) return copy(on("[data-copy]"));
    if (on("[data-check-all]")) return checkAll(on("[data-check-all]"));
    if (on("[data-print]")) return window.print();
    if (on("[data-reload]")) return window.location.reload();
    if (on("[data-back]") && window.history.length > 1) {
      event.preventDefault();
      return window.history.back();
    }
    if (on("[data-search-open]") && search) {
      event.preventDefault();
      return document.body.classList.contains("search-open") ? closeSearch() : openSearch();
    }
    return openRow(event);
  });

  // ── Keys: data-key="n" clicks or focuses the element; a data-queue is walked with J and K ─────
  const named = (event) => `${event.ctrlKey || event.metaKey ? "ctrl+" : ""}${event.key.toLowerCase()}`;
  // in a chip the key that it shows is its key
  const KEYED = "[data-key], label.chip > kbd";
  const keyOf = (element) => element.dataset.key ?? element.textContent.trim().toLowerCase();
  const labelOf = (element) => {
    const whole = element.matches("kbd") ? element.parentElement : element;
    const words = [...whole.childNodes].filter((node) => node.nodeName !== "KBD").map((node) => node.textContent);
    return element.dataset.keyLabel || element.ariaLabel || words.join(" ").trim().replace(/\s+/g, " ");
  };
  const visible = (element) => element.getClientRects().length > 0 && !element.disabled;
  const press = (element) => {
    if (element.matches(TYPING)) element.focus();
    else element.click();
  };
  const walk = (step) => {
    const links = $$("[data-queue] a[href]").filter(visible);
    const focused = links.indexOf(document.activeElement);
    const now = focused < 0 ? links.findIndex((link) => link.matches("[aria-current], .active")) : focused;
    const next = links[Math.min(Math.max(now + step, 0), links.length - 1)];
    if (!next) return false;
    next.focus();
    // what leads to another page waits for Enter
    if ("queueOpen" in next.closest("[data-queue]").dataset && next.hasAttribute("hx-get")) next.click();
    return true;
  };
  const showKeys = () => {
    const list = $("#keys-list");
    $$(".of-page", list).forEach((old) => old.remove());
    for (const element of $$(KEYED).filter(visible)) {
      const word = document.createElement("dt");
      const key = document.createElement("dd");
      word.textContent = labelOf(element);
      key.append(Object.assign(document.createElement("kbd"), { textContent: keyOf(element) }));
      word.className = key.className = "of-page";
      list.append(word, key);
    }
    Modal.getOrCreateInstance($("#keys")).show();
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.defaultPrevented) return;
    const key = named(event);
    const typing = event.target.matches(TYPING);
    if (search && (key === "ctrl+k" || (key === "/" && !typing))) {
      event.preventDefault();
      return openSearch();
    }
    if (typing && !key.startsWith("ctrl+")) return;
    const dialog = $(".modal.show");
    const meant = $$(KEYED, dialog ?? document).filter((one) => keyOf(one) === key && visible(one));
    const wanted = meant.find((one) => one.form && one.form === event.target.form) ?? meant[0];
    if (wanted) {
      event.preventDefault();
      return press(wanted);
    }
    if (dialog || typing) return;
    if (key === "?" && $("#keys")) return showKeys();
    if ((key === "j" || key === "k") && walk(key === "j" ? 1 : -1)) event.preventDefault();
  });

  // ── HTMX: refusals are shown, failures can be tried again, an ended session leads to the sign-in page ──────
  const isPage = (text) => /^\s*<!doctype/i.test(text);
  const retry = (source) => {
    const again = document.createElement("button");
    Object.assign(again, { type: "button", className: "btn btn-sm mt-2", textContent: texts.textRetry });
    again.onclick = () => {
      again.closest(".toast-message").remove();
      if (source.matches("form")) source.requestSubmit();
      else if (source.matches("input, select")) window.htmx.trigger(source, source.type === "search" ? "search" : "change");
      else source.click();
    };
    return again;
  };
  const refusalText = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const words = $$("[data-refusal] h1, [data-refusal] p", page).map((element) => element.textContent.trim());
    return words.filter(Boolean).slice(0, 2).join("\n") || texts.textRefused;
  };
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { xhr } = detail;
    const login = document.body.dataset.loginUrl;
    if (login && new URL(xhr.responseURL || "/", window.location).pathname === login) {
      detail.shouldSwap = false;
      return window.location.reload();
    }
    if (xhr.status >= 400 && xhr.status < 500 && isPage(xhr.responseText)) {
      detail.shouldSwap = false;
      toast(refusalText(xhr.responseText), "warning");
    }
  });
  document.addEventListener("htmx:responseError", ({ detail }) => {
    if (detail.xhr.status >= 500) toast(texts.textServer, "danger", retry(detail.elt));
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, ({ detail }) => toast(texts.textNetwork, "danger", retry(detail.elt)));
  }

  // What is said of a field holds until it is changed; sent again, it is checked again.
  document.addEventListener("input", ({ target }) => target.classList.remove("is-invalid"));

  // ── What has just been drawn ──────────────────────────────────────────────
  // Rows of tabs are wider than a phone: the page that is open shows its own.
  const showTab = (tab) => {
    const row = tab.closest(".tabs, .stations");
    const [mine, all] = [tab, row].map((element) => element.getBoundingClientRect());
    if (mine.left < all.left || mine.right > all.right) row.scrollLeft += (mine.left + mine.right - all.left - all.right) / 2;
  };
  const prepare = (root) => {
    $$(".tabs .active, .stations [aria-current]", root).forEach(showTab);
    $$('[data-bs-toggle="tooltip"]', root).forEach((element) => Tooltip.getOrCreateInstance(element));
    $$(".toast-message", root).forEach(expire);
    $("[data-focus]", root)?.focus();
  };
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target === results) return showResults(document.activeElement === search);
    return prepare(detail.target);
  });
  // Only once its form is htmx's: before that, a quick Enter would send it as a page of its own.
  document.addEventListener("htmx:afterSettle", ({ detail: { target } }) => {
    if (target.id === "dialog-body" && target.childElementCount) Modal.getOrCreateInstance($("#dialog")).show();
  });
  document.addEventListener("closeDialog", () => Modal.getInstance($("#dialog"))?.hide());
  $("#dialog")?.addEventListener("shown.bs.modal", (event) => {
    ($("[autofocus]", event.target) ?? $(TYPING, event.target))?.focus();
  });
  prepare(document);
})();
