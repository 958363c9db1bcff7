// Messages of a recognizer over its websocket, in browsers and in Node: no dependencies. docs/clients.md
import { Intake } from "./intake.js";
import { parse } from "./json.js";

export { parse } from "./json.js";

/** ms without any message after which the connection is made anew: a status comes each second. */
const PATIENCE = 5000;
/** ms before the first and the later attempts to connect again. */
const SOONEST = 250;
const LATEST = 5000;

export class Subscriber {
  #url;
  #options;
  #intake;
  #socket = null;
  #timer = null;
  #wait = SOONEST;
  #closed = false;

  /** "connecting", "open", "waiting" to connect again, or "closed". */
  state = "waiting";
  /** Greeting of the recognizer: its labels and wearers; null before it came. */
  hello = null;

  constructor(url, options = {}) {
    this.#options = options;
    this.#intake = new Intake(options);
    this.#url = new URL(url);
    this.#url.searchParams.set("kinds", this.#intake.asked.join(","));
    if (options.wearer) this.#url.searchParams.set("wearer", options.wearer);
    if (options.token) this.#url.searchParams.set("token", options.token);
    if ((options.WebSocket ?? globalThis.WebSocket) === undefined) {
      throw new TypeError("there is no WebSocket here: give one as options.WebSocket, such as that of the package ws");
    }
    this.#connect();
  }

  /** Messages lost since the first one of each topic, by their sequence numbers. */
  get lost() {
    return this.#intake.lost;
  }

  /** Messages that could not be read; they are passed over. */
  get malformed() {
    return this.#intake.malformed;
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#leave();
    this.#tell("closed");
  }

  #connect() {
    this.#tell("connecting");
    const socket = new (this.#options.WebSocket ?? globalThis.WebSocket)(this.#url.href);
    this.#socket = socket;
    this.#watch();
    socket.onopen = () => {
      this.#wait = SOONEST;
      this.#tell("open");
    };
    socket.onmessage = ({ data }) => {
      this.#watch();
      this.#read(data);
    };
    socket.onclose = (event) => this.#again(event.reason || "no recognizer there, or it let us not in");
    socket.onerror = () => {}; // a close follows
  }

  #read(data) {
    let message;
    try {
      message = parse(data);
    } catch {
      this.#intake.malformed += 1;
      return;
    }
    if (message.type === "hello") this.hello = message;
    else if (message.type !== "lost") this.#intake.take(message); // gaps in the sequences say as much
  }

  /** Begin anew where nothing comes for long: a cable that was pulled closes no connection. */
  #watch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#again("silence"), this.#options.patience ?? PATIENCE);
  }

  #again(reason) {
    if (this.#closed) return;
    this.#leave();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), this.#wait);
    this.#wait = Math.min(2 * this.#wait, LATEST);
    this.#tell("waiting", reason);
  }

  #leave() {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #tell(state, reason = "") {
    this.state = state;
    this.#options.state?.(state, reason);
  }
}
