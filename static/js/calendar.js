// Callbacks of the calendar dragged to another day; the "Move" link beside each does the same without dragging.
(() => {
  "use strict";
  const { Modal } = window.tabler;
  const texts = document.querySelector("#toasts").dataset;
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  const tell = (name, detail) => document.body.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  const warn = (text) => tell("toast", { text, level: "warning" });

  // What the server wants the page to hear, as htmx would tell it.
  const hear = (response) => {
    const events = JSON.parse(response.headers.get("HX-Trigger") || "{}");
    for (const [name, detail] of Object.entries(events)) tell(name, detail);
  };
  const isPage = (text) => /^\s*<!doctype/i.test(text);
  const refused = (status, text) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    if (status === 409 && !isPage(text)) {
      // The day is taken: the form asks for the reason.
      const place = document.querySelector("#dialog-body");
      place.replaceChildren(...page.body.children);
      window.htmx.process(place);
      Modal.getOrCreateInstance(document.querySelector("#dialog")).show();
      return;
    }
    const said = page.querySelectorAll(".invalid-feedback, [data-refusal] p");
    warn([...said].map((one) => one.textContent.trim()).filter(Boolean).join("\n") || texts.textRefused);
  };
  const send = async (entry, day) => {
    const body = new URLSearchParams({ on: day });
    const response = await fetch(entry.dataset.move, { method: "POST", body, headers: { ...headers, "HX-Request": "true" } });
    if (response.redirected) return window.location.reload(); // the session has ended
    if (response.ok) return hear(response);
    refused(response.status, await response.text());
    return "back";
  };

  const moved = async ({ item, from, to }, next) => {
    if (from === to) return;
    item.classList.add("is-busy");
    const outcome = await send(item, to.dataset.day).catch(() => warn(texts.textNetwork) ?? "back");
    item.classList.remove("is-busy");
    if (outcome === "back") from.insertBefore(item, next);
  };
  // Where the button is let go over the entry's own link, the browser takes it for a click.
  let droppedAt = 0;
  document.addEventListener("click", (event) => {
    if (Date.now() - droppedAt > 300 || !event.target.closest("#calendar")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  const prepare = (list) => {
    let next = null;
    window.Sortable.create(list, {
      group: "days",
      draggable: ".movable",
      sort: false,
      forceFallback: true, // one way of dragging in every browser, also by touch
      fallbackOnBody: true,
      fallbackTolerance: 4,
      delay: 250,
      delayOnTouchOnly: true,
      animation: 120,
      ghostClass: "entry-ghost",
      onStart: ({ item }) => { next = item.nextElementSibling; },
      onEnd: (event) => {
        droppedAt = Date.now();
        moved(event, next);
      },
    });
  };
  const prepareAll = () => document.querySelectorAll("#calendar [data-day]").forEach((list) => window.Sortable.get(list) || prepare(list));
  document.addEventListener("htmx:load", prepareAll);
  prepareAll();
})();
