// Messages of a recognizer over ZeroMQ, in Node; needs the packages zeromq and @msgpack/msgpack. docs/clients.md
import { decode } from "@msgpack/msgpack";
import { Subscriber as Socket } from "zeromq";

import { Intake } from "./intake.js";
import { normalized } from "./json.js";

const LARGEST = 1 << 20;
const LIMITS = { useBigInt64: true, maxStrLength: LARGEST, maxArrayLength: LARGEST, maxMapLength: 1 << 16 };

export class ZeroMqSubscriber {
  #socket;
  #intake;
  #topics;

  constructor(address, options = {}) {
    this.#intake = new Intake(options);
    const prefix = options.topicPrefix ?? "hnhar/v1";
    this.#socket = new Socket({
      linger: 0,
      maxMessageSize: LARGEST,
      heartbeatInterval: 1000,
      heartbeatTimeout: 2000,
      reconnectMaxInterval: 300,
      ipv6: true,
      ...options.curve, // curveServerKey, curvePublicKey, curveSecretKey
    });
    this.#topics = this.#intake.asked.map((kind) =>
      kind === "status" || !options.wearer ? `${prefix}/${kind}/` : `${prefix}/${kind}/${options.wearer}/`,
    );
    this.#socket.subscribe(...this.#topics);
    this.#socket.connect(address);
    /** Settled when the subscriber was closed; rejected with what `message` throws. */
    this.done = this.#run();
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
    this.#socket.close();
  }

  async #run() {
    for await (const frames of this.#socket) {
      const message = read(frames);
      if (message === null) this.#intake.malformed += 1;
      else this.#intake.take(message);
    }
  }
}

/** The message of two frames; null where they are none. */
function read(frames) {
  if (frames.length !== 2) return null;
  try {
    const message = decode(frames[1], LIMITS);
    return message !== null && typeof message === "object" && !Array.isArray(message) ? normalized(message) : null;
  } catch {
    return null;
  }
}
