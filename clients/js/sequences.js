// Losses, by the sequence numbers of every topic of every publisher (docs/messages.md, "Loss and silence").

/** Topics that are remembered; beyond it the longest silent is forgotten. */
const MOST = 4096;

export class Sequences {
  #last = new Map();

  /** Messages lost since the first one of each topic. */
  total = 0;

  /** Note a message; the number lost just before it, or null for one that came already. */
  take(message) {
    const key = `${message.publisher}\n${topic(message)}`;
    const last = this.#last.get(key);
    if (last !== undefined && (message.seq === last || (message.repeat && message.seq < last))) return null;
    this.#note(key, message.seq);
    const gap = last === undefined ? 0 : Math.max(0, message.seq - last - 1);
    this.total += gap;
    return gap;
  }

  /** Hold what came against what a status says was sent; `follows(kind, wearer)`: whether we asked for it. */
  compare(status, follows) {
    for (const [name, seq] of Object.entries(status.last_seq)) {
      const [kind, wearer] = name.split("/").slice(-3, -1);
      if ((kind !== "prediction" && kind !== "event") || !follows(kind, wearer)) continue;
      const key = `${status.publisher}\n${kind}/${wearer}`;
      const last = this.#last.get(key);
      if (last !== undefined && seq <= last) continue;
      this.#note(key, seq);
      if (last !== undefined) this.total += seq - last;
    }
  }

  #note(key, seq) {
    this.#last.delete(key);
    this.#last.set(key, seq);
    if (this.#last.size > MOST) this.#last.delete(this.#last.keys().next().value);
  }
}

function topic(message) {
  return message.type === "status" ? "status" : `${message.type}/${message.wearer}`;
}
