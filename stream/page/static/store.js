// What is known of the run: of each wearer, of each stream, of the desk. One place, changed by messages only.

const MINUTE = 60;
const KEPT = 300;

export const store = {
  link: "connecting",
  desk: { mode: "view", phase: "running" },
  status: null,
  wearers: new Map(), // id -> {id, prediction, going, events: [{…onset or offset, ended}], arrived}
  lost: 0,
  clock: null, // s on the LSL clock at performance.now() === 0
};

const listeners = new Set();
/** Call `listener(kind, message, before)` after each change. */
export function onChange(listener) {
  listeners.add(listener);
}

export function changed(kind, message = null, before = null) {
  for (const listener of listeners) listener(kind, message, before);
}

/** The moment on the recognizer's clock, s; null while it is not known. */
export function runTime() {
  return store.clock === null ? null : store.clock + performance.now() / 1000;
}

/** True while what is known is of now: a run goes on, and we are told of it. */
export function isFresh() {
  return store.link === "open" && store.desk.phase === "running";
}

export function wearerOf(id) {
  let found = store.wearers.get(id);
  if (!found) {
    found = { id, prediction: null, going: null, events: [], arrived: 0 };
    store.wearers.set(id, found);
  }
  return found;
}

/** Take one message of the websocket. */
export function take(message) {
  switch (message.type) {
    case "hello":
      beginRun(message);
      break;
    case "status":
      takeStatus(message);
      break;
    case "prediction": {
      const wearer = wearerOf(message.wearer);
      wearer.prediction = message;
      wearer.arrived = performance.now();
      changed("prediction", message);
      break;
    }
    case "event":
      takeEvent(message);
      changed("event", message);
      break;
    case "lost":
      store.lost = message.total;
      changed("lost");
      break;
    case "desk": {
      const before = store.desk;
      store.desk = message;
      changed("desk", message, before);
      break;
    }
  }
}

function beginRun(message) {
  if (store.publisher === message.publisher) return;
  store.publisher = message.publisher;
  store.wearers.clear();
  store.status = null;
  store.clock = null;
  for (const id of message.wearers ?? []) wearerOf(id);
  changed("hello", message);
}

function takeStatus(message) {
  const before = store.status;
  const offset = message.time - performance.now() / 1000;
  // the least delayed one is nearest to the truth, so a repeated one does until the next; it drifts back by itself
  store.clock = store.clock === null ? offset : Math.max(offset, store.clock - 0.001);
  store.status = message;
  for (const stream of message.streams) wearerOf(stream.wearer);
  changed("status", message, before);
}

/** Keep an event: an offset closes its onset. */
export function takeEvent(message) {
  const wearer = wearerOf(message.wearer);
  const known = wearer.events.find((event) => event.id === message.id);
  const ended = message.kind === "offset";
  if (known) Object.assign(known, message, { ended: ended || known.ended });
  else wearer.events.push({ ...message, ended });
  if (wearer.events.length > KEPT) wearer.events.shift();
  if (!ended) wearer.going = message;
  else if (wearer.going?.id === message.id) wearer.going = null;
}

/** Activities of a wearer that reach into the last minute, oldest first. */
export function lately(wearer, now) {
  return wearer.events.filter((event) => event.onset + (event.duration ?? Infinity) > now - MINUTE);
}
