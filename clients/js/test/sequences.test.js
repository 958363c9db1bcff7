import assert from "node:assert/strict";
import test from "node:test";

import { Sequences } from "../sequences.js";

const prediction = (seq, wearer = "p1", publisher = "abc") => ({ type: "prediction", wearer, publisher, seq });
const status = (seq, last_seq = {}, repeat = false) => ({ type: "status", publisher: "abc", seq, last_seq, repeat });

test("a gap is counted from the first message of a topic on", () => {
  const sequences = new Sequences();
  assert.equal(sequences.take(prediction(7)), 0);
  assert.equal(sequences.take(prediction(8)), 0);
  assert.equal(sequences.take(prediction(11)), 2);
  assert.equal(sequences.take(prediction(2, "p2")), 0);
  assert.equal(sequences.total, 2);
});

test("a publisher that begins anew has lost nothing", () => {
  const sequences = new Sequences();
  sequences.take(prediction(7));
  assert.equal(sequences.take(prediction(0, "p1", "def")), 0);
});

test("a repeat that came already is passed over", () => {
  const sequences = new Sequences();
  assert.equal(sequences.take(status(3)), 0);
  assert.equal(sequences.take(status(3, {}, true)), null);
  assert.equal(sequences.take(status(2, {}, true)), null);
});

test("a status tells losses that no later message shows", () => {
  const sequences = new Sequences();
  sequences.take(prediction(7));
  sequences.compare(status(1, { "hnhar/v1/prediction/p1/": 9, "hnhar/v1/event/p1/": 4, "hnhar/v1/status/": 0 }), () => true);
  assert.equal(sequences.total, 2); // of the event nothing had come yet
  sequences.compare(status(2, { "hnhar/v1/prediction/p1/": 12 }), () => false);
  assert.equal(sequences.total, 2);
});
