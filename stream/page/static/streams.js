// The sensors and their states; a sensor that is lost is said.
import { el, keyed, say, setText, show } from "./dom.js";
import { isFresh, onChange, store } from "./store.js";
import { T, modalityText } from "./texts.js";

const SIGNS = {
  live: "M8 8m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z",
  warmup: "M8 3a5 5 0 0 0 0 10Z M8 3.7a4.3 4.3 0 0 1 0 8.6",
  stalled: "M4 3h3v10H4Z M9 3h3v10H9Z",
  lost: "M3 4.4 4.4 3 8 6.6 11.6 3 13 4.4 9.4 8l3.6 3.6-1.4 1.4L8 9.4 4.4 13 3 11.6 6.6 8Z",
  refused: "M8 2 14.5 13.5H1.5Z",
  ended: "M3 7h10v2H3Z",
};
const LOOKING = "M8 2.5a5.5 5.5 0 1 0 5.5 5.5h-2A3.5 3.5 0 1 1 8 4.5Z";

/** True for a sensor that was there and is not: silent, lost, or looked for again. */
export function isDropped(stream) {
  if (stream.state === "stalled" || stream.state === "lost") return true;
  return stream.samples > 0 && ["resolving", "opening", "validating"].includes(stream.state);
}

export function makeStreams() {
  const list = el("ul", { class: "streams", role: "list" });
  return el("section", { class: "panel" }, el("h2", {}, T.streams.title), el("p", { class: "hint" }, T.streams.none), list);
}

export function updateStreams(panel) {
  const streams = new Map((store.status?.streams ?? []).map((stream) => [`${stream.wearer}/${stream.feed}`, stream]));
  show(panel.children[1], streams.size === 0);
  keyed(panel.lastChild, [...streams.keys()], makeStream, (item, key) => updateStream(item, streams.get(key)));
}

function makeStream() {
  const sign = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  sign.setAttribute("viewBox", "0 0 16 16");
  sign.setAttribute("aria-hidden", "true");
  sign.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  return el("li", { class: "stream" }, sign, el("div", {}, el("p", { class: "name" }), el("p", { class: "hint" })), el("p", { class: "state" }));
}

function updateStream(item, stream) {
  const [sign, about, state] = item.children;
  const shown = isFresh() ? stream.state : "ended"; // the last word of a run that is over is no longer true
  item.dataset.state = shown;
  item.dataset.bad = String(isFresh() && (isDropped(stream) || shown === "refused"));
  sign.firstChild.setAttribute("d", SIGNS[shown] ?? LOOKING);
  setText(about.firstChild, nameOf(stream));
  setText(about.lastChild, isFresh() ? detailOf(stream) : (stream.description?.name ?? stream.source));
  setText(state, isFresh() ? (T.streams.states[shown] ?? shown) : T.streams.unknown);
}

/** "Motion sensor (anna)". */
export function nameOf(stream) {
  const who = store.wearers.size > 1 || T.now.wearer(stream.wearer) ? ` (${stream.wearer})` : "";
  return `${modalityText(stream.modality)}${who}`;
}

function detailOf(stream) {
  const parts = [stream.description?.name ?? stream.source];
  if (stream.state === "live" && stream.effective_rate) parts.push(T.streams.rate(stream.effective_rate));
  if (stream.state === "stalled" && stream.age) parts.push(T.streams.silent(stream.age));
  if (stream.source.startsWith("phone:") && stream.state === "resolving") parts.push(T.phone.waiting);
  else if (stream.note && stream.state !== "live") parts.push(stream.note);
  else if (stream.faults?.length) parts.push(...stream.faults);
  return parts.join(" · ");
}

/** Address that a phone is to open -> the one that an app pushes to, of sensors that are waited for. */
function phoneAddresses() {
  const waiting = (store.status?.streams ?? []).filter((stream) => stream.source.startsWith("phone:") && stream.state !== "live");
  const pairs = waiting.map(({ note }) => [note.match(/https:\/\/\S+/)?.[0], note.match(/http:\/\/\S+\/push/)?.[0] ?? ""]);
  return new Map(pairs.filter(([page]) => page));
}

export function makePhones() {
  return el("div", {});
}

export function updatePhones(box) {
  const addresses = phoneAddresses();
  show(box, addresses.size > 0);
  keyed(box, [...addresses.keys()], (address) =>
    el("section", { class: "panel phone" },
      el("img", { src: `/qr?text=${encodeURIComponent(address)}`, alt: T.phone.code, width: 220, height: 220 }),
      el("div", {}, el("h2", {}, T.phone.title), el("ol", { class: "steps" }, T.phone.steps.map((step) => el("li", {}, step))), el("p", { class: "hint" }, address),
        el("p", { class: "hint push" }, addresses.get(address) ? T.phone.app(addresses.get(address)) : ""))), () => {});
}

/** Say and show when a stream stops, comes back or is refused. */
export function watchStreams(alarm) {
  const dropped = new Map(); // key -> its name
  const refused = new Map(); // key -> text
  onChange((kind, status) => {
    if (kind === "hello") for (const map of [dropped, refused]) map.clear();
    if (kind === "desk" && store.desk.phase !== "running") {
      for (const map of [dropped, refused]) map.clear();
      alarm("streams", "");
    }
    if (kind !== "status") return;
    const there = new Set();
    for (const stream of status.streams) {
      const key = `${stream.wearer}/${stream.feed}`;
      there.add(key);
      const who = nameOf(stream);
      if (stream.state !== "refused") refused.delete(key);
      if (isDropped(stream)) dropped.set(key, who);
      else if (stream.state === "refused") refused.set(key, T.streams.refused(who, stream.note));
      else if (stream.state === "live" && dropped.delete(key)) say(T.streams.back(who));
      if (stream.state === "refused" || stream.state === "ended") dropped.delete(key);
    }
    for (const map of [dropped, refused]) for (const key of map.keys()) if (!there.has(key)) map.delete(key);
    const names = [...new Set(dropped.values())];
    alarm("streams", [names.length ? T.streams.dropped(names) : "", ...refused.values()].filter(Boolean).join(" "));
  });
}
