// Setup: what is there, who wears what, and the start.
import { el, say, setText, show } from "./dom.js";
import { ask } from "./link.js";
import { onChange, store } from "./store.js";
import { T, labelText, modalityText } from "./texts.js";

const NONE = "";
const OTHER = "\u0000other";
const CAMERA = "utd-mhad-camera"; // weights of a camera alone
let streams = null; // null: not looked yet
let draft = null; // {weights, wearers: [{id, weights, sources: {modality: {source, placement}}}]}
let looking = false;
let message = "";
const typed = new Set(); // ids of the fields whose source is typed: they stay open when the view is drawn again
let preferred = false; // the weights of a camera were chosen for the person, not by them
let decided = false; // the person chose weights: these stay

export function setupView(goTo) {
  draft = copied(store.desk.settings);
  const view = el("div", { class: "setup" });
  const redraw = () => draw(view, redraw, goTo);
  redraw();
  let seen = signature();
  onChange((kind) => {
    if (kind !== "desk") return;
    if (signature() !== seen) {
      seen = signature();
      redraw();
    }
  });
  if (store.desk.phase === "idle") look(redraw);
  return view;
}

/** All of the desk that this view shows: it is drawn again where that changes, and not while somebody types. */
function signature() {
  const { phase, error, notes, weights, sources, demo } = store.desk;
  return JSON.stringify([phase, error, notes, weights?.length, sources, demo]);
}

function copied(settings) {
  const found = structuredClone(settings ?? { weights: "", wearers: [] });
  if (!found.wearers.length) found.wearers.push({ id: "wearer", weights: "", sources: {} });
  return found;
}

function draw(view, redraw, goTo) {
  const focused = document.activeElement?.id;
  const { phase, error, notes } = store.desk;
  view.replaceChildren(
    el("div", { class: "lead" }, el("h1", {}, T.setup.title), el("p", { class: "hint" }, T.setup.lead)),
    trouble(error && phase === "idle" ? (store.desk.ran ? T.setup.ended : T.setup.failed) : "", error),
    trouble(message ? T.error : "", message),
    notes?.length ? el("section", { class: "panel" }, el("h2", {}, T.setup.notes), el("ul", { class: "plain" }, notes.map((note) => el("li", { class: "hint" }, note)))) : "",
    foundPanel(redraw),
    weightsPanel(redraw),
    ...draft.wearers.map((wearer, place) => wearerPanel(wearer, place, redraw)),
    el("div", { class: "row" }, el("button", { id: "add", onclick: () => addWearer(redraw) }, T.setup.addPerson)),
    startPanel(redraw, goTo),
  );
  if (focused) document.getElementById(focused)?.focus();
}

function trouble(title, text) {
  return title ? el("section", { class: "panel trouble", role: "alert" }, el("h2", {}, title), el("p", {}, text)) : "";
}

async function look(redraw) {
  looking = true;
  redraw();
  const answer = await ask("look", {}, T.unreachable);
  looking = false;
  message = answer.ok ? "" : answer.error;
  if (answer.ok) {
    streams = answer.streams;
    say(sensors().length ? T.setup.found(sensors().length) : T.setup.nothing);
    proposeAll();
  }
  redraw();
}

function sensors() {
  return (streams ?? []).filter((stream) => !stream.text);
}

function foundPanel(redraw) {
  const list = sensors();
  const title = looking ? T.setup.looking : streams === null ? T.streams.title : list.length ? T.setup.found(list.length) : T.setup.nothing;
  return el("section", { class: "panel", "aria-busy": String(looking) },
    el("div", { class: "row between" },
      el("h2", {}, title),
      el("button", { id: "look", disabled: looking, onclick: () => look(redraw) }, T.setup.look)),
    streams !== null && !list.length && !looking ? el("p", { class: "hint" }, T.setup.nothingHint) : "",
    el("ul", { class: "found", role: "list" }, list.map(foundStream)));
}

function foundStream(stream) {
  const verdicts = verdictsOf(stream);
  const usable = verdicts.filter((verdict) => verdict.fits);
  const kinds = [...new Set(usable.map((verdict) => modalityText(verdict.modality).toLowerCase()))];
  const notes = [...new Set((usable.length ? usable : verdicts.filter((v) => !v.other_kind)).flatMap((v) => v.notes))];
  const about = [stream.type, stream.placement, stream.rate ? T.setup.hertz(stream.rate) : "", stream.host ? T.setup.host(stream.host) : ""];
  return el("li", { "data-usable": String(usable.length > 0) },
    el("p", { class: "name" }, stream.name),
    el("p", { class: "hint" }, about.filter(Boolean).join(" · ")),
    el("p", { class: "verdict" }, usable.length ? T.setup.fits(kinds.join(", ")) : stream.fault || T.setup.notUsable),
    notes.length ? el("details", {}, el("summary", {}, T.setup.details), el("ul", { class: "plain" }, notes.map((note) => el("li", { class: "hint" }, note)))) : "");
}

function chosenWeights(wearer = null) {
  const all = store.desk.weights ?? [];
  const asked = wearer?.weights || draft.weights;
  return all.find((weights) => weights.use === asked) ?? all.find((weights) => weights.default) ?? all[0];
}

function verdictsOf(stream, wearer = null) {
  const id = chosenWeights(wearer)?.id;
  return stream.fits.filter((verdict) => verdict.weights === id);
}

function weightsPanel(redraw) {
  const select = el("select", { id: "weights", onchange: (event) => { draft.weights = event.target.value; preferred = false; decided = true; redraw(); } },
    (store.desk.weights ?? []).map((weights) => el("option", { value: weights.default ? "" : weights.use }, nameOf(weights))));
  select.value = draft.weights;
  const chosen = chosenWeights();
  return el("section", { class: "panel" },
    el("div", { class: "field" }, el("label", { for: "weights" }, T.setup.weights), select,
      chosen ? el("p", { class: "hint" }, T.setup.weightsHint(chosen.labels.length, chosen.labels.slice(0, 5).map(labelText).join(", "))) : "",
      preferred ? el("p", { class: "hint" }, T.setup.forCamera) : ""));
}

/** Weights that learned from a camera are proposed for cameras alone, as hnhar stream takes them. */
function preferWeights() {
  const given = draft.wearers.flatMap((wearer) => Object.values(wearer.sources));
  const alone = given.length > 0 && given.every((each) => each.source.startsWith("camera:"));
  if (alone && !decided && draft.weights === "" && (store.desk.weights ?? []).some((weights) => weights.use === CAMERA)) {
    draft.weights = CAMERA;
    preferred = true;
  } else if (!alone && preferred) {
    draft.weights = "";
    preferred = false;
  }
}

function nameOf(weights) {
  if (weights.own) return weights.use.split(/[\\/]/).pop().replace(/\.safetensors$/, "");
  const name = weights.id.split("@")[0];
  return T.setup.shipped[name] ?? name;
}

function wearerPanel(wearer, place, redraw) {
  const several = draft.wearers.length > 1;
  const id = `person-${place}`;
  const name = el("input", { id, value: wearer.id, maxlength: 40, autocomplete: "off", spellcheck: "false", "aria-describedby": `${id}-hint`, oninput: (event) => { wearer.id = event.target.value.trim(); } });
  const weights = chosenWeights(wearer);
  const own = (store.desk.weights ?? []).filter((each) => each.own);
  return el("section", { class: "panel person", "aria-label": wearer.id },
    el("div", { class: "field" }, el("label", { for: id }, T.setup.person), name, el("p", { class: "hint", id: `${id}-hint` }, T.setup.personHint)),
    own.length ? ownWeights(wearer, place, own, redraw) : "",
    (weights?.modalities ?? []).map((modality) => sourceField(wearer, place, modality, redraw)),
    several ? el("div", { class: "row" }, el("button", { class: "quiet", onclick: () => { draft.wearers.splice(place, 1); redraw(); } }, T.setup.removePerson(wearer.id))) : "");
}

function ownWeights(wearer, place, own, redraw) {
  const select = el("select", { id: `weights-${place}`, onchange: (event) => { wearer.weights = event.target.value; redraw(); } },
    el("option", { value: "" }, T.setup.weightsAlone(nameOf(chosenWeights()))),
    own.map((weights) => el("option", { value: weights.use }, nameOf(weights))));
  select.value = wearer.weights ?? "";
  return el("div", { class: "field" }, el("label", { for: `weights-${place}` }, T.setup.weights), select);
}

function sourceField(wearer, place, modality, redraw) {
  const key = modality.name;
  const id = `source-${place}-${key}`;
  const given = wearer.sources[key] ?? { source: "", placement: "" };
  const fitting = sensors().filter((stream) => verdictsOf(stream, wearer).some((v) => v.modality === key && v.fits));
  const options = [[NONE, T.setup.none], ...fitting.map((stream) => [stream.source, stream.name])];
  const schemes = store.desk.sources ?? [];
  if (modality.kind === "skeleton" && schemes.includes("camera")) options.push(["camera:0", T.setup.camera]);
  if (modality.kind !== "skeleton" && schemes.includes("phone")) options.push([draft.wearers.length > 1 ? `phone:0.0.0.0:8443/${wearer.id}` : "phone:0.0.0.0:8443", T.setup.phone]);
  const open = typed.has(id);
  if (!open && !options.some(([value]) => value === given.source)) options.push([given.source, given.source]);
  options.push([OTHER, T.setup.other]);
  const other = el("input", { id: `${id}-other`, value: open ? given.source : "", "aria-label": T.setup.otherName, placeholder: T.setup.otherName, autocomplete: "off", oninput: (event) => set(wearer, key, event.target.value.trim(), given.placement) });
  show(other, open);
  const select = el("select", { id, onchange: (event) => {
    if (event.target.value === OTHER) {
      typed.add(id);
      show(other, true);
      other.focus();
      return;
    }
    typed.delete(id);
    set(wearer, key, event.target.value, given.placement);
    preferWeights();
    redraw();
  } }, options.map(([value, text]) => el("option", { value }, text)));
  select.value = open ? OTHER : given.source;
  const worn = modality.placement
    ? el("div", { class: "field small" }, el("label", { for: `${id}-place` }, T.setup.placement),
        el("input", { id: `${id}-place`, value: given.placement, placeholder: T.setup.placementSays, autocomplete: "off", list: "places", maxlength: 60,
          oninput: (event) => set(wearer, key, wearer.sources[key]?.source ?? "", event.target.value.trim()) }))
    : "";
  return el("div", { class: "source" },
    el("div", { class: "field" }, el("label", { for: id }, modalityText(key)), select, other), worn, placesList());
}

function placesList() {
  if (document.getElementById("places")) return "";
  return el("datalist", { id: "places" }, ["right wrist", "left wrist", "right thigh", "left thigh", "lower back"].map((value) => el("option", { value })));
}

function set(wearer, key, source, placement) {
  if (source) wearer.sources[key] = { source, placement: placement ?? "" };
  else delete wearer.sources[key];
}

/** Where one sensor fits and nothing is chosen yet, it is proposed. */
function proposeAll() {
  if (draft.wearers.length !== 1 || Object.keys(draft.wearers[0].sources).length) return;
  const [wearer] = draft.wearers;
  for (const modality of chosenWeights(wearer)?.modalities ?? []) {
    const fitting = sensors().filter((stream) => verdictsOf(stream, wearer).some((v) => v.modality === modality.name && v.fits));
    if (fitting.length === 1) set(wearer, modality.name, fitting[0].source, "");
  }
}

function addWearer(redraw) {
  draft.wearers.push({ id: `person${draft.wearers.length + 1}`, weights: "", sources: {} });
  redraw();
  document.getElementById(`person-${draft.wearers.length - 1}`)?.focus();
}

function startPanel(redraw, goTo) {
  const { phase, demo } = store.desk;
  const busy = phase === "starting" || phase === "stopping";
  const run = async (name, fields) => {
    const answer = await ask(name, fields, T.unreachable);
    message = answer.ok ? "" : answer.error;
    redraw();
    if (answer.ok && name !== "stop") say(T.setup.starting);
  };
  return el("section", { class: "panel start" },
    el("div", { class: "row" },
      el("button", { class: "main", id: "start", disabled: busy, onclick: () => { preferWeights(); run("start", cleaned()); } }, phase === "running" && !demo ? T.setup.restart : T.setup.start),
      phase === "idle" ? "" : el("button", { id: "stop", disabled: phase === "stopping", onclick: () => run("stop", {}) }, T.setup.stop),
      phase === "idle" ? el("button", { class: "quiet", id: "demo", onclick: () => run("demo", {}) }, T.setup.demo) : ""),
    el("p", { class: "hint", role: "status" }, phase === "starting" ? T.setup.starting : phase === "running" ? T.setup.running : phase === "idle" ? T.setup.demoHint : T.phase[phase]),
    el("p", { class: "hint" }, T.setup.saved(store.desk.file ?? "")));
}

function cleaned() {
  return { weights: draft.weights, wearers: draft.wearers.map(({ id, weights, sources }) => ({ id, weights: weights ?? "", sources })) };
}
