// The page: header, views, keys, and what is said when something is wrong.
import { el, setText, show } from "./dom.js";
import { watchEvents } from "./events.js";
import { connect, fetchState } from "./link.js";
import { liveView } from "./live.js";
import { recordKey } from "./record.js";
import { setupView } from "./setup.js";
import { changed, onChange, store, take, takeEvent } from "./store.js";
import { watchStreams } from "./streams.js";
import { teachView } from "./teach.js";
import { T } from "./texts.js";

const QUIET = 4000;
const VIEWS = { live: liveView, setup: setupView, teach: teachView };
const made = new Map();
const alarms = new Map();
const main = document.getElementById("main");

/** Show a text as an alarm, "" to take it back; one for each `topic`. */
function alarm(topic, text) {
  if (text) alarms.set(topic, text);
  else alarms.delete(topic);
  const box = document.getElementById("alarm");
  setText(box, [...alarms.values()].join(" "));
  show(box, alarms.size > 0);
}

function header() {
  const tabs = Object.keys(VIEWS).map((name) => el("a", { href: `#${name}`, class: "tab", "data-view": name }, T.tabs[name]));
  const state = el("p", { class: "pill", "data-state": "connecting" }, T.link.connecting);
  const big = el("button", { class: "quiet", onclick: () => setBig(!isBig()), "aria-pressed": "false", id: "big" }, T.big);
  const theme = el("select", { class: "quiet", "aria-label": T.theme.name, onchange: (e) => setTheme(e.target.value) },
    ["system", "light", "dark"].map((value) => el("option", { value }, T.theme[value])));
  theme.value = localStorage.getItem("theme") ?? "system";
  const keys = el("button", { class: "quiet keys", onclick: () => document.getElementById("help").showModal() }, T.keys);
  document.getElementById("bar").append(
    el("p", { class: "brand" }, el("img", { src: "icon.svg", alt: "", width: 28, height: 28 }), "hnhar"),
    el("nav", { "aria-label": T.tabsName }, tabs),
    el("div", { class: "tools" }, state, big, theme, keys),
  );
  document.body.append(helpDialog());
  return { tabs, state };
}

function helpDialog() {
  return el("dialog", { id: "help", "aria-labelledby": "help-title" },
    el("h2", { id: "help-title" }, T.help.title),
    el("dl", {}, T.help.rows.flatMap(([key, what]) => [el("dt", {}, key), el("dd", {}, what)])),
    el("form", { method: "dialog" }, el("button", { class: "main" }, T.help.close)));
}

/** What was missed while nothing came. */
function catchUp(found) {
  if (!found) return;
  const { history, ...desk } = found;
  for (const event of history ?? []) if (event.publisher === store.publisher) takeEvent(event);
  take({ type: "desk", ...desk });
}

const { tabs, state } = header();

let shownView = "";

function currentView() {
  const asked = location.hash.slice(1);
  if (store.desk.mode !== "desk") return "live";
  if (asked in VIEWS) return asked;
  if (shownView) return shownView; // what somebody looks at is not taken away
  return store.desk.phase === "idle" ? "setup" : "live";
}

function route(focus = false) {
  const name = currentView();
  const desk = store.desk.mode === "desk";
  document.body.dataset.mode = store.desk.mode;
  document.querySelector("nav").hidden = !desk;
  for (const tab of tabs) {
    if (tab.dataset.view === name) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  if (name === shownView) return;
  shownView = name;
  if (!made.has(name)) made.set(name, VIEWS[name](goTo));
  main.replaceChildren(made.get(name));
  scrollTo(0, 0);
  document.title = `${T.tabs[name]} – hnhar`;
  if (focus) main.focus();
}

function goTo(name) {
  location.hash = name;
}

function isBig() {
  return document.body.classList.contains("big");
}

function setBig(big) {
  document.body.classList.toggle("big", big);
  const button = document.getElementById("big");
  button.setAttribute("aria-pressed", String(big));
  setText(button, big ? T.bigLeave : T.big);
  if (big) goTo("live");
}

function setTheme(value) {
  localStorage.setItem("theme", value);
  applyTheme(value);
}

function applyTheme(value) {
  if (value === "light" || value === "dark") document.documentElement.dataset.theme = value;
  else delete document.documentElement.dataset.theme;
}

function linkText() {
  if (store.link !== "open") return store.link === "connecting" ? T.link.connecting : T.link.lost;
  return T.phase[store.desk.phase] ?? store.desk.phase;
}

function pill() {
  setText(state, store.link === "open" ? linkText() : T.link.connecting);
  state.dataset.state = store.link === "open" ? store.desk.phase : store.link;
}

document.addEventListener("keydown", (pressed) => {
  if (pressed.ctrlKey || pressed.altKey || pressed.metaKey || pressed.target.closest?.("input, select, textarea, dialog")) return;
  const key = pressed.key;
  const onControl = pressed.target.closest?.("button, a, summary");
  if (key === " " && onControl) return; // a button's own key
  if (recordKey(key)) pressed.preventDefault();
  else if (key === "?") document.getElementById("help").showModal();
  else if (key === "Escape" && isBig()) setBig(false);
  else if (key.toLowerCase() === "f") setBig(!isBig());
  else if (store.desk.mode === "desk" && "lst".includes(key.toLowerCase()) && key.length === 1)
    goTo({ l: "live", s: "setup", t: "teach" }[key.toLowerCase()]);
});

setText(document.getElementById("skip"), T.skip);
applyTheme(localStorage.getItem("theme"));
window.addEventListener("hashchange", () => route(true));
onChange((kind, message, before) => {
  pill();
  if (kind === "desk") {
    // what begins is looked at, and what could not begin is mended
    if (before?.phase !== "running" && message.phase === "running" && before?.phase === "starting") goTo("live");
    route();
  }
  if (kind === "lost") alarm("lost", store.lost > 50 ? T.link.behind(store.lost) : "");
});
watchStreams(alarm);
watchEvents();

const first = await fetchState();
if (first) {
  const { history, ...desk } = first;
  store.desk = { ...desk };
  store.early = history ?? [];
}
route();
pill();
const link = connect(
  (message) => {
    take(message);
    if (message.type === "hello" && store.early?.length) {
      for (const event of store.early) if (event.publisher === message.publisher) takeEvent(event);
      store.early = [];
    }
  },
  (told) => {
    const again = store.link === "lost" && told === "open";
    store.link = told;
    alarm("link", told === "lost" ? T.link.lost : told === "refused" ? T.link.refused : "");
    changed("link");
    if (again) fetchState().then(catchUp);
  },
);
setInterval(() => {
  const running = store.desk.phase === "running" && store.status !== null;
  alarm("quiet", running && store.link === "open" && link.silentFor() > QUIET ? T.link.quiet : "");
}, 1000);
document.documentElement.dataset.ready = "true";
