"use strict";
// What the pages of the desk need beside htmx: focus, the dialog, tabs, the search and the keyboard.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const dialog = byId("dialog");
  const board = byId("board");
  let opener = null;

  // --- the focus is on what was acted on ---
  let pressed = null;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[hx-post]");
    if (button) pressed = button.dataset.act || button.id || null;
  });
  document.addEventListener("deskFocus", (event) => {
    const place = byId(event.detail.id) || document.querySelector(`[data-pair="${event.detail.id}"]`);
    if (!place) return;
    place.closest("details:not([open])")?.setAttribute("open", "");
    if (place.matches(".card") && place.offsetParent === null) {
      show(place.closest("#unpaired") ? "none" : "all");
    }
    const target = place.matches("button") ? place : place.querySelector(`[data-act="${pressed}"]`) || place.querySelector("button") || place;
    (target.disabled ? byId("changed") : target).focus();
  });

  // --- the dialog ---
  document.addEventListener("deskDialog", (event) => {
    if (event.detail.state === "open" && !dialog.open) {
      opener = document.activeElement;
      dialog.showModal();
      dialog.querySelector("[data-first]")?.focus();
    } else if (event.detail.state === "close") {
      opener = null;
      dialog.close();
    }
  });
  dialog?.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) dialog.close(); });
  dialog?.addEventListener("close", () => { if (opener?.isConnected) opener.focus(); });

  // --- tabs and the search: everything is in the page, they only choose what is shown ---
  function show(tab) {
    board.dataset.tab = tab;
    byId("pairs").hidden = tab === "none";
    byId("unpaired").hidden = tab !== "none";
    for (const button of all("[role=tab]")) {
      const isChosen = button.dataset.tab === tab;
      button.setAttribute("aria-selected", String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
    }
    if (tab !== "none") byId("pairs").setAttribute("aria-labelledby", `tab-${tab}`);
    search();
  }
  function search() {
    const words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    let isAny = false;
    for (const place of all("#board .card, #board tbody tr[data-pair]")) {
      const names = all(".name, .id", place).map((name) => name.textContent.toLowerCase());
      const isThere = !words.length || names.some((name) => words.every((word) => name.includes(word)));
      place.classList.toggle("away", !isThere);
      isAny ||= isThere;
    }
    if (byId("nothing")) byId("nothing").hidden = isAny;
    board.classList.toggle("searching", words.length > 0);
  }
  byId("find")?.addEventListener("input", search);
  document.addEventListener("htmx:afterSettle", () => { if (board) search(); });
  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) show(tab.dataset.tab);
  });

  // --- the keyboard: arrows in tabs and in the buttons of a card; J, K and Enter from card to card ---
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const group = event.target.closest("[role=tablist], [role=toolbar]");
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (group && step) {
      const buttons = all("button", group);
      const next = buttons[(buttons.indexOf(event.target) + step + buttons.length) % buttons.length];
      for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
      next.focus();
      if (next.dataset.tab) show(next.dataset.tab);
      return event.preventDefault();
    }
    if (!board || event.target.closest("input, textarea, select, dialog")) return;
    const way = { j: 1, k: -1 }[event.key];
    if (way) {
      const cards = all("#board .card, #board tbody tr[data-pair]").filter((card) => card.offsetParent !== null);
      const at = cards.indexOf(event.target.closest(".card, tr[data-pair]"));
      cards[Math.min(Math.max(at + way, 0), cards.length - 1)]?.focus();
    } else if (event.key === "Enter" && event.target.matches(".card")) {
      const more = event.target.querySelector("details");
      if (more) more.open = !more.open;
    }
  });
})();
