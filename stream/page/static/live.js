// The live view: each wearer's activity in large letters, the last minute, sensors, events.
import { el, keyed, setText, show } from "./dom.js";
import { makeEvents, updateEvents } from "./events.js";
import { makeRecorder, updateRecorder } from "./record.js";
import { isFresh, onChange, runTime, store } from "./store.js";
import { isDropped, makePhones, makeStreams, updatePhones, updateStreams } from "./streams.js";
import { T, labelText, modalityText } from "./texts.js";
import { makeTimeline, updateTimeline } from "./timeline.js";

const STALE = 3000; // ms without a prediction

export function liveView() {
  const wearers = el("div", { class: "wearers" });
  const notice = el("div", { class: "notice" });
  const recorder = makeRecorder();
  const phones = makePhones();
  const streams = makeStreams();
  const events = makeEvents();
  const view = el(
    "div",
    { class: "live" },
    el("h1", { class: "unseen" }, T.tabs.live),
    notice,
    phones,
    wearers,
    recorder,
    el("div", { class: "columns" }, streams, events),
  );
  const update = () => {
    setText(notice, noticeText());
    show(notice, Boolean(noticeText()));
    notice.dataset.bad = String(store.desk.phase === "idle");
    const ids = [...store.wearers.keys()];
    wearers.dataset.count = String(Math.min(ids.length, 9));
    keyed(wearers, ids, makeWearer, updateWearer);
    updatePhones(phones);
    updateStreams(streams);
    updateEvents(events);
    updateRecorder(recorder);
  };
  onChange(update);
  setInterval(update, 250);
  update();
  return view;
}

function noticeText() {
  if (store.desk.error && store.desk.phase === "idle") return `${store.desk.ran ? T.setup.ended : T.setup.failed}: ${store.desk.error}`;
  if (store.desk.phase === "starting") return T.setup.starting;
  if (store.status?.overloaded) return T.overloaded;
  return "";
}

function makeWearer(id) {
  const name = T.now.wearer(id);
  return el(
    "section",
    { class: "wearer", "aria-label": name || T.tabs.live },
    el("h2", { class: "who" }, name),
    el("p", { class: "now" }, ""),
    el(
      "div",
      { class: "sureness" },
      el("div", { class: "meter", role: "meter", "aria-label": T.now.confidence, "aria-valuemin": 0, "aria-valuemax": 100 },
        el("div", { class: "fill" })),
      el("p", { class: "detail" }),
    ),
    makeTimeline(name || id),
  );
}

function updateWearer(card, id) {
  const wearer = store.wearers.get(id);
  const shown = shownActivity(wearer);
  const [, now, sureness, timeline] = card.children;
  card.dataset.state = shown.state;
  show(card.children[0], Boolean(T.now.wearer(id)));
  setText(now, shown.label);
  now.dataset.long = shown.label.length > 16 ? "2" : shown.label.length > 9 ? "1" : "0";
  const [meter, detail] = sureness.children;
  const percent = Math.round(100 * shown.share);
  meter.setAttribute("aria-valuenow", String(percent));
  meter.firstChild.style.width = `${percent}%`;
  show(meter, shown.share > 0);
  setText(detail, shown.detail);
  updateTimeline(timeline, wearer);
}

/** True where every sensor of a wearer was there, and none is any more. */
function silent(id) {
  const streams = (store.status?.streams ?? []).filter((stream) => stream.wearer === id);
  const gone = (stream) => stream.state === "refused" || (isDropped(stream) && stream.state !== "stalled");
  return streams.length > 0 && streams.every(gone);
}

/** The activity that is shown of a wearer: what was decided, else what is seen at this moment. */
function shownActivity(wearer) {
  const { prediction, going } = wearer;
  if (!isFresh()) {
    const over = store.link === "open" && store.desk.phase === "idle";
    return { state: "stale", label: over ? T.now.over : T.now.stale, detail: over ? T.now.overHint : "", share: 0 };
  }
  if (silent(wearer.id)) return { state: "stale", label: T.now.silent, detail: T.now.silentHint, share: 0 };
  if (!prediction) return { state: "none", label: T.now.none, detail: T.now.noneHint, share: 0 };
  if (performance.now() - wearer.arrived > STALE) return { state: "stale", label: T.now.stale, detail: "", share: 0 };
  const by = T.now.by(prediction.modalities.map((name) => modalityText(name).toLowerCase()));
  if (going) {
    const time = runTime();
    const lasting = time === null ? "" : T.now.for(Math.max(0, time - going.onset));
    // an activity that is over is still on until that is decided: how sure the last window is says nothing then
    const share = prediction.label === going.label ? prediction.confidence : 0;
    const times = store.status?.repetitions?.[wearer.id];
    const parts = [share ? T.now.sure(share) : "", lasting, times ? T.now.repeated(times) : "", by];
    return { state: "going", label: labelText(going.label), detail: parts.filter(Boolean).join(" · "), share };
  }
  if (prediction.unknown) return { state: "unknown", label: T.now.unknown, detail: by, share: 0 };
  const idle = prediction.label === "idle";
  const detail = idle ? `${T.now.sure(prediction.confidence)} · ${by}` : `${T.now.maybe(labelText(prediction.label))} · ${by}`;
  return { state: "idle", label: T.now.idle, detail, share: idle ? prediction.confidence : 0 };
}
