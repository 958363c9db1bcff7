// The list of activities, newest first, and what a screen reader is told of them.
import { el, keyed, say, setText, show } from "./dom.js";
import { onChange, store } from "./store.js";
import { T, labelText } from "./texts.js";

const SHOWN = 30;

export function makeEvents() {
  return el(
    "section",
    { class: "panel" },
    el("h2", {}, T.events.title),
    el("p", { class: "hint" }, T.events.none),
    el("ol", { class: "events", role: "list", reversed: true, tabindex: 0, "aria-label": T.events.title }),
  );
}

export function updateEvents(panel) {
  const all = [...store.wearers.values()].flatMap((wearer) => wearer.events);
  all.sort((a, b) => b.onset - a.onset);
  const events = new Map(all.slice(0, SHOWN).map((event) => [`${event.wearer}/${event.id}`, event]));
  show(panel.children[1], events.size === 0);
  show(panel.lastChild, events.size > 0);
  keyed(panel.lastChild, [...events.keys()], makeEvent, (item, key) => updateEvent(item, events.get(key)));
}

function makeEvent() {
  return el("li", {}, el("span", { class: "what" }), el("span", { class: "hint" }), el("span", { class: "lasted" }));
}

function updateEvent(item, event) {
  const [what, hint, lasted] = item.children;
  item.dataset.going = String(!event.ended);
  setText(what, event.unknown ? T.now.unknown : labelText(event.label));
  const parts = [whoOf(event), timeOf(event.onset_unix_ns), ...repetitions(event)];
  setText(hint, parts.filter(Boolean).join(" · "));
  setText(lasted, event.duration === null ? T.events.going : T.events.seconds(event.duration));
}

function whoOf(event) {
  return store.wearers.size > 1 ? event.wearer : "";
}

function timeOf(ns) {
  return ns === null ? "" : new Date(ns / 1e6).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** Repetitions of a periodic activity, where the event tells them. */
function repetitions(event) {
  const found = event.repetitions ?? null;
  if (!found || found.count < 2) return [];
  const parts = [T.events.times(found.count)];
  if (found.durations?.length) parts.push(T.events.each(found.durations.reduce((a, b) => a + b) / found.durations.length));
  parts.push(T.events.regular(found.regularity));
  if (found.range_of_motion) parts.push(T.events.range(found.joint, found.range_of_motion));
  return parts;
}

export function watchEvents() {
  onChange((kind, event) => {
    if (kind !== "event" || event.unknown) return;
    const label = labelText(event.label);
    say(event.kind === "onset" ? T.events.began(label, whoOf(event)) : T.events.ended(label, event.duration, whoOf(event)));
  });
}
