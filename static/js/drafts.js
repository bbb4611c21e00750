// A form with data-draft keeps what was typed until it is saved: over a reload, and while the line is down.
// What waits for the line is sent as soon as it is back, with the same token, so that the server keeps it once.
(() => {
  "use strict";
  const PREFIX = `draft ${document.body.dataset.user || ""} `;
  const RETRY = 5000; // milliseconds between tries while the browser believes to be online
  const KEEP = 7 * 24 * 3600 * 1000; // the server takes a contact up to a week late
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const keyOf = (form) => PREFIX + form.dataset.draft;
  const store = (work) => {
    try {
      return work(window.localStorage);
    } catch {
      return null; // storage may be forbidden or full; the form works without
    }
  };

  const FIXED = ["csrfmiddlewaretoken"];
  const fields = (form) =>
    [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !FIXED.includes(name));
  const hasText = (form) => $$("textarea, input[type=text]", form).some((field) => field.value.trim());
  const keep = (form) => {
    if (hasText(form)) store((s) => s.setItem(keyOf(form), JSON.stringify({ at: Date.now(), fields: fields(form) })));
    else store((s) => s.removeItem(keyOf(form)));
  };
  const drop = (form) => store((s) => s.removeItem(keyOf(form)));

  const restore = (form) => {
    const kept = JSON.parse(store((s) => s.getItem(keyOf(form))) || "null");
    if (!kept || form.querySelector("[role=alert]")) return; // what the server answered is newer
    if (Date.now() - kept.at > KEEP) return drop(form);
    for (const [name, value] of kept.fields) {
      for (const field of $$(`[name="${name}"]`, form)) {
        if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === value;
        else if (field.type !== "file") field.value = value;
        if (value && field.closest("details") && field.type !== "file") field.closest("details").open = true;
      }
    }
  };

  // ── The line ──────────────────────────────────────────────────────────────
  const waiting = new Set();
  const show = (form, offline) => {
    form.querySelector("[data-draft-offline]")?.classList.toggle("d-none", !offline);
    form.classList.toggle("is-offline", offline);
  };
  const send = () => {
    for (const form of waiting) {
      waiting.delete(form);
      if (form.isConnected) form.requestSubmit();
    }
  };
  document.addEventListener("htmx:sendError", ({ detail }) => {
    const form = detail.elt.closest("form[data-draft]");
    if (!form) return;
    const at = form.querySelector("[data-draft-at]");
    if (at && !at.value) at.value = new Date().toISOString();
    keep(form);
    show(form, true);
    waiting.add(form);
    window.setTimeout(() => navigator.onLine && send(), RETRY);
  });
  window.addEventListener("online", send);
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    // the form itself may have left the page with the swap
    const form = detail.requestConfig.elt.closest("form[data-draft]");
    if (!form || !detail.xhr?.status) return;
    show(form, false);
    if (detail.successful) drop(form);
  });

  document.addEventListener("input", ({ target }) => target.form?.dataset.draft && keep(target.form));
  // Without HTMX the form leaves the page; its draft goes when the next page does not show it with errors.
  const prepare = (root) => $$("form[data-draft]", root.parentNode ?? root).forEach(restore);
  document.addEventListener("htmx:load", ({ detail }) => prepare(detail.elt));

  // ── The form's own comforts ───────────────────────────────────────────────
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-insert]");
    const note = button?.form?.querySelector("textarea");
    if (!note) return;
    note.setRangeText(button.dataset.insert, note.selectionStart, note.selectionEnd, "end");
    note.focus();
    if (note.form.dataset.draft) keep(note.form);
  });
  document.addEventListener("toggle", ({ target }) => target.open && target.querySelector("[data-opened]")?.focus(), true);
  // A call that met nobody proposes another day, until a day is chosen by hand.
  document.addEventListener("change", ({ target }) => {
    const form = target.form;
    if (!form?.dataset.draft) return;
    if (target.name === "next_in" || target.name === "next_on") form.dataset.dayChosen = "";
    if (target.name !== "outcome" || "dayChosen" in form.dataset) return;
    const wanted = target.dataset.propose ?? form.querySelector("[name=next_in][data-default]")?.value;
    const day = form.querySelector(`[name=next_in][value="${wanted}"]`);
    if (day) day.checked = true;
  });

  // Who signs out leaves nothing of what was typed on a machine that others may use; an ended session keeps it.
  document.addEventListener("submit", ({ target }) => {
    if (target.matches('form[action$="/logout/"]')) {
      store((s) => Object.keys(s).filter((key) => key.startsWith(PREFIX)).forEach((key) => s.removeItem(key)));
    }
  });
})();
