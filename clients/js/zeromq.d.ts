import type { IntakeOptions } from "./index.js";

export interface ZeroMqOptions extends IntakeOptions {
  /** Begin of every topic; "hnhar/v1" where left out. */
  readonly topicPrefix?: string;
  /** Keys of Z85 letters, where the publisher encrypts (docs/security.md). */
  readonly curve?: {
    readonly curveServerKey: string;
    readonly curvePublicKey: string;
    readonly curveSecretKey: string;
  };
}

/** Messages over ZeroMQ, such as of "tcp://127.0.0.1:5557"; connects again by itself until it is closed. */
export class ZeroMqSubscriber {
  constructor(address: string, options?: ZeroMqOptions);
  readonly lost: number;
  readonly malformed: number;
  /** Settled when it was closed; rejected with what `message` throws. */
  readonly done: Promise<void>;
  close(): void;
}
