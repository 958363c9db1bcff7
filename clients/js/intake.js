// What both subscribers do with a message: check it, count what was lost before it, hand it on.
import { fault } from "./json.js";
import { Sequences } from "./sequences.js";

export const KINDS = ["prediction", "event", "status"];

export class Intake {
  #sequences = new Sequences();
  #options;
  #kinds;

  /** Messages that could not be read. */
  malformed = 0;

  constructor(options) {
    this.#options = options;
    this.#kinds = new Set(options.kinds ?? KINDS);
    for (const kind of this.#kinds) {
      if (!KINDS.includes(kind)) throw new TypeError(`there is no message of kind '${kind}': choose from ${KINDS.join(", ")}`);
    }
  }

  get lost() {
    return this.#sequences.total;
  }

  /** The kinds to ask for: the status too, by which silence shows. */
  get asked() {
    return [...new Set([...this.#kinds, "status"])];
  }

  take(message) {
    if (fault(message)) {
      this.malformed += 1;
      return;
    }
    const lost = this.#sequences.take(message);
    if (message.type === "status" && !message.repeat) {
      const wearer = this.#options.wearer;
      this.#sequences.compare(message, (kind, whose) => this.#kinds.has(kind) && (!wearer || wearer === whose));
    }
    if (lost !== null && this.#kinds.has(message.type)) this.#options.message?.({ message, lost });
  }
}
