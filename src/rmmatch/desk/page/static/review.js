"use strict";
// The page of one file: decisions stay in this browser until they are downloaded. No request is made.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const run = document.body.dataset.run;
  const isOpen = Boolean(byId("download")); // else the pairs are approved, and only read
  const cards = all("article[data-pair]");
  const rows = all("tr[data-pair]");
  const first = new Map(); // what the review had said when the page was written
  const now = new Map(); // by the key of the pair: its state, and the reason
  const past = []; // what was there before each act, for Undo
  let isSaved = true;
  let shownTab = "look";

  for (const card of cards) {
    const said = { state: card.dataset.state, reason: "" };
    first.set(card.dataset.pair, said);
    now.set(card.dataset.pair, said);
  }

  const store = {
    read() {
      try { return JSON.parse(localStorage.getItem(`rmmatch ${run}`)) || null; } catch { return null; }
    },
    write() {
      try {
        localStorage.setItem(`rmmatch ${run}`, JSON.stringify({ decisions: changes(), isSaved }));
      } catch { /* then they are kept until the page is closed */ }
    },
  };

  function changes() {
    return [...now].filter(([key, said]) => {
      const before = first.get(key);
      return said.state !== before.state || said.reason !== before.reason;
    });
  }

  function name(key) {
    return byId(`${key}-h`).querySelectorAll(".name")[0].textContent + " and " +
      byId(`${key}-h`).querySelectorAll(".name")[1].textContent;
  }

  function show(key) {
    const { state, reason } = now.get(key);
    for (const place of all(`[data-pair="${key}"]`)) {
      place.dataset.state = state;
      for (const button of all("[data-act]", place)) {
        const leadsTo = button.dataset.act === "keep" ? "kept" : "turned down";
        button.setAttribute("aria-pressed", String(state === leadsTo));
      }
    }
    for (const tag of all(`[data-state-of="${key}"]`)) {
      tag.textContent = state;
      tag.hidden = !state;
    }
    for (const line of all(`[data-reason-of="${key}"]`)) {
      line.textContent = reason && `Reason: ${reason}`;
      line.hidden = !reason;
    }
  }

  function showProgress() {
    if (!isOpen) return;
    const states = [...now.values()].map((said) => said.state);
    const count = (state) => states.filter((word) => word === state).length;
    const n = changes().length;
    byId("progress").textContent =
      `${count("kept")} kept, ${count("turned down")} turned down, of ${states.length} pairs. ` +
      (n === 0 ? "Nothing to download yet." : isSaved ? "Downloaded." : "Not yet downloaded.");
    byId("undo").disabled = past.length === 0;
  }

  function say(text) {
    byId("status").textContent = text;
  }

  function decide(key, state, reason = "") {
    past.push([key, now.get(key)]);
    now.set(key, { state, reason });
    isSaved = false;
    show(key);
    store.write();
    showProgress();
    say(`${name(key)}: ${state || "no decision"}.`);
  }

  // --- turning a pair down asks why ---
  const dialog = byId("why-not");
  const text = byId("why-not-text");
  let asked = "";

  function ask(key) {
    asked = key;
    byId("why-not-pair").textContent = name(key);
    byId("why-not-fault").textContent = "";
    text.value = "";
    text.removeAttribute("aria-invalid");
    dialog.showModal();
    text.focus();
  }

  function answer(event) {
    event.preventDefault();
    const reason = text.value.replace(/\s+/g, " ").trim();
    if (!reason) {
      byId("why-not-fault").textContent = "Write a few words, so that the coordinator knows why.";
      text.setAttribute("aria-invalid", "true");
      text.focus();
      return;
    }
    dialog.close(); // the focus goes back to the button
    decide(asked, "turned down", reason);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    const key = button.closest("[data-pair]").dataset.pair;
    const isPressed = button.getAttribute("aria-pressed") === "true";
    if (isPressed) decide(key, "");
    else if (button.dataset.act === "keep") decide(key, "kept");
    else ask(key);
  });

  function undo() {
    const [key, said] = past.pop();
    now.set(key, said);
    isSaved = false;
    show(key);
    store.write();
    showProgress();
    say(`Undone. ${name(key)}: ${said.state || "no decision"}.`);
    reveal(key);
  }

  function reveal(key) {
    const shown = () => all(`[data-pair="${key}"]`).find((place) => place.offsetParent);
    if (!shown()) {
      find.value = "";
      choose(byId("tab-all"), false);
    }
    shown().focus();
  }

  // --- the file ---
  const isNumber = (cell) => cell.trim() !== "" && Number.isFinite(Number(cell));
  const safe = (cell) => (/^[=+\-@\t\r]/.test(cell) && !isNumber(cell) ? `'${cell}` : cell);
  const quoted = (cell) => `"${safe(cell).replace(/"/g, '""')}"`;

  function download() {
    const decided = changes();
    if (!decided.length) {
      say("There is nothing to download yet: keep a pair, or turn one down.");
      return;
    }
    const lines = [["run", "mentee", "mentor", "decision", "reason"]];
    for (const [key, said] of decided) {
      const { mentee, mentor } = byId(key).dataset;
      lines.push([run, mentee, mentor, said.state || "open", said.reason]);
    }
    const content = lines.map((cells) => cells.map(quoted).join(",")).join("\r\n");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", content, "\r\n"], { type: "text/csv" }));
    link.download = "decisions.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    isSaved = true;
    store.write();
    showProgress();
    say("Downloaded decisions.csv. Send this file to the coordinator.");
  }

  if (isOpen) {
    dialog.querySelector("form").noValidate = true; // the page says itself what is missing
    dialog.querySelector("form").addEventListener("submit", answer);
    byId("why-not-cancel").addEventListener("click", () => dialog.close());
    byId("undo").addEventListener("click", undo);
    byId("download").addEventListener("click", download);
  }

  addEventListener("beforeunload", (event) => {
    if (!isSaved && changes().length) event.preventDefault();
  });

  // --- which pairs are shown, and how ---
  const tabs = all("[role=tab]");
  const find = byId("find");
  const compact = byId("compact");

  function filter() {
    const words = find.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const fits = (place) => {
      const names = all(".name,.id", place).map((item) => item.textContent).join(" ");
      return words.every((word) => names.toLocaleLowerCase().includes(word));
    };
    const isPairs = shownTab !== "none";
    byId("pairs").hidden = !isPairs;
    byId("unpaired").hidden = isPairs;
    compact.hidden = !isPairs;
    let n = 0;
    for (const place of [...cards, ...rows]) {
      place.hidden = !fits(place) || (shownTab === "look" && !("look" in place.dataset));
    }
    n = isPairs ? cards.filter((card) => !card.hidden).length : 0;
    for (const group of all("[data-group]")) {
      const people = all(".unpaired", group);
      for (const person of people) person.hidden = !fits(person);
      const shown = people.filter((person) => !person.hidden).length;
      group.hidden = !shown;
      n += isPairs ? 0 : shown;
    }
    if (words.length) say(`${n} ${isPairs ? (n === 1 ? "pair" : "pairs") : n === 1 ? "person" : "people"} with “${find.value.trim()}”.`);
  }

  function choose(tab, isSaid = true) {
    shownTab = tab.dataset.tab;
    for (const each of tabs) {
      each.setAttribute("aria-selected", String(each === tab));
      each.tabIndex = each === tab ? 0 : -1;
    }
    if (shownTab !== "none") byId("pairs").setAttribute("aria-labelledby", tab.id);
    if (isSaid) say("");
    filter();
  }

  for (const tab of tabs) tab.addEventListener("click", () => choose(tab));
  find.addEventListener("input", filter);
  compact.addEventListener("click", () => {
    const isTable = compact.getAttribute("aria-pressed") !== "true";
    compact.setAttribute("aria-pressed", String(isTable));
    byId("table").hidden = !isTable;
    document.querySelector(".cards").hidden = isTable;
  });

  for (const button of all("[data-sort]")) {
    button.addEventListener("click", () => {
      const header = button.closest("th");
      const column = [...header.parentNode.children].indexOf(header);
      const sign = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      const cell = (row) => row.children[column].innerText.trim();
      const isText = button.dataset.sort === "text";
      for (const each of header.parentNode.children) each.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
      const order = [...rows].sort((a, b) =>
        sign * (isText ? cell(a).localeCompare(cell(b), "en-GB", { numeric: true }) : cell(a) - cell(b)));
      rows[0].parentNode.append(...order);
    });
  }

  // --- keys: arrows within a row of buttons or tabs, J, K and Enter within the list ---
  function move(event, items, isRoving = true) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = items.indexOf(event.target);
    const to = event.key === "Home" ? 0 : event.key === "End" ? items.length - 1 : step && (at + step + items.length) % items.length;
    if (to === undefined || at < 0) return false;
    event.preventDefault();
    if (isRoving) items.forEach((item, place) => { item.tabIndex = place === to ? 0 : -1; });
    items[to].focus();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog?.open) return;
    const toolbar = event.target.closest("[role=toolbar]");
    if (toolbar && move(event, all("button", toolbar))) return;
    if (event.target.matches("[role=tab]") && move(event, tabs, false)) {
      choose(document.activeElement);
      return;
    }
    const place = event.target.closest("[data-pair]");
    const list = event.target.closest("#pairs");
    if (!list || event.target.matches("input")) return;
    const key = event.key.toLowerCase();
    if (key === "enter" && place === event.target) {
      const details = place.querySelector("details");
      if (details) details.open = !details.open;
    }
    if (key !== "j" && key !== "k") return;
    const shown = all("[data-pair]", list).filter((candidate) => candidate.offsetParent);
    const at = shown.indexOf(place);
    const next = shown[place ? Math.min(shown.length - 1, Math.max(0, at + (key === "j" ? 1 : -1))) : 0];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });

  // browsers that do not print what is folded
  addEventListener("beforeprint", () => all("details").forEach((item) => { item.open = true; }));

  const saved = isOpen && store.read();
  if (saved) {
    for (const [key, said] of saved.decisions) {
      if (now.has(key)) { now.set(key, said); show(key); }
    }
    isSaved = saved.isSaved;
    if (changes().length) say("Your decisions from before are here again.");
  }
  showProgress();
  filter();
})();
